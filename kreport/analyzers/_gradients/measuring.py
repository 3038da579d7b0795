"""From what the sweep observed to the figures of the section."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kreport.analyzers._gradients.stats import (
    GradientStats,
    NoiseScale,
    OutputGradient,
    SampleLoss,
    VariableGradient,
)
from kreport.inputs.batches import Batches
from kreport.probes.graph import LayerGraph
from kreport.probes.observers.backflow import Backflow, CallGradient
from kreport.probes.observers.features import Features
from kreport.probes.observers.gradients import VariableGradient as Observed
from kreport.probes.observers.gradients import WeightGradients
from kreport.probes.sweep import Sweep
from kreport.tensors.distribution import LEVELS, distribution
from kreport.tensors.streaming import Stream

BINS = 28

FEWEST_BATCHES = 4
"""Fewer batches give no noise scale; a rule of thumb."""

NORMAL = 1.96
"""Standard errors of a 95 % interval."""

HARDEST = 10

HARD = 0.05
"""Share of the samples that are called the hardest."""


def measured(
    gradients: WeightGradients, backflow: Backflow | None, features: Features | None, graph: LayerGraph | None,
    sweep: Sweep, batches: Batches,
) -> GradientStats:  # fmt: skip
    """Return the measurement."""
    layers = {} if graph is None else {layer.id: layer for layer in graph.layers}
    kinds = {identity: layer.kind for identity, layer in layers.items()}
    parents = {layer.parent for layer in layers.values()}
    seen = {(g.layer, g.name) for g in gradients.gradients}
    frozen = tuple(
        (layer.id, v.name) for layer in layers.values() for v in layer.own
        if v.counts and not layer.trainable and (layer.id, v.name) not in seen
    )  # fmt: skip
    return GradientStats(
        variables=tuple(_variable(one, gradients.sizes, kinds) for one in gradients.gradients),
        frozen=frozen,
        outputs=() if backflow is None else tuple(_output(c, kinds, parents) for c in backflow.calls),
        inputs=() if backflow is None else tuple((_input_name(i, batches), rms(s)) for i, s in backflow.inputs),
        samples=gradients.samples,
        batches=len(gradients.sizes),
        batch_size=int(gradients.sizes.max()) if len(gradients.sizes) else 0,
        loss=float(np.average(gradients.losses, weights=gradients.sizes)) if len(gradients.sizes) else None,
        noise=noise_scale(gradients),
        sample_losses=None if features is None else _sample_losses(features),
        no_update=gradients.no_update,
        notes=sweep.notes,
    )


def _variable(one: Observed, sizes: NDArray[np.int64], kinds: dict[str, str]) -> VariableGradient:
    values = one.read() if one.connected else np.zeros(0, np.float32)
    found, _ = distribution(values, bins=BINS)
    known = one.connected and found.norm is not None and not (found.nan + found.inf)
    size = int(np.prod(one.variable.shape))
    full = one.squares[sizes == sizes.max()] if one.connected and len(sizes) else np.zeros(0)
    spread = np.sqrt(full / max(size, 1))
    peak = max(int(found.histogram.max(initial=0)), 1)
    return VariableGradient(
        layer=one.layer, name=one.name, kind=kinds.get(one.layer, "other"), shape=tuple(map(int, one.variable.shape)),
        connected=one.connected, size=size, nan=found.nan + found.inf, zeros=found.zeros,
        norm=found.norm if known else None, mean=found.mean if known else None, std=found.std if known else None,
        low=found.low if known else None, high=found.high if known else None,
        quantiles=found.quantiles if known else (),
        histogram=np.round(255 * found.histogram / peak).astype(np.uint8) if known else np.zeros(0, np.uint8),
        batches=(float(spread.min()), float(np.median(spread)), float(spread.max()))
        if known and len(spread) and np.isfinite(spread).all() else (),
        snr=signal_to_noise(found.norm, one.squares, sizes) if known and found.norm is not None else None,
        weight=_weight(one), update=one.update.change if one.update else None,
    )  # fmt: skip


def _weight(one: Observed) -> float | None:
    if one.update is not None:
        return one.update.weight
    values = np.asarray(one.variable.numpy(), np.float64).ravel()
    return float(np.sqrt(np.einsum("i,i->", values, values)))


def signal_to_noise(norm: float, squares: NDArray[np.float64], sizes: NDArray[np.int64]) -> float | None:
    """Return ‖ḡ‖ / √(mean ‖g_b − ḡ‖²) over batches; None with one batch or without any spread.

    ``ḡ`` is the mean gradient over all batches, weighted by size; mean ‖g_b − ḡ‖² = mean ‖g_b‖² − ‖ḡ‖².
    """
    if len(sizes) < 2:
        return None
    noise = float(np.average(squares, weights=sizes)) - norm**2
    return norm / float(np.sqrt(noise)) if noise > 0 else None


def noise_scale(gradients: WeightGradients) -> NoiseScale | None:
    """Return the simple noise scale from batches and from all of them; None with few batches.

    Unbiased estimates of |G|² and tr(Σ) from gradients over b and over B samples (McCandlish et al. 2018,
    arXiv:1812.06162, appendix A.1): |G|² = (B|g_B|² − b|g_b|²) / (B − b), tr(Σ) = (|g_b|² − |g_B|²) / (1/b − 1/B).
    The interval leaves out one batch at a time.
    """
    sizes = gradients.sizes
    if len(sizes) < FEWEST_BATCHES:
        return None
    full = sizes == sizes.max()
    connected = [one for one in gradients.gradients if one.connected]
    if full.sum() < FEWEST_BATCHES or not connected:
        return None
    by_batch = np.sum([one.squares for one in connected], 0)[full]
    small, big = float(sizes.max()), float(sizes.sum())
    whole = float(sum(np.einsum("i,i->", g, g) for one in connected for g in [one.read().ravel().astype(np.float64)]))

    def estimate(squares: NDArray[np.float64]) -> float | None:
        mean = float(squares.mean())
        true = (big * whole - small * mean) / (big - small)
        trace = (mean - whole) / (1 / small - 1 / big)
        return trace / true if true > 0 and trace > 0 and np.isfinite(trace / true) else None

    value = estimate(by_batch)
    left_out = [estimate(np.delete(by_batch, index)) for index in range(len(by_batch))]
    known = [one for one in left_out if one is not None]
    low = high = None
    if value is not None and len(known) == len(by_batch):
        error = float(np.sqrt((len(known) - 1) * np.var(known)))
        low, high = max(0.0, value - NORMAL * error), value + NORMAL * error
    return NoiseScale(value=value, low=low, high=high, batch_size=int(small), batches=len(by_batch))


def _output(call: CallGradient, kinds: dict[str, str], parents: set[str]) -> OutputGradient:
    kind = kinds.get(call.layer, "other")
    stream = call.stream
    return OutputGradient(
        call=call.call, layer=call.layer, kind=kind, inner=call.inner,
        container=call.layer in parents and kind in ("model", "other"), rms=None if stream is None else rms(stream),
        zeros=stream.fine.zeros / stream.size if stream is not None and stream.size else None,
        bad=0 if stream is None else stream.fine.nan + stream.fine.infinite,
    )  # fmt: skip


def rms(stream: Stream) -> float | None:
    """Return the root mean square of a stream; None where some values are not finite."""
    if stream.mean is None or stream.std is None:
        return None
    return float(np.sqrt(stream.mean**2 + stream.std**2))


def _input_name(index: int, batches: Batches) -> str:
    return batches.input_names[index] if index < len(batches.input_names) else f"input {index + 1}"


def _sample_losses(features: Features) -> SampleLoss | None:
    losses = features.losses
    if losses is None or not len(losses) or not np.isfinite(losses).all():
        return None
    order = np.argsort(-losses, kind="stable")
    hard = max(1, round(HARD * len(losses)))
    total = float(losses.sum())
    counts, _ = np.histogram(losses, bins=BINS)
    return SampleLoss(
        samples=len(losses), mean=float(losses.mean()), quantiles=tuple(float(q) for q in np.quantile(losses, LEVELS)),
        histogram=counts.astype(np.int64), low=float(losses.min()), high=float(losses.max()),
        hardest=tuple((int(features.index[i]), float(losses[i])) for i in order[:HARDEST]),
        share=float(losses[order[:hard]].sum()) / total if total > 0 else 0.0,
    )  # fmt: skip
