"""A random choice of the rows of a table that comes batch by batch: bounded, mergeable, the same in every process."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROWS = 4096
"""Rows kept of a narrow table."""

FEWEST = 64
"""Rows kept of any table."""

VALUES = 1 << 21
"""Values kept, at most, unless those are fewer than :data:`FEWEST` rows: 16 MB."""


@dataclass(kw_only=True, eq=False)
class RowSample:
    """The rows whose index has the smallest hashes: each row is as likely as any other, however they are cut up.

    Attributes:
        width: number of columns.
        most: rows kept, at most; all of them where there are no more.
        keys, rows: hash and values of those kept, of shape ``(n,)`` and ``(n, width)``; in no order.
    """

    width: int
    most: int = 0
    keys: NDArray[np.uint64] = field(init=False)
    rows: NDArray[np.float64] = field(init=False)
    _waiting: list[tuple[NDArray[np.uint64], NDArray[np.float64]]] = field(init=False, default_factory=list)
    _number: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        """Start with nothing kept."""
        self.most = self.most or max(FEWEST, min(ROWS, VALUES // max(self.width, 1)))
        self.keys, self.rows = np.zeros(0, np.uint64), np.zeros((0, self.width))

    def add(self, values: NDArray[Any], rows: int | NDArray[np.integer[Any]]) -> None:
        """Take in rows × columns; ``rows`` is the index of the first of consecutive ones, or of each."""
        keys = row_hashes(rows, len(values)) if isinstance(rows, int) else hashes(rows)
        if len(self.keys) == self.most:
            low = np.flatnonzero(keys < self.keys.max())
            if not low.size:
                return
            keys, values = keys[low], values[low]
        if len(keys) > self.most:
            low = np.argpartition(keys, self.most - 1)[: self.most]
            keys, values = keys[low], values[low]
        self._waiting.append((keys, np.array(values, np.float64)))  # a copy: batches are not to stay alive
        self._number += len(keys)
        if self._number >= self.most:
            self.settle()

    def merge(self, other: RowSample) -> None:
        """Take in what was kept of other rows."""
        other.settle()
        self._waiting.append((other.keys, other.rows))
        self.settle()

    def settle(self) -> None:
        """Bring what waits together with what is kept, and drop what is too much."""
        if not self._waiting:
            return
        keys = np.concatenate([self.keys, *(keys for keys, _ in self._waiting)])
        rows = np.concatenate([self.rows, *(rows for _, rows in self._waiting)])
        if len(keys) > self.most:
            low = np.argpartition(keys, self.most - 1)[: self.most]
            keys, rows = keys[low], rows[low]
        self.keys, self.rows, self._waiting, self._number = keys, rows, [], 0

    def in_order(self) -> NDArray[np.float64]:
        """Return what was kept in an order that does not depend on how the rows came: by their hashes."""
        self.settle()
        return self.rows[np.argsort(self.keys, kind="stable")]

    def column(self, index: int) -> NDArray[np.float64]:
        """Return the finite values kept of a column, ascending."""
        self.settle()
        values = self.rows[:, index]
        return np.sort(values[np.isfinite(values)])


def row_hashes(first: int, number: int) -> NDArray[np.uint64]:
    """Return a hash of each row's index (the finalizer of SplitMix64; Steele, Lea and Flood 2014)."""
    return hashes(np.arange(first, first + number))


def hashes(rows: NDArray[np.integer[Any]]) -> NDArray[np.uint64]:
    """Return a hash of each index; see :func:`row_hashes`."""
    mixed = rows.astype(np.uint64) + np.uint64(1)
    mixed *= np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(30)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return mixed


def distance(one: NDArray[np.float64], other: NDArray[np.float64]) -> float | None:
    """Return the Kolmogorov-Smirnov distance of two sorted sets of values, in [0, 1]; None where one is empty."""
    if not one.size or not other.size:
        return None
    both = np.concatenate((one, other))
    below = (np.searchsorted(values, both, "right") / values.size for values in (one, other))
    return float(np.abs(np.subtract(*below)).max())
