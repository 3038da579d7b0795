"""From a history to the curves that are shown: metrics paired by split, summarised exactly, thinned for drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from kreport.analyzers._training.curves import LOSS, Best, Metric, RunCurves, Series
from kreport.analyzers._training.names import direction, is_learning_rate, is_time, may_be_share
from kreport.inputs.history import Run
from kreport.tensors.thinning import thinned

POINTS = 2_000
"""Points kept of one curve; its least and greatest value in every stretch stay."""

ALL_POINTS = 40_000
"""Points kept of one run with many curves, but never fewer than :data:`FEWEST` a curve."""

FEWEST = 200
NAMED = 10
"""Epochs with NaN that are kept by number."""

VAL = "val_"


def curves_of(run: Run) -> RunCurves:
    """Return the curves of one run."""
    drawn = [name for name in run.columns if not run.absent[name].all()]
    points = max(FEWEST, min(POINTS, ALL_POINTS // max(1, len(drawn))))
    rates = [name for name in drawn if is_learning_rate(name)]
    times = [name for name in drawn if is_time(name)]
    bases = dict.fromkeys(name.removeprefix(VAL) or name for name in drawn if name not in rates and name not in times)
    metrics = [_metric(run, base, points) for base in bases]
    rate = _series(run, rates[0], "unknown", points) if rates else None
    seconds = _seconds(run, times[0], points) if times else None
    every = [s for m in metrics for s in (m.training, m.validation)] + [rate, seconds]
    return RunCurves(
        name=run.name,
        rows=len(run.epochs),
        last_epoch=int(run.epochs[-1]) if len(run.epochs) else 0,
        fits=run.fits,
        metrics=tuple(sorted(metrics, key=_rank)),
        learning_rate=rate,
        seconds=seconds,
        gap=_gaps(run, points),
        thinned=any(s is not None and len(s.epochs) < s.count for s in every),
    )


def headline(curves: Sequence[RunCurves]) -> Best | None:
    """Return the best value of the main metric: the first that is no loss and has a direction, else the loss."""
    known = [metric for run in curves for metric in run.metrics if metric.direction != "unknown"]
    scores = [metric for metric in known if not metric.name.endswith(LOSS)] or known
    if not scores:
        return None
    chosen = scores[0]
    validated = any(m.validation for m in known if m.name == chosen.name)
    split = "validation" if validated else "training"
    found = []
    for run in curves:
        metric = run.metric(chosen.name)
        series = metric.split(split) if metric else None
        if series is not None and series.best is not None and series.best_epoch is not None:
            found.append((series.best, series.best_epoch, run.name))
    if not found:
        return None
    value, epoch, name = (min if chosen.direction == "lower" else max)(found, key=lambda item: item[0])
    return Best(
        metric=chosen.name, split=split, value=value, epoch=epoch, direction=chosen.direction, share=chosen.share,
        run=name,
    )  # fmt: skip


def _metric(run: Run, name: str, points: int) -> Metric:
    better = direction(name)
    training, validation = (
        _series(run, column, better, points) if column in run.columns and not run.absent[column].all() else None
        for column in (name, f"{VAL}{name}")
    )
    gap, epoch = _gap(run, name)
    within = all(_within(run.columns[c]) for c in (name, f"{VAL}{name}") if c in run.columns)
    return Metric(
        name=name, direction=better, share=within and may_be_share(name), training=training, validation=validation,
        gap=gap, gap_epoch=epoch,
    )  # fmt: skip


def _within(values: NDArray[np.float64]) -> bool:
    finite = values[np.isfinite(values)]
    return bool(np.all((finite >= 0) & (finite <= 1)))


def _gap(run: Run, name: str) -> tuple[float | None, int | None]:
    epochs, gaps = _differences(run, name)
    return (float(gaps[-1]), int(epochs[-1])) if len(gaps) else (None, None)


def _gaps(run: Run, points: int) -> Series | None:
    epochs, gaps = _differences(run, LOSS)
    return summarised(epochs, gaps, "unknown", points) if len(gaps) > 1 else None


def _differences(run: Run, name: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the epochs with a number on both splits, and validation minus training there."""
    if name not in run.columns or f"{VAL}{name}" not in run.columns:
        return np.zeros(0, np.int64), np.zeros(0)
    with np.errstate(invalid="ignore", over="ignore"):
        gaps = run.columns[f"{VAL}{name}"] - run.columns[name]
    return run.epochs[np.isfinite(gaps)], gaps[np.isfinite(gaps)]


def _series(run: Run, column: str, better: str, points: int) -> Series:
    there = ~run.absent[column]
    return summarised(run.epochs[there], run.columns[column][there], better, points)


def _seconds(run: Run, column: str, points: int) -> Series | None:
    there = ~run.absent[column]
    epochs, values = run.epochs[there], run.columns[column][there]
    rising = len(values) > 2 and bool(np.all(np.diff(values) > 0)) and values[-1] > 2 * np.max(np.diff(values))
    if rising:  # a running total
        start = 0.0 if values[0] <= 3 * np.median(np.diff(values)) else np.nan
        values = np.diff(values, prepend=start)
        epochs, values = epochs[np.isfinite(values)], values[np.isfinite(values)]
    usable = len(values) > 0 and bool(np.all(values >= 0))
    return summarised(epochs, values, "unknown", points) if usable else None


def summarised(epochs: NDArray[np.int64], values: NDArray[np.float64], better: str, points: int) -> Series:
    """Return the series of these values with its exact summary.

    Args:
        epochs: int64 ``(n,)``, rising, n ≥ 1.
        values: float64 ``(n,)``.
        better: ``lower``, ``higher`` or ``unknown``.
        points: kept at most.
    """
    finite = np.flatnonzero(np.isfinite(values))
    bad = epochs[~np.isfinite(values)]
    series = Series(
        epochs=epochs, values=values, count=len(values), first=float(values[0]), first_epoch=int(epochs[0]),
        best=None, best_epoch=None, last=float(values[-1]), last_epoch=int(epochs[-1]),
        bad=tuple(bad[:NAMED].tolist()), bad_count=len(bad),
    )  # fmt: skip
    if better != "unknown" and len(finite):
        place = finite[(np.argmin if better == "lower" else np.argmax)(values[finite])]
        series = replace(series, best=float(values[place]), best_epoch=int(epochs[place]))
    kept = thinned(values, points)
    return replace(series, epochs=epochs[kept], values=values[kept])


def _rank(metric: Metric) -> tuple[bool, bool, bool]:
    return (
        metric.name != LOSS,
        metric.name.endswith(LOSS),
        not metric.share,
    )
