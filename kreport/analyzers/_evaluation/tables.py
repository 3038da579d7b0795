"""Scores, classes, slices and rivals as tables."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kreport.analyzers._evaluation.comparisons import Baselines, Generalisation, Slices
from kreport.analyzers._evaluation.sentences import (
    answers,
    baselines_title,
    class_title,
    interval,
    slices_title,
    told,
    written,
)
from kreport.analyzers._evaluation.stats import EvaluationStats, OutputEvaluation
from kreport.analyzers._metric_names import titled
from kreport.document.blocks import Column, Table, TableRow
from kreport.document.numbers import plural, quantity
from kreport.document.text import Name, Strong

BETTER = {"higher": "higher is better", "lower": "lower is better", "unknown": ""}

CLASSES = 20
"""Classes in the table; of more, those with the least recall."""

NAMED = 4
"""Columns of the slices that are named."""

INTERVALS = "95 % interval"


def compiled_table(stats: EvaluationStats) -> Table:
    """Return one row a compiled metric."""
    columns = [Column(label="Metric", unit="name"), Column(label="Value"), Column(label="Direction")]
    rows = [TableRow(cells=(m.name, written(m), BETTER[m.direction])) for m in stats.metrics]
    return Table(
        title="Compiled loss and metrics", columns=columns, rows=rows, sort=False,
        subtitle=f"As model.evaluate has them, inference mode, over all {plural(stats.samples, 'sample')}",
    )  # fmt: skip


def score_table(one: OutputEvaluation) -> Table:
    """Return one row a score with its interval."""
    rows = [
        TableRow(cells=(titled(s.name), told(s), interval(s.low, s.high, share=s.share) or None)) for s in one.scores
    ]
    columns = [Column(label="Score"), Column(label="Value"), Column(label=INTERVALS)]
    return Table(
        title="Scores", columns=columns, rows=rows, sort=False, note=" ".join(_notes(one)),
        subtitle=f"As scikit-learn defines them, over all {answers(one)}" + (", weighted" if one.weighted else ""),
    )  # fmt: skip


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
    order = np.arange(len(one.classes))
    if len(order) > CLASSES:
        known = np.where(found.support > 0, found.recall, np.inf)
        order = np.argsort(known, kind="stable")[:CLASSES]
    noun = "Label" if one.kind == "multi-label" else "Class"
    rows = [
        TableRow(cells=(
            one.classes[k], quantity(float(found.support[k]), "count"),
            _share(found.recall[k], found.support[k]),
            interval(float(found.low[k]), float(found.high[k]), share=True) or None,
            _share(found.precision[k], found.predicted[k]), _share(found.f1[k], found.support[k] + found.predicted[k]),
        ))
        for k in order.tolist()
    ]  # fmt: skip
    columns = [
        Column(label=noun), Column(label="Answers"), Column(label="Recall", unit="share"), Column(label=INTERVALS),
        Column(label="Precision", unit="share"), Column(label="F1", unit="share"),
    ]  # fmt: skip
    left = len(one.classes) - len(order)
    return Table(
        title=class_title(one), columns=columns, rows=rows,
        subtitle="Recall: share of the answers of a class that are found; precision: share of those called so that are",
        note=f"The {len(order)} classes with the least recall; {left:,} more are not listed." if left else "",
    )  # fmt: skip


def _share(value: float, of: float) -> float | None:
    return float(value) if of > 0 else None


def confusion_table(one: OutputEvaluation) -> Table | None:
    """Return the largest confusions."""
    if one.confusions is None or not one.confusions.largest or len(one.classes) < 3:
        return None
    support = one.by_class.support if one.by_class is not None else np.zeros(len(one.classes))
    rows = [
        TableRow(cells=(
            one.classes[label], one.classes[said], quantity(weight, "count"),
            weight / float(support[label]) if support[label] else None,
        ))
        for label, said, weight in one.confusions.largest
    ]  # fmt: skip
    columns = [
        Column(label="Label"), Column(label="Taken for"), Column(label="Answers"),
        Column(label="Of the label", unit="share"),
    ]  # fmt: skip
    return Table(title="Most frequent confusions", columns=columns, rows=rows, sort=False)


def target_table(one: OutputEvaluation) -> Table | None:
    """Return one row a target, where there are several."""
    if len(one.targets) < 2:
        return None
    rows = [TableRow(cells=(t.name, t.r2, t.mae, t.rmse, t.bias, t.most)) for t in one.targets[:CLASSES]]
    columns = [
        Column(label="Target"), *(Column(label=label, unit="number") for label in
        ("R²", "MAE", "RMSE", "Mean error", "Largest")),
    ]  # fmt: skip
    left = len(one.targets) - len(rows)
    return Table(
        title="Targets", columns=columns, rows=rows, subtitle="Mean error: predicted minus true value",
        note=f"{left:,} more are not listed." if left else "",
    )  # fmt: skip


def slice_table(found: Slices) -> Table:
    """Return the worst slices."""
    unit = "share" if found.share else "number"
    rows = [
        TableRow(cells=(
            (Name(s.column),), s.range, quantity(s.samples, "count"), quantity(s.value, unit),
            interval(s.low, s.high, share=found.share) or None,
        ))
        for s in found.worst
    ]  # fmt: skip
    columns = [
        Column(label="Told apart by"), Column(label="Slice"), Column(label="Samples"),
        Column(label=titled(found.score)), Column(label=INTERVALS),
    ]  # fmt: skip
    left = len(found.columns) - NAMED
    looked_at = ", ".join(found.columns[:NAMED]) + (f" and {left} more" if left > 0 else "")
    return Table(
        title=slices_title(found), columns=columns, rows=rows, sort=False,
        subtitle=f"Worst first, of {plural(found.tested, 'slice')} with enough samples by {looked_at};"
        f" all {plural(found.samples, 'sample')}: {quantity(found.overall, unit)}",
        note="Of many slices, some look bad by chance: one in forty lies below its interval.",
    )  # fmt: skip


def baseline_table(found: Baselines) -> Table:
    """Return the network beside what costs nothing."""
    unit = "share" if found.share else "number"
    rows = []
    for number, one in enumerate(found.rivals):
        name, value = _capital(one.name), quantity(one.value, unit) if one.value is not None else None
        cells = [(Strong(name),) if not number else name, (Strong(value),) if not number and value else value]
        rows.append(TableRow(cells=(*cells, interval(one.low, one.high, share=found.share) or None)))
    hows = [f"{_capital(one.name)}: {one.how}." for one in found.rivals if one.how]
    return Table(
        title=baselines_title(found), rows=rows, sort=False, note=" ".join(hows),
        columns=[Column(label="Model"), Column(label=titled(found.score)), Column(label=INTERVALS)],
        subtitle=f"{titled(found.score)} on the same {plural(found.samples, 'sample')}",
    )  # fmt: skip


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def generalisation_table(one: OutputEvaluation) -> Table | None:
    """Return each score on the training data and on the data of the report."""
    if not one.generalisation:
        return None
    rows = [TableRow(cells=_generalised(g)) for g in one.generalisation]
    columns = [
        Column(label="Score"), Column(label="Training data"), Column(label="These data"), Column(label="Gap"),
        Column(label=INTERVALS),
    ]  # fmt: skip
    return Table(
        title=generalisation_title(one.generalisation[0]), columns=columns, rows=rows, sort=False,
        subtitle=f"Gap: how much better each is on the {plural(one.generalisation[0].train_answers, 'answer')} of the"
        " training data",
    )  # fmt: skip


def _generalised(g: Generalisation) -> tuple[str | None, ...]:
    unit = "share" if g.share else "number"
    within = None
    if g.low is not None and g.high is not None:
        within = f"{quantity(100 * g.low if g.share else g.low)} to {_points(g.high, g)}"
    return titled(g.name), quantity(g.train, unit), quantity(g.value, unit), _points(g.gap, g), within


def _points(gap: float, g: Generalisation) -> str:
    """Return a difference: of shares in percentage points."""
    return f"{quantity(100 * gap)} points" if g.share else quantity(gap)


def generalisation_title(g: Generalisation) -> str:
    """Return whether the model is better on what it has seen."""
    if g.low is None or g.high is None:
        return "Training data beside these data"
    if g.low > 0:
        return f"{titled(g.name)} is better on the training data by {_points(g.gap, g)}"
    return f"{titled(g.name)} is {'worse' if g.high < 0 else 'as good'} on the training data"
