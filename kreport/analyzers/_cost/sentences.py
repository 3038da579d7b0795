"""The sentences of the Cost section: pure functions of what was measured."""

from __future__ import annotations

from collections.abc import Iterator

from kreport.analyzers._cost.stats import CostStats, Split, band, latency, throughput
from kreport.document.numbers import plural, quantity
from kreport.document.text import Strong, Text
from kreport.inputs.environment import Machine
from kreport.probes.pass_memory import PassMemory
from kreport.probes.prediction_cost import BATCH, FEWEST, PATIENCE, SECONDS, TimedCalls

MOST_OF_IT = 0.5
"""Share of an eager pass from which one class of layer is named in the title."""

METHOD = (
    ("Pass", "traced graph, inference, no XLA"),
    ("Timed", "from arrays to arrays"),
    ("Left out", "what model.predict does around it"),
    ("Samples", "of the data, repeated to fill a batch"),
)
"""Said of every measurement: what, and how."""


def lede(stats: CostStats) -> Text:
    """Return the section's sentence: latency, throughput, where."""
    first, last = stats.batches[0], stats.batches[-1]
    rate = f", {quantity(throughput(stats), 'count')} samples per second"
    if last is not first:
        rate += f" in batches of {last.size}"
    elif first.size == 1:
        rate = ""
    return (
        Strong(f"{quantity(latency(first), 'seconds')} for {batch_words(first)}{rate}"),
        f", on {on(stats.machine)}.",
    )


def batch_words(calls: TimedCalls) -> str:
    """Return ``one sample``, ``a batch of 32``."""
    return "one sample" if calls.size == 1 else f"a batch of {calls.size}"


def on(machine: Machine) -> str:
    """Return the machine in words: what computes first."""
    cpu = f"{machine.processor}, {plural(machine.cores, 'core')}"
    if machine.memory_bytes is not None:
        cpu += f", {quantity(machine.memory_bytes, 'bytes')} of memory"
    return f"{machine.gpu} (host: {cpu})" if machine.gpu else cpu


def spread(calls: TimedCalls) -> str:
    """Return how far the times of calls lie apart, in words: a band where there are enough of them."""
    if len(calls.seconds) == 1:
        return "a single call"
    few = len(calls.seconds) < FEWEST
    low, high = (float(calls.seconds.min()), float(calls.seconds.max())) if few else band(calls)
    which = plural(len(calls.seconds), "call") if few else f"90 % of {plural(len(calls.seconds), 'call')}"
    return f"{quantity(low, 'seconds')} to {quantity(high, 'seconds')} in {which}"


def latency_title(calls: TimedCalls) -> str:
    """Return the title of the times of single calls."""
    words = batch_words(calls)
    return f"{words[:1].upper()}{words[1:]}: {quantity(latency(calls), 'seconds')}, {spread(calls)}"


def held(memory: PassMemory) -> tuple[str, ...]:
    """Return the lines beneath the memory: whose it is, and that of the process where the figure is another one."""
    if memory.tensor_bytes is None:
        if memory.process_bytes is None:
            return ("not measured: neither TensorFlow nor this system tells it",)
        return "resident at the peak, whole process", "with Python, TensorFlow, model and data"
    lines = [f"tensors on the {memory.device}, at the peak of a call"]
    if memory.process_bytes is not None:
        lines.append(f"{quantity(memory.process_bytes, 'bytes')} resident, whole process")
    return tuple(lines)


def split_title(split: Split) -> str:
    """Return the title of the table by class: names the one that takes most of the time."""
    whole = sum(one.seconds for one in split.classes)
    first = split.classes[0]
    if len(split.classes) > 1 and whole and first.seconds / whole >= MOST_OF_IT:
        return f"{first.class_name} takes {quantity(first.seconds / whole, 'share')} of an eager pass"
    return "An eager pass by class of layer"


def method(stats: CostStats) -> Iterator[tuple[str, str]]:
    """Yield how it was measured, and what was done otherwise because calls are slow."""
    yield from METHOD
    largest = stats.batches[-1]
    yield "Calls", " ".join(("every one after three that warm up", *_slow(stats)))
    if largest.size < BATCH and not stats.fixed:
        yield f"Batch of {BATCH}", f"not tried: may take more than {PATIENCE:g} s"
    if stats.memory.tensor_bytes is not None:
        small = ", no tensor below 256 KiB" if stats.memory.device == "CPU" else ""
        yield "Memory", f"of {batch_words(largest)}: inputs, outputs, what lies between; no weights{small}"
    elif stats.memory.process_bytes is not None:
        yield "Memory", f"during {batch_words(largest)}; the process keeps what earlier passes took"


def _slow(stats: CostStats) -> Iterator[str]:
    """Yield which batches were timed less often, and why."""
    for calls in stats.batches:
        if len(calls.seconds) == 1:
            yield f"({batch_words(calls)}: only one, as it takes more than {SECONDS:g} s)"
        elif len(calls.seconds) < FEWEST:
            yield f"({batch_words(calls)}: only those of {PATIENCE:g} s)"
