"""What stands behind a line that opens it: how BatchNorm layers fit the data, and where the time goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kreport.analyzers._activations.sentences import norms_summary, stale
from kreport.analyzers._activations.stats import ActivationStats, NormFit
from kreport.analyzers._activations.tables import samples
from kreport.analyzers._labels import leaf
from kreport.document.blocks import Block, Column, Disclosure, Swatch, Table, TableRow
from kreport.document.numbers import plural, quantity
from kreport.document.text import Name, Strong

LONGEST = 12
"""Layers in the table of times; the rest is one row."""


def details(stats: ActivationStats) -> Iterator[Block]:
    """Yield what there is: BatchNorm layers, times."""
    if stats.norms:
        yield Disclosure(
            title="Batch normalisation", summary=norms_summary(stats.norms), blocks=(norm_table(stats),),
            opened=any(stale(norm) for norm in stats.norms),
        )  # fmt: skip
    times = time_table(stats)
    if times is not None and stats.times is not None:
        most = max(stats.times.layers, key=lambda one: one.seconds)
        share = most.seconds / sum(one.seconds for one in stats.times.layers)
        yield Disclosure(
            title="Eager time by layer", blocks=(times,),
            summary=f"{leaf(most.layer)} takes {quantity(share, 'share')} of {quantity(stats.times.total, 'seconds')}",
        )  # fmt: skip


def norm_table(stats: ActivationStats) -> Table:
    """Return one row a BatchNorm layer: how its moving statistics fit the data."""
    columns = [
        Column(label="Layer"), Column(label="Channels", unit="exact"), Column(label="Median", unit="number"),
        Column(label="Largest", unit="number"), Column(label="Above 3", unit="share"),
        Column(label="5 %", unit="number"), Column(label="Median", unit="number"), Column(label="95 %", unit="number"),
        Column(label="Off", unit="share"),
    ]  # fmt: skip
    groups = ["", "", *["Mean, in moving standard deviations"] * 3, *["Variance of the data / moving variance"] * 4]
    columns = [
        Column(label=c.label, unit=c.unit, group=group) for c, group in zip(columns, groups, strict=True)
    ]  # fmt: skip
    return Table(
        title="", subtitle=f"Inputs of each layer, inference mode, {samples(stats)}, over channels", columns=columns,
        rows=[TableRow(cells=_norm(norm)) for norm in stats.norms], sort=False,
        note="Off: share of channels with a ratio below 1/4 or above 4 (a rule of thumb); ε is added to both.",
    )  # fmt: skip


def _norm(norm: NormFit) -> tuple[Any, ...]:
    name = Name(leaf(norm.call), layer=norm.layer)
    layer = Swatch(layer_kind="norm", text=(name, " ", Strong("does not fit")) if stale(norm) else (name,))
    return (layer, norm.channels, norm.shift, norm.shift_most, norm.shifted, *norm.ratios, norm.off)


def time_table(stats: ActivationStats) -> Table | None:
    """Return the layers that take longest in an eager pass; None where that was not measured."""
    times = stats.times
    if times is None or not times.layers:
        return None
    kinds = {one.layer: one.kind for one in stats.outputs}
    whole = sum(one.seconds for one in times.layers)
    ordered = sorted(times.layers, key=lambda one: -one.seconds)
    rows = [
        TableRow(
            cells=(
                Swatch(layer_kind=kinds.get(one.layer, "other"), text=(Name(leaf(one.layer), layer=one.layer),)),
                one.seconds, one.seconds / whole,
            )
        )
        for one in ordered[:LONGEST]
    ]  # fmt: skip
    rest = ordered[LONGEST:]
    if rest:
        seconds = sum(one.seconds for one in rest)
        rows.append(TableRow(cells=(plural(len(rest), "other layer"), seconds, seconds / whole)))
    return Table(
        title="", rows=rows, sort=False,
        columns=[Column(label="Layer"), Column(label="Time", unit="seconds"), Column(label="Share", unit="bar")],
        subtitle=f"Eager forward pass of {plural(times.samples, 'sample')} in inference mode, median of"
        f" {plural(times.passes, 'pass', 'passes')}; fit and predict run a graph, which is faster",
        note="A layer's own time: what layers shown within it take stands with them.",
    )  # fmt: skip
