"""What is said of the cost, from numbers alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kreport.analyzers._cost.sentences import held, latency_title, lede, method, on, split_title, spread
from kreport.analyzers._cost.stats import ClassTime, CostStats, Split
from kreport.document.numbers import NARROW
from kreport.document.text import plain
from kreport.inputs.environment import Machine
from kreport.probes.pass_memory import PassMemory
from kreport.probes.prediction_cost import TimedCalls

CPU = Machine(processor="Xeon", cores=2, memory_bytes=8_000_000_000)
UNTOLD = PassMemory(tensor_bytes=None, device="CPU", process_bytes=None)


def calls(size: int, seconds: float, count: int = 200) -> TimedCalls:
    return TimedCalls(size=size, seconds=np.full(count, seconds))


def stats(*batches: TimedCalls, fixed: bool = False, memory: PassMemory = UNTOLD) -> CostStats:
    return CostStats(batches=batches, fixed=fixed, memory=memory, machine=CPU, split=Split())


def said(value: object) -> str:
    return plain(value).replace(NARROW, " ")


def test_the_lede_tells_latency_throughput_and_machine() -> None:
    told = said(lede(stats(calls(1, 0.0015), calls(32, 0.004))))
    assert told == (
        "1.50 ms for one sample, 8.0 k samples per second in batches of 32, on Xeon, 2 cores, 8.0 GB of memory."
    )


def test_the_lede_of_a_single_batch_size() -> None:
    assert said(lede(stats(calls(1, 2.0, 1)))).startswith("2 s for one sample, on Xeon")
    told = said(lede(stats(calls(16, 0.002), fixed=True)))
    assert told.startswith("2 ms for a batch of 16, 8.0 k samples per second, on Xeon")


def test_a_machine_is_what_computes_first() -> None:
    bare = Machine(processor="arm64", cores=1, memory_bytes=None)
    assert said(on(bare)) == "arm64, 1 core"
    assert said(on(replace(bare, gpu="2 × T4"))) == "2 × T4 (host: arm64, 1 core)"


def test_a_band_needs_enough_calls() -> None:
    many = TimedCalls(size=1, seconds=np.linspace(0.001, 0.101, 101))
    assert said(spread(many)) == "6 ms to 96 ms in 90 % of 101 calls"
    assert said(spread(TimedCalls(size=1, seconds=np.array([0.25, 0.5])))) == "250 ms to 500 ms in 2 calls"
    assert spread(calls(1, 2.0, 1)) == "a single call"
    assert said(latency_title(calls(32, 0.004))).startswith("A batch of 32: 4 ms, ")


def test_whose_memory_it_is() -> None:
    assert held(UNTOLD)[0].startswith("not measured: ")
    process = held(replace(UNTOLD, process_bytes=800_000_000))
    assert process[0] == "resident at the peak, whole process"
    both = held(PassMemory(tensor_bytes=5_000_000, device="GPU", process_bytes=800_000_000))
    assert [said(line) for line in both] == [
        "tensors on the GPU, at the peak of a call", "800.0 MB resident, whole process",
    ]  # fmt: skip


def test_slow_calls_and_what_was_not_tried_are_told() -> None:
    told = dict(method(stats(calls(1, 0.3, 17), calls(8, 1.2, 1))))
    assert told["Calls"] == (
        "every one after three that warm up (one sample: only those of 5 s)"
        " (a batch of 8: only one, as it takes more than 1 s)"
    )
    assert "5 s" in told["Batch of 32"]
    fast = dict(method(stats(calls(1, 0.001), calls(32, 0.01))))
    assert fast["Calls"] == "every one after three that warm up"
    assert "Batch of 32" not in fast
    assert "Batch of 32" not in dict(method(stats(calls(16, 0.01), fixed=True)))


@pytest.mark.parametrize(
    ("seconds", "title"),
    [
        ((3.0, 1.0), "Dense takes 75.0 % of an eager pass"),
        ((1.0, 0.9, 0.9), "An eager pass by class of layer"),
        ((1.0,), "An eager pass by class of layer"),
    ],
)
def test_a_class_is_named_where_it_takes_most(seconds: tuple[float, ...], title: str) -> None:
    names = ("Dense", "ReLU", "Add")
    classes = tuple(
        ClassTime(class_name=name, kind="dense", layers=1, seconds=s) for name, s in zip(names, seconds, strict=False)
    )
    assert said(split_title(Split(classes=classes, samples=1, passes=1))) == title
