"""The small loss chart of the overview: both curves with their last values, and the best epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kreport.charts.axes import axis_of
from kreport.charts.curves import Line, Mark, last_finite, plot
from kreport.charts.theme import TRAIN, VALIDATION, finished
from kreport.document.blocks import Chart
from kreport.document.numbers import quantity
from kreport.tensors.thinning import thinned

if TYPE_CHECKING:
    from kreport.analyzers._training.curves import RunCurves, Series, TrainingCurves

WIDTH, HEIGHT = 384, 80
"""Of the whole drawing and of the plot, px."""

POINTS = 300
"""Points of a line: about its pixels."""

LEAST = 1e-300
DECADE = 10
"""A log scale from this ratio between the greatest and the least value."""


def loss_spark(measured: TrainingCurves) -> Chart | None:
    """Return the loss of the only or first run; None where no loss was logged."""
    run = next((run for run in measured.curves if run.metric("loss") is not None), None)
    return None if run is None or measured.runs > 1 else _chart(run)


def _chart(run: RunCurves) -> Chart | None:
    loss = run.metric("loss")
    found = [] if loss is None else [
        (text, colour, series) for text, colour, series in (
            ("train", TRAIN, loss.training), ("val", VALIDATION, loss.validation)) if series is not None
    ]  # fmt: skip
    values = [value for _, _, s in found for value in s.values.tolist() if np.isfinite(value)]
    if not values:
        return None
    log = min(values) > LEAST and max(values) / min(values) >= DECADE
    axis = axis_of(values, "log" if log else "linear", most=0)
    lines = [
        _line(f"{text} {quantity(last_finite(series.values))}", colour, series, thin=text == "train" and len(found) > 1)
        for text, colour, series in found
    ]
    _, colour, series = found[-1]
    best = None
    if series.best is not None and series.best_epoch is not None and not _level(series):
        best = Mark(epoch=series.best_epoch, value=series.best, colour=colour, text=f"best: epoch {series.best_epoch}")
    ends = ", ".join(f"{text} {quantity(last_finite(s.values))}" for text, _, s in found)
    at = f"; best at epoch {best.epoch}" if best else ""
    return finished(
        plot(lines, axis, width=WIDTH, height=HEIGHT, best=best, bare=True), id="overview-loss", title="Loss",
        subtitle=f"Per epoch{', log scale' if log else ''}", alt=f"Loss at the end: {ends}{at}.",
    )  # fmt: skip


def _line(label: str, colour: str, series: Series, *, thin: bool) -> Line:
    kept = thinned(series.values, POINTS)
    return Line(
        label=label, colour=colour, epochs=series.epochs[kept], values=series.values[kept],
        name=f"{label.partition(' ')[0]} loss", width=1.5 if thin else 2.0,
    )  # fmt: skip


def _level(series: Series) -> bool:
    """Tell whether all numbers of a series are one: then none is best."""
    finite = series.values[np.isfinite(series.values)]
    return not len(finite) or bool((finite == finite[0]).all())
