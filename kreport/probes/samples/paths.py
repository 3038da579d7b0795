"""Integrated gradients: the gradient along the straight line from a baseline, summed with as many nodes as it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = Sequence[NDArray[Any]]
Gradients = Callable[[Arrays, NDArray[np.intp]], tuple[NDArray[np.float64], list[NDArray[np.float64]]]]
"""Takes values of the inputs that move, and which sample each row stands for; returns scores ``(rows,)`` and their
gradients, shaped as the values."""

CLOSE = 0.02
"""Error of completeness at which no finer sum is tried, twice in a row; Sundararajan et al. name 5 %."""

FIRST = 8
"""Parts of the line at first: one node fewer, and twice as many parts each time."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Path:
    """Integrated gradients of some samples.

    Attributes:
        values: one array an input, as the inputs, float64.
        slopes: the gradients at the samples themselves, likewise.
        score, base: of each sample and of its baseline, float64 of shape ``(samples,)``.
        nodes: gradients taken along each line, int64 of shape ``(samples,)``.
    """

    values: list[NDArray[np.float64]]
    slopes: list[NDArray[np.float64]]
    score: NDArray[np.float64]
    base: NDArray[np.float64]
    nodes: NDArray[np.int64]

    @property
    def errors(self) -> NDArray[np.float64]:
        """How far the sum is from f(x) − f(x₀), as a share of that; NaN where both are equal."""
        return _errors(self.values, self.score - self.base)


def integrated(gradients: Gradients, x: Arrays, base: Arrays, *, most: int, batch: int) -> Path:
    """Return (x − x₀) · ∫ ∂f/∂x (x₀ + α (x − x₀)) dα for each sample (Sundararajan et al. 2017).

    The integral is Fejér's second sum, about as exact as Gauss's (Trefethen 2008) but nested: its nodes are among
    those of the sum with twice the parts, so that no gradient is taken in vain. Each sample gets finer sums until its
    error of completeness is at most 2 % twice in a row. https://arxiv.org/abs/1703.01365

    Args:
        gradients: of the score with respect to the inputs that move.
        x: those inputs, one array each with samples first.
        base: where the lines begin, shaped alike.
        most: gradients along a line, at most; the first sum takes seven whatever is said.
        batch: rows handed to ``gradients`` at once, at most.
    """
    here, samples = np.arange(len(x[0])), len(x[0])
    score, slopes = _in_parts(gradients, x, here, batch)
    start, _ = _in_parts(gradients, base, here, batch)
    sums = _Sums(gradients=gradients, x=x, base=base, levels=_levels(most), batch=batch)
    nodes = np.zeros(samples, np.int64)
    values = [np.zeros(part.shape) for part in x]
    open_, was_close = here, np.zeros(samples, bool)
    for level, parts in enumerate(sums.levels):
        sums.refine(level, open_)
        for value, found in zip(values, sums.of(level), strict=True):
            value[open_] = found[open_]
        nodes[open_] = parts - 1
        close = ~(_errors(values, score - start) > CLOSE)  # NaN: nothing to compare with, no reason to go on
        open_ = open_[~(close & was_close)[open_]]
        was_close = close
        if not len(open_):
            break
    return Path(values=values, slopes=slopes, score=score, base=start, nodes=nodes)


def _levels(most: int) -> list[int]:
    found = [FIRST]
    while found[-1] * 2 - 1 <= most:
        found.append(found[-1] * 2)
    return found


def _errors(values: Arrays, change: NDArray[np.float64]) -> NDArray[np.float64]:
    total = np.sum([v.reshape(len(v), -1).sum(1) for v in values], axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(change == 0, np.nan, np.abs(total - change) / np.abs(change))


@dataclass(kw_only=True, eq=False)
class _Sums:
    """Weighted sums of gradients for each number of parts; a node counts in its own and in all finer ones."""

    gradients: Gradients
    x: Arrays
    base: Arrays
    levels: list[int]
    batch: int

    def __post_init__(self) -> None:
        self._totals = [[np.zeros(part.shape, np.float64) for part in self.x] for _ in self.levels]

    def refine(self, level: int, who: NDArray[np.intp]) -> None:
        """Take the gradients of some samples at the nodes that are new in a level."""
        parts = self.levels[level]
        new = [k for k in range(1, parts) if level == 0 or k % 2]
        weights = [fejer(n) for n in self.levels]
        for some in _chunks([(k, sample) for k in new for sample in who.tolist()], self.batch):
            ks, rows = np.array([k for k, _ in some]), np.array([sample for _, sample in some])
            share = (1 - np.cos(np.pi * ks / parts)) / 2
            moved = [_between(a[rows], b[rows], share) for a, b in zip(self.x, self.base, strict=True)]
            _, slopes = self.gradients(moved, rows)
            for finer in range(level, len(self.levels)):
                factor = weights[finer][ks * (self.levels[finer] // parts) - 1]
                for total, slope in zip(self._totals[finer], slopes, strict=True):
                    np.add.at(total, rows, slope * _tall(factor, slope.ndim))

    def of(self, level: int) -> Iterator[NDArray[np.float64]]:
        """Yield the integrals of a level, one array an input."""
        for total, a, b in zip(self._totals[level], self.x, self.base, strict=True):
            yield total * (np.asarray(a, np.float64) - b)


def fejer(parts: int) -> NDArray[np.float64]:
    """Return the weights of Fejér's second sum from 0 to 1 at (1 − cos kπ/n) / 2 for k from 1 to n − 1."""
    angles = np.pi * np.arange(1, parts) / parts
    odd = np.arange(1, parts, 2)
    return np.asarray(2 * np.sin(angles) / parts * (np.sin(np.outer(angles, odd)) / odd).sum(1), np.float64)


def _chunks(items: list[tuple[int, int]], size: int) -> Iterator[list[tuple[int, int]]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _between(x: NDArray[Any], base: NDArray[Any], share: NDArray[np.float64]) -> NDArray[np.float64]:
    start = np.asarray(base, np.float64)
    return start + _tall(share, start.ndim) * (x - start)


def _tall(values: NDArray[np.float64], rank: int) -> NDArray[np.float64]:
    return values.reshape(-1, *[1] * (rank - 1))


def _in_parts(
    gradients: Gradients, values: Arrays, who: NDArray[np.intp], batch: int
) -> tuple[NDArray[np.float64], list[NDArray[np.float64]]]:
    parts = [
        gradients([v[start : start + batch] for v in values], who[start : start + batch])
        for start in range(0, len(who), batch)
    ]
    return np.concatenate([p[0] for p in parts]), [
        np.concatenate([p[1][index] for p in parts]) for index in range(len(values))
    ]
