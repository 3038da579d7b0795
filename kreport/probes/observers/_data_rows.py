"""Samples that are the same: a digest of each, equal for equal numbers whatever their type."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

WIDE = 2
"""Bytes of a whole number up to which it is exact as float32."""


def digests(parts: Sequence[Any], size: int) -> NDArray[np.uint64]:
    """Return a number for each sample, equal where all its inputs are; none where an input has no samples."""
    columns = [_pieces(part, size) for part in parts if part is not None]
    if not columns or any(len(column) != size for column in columns):
        return np.zeros(0, np.uint64)
    found = []
    for row in zip(*columns, strict=True):
        digest = hashlib.blake2b(digest_size=8)
        for piece in row:
            if len(row) > 1:  # else the end of one input could be the beginning of the next
                digest.update(len(piece).to_bytes(8, "little"))
            digest.update(piece)
        found.append(digest.digest())
    return np.frombuffer(b"".join(found), np.uint64)


def _pieces(part: Any, size: int) -> list[bytes]:
    import tensorflow as tf

    if isinstance(part, tf.RaggedTensor) and part.ragged_rank == 1 and part.dtype != tf.string:
        ends, flat = part.row_splits.numpy().tolist(), np.ascontiguousarray(_plain(part.flat_values.numpy()))
        return [flat[start:end].tobytes() for start, end in itertools.pairwise(ends)]
    if isinstance(part, tf.RaggedTensor):
        rows = [part[index] for index in range(size)]
        return [b"\x1f".join(_pieces(row.flat_values if isinstance(row, tf.RaggedTensor) else row, 0)) for row in rows]
    if isinstance(part, tf.SparseTensor):
        part = tf.sparse.to_dense(part)
    array = part.numpy() if hasattr(part, "numpy") else np.asarray(part)
    if array.dtype.kind in "OUS":
        rows = array.reshape(len(array), -1).tolist() if array.ndim else []
        return [
            b"\x1f".join(one if isinstance(one, bytes) else str(one).encode("utf-8", "replace") for one in row)
            for row in rows
        ]
    plain = np.ascontiguousarray(_plain(array))
    return [plain[index].tobytes() for index in range(len(plain))]


def _plain(array: NDArray[Any]) -> NDArray[Any]:
    """Return numbers in one type, so that images as uint8 and as float32 have equal bytes; -0 as 0."""
    if array.dtype.kind in "biu" and array.dtype.itemsize > WIDE:
        return array.astype(np.int64)
    return array.astype(np.float32) + np.float32(0) if array.dtype.kind != "c" else array
