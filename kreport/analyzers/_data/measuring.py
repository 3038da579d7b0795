"""From what was seen of the data to the figures of the section."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from kreport.analyzers._data.drifting import critical_distance, moved, shifted, telling, uneven
from kreport.analyzers._data.stats import (
    ClassFacts,
    ColumnFacts,
    DataStats,
    InputFacts,
    LabelFacts,
    LengthFacts,
    TextFacts,
)
from kreport.inputs.batches import Batches, TrainBatches
from kreport.probes.observers._data_inputs import InputSeen
from kreport.probes.observers._data_labels import LabelSeen
from kreport.probes.observers.data_seen import DataSeen
from kreport.tensors.columns import Columns
from kreport.tensors.cumulative import Ordered
from kreport.tensors.row_sample import distance

BINS = 28

LISTED = 256
"""Columns whose figures are kept."""

CLASSES = 200
"""Classes whose counts are kept: half of them the largest, half the smallest."""

LEVELS = 1 << 16
"""Different values that evenly spaced numbers have, at most."""

UNEVEN = 0.01
"""Share of their distance that such numbers are off, at most: float32 rounds them."""

FEW = 20
"""Fewer samples are not called ordered."""


def measured(seen: DataSeen, batches: Batches, train: DataSeen | None, train_batches: TrainBatches | None) -> DataStats:
    """Return the measurement."""
    sizes = None if train is None else (seen.samples, train.samples)
    inputs = tuple(
        _input(one, batches, train.inputs[i] if train and i < len(train.inputs) else None, sizes)
        for i, one in enumerate(seen.inputs)
    )
    labels = tuple(
        _label(one, train.labels[i] if train and i < len(train.labels) else None, seen, sizes)
        for i, one in enumerate(seen.labels)
    )
    weights = None if seen.weights is None else _columns(seen.weights, (), None, None)[0]
    return DataStats(
        source=batches.source, samples=seen.samples, train_samples=None if train is None else train.samples,
        inputs=inputs, labels=labels, weights=weights, repeated=len(seen.digests) - len(np.unique(seen.digests)),
        hashed=len(seen.digests),
        overlap=None if train is None else int(np.isin(seen.digests, train.digests).sum()),
        train_hashed=None if train is None else len(train.digests),
        class_names=batches.class_names if batches.embed else (),
        embedded=batches.embed, notes=batches.notes,
        train_notes=() if train_batches is None else train_batches.batches.notes,
    )  # fmt: skip


def _input(seen: InputSeen, batches: Batches, train: InputSeen | None, sizes: tuple[int, int] | None) -> InputFacts:
    names = batches.feature_names if len(batches.feature_names) == seen.width else ()
    plain = seen.columns if seen.unit in ("feature", "channel") else None
    found = () if plain is None else _columns(plain, names, None if train is None else train.columns, sizes)
    critical = None if sizes is None or plain is None else _critical(plain, sizes)
    known = None if seen.columns is None else seen.columns.count > 0
    return InputFacts(
        name=seen.name, shape=seen.shape, dtype=seen.dtype, unit=seen.unit, width=seen.width,
        listed=_listed(found, plain),
        low=None if seen.columns is None or known is None or not known.any() else float(seen.columns.low.min()),
        high=None if seen.columns is None or known is None or not known.any() else float(seen.columns.high.max()),
        missing=0 if seen.columns is None else int(seen.columns.missing.sum()),
        infinite=0 if seen.columns is None else int(seen.columns.infinite.sum()),
        incomplete=seen.incomplete, uniform=seen.uniform, holed=sum(bool(c.missing + c.infinite) for c in found),
        blank=sum(not c.count for c in found),
        constant=sum(c.constant for c in found), twins=sum(c.twin is not None for c in found),
        drifted=None if critical is None or not found else sum(c.drifted for c in found), critical=critical,
        vocabulary=seen.distinct.number if seen.unit in ("token", "text") else None,
        unseen=None if train is None or not seen.distinct.number else seen.distinct.missing_from(train.distinct),
        lengths=_lengths(seen, train, sizes),
        text=TextFacts(texts=seen.texts, empty=seen.empty, different=seen.different.number) if seen.texts else None,
    )  # fmt: skip


def _columns(
    seen: Columns, names: Sequence[str], train: Columns | None, sizes: tuple[int, int] | None
) -> tuple[ColumnFacts, ...]:
    """Return the figures of every column, without histograms."""
    first: dict[int, int] = {}
    found = []
    others = train if train is not None and train.width == seen.width else None
    std = seen.std
    for index in range(seen.width):
        known = seen.count[index] > 0
        # A constant is no copy worth telling of.
        copy = seen.width > 1 and known and seen.low[index] < seen.high[index]
        twin = first.setdefault(int(seen.digest[index]), index) if copy else index
        values = seen.sample.column(index)
        drift, drifted = _drift(values, others, index, sizes)
        found.append(
            ColumnFacts(
                index=index, name=names[index] if names else "", count=int(seen.count[index]),
                missing=int(seen.missing[index]), infinite=int(seen.infinite[index]), zeros=int(seen.zeros[index]),
                mean=float(seen.mean[index]) if known else None, std=float(std[index]) if known else None,
                low=float(seen.low[index]) if known else None, high=float(seen.high[index]) if known else None,
                sampled=values.size,
                quartiles=Ordered(values=values).quantiles((0.25, 0.5, 0.75)) if values.size else (),
                histogram=np.zeros(0, np.uint16), ends=(0.0, 0.0), twin=twin if twin != index else None,
                drift=drift, drifted=drifted,
            )
        )  # fmt: skip
    return tuple(found)


def _drift(
    values: NDArray[np.float64], train: Columns | None, index: int, sizes: tuple[int, int] | None
) -> tuple[float | None, bool]:
    """Return the distance of a column to that of the training data, and whether it is more than chance."""
    if train is None or sizes is None:
        return None, False
    others = train.sample.column(index)
    far = distance(values, others)
    critical = critical_distance(min(sizes[0], values.size), min(sizes[1], others.size), train.width)
    return far, far is not None and critical is not None and far > critical


def _critical(seen: Columns, sizes: tuple[int, int]) -> float | None:
    kept = seen.sample.most
    return critical_distance(min(sizes[0], kept), min(sizes[1], kept), seen.width)


def _listed(found: Sequence[ColumnFacts], seen: Columns | None) -> tuple[ColumnFacts, ...]:
    """Return what is kept of many columns, with histograms: what stands out first, then others, spread evenly."""
    if seen is None:
        return ()
    loud = [c for c in sorted(found, key=lambda c: (-telling(c), c.index)) if telling(c) > 0][:LISTED]
    kept = {c.index for c in loud}
    quiet = [c for c in found if c.index not in kept]
    places = np.unique(np.linspace(0, max(len(quiet) - 1, 0), LISTED - len(loud)).round().astype(np.intp))
    shown = sorted([*loud, *(quiet[place] for place in places.tolist() if quiet)], key=lambda c: c.index)
    return tuple(_with_histogram(c, seen.sample.column(c.index)) for c in shown)


def _with_histogram(column: ColumnFacts, values: NDArray[np.float64]) -> ColumnFacts:
    """Add a histogram of at most :data:`BINS` bins; of evenly spaced values, each holds as many."""
    low, high = column.low, column.high
    if low is None or high is None or not values.size:
        return column
    if not BINS * np.spacing(max(abs(low), abs(high))) < high - low < math.inf:
        return column  # a constant, neighbours among the floats, or as far apart as these go
    bins, levels, step = BINS, *_levels(np.unique([low, *values.tolist(), high]))
    if levels:
        together = -(-levels // BINS)
        bins = -(-levels // together)
        low, high = low - step / 2, low - step / 2 + bins * together * step
    counts = np.histogram(values, bins, (low, high))[0]
    return replace(column, histogram=counts.astype(np.uint16), ends=(low, high))


def _levels(values: NDArray[np.float64]) -> tuple[int, float]:
    """Return how many evenly spaced numbers these ascending ones are taken from, and how far apart; (0, 0) if not.

    Whole numbers are, and so are pixels that were divided by 255.
    """
    gaps = np.diff(values)
    step = float(gaps.min())
    span = float(values[-1] - values[0]) / step
    if span >= LEVELS:
        return 0, 0.0
    step = (values[-1] - values[0]) / round(span)  # of many gaps, to be exact
    off = np.abs((values - values[0]) / step - np.round((values - values[0]) / step))
    return (round(span) + 1, float(step)) if off.max() < UNEVEN else (0, 0.0)


def _lengths(seen: InputSeen, train: InputSeen | None, sizes: tuple[int, int] | None) -> LengthFacts | None:
    axis = seen.shape[0] if seen.shape and seen.unit != "text" else None
    total = sum(seen.lengths.values())
    padded = total - seen.lengths[max(seen.lengths) if axis is None else axis] if total else 0
    if not total or (seen.unit == "channel" and not padded):
        return None
    values, others = _repeated(seen.lengths), _repeated(Counter() if train is None else train.lengths)
    least, most = int(values[0]), int(values[-1])
    far = distance(values, others)
    critical = None if sizes is None else critical_distance(*sizes, 1)
    step = max(1, -(-(most - least + 1) // BINS))
    edges = np.arange(least, most + step + 1, step)
    return LengthFacts(
        quantiles=tuple(int(q) for q in np.quantile(values, (0, 0.25, 0.5, 0.75, 1), method="nearest")),
        padded=padded, edges=edges, counts=np.histogram(values, edges)[0].astype(np.int64),
        cut=None if axis is None else seen.lengths[axis],
        train_median=int(np.quantile(others, 0.5, method="nearest")) if others.size else None,
        drifted=far is not None and critical is not None and far > critical,
    )  # fmt: skip


def _repeated(lengths: Counter[int]) -> NDArray[np.float64]:
    """Return every length, ascending."""
    known = sorted(lengths)
    return np.repeat(np.array(known, np.float64), [lengths[length] for length in known])


def _label(seen: LabelSeen, train: LabelSeen | None, data: DataSeen, sizes: tuple[int, int] | None) -> LabelFacts:
    values = seen.kind == "values"
    classes: Counter[int] = Counter() if values else Counter({c: n for c, n in seen.classes.items() if n})
    others = train.classes if train is not None and train.kind == seen.kind and not values else None
    counts = sorted(classes.values())
    width = seen.width if seen.kind != "binary" or (seen.width or 1) > 1 else 2
    several = seen.kind == "binary" and (seen.width or 1) > 1
    numbers = seen.columns if values else None
    targets = () if numbers is None else _columns(numbers, (), train.columns if train else None, sizes)
    known = None if values or width is None else sum(0 <= c < width for c in classes)
    return LabelFacts(
        name=seen.name, kind=seen.kind, told=seen.told, shape=seen.shape, dtype=seen.dtype, width=width,
        listed=_kept(classes, others), classes=len(classes),
        absent=None if known is None or width is None else width - known,
        most=counts[-1] if counts else 0, least=counts[0] if counts else 0, labels=seen.positions,
        train_labels=train.positions if others is not None and train is not None else None, soft=seen.soft,
        several=several, missing=0 if seen.columns is None else int(seen.columns.missing.sum()),
        ignored=seen.left_out, same_as=_same(numbers, data.inputs), targets=_listed(targets, numbers),
        uneven=uneven(counts, data.samples),
        ordered=not several and data.samples >= FEW and len(classes) > 1 and seen.changes == len(classes) - 1,
        shift=None if others is None or several else moved(classes, others),
        shifted=sizes is not None and others is not None and not several and shifted(classes, others, sizes),
        critical=None if sizes is None or numbers is None else _critical(numbers, sizes),
    )  # fmt: skip


def _same(labels: Columns | None, inputs: Sequence[InputSeen]) -> str:
    """Return the input that labels repeat, "" if there is none; a constant repeats nothing."""
    if labels is None or not (labels.low < labels.high).any():
        return ""
    return next((one.name for one in inputs if one.columns is not None and labels.same_as(one.columns)), "")


def _kept(classes: Counter[int], others: Counter[int] | None) -> tuple[ClassFacts, ...]:
    every = sorted(set(classes) | set(others or ()), key=lambda c: (-classes[c], c))
    kept = every if len(every) <= CLASSES else every[: CLASSES // 2] + every[-CLASSES // 2 :]
    return tuple(
        ClassFacts(index=c, samples=classes[c], train=None if others is None else others[c]) for c in sorted(kept)
    )
