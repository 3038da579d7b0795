"""What the Cost section stores: timed calls by batch size, memory, and an eager pass split by class of layer."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from kreport.inputs.environment import Machine
from kreport.probes.graph import LayerGraph
from kreport.probes.layer_times import LayerTimes
from kreport.probes.pass_memory import PassMemory
from kreport.probes.prediction_cost import TimedCalls

LOW, HIGH = 0.05, 0.95
"""Quantiles that bound the band told of latencies: nine calls of ten lie within."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ClassTime:
    """Layers of one class in an eager pass.

    Attributes:
        class_name: theirs; kind: see :class:`kreport.probes.graph.Layer`.
        layers: how many were called.
        seconds: of all of them together, median over the passes of each.
    """

    class_name: str
    kind: str
    layers: int
    seconds: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Split:
    """An eager pass by class of layer.

    Attributes:
        classes: the one that takes longest first; () where that was not measured.
        samples: in a pass; passes: timed ones.
        missing: why there are none; "" where there are.
    """

    classes: tuple[ClassTime, ...] = ()
    samples: int = 0
    passes: int = 0
    missing: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class CostStats:
    """The measurement of the section.

    Attributes:
        batches: timed calls of the traced model by batch size, smallest first.
        fixed: whether the model is made for batches of one size.
        memory: of one call with the largest batch.
        machine: on which all of this was measured.
        split: where the time of an eager pass goes.
    """

    batches: tuple[TimedCalls, ...]
    fixed: bool
    memory: PassMemory
    machine: Machine
    split: Split


def latency(calls: TimedCalls) -> float:
    """Return the median time of a call, seconds."""
    return float(np.median(calls.seconds))


def band(calls: TimedCalls) -> tuple[float, float]:
    """Return the 5 and 95 % quantiles of the time of a call, seconds, over every timed call."""
    low, high = np.quantile(calls.seconds, [LOW, HIGH])
    return float(low), float(high)


def throughput(stats: CostStats) -> float:
    """Return samples per second in calls of the largest batch, at their median time."""
    return stats.batches[-1].size / latency(stats.batches[-1])


def split_of(times: LayerTimes | None, graph: LayerGraph | None) -> Split:
    """Return the times of layers summed by class."""
    if times is None or graph is None or times.gap is not None or not times.layers:
        gap = None if times is None else times.gap
        return Split(missing="layers were not timed" if gap is None else gap.reason)
    known = {layer.id: layer for layer in graph.layers}
    seconds: dict[tuple[str, str], list[float]] = defaultdict(list)
    for one in times.layers:
        layer = known.get(one.layer, graph.root)  # the model's own time stands under its own class
        seconds[layer.class_name, layer.kind].append(one.seconds)
    classes = [
        ClassTime(class_name=name, kind=kind, layers=len(each), seconds=sum(each))
        for (name, kind), each in seconds.items()
    ]
    return Split(
        classes=tuple(sorted(classes, key=lambda one: -one.seconds)), samples=times.samples, passes=times.passes
    )
