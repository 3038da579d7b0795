"""What the data itself is like: every input by column, every label, identical rows; nothing of the model is needed."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from kreport.inputs.batches import Batch, Batches, TrainBatches
from kreport.probes.observers._base import Mode, Observer
from kreport.probes.tree import LayerTree
from kreport.tensors.columns import Columns

COLUMNS = 256
"""Columns (features, channels) looked at one by one; further ones are left out, and it is said."""

HASHED = 200_000
"""Rows whose digests are kept to find identical ones; of more, the first."""

CLASSES = 1000
"""Different labels counted."""


@dataclass(kw_only=True, eq=False)
class InputSeen:
    """One input.

    Attributes:
        name: of the model's input.
        shape: of a sample, None where sizes differ; dtype as read.
        width: number of columns it has: the last axis.
        columns: statistics of the first 256; None for texts.
        lengths: number of positions before the padding (trailing zeros of integer sequences, rows of ragged ones) →
            samples; empty where there is no such thing.
        texts: how many texts, how many of them empty.
    """

    name: str
    shape: tuple[int | None, ...]
    dtype: str
    width: int
    columns: Columns | None = None
    lengths: Counter[int] = field(default_factory=Counter)
    texts: tuple[int, int] = (0, 0)


@dataclass(kw_only=True, eq=False)
class LabelSeen:
    """One output's labels.

    Attributes:
        kind: ``class`` (one index a sample), ``one-hot``, ``binary`` (several of 0 and 1) or ``values``.
        shape: of a sample's label; dtype as read.
        classes: label or index → how often; empty for values.
        columns: statistics by target for values; None else.
        changes: how often a class label differs from the one before; rises: whether it never falls.
    """

    kind: str
    shape: tuple[int | None, ...]
    dtype: str
    classes: Counter[int] = field(default_factory=Counter)
    columns: Columns | None = None
    changes: int = 0
    rises: bool = True
    last: int | None = None


@dataclass(kw_only=True, eq=False)
class DataSeen:
    """The data, read once.

    Attributes:
        samples: how many.
        inputs, labels: one each.
        digests: of the inputs of the first samples, 8 bytes each → how often.
        hashed: how many samples that are.
    """

    samples: int = 0
    inputs: list[InputSeen] = field(default_factory=list)
    labels: list[LabelSeen] = field(default_factory=list)
    digests: Counter[bytes] = field(default_factory=Counter)
    hashed: int = 0


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainSeen:
    """The training data, read once."""

    seen: DataSeen


@dataclass(eq=False)
class Data(Observer[DataSeen]):
    """Looks at raw batches."""

    mode: ClassVar[Mode] = "data"
    _seen: DataSeen = field(default_factory=DataSeen)
    _names: tuple[str, ...] = ()

    def start(self, tree: LayerTree, batches: Batches) -> None:
        """Remember the inputs' names."""
        del tree
        self._names = batches.input_names

    def add(self, reduced: Any, batch: Batch) -> None:
        """Take in one batch."""
        del reduced
        import tensorflow as tf

        seen = self._seen
        parts = tf.nest.flatten(batch.x, expand_composites=False)
        for index, part in enumerate(p for p in parts if p is not None):
            if index == len(seen.inputs):
                name = self._names[index] if index < len(self._names) else f"input {index + 1}" if index else "input"
                seen.inputs.append(_new_input(name, part))
            _add_input(seen.inputs[index], part, batch.start)
        labels = [] if batch.y is None else tf.nest.flatten(batch.y, expand_composites=False)
        for index, label in enumerate(labels):
            if index == len(seen.labels):
                seen.labels.append(_new_label(np.asarray(label)))
            _add_label(seen.labels[index], np.asarray(label), batch.start)
        if seen.hashed < HASHED:
            seen.digests.update(_digests(parts, batch.size))
            seen.hashed += batch.size
        seen.samples += batch.size

    def merge(self, other: Data) -> None:
        """Take in what was seen of other samples."""
        mine, theirs = self._seen, other._seen
        if not mine.samples:
            self._seen = theirs
            return
        for one, two in zip(mine.inputs, theirs.inputs, strict=True):
            if one.columns is not None and two.columns is not None:
                one.columns.merge(two.columns)
            one.lengths.update(two.lengths)
            one.texts = one.texts[0] + two.texts[0], one.texts[1] + two.texts[1]
            one.shape = _wider(one.shape, two.shape)
        for ours, others in zip(mine.labels, theirs.labels, strict=True):
            ours.classes.update(others.classes)
            if ours.columns is not None and others.columns is not None:
                ours.columns.merge(others.columns)
            ours.changes, ours.rises = ours.changes + others.changes, ours.rises and others.rises
        mine.digests.update(theirs.digests)
        mine.hashed, mine.samples = mine.hashed + theirs.hashed, mine.samples + theirs.samples

    def result(self) -> DataSeen:
        """Return what was seen."""
        return self._seen


def train_seen(train: TrainBatches, tree: LayerTree) -> TrainSeen:
    """Read the training data once."""
    observer = Data()
    observer.start(tree, train.batches)
    for batch in train.batches:
        observer.add((), batch)
    return TrainSeen(seen=observer.result())


