"""From what the sweep observed of the backward pass to the figures of the section."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np

from kreport.analyzers._gradients.stats import (
    GradientStats,
    LayerGradient,
    NoiseScale,
    OutputGradient,
    OutputPull,
    VariableGradient,
)
from kreport.inputs.batches import Batches
from kreport.probes.graph import LayerGraph
from kreport.probes.observers.backflow import Backflow, CallGradient
from kreport.probes.observers.gradients import VariableGradient as Observed
from kreport.probes.observers.gradients import WeightGradients
from kreport.probes.output_losses import OutputLosses
from kreport.tensors.distribution import distribution
from kreport.tensors.noise import SignalNoise, signal_and_noise

BINS = 28

PROBABILITIES = frozenset({"softmax", "sigmoid", "hard_sigmoid"})
"""Functions at the end of a model behind which Keras keeps the logits, by their names and those of their layers."""

FEWEST_BATCHES = 8
"""Fewer batches give no noise scale: the error of an estimate from them is itself not known; a rule of thumb."""


def of_weights(gradients: WeightGradients, graph: LayerGraph | None) -> GradientStats:
    """Return what the gradients of variables say; each is read once and let go."""
    kinds = {} if graph is None else {layer.id: layer.kind for layer in graph.layers}
    sizes = gradients.sizes
    usual = int(sizes.max(initial=0))
    finite = sizes[np.isfinite(gradients.losses)]
    names = (one.optimizer for one in gradients.gradients if one.optimizer)
    return GradientStats(
        variables=tuple(_variable(one, usual, kinds) for one in gradients.gradients),
        layers=tuple(_layers(gradients.gradients, usual)),
        frozen=gradients.frozen,
        samples=gradients.samples,
        batches=len(sizes),
        batch_size=usual,
        loss=float(np.average(gradients.losses, weights=sizes)) if len(finite) == len(sizes) > 0 else None,
        noise=noise_scale(gradients),
        no_update=gradients.no_update,
        update_notes=gradients.update_notes,
        recorded=gradients.recorded,
        optimizers=tuple(dict.fromkeys(names)),
    )


def _variable(one: Observed, usual: int, kinds: dict[str, str]) -> VariableGradient:
    values = one.read() if one.connected else np.zeros(0, np.float32)
    found, _ = distribution(values, bins=BINS)
    known = one.connected and found.norm is not None and not (found.nan + found.inf)
    size = int(np.prod(one.variable.shape))
    peak = max(int(found.histogram.max(initial=0)), 1)
    return VariableGradient(
        layer=one.layer, name=one.name, kind=kinds.get(one.layer, "other"), shape=tuple(map(int, one.variable.shape)),
        connected=one.connected, optimizer=one.optimizer, size=size, nan=found.nan + found.inf, zeros=found.zeros,
        norm=found.norm if known else None, mean=found.mean if known else None, std=found.std if known else None,
        low=found.low if known else None, high=found.high if known else None,
        quantiles=found.quantiles if known else (),
        histogram=np.round(255 * found.histogram / peak).astype(np.uint8) if known else np.zeros(0, np.uint8),
        batches=_range(one, size) if known else (), snr=_ratio([one], usual) if known else None,
        weight=_weight(one), update=one.update.change if one.update else None,
    )  # fmt: skip


def _range(one: Observed, size: int) -> tuple[float, ...]:
    """Return least, median and largest root mean square of the gradients of full batches."""
    full = one.squares[one.sizes == one.sizes.max()]
    if not size or not np.isfinite(full).all():
        return ()
    spread = np.sqrt(full / size)
    return float(spread.min()), float(np.median(spread)), float(spread.max())


def _weight(one: Observed) -> float | None:
    if one.update is not None:
        return one.update.weight
    values = np.asarray(one.variable.numpy(), np.float64).ravel()
    return float(np.sqrt(np.einsum("i,i->", values, values)))


def _layers(variables: Sequence[Observed], usual: int) -> Iterator[LayerGradient]:
    for layer, members in groupby(variables, key=lambda one: one.layer):
        connected = [one for one in members if one.connected]
        if connected and (found := _together(connected)) is not None:
            samples = float(connected[0].sizes.sum())
            whole = found.signal * (1 - float(np.square(connected[0].sizes / samples).sum()))
            own = sum(float(np.square(one.sizes / samples) @ one.squares) for one in connected)
            yield LayerGradient(layer=layer, norm=float(np.sqrt(max(whole + own, 0.0))), snr=found.ratio(usual))


def _ratio(variables: Sequence[Observed], usual: int) -> float | None:
    found = _together(variables)
    return None if found is None else found.ratio(usual)


def _together(variables: Sequence[Observed]) -> SignalNoise | None:
    """Return signal and noise of variables as one vector; None where batches differ from one to another."""
    sizes = variables[0].sizes
    if any(len(one.sizes) != len(sizes) for one in variables):
        return None
    squares, crosses = (np.sum([getattr(one, name) for one in variables], 0) for name in ("squares", "crosses"))
    return signal_and_noise(squares, crosses, sizes)


def noise_scale(gradients: WeightGradients) -> NoiseScale | None:
    """Return the simple noise scale over all variables; None with few batches, or where several optimizers step."""
    connected = [one for one in gradients.gradients if one.connected]
    if len(gradients.sizes) < FEWEST_BATCHES or not connected or len({one.optimizer for one in connected}) > 1:
        return None
    found = _together(connected)
    if found is None:
        return None
    low, high = found.interval
    return NoiseScale(
        value=found.scale, low=low, high=high, batch_size=int(gradients.sizes.max()), batches=len(gradients.sizes)
    )


def of_calls(backflow: Backflow, graph: LayerGraph | None) -> tuple[OutputGradient, ...]:
    """Return ∂L/∂a of every call."""
    layers = () if graph is None else graph.layers
    kinds = {layer.id: layer.kind for layer in layers}
    parents = {layer.parent for layer in layers}
    return tuple(_output(call, kinds.get(call.layer, "other"), parents) for call in backflow.calls)


def _output(one: CallGradient, kind: str, parents: set[str]) -> OutputGradient:
    found = one.strength
    return OutputGradient(
        call=one.call, layer=one.layer, kind=kind, inner=one.inner,
        container=one.layer in parents and kind in ("model", "other"), rms=None if found is None else found.rms,
        zeros=None if found is None or not found.size else found.zeros / found.size,
        bad=0 if found is None else found.bad,
    )  # fmt: skip


def of_inputs(backflow: Backflow, batches: Batches) -> tuple[tuple[str, float | None], ...]:
    """Return the root mean square of ∂L/∂x of every float input."""
    return tuple((_input_name(index, batches), found.rms) for index, found in backflow.inputs)


def _input_name(index: int, batches: Batches) -> str:
    return batches.input_names[index] if index < len(batches.input_names) else f"input {index + 1}"


def ends_in_probabilities(graph: LayerGraph | None) -> bool:
    """Tell whether a softmax or sigmoid makes an output, or may do so."""
    if graph is None or not graph.outputs:
        return True
    ends = {call.layer for call in graph.calls if call.id in graph.outputs}
    last = [layer for layer in graph.layers if layer.id in ends]
    return not last or any(
        layer.activation in PROBABILITIES or layer.class_name.lower() in PROBABILITIES or layer.operation
        or layer.kind in ("model", "other")
        for layer in last
    )  # fmt: skip


def of_losses(found: OutputLosses | None) -> tuple[OutputPull, ...]:
    """Return how strongly each loss pulls at what several reach; () where they share nothing."""
    if found is None or not found.shared:
        return ()
    return tuple(OutputPull(name=one.name, weight=one.weight, value=one.value, norm=one.norm) for one in found.losses)
