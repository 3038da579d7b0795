"""From measured series to the lines, marks and scales of charts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kreport.analyzers._training.curves import Metric, Series
from kreport.charts.axes import Kind
from kreport.charts.curves import DRAWN, Line, Mark
from kreport.charts.theme import TRAIN, VALIDATION
from kreport.tensors.thinning import thinned

DECADE = 10.0
"""A log scale from this ratio between the greatest and the least value; rule of thumb."""


LEAST = 1e-300
"""Smaller values have no place on a log scale."""


def splits(metric: Metric) -> list[tuple[str, str, Series]]:
    """Return label, colour and series of each split that was logged, validation last."""
    both = (("train", TRAIN, metric.training), ("val", VALIDATION, metric.validation))
    return [(text, colour, series) for text, colour, series in both if series is not None]


def line(
    label: str, colour: str, series: Series, *, name: str, step: bool = False, width: float = 2.0, points: int = DRAWN
) -> Line:
    """Return a series as a line, with no more points than its pixels need."""
    kept = thinned(series.values, points)
    return Line(
        label=label, colour=colour, epochs=series.epochs[kept], values=series.values[kept], name=name, step=step,
        width=width,
    )  # fmt: skip


def finite(found: Sequence[Series]) -> list[float]:
    """Return all values that are numbers."""
    return [float(value) for series in found for value in series.values if np.isfinite(value)]


def kind_of(values: Sequence[float], *, share: bool, ratio: float = DECADE) -> Kind:
    """Return the scale: percent for shares, log where positive values span ``ratio``."""
    if share:
        return "percent"
    return "log" if min(values) > LEAST and max(values) / min(values) >= ratio else "linear"


def best_mark(colour: str, series: Series) -> Mark | None:
    """Return the mark of a series' best value; None where there is no choice."""
    values = finite([series])
    if series.best is None or series.best_epoch is None or min(values) == max(values):
        return None
    return Mark(epoch=series.best_epoch, value=series.best, colour=colour, text=f"best: epoch {series.best_epoch}")
