"""Latency, band and throughput equal NumPy's; times of layers are summed by class."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays

from kreport.analyzers._cost.stats import CostStats, Split, band, latency, split_of, throughput
from kreport.document.model import Gap
from kreport.inputs.environment import Machine
from kreport.probes.layer_times import LayerTime, LayerTimes
from kreport.probes.pass_memory import PassMemory
from kreport.probes.prediction_cost import TimedCalls


def stats(*batches: TimedCalls) -> CostStats:
    return CostStats(
        batches=batches, fixed=False, memory=PassMemory(tensor_bytes=None, device="CPU", process_bytes=None),
        machine=Machine(processor="CPU", cores=1, memory_bytes=None), split=Split(),
    )  # fmt: skip


def graph(**classes: tuple[str, str]) -> Any:
    layers = [SimpleNamespace(id=name, class_name=c, kind=kind) for name, (c, kind) in classes.items()]
    return SimpleNamespace(root=SimpleNamespace(id="", class_name="Sequential", kind="model"), layers=tuple(layers))


@given(arrays(np.float64, 20, elements={"min_value": 1e-6, "max_value": 9.0}))
def test_figures_are_those_of_numpy_over_every_call(seconds: Any) -> None:
    calls = TimedCalls(size=32, seconds=seconds)
    assert latency(calls) == np.median(seconds)
    assert band(calls) == pytest.approx(tuple(np.percentile(seconds, [5, 95])))
    first = TimedCalls(size=1, seconds=np.ones(20))
    assert throughput(stats(first, calls)) == pytest.approx(32 / np.median(seconds))


def test_layers_of_one_class_are_one_and_the_longest_is_first() -> None:
    layers = {"a": ("Dense", "dense"), "b": ("ReLU", "act"), "c": ("Dense", "dense")}
    times = LayerTimes(
        layers=tuple(LayerTime(layer=name, seconds=s) for name, s in (("a", 1.0), ("b", 2.5), ("c", 2.0), ("", 0.5))),
        samples=4, passes=3,
    )  # fmt: skip
    split = split_of(times, graph(**layers))
    assert [(one.class_name, one.kind, one.layers, one.seconds) for one in split.classes] == [
        ("Dense", "dense", 2, 3.0), ("ReLU", "act", 1, 2.5), ("Sequential", "model", 1, 0.5),
    ]  # fmt: skip
    assert (split.samples, split.passes, split.missing) == (4, 3, "")


def test_why_layers_were_not_timed_is_kept() -> None:
    gap = Gap("layer times", "a pass takes too long")
    assert split_of(LayerTimes(gap=gap), graph()).missing == "a pass takes too long"
    assert split_of(None, graph()).missing
