"""From what was seen of the data to the figures of the section."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kreport.analyzers._data.stats import ColumnFacts, DataStats, InputFacts, LabelFacts
from kreport.inputs.batches import Batches
from kreport.probes.observers.data_seen import DataSeen, InputSeen, LabelSeen
from kreport.tensors.columns import Columns, distance

BINS = 28

CRITICAL = 1.63
"""Over √(nm/(n+m)): the distance that 1 % of pairs of equal samples exceed (Smirnov 1948)."""

FEW = 20
"""Fewer samples are not called ordered."""


def measured(seen: DataSeen, batches: Batches, train: DataSeen | None) -> DataStats:
    """Return the measurement."""
    inputs = tuple(
        _input(one, batches, train.inputs[i] if train and i < len(train.inputs) else None)
        for i, one in enumerate(seen.inputs)
    )
    labels = tuple(
        _label(one, train.labels[i] if train and i < len(train.labels) else None, seen.samples)
        for i, one in enumerate(seen.labels)
    )
    overlap = None if train is None else sum(n for digest, n in seen.digests.items() if digest in train.digests)
    critical = None
    if train is not None and seen.samples and train.samples:
        critical = CRITICAL * math.sqrt((seen.samples + train.samples) / (seen.samples * train.samples))
    return DataStats(
        source=batches.source, samples=seen.samples, train_samples=train.samples if train else None, inputs=inputs,
        labels=labels, repeated=sum(seen.digests.values()) - len(seen.digests), hashed=seen.hashed, overlap=overlap,
        critical=critical, class_names=batches.class_names if batches.embed else (), weights=batches.weights,
        embedded=batches.embed, notes=batches.notes,
    )  # fmt: skip


def _input(seen: InputSeen, batches: Batches, train: InputSeen | None) -> InputFacts:
    tokens = bool(seen.lengths)
    names = batches.feature_names if len(batches.feature_names) == seen.width else ()
    unit = "token" if tokens else "channel" if len(seen.shape) >= 3 else "feature"
    return InputFacts(
        name=seen.name, shape=seen.shape, dtype=seen.dtype, unit=unit,
        columns=() if seen.columns is None else columns(seen.columns, names, train.columns if train else None),
        width=seen.width, lengths=_lengths(seen.lengths), texts=seen.texts[0], empty=seen.texts[1],
    )  # fmt: skip


def columns(seen: Columns, names: Sequence[str], train: Columns | None) -> tuple[ColumnFacts, ...]:
    """Return the figures of each column."""
    first: dict[int, int] = {}
    found = []
    for index in range(seen.width):
        known = seen.count[index] > 0
        twin = first.setdefault(int(seen.digest[index]), index)
        found.append(
            ColumnFacts(
                name=names[index] if names else "", count=int(seen.count[index]), missing=int(seen.missing[index]),
                infinite=int(seen.infinite[index]), zeros=int(seen.zeros[index]),
                mean=float(seen.mean[index]) if known else None, std=float(seen.std[index]) if known else None,
                low=float(seen.low[index]) if known else None, high=float(seen.high[index]) if known else None,
                histogram=_histogram(seen, index), twin=twin if twin != index else None,
                drift=_drift(seen, train, index),
            )
        )  # fmt: skip
    return tuple(found)


def _histogram(seen: Columns, index: int) -> NDArray[np.uint8]:
    cumulative = seen.cumulative(index)
    if cumulative is None or not seen.high[index] > seen.low[index]:
        return np.zeros(0, np.uint8)
    shares = cumulative.histogram(float(seen.low[index]), float(seen.high[index]), BINS)
    return np.round(255 * shares / max(float(shares.max()), 1e-12)).astype(np.uint8)


def _drift(seen: Columns, train: Columns | None, index: int) -> float | None:
    if train is None or index >= train.width:
        return None
    ours, theirs = seen.cumulative(index), train.cumulative(index)
    return None if ours is None or theirs is None else distance(ours, theirs)


def _lengths(lengths: Counter[int]) -> tuple[int, ...]:
    if not lengths:
        return ()
    values = np.repeat(np.array(sorted(lengths)), [lengths[length] for length in sorted(lengths)])
    return tuple(int(q) for q in np.quantile(values, (0, 0.25, 0.5, 0.75, 1), method="nearest"))


def _label(seen: LabelSeen, train: LabelSeen | None, samples: int) -> LabelFacts:
    classes = seen.classes if seen.kind != "values" else Counter[int]()
    others = train.classes if train is not None and train.kind == seen.kind else None
    every = sorted(set(classes) | set(others or ()))
    return LabelFacts(
        kind=seen.kind, shape=seen.shape, dtype=seen.dtype,
        classes=tuple((c, classes.get(c, 0), None if others is None else others.get(c, 0)) for c in every),
        columns=columns(seen.columns, (), train.columns if train else None)
        if seen.kind == "values" and seen.columns is not None
        else (),
        ordered=seen.kind == "class" and samples >= FEW and len(classes) > 1 and seen.changes == len(classes) - 1,
    )  # fmt: skip
