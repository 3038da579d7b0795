"""Scores, classes, slices and rivals as tables."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from kreport.analyzers._evaluation.comparisons import Baselines, Generalisation, Slices
from kreport.analyzers._evaluation.sentences import (
    answers,
    baselines_title,
    class_title,
    interval,
    slices_note,
    slices_title,
    told,
    written,
)
from kreport.analyzers._evaluation.stats import ClassScores, EvaluationStats, OutputEvaluation, Score
from kreport.analyzers._labels import cut
from kreport.analyzers._metric_names import titled
from kreport.charts.axes import axis_of
from kreport.document.blocks import Column, Dot, Table, TableRow, Unit
from kreport.document.numbers import plural, quantity
from kreport.document.text import Name, Strong, Text

BETTER = {"higher": "higher is better", "lower": "lower is better", "unknown": ""}

CLASSES, WORST = 20, 12
"""Classes up to which all are in the table, and how many are there of more: those with the least recall."""

CONFUSED = 8
"""Confusions told, at most."""

LONGEST, PAIRED = 26, 20
"""Characters of a class in a table, and where two stand in a row; longer names are cut in the middle."""

NAMED = 4
"""Columns of the slices that are named."""

OURS = frozenset({"brightness", "contrast", "mean", "spread", "length"})
"""What samples are told apart by that no user named; ``feature 3`` is another."""

SCALE = 240
"""Width of the scale where a table has the whole page, px; half of it elsewhere is enough."""

INTERVALS = "95 % interval"


def compiled_table(stats: EvaluationStats) -> Table:
    """Return one row a compiled metric."""
    columns = [Column(label="Metric", unit="name"), Column(label="Value", unit="number"), Column(label="")]
    rows = [TableRow(cells=(m.name, written(m), BETTER[m.direction])) for m in stats.metrics]
    return Table(
        title="Compiled loss and metrics", columns=columns, rows=rows, sort=False, note=_caution(stats),
        subtitle=f"As model.evaluate has them, inference mode, over {all_of(stats.samples)}",
    )  # fmt: skip


def _caution(stats: EvaluationStats) -> str:
    """Return what Keras takes "accuracy" for where an output has several labels; "" elsewhere."""
    several = any(one.kind == "multi-label" for one in stats.outputs)
    named = [m.name for m in stats.metrics if not m.name.endswith("binary_accuracy")]
    if not several or not any(name.rpartition("_")[2] in ("accuracy", "acc") for name in named):
        return ""
    return (
        "Of several labels, metrics=[“accuracy”] is categorical in Keras: it compares the largest column of each row."
    )


def all_of(samples: int) -> str:
    """Return ``all 540 samples``, or ``the only sample``."""
    return "the only sample" if samples == 1 else f"all {plural(samples, 'sample')}"


def score_table(one: OutputEvaluation) -> Table:
    """Return one row a score with its interval, beside its value on the training data where that is known."""
    beside = {g.name: g for g in one.generalisation}
    columns = [Column(label="Score"), Column(label="Value", unit="number"), Column(label=INTERVALS, unit="number")]
    if beside:
        columns += [
            Column(label="Value", unit="number", group="On the training data"),
            Column(label="Better by", unit="number", group="On the training data"),
            Column(label=INTERVALS, unit="number", group="On the training data"),
        ]
    rows = [TableRow(cells=(*_scored(s), *(_generalised(beside.get(s.name)) if beside else ()))) for s in one.scores]
    over = f"over {all_of(one.answers) if not one.per_position else f'all {answers(one)}'}"
    subtitle = f"As scikit-learn defines them, {over}" + (", weighted" if one.weighted else "")
    if beside:
        subtitle += f", beside {plural(one.generalisation[0].train_answers, 'answer')} of the training data"
    return Table(
        title=generalisation_title(one.generalisation[0]) if beside else "All scores", columns=columns, rows=rows,
        sort=False, note=" ".join(_notes(one)), subtitle=subtitle,
    )  # fmt: skip


def _scored(s: Score) -> tuple[str | None, ...]:
    return titled(s.name), told(s), interval(s.low, s.high, share=s.share) or None


def _notes(one: OutputEvaluation) -> Iterator[str]:
    if one.kind == "binary":
        yield f"Precision, recall, F1 and areas are those of the class {one.classes[1]}."
    lower = [s.name for s in one.scores if s.direction == "lower"]
    if lower:
        yield f"Lower is better for {' and '.join(filter(None, [', '.join(lower[:-1]), lower[-1]]))}."
    if methods := sorted({s.method for s in one.scores if s.method}):
        yield f"Intervals: {'; '.join(methods)}."
    if over := sorted({s.answers for s in one.scores if s.answers != one.answers}):
        yield f"Areas under curves are over {plural(over[0], 'answer')}, chosen by index."


def class_table(one: OutputEvaluation) -> Table | None:
    """Return one row a class or label, those with the least recall where there are many."""
    found = one.by_class
    if found is None:
        return None
    order = np.flatnonzero((found.support > 0) | (found.predicted > 0))
    known = len(order)
    if known > CLASSES:
        order = order[np.argsort(np.where(found.support > 0, found.recall, np.inf)[order], kind="stable")][:WORST]
    start, end = _scale_of_shares(found, order)
    rows = [TableRow(cells=tuple(_class_cells(one, found, k, (start, end)))) for k in order.tolist()]
    columns = [
        Column(label="Label" if one.kind == "multi-label" else "Class"),
        Column(label="Weight" if one.weighted else "Answers", unit="number"),
        Column(label="Recall"), Column(label="Precision"), Column(label="F1", unit="share"),
    ]  # fmt: skip
    return Table(
        title=class_title(one), columns=columns, rows=rows, note=" ".join(_left_out(one, known, len(order))),
        subtitle="Recall: share of a class that is found; precision: share of those called so that are right. "
        f"Dots on a scale from {100 * start:.0f} to {quantity(end, 'share')}"
        + (", recall with its 95 % interval" if np.isfinite(found.low[order]).any() else ""),
    )  # fmt: skip


def _class_cells(
    one: OutputEvaluation, found: ClassScores, k: int, scale: tuple[float, float]
) -> Iterator[str | float | Dot | None]:
    support, predicted = float(found.support[k]), float(found.predicted[k])
    low, high = float(found.low[k]), float(found.high[k])
    ends = (low, high) if math.isfinite(low + high) else (None, None)
    yield cut(one.classes[k], LONGEST)
    yield quantity(support, "exact" if support.is_integer() else "number")
    yield (
        Dot(value=float(found.recall[k]), start=scale[0], end=scale[1], low=ends[0], high=ends[1]) if support else None
    )
    yield Dot(value=float(found.precision[k]), start=scale[0], end=scale[1]) if predicted else None
    yield float(found.f1[k]) if support + predicted else None


def _left_out(one: OutputEvaluation, known: int, shown: int) -> Iterator[str]:
    noun, nouns = ("label", "labels") if one.kind == "multi-label" else ("class", "classes")
    if known > shown:
        yield f"The {shown} {nouns} with the least recall; {known - shown:,} more are not listed."
    if silent := len(one.classes) - known:
        verb = "is" if silent == 1 else "are"
        yield f"{plural(silent, noun, nouns)} without answers, never predicted, {verb} left out."


def _scale_of_shares(found: ClassScores, order: NDArray[np.int64]) -> tuple[float, float]:
    """Return the ends of the scale: whole tenths, up to 100 %."""
    held = order[found.support[order] > 0]
    values = np.concatenate([found.recall[held], found.low[held], found.precision[order[found.predicted[order] > 0]]])
    values = values[np.isfinite(values)]
    least = float(values.min()) if values.size else 0.0
    return min(math.floor(10 * least) / 10, 0.9), 1.0


def confusion_table(one: OutputEvaluation) -> Table | None:
    """Return the largest confusions; None where no two mistakes are alike."""
    if one.confusions is None or not one.confusions.largest or len(one.classes) < 3:
        return None
    support = one.by_class.support if one.by_class is not None else np.zeros(len(one.classes))
    largest = [c for c in one.confusions.largest[:CONFUSED] if one.weighted or c[2] > 1]
    if not largest:
        return None
    rows = [
        TableRow(cells=(
            cut(one.classes[label], PAIRED), cut(one.classes[said], PAIRED),
            quantity(weight, "exact" if float(weight).is_integer() else "number"),
            weight / float(support[label]) if support[label] else None,
        ))
        for label, said, weight in largest
    ]  # fmt: skip
    columns = [
        Column(label="Label"), Column(label="Taken for"),
        Column(label="Weight" if one.weighted else "Mistakes", unit="number"),
        Column(label="Of the label", unit="bar"),
    ]  # fmt: skip
    noun = "position" if one.per_position else "sample"
    return Table(
        title="The most frequent confusions", columns=columns, rows=rows, sort=False,
        subtitle=f"Of the label: share of the {noun}s with this label" + (", by weight" if one.weighted else ""),
    )  # fmt: skip


def target_table(one: OutputEvaluation) -> Table | None:
    """Return one row a target, where there are several."""
    if len(one.targets) < 2:
        return None
    rows = [TableRow(cells=(cut(t.name, LONGEST), t.r2, t.mae, t.rmse, t.bias, t.most)) for t in one.targets[:CLASSES]]
    columns = [
        Column(label="Target"), *(Column(label=label, unit="number") for label in
        ("R²", "MAE", "RMSE", "Mean error", "Largest")),
    ]  # fmt: skip
    left = len(one.targets) - len(rows)
    known = [t for t in one.targets if t.r2 is not None]
    worst = min(known, key=lambda t: t.r2 or 0.0, default=None)
    return Table(
        title="Targets" if worst is None else f"{worst.name} is told worst: R² {quantity(worst.r2)}",
        columns=columns, rows=rows, subtitle="Mean error: predicted minus true value; each in the unit of its target",
        note=f"{left:,} more are not listed." if left else "",
    )  # fmt: skip


def slice_table(found: Slices) -> Table:
    """Return the worst slices."""
    unit: Unit = "share" if found.share else "number"
    start, end = _scale([found.overall, *(v for s in found.worst for v in (s.low, s.value, s.high))], share=found.share)
    rows = [
        TableRow(cells=(
            s.column if s.column in OURS or s.column.startswith("feature ") else (Name(s.column),),
            s.range.removeprefix("= "), f"{s.samples:,}",
            Dot(
                value=s.value, start=start, end=end, low=s.low, high=s.high, mark=found.overall, unit=unit, width=SCALE
            ),
            interval(s.low, s.high, share=found.share) or None,
        ))
        for s in found.worst
    ]  # fmt: skip
    columns = [
        Column(label="Told apart by"), Column(label="Slice", unit="number"), Column(label="Samples", unit="number"),
        Column(label=titled(found.score)), Column(label=INTERVALS, unit="number"),
    ]  # fmt: skip
    left = len(found.columns) - NAMED
    looked_at = ", ".join(found.columns[:NAMED]) + (f" and {left} more" if left > 0 else "")
    return Table(
        title=slices_title(found), columns=columns, rows=rows, sort=False, note=slices_note(found),
        subtitle=f"Worst first, of {plural(found.tested, 'slice')} with enough samples by {looked_at};"
        f" all {plural(found.samples, 'sample')}: {quantity(found.overall, unit)}",
    )  # fmt: skip


def _scale(values: Sequence[float], *, share: bool) -> tuple[float, float]:
    """Return the ends of a scale that holds all values; of shares within 0 and 1."""
    finite = [value for value in values if math.isfinite(value)]
    axis = axis_of(finite, "linear")
    return (max(axis.low, 0.0), min(axis.high, 1.0)) if share else (axis.low, axis.high)


def baseline_table(found: Baselines) -> Table:
    """Return the network beside what costs nothing."""
    unit: Unit = "share" if found.share else "number"
    values = [v for one in found.rivals for v in (one.value, one.low, one.high) if v is not None]
    start, end = _scale(values, share=found.share)
    rows = []
    for number, one in enumerate(found.rivals):
        name: Text = _capital(one.name) if number else (Strong(_capital(one.name)),)
        value = (
            None
            if one.value is None
            else Dot(value=one.value, start=start, end=end, low=one.low, high=one.high, unit=unit)
        )
        rows.append(TableRow(cells=(name, value, interval(one.low, one.high, share=found.share) or None)))
    hows = dict.fromkeys(f"{_capital(one.name)}: {one.how}." for one in found.rivals if one.how)
    return Table(
        title=baselines_title(found), rows=rows, sort=False, note=" ".join(hows),
        columns=[Column(label="Model"), Column(label=titled(found.score)), Column(label=INTERVALS, unit="number")],
        subtitle=f"{titled(found.score)} on the same {plural(found.samples, 'sample')}, higher is better",
    )  # fmt: skip


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _generalised(g: Generalisation | None) -> tuple[str | None, ...]:
    if g is None:
        return None, None, None
    unit = "share" if g.share else "number"
    within = None
    if g.low is not None and g.high is not None and g.low != g.high:
        within = f"{quantity(100 * g.low if g.share else g.low)} to {_points(g.high, g)}"
    return quantity(g.train, unit), _points(g.gap, g), within


def _points(gap: float, g: Generalisation) -> str:
    """Return a difference: of shares in percentage points."""
    return f"{quantity(100 * gap)} points" if g.share else quantity(gap)


def generalisation_title(g: Generalisation) -> str:
    """Return whether the model is better on what it has seen."""
    unit = "share" if g.share else "number"
    values = f"{quantity(g.train, unit)} against {quantity(g.value, unit)}"
    if g.low is None or g.high is None:
        return f"{titled(g.name)} on the training data: {values}"
    if g.low <= 0 <= g.high:
        return f"{titled(g.name)} on the training data differs by no more than chance: {values}"
    return f"{titled(g.name)} is {'better' if g.low > 0 else 'worse'} on the training data: {values}"
