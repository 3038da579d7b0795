"""Slices: samples that have something in common, and how much worse the model does on them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from kreport.analyzers._evaluation.comparisons import Slice, Slices
from kreport.document.numbers import quantity
from kreport.probes.observers.predictions import COLUMNS, FIRST, Predicted
from kreport.tensors.intervals import Interval, of_mean, wilson

FEWEST = 20
"""Samples of a slice: fewer say little."""

PARTS = 4
"""Slices of a column of many values: quarters of the samples."""

VALUES = 12
"""Different values of a column up to which each is a slice."""

SHOWN = 8
"""Slices told, at most."""


def sliced(found: Predicted) -> Slices | None:
    """Return the worst slices by the columns of the input; None where nothing tells samples apart.

    The score is the share of right answers of a sample, or its mean absolute error, without regard to weights.
    """
    rows = found.by_sample
    figures, worth = rows[:, COLUMNS:], rows[:, FIRST]
    right = found.task.of_classes or found.task.kind == "multi-label"
    single = found.task.of_classes and not found.task.per_position
    if not figures.shape[1] or len(rows) < 2 * FEWEST:
        return None
    overall = float(worth.mean())
    slices = [
        _slice(name, told, worth[inside], shares=single)
        for name, column in zip(found.slices, figures.T, strict=True)
        for told, inside in _parts(column)
    ]
    measured = [one for one in slices if one is not None]
    if not measured:
        return None
    worst = sorted(measured, key=lambda one: _excess(one, overall, higher=right))[:SHOWN]
    return Slices(
        score="accuracy" if single else "share of right answers" if right else "mean absolute error", share=right,
        overall=overall, samples=len(rows), columns=found.slices, tested=len(measured), worst=tuple(worst),
    )  # fmt: skip


def _excess(one: Slice, overall: float, *, higher: bool) -> tuple[float, float]:
    """Sort what is worse even at the better end of its interval first, then by the value."""
    better_end, value = (one.high - overall, one.value) if higher else (overall - one.low, -one.value)
    return better_end, value


def _slice(column: str, told: str, worth: NDArray[np.float64], *, shares: bool) -> Slice | None:
    if len(worth) < FEWEST:
        return None
    value = float(worth.mean())
    interval: Interval | None = (
        wilson(float(worth.sum()), len(worth)) if shares else of_mean(value, float(worth.std(ddof=1)), len(worth))
    )
    if interval is None:
        return None
    return Slice(
        column=column, range=told, samples=len(worth), value=value, low=interval.low, high=interval.high
    )  # fmt: skip


def _parts(column: NDArray[np.float64]) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Yield what samples have in common, in words, and which they are: each value, or quarters; missing apart."""
    missing = ~np.isfinite(column)
    if missing.any():
        yield "missing", missing
    known = column[~missing]
    values = np.unique(known)
    if len(values) < 2:
        return
    if len(values) <= VALUES:
        for value in values.tolist():
            yield f"= {quantity(value)}", column == value
        return
    edges = np.unique(np.quantile(known, np.linspace(0, 1, PARTS + 1)))
    for number, (low, high) in enumerate(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)):
        last = number == len(edges) - 2
        inside = (column >= low) & ((column <= high) if last else (column < high))
        if inside.sum() == len(known):  # most values are the same: nothing is told apart
            return
        yield f"{quantity(low)} to {quantity(high)}", inside
