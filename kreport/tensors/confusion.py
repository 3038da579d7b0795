"""What follows from a confusion matrix: scores, the largest confusions, classes in blocks, resampled matrices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.tensors.intervals import DRAWS

VALUES = 1 << 20
"""Cells drawn in one go: 8 MB."""

GONE = -1.0
"""In place of a nearness, which is ≥ 0, of a cluster that is part of another, and of one to itself."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Average:
    """Precision, recall and F1 averaged over classes, float64 of the leading shape of :class:`Margins`."""

    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    f1: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Margins:
    """Diagonal and sums of confusion matrices, which all scores are made of.

    The arrays are float64 of shape ``(..., classes)``: leading axes are of several matrices, as of :func:`resampled`.
    For several labels a sample they are the true positives, the positives and the predicted positives of each label;
    accuracy, balanced accuracy, Matthews and kappa then have no meaning.

    Scores are scikit-learn's, with 0 for what is 0 / 0 (``zero_division=0``), and NaN where nothing is counted.

    Attributes:
        right: the weight of samples of a class that are predicted as such.
        labels: of its samples; scikit-learn's support.
        predicted: of those predicted as such.
    """

    right: NDArray[np.float64]
    labels: NDArray[np.float64]
    predicted: NDArray[np.float64]

    @property
    def accuracy(self) -> NDArray[np.float64]:
        """Share of samples that are predicted right; shape ``(...)``."""
        return _ratio(self.right.sum(-1), self.labels.sum(-1), np.nan)

    @property
    def balanced_accuracy(self) -> NDArray[np.float64]:
        """Mean recall of the classes that have labels; shape ``(...)``."""
        return _mean(self.recall, self.labels > 0)

    @property
    def precision(self) -> NDArray[np.float64]:
        """Share right among the samples predicted as a class; shape ``(..., classes)``."""
        return _ratio(self.right, self.predicted)

    @property
    def recall(self) -> NDArray[np.float64]:
        """Share right among the samples of a class; shape ``(..., classes)``."""
        return _ratio(self.right, self.labels)

    @property
    def f1(self) -> NDArray[np.float64]:
        """Harmonic mean of precision and recall; shape ``(..., classes)``."""
        return _ratio(2 * self.right, self.labels + self.predicted)

    @property
    def macro(self) -> Average:
        """Each class that occurs, in labels or predictions, counts the same."""
        occurs = self.labels + self.predicted > 0
        return Average(**{name: _mean(values, occurs) for name, values in self._by_class.items()})

    @property
    def weighted(self) -> Average:
        """Each class counts by its labels."""
        return Average(**{name: _mean(values, self.labels) for name, values in self._by_class.items()})

    @property
    def micro(self) -> Average:
        """Classes are put together; with one label a sample all three are the accuracy."""
        right, labels, predicted = (part.sum(-1) for part in (self.right, self.labels, self.predicted))
        return Average(
            precision=_ratio(right, predicted), recall=_ratio(right, labels), f1=_ratio(2 * right, labels + predicted)
        )

    @property
    def matthews(self) -> NDArray[np.float64]:
        """Correlation of labels and predictions, of shape ``(...)``: 0 where either has one class only.

        R_K of Gorodkin 2004.
        """
        total = self.labels.sum(-1)
        shared = self.right.sum(-1) * total - (self.labels * self.predicted).sum(-1)
        # Each from its own total: their rounding differs, and one class only is to give 0.
        own, others = (part.sum(-1) ** 2 - (part * part).sum(-1) for part in (self.labels, self.predicted))
        return np.where(total > 0, _ratio(shared, np.sqrt(np.maximum(own, 0) * np.maximum(others, 0))), np.nan)

    @property
    def kappa(self) -> NDArray[np.float64]:
        """Agreement beyond chance (Cohen 1960), shape ``(...)``; NaN where labels and predictions are one class."""
        total = self.labels.sum(-1)
        chance = _ratio((self.labels * self.predicted).sum(-1), total)
        return 1 - _ratio(total - self.right.sum(-1), total - chance, np.nan)

    @property
    def _by_class(self) -> dict[str, NDArray[np.float64]]:
        return {"precision": self.precision, "recall": self.recall, "f1": self.f1}


@dataclass(frozen=True, kw_only=True)
class Confusion:
    """Samples of one class taken for another.

    Attributes:
        label, predicted: places of the classes in the matrix.
        weight: number of samples, or sum of their weights.
    """

    label: int
    predicted: int
    weight: float


def margins(matrix: NDArray[np.float64]) -> Margins:
    """Return what the scores of a confusion matrix are made of.

    Args:
        matrix: numbers of samples or sums of their weights, finite and ≥ 0, float64 of shape ``(classes, classes)``:
            rows are labels, columns what was predicted.
    """
    return Margins(right=matrix.diagonal().copy(), labels=matrix.sum(1), predicted=matrix.sum(0))


