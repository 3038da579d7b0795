"""What the Cost section draws: key figures, times of single calls, the table by class of layer."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kreport.analyzers._cost.sentences import held, latency_title, split_title, spread
from kreport.analyzers._cost.stats import CostStats, Split, latency, throughput
from kreport.charts.histogram import histogram_chart
from kreport.document.blocks import Chart, Column, KeyFigure, KeyFigures, Swatch, Table, TableRow
from kreport.document.numbers import parts, plural
from kreport.probes.prediction_cost import FEWEST, TimedCalls

BINS = 24
"""Of a histogram: some eight calls each where there are 200."""

WIDE = 2.0
"""The slowest call takes so many times as long as the fastest: times lie on a log scale."""

IN_A_SECOND = {"s": 1.0, "ms": 1e3, "µs": 1e6}

LONGEST = 12
"""Classes in the table; the rest is one row."""


def figures(stats: CostStats) -> KeyFigures:
    """Return latency by batch size, throughput, peak memory."""
    times = [
        KeyFigure(
            label="One sample" if calls.size == 1 else f"Batch of {calls.size}", value=latency(calls), unit="seconds",
            context=("median", spread(calls)),
        )
        for calls in stats.batches
    ]  # fmt: skip
    largest = stats.batches[-1].size
    rate = KeyFigure(
        label="Samples per second", value=throughput(stats), unit="count",
        context=(f"in batches of {largest}" if largest > 1 else "one by one",),
    )  # fmt: skip
    tensors, process = stats.memory.tensor_bytes, stats.memory.process_bytes
    memory = KeyFigure(
        label="Peak memory", value=process if tensors is None else tensors, unit="bytes", context=held(stats.memory)
    )
    return KeyFigures(figures=(*times, rate, memory))


def latency_charts(stats: CostStats) -> Iterator[Chart]:
    """Yield the histogram of the times of single calls by batch size, where there are enough of them."""
    for calls in stats.batches:
        if len(calls.seconds) >= FEWEST:
            yield _latencies(calls)


def _latencies(calls: TimedCalls) -> Chart:
    unit = parts(latency(calls), "seconds")[1]
    times = calls.seconds * IN_A_SECOND[unit]
    low, high = float(times.min()), float(times.max())
    logarithmic = high / low > WIDE
    edges = (np.geomspace if logarithmic else np.linspace)(low, high, BINS + 1)
    counts, edges = np.histogram(times, edges)
    title = latency_title(calls)
    told = ["Calls by their time", unit, "log scale" if logarithmic else "", f"n = {len(times):,}"]
    return histogram_chart(
        counts.astype(np.float64), edges, id=f"cost-latency-{calls.size}", title=title, logarithmic=logarithmic,
        subtitle=", ".join(part for part in told if part), alt=f"{title}.", counted="calls",
    )  # fmt: skip


def split_table(split: Split) -> Table:
    """Return one row a class of layer, the one that takes longest first."""
    whole = sum(one.seconds for one in split.classes) or 1.0
    rows = [
        TableRow(
            cells=(
                Swatch(layer_kind=one.kind, text=one.class_name), one.layers, one.seconds, one.seconds / whole
            )
        )
        for one in split.classes[:LONGEST]
    ]  # fmt: skip
    if rest := split.classes[LONGEST:]:
        seconds = sum(one.seconds for one in rest)
        name = plural(len(rest), "other class", "other classes")
        rows.append(TableRow(cells=(name, sum(one.layers for one in rest), seconds, seconds / whole)))
    columns = [
        Column(label="Class"), Column(label="Layers", unit="exact"), Column(label="Time", unit="seconds"),
        Column(label="Share", unit="bar"),
    ]  # fmt: skip
    return Table(
        title=split_title(split), rows=rows, sort=False, columns=columns,
        subtitle=f"Forward pass of {plural(split.samples, 'sample')}, layer by layer outside of a graph, median of"
        f" {plural(split.passes, 'pass', 'passes')}",
        note="Outside of a graph, what it takes to start each operation counts too: in a graph, shares are others.",
    )  # fmt: skip
