"""Charts of the Training section as blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from kreport.analyzers._training.curves import Metric, RunCurves, Series, TrainingCurves
from kreport.analyzers._training.measuring import thinned
from kreport.analyzers._training.sentences import (
    capital, changed_at, curve_title, gap_title, listed, main_loss, rate_title, said, shown,
)  # fmt: skip
from kreport.charts.axes import Kind, axis_of
from kreport.charts.curves import DRAWN, HALF, THIRD, Line, Mark, plot
from kreport.charts.theme import SERIES, TRAIN, VALIDATION, finished
from kreport.document.blocks import Block, Chart, Row
from kreport.document.numbers import plural, quantity

DECADE = 10
"""A log scale from this ratio between the greatest and the least value; rule of thumb."""

PLOT = {HALF: 206, THIRD: 110}
"""Height of a plot by the width of its drawing, px."""


def charts(measured: TrainingCurves) -> list[Block]:
    """Return the rows of charts: two large ones, then small ones."""
    run = measured.curves[0]
    large = [c for m in _large(run) if (c := metric_chart(run, m, HALF))]
    return [Row(blocks=tuple(large), spans=(6,) * len(large))] if len(large) > 1 else list(large)


def _large(run: RunCurves) -> list[Metric]:
    return list(run.metrics[:2])


def metric_chart(run: RunCurves, metric: Metric, width: int) -> Chart | None:
    """Return the chart of one metric on both splits; None where nothing is a number."""
    found = [
        (text, colour, series)
        for text, colour, series in (("train", TRAIN, metric.training), ("val", VALIDATION, metric.validation))
        if series is not None
    ]
    values = finite([s for _, _, s in found])
    if not values:
        return None
    kind = kind_of(values, share=metric.share)
    lines = [line(text if len(found) > 1 else "", colour, s, name=f"{text} {said(metric.name)}") for text, colour, s in found]
    title = curve_title(metric)
    return finished(
        plot(lines, axis_of(values, kind), width=width, height=PLOT[width], best=_mark(found[-1][1], found[-1][2]),
             breaks=_breaks(run)),
        id=f"training-{metric.name if metric.name.isalnum() else run.metrics.index(metric)}", title=title,
        subtitle=f"{capital(said(metric.name))} per epoch{', log scale' if kind == 'log' else ''}",
        alt=f"{title}.",
    )  # fmt: skip


def line(label: str, colour: str, series: Series, *, name: str, step: bool = False) -> Line:
    """Return a series as a line, with no more points than its pixels."""
    kept = thinned(series.values, DRAWN)
    return Line(
        label=label, colour=colour, epochs=series.epochs[kept], values=series.values[kept], name=name, step=step
    )


def finite(found: Sequence[Series]) -> list[float]:
    """Return all values that are numbers."""
    return [float(v) for s in found for v in s.values if np.isfinite(v)]


def kind_of(values: Sequence[float], *, share: bool) -> Kind:
    """Return the scale: percent for shares, log where positive values span a decade."""
    if share:
        return "percent"
    return "log" if min(values) > 0 and max(values) / min(values) >= DECADE else "linear"


def _mark(colour: str, series: Series) -> Mark | None:
    if series.best is None or series.best_epoch is None or series.count == 1:
        return None
    return Mark(epoch=series.best_epoch, value=series.best, colour=colour, text=f"best: epoch {series.best_epoch}")


def _breaks(run: RunCurves) -> list[int]:
    if not 1 < len(run.fits) <= 9:
        return []
    return np.cumsum(run.fits)[:-1].tolist()
