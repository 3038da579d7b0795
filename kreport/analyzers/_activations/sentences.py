"""What the activations say, in sentences: pure functions of the measurement, with a neutral noun as the way out."""

from __future__ import annotations

from collections.abc import Sequence

from kreport.analyzers._activations.stats import ActivationStats, Curve, FunctionUse, LayerOutput, NormFit
from kreport.analyzers._labels import leaf, worded
from kreport.document.numbers import NARROW, plural, quantity
from kreport.document.text import Name, Span, Strong, Text
from kreport.document.text import spans as spans_of

DEAD = 0.1
"""Share of dead units in a layer from which it is named (RULES A01: a note from 10 %)."""

SATURATED = 0.3
"""Share of saturated units in a layer from which it is named (RULES A02)."""

MOSTLY_FLAT = 0.8
"""Share of inputs in flat parts from which a layer is named; a rule of thumb."""

HALF = (0.35, 0.65)
"""A ReLU whose inputs lie in its flat half as often as not; a rule of thumb for a healthy layer."""

HARDLY = 1e-3
"""Below this share of inputs in flat parts there are hardly any."""

STALE = 0.2
"""Share of channels whose moving statistics do not fit from which a layer is named (RULES A08)."""

STEADY = 3.0
"""Spreads within this factor of one another are steady; a rule of thumb."""

SURE = 0.9
"""Mean largest share from which a softmax is said to be sure; a rule of thumb."""

LEARNED = ("dense", "conv", "rnn", "act", "attn")
"""Kinds of layer whose output should differ between samples; a position embedding's need not."""


def lede(stats: ActivationStats) -> Text:
    """Return the section's sentence: what is not finite first, then dead and saturated units, else what is normal."""
    broken = first_broken(stats)
    if broken is not None:
        return (
            Strong("Activations are not finite"), " from ", Name(leaf(broken.call), layer=broken.layer),
            f" onwards: {_bad(broken)} there.",
        )  # fmt: skip
    sick = [use for use in stats.functions if troubled(use)]
    spans = [*_constant(stats), *(_sick(sick) if sick else ()), *_stale(stats)]
    if not spans:
        return _healthy(stats)
    return (*spans, *(_rest(stats) if sick else spans_of(_healthy(stats))))


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


def stale(norm: NormFit) -> bool:
    """Tell whether the moving statistics of a BatchNorm layer do not fit the data."""
    return norm.shifted > STALE or norm.off > STALE


def _constant(stats: ActivationStats) -> list[Span]:
    still = [
        one for one in stats.outputs if one.main and one.kind in LEARNED and one.units and one.constant == one.units
    ]
    if not still:
        return []
    name = Name(leaf(still[-1].call), layer=still[-1].layer)
    return [name, " ", Strong("puts out the same for every sample"), ". "]


def _sick(sick: Sequence[FunctionUse]) -> list[Span]:
    spans: list[Span] = []
    for number, use in enumerate(sick[:2]):
        spans += [", " if number else "", *called(use), " ", Strong(_trouble(use))]
    more = len(sick) - 2
    if more > 0:
        spans.append(f"; {plural(more, 'more layer')} likewise")
    return [*spans, ". "]


def called(use: FunctionUse) -> list[Span]:
    """Return what a use is called in a sentence: its layer, and its gate if it has one."""
    if not use.part and not use.call:
        return ["the ", Name(use.name), *(" after ", Name(leaf(use.after))) * bool(use.after)]
    name = Name(leaf(use.call), layer=use.layer)
    return ["the ", f"{use.part} of ", name] if use.part else [name]


def _trouble(use: FunctionUse) -> str:
    if use.dead > DEAD * use.units:
        return f"has {use.dead:,} dead of {plural(use.units, 'unit')}"
    if use.saturated > SATURATED * use.units:
        return f"has {use.saturated:,} saturated of {plural(use.units, 'unit')}"
    return f"is flat for {quantity(use.flat, 'share')} of its inputs"


def _stale(stats: ActivationStats) -> list[Span]:
    bad = [norm for norm in stats.norms if stale(norm)]
    if not bad:
        return []
    worst = max(bad, key=lambda norm: max(norm.off, norm.shifted))
    more = f" and {plural(len(bad) - 1, 'more layer')}" if len(bad) > 1 else ""
    return [
        "The moving statistics of ", Name(leaf(worst.call), layer=worst.layer), more, " ",
        Strong("do not fit the data"), ". ",
    ]  # fmt: skip


def _rest(stats: ActivationStats) -> list[Span]:
    """Say what is as it should be beside what is not."""
    fine = [use for use in stats.functions if use.flat is not None and not troubled(use)]
    if not fine:
        return []
    halves = [use for use in fine if use.name == "relu"]
    if len(halves) == len(fine) and all(HALF[0] <= (use.flat or 0) <= HALF[1] for use in fine):
        return [f"The other {_number(fine, 'layer')} about half on."]
    return [f"The other {_number(fine, 'activation')} neither dead nor saturated."]


