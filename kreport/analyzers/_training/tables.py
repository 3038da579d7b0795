"""The table of metrics: first, best and last on both splits, and what lies between them."""

from __future__ import annotations

from kreport.analyzers._training.curves import Metric, RunCurves, Series, TrainingCurves
from kreport.document.blocks import Column, Table, TableRow
from kreport.document.numbers import NARROW, quantity
from kreport.document.text import Name, Quiet, Strong, Text

BEST_SPLIT = "validation"


def metrics_table(measured: TrainingCurves) -> Table:
    """Return one row a metric and run."""
    several = measured.runs > 1
    validated = any(m.validation for run in measured.curves for m in run.metrics)
    columns = [Column(label="Metric", unit="name"), *([Column(label="Run", unit="name")] if several else [])]
    columns.append(Column(label="Better"))
    for group in ("Training", "Validation") if validated else ("Training",):
        columns += [Column(label=label, unit="number", group=group) for label in ("first", "best", "last")]
    if validated:
        columns.append(Column(label="Gap, last", unit="number"))
    rows = [
        TableRow(cells=_cells(metric, run, several=several, validated=validated))
        for name in measured.names()
        for run in measured.curves
        if (metric := run.metric(name))
    ]
    return Table(
        title="Metrics", subtitle="@: epoch of the best value; gap: validation minus training, same epoch" if validated
        else "@: epoch of the best value", columns=columns, rows=rows, note=_note(measured),
        search="metric" if len(rows) > 12 else "",
    )  # fmt: skip


def _cells(metric: Metric, run: RunCurves, *, several: bool, validated: bool) -> list[object]:
    cells: list[object] = [(Name(metric.name),)]
    if several:
        cells.append((Name(run.name),))
    cells.append((Quiet(metric.direction),))
    cells += _side(metric.training, metric, strong=metric.validation is None)
    if validated:
        cells += _side(metric.validation, metric, strong=True)
        cells.append(None if metric.gap is None else _gap(metric))
    return cells


def _side(series: Series | None, metric: Metric, *, strong: bool) -> list[object]:
    if series is None:
        return [None, None, None]
    best: Text | None = None
    if series.best is not None:
        value = written(series.best, metric)
        best = (Strong(value) if strong else value, Quiet(f" @{series.best_epoch}"))
    return [written(series.first, metric), best, written(series.last, metric)]


def _gap(metric: Metric) -> str:
    gap = metric.gap or 0.0
    return f"{quantity(100 * gap)}{NARROW}pp" if metric.share else quantity(gap)


def written(value: float, metric: Metric) -> str:
    """Return a value as its metric is written: in percent or as a number."""
    return quantity(value, "share" if metric.share else "number")


def _note(measured: TrainingCurves) -> str:
    parts = []
    if any(m.training and m.validation for run in measured.curves for m in run.metrics):
        parts.append("Training values are means over the epoch, validation values are taken at its end.")
    if any(run.thinned for run in measured.curves):
        parts.append("Long curves are drawn from the least and greatest value of each stretch; this table is exact.")
    parts += measured.notes
    return " ".join(parts)
