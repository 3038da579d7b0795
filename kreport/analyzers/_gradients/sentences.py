"""What the gradients say, in sentences: pure functions of the measurement, with a neutral noun as the way out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kreport.analyzers._gradients.stats import GradientStats, NoiseScale, OutputGradient, SampleLoss, VariableGradient
from kreport.analyzers._labels import leaf
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

MOST_OF_IT = 0.5
"""Share of the summed loss from which the hardest 5 % of the samples are named; a rule of thumb."""

USUAL = (1e-5, 1e-1)
"""Update over weight outside of which a step is called too small or too large (RULES G04; 1e-3 is a rule of thumb)."""


def lede(stats: GradientStats) -> Text:
    """Return the section's sentence: what is not finite, cut off or exactly zero first."""
    bad = next((v for v in stats.variables if v.nan), None)
    if bad is not None:
        name = Name(f"{bad.layer}/{bad.name}", layer=bad.layer)
        return (Strong("Gradients are not finite"), ": ", name, f" has {bad.nan:,} such values of {bad.size:,}.")
    spans: list[Span] = []
    cut_off = [v for v in stats.variables if not v.connected]
    if cut_off:
        count = plural(len(cut_off), "variable gets", "variables get")
        spans += [Strong(f"{count} no gradient"), ": ", _name(cut_off[0]), ". "]
    flow = _flow(kernels(stats))
    if flow:
        spans += [Strong(flow), ". "]
    zero = [v for v in kernels(stats) if v.zeros > ZEROS * v.size]
    if zero:
        most = max(zero, key=lambda v: v.zeros / v.size)
        start = "Gradients reach every variable, but " if not spans else "And "
        spans += [start, Strong(f"{quantity(most.zeros / most.size, 'share')} of those of "), _name(most)]
        spans += [Strong(" are exactly zero"), "."]
    if not spans:
        return f"Gradients reach all {plural(len(stats.variables), 'trainable variable')}, over {counted(stats)}."
    return tuple(spans)


def _name(v: VariableGradient) -> Name:
    return Name(leaf(v.layer) or v.name, layer=v.layer)


def counted(stats: GradientStats) -> str:
    """Return ``16 batches of 32 samples``."""
    if stats.batches == 1:
        return f"one batch of {plural(stats.samples, 'sample')}"
    return f"{plural(stats.batches, 'batch', 'batches')} of {stats.batch_size:,} samples"


def kernels(stats: GradientStats) -> list[VariableGradient]:
    """Return the connected kernels and embeddings, in the model's order."""
    return [v for v in stats.variables if v.matrix and v.connected and v.rms is not None]


def _flow(found: Sequence[VariableGradient]) -> str:
    third = len(found) // 3
    if len(found) < FEWEST:
        return ""
    first = float(np.median([v.rms or 0.0 for v in found[:third]]))
    last = float(np.median([v.rms or 0.0 for v in found[-third:]]))
    if last > 0 and first < VANISHING * last:
        times = f"{quantity(last / first)} times smaller" if first else "nothing is left"
        return f"Gradients vanish towards the input, {times} there"
    if last > 0 and first > EXPLODING * last:
        return f"Gradients explode towards the input, {quantity(first / last)} times larger there"
    return ""


def flow_title(found: Sequence[VariableGradient]) -> str:
    """Return the title of the chart of kernels."""
    known = [v for v in found if v.rms]
    if len(known) < 2:
        return "Gradient flow"
    flow = _flow(known)
    if flow:
        return f"Flow: {flow[0].lower()}{flow[1:]}"
    most, least = max(known, key=lambda v: v.rms or 0), min(known, key=lambda v: v.rms or 0)
    return f"Flow: largest in {leaf(most.layer)}, smallest in {leaf(least.layer)}"


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


def noise_text(noise: NoiseScale, stats: GradientStats) -> Text:
    """Return what the noise scale says about the batch size."""
    if noise.value is None:
        return (
            Strong("Noise scale: not to be told."),
            f" Over {counted(stats)} the true gradient cannot be told from noise; pass more samples (max_samples=).",
        )
    interval = ""
    if noise.low is not None and noise.high is not None:
        interval = f" ({quantity(noise.low)}–{quantity(noise.high)})"
    size = noise.batch_size
    if noise.value > 10 * size:
        says = f"far above batches of {size:,}: larger ones (or accumulation) would make better use of each step."
    elif noise.value < size / 10:
        says = f"far below batches of {size:,}: smaller ones would learn as much from each step, for less."
    else:
        says = f"of the order of batches of {size:,}: they neither waste samples nor drown in noise."
    return (Strong(f"Noise scale {quantity(noise.value)} samples"), f"{interval}, {says}")


def losses_title(losses: SampleLoss) -> str:
    """Return the title of the histogram of losses."""
    if losses.share > MOST_OF_IT:
        return f"Loss per sample: 5 % of the samples carry {quantity(losses.share, 'share')} of it"
    return "Loss per sample"


def updates_text(stats: GradientStats) -> Text:
    """Return how large the steps would be."""
    known = [v.update_ratio for v in kernels(stats) if v.update_ratio is not None]
    if not known:
        return stats.no_update and f"Update ratios are not measured: {stats.no_update}."
    low, middle, high = min(known), float(np.median(known)), max(known)
    spans: list[Span] = [
        "The optimizer's next step would change kernels by a median of ", Strong(quantity(middle)),
        f" of their norm ({quantity(low)} to {quantity(high)}; 1e-3 is a rule of thumb).",
    ]  # fmt: skip
    return tuple(spans)
