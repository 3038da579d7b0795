"""Charts of the Activations section as blocks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kreport.analyzers._activations.sentences import beside, depth_title, function_title, shares_title, troubled
from kreport.analyzers._activations.stats import ActivationStats, Curve, FunctionUse, LayerOutput
from kreport.analyzers._activations.tables import main_outputs, samples
from kreport.analyzers._labels import cut, leaf, numbered, short_labels
from kreport.charts.bands import Band, bands_chart, thinned
from kreport.charts.functions import Function, Ridge, function_chart
from kreport.charts.levels import Level, levels_chart
from kreport.charts.peaks import Peaks, peaks_chart
from kreport.document.blocks import Chart
from kreport.document.numbers import plural, quantity

RIDGES = 7
"""Layers in one picture; of more, the most and least flat, the first and the last, and others evenly between."""

PICTURES = 6
"""Functions that get a picture."""

NAME, SHORTEST = 26, 8
"""Characters of a name in a picture; of a layer, at least, where the name of a gate follows."""

TOLD = 0.01
"""Share of inputs beyond the picture from which it is told."""

FAR_APART = 50.0
"""Ratio of spreads from which bands on one scale would hide most layers: their spread is shown on a log scale."""

LESS = 2.0
"""A log scale begins at the least spread over this."""


def function_charts(stats: ActivationStats) -> list[Chart]:
    """Return the picture of every distinct activation function, those with a problem first, then the most used."""
    used = [(index, [use for use in stats.functions if use.curve == index]) for index in range(len(stats.curves))]
    used = sorted(
        (pair for pair in used if any(use.histogram.size for use in pair[1])),
        key=lambda pair: (-any(troubled(use) for use in pair[1]), -len(pair[1]), pair[0]),
    )
    charts = [_picture(stats, index, uses) for index, uses in used[:PICTURES]]
    shares = _shares(stats)
    return charts if shares is None else [*charts, shares]


def not_drawn(stats: ActivationStats) -> int:
    """Return how many functions have no picture because there are too many."""
    return max(0, len([c for c in range(len(stats.curves)) if any(u.curve == c for u in stats.functions)]) - PICTURES)


def _picture(stats: ActivationStats, index: int, uses: Sequence[FunctionUse]) -> Chart:
    curve = stats.curves[index]
    drawn = _telling([use for use in uses if use.histogram.size])
    names = _names(drawn)
    ridges = [
        Ridge(
            name=name,
            shares=use.histogram.astype(np.float64),
            told=beside(use, curve),
            flat=bool(curve.flats),
            warn=troubled(use),
        )
        for name, use in zip(names, drawn, strict=True)
    ]
    title = function_title(curve, uses)
    return function_chart(
        Function(z=curve.z, a=curve.a, slope=curve.slope, flats=curve.flats, least=curve.least, most=curve.most),
        ridges, low=curve.low, high=curve.high, id=f"activations-function-{index}", title=title,
        subtitle="Top: the function, its slope dashed. Below, on the same axis: the measured inputs z of "
        f"{_number(drawn, uses)}, {_measured(stats, uses)}" + ("; shaded where it is flat" if curve.flats else ""),
        alt=f"{title}. {'; '.join(_told(use) for use in drawn)}.",
        note=_note(curve, drawn),
    )  # fmt: skip


def _names(uses: Sequence[FunctionUse]) -> list[str]:
    """Return a label each; of a gate the layer is cut, never which gate it is."""
    whole = short_labels([use.place for use in uses], NAME)
    gates = [i for i, use in enumerate(uses) if use.part and len(leaf(use.place)) > NAME]
    layers = [leaf(uses[i].place).removesuffix(f" {uses[i].part}") for i in gates]
    for i, layer in zip(gates, layers, strict=True):
        whole[i] = f"{cut(layer, max(SHORTEST, NAME - len(uses[i].part) - 1))} {uses[i].part}"
    return numbered(whole)


def _number(drawn: Sequence[FunctionUse], uses: Sequence[FunctionUse]) -> str:
    noun = "gate" if all(use.part for use in uses) else "layer"
    if len(drawn) < len(uses):
        return f"{len(drawn)} of {plural(len(uses), noun)} (first, last, most and least flat, others between)"
    return plural(len(uses), noun)


def _measured(stats: ActivationStats, uses: Sequence[FunctionUse]) -> str:
    within = any(use.part for use in uses)
    if within and all(use.part for use in uses):
        return f"all steps of {plural(stats.cell_samples, 'sample')}, run eagerly"
    return samples(stats) + (f" (recurrent cells: {stats.cell_samples:,})" if within else "")


def _told(use: FunctionUse) -> str:
    flat = "" if use.flat is None else f", {quantity(use.flat, 'share')} flat"
    return f"{leaf(use.place)}: mean input {quantity(use.mean)}{flat}"


def _telling(uses: Sequence[FunctionUse]) -> list[FunctionUse]:
    if len(uses) <= RIDGES:
        return list(uses)
    order = sorted(range(len(uses)), key=lambda i: uses[i].flat or 0)
    kept = {0, len(uses) - 1, order[0], order[-1]}
    for index in np.linspace(0, len(uses) - 1, RIDGES).round().astype(int).tolist():
        if len(kept) < RIDGES:
            kept.add(index)
    return [uses[index] for index in sorted(kept)]


def _note(curve: Curve, drawn: Sequence[FunctionUse]) -> str:
    parts = ["Each density is scaled to its own peak and averaged over three bins of 64."]
    if curve.least.size:
        parts.append("Units have parameters of their own: the line is their mean, the band from least to greatest.")
    beyond = max(drawn, key=lambda use: use.outside, default=None)
    if beyond is not None and beyond.outside >= TOLD:
        parts.append(
            f"Beyond {quantity(curve.low)} to {quantity(curve.high)} lie {quantity(beyond.outside, 'share')} of the"
            f" inputs of {leaf(beyond.place)}."
        )
    return " ".join(parts)


def _shares(stats: ActivationStats) -> Chart | None:
    """Return the picture of all softmaxes, or of those evenly through the depth; None without one."""
    uses = [use for use in stats.functions if use.shares is not None and use.shares.peaks.any()]
    if not uses:
        return None
    places = np.unique(np.linspace(0, len(uses) - 1, min(RIDGES, len(uses))).round().astype(int))
    drawn = [uses[place] for place in places]
    title = shares_title(uses)
    lines = [_sure(use) for use in drawn]
    names = short_labels([use.place for use in drawn], NAME)
    part = f" of {plural(len(uses), 'layer')}" if len(uses) > len(drawn) else ""
    return peaks_chart(
        [
            Peaks(name=name, counts=use.shares.peaks, line=line, even=_even(use))
            for name, use, line in zip(names, drawn, lines, strict=True)
            if use.shares is not None
        ],
        id="activations-softmax", title=title,
        subtitle=f"Largest share in each row that a softmax makes{f', {len(drawn)}{part}' if part else ''},"
        f" {samples(stats)}; dashed: all shares equal",
        alt=f"{title}. {'; '.join(f'{name}: {line}' for name, line in zip(names, lines, strict=True))}.",
        note="Entropy: as a share of that of equal shares. An attention layer makes a row for each head and query.",
    )  # fmt: skip


def _sure(use: FunctionUse) -> str:
    shares = use.shares
    if shares is None:
        return ""
    choices = "" if shares.choices is None else f" of {shares.choices:,}"
    return f"{quantity(shares.sure, 'share')} on average{choices}, entropy {quantity(shares.entropy, 'share')}"


def _even(use: FunctionUse) -> float | None:
    return None if use.shares is None or not use.shares.choices else round(1 / use.shares.choices, 4)


def depth_chart(stats: ActivationStats) -> Chart | None:
    """Return how outputs spread over depth: bands, or standard deviations on a log scale where they are far apart."""
    shown = [one for one in main_outputs(stats) if one.quantiles and one.std and not _is_whole(one)]
    if not shown:
        return None
    shares = {use.call for use in stats.functions if use.shares is not None}
    names = short_labels([one.call for one in shown])
    title = depth_title([one for one in shown if one.call not in shares])
    spreads = [one.std or 0.0 for one in shown]
    alt = f"{title}: outputs of {plural(len(shown), 'layer')}."
    if max(spreads) > FAR_APART * min(spreads):
        return _spreads(stats, shown, names, title, alt)
    bands, step = thinned([Band(label=n, quantiles=one.quantiles) for n, one in zip(names, shown, strict=True)])
    return bands_chart(
        bands, id="activations-depth", title=title, alt=alt,
        subtitle=f"Outputs of {_every(stats, step)}, input at the top: 1–99 %, 5–95 %, 25–75 % bands, inference mode,"
        f" {samples(stats)}",
    )  # fmt: skip


def _is_whole(output: LayerOutput) -> bool:
    """Tell whether the outputs are ids of tokens or the like: how far these spread says nothing."""
    return output.dtype.startswith(("int", "uint", "bool"))


def _spreads(stats: ActivationStats, shown: Sequence[LayerOutput], names: list[str], title: str, alt: str) -> Chart:
    levels, step = thinned([Level(label=n, value=one.std or 0.0) for n, one in zip(names, shown, strict=True)])
    return levels_chart(
        levels, id="activations-depth", title=title, alt=alt, log_from=min(one.value for one in levels) / LESS,
        subtitle=f"Standard deviation of the outputs of {_every(stats, step)}, log scale, input at the top, inference"
        f" mode, {samples(stats)}",
    )  # fmt: skip


def _every(stats: ActivationStats, step: int) -> str:
    whole = " that does not put out ids" if any(_is_whole(one) for one in main_outputs(stats)) else ""
    return f"every layer of the table{whole}" if step == 1 else f"one layer in {step} of the table{whole}"
