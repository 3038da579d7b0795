"""Integrated gradients: the gradient along the straight line from a baseline, summed with Gauss's weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = Sequence[NDArray[Any]]
Gradients = Callable[[Arrays, NDArray[np.intp]], tuple[NDArray[np.float64], list[NDArray[np.float64]]]]
"""Takes values of the inputs that move, and which sample each row stands for; returns scores ``(rows,)`` and their
gradients, shaped as the values."""

CLOSE = 0.05
"""Error of completeness up to which no finer sum is tried; Sundararajan et al. name 5 %."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Path:
    """Integrated gradients of some samples.

    Attributes:
        values: one array an input, as the inputs, float64.
        score, base: of each sample and of its baseline, float64 of shape ``(samples,)``.
        nodes: gradients taken along each line.
    """

    values: list[NDArray[np.float64]]
    score: NDArray[np.float64]
    base: NDArray[np.float64]
    nodes: int

    @property
    def errors(self) -> NDArray[np.float64]:
        """How far the sum is from f(x) − f(x₀), as a share of that; NaN where both are equal."""
        total = np.sum([v.reshape(len(v), -1).sum(1) for v in self.values], axis=0)
        change = self.score - self.base
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(change == 0, np.nan, np.abs(total - change) / np.abs(change))


def integrated(gradients: Gradients, x: Arrays, base: Arrays, *, nodes: int, most: int, batch: int) -> Path:
    """Return (x − x₀) · ∫ ∂f/∂x (x₀ + α (x − x₀)) dα for each sample (Sundararajan et al. 2017).

    The integral is a Gauss–Legendre sum; it is taken with twice the nodes while a sample's error of completeness is
    above 5 % and there are no more than ``most``. https://arxiv.org/abs/1703.01365

    Args:
        gradients: of the score with respect to the inputs that move.
        x: those inputs, one array each with samples first.
        base: where the lines begin, shaped alike.
        nodes: gradients along each line at first.
        most: the same at last.
        batch: rows handed to ``gradients`` at once, at most.
    """
    samples = len(x[0])
    here = np.arange(samples)
    ends, _ = _in_parts(gradients, [np.concatenate([a, b]) for a, b in zip(x, base, strict=True)],
                        np.concatenate([here, here]), batch)  # fmt: skip
    while True:
        found = Path(
            values=_along(gradients, x, base, nodes, batch), score=ends[:samples], base=ends[samples:], nodes=nodes
        )
        if nodes * 2 > most or not (np.nan_to_num(found.errors) > CLOSE).any():
            return found
        nodes *= 2


def _along(gradients: Gradients, x: Arrays, base: Arrays, nodes: int, batch: int) -> list[NDArray[np.float64]]:
    places, weights = np.polynomial.legendre.leggauss(nodes)
    places, weights = (places + 1) / 2, weights / 2  # from −1 … 1 to 0 … 1
    sums = [np.zeros(part.shape, np.float64) for part in x]
    pairs = [(node, sample) for node in range(nodes) for sample in range(len(x[0]))]
    for start in range(0, len(pairs), batch):
        some = pairs[start : start + batch]
        which, who = np.array([n for n, _ in some]), np.array([s for _, s in some])
        moved = [_between(a[who], b[who], places[which]) for a, b in zip(x, base, strict=True)]
        _, slopes = gradients(moved, who)
        for total, slope in zip(sums, slopes, strict=True):
            np.add.at(total, who, slope * _tall(weights[which], slope.ndim))
    return [total * (np.asarray(a, np.float64) - b) for total, a, b in zip(sums, x, base, strict=True)]


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


def gradients_at(gradients: Gradients, x: Arrays, batch: int) -> list[NDArray[np.float64]]:
    """Return the gradient at the samples themselves, one array an input."""
    return _in_parts(gradients, x, np.arange(len(x[0])), batch)[1]