def _number(uses: Sequence[FunctionUse], noun: str) -> str:
    return f"{noun} is" if len(uses) == 1 else f"{len(uses):,} {noun}s are"


def _healthy(stats: ActivationStats) -> Text:
    known = [use for use in stats.functions if use.flat is not None]
    rectified = [use for use in known if use.name == "relu"]
    if rectified and all(HALF[0] <= (use.flat or 0) <= HALF[1] for use in rectified):
        dead = sum(use.dead for use in rectified)
        told = "no unit is dead" if not dead else f"{plural(dead, 'unit is', 'units are')} dead"
        return f"ReLU is used as it should be, about half on; {told}."
    if known and not any(use.dead or use.saturated for use in known):
        return f"No unit is dead or saturated in {plural(len(known), 'activation')}."
    counts = [(sum(use.dead for use in known), "dead"), (sum(use.saturated for use in known), "saturated")]
    few = [f"{count:,} {word}" for count, word in counts if count]
    if few:
        units = sum(use.units for use in known)
        return f"Few units are idle: {' and '.join(few)} of {units:,} in {plural(len(known), 'activation')}."
    if not stats.outputs:
        return "No layer is seen at work: a call that is a tf.function of its own hides what happens in it."
    shown = [one for one in stats.outputs if one.main]
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
        return f"{name}: {worded(worst.dead)} of {plural(worst.units, 'unit')} of {leaf(worst.place)} never come alive"
    saturated = [use for use in flat if use.saturated > SATURATED * use.units]
    if saturated:
        worst = max(saturated, key=lambda use: use.saturated / use.units)
        return f"{name}: {leaf(worst.place)} hardly lands where the curve is steep"
    mostly = [use for use in flat if (use.flat or 0) > MOSTLY_FLAT]
    if mostly:
        return f"{name}: {leaf(mostly[0].place)} has drifted into the flat part"
    low, high = min(use.flat or 0 for use in flat), max(use.flat or 0 for use in flat)
    part = "parts" if len(curve.flats) > 1 else "part"
    if high < HARDLY:
        return f"{name}: {'hardly any' if high else 'no'} input lies in the flat {part}"
    if len(flat) == 1 or quantity(low, "share") == quantity(high, "share"):
        return f"{name}: {quantity(high, 'share')} of the inputs in the flat {part}"
    return f"{name}: {_percent(low)}–{quantity(high, 'share')} of the inputs in the flat {part}"


def beside(use: FunctionUse, curve: Curve) -> str:
    """Return what is written beside a layer's name in the picture: share in flat parts, dead or saturated units."""
    if not curve.flats or use.flat is None:
        return ""
    part = "parts" if len(curve.flats) > 1 else "part"
    count, word = (use.saturated, "saturated") if use.saturated else (use.dead, "dead")
    units = f", {count:,} of {plural(use.units, 'unit')} {word}" if count and troubled(use) else ""
    return f"{quantity(use.flat, 'share')} in the flat {part}{units}"


def shares_title(uses: Sequence[FunctionUse]) -> str:
    """Return the title of the picture of all softmaxes."""
    noun = "softmax"
    known = [use for use in uses if use.shares is not None]
    if len(known) != 1 or known[0].shares is None:
        return f"{noun}: how large the largest share is"
    sure = known[0].shares.sure
    if sure >= SURE:
        return f"{noun}: sure of itself, the largest share is {quantity(sure, 'share')} on average"
    return f"{noun}: the largest share is {quantity(sure, 'share')} on average"


def _percent(share: float) -> str:
    return quantity(share, "share").partition(NARROW)[0]


def depth_title(outputs: Sequence[LayerOutput]) -> str:
    """Return the title of the chart over depth."""
    spread = [(one, one.std) for one in outputs if one.std]
    if len(spread) < 2:
        return "Outputs over depth"
    least, most = min(spread, key=lambda pair: pair[1]), max(spread, key=lambda pair: pair[1])
    ratio = most[1] / least[1]
    if ratio < STEADY:
        return "Outputs over depth: their spread stays within a factor of 3"
    wide, narrow = leaf(most[0].call), leaf(least[0].call)
    return f"Outputs over depth: spread {quantity(ratio)} times larger in {wide} than in {narrow}"


def norms_summary(norms: Sequence[NormFit]) -> str:
    """Return whether moving statistics fit the data, in one line."""
    bad = [norm for norm in norms if stale(norm)]
    if bad:
        return f"the moving statistics of {plural(len(bad), 'layer')} of {len(norms):,} do not fit the data"
    low, high = min(norm.ratios[1] for norm in norms), max(norm.ratios[1] for norm in norms)
    if quantity(low) == quantity(high) == "1":
        return "the data's variance equals the moving variance in the median channel"
    if quantity(low) == quantity(high):
        return f"the data's variance is {quantity(low)} times the moving variance in the median channel"
    return f"the data's variance is {quantity(low)} to {quantity(high)} times the moving variance in the median channel"