def _values(part: Any) -> NDArray[Any] | None:
    """Return the numbers of an input as an array, the last axis its columns; None for texts."""
    import tensorflow as tf

    if isinstance(part, tf.RaggedTensor):
        part = part.flat_values
    if isinstance(part, tf.SparseTensor):
        part = tf.sparse.to_dense(part)
    array = part.numpy() if hasattr(part, "numpy") else np.asarray(part)
    return None if array.dtype.kind in "OUS" else array


def _shape(part: Any) -> tuple[int | None, ...]:
    return tuple(None if size is None else int(size) for size in tuple(part.shape)[1:])


def _new_input(name: str, part: Any) -> InputSeen:
    values = _values(part)
    dtype = part.dtype.name if hasattr(part.dtype, "name") else str(part.dtype)
    if values is None or values.dtype.kind == "c":
        return InputSeen(name=name, shape=_shape(part), dtype=dtype, width=1)
    width = 1 if _is_tokens(part, values) or values.ndim < 2 else values.shape[-1]
    return InputSeen(
        name=name, shape=_shape(part), dtype=dtype, width=width, columns=Columns(width=min(width, COLUMNS))
    )  # fmt: skip


def _is_tokens(part: Any, values: NDArray[Any]) -> bool:
    """Tell whether positions of a sequence are meant, not features: integers along one axis."""
    import tensorflow as tf

    return isinstance(part, tf.RaggedTensor) or (values.dtype.kind in "iu" and values.ndim == 2 and values.shape[1] > 1)


def _add_input(seen: InputSeen, part: Any, start: int) -> None:
    import tensorflow as tf

    seen.shape = _wider(seen.shape, _shape(part))
    values = _values(part)
    if values is None:
        texts = np.asarray(part).ravel()
        seen.texts = seen.texts[0] + texts.size, seen.texts[1] + sum(not text for text in texts.tolist())
        return
    if isinstance(part, tf.RaggedTensor):
        seen.lengths.update(part.row_lengths().numpy().tolist())
    elif _is_tokens(part, values):
        used = values != 0
        seen.lengths.update((used.shape[1] - used[:, ::-1].argmax(1)).tolist() if used.size else ())
    if seen.columns is not None:
        flat = values.reshape(-1, seen.width)[:, : seen.columns.width].astype(np.float64)
        seen.columns.add(flat, start * max(1, len(flat) // max(1, len(values))))


def _new_label(label: NDArray[Any]) -> LabelSeen:
    shape, dtype = tuple(label.shape[1:]), str(label.dtype)
    return LabelSeen(kind=_kind(label), shape=shape, dtype=dtype, columns=_label_columns(label))


def _kind(label: NDArray[Any]) -> str:
    flat = label.reshape(len(label), -1)
    whole = label.dtype.kind in "iub" or (label.dtype.kind == "f" and bool(np.all(label == np.round(label))))
    binary = whole and bool(np.isin(label, (0, 1)).all())
    if flat.shape[1] == 1 and whole and (label.dtype.kind in "iub" or np.nanmax(np.abs(label), initial=0) < CLASSES):
        return "class"
    if label.ndim == 2 and binary:
        return "one-hot" if bool((flat.sum(1) == 1).all()) else "binary"
    return "values"


def _label_columns(label: NDArray[Any]) -> Columns | None:
    if label.dtype.kind in "OUSc":
        return None
    width = label.shape[-1] if label.ndim > 1 else 1
    return Columns(width=min(max(width, 1), COLUMNS))


def _add_label(seen: LabelSeen, label: NDArray[Any], start: int) -> None:
    if seen.columns is not None and label.dtype.kind not in "OUSc":
        flat = label.reshape(-1, label.shape[-1] if label.ndim > 1 else 1)[:, : seen.columns.width]
        seen.columns.add(flat.astype(np.float64), start)
    kind = _kind(label)
    if kind != seen.kind and not (seen.kind == "binary" and kind == "one-hot"):
        seen.kind = "binary" if {kind, seen.kind} == {"binary", "one-hot"} else "values"
    if seen.kind == "class":
        classes = label.reshape(-1).astype(np.int64).tolist()
        seen.classes.update(classes)
        before = [seen.last if seen.last is not None else classes[0], *classes[:-1]] if classes else []
        seen.changes += sum(a != b for a, b in zip(before, classes, strict=True))
        seen.rises = seen.rises and all(a <= b for a, b in zip(before, classes, strict=True))
        seen.last = classes[-1] if classes else seen.last
    elif seen.kind in ("one-hot", "binary"):
        for index, count in enumerate(label.reshape(len(label), -1).sum(0).tolist()):
            seen.classes[index] += int(count)


def _digests(parts: list[Any], size: int) -> list[bytes]:
    import tensorflow as tf

    arrays = []
    for part in parts:
        if part is None or isinstance(part, tf.RaggedTensor | tf.SparseTensor):
            continue
        array = part.numpy() if hasattr(part, "numpy") else np.asarray(part)
        arrays.append(array if array.dtype.kind != "O" else array.astype("S"))
    if not arrays:
        return []
    rows = (b"".join(np.ascontiguousarray(array[index]).tobytes() for array in arrays) for index in range(size))
    return [hashlib.blake2b(row, digest_size=8).digest() for row in rows]


def _wider(one: tuple[int | None, ...], other: tuple[int | None, ...]) -> tuple[int | None, ...]:
    return tuple(a if a == b else None for a, b in zip(one, other, strict=False))
