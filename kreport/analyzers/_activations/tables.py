"""The table of the Activations section: one row an output or activation function."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kreport.analyzers._activations.sentences import troubled
from kreport.analyzers._activations.stats import ActivationStats, FunctionUse, LayerOutput
from kreport.analyzers._labels import leaf
from kreport.document.blocks import Column, Swatch, Table, TableRow
from kreport.document.numbers import plural, quantity, shape
from kreport.document.text import Name, Quiet, Span, Strong, Text

ENOUGH = 256
"""Samples over which a dead unit means something (RULES A01)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Line:
    """One row: an output, a function, or both."""

    output: LayerOutput | None
    use: FunctionUse | None


def main_outputs(stats: ActivationStats) -> list[LayerOutput]:
    """Return the outputs that stand in the table."""
    return [one for one in stats.outputs if one.main]


def output_table(stats: ActivationStats) -> Table:
    """Return one row a call, and one for each function within it that is not its last."""
    lines = list(_lines(stats))
    shown = [line.output for line in lines if line.output is not None]
    bad = any(one.nan + one.inf for one in shown)
    flat = any(line.use is not None and line.use.flat is not None for line in lines)
    columns = [
        Column(label="Layer"), Column(label="Function"), Column(label="Output"), Column(label="Mean", unit="number"),
        Column(label="Std", unit="number"), Column(label="p99", unit="number"),
        Column(label="Zeros", unit="share" if flat else "bar"),
        *([Column(label="Flat", unit="bar"), Column(label="Dead units")] if flat else []),
        *([Column(label="NaN, ∞", unit="exact")] if bad else []),
        Column(label="Distribution", unit="spark"),
    ]  # fmt: skip
    names = dict(stats.identities)
    rows = [TableRow(cells=tuple(_cells(line, names, bad=bad, flat=flat))) for line in lines]
    told = ". Flat: share of a function's inputs where its slope is below 2 % of its steepest" if flat else ""
    return Table(
        title=plural(len(lines), "activation"), subtitle=f"Inference mode, {samples(stats)}{told}",
        columns=columns, rows=rows, search="name", note=_note(stats, lines),
    )  # fmt: skip


def samples(stats: ActivationStats) -> str:
    """Return ``512 of 9,970 samples``."""
    if stats.samples == stats.read:
        return plural(stats.samples, "sample")
    return f"{stats.samples:,} of {plural(stats.read, 'sample')}"


def _lines(stats: ActivationStats) -> Iterator[_Line]:
    """Yield outputs in order, each followed by the functions of its cells and by bare functions after it."""
    own, within, behind = _by_place(stats)
    for one in stats.outputs:
        if one.main:
            yield _Line(output=one, use=own.get(one.call))
        if not one.inner and not one.output:
            yield from (_Line(output=None, use=use) for use in within.pop(one.call, ()))
            yield from (_Line(output=use.output, use=use) for use in behind.pop(one.call, ()))
    for uses in (*within.values(), *behind.values()):
        yield from (_Line(output=use.output, use=use) for use in uses)


def _by_place(
    stats: ActivationStats,
) -> tuple[dict[str, FunctionUse], dict[str, list[FunctionUse]], dict[str, list[FunctionUse]]]:
    own: dict[str, FunctionUse] = {}
    within: dict[str, list[FunctionUse]] = {}
    behind: dict[str, list[FunctionUse]] = {}
    for use in stats.functions:
        if use.part:
            within.setdefault(use.call, []).append(use)
        elif use.output is not None:
            behind.setdefault(use.after or use.call, []).append(use)
        else:
            own[use.call] = use
    return own, within, behind


def _cells(line: _Line, identities: dict[str, str], *, bad: bool, flat: bool) -> Iterator[Any]:
    one, use = line.output, line.use
    yield _layer(line)
    yield use.name if use else identities.get(one.call, "") if one else ""
    yield shape(one.shape) if one else None
    yield one.mean if one else None
    yield one.std if one else None
    yield one.quantiles[-1] if one and one.quantiles else None
    yield one.zeros / one.size if one and one.nan + one.inf < one.size else None
    if flat:
        yield use.flat if use else None
        yield _dead(use)
    if bad:
        yield _broken(one)
    spark = use.spark if use and use.spark.size else one.histogram if one else ()
    yield spark.tolist() if len(spark) else None  # type: ignore[union-attr]


def _broken(one: LayerOutput | None) -> Text | int | None:
    count = one.nan + one.inf if one else None
    return (Strong(f"{count:,}"),) if count else count


def _layer(line: _Line) -> Swatch:
    one, use = line.output, line.use
    if use is not None and use.part:
        text: list[Span] = [Name(leaf(use.call), layer=use.layer), Quiet(f" {use.part}")]
        return Swatch(layer_kind="rnn", text=tuple(text))
    if use is not None and use.output is not None:
        after = use.after or use.call
        text = [Quiet("after "), Name(leaf(after))] if after else [Quiet("in the model's call")]
        return Swatch(layer_kind="act", text=tuple(text))
    return Swatch(layer_kind=one.kind if one else "other", text=(Name(leaf(one.call), layer=one.layer),) if one else "")


def _dead(use: FunctionUse | None) -> Text | None:
    if use is None or use.flat is None:
        return None
    count, word = (use.saturated, " saturated of ") if use.saturated else (use.dead, " of ")
    figure = f"{count:,}"
    return (Strong(figure) if troubled(use) and count else figure, Quiet(f"{word}{use.units:,}"))


def _note(stats: ActivationStats, lines: Sequence[_Line]) -> str:
    parts = ["Distribution: of a function's inputs z (the middle 99 %), elsewhere of the outputs."]
    uses = [line.use for line in lines if line.use is not None]
    if any(use.flat is not None for use in uses):
        parts.append("Dead: in the flat part for every sample and position. Saturated: for more than 80 % of them.")
        if stats.samples < ENOUGH:
            parts.append(f"Of fewer than {ENOUGH} samples a unit may be dead by chance.")
    hidden = sum(not (one.inner or one.output or one.container or one.main) for one in stats.outputs)
    if hidden:
        parts.append(
            f"{plural(hidden, 'layer')} that only lead into a normalisation or function, or hand on what they get,"
            " stand in the layer explorer."
        )
    if any(use.part for use in uses):
        parts.append(
            f"Within recurrent cells: all steps of {plural(stats.cell_samples, 'sample')}, run eagerly; what comes out"
            " of a gate is not measured."
        )
    if any(line.output is not None and line.output.masked for line in lines):
        parts.append("Padded positions are left out.")
    if any(line.output is not None and "@" in line.output.call for line in lines):
        parts.append("Layers called several times stand once a call.")
    parts += [f"{note[0].upper()}{note[1:]}." for note in stats.notes]
    return " ".join(parts)


def parts_of(one: LayerOutput) -> Iterator[str]:
    """Yield the figures of an output for the layer explorer."""
    if one.dtype != "float32":
        yield one.dtype
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
