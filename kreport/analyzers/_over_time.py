"""What a log of the training tells of layers over epochs: heat maps under the loss, for several sections."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kreport.analyzers._labels import cut, leaf
from kreport.charts.axes import Axis, axis_of
from kreport.charts.curves import Line
from kreport.charts.heatmap import Heat, fitted, heatmap
from kreport.charts.theme import TRAIN, VALIDATION, finished
from kreport.document.blocks import Block, Chart, Notice, Row
from kreport.document.model import Section
from kreport.document.text import Text, plain
from kreport.inputs.training_log import Row as LogRow
from kreport.inputs.training_log import Tracked, TrainingLog

DECADE = 10.0
"""The loss is drawn on a log scale from this ratio on."""

LEAST = 1e-300
WIDEST = 24
"""Characters of a row's name."""

CALLS = frozenset({"conv", "dense", "rnn", "attn", "embed", "norm", "act", "merge", "other"})
"""Kinds of layers whose outputs are shown: what only hands values on is left out."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Shown:
    """One heat map to draw: which quantity, its colours, and its words.

    Attributes:
        id: of the chart.
        title: made from the values that are shown.
        subtitle: what is drawn, in which unit; how many rows there are is added.
        values: float64 ``(rows, epochs)``.
        edges: the eight values between the nine steps.
        palette, unit, ends: see :class:`kreport.charts.heatmap.Heat`.
        note: below.
    """

    id: str
    title: Text
    subtitle: str
    values: NDArray[np.float64]
    edges: Sequence[float]
    palette: Literal["diverging", "sequential"] = "sequential"
    unit: str = "number"
    ends: tuple[str, str] = ("below", "above")
    note: str = ""


def heat_chart(log: TrainingLog, tracked: Tracked, shown: Shown, *, noun: str) -> Chart | None:
    """Return the chart; None where nothing was measured.

    Args:
        log: has the epochs and the losses.
        tracked: has the rows.
        shown: see there.
        noun: of the rows: ``kernel``, ``layer``.
    """
    bad = tracked.values.get("bad", np.zeros_like(shown.values)) > 0
    rows = np.flatnonzero((np.isfinite(shown.values) | bad).any(axis=1))
    if not rows.size or not len(log.epochs):
        return None
    names = labels([tracked.rows[row] for row in rows])
    whole = Heat(
        labels=names, epochs=log.epochs, values=shown.values[rows], bad=bad[rows], edges=shown.edges,
        palette=shown.palette, unit=shown.unit, ends=shown.ends,
    )  # fmt: skip
    heat = fitted(whole)
    lines, axis = _loss(log)
    chart = finished(
        heatmap(heat, lines, axis), id=shown.id, title=shown.title,
        subtitle=f"{shown.subtitle}{_part(log, tracked, heat, noun)}{', under the loss' if axis else ''}",
        alt=f"{plain(shown.title)}: {len(names)} rows over epochs {log.epochs[0]} to {log.epochs[-1]}.",
        note=shown.note,
    )  # fmt: skip
    return replace(chart, ramp=heat.ramp)


def section_from_log(id: str, title: str, blocks: Sequence[Block], absent: Text) -> Section:  # noqa: A002
    """Return the section that shows what a log alone tells, and says what it takes to see the rest."""
    lede = "This is from the log of the training."
    notice = Notice(title="The rest is not measured", text=absent)
    return Section(id=id, title=title, lede=lede, blocks=(*blocks, notice))


def side_by_side(charts: Sequence[Chart | None]) -> list[Block]:
    """Return charts two in a row."""
    there = [chart for chart in charts if chart is not None]
    pairs = [there[start : start + 2] for start in range(0, len(there), 2)]
    return [Row(blocks=tuple(pair), spans=(6,) * len(pair)) for pair in pairs]


def labels(rows: Sequence[LogRow]) -> list[str]:
    """Return a unique label each: the layer's own name; parents and variable only where needed."""
    layers = [row.layer for row in rows]
    found: list[str] = []
    for row in rows:
        same = sum(leaf(layer) == leaf(row.layer) for layer in set(layers))
        name = leaf(row.layer) if same == 1 else row.layer
        several = layers.count(row.layer) > 1
        detail = row.name.rpartition("@")[2] if "@" in row.name else row.name.removesuffix("_kernel")
        text = cut(f"{name or row.name}{f'/{detail}' if several and name else ''}", WIDEST)
        copies = sum(other == text or other.startswith(f"{text} #") for other in found)
        found.append(f"{text} #{copies + 1}" if copies else text)
    return found


def inner_most(rows: Sequence[LogRow]) -> Callable[[LogRow], bool]:
    """Return a test for rows of calls that are shown: layers that hold no other, and do more than hand values on."""
    layers = {row.layer for row in rows}
    parents = {layer.rpartition(" / ")[0] for layer in layers} - {""}
    every = {parent for layer in parents for parent in _upwards(layer)}
    return lambda row: row.layer not in every and row.kind in CALLS


def _upwards(layer: str) -> list[str]:
    parts = layer.split(" / ")
    return [" / ".join(parts[:end]) for end in range(1, len(parts) + 1)]


def _loss(log: TrainingLog) -> tuple[list[Line], Axis | None]:
    lines = []
    for name, label, colour in (("loss", "train loss", TRAIN), ("val_loss", "val loss", VALIDATION)):
        there = ~log.absent[name] if name in log.logs else np.zeros(0, bool)
        if there.sum() > 1:
            lines.append(
                Line(label=label, colour=colour, epochs=log.epochs[there], values=log.logs[name][there], name=label)
            )
    values = [float(value) for line in lines for value in line.values if np.isfinite(value)]
    if not values:
        return [], None
    log_scale = min(values) > LEAST and max(values) / min(values) >= DECADE
    return lines, axis_of(values, "log" if log_scale else "linear", most=3)


def _part(log: TrainingLog, tracked: Tracked, heat: Heat, noun: str) -> str:
    """Say what is left out."""
    rows, epochs = len(heat.labels), len(heat.epochs)
    total = max(tracked.total, rows)
    parts = [f", by {noun}" if rows >= total else f", {rows} of {total} {noun}s"]
    if epochs < log.total_epochs:
        parts.append(f", {epochs} of {log.total_epochs} epochs")
    return "".join(parts)
