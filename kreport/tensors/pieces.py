"""A large array in pieces of about one MiB, so that no statistic needs a second copy of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

PIECE = 1 << 18
"""Values in one piece: 1 MiB of float32, which stays in the cache between the passes over it."""

WIDE_INTEGER_BYTES = 4
"""Integers from this size on do not fit float32 exactly and go through float64."""


def is_numeric(array: NDArray[Any]) -> bool:
    """Tell whether the array holds real numbers or truth values; strings, objects, complex do not count."""
    return array.dtype.kind in "biuf" or array.dtype.name.startswith(("bfloat16", "float8", "int4", "uint4"))


def work_dtype(dtype: np.dtype[Any]) -> type[np.float32 | np.float64]:
    """Return the float type that holds every value of ``dtype`` (64-bit integers rounded to 53 bits)."""
    wide = dtype.itemsize >= WIDE_INTEGER_BYTES and dtype != np.float32
    return np.float64 if wide else np.float32


def pieces(array: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Yield the values in storage order, at most :data:`PIECE` at a time, as float32 or float64, one axis.

    A piece may be a view of ``array``: look, do not write.
    """
    flat = np.ascontiguousarray(array).reshape(-1)
    dtype = work_dtype(flat.dtype)
    for start in range(0, flat.size, PIECE):
        yield flat[start : start + PIECE].astype(dtype, copy=False)


def row_blocks(matrix: NDArray[Any]) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Yield ``(first row, rows as float64)`` in blocks of about :data:`PIECE` values."""
    rows = max(1, PIECE // max(1, matrix.shape[1]))
    for start in range(0, matrix.shape[0], rows):
        yield start, matrix[start : start + rows].astype(np.float64)
