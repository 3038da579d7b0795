"""The curves of a training log as a history, and what a log adds to a history that was given beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.inputs.history import History, Run, read_history
from kreport.inputs.training_log import TrainingLog

RATE, SECONDS = "learning_rate", "seconds"
"""Columns that a log adds."""

RATES = (RATE, "lr")
"""Names under which callbacks of Keras log the learning rate."""


def history_of(log: TrainingLog) -> History:
    """Return what was logged, fit by fit, with the learning rate and the time of every epoch."""
    fits: list[dict[str, Any]] = []
    start = 0
    for count in log.fits:
        span = slice(start, start + count)
        fits.append({"epoch": log.epochs[span].tolist()} | _columns(log, span))
        start += count
    if not fits:
        return History(runs=(), notes=("No epoch was finished.", *log.notes))
    history = read_history(fits)
    return replace(history, notes=(*history.notes, *_told(log)))


def _told(log: TrainingLog) -> tuple[str, ...]:
    """Return what a reader of the curves should know of the training, one sentence each."""
    told = list(log.notes)
    if not log.finished and len(log.epochs):
        told.append(f"The log ends with epoch {log.epochs[-1]:,}: the training had not come to its end.")
    if log.restored:
        told.append(f"At the end the weights were set back to those of epoch {log.restored:,}.")
    elif log.restored == 0:
        told.append("At the end the weights became others than at the end of any epoch.")
    return tuple(told)


def _columns(log: TrainingLog, span: slice) -> dict[str, list[float | None]]:
    found: dict[str, list[float | None]] = {}
    for name, values in log.logs.items():
        nothing = log.absent[name][span]
        if not nothing.all():
            found[name] = [
                None if gone else value for value, gone in zip(values[span].tolist(), nothing.tolist(), strict=True)
            ]
    for name, values in _added(log).items():
        if np.isfinite(values[span]).any():
            found[name] = [None if np.isnan(value) else value for value in values[span].tolist()]
    return found


def _added(log: TrainingLog) -> dict[str, NDArray[np.float64]]:
    rate = {} if any(name in log.logs for name in RATES) else {RATE: log.learning_rate}
    return rate if SECONDS in log.logs else rate | {SECONDS: log.seconds}


def with_log(history: History, log: TrainingLog) -> History:
    """Return a history with the columns that only the log has, where both tell of the same epochs."""
    if len(history.runs) != 1 or not np.array_equal(history.runs[0].epochs, log.epochs):
        return history
    run: Run = history.runs[0]
    more = {
        name: values
        for name, values in _added(log).items()
        if name not in run.columns and np.isfinite(values).any() and not (name == RATE and "lr" in run.columns)
    }
    return replace(
        history,
        notes=(*history.notes, *_told(log)),
        runs=(
            replace(
                run, columns={**run.columns, **more},
                absent={**run.absent, **{name: np.isnan(values) for name, values in more.items()}},
            ),
        ),
    )  # fmt: skip
