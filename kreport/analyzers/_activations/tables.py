"""The table of the Activations section: one row a call that puts something out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from kreport.analyzers._activations.sentences import troubled
from kreport.analyzers._activations.stats import ActivationStats, FunctionUse, LayerOutput
from kreport.analyzers._labels import leaf
from kreport.document.blocks import Column, Swatch, Table, TableRow
from kreport.document.numbers import plural, quantity, shape
from kreport.document.text import Name, Quiet, Strong, Text


def main_outputs(stats: ActivationStats) -> list[LayerOutput]:
    """Return what stands in the table: first outputs of calls that are no containers and no layer's own business."""
    return [one for one in stats.outputs if not one.inner and not one.container and one.output == 0]


def output_table(stats: ActivationStats) -> Table:
    """Return one row a call."""
    shown = main_outputs(stats)
    uses = {use.call: use for use in stats.functions}
    bad = any(one.nan + one.inf for one in shown)
    columns = [
        Column(label="Layer"), Column(label="Function"), Column(label="Output"), Column(label="Mean", unit="number"),
        Column(label="Std", unit="number"), Column(label="p99", unit="number"), Column(label="Zeros", unit="bar"),
        Column(label="Flat", unit="bar"), Column(label="Dead units"),
        *([Column(label="NaN, ∞", unit="exact")] if bad else []),
        Column(label="Outputs", unit="spark"),
    ]  # fmt: skip
    rows = [TableRow(cells=tuple(_cells(one, uses.get(one.call), bad=bad))) for one in shown]
    return Table(
        title=plural(len(shown), "activation"),
        subtitle=f"Inference mode, {samples(stats)}. Flat: share of a function's inputs where its slope is below 2 %"
        " of its steepest",
        columns=columns, rows=rows, search="name", note=_note(shown, stats),
    )  # fmt: skip


def samples(stats: ActivationStats) -> str:
    """Return ``512 of 9,970 samples``."""
    if stats.samples == stats.read:
        return plural(stats.samples, "sample")
    return f"{stats.samples:,} of {plural(stats.read, 'sample')}"


def _cells(one: LayerOutput, use: FunctionUse | None, *, bad: bool) -> Iterator[Any]:
    yield Swatch(layer_kind=one.kind, text=(Name(leaf(one.call), layer=one.layer),))
    yield use.name if use else ""
    yield shape(one.shape)
    yield one.mean
    yield one.std
    yield one.quantiles[-1] if one.quantiles else None
    yield one.zeros / one.size if one.size else None
    yield use.flat if use else None
    yield _dead(use)
    if bad:
        yield one.nan + one.inf
    yield one.histogram.tolist() if one.histogram.size else None


def _dead(use: FunctionUse | None) -> Text | None:
    if use is None or use.flat is None:
        return None
    count, word = (use.saturated, " saturated of ") if use.saturated else (use.dead, " of ")
    figure = f"{count:,}"
    return (Strong(figure) if troubled(use) and count else figure, Quiet(f"{word}{use.units:,}"))


def _note(shown: Sequence[LayerOutput], stats: ActivationStats) -> str:
    parts = ["Dead: 0 slope for every sample and position; saturated: more than 80 % of a unit's inputs in flat parts."]
    if any(one.masked for one in shown):
        parts.append("Padded positions are left out.")
    if any(one.calls > 1 for one in shown):
        parts.append("Layers called several times stand once a call.")
    parts += [f"{note[0].upper()}{note[1:]}." for note in stats.notes]
    return " ".join(parts)


def parts_of(one: LayerOutput) -> Iterator[str]:
    """Yield the figures of an output for the layer explorer."""
    yield f"{shape(one.shape)} {one.dtype}"
    if one.nan + one.inf:
        yield f"{one.nan:,} NaN, {one.inf:,} infinite of {one.size:,}"
    if one.mean is not None:
        yield f"mean {quantity(one.mean)}, std {quantity(one.std)}"
        yield f"{quantity(one.low)} to {quantity(one.high)}"
        q = one.quantiles
        yield f"1, 25, 50, 75, 99 %: {', '.join(quantity(x) for x in (q[0], q[2], q[3], q[4], q[6]))}"
    if one.zeros:
        yield f"{quantity(one.zeros / one.size, 'share')} zeros"
    if one.silent:
        yield f"{one.silent:,} of {plural(one.units, 'unit')} always 0"
    if one.constant:
        yield f"{one.constant:,} of {plural(one.units, 'unit')} the same for every sample"
