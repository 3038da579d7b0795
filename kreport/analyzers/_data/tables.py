"""Tables of the Data section: one row a column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from kreport.analyzers._data.drifting import MATTERS, telling
from kreport.analyzers._data.sentences import columns_title, sampled
from kreport.analyzers._data.stats import ColumnFacts, DataStats, InputFacts, LabelFacts
from kreport.document.blocks import Column, Table, TableRow
from kreport.document.numbers import NARROW, plural, quantity
from kreport.document.text import Name, Text

ROWS = 40
"""Columns listed; of more, those that stand out and others between them."""


def column_table(one: InputFacts, stats: DataStats) -> Table | None:
    """Return one row a column of an input; None for texts and tokens."""
    if not one.listed or one.unit not in ("feature", "channel"):
        return None
    return _table(
        one.listed, columns_title(one, stats), _over(one.listed, stats), one.width, one.critical, one.unit.capitalize()
    )


def single_table(inputs: Sequence[InputFacts], stats: DataStats) -> Table:
    """Return one row an input, for inputs of one feature each."""
    columns = [replace(c, index=place, name=one.name) for place, one in enumerate(inputs) for c in one.listed]
    critical = max((one.critical for one in inputs if one.critical is not None), default=None)
    title = f"{len(inputs):,} inputs of one feature"
    return _table(columns, title, _over(columns, stats), len(inputs), critical, "Input")


def target_table(label: LabelFacts, stats: DataStats) -> Table | None:
    """Return one row a target; None for classes, and where an input says the same."""
    if not label.targets or label.same_as:
        return None
    width = max(label.shape[-1] or 1, 1) if label.shape else 1
    title: Text = "Target" if width == 1 else plural(width, "target")
    if len(stats.labels) > 1:
        title = (str(title), " of ", Name(label.name))
    return _table(label.targets, title, _over(label.targets, stats), width, label.critical, "Target")


def _over(columns: Sequence[ColumnFacts], stats: DataStats) -> str:
    """Return the number of values that every row is about."""
    total = max(c.count + c.missing + c.infinite for c in columns)
    less = ", less what is missing" if any(c.missing + c.infinite for c in columns) else ""
    if total == stats.samples:
        return f"Over all samples, n = {total:,} each{less}"
    if not stats.samples or total % stats.samples:
        return f"Over all values, n = {total:,} each{less}"
    return f"Over {plural(stats.samples, 'sample')} of {total // stats.samples:,} positions, n = {total:,} each{less}"


def _table(
    found: Sequence[ColumnFacts], title: Text, subtitle: str, width: int, critical: float | None, noun: str
) -> Table:
    shown = _chosen(found)
    missing = any(c.missing + c.infinite for c in shown)
    remarks = [_remark(c, found) for c in shown]
    columns = [
        Column(label=noun, unit="name" if any(c.name for c in shown) else "text"),
        Column(label="Distribution", unit="spark"),
        Column(label="Mean", unit="number"), Column(label="Std", unit="number"), Column(label="Min", unit="number"),
        Column(label="Max", unit="number"), Column(label="Zeros", unit="share"),
        *([Column(label="NaN, ∞", unit="exact")] if missing else []),
        *([Column(label="Drift", unit="number")] if critical is not None else []),
        *([Column(label="Remark")] if any(remarks) else []),
    ]  # fmt: skip
    rows = [
        TableRow(cells=tuple(_cells(c, remark, missing=missing, drift=critical is not None, remarked=any(remarks))))
        for c, remark in zip(shown, remarks, strict=True)
    ]
    return Table(title=title, subtitle=subtitle, columns=columns, rows=rows, note=_note(shown, width, critical))


def _chosen(found: Sequence[ColumnFacts]) -> list[ColumnFacts]:
    """Return what stands out, and others spread evenly, in their order."""
    if len(found) <= ROWS:
        return list(found)
    loud = [c for c in sorted(found, key=lambda c: (-telling(c), c.index)) if telling(c) > 0][: ROWS // 2]
    kept = {c.index for c in loud}
    quiet = [c for c in found if c.index not in kept]
    step = len(quiet) / (ROWS - len(loud))
    spread = [quiet[int(i * step)] for i in range(ROWS - len(loud))]
    return sorted((*loud, *spread), key=lambda c: c.index)


def _note(shown: Sequence[ColumnFacts], width: int, critical: float | None) -> str:
    parts = [] if len(shown) == width else [f"{len(shown)} of {width:,}: what stands out, and others spread evenly."]
    if told := sampled(shown):
        parts.append(told)
    if critical is not None and critical >= 1:
        parts.append("Drift: Kolmogorov–Smirnov distance to the training data, 0 to 1; too few samples to tell it.")
    elif critical is not None:
        more = "; more where values are missing" if any(c.missing + c.infinite for c in shown) else ""
        parts.append(
            "Drift: Kolmogorov–Smirnov distance to the training data, 0 to 1. A column is drifted above"
            f" {quantity(critical)}{more} (less than 1{NARROW}% chance among all columns of equal data, and at least"
            f" {MATTERS:g})."
        )
    return " ".join(parts)


def _cells(c: ColumnFacts, remark: Text, *, missing: bool, drift: bool, remarked: bool) -> Iterator[Any]:
    yield c.name or f"{c.index}"
    yield c.histogram.tolist() if c.histogram.size else None
    yield from (c.mean, c.std, c.low, c.high)
    yield c.zeros / c.count if c.count else None
    if missing:
        yield c.missing + c.infinite
    if drift:
        yield c.drift
    if remarked:
        yield remark


def _remark(c: ColumnFacts, found: Sequence[ColumnFacts]) -> Text:
    drift = "drifted" if c.drifted else ""
    if c.count == 0:
        return "no number"
    if c.constant:
        return ", ".join(filter(None, ("constant", drift)))
    if c.twin is not None:
        name = next((one.name for one in found if one.index == c.twin), "")
        more = f", {drift}" if drift else ""
        return ("same as ", Name(name), more) if name else f"same as {c.twin}{more}"
    return drift
