"""What a training companion wrote down: statistics of every layer, epoch by epoch, on one fixed batch of data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.document.blocks import LayerId

PARTS = ("weights", "gradients", "activations", "backflow")
"""What is followed: variables, ∂L/∂w of the trainable ones, outputs of calls, ∂L/∂a of calls."""

LOSSES = ("loss", "val_loss")
"""The columns that stand above whatever is followed."""

MOST_ROWS, MOST_EPOCHS = 40, 60
"""A section keeps so many rows and epochs of a log, spread evenly."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """What one row is about.

    Attributes:
        layer: id of the layer.
        name: of the variable, or the id of the call.
        kind: role of the variable (``kernel``, ``bias`` …) or kind of the layer (``conv``, ``act`` …).
        size: number of values of a variable, of units for a call.
    """

    layer: LayerId
    name: str
    kind: str
    size: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Reading:
    """Quantities of many rows at one moment: name → float64 of shape ``(rows,)``, NaN where not measured."""

    rows: tuple[Row, ...] = ()
    values: dict[str, NDArray[np.float64]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, eq=False)
class Tracked:
    """Quantities over epochs.

    Attributes:
        rows: input first.
        values: name → float64 of shape ``(rows, epochs)``, NaN where not measured. Variables have ``mean``, ``std``,
            ``norm``, ``zeros`` and ``bad`` (shares of values that are 0, that are not finite) and ``update``
            (‖Δw‖/‖w‖); gradients ``norm``, ``zeros``, ``bad``; activations ``mean``, ``std``, ``zeros``, ``dead`` and
            ``bad`` (shares of units that are 0 throughout, that have a value that is not finite), ``flat`` (share of
            inputs in flat parts of the activation function); gradients of activations ``rms``, ``zeros``, ``bad``.
        total: rows there were before they were thinned.
    """

    rows: tuple[Row, ...] = ()
    values: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    total: int = 0


@dataclass(frozen=True, kw_only=True, eq=False)
class EpochRecord:
    """One line of a log: the state at the end of an epoch.

    Attributes:
        epoch: from 1, counted through consecutive fits.
        logs: what Keras logged: a number, or several (a score per class).
        learning_rate: that the optimizer would use next; None if it has none.
        seconds: wall clock of the epoch, validation included, the companion's own work left out.
        weights, gradients, activations, backflow: see :class:`Tracked`.
        update_batches: batches between the two looks that ``update`` compares.
        noise_scale: simple noise scale in samples (McCandlish et al. 2018), None where not asked for.
        samples: of the fixed batch; 0 without data.
    """

    epoch: int
    logs: dict[str, float | tuple[float, ...]] = field(default_factory=dict)
    learning_rate: float | None = None
    seconds: float | None = None
    weights: Reading = field(default_factory=Reading)
    gradients: Reading = field(default_factory=Reading)
    activations: Reading = field(default_factory=Reading)
    backflow: Reading = field(default_factory=Reading)
    update_batches: int = 1
    noise_scale: float | None = None
    samples: int = 0


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainingLog:
    """A training as its companion saw it.

    Attributes:
        epochs: int64 ``(epochs,)``, rising, from 1.
        fits: epochs of each consecutive ``fit``.
        logs: column → float64 ``(epochs,)``, NaN where a NaN *or* nothing was logged.
        absent: column → bool ``(epochs,)``: True where nothing was logged (``validation_freq``).
        learning_rate, seconds: float64 ``(epochs,)``, NaN where not known.
        weights, gradients, activations, backflow: what was followed.
        noise_scale: float64 ``(epochs,)``, NaN where not measured.
        update_batches: batches between the two looks that ``update`` compares, at most.
        samples: of the fixed batch, at least; 0 without data.
        finished: whether the training came to its end.
        restored: the epoch whose weights the training ended with, where that is not the last; 0 for weights that no
            epoch ended with.
        total_epochs: epochs there were before they were thinned.
        notes: what went wrong or is special, one sentence each.
    """

    epochs: NDArray[np.int64]
    fits: tuple[int, ...]
    logs: dict[str, NDArray[np.float64]]
    absent: dict[str, NDArray[np.bool_]]
    learning_rate: NDArray[np.float64]
    seconds: NDArray[np.float64]
    weights: Tracked = field(default_factory=Tracked)
    gradients: Tracked = field(default_factory=Tracked)
    activations: Tracked = field(default_factory=Tracked)
    backflow: Tracked = field(default_factory=Tracked)
    noise_scale: NDArray[np.float64]
    update_batches: int = 1
    samples: int = 0
    finished: bool = False
    restored: int | None = None
    total_epochs: int = 0
    notes: tuple[str, ...] = ()


def log_of(
    records: Sequence[EpochRecord],
    *,
    fits: Sequence[int],
    end: EpochRecord | None = None,
    notes: Sequence[str] = (),
) -> TrainingLog:
    """Return the log that these records make.

    Args:
        records: rising by epoch.
        fits: records of each fit.
        end: the state when the training was over, after callbacks had their last word; None if it is not.
        notes: one sentence each.
    """
    parts: dict[str, Any] = {part: _tracked([getattr(r, part) for r in records]) for part in PARTS}
    rows = [_flat(record.logs) for record in records]
    names = dict.fromkeys(name for row in rows for name in row)
    return TrainingLog(
        epochs=np.array([r.epoch for r in records], np.int64),
        fits=tuple(fits),
        logs={name: _numbers(row.get(name) for row in rows) for name in names},
        absent={name: np.array([name not in row for row in rows], bool) for name in names},
        learning_rate=_numbers(r.learning_rate for r in records),
        seconds=_numbers(r.seconds for r in records),
        noise_scale=_numbers(r.noise_scale for r in records),
        update_batches=max((r.update_batches for r in records), default=1),
        samples=min((r.samples for r in records if r.samples), default=0),
        finished=end is not None,
        restored=None if end is None else _restored(records, end),
        total_epochs=len(records),
        notes=tuple(dict.fromkeys(notes)),
        **parts,
    )


def _numbers(values: Iterable[float | None]) -> NDArray[np.float64]:
    return np.array([np.nan if value is None else value for value in values], np.float64)


def _flat(logs: dict[str, float | tuple[float, ...]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, value in logs.items():
        found |= {f"{name}[{i}]": v for i, v in enumerate(value)} if isinstance(value, tuple) else {name: value}
    return found


def _tracked(readings: Sequence[Reading]) -> Tracked:
    """Lay readings side by side; a row that is not in all of them has gaps."""
    rows = tuple(dict.fromkeys(row for reading in readings for row in reading.rows))
    place = {row: index for index, row in enumerate(rows)}
    names = dict.fromkeys(name for reading in readings for name in reading.values)
    values = {name: np.full((len(rows), len(readings)), np.nan) for name in names}
    for column, reading in enumerate(readings):
        at = [place[row] for row in reading.rows]
        for name, numbers in reading.values.items():
            values[name][at, column] = numbers
    return Tracked(rows=rows, values=values, total=len(rows))


def _restored(records: Sequence[EpochRecord], end: EpochRecord) -> int | None:
    """Return the epoch with the very weights of the end; None for the last one, 0 where there is none."""
    for record in reversed(records):
        if _same(record.weights, end.weights):
            return None if record is records[-1] else record.epoch
    return 0 if records and end.weights.rows else None


def _same(one: Reading, other: Reading) -> bool:
    return (
        bool(one.rows)
        and one.rows == other.rows
        and all(
            np.array_equal(one.values[name], other.values[name], equal_nan=True)
            for name in ("mean", "std", "norm")
            if name in one.values and name in other.values
        )
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Wanted:
    """What a section shows of one part of a log: quantities, and which rows (all of them where it wants none)."""

    part: str
    quantities: tuple[str, ...]
    rows: Callable[[Row], bool] = lambda _: True


def kept(log: TrainingLog, wanted: Sequence[Wanted]) -> TrainingLog:
    """Return as much of a log as a section shows: a few quantities, rows and epochs, and the losses."""
    columns = spread(len(log.epochs), MOST_EPOCHS)
    parts: dict[str, Any] = dict.fromkeys(PARTS, Tracked())
    for one in wanted:
        parts[one.part] = _thin(getattr(log, one.part), one, columns)
    return replace(
        log,
        epochs=log.epochs[columns],
        logs={name: log.logs[name][columns] for name in LOSSES if name in log.logs},
        absent={name: log.absent[name][columns] for name in LOSSES if name in log.logs},
        learning_rate=np.zeros(0),
        seconds=np.zeros(0),
        noise_scale=log.noise_scale[columns] if parts["gradients"].rows else np.zeros(0),
        **parts,
    )


def _thin(tracked: Tracked, wanted: Wanted, columns: list[int]) -> Tracked:
    chosen = [i for i, row in enumerate(tracked.rows) if wanted.rows(row)] or list(range(len(tracked.rows)))
    rows = [chosen[i] for i in spread(len(chosen), MOST_ROWS)]
    return Tracked(
        rows=tuple(tracked.rows[i] for i in rows),
        values={name: v[np.ix_(rows, columns)] for name, v in tracked.values.items() if name in wanted.quantities},
        total=len(chosen),
    )


def spread(count: int, most: int) -> list[int]:
    """Return at most ``most`` of ``count`` places, evenly, first and last included."""
    if count <= most:
        return list(range(count))
    return [int(place) for place in np.unique(np.linspace(0, count - 1, most).round())]
