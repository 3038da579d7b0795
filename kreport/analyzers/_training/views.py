"""The charts of one run as rows of blocks: two large ones, small ones below, and what else was logged."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kreport.analyzers._metric_names import capital, said
from kreport.analyzers._training.curves import LOSS, Metric, RunCurves, Series, TrainingCurves
from kreport.analyzers._training.multiples import multiples_chart
from kreport.analyzers._training.runs import run_charts
from kreport.analyzers._training.sentences import (
    changed_at,
    course,
    curve_title,
    epochs_of,
    gap_title,
    listed,
    rate_title,
    time_title,
)
from kreport.analyzers._training.series import best_mark, finite, kind_of, line, splits
from kreport.charts.axes import axis_of
from kreport.charts.curves import HALF, THIRD, plot
from kreport.charts.epoch_bars import epoch_bars
from kreport.charts.theme import SERIES, VALIDATION, finished
from kreport.document.blocks import Block, Chart, Row

HEIGHT = {HALF: 206, THIRD: 110}
"""Of the plot by the width of the drawing, px."""

TRACING = 2.0
"""The first epoch is said to include tracing when it took twice the median; rule of thumb."""

FITS = 9
"""More fits than this are not marked in a chart."""


def charts(measured: TrainingCurves) -> list[Block]:
    """Return the rows of charts."""
    if measured.runs > 1:
        return run_charts(measured)
    run = measured.curves[0]
    names = measured.config.loss_names if measured.config else ()
    drawn = [(m, c) for m in run.metrics if (c := _metric_chart(run, m, loss=names[0] if len(names) == 1 else ""))][:2]
    # Only two metrics are large; the rest stand in small multiples.
    small = [make for make in (_gap_chart, _rate_chart, _time_chart) if make(run, THIRD)]
    large = [chart for _, chart in drawn]
    if len(large) == 1 and small:
        large += [chart for chart in (small.pop(0)(run, HALF),) if chart]
    rows = [_row(large, 6), _row([chart for make in small if (chart := make(run, THIRD))], 4)]
    rest = multiples_chart(measured, [m.name for m in run.metrics if m.name not in {d.name for d, _ in drawn}])
    return [block for block in (*rows, rest) if block is not None]


def _row(blocks: Sequence[Chart], span: int) -> Block | None:
    return Row(blocks=tuple(blocks), spans=(span,) * len(blocks)) if blocks else None


def _metric_chart(run: RunCurves, metric: Metric, *, loss: str) -> Chart | None:
    """Return the large chart of one metric on both splits; None where nothing is a number."""
    found = splits(metric)
    values = finite([series for _, _, series in found])
    if not values:
        return None
    kind = kind_of(values, share=metric.share)
    lines = [
        line(text if len(found) > 1 else "", colour, s, name=f"{text} {said(metric.name)}") for text, colour, s in found
    ]
    title = curve_title(metric)
    noun = loss if loss and metric.name == LOSS else metric.name
    _, colour, series = found[-1]
    return finished(
        plot(lines, axis_of(values, kind), width=HALF, height=HEIGHT[HALF], best=best_mark(colour, series),
             breaks=_breaks(run)),
        id=f"training-{'loss' if metric.name == LOSS else run.metrics.index(metric)}", title=title,
        subtitle=_subtitle(noun, kind, found), alt=f"{title}. {course(metric)}", note=_note(run, metric),
    )  # fmt: skip


def _subtitle(noun: str, kind: str, found: Sequence[tuple[str, str, Series]]) -> str:
    only = {"train": " on the training data", "val": " on the validation data"}[found[0][0]] if len(found) == 1 else ""
    return f"{capital(said(noun))} per epoch{only}{', log scale' if kind == 'log' else ''}"


def _breaks(run: RunCurves) -> list[int]:
    return [int(end) for end in np.cumsum(run.fits)[:-1]] if 1 < len(run.fits) <= FITS else []


def _note(run: RunCurves, metric: Metric) -> str:
    parts = []
    breaks = _breaks(run)
    if breaks:
        parts.append(f"Dotted: another fit began after epoch {listed([str(epoch) for epoch in breaks])}.")
    bad = [
        f"{split} {said(metric.name)} at {epochs_of(series)}"
        for split, series in (("training", metric.training), ("validation", metric.validation))
        if series is not None and series.bad_count
    ]
    if bad:
        parts.append(f"Crosses: NaN or infinite; {', '.join(bad)}.")
    return " ".join(parts)


def _gap_chart(run: RunCurves, width: int) -> Chart | None:
    loss = run.metric(LOSS)
    if run.gap is None or loss is None or not run.gap.values.any():
        return None
    bars = epoch_bars(
        run.gap.epochs, run.gap.values, name="gap", width=width, height=HEIGHT[width], above=VALIDATION
    )  # fmt: skip
    title = gap_title(loss)
    return finished(
        bars, id="training-gap", title=title, subtitle="Validation minus training loss, per epoch",
        alt=f"{title}; from {run.gap.first:.3g} at epoch {run.gap.first_epoch}.",
    )  # fmt: skip


def _rate_chart(run: RunCurves, width: int) -> Chart | None:
    rate = run.learning_rate
    values = finite([rate]) if rate is not None else []
    if rate is None or not values or not changed_at(rate):
        return None
    kind = kind_of(values, share=False, ratio=2)
    lines = [line("", SERIES[5], rate, name="learning rate", step=True)]
    title = rate_title(rate)
    return finished(
        plot(lines, axis_of(values, kind, most=4), width=width, height=HEIGHT[width], ticks=4),
        id="training-rate", title=title, subtitle=f"As logged, per epoch{', log scale' if kind == 'log' else ''}",
        alt=f"{title}: {rate.first:.3g} at epoch {rate.first_epoch}, {rate.last:.3g} at epoch {rate.last_epoch}.",
    )  # fmt: skip


def _time_chart(run: RunCurves, width: int) -> Chart | None:
    seconds = run.seconds
    if seconds is None or seconds.count < 2:
        return None
    bars = epoch_bars(seconds.epochs, seconds.values, name="seconds", width=width, height=HEIGHT[width])
    title = time_title(seconds)
    long = seconds.first_epoch == 1 and seconds.first > TRACING * float(np.median(seconds.values))
    return finished(
        bars, id="training-time", title=title,
        subtitle="Seconds, as logged" + ("; epoch 1 includes tracing" if long else ""),
        alt=f"{title}; the first took {seconds.first:.3g}.",
    )  # fmt: skip
