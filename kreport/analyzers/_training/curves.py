"""The measurement of the Training section."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kreport.probes.training_config import TrainingConfig

LOSS = "loss"
SPLITS = ("training", "validation")


@dataclass(frozen=True, kw_only=True, eq=False)
class Series:
    """One curve: a metric on one split of one run.

    Attributes:
        epochs: int64 ``(points,)``, rising: those with a value, thinned above :data:`measuring.POINTS`.
        values: float64 ``(points,)``; NaN and infinities stand where they were logged.
        count: values logged, before thinning.
        first, best, last: exact, over all values; best only over finite ones, None where none is or where
            better has no direction.
        first_epoch, best_epoch, last_epoch: where they are.
        bad: epochs with NaN or an infinity, the first ones.
        bad_count: how many there are.
    """

    epochs: NDArray[np.int64]
    values: NDArray[np.float64]
    count: int
    first: float
    first_epoch: int
    best: float | None
    best_epoch: int | None
    last: float
    last_epoch: int
    bad: tuple[int, ...] = ()
    bad_count: int = 0


@dataclass(frozen=True, kw_only=True, eq=False)
class Metric:
    """One metric of one run.

    Attributes:
        name: as logged, without ``val_``.
        direction: which is better: ``lower``, ``higher`` or ``unknown``.
        share: accuracy-like and within 0 and 1: written in percent.
        training, validation: None where nothing was logged.
        gap: validation minus training at the last epoch that has both; None without one.
        gap_epoch: that epoch.
    """

    name: str
    direction: str
    share: bool
    training: Series | None
    validation: Series | None
    gap: float | None = None
    gap_epoch: int | None = None

    def split(self, name: str) -> Series | None:
        """Return one of the two series by its split."""
        return self.validation if name == "validation" else self.training


@dataclass(frozen=True, kw_only=True, eq=False)
class RunCurves:
    """One run.

    Attributes:
        name: "" for the only one.
        rows: epochs logged.
        last_epoch: number of the last one; 0 for none.
        fits: epochs of each consecutive ``fit``.
        metrics: loss first, then what is written in percent, then the others, losses of outputs last.
        learning_rate: as logged; None if it was not.
        seconds: what each epoch took, as logged; None if it was not.
        gap: validation loss minus training loss where both are numbers; None without both.
        thinned: some series hold fewer points than were logged.
    """

    name: str
    rows: int
    last_epoch: int
    fits: tuple[int, ...]
    metrics: tuple[Metric, ...]
    learning_rate: Series | None = None
    seconds: Series | None = None
    gap: Series | None = None
    thinned: bool = False

    def metric(self, name: str) -> Metric | None:
        """Return a metric by its name."""
        return next((metric for metric in self.metrics if metric.name == name), None)

    def series(self) -> Iterator[tuple[str, Series]]:
        """Yield every curve with the name of its column."""
        for metric in self.metrics:
            for prefix, found in (("", metric.training), ("val_", metric.validation)):
                if found is not None:
                    yield f"{prefix}{metric.name}", found
        if self.learning_rate is not None:
            yield "learning_rate", self.learning_rate
        if self.seconds is not None:
            yield "seconds", self.seconds


@dataclass(frozen=True, kw_only=True, eq=False)
class Best:
    """The best score: of the main metric, on validation where there is one.

    Attributes:
        metric: its name.
        split: ``validation`` or ``training``.
        value: finite.
        epoch: where it was reached.
        direction: ``lower`` or ``higher``.
        share: written in percent.
        run: name of the run it was reached in; "" for the only one.
    """

    metric: str
    split: str
    value: float
    epoch: int
    direction: str
    share: bool = False
    run: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainingCurves:
    """What was logged while the model was trained, and how it is compiled.

    Attributes:
        curves: one a run; empty without a history.
        config: compile settings; None if they could not be read.
        headline: the best score; None where no metric tells better from worse.
        notes: what could not be attributed in the history, one sentence each.
    """

    curves: tuple[RunCurves, ...] = ()
    config: TrainingConfig | None = None
    headline: Best | None = None
    notes: tuple[str, ...] = ()

    @property
    def runs(self) -> int:
        """How many runs there are."""
        return len(self.curves)

    @property
    def epochs(self) -> int:
        """Epochs of the longest run."""
        return max((run.rows for run in self.curves), default=0)

    def names(self) -> list[str]:
        """Return the metrics of all runs, in the order of the first that has them."""
        return list(dict.fromkeys(metric.name for run in self.curves for metric in run.metrics))

    def rows(self) -> list[dict[str, object]]:
        """Return one row a run and epoch (``Report.history``); a thinned curve has no value at some epochs."""
        return [row for run in self.curves for row in _rows(run)]


def _rows(run: RunCurves) -> list[dict[str, object]]:
    columns = {name: dict(zip(s.epochs.tolist(), s.values.tolist(), strict=True)) for name, s in run.series()}
    epochs = sorted({epoch for values in columns.values() for epoch in values})
    return [
        {"run": run.name, "epoch": epoch} | {name: values.get(epoch) for name, values in columns.items()}
        for epoch in epochs
    ]
