"""Tables and charts of the Data section as blocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kreport.analyzers._data.sentences import classes_title, columns_title
from kreport.analyzers._data.stats import ColumnFacts, DataStats, InputFacts, LabelFacts
from kreport.analyzers._labels import cut
from kreport.charts.counts import Count, counts_chart
from kreport.document.blocks import Block, Chart, Column, Definitions, Table, TableRow
from kreport.document.numbers import plural, quantity, shape
from kreport.document.text import Name, Text

ROWS = 60
"""Columns listed; of more, the most telling."""

CLASSES = 40
"""Classes drawn; of more, the largest and the smallest."""

DECADES = 30
"""Largest over smallest count from which the chart is logarithmic."""


def facts(stats: DataStats) -> Definitions:
    """Return what the data is: source, samples, inputs, labels."""
    items: list[tuple[Text, Text]] = [("Source", stats.source), ("Samples", _samples(stats))]
    items += [((Name(one.name),), _input(one)) for one in stats.inputs]
    items += [("Labels", _label(one)) for one in stats.labels] or [("Labels", "none")]
    if stats.weights:
        items.append(("Sample weights", "given"))
    if stats.hashed:
        items.append(("Identical inputs", _identical(stats)))
    items += [("Note", f"{note[0].upper()}{note[1:]}.") for note in stats.notes]
    return Definitions(items=tuple(items))


def _samples(stats: DataStats) -> str:
    train = "" if stats.train_samples is None else f", compared with {stats.train_samples:,} of the training data"
    return f"{stats.samples:,}{train}"


def _input(one: InputFacts) -> str:
    text = f"{shape(one.shape, batch=True)} {one.dtype}"
    if one.lengths:
        low, _, middle, _, high = one.lengths
        text += f", lengths {low:,} to {high:,}, median {middle:,} (trailing zeros count as padding)"
    if one.texts:
        text += f", {plural(one.texts, 'text')}, {one.empty:,} empty"
    return text


def _label(one: LabelFacts) -> str:
    kind = {"class": "class index", "one-hot": "one-hot", "binary": "several of 0 and 1", "values": "values"}[one.kind]
    return f"{shape(one.shape, batch=True)} {one.dtype}, {kind}"


def _identical(stats: DataStats) -> str:
    looked = "" if stats.hashed == stats.samples else f" among the first {stats.hashed:,}"
    text = f"{stats.repeated:,} repeat an earlier sample{looked}"
    return text if stats.overlap is None else f"{text}, {stats.overlap:,} stand in the training data"


def column_table(one: InputFacts, stats: DataStats) -> Table | None:
    """Return one row a column of an input; None for texts."""
    if not one.columns or one.unit == "token":
        return None
    return _table(
        one.columns, columns_title(one), f"Over all {plural(stats.samples, 'sample')} and positions", one.width, stats
    )


def target_table(label: LabelFacts, stats: DataStats) -> Table | None:
    """Return one row a target; None for classes."""
    if not label.columns:
        return None
    title = "Target" if len(label.columns) == 1 else plural(len(label.columns), "target")
    return _table(label.columns, title, f"Labels over all {plural(stats.samples, 'sample')}", len(label.columns), stats)


def _table(found: tuple[ColumnFacts, ...], title: str, subtitle: str, width: int, stats: DataStats) -> Table:
    order = sorted(range(len(found)), key=lambda i: (-_telling(found[i], stats), i))[:ROWS]
    drift = stats.critical is not None
    missing = any(c.missing + c.infinite for c in found)
    columns = [
        Column(label="Column", unit="name"), Column(label="Mean", unit="number"), Column(label="Std", unit="number"),
        Column(label="Min", unit="number"), Column(label="Max", unit="number"), Column(label="Zeros", unit="share"),
        *([Column(label="NaN, ∞", unit="exact")] if missing else []),
        *([Column(label="Drift", unit="number")] if drift else []),
        Column(label="Remark"), Column(label="Distribution", unit="spark"),
    ]  # fmt: skip
    rows = [TableRow(cells=tuple(_cells(found, i, missing=missing, drift=drift, stats=stats))) for i in sorted(order)]
    parts = [] if len(order) == width else [f"{len(order)} of {width:,} are listed."]
    if drift:
        parts.append(
            f"Drift: Kolmogorov–Smirnov distance to the training data; {quantity(stats.critical)} is exceeded by 1 % of"
            " equal data."
        )
    return Table(title=title, subtitle=subtitle, columns=columns, rows=rows, note=" ".join(parts))


def _telling(column: ColumnFacts, stats: DataStats) -> float:
    drifted = column.drift or 0.0
    beyond = drifted if stats.critical is not None and drifted > stats.critical else 0.0
    return 4.0 * bool(column.missing + column.infinite) + 2.0 * (column.constant or column.twin is not None) + beyond


def _cells(
    found: tuple[ColumnFacts, ...], index: int, *, missing: bool, drift: bool, stats: DataStats
) -> Iterator[Any]:
    c = found[index]
    yield c.name or f"{index}"
    yield from (c.mean, c.std, c.low, c.high)
    yield c.zeros / c.count if c.count else None
    if missing:
        yield c.missing + c.infinite
    if drift:
        yield c.drift
    yield _remark(found, c, stats)
    yield c.histogram.tolist() if c.histogram.size else None


def _remark(found: tuple[ColumnFacts, ...], c: ColumnFacts, stats: DataStats) -> str:
    if c.constant:
        return "constant"
    if c.twin is not None:
        return f"same as {found[c.twin].name or c.twin}"
    drifted = stats.critical is not None and c.drift is not None and c.drift > stats.critical
    return "drifted" if drifted else ""


def class_chart(label: LabelFacts, stats: DataStats, index: int) -> Chart | None:
    """Return the samples of each class; None without classes."""
    if not label.classes:
        return None
    shown = list(label.classes)
    order = sorted(range(len(shown)), key=lambda i: -shown[i][1])
    kept = sorted((*order[: CLASSES // 2], *order[-CLASSES // 2 :])) if len(shown) > CLASSES else range(len(shown))
    names = [cut(stats.class_names[c]) if c < len(stats.class_names) and c >= 0 else str(c) for c, _, _ in shown]
    rows = [Count(label=names[i], value=shown[i][1], other=shown[i][2]) for i in kept]
    title = classes_title(stats, label)
    known = [n for _, n, _ in shown if n]
    part = "" if len(shown) <= CLASSES else f", the {CLASSES // 2} largest and smallest of {len(shown):,}"
    train = "; ticks: share in the training data" if stats.train_samples is not None else ""
    return counts_chart(
        rows, id=f"data-classes-{index}", title=title,
        subtitle=f"Samples of each class{part}, n = {stats.samples:,}{train}",
        alt=f"{title}: {min(known, default=0):,} to {max(known, default=0):,} samples a class.",
        total=stats.samples, other_total=stats.train_samples,
        log=bool(known) and max(known) > DECADES * min(known),
    )  # fmt: skip


def blocks(stats: DataStats) -> Iterator[Block]:
    """Yield the section's tables and charts."""
    for one in stats.inputs:
        table = column_table(one, stats)
        if table is not None:
            yield table
    for label in stats.labels:
        target = target_table(label, stats)
        if target is not None:
            yield target
