"""Sentences and titles of the Gradients section: pure functions of the measurement, else a neutral noun."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kreport.analyzers._gradients.stats import (
    GradientStats,
    NoiseScale,
    OutputGradient,
    OutputPull,
    SampleLoss,
    VariableGradient,
)
from kreport.analyzers._labels import leaf, variable_labels
from kreport.document.numbers import plural, quantity
from kreport.document.text import Name, Span, Strong, Text

VANISHING = 1e-3
"""Median of the first third over that of the last third below which the flow is said to vanish (RULES G01)."""

EXPLODING = 1e3
"""The same the other way round."""

ZEROS = 0.3
"""Share of exact zeros from which a kernel is named; a rule of thumb."""

FEWEST = 6
"""With fewer kernels there are no thirds to compare."""

EVEN = 10.0
"""Kernels within this factor of one another are called even; a rule of thumb."""

FAR = 10.0
"""So many times the batch size the noise scale is called far from it; a rule of thumb."""

HALF = 0.5
"""The hardest 5 % of the samples are named when they carry more of the loss than this; a rule of thumb."""

APART = 100.0
"""One loss dominates when its gradient is so many times another's (RULES G06)."""


def lede(stats: GradientStats) -> Text:
    """Return the section's sentence: what is not finite, cut off or exactly zero first."""
    if not stats.variables:
        return "What speaks for single predictions. Gradients of weights are not measured."
    bad = next((v for v in stats.variables if v.nan), None)
    if bad is not None:
        name = Name(f"{bad.layer}/{bad.name}", layer=bad.layer)
        return (Strong("Gradients are not finite"), ": ", name, f" has {bad.nan:,} such values of {bad.size:,}.")
    spans = [*_cut_off(stats), *_dead(stats)]
    flow = "" if len(stats.optimizers) > 1 else flow_of(stats)
    if flow:
        spans += [Strong(flow), ". "]
    spans += _zeros(stats, first=not spans)
    if spans:
        return (*spans[:-1], str(spans[-1]).rstrip())
    every = plural(len(stats.variables), "trainable variable")
    return f"Gradients reach {'the only trainable variable' if len(stats.variables) == 1 else f'all {every}'}."


def _cut_off(stats: GradientStats) -> list[Span]:
    cut = [v for v in stats.variables if not v.connected]
    if not cut:
        return []
    count = plural(len(cut), "variable gets", "variables get")
    layers = list(dict.fromkeys(v.layer for v in cut))
    more = f" and {plural(len(layers) - 1, 'other layer')}" if len(layers) > 1 else ""
    return [Strong(f"{count} no gradient"), ": ", _name(cut[0]), f"{more}. "]


def _dead(stats: GradientStats) -> list[Span]:
    dead = [v for v in stats.variables if v.connected and v.size and v.zeros == v.size]
    if not dead:
        return []
    count = plural(len(dead), "variable has", "variables have")
    return [Strong(f"{count} gradients of exactly 0"), " everywhere: ", _name(dead[0]), ". "]


def _zeros(stats: GradientStats, *, first: bool) -> list[Span]:
    zero = [v for v in dense_kernels(stats) if ZEROS * v.size < v.zeros < v.size]
    if not zero:
        return []
    most = max(zero, key=lambda v: v.zeros / v.size)
    start = "Gradients reach every variable, but " if first else "And "
    share = Strong(f"{quantity(most.zeros / most.size, 'share')} of those of ")
    return [start, share, _name(most), Strong(" are exactly zero"), "."]


def _name(v: VariableGradient) -> Name:
    return Name(leaf(v.layer) or v.name, layer=v.layer)


def counted(stats: GradientStats) -> str:
    """Return ``16 batches of 32 samples``."""
    if stats.batches == 1:
        return f"one batch of {plural(stats.samples, 'sample')}"
    return f"{plural(stats.batches, 'batch', 'batches')} of {plural(stats.batch_size, 'sample')}"


def kernels(stats: GradientStats) -> list[VariableGradient]:
    """Return the connected kernels and embeddings, in the model's order."""
    return [v for v in stats.variables if v.matrix and v.connected and v.rms is not None]


def dense_kernels(stats: GradientStats) -> list[VariableGradient]:
    """Return the kernels without the embeddings: rows of tokens that did not occur have no gradient."""
    return [v for v in kernels(stats) if v.kind != "embed"]


def typical(v: VariableGradient) -> float:
    """Return the median root mean square of single batches' gradients, or that of their mean."""
    return (v.batches[1] if v.batches else v.rms) or 0.0


def flow_of(stats: GradientStats) -> str:
    """Return whether gradients vanish or explode towards the input; "" where they do neither."""
    found = [typical(v) for v in dense_kernels(stats)]
    third = len(found) // 3
    if len(found) < FEWEST:
        return ""
    first, last = float(np.median(found[:third])), float(np.median(found[-third:]))
    if last > 0 and first < VANISHING * last:
        times = f"{quantity(last / first)} times smaller there" if first else "to nothing"
        return f"Gradients vanish towards the input, {times}"
    if last > 0 and first > EXPLODING * last:
        return f"Gradients explode towards the input, {quantity(first / last)} times larger there"
    return ""


