"""What the activations say, in sentences: pure functions of the measurement, with a neutral noun as the way out."""

from __future__ import annotations

from collections.abc import Sequence

from kreport.analyzers._activations.stats import ActivationStats, Curve, FunctionUse, LayerOutput
from kreport.analyzers._labels import leaf, worded
from kreport.document.numbers import plural, quantity
from kreport.document.text import Name, Span, Strong, Text

DEAD = 0.1
"""Share of dead units in a layer from which it is named (RULES A01: a note from 10 %)."""

SATURATED = 0.3
"""Share of saturated units in a layer from which it is named (RULES A02)."""

MOSTLY_FLAT = 0.8
"""Share of inputs in flat parts from which a layer is named; a rule of thumb."""

HALF = (0.35, 0.65)
"""A ReLU whose inputs lie in its flat half as often as not; a rule of thumb for a healthy layer."""


def lede(stats: ActivationStats) -> Text:
    """Return the section's sentence: what is not finite first, then dead and saturated units, else what is normal."""
    broken = first_broken(stats)
    if broken is not None:
        return (
            Strong("Activations are not finite"), " from ", Name(leaf(broken.call), layer=broken.layer),
            f" onwards: {_bad(broken)} there.",
        )  # fmt: skip
    sick = [use for use in stats.functions if troubled(use)]
    if sick:
        return tuple(_sick(sick))
    return _healthy(stats)


def first_broken(stats: ActivationStats) -> LayerOutput | None:
    """Return the first output in order with values that are not finite."""
    return next((one for one in stats.outputs if one.nan + one.inf and not one.container), None)


def _bad(one: LayerOutput) -> str:
    parts = [f"{count:,} {word}" for count, word in ((one.nan, "NaN"), (one.inf, "infinite")) if count]
    return f"{' and '.join(parts)} of {one.size:,} values"


def troubled(use: FunctionUse) -> bool:
    """Tell whether many units of a layer are dead or saturated, or nearly all inputs lie where it is flat."""
    if not use.units or use.flat is None:
        return False
    return use.dead > DEAD * use.units or use.saturated > SATURATED * use.units or use.flat > MOSTLY_FLAT


def _sick(sick: Sequence[FunctionUse]) -> list[Span]:
    spans: list[Span] = []
    for number, use in enumerate(sick[:2]):
        spans += [", " if number else "", Name(leaf(use.call), layer=use.layer), " ", Strong(_trouble(use))]
    more = len(sick) - 2
    if more > 0:
        spans.append(f"; {plural(more, 'more layer')} likewise")
    return [*spans, "."]


def _trouble(use: FunctionUse) -> str:
    if use.dead > DEAD * use.units:
        return f"has {use.dead:,} dead of {plural(use.units, 'unit')}"
    if use.saturated > SATURATED * use.units:
        return f"has {use.saturated:,} saturated of {plural(use.units, 'unit')}"
    return f"is flat for {quantity(use.flat, 'share')} of its inputs"


def _healthy(stats: ActivationStats) -> Text:
    rectified = [use for use in stats.functions if use.flat is not None and use.name == "relu"]
    if rectified and all(HALF[0] <= (use.flat or 0) <= HALF[1] for use in rectified):
        return "ReLU is used as it should be, about half on; no unit is dead."
    known = [use for use in stats.functions if use.flat is not None]
    if known and not any(use.dead or use.saturated for use in known):
        return f"No unit is dead or saturated in {plural(len(known), 'layer')} with an activation function."
    shown = [one for one in stats.outputs if not one.inner and not one.container]
    return f"Outputs of {plural(len(shown), 'layer')}, measured on {plural(stats.samples, 'sample')}."


def function_title(curve: Curve, uses: Sequence[FunctionUse]) -> str:
    """Return the title of a function's picture."""
    name = " / ".join(curve.names) or "Activation function"
    flat = [use for use in uses if use.flat is not None]
    if not curve.flats or not flat:
        return f"{name}: where its inputs lie"
    dead = [use for use in flat if use.dead > DEAD * use.units]
    if dead:
        worst = max(dead, key=lambda use: use.dead / use.units)
        return f"{name}: {worded(worst.dead)} of {plural(worst.units, 'unit')} of {leaf(worst.call)} never come alive"
    saturated = [use for use in flat if use.saturated > SATURATED * use.units]
    if saturated:
        worst = max(saturated, key=lambda use: use.saturated / use.units)
        return f"{name}: {leaf(worst.call)} hardly lands where the curve is steep"
    mostly = [use for use in flat if (use.flat or 0) > MOSTLY_FLAT]
    if mostly:
        return f"{name}: {leaf(mostly[0].call)} has drifted into the flat part"
    low, high = min(use.flat or 0 for use in flat), max(use.flat or 0 for use in flat)
    if len(flat) == 1 or quantity(low, "share") == quantity(high, "share"):
        return f"{name}: {quantity(high, 'share')} of the inputs in the flat part"
    return f"{name}: {_percent(low)}–{quantity(high, 'share')} of the inputs in the flat part"


def _percent(share: float) -> str:
    return quantity(share, "share").partition("\u202f")[0]


def depth_title(outputs: Sequence[LayerOutput]) -> str:
    """Return the title of the chart over depth."""
    spread = [(one, one.std) for one in outputs if one.std]
    if len(spread) < 2:
        return "Outputs over depth"
    least, most = min(spread, key=lambda pair: pair[1]), max(spread, key=lambda pair: pair[1])
    ratio = most[1] / least[1]
    if ratio < 3:
        return "Outputs over depth: their spread stays within a factor of 3"
    wide, narrow = leaf(most[0].call), leaf(least[0].call)
    return f"Outputs over depth: spread {quantity(ratio)} times larger in {wide} than in {narrow}"