def largest(matrix: NDArray[np.float64], n: int) -> tuple[Confusion, ...]:
    """Return the ``n`` most frequent confusions of a matrix, largest first, equal ones in its order."""
    wrong = matrix - np.diag(matrix.diagonal())
    cells = np.flatnonzero(wrong > 0)
    cells = cells[np.argsort(-wrong.ravel()[cells], kind="stable")[:n]]
    return tuple(
        Confusion(label=label, predicted=predicted, weight=weight)
        for label, predicted, weight in zip(
            *(place.tolist() for place in np.divmod(cells, len(matrix))), wrong.ravel()[cells].tolist(), strict=True
        )
    )


def in_blocks(matrix: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the classes in an order in which those confused with each other stand together; ``(classes,)``.

    They are the leaves of average-linkage clustering; of two clusters that merge, those ends meet whose classes are
    confused most (Gruvaeus and Wainer 1972). Two classes are as near as the share of the one taken for the other, both
    ways added. Classes that are never confused keep their order.
    """
    near = _ratio(matrix, np.broadcast_to(matrix.sum(1, keepdims=True), matrix.shape))
    near = near + near.T
    np.fill_diagonal(near, GONE)
    merged = near.copy()
    clusters = {index: [index] for index in range(len(matrix))}
    chain: list[int] = []
    while len(clusters) > 1:
        # A chain of nearest neighbours (Murtagh 1983) ends in two that are each other's: they are one in the tree.
        chain = chain or [min(clusters)]
        end, nearest = chain[-1], int(merged[chain[-1]].argmax())
        if len(chain) == 1 or merged[end, nearest] > merged[end, chain[-2]]:
            chain.append(nearest)
            continue
        one, other = sorted(chain[-2:])
        del chain[-2:]
        sizes = np.array([len(clusters[one]), len(clusters[other])])
        mean = sizes @ merged[[one, other]] / sizes.sum()
        merged[one], merged[:, one] = mean, mean
        merged[other], merged[:, other] = GONE, GONE
        merged[one, one] = GONE
        clusters[one] = _joined(clusters[one], clusters.pop(other), near)
    return np.array(next(iter(clusters.values()), []), np.intp)


def _joined(one: list[int], other: list[int], near: NDArray[np.float64]) -> list[int]:
    """Put two clusters beside each other, each turned such that the classes that meet are the nearest."""
    turned = [(first, second) for first in (one, one[::-1]) for second in (other, other[::-1])]
    first, second = max(turned, key=lambda pair: near[pair[0][-1], pair[1][0]])
    return first + second


def resampled(matrix: NDArray[np.float64], *, seed: int, draws: int = DRAWS, samples: int | None = None) -> Margins:
    """Return what the scores of resampled matrices are made of, all of shape ``(draws, classes)``.

    Occupied cells are drawn from the multinomial distribution of their shares. For samples without weights this is
    exactly the bootstrap over samples. Intervals are :func:`kreport.tensors.intervals.percentiles` of any score:
    ``percentiles(resampled(matrix, seed=0).macro.f1)``; those of all scores may share the draws.

    A draw takes some 50 ns for each occupied cell: 1,000 draws of 20,000 cells take a second.

    Args:
        matrix: as in :func:`margins`.
        seed: of the draws; the same seed gives the same draws.
        draws: how many.
        samples: in each; by default the rounded sum of the matrix. For weighted samples their effective number,
            (Σw)² / Σw² (Kish 1965), makes it an approximation: samples of a cell are taken as equally heavy.
    """
    classes, cells = len(matrix), np.flatnonzero(matrix)
    right, labels, predicted = (np.zeros((draws, classes)) for _ in range(3))
    row, column = np.divmod(cells, max(classes, 1))
    on_diagonal, by_column = np.flatnonzero(row == column), np.argsort(column, kind="stable")
    shares = matrix.ravel()[cells] / matrix.sum() if cells.size else np.zeros(0)
    number = round(float(matrix.sum())) if samples is None else samples
    random, step = np.random.default_rng(seed), max(1, VALUES // max(cells.size, 1))
    for start in range(0, draws if cells.size else 0, step):
        part = slice(start, min(start + step, draws))
        counts = random.multinomial(number, shares, size=part.stop - start)
        right[part, row[on_diagonal]] = counts[:, on_diagonal]
        _sum_groups(counts, row, labels[part])
        _sum_groups(counts[:, by_column], column[by_column], predicted[part])
    return Margins(right=right, labels=labels, predicted=predicted)


def _sum_groups(counts: NDArray[np.int64], group: NDArray[np.intp], out: NDArray[np.float64]) -> None:
    """Write sums over columns of the same group, which stand together, into the group's column."""
    first = np.flatnonzero(np.diff(group, prepend=-1))
    out[:, group[first]] = np.add.reduceat(counts, first, axis=1)


def _ratio(over: NDArray[np.float64], under: NDArray[np.float64], empty: float = 0.0) -> NDArray[np.float64]:
    """Divide; ``empty`` where the divisor is 0."""
    empties = np.full(np.shape(under), empty)
    return np.asarray(np.divide(over, under, out=empties, where=np.greater(under, 0)), np.float64)


def _mean(values: NDArray[np.float64], weights: NDArray[Any]) -> NDArray[np.float64]:
    """Return weighted means over the last axis; NaN where all weights are 0."""
    return _ratio((values * weights).sum(-1), weights.sum(-1), np.nan)
