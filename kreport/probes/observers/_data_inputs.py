"""One input, batch after batch: its columns, the lengths of its sequences, its vocabulary."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from kreport.tensors.columns import Columns

SQUARE = 8
"""Side from which a square without channels is taken for a picture."""

WORDS = 100_000
"""Different tokens, texts or words that are counted."""

Unit = Literal["feature", "channel", "token", "text"]


@dataclass(kw_only=True, eq=False)
class Distinct:
    """How many different values there are, at most :data:`WORDS`."""

    values: set[Any] = field(default_factory=set)

    def add(self, values: Any) -> None:
        """Take in some values."""
        if len(self.values) < WORDS:
            self.values.update(values)

    def merge(self, other: Distinct) -> None:
        """Take in what else was seen."""
        self.add(other.values)

    def missing_from(self, other: Distinct) -> int | None:
        """Return how many of them the other has not; None where either did not count all."""
        full = len(self.values) >= WORDS or len(other.values) >= WORDS
        return None if full else len(self.values - other.values)

    @property
    def number(self) -> int:
        """How many."""
        return min(len(self.values), WORDS)


@dataclass(kw_only=True, eq=False)
class InputSeen:
    """One input.

    Attributes:
        name: of the model's input.
        unit: what its last axis holds: features of a table, channels of a picture or series, tokens, texts.
        shape: of a sample, None where sizes differ; dtype as read.
        width: number of columns it has.
        columns: their statistics; None for texts and complex numbers.
        uniform: samples of channels all of whose values are the same.
        incomplete: samples with a value that is no number.
        lengths: positions between the padding at either end (zeros), or rows of a ragged sample, or words of a text →
            samples.
        shorter: samples with such padding, or shorter than the longest.
        distinct: tokens or words; different: whole texts.
        texts, empty: number of texts, of empty ones.
    """

    name: str
    unit: Unit
    shape: tuple[int | None, ...]
    dtype: str
    width: int
    columns: Columns | None = None
    uniform: int = 0
    incomplete: int = 0
    lengths: Counter[int] = field(default_factory=Counter)
    distinct: Distinct = field(default_factory=Distinct)
    different: Distinct = field(default_factory=Distinct)
    texts: int = 0
    empty: int = 0

    @classmethod
    def of(cls, name: str, part: Any, *, tokens: bool) -> InputSeen:
        """Return an input of which nothing has been seen.

        Args:
            name: of the input.
            part: a first batch of it.
            tokens: whether whole numbers in rows are tokens, not features.
        """
        import tensorflow as tf

        values = values_of(part)
        unit = "text" if values is None else _unit(part, values, tokens=tokens)
        width = 1 if values is None or unit == "token" or _has_no_columns(values) else int(values.shape[-1])
        usable = values is not None and values.dtype.kind in "biuf"
        if isinstance(part, tf.RaggedTensor) and unit != "token" and values is not None and values.ndim < 2:
            width = 1
        dtype = "text" if values is None else getattr(part.dtype, "name", str(part.dtype))
        return cls(
            name=name, unit=unit, shape=sample_shape(part), dtype=dtype, width=width,
            columns=Columns(width=width) if usable else None,
        )  # fmt: skip

    def add(self, part: Any, start: int) -> None:
        """Take in a batch of samples, of which the first has the index ``start``."""
        import tensorflow as tf

        self.shape = wider(self.shape, sample_shape(part))
        values = values_of(part)
        if values is None:
            self._add_texts(part)
            return
        if isinstance(part, tf.RaggedTensor):
            self.lengths.update(part.row_lengths().numpy().tolist())
        elif self.unit == "token" or (values.ndim == 3 and self.unit == "channel"):
            self.lengths.update(_lengths(values).tolist())
        if self.unit == "token":
            self.distinct.add(np.unique(values).tolist())
        if self.columns is None:
            return
        flat = values.reshape(-1, self.width)
        self.columns.add(flat, start * max(1, len(flat) // max(1, len(values))))
        if not isinstance(part, tf.RaggedTensor) and values.ndim > 1:
            rows = values.reshape(len(values), -1)
            if self.unit == "channel" and rows.shape[1] > 1:
                self.uniform += int((rows == rows[:, :1]).all(1).sum())
            if values.dtype.kind == "f":
                self.incomplete += int((~np.isfinite(rows)).any(1).sum())

    def _add_texts(self, part: Any) -> None:
        flat = part.flat_values if hasattr(part, "flat_values") else part
        texts = np.asarray(flat.numpy() if hasattr(flat, "numpy") else flat).ravel().tolist()
        words = [text.split() for text in texts]
        self.texts += len(texts)
        self.empty += sum(not found for found in words)
        self.lengths.update(len(found) for found in words)
        self.different.add(hashlib.blake2b(_encoded(text), digest_size=8).digest() for text in texts)
        for found in words:
            self.distinct.add(found)

    def merge(self, other: InputSeen) -> None:
        """Take in what was seen of other samples."""
        if self.columns is not None and other.columns is not None:
            self.columns.merge(other.columns)
        self.shape = wider(self.shape, other.shape)
        self.uniform, self.incomplete = self.uniform + other.uniform, self.incomplete + other.incomplete
        self.lengths.update(other.lengths)
        self.distinct.merge(other.distinct)
        self.different.merge(other.different)
        self.texts, self.empty = self.texts + other.texts, self.empty + other.empty


def _encoded(text: Any) -> bytes:
    return text if isinstance(text, bytes) else str(text).encode("utf-8", "replace")


def values_of(part: Any) -> NDArray[Any] | None:
    """Return the numbers of an input as an array; None for texts."""
    import tensorflow as tf

    if isinstance(part, tf.RaggedTensor):
        part = part.flat_values
    if isinstance(part, tf.SparseTensor):
        part = tf.sparse.to_dense(part)
    array = part.numpy() if hasattr(part, "numpy") else np.asarray(part)
    if array.dtype.kind == "V":  # bfloat16 and its like
        array = array.astype(np.float32)
    return None if array.dtype.kind in "OUS" else array


def sample_shape(part: Any) -> tuple[int | None, ...]:
    """Return the shape of a sample, None where it is open."""
    return tuple(None if size is None else int(size) for size in tuple(part.shape)[1:])


def wider(one: tuple[int | None, ...], other: tuple[int | None, ...]) -> tuple[int | None, ...]:
    """Return the shape that covers both."""
    return tuple(a if a == b else None for a, b in zip(one, other, strict=False))


def _unit(part: Any, values: NDArray[Any], *, tokens: bool) -> Unit:
    import tensorflow as tf

    if values.dtype.kind in "iu" and (
        isinstance(part, tf.RaggedTensor) or (tokens and values.ndim == 2 and values.shape[1] > 1)
    ):
        return "token"
    return "channel" if len(part.shape) >= 3 else "feature"


def _has_no_columns(values: NDArray[Any]) -> bool:
    return values.ndim < 2 or (values.ndim == 3 and values.shape[1] == values.shape[2] >= SQUARE)


def _lengths(values: NDArray[Any]) -> NDArray[np.intp]:
    """Return how many positions lie between the first and the last that is not all zeros."""
    used = values != 0 if values.ndim == 2 else (values != 0).any(-1)
    if not used.shape[1]:
        return np.zeros(len(used), np.intp)
    first, last = used.argmax(1), used.shape[1] - used[:, ::-1].argmax(1)
    return np.where(used.any(1), last - first, 0)
