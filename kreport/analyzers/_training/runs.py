"""Charts of several runs on one axis of epochs: one colour a run, or grey with the best one standing out."""

from __future__ import annotations

from kreport.analyzers._metric_names import capital, said
from kreport.analyzers._training.curves import LOSS, Metric, RunCurves, Series, TrainingCurves
from kreport.analyzers._training.sentences import runs_course, runs_title
from kreport.analyzers._training.series import best_mark, finite, kind_of, line
from kreport.charts.axes import axis_of
from kreport.charts.curves import HALF, Line, plot
from kreport.charts.theme import MUTED, SERIES, finished
from kreport.document.blocks import Block, Chart, Row

COLOURS = len(SERIES)
"""Runs with a colour each; above, they are grey."""

HEIGHT = 206
POINTS = 300
CHARTS = 8
Found = list[tuple[RunCurves, Metric, Series]]


def run_charts(measured: TrainingCurves) -> list[Block]:
    """Return charts two in a row: the loss, then the other metrics, at most eight."""
    names = measured.names()[:CHARTS]
    drawn = [chart for place, name in enumerate(names) if (chart := _chart(measured, name, place))]
    return [
        Row(blocks=tuple(drawn[i : i + 2]), spans=(6,) * len(drawn[i : i + 2])) for i in range(0, len(drawn), 2)
    ]  # fmt: skip


def _chart(measured: TrainingCurves, name: str, place: int) -> Chart | None:
    split, found = of_runs(measured, name)
    values = finite([series for _, _, series in found])
    if not values:
        return None
    kind = kind_of(values, share=all(metric.share for _, metric, _ in found))
    best = _best(found)
    lines = _lines(found, best, split)
    mark = None
    if best is not None:
        colour = SERIES[found.index(best)] if len(found) <= COLOURS else SERIES[0]
        mark = best_mark(colour, best[2])
    title = runs_title(name, split, found)
    left = len(measured.names()) - CHARTS
    return finished(
        plot(lines, axis_of(values, kind), width=HALF, height=HEIGHT, best=mark),
        id=f"training-{'loss' if name == LOSS else place}", title=title,
        subtitle=f"{capital(split)} {said(name)} per epoch, a line a run" + (", log scale" if kind == "log" else ""),
        alt=f"{title}. {runs_course(found)}",
        note=f"The table has {left} more metrics." if left > 0 and place == CHARTS - 1 else "",
    )  # fmt: skip


def of_runs(measured: TrainingCurves, name: str) -> tuple[str, Found]:
    """Return the split that is compared, validation where it was logged, and its series by run."""
    metrics = [(run, metric) for run in measured.curves if (metric := run.metric(name))]
    split = "validation" if any(metric.validation for _, metric in metrics) else "training"
    return split, [(run, metric, series) for run, metric in metrics if (series := metric.split(split))]


def _best(found: Found) -> tuple[RunCurves, Metric, Series] | None:
    scored = [item for item in found if item[2].best is not None]
    if not scored:
        return None
    lower = scored[0][1].direction == "lower"
    return min(scored, key=lambda item: (item[2].best or 0.0) * (1 if lower else -1))


def _lines(found: Found, best: tuple[RunCurves, Metric, Series] | None, split: str) -> list[Line]:
    if len(found) <= COLOURS:
        return [
            line(run.name, SERIES[place], series, name=f"{run.name}, {split}", width=1.5, points=POINTS)
            for place, (run, _, series) in enumerate(found)
        ]
    grey = [
        line("", MUTED, series, name=f"{run.name}, {split}", width=1, points=POINTS)
        for run, _, series in found if best is None or run is not best[0]
    ]  # fmt: skip
    if best is None:
        return grey
    return [*grey, line(best[0].name, SERIES[0], best[2], name=f"{best[0].name}, {split}", points=POINTS)]
