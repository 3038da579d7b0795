"""Tables of the Data section: one row a column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from kreport.analyzers._data.drifting import drifted, telling
from kreport.analyzers._data.sentences import columns_title
from kreport.analyzers._data.stats import ColumnFacts, DataStats, InputFacts, LabelFacts
from kreport.document.blocks import Column, Table, TableRow
from kreport.document.numbers import plural, quantity
from kreport.document.text import Name, Text

ROWS = 40
"""Columns listed; of more, those that stand out and others between them."""


def column_table(one: InputFacts, stats: DataStats) -> Table | None:
    """Return one row a column of an input; None for texts and tokens."""
    if not one.listed or one.unit not in ("feature", "channel"):
        return None
    over = "all samples and positions" if one.unit == "channel" else "all samples"
    return _table(
        one.listed, columns_title(one, stats), f"Over {over}, n = {stats.samples:,}", one.width, one.critical,
        one.unit.capitalize(),
    )  # fmt: skip


def target_table(label: LabelFacts, stats: DataStats) -> Table | None:
    """Return one row a target; None for classes."""
    if not label.targets:
        return None
    number = len(label.targets)
    title: Text = "Target" if number == 1 else plural(number, "target")
    if len(stats.labels) > 1:
        title = (str(title), " of ", Name(label.name))
    return _table(
        label.targets, title, f"Labels over all samples, n = {stats.samples:,}", number, label.critical, "Target"
    )


def _table(
    found: Sequence[ColumnFacts], title: Text, subtitle: str, width: int, critical: float | None, noun: str
) -> Table:
    shown = _chosen(found, critical)
    missing = any(c.missing + c.infinite for c in shown)
    remarks = [_remark(c, found, critical) for c in shown]
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
    return Table(title=title, subtitle=subtitle, columns=columns, rows=rows, note=_note(len(shown), width, critical))


def _chosen(found: Sequence[ColumnFacts], critical: float | None) -> list[ColumnFacts]:
    """Return what stands out, and others spread evenly, in their order."""
    if len(found) <= ROWS:
        return list(found)
    order = sorted(found, key=lambda c: (-telling(c, critical), c.index))
    loud = [c for c in order if telling(c, critical) > 0][: ROWS // 2]
    kept = {c.index for c in loud}
    quiet = [c for c in found if c.index not in kept]
    step = len(quiet) / (ROWS - len(loud))
    spread = [quiet[int(i * step)] for i in range(ROWS - len(loud))]
    return sorted((*loud, *spread), key=lambda c: c.index)


def _note(shown: int, width: int, critical: float | None) -> str:
    parts = [] if shown == width else [f"{shown} of {width:,}: those that stand out, and others spread evenly."]
    if critical is not None:
        parts.append(
            f"Drift: Kolmogorov–Smirnov distance to the training data, 0 to 1; drifted is above {quantity(critical)}"
            " (1 % chance for equal data over all columns, and no less than 0.1)."
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


def _remark(c: ColumnFacts, found: Sequence[ColumnFacts], critical: float | None) -> Text:
    if c.count == 0:
        return "no number"
    if c.constant:
        return "constant"
    if c.twin is not None:
        name = next((one.name for one in found if one.index == c.twin), "")
        return ("same as ", Name(name)) if name else f"same as {c.twin}"
    return "drifted" if drifted(c, critical) else ""