def flow_title(stats: GradientStats) -> str:
    """Return the title of the chart of kernels."""
    known = [v for v in dense_kernels(stats) if typical(v) > 0]
    names = dict(zip(map(id, known), variable_labels([(v.layer, v.name) for v in known]), strict=True))
    if len(known) < 2:
        return "Gradient flow"
    if len(stats.optimizers) < 2 and (flow := flow_of(stats)):
        return f"Flow: {flow[0].lower()}{flow[1:]}"
    most, least = max(known, key=typical), min(known, key=typical)
    ratio = typical(most) / typical(least)
    if ratio < EVEN:
        return f"Flow: all kernels within a factor of {quantity(float(f'{ratio:.2g}'))}"
    return f"Flow: largest in {names[id(most)]}, smallest in {names[id(least)]}"


def backflow_title(found: Sequence[OutputGradient]) -> str:
    """Return the title of the chart of ∂L/∂a."""
    known = [one for one in found if one.rms]
    if len(known) < 2:
        return "Signal that comes back"
    ratio = (known[0].rms or 0.0) / (known[-1].rms or 1.0)
    if ratio < VANISHING:
        return f"Signal that comes back: {quantity(1 / ratio)} times weaker at the input than at the output"
    if ratio > EXPLODING:
        return f"Signal that comes back: {quantity(ratio)} times stronger at the input than at the output"
    return "Signal that comes back: it reaches the input"


def noise_text(noise: NoiseScale) -> Text:
    """Return what the noise scale says about the batch size: a step makes 1 / (1 + scale / b) of the progress.

    McCandlish et al. 2018, arXiv:1812.06162, section 2.
    """
    size = noise.batch_size
    over = f"{plural(noise.batches, 'batch', 'batches')} of {size:,}"
    if noise.value is not None and noise.low is not None and noise.high is not None:
        said = Strong(f"Noise scale {quantity(noise.value, 'count')} samples")
        interval = f" (95 % interval {quantity(noise.low, 'count')}–{quantity(noise.high, 'count')}, from {over}): "
        return (said, interval, _verdict(noise.value, size), ".")
    if noise.low is not None and noise.low > FAR * size:
        return (Strong(f"Noise scale above {quantity(noise.low, 'count')} samples"), f", from {over}: {_far(size)}.")
    if noise.high is not None and noise.high < size / FAR:
        return (Strong(f"Noise scale below {quantity(noise.high, 'count')} samples"), f", from {over}: {_near(size)}.")
    if noise.high is not None:
        return (
            Strong(f"Noise scale below {quantity(noise.high, 'count')} samples"),
            f", not to be told closer from {over}.",
        )
    least = f" above {quantity(noise.low, 'count')} samples" if noise.low is not None else ""
    return (
        Strong(f"Noise scale{least}"),
        f", not to be told closer: over {over} the true gradient does not stand out from the noise.",
    )


def _verdict(scale: float, size: int) -> str:
    progress = f"a step with {size:,} samples makes {quantity(1 / (1 + scale / size), 'share')} of the progress"
    if scale > FAR * size:
        return f"{_far(size)}; {progress} of one without noise"
    if scale < size / FAR:
        return _near(size)
    return f"of the order of batches of {size:,}; {progress} of one without noise"


def _near(size: int) -> str:
    return f"far below batches of {size:,}, so that smaller ones would learn as much from each step, for less"


def _far(size: int) -> str:
    return f"far above batches of {size:,}, so that larger ones (or accumulation) would make better use of each step"


def losses_title(losses: SampleLoss) -> str:
    """Return the title of the histogram of losses."""
    if losses.share > HALF:
        return f"Loss per sample: the hardest 5 % carry {quantity(losses.share, 'share')} of it"
    return "Loss per sample"


def pulls_title(pulls: Sequence[OutputPull]) -> Text:
    """Return which loss dominates at the weights that several share, where one does."""
    most, least = max(pulls, key=lambda one: one.norm), min(pulls, key=lambda one: one.norm)
    if most.norm > APART * least.norm:
        times = f"{quantity(most.norm / least.norm)} times as hard as" if least.norm else "and not"
        return (Name(most.name), f" pulls {times} ", Name(least.name), " at the weights they share")
    return "Losses at the weights they share"


def updates_text(stats: GradientStats) -> Text:
    """Return how large the steps would be."""
    known = [v.update_ratio for v in kernels(stats) if v.update_ratio is not None]
    if not known:
        return f"Next step not measured: {stats.no_update}." if stats.no_update else ""
    low, middle, high = min(known), float(np.median(known)), max(known)
    what = "optimizer" if len(stats.optimizers) < 2 else "optimizers"
    notes = "".join(f"; {note}" for note in stats.update_notes)
    reach = f" of their norm ({quantity(low)} to {quantity(high)}; 1e-3 is a rule of thumb). "
    how = f"Rehearsed on copies with the gradient of the first batch{notes}."
    said = Strong(f"would change kernels by a median of {quantity(middle)}")
    return (f"The next step of the {what} ", said, reach + how)
