"""Weights over the epochs of their training: which grew, which shrank, and when."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kreport.analyzers._over_time import Shown, heat_chart, labels, side_by_side
from kreport.document.blocks import Block
from kreport.document.numbers import quantity
from kreport.document.text import Name, Text
from kreport.inputs.training_log import Tracked, TrainingLog, Wanted, kept

MATRICES = ("kernel", "embedding")
EDGES = (0.5, 0.77, 0.91, 0.98, 1.02, 1.1, 1.3, 2.0)
"""Of the ratio to the first epoch: within 2 % is neutral."""

FINE = (0.93, 0.97, 0.99, 0.998, 1.002, 1.01, 1.03, 1.07)
"""Where no norm changed by :data:`SMALL`: within 0.2 % is neutral."""

SMALL = 0.1

MOVED = 0.05
"""Norms that changed less than this are called steady; rule of thumb."""


def kept_log(log: TrainingLog | None) -> TrainingLog | None:
    """Return what this section shows of a log; None where there is nothing."""
    if log is None or not len(log.epochs) or not log.weights.rows:
        return None
    return kept(log, [Wanted(part="weights", quantities=("norm", "bad"), rows=lambda row: row.kind in MATRICES)])


def over_time_blocks(log: TrainingLog) -> list[Block]:
    """Return the heat map of the norms, relative to the first epoch."""
    tracked = log.weights
    ratios = relative(tracked.values.get("norm", np.zeros((0, 0))))
    shown = Shown(
        id="weights-over-time", title=title(tracked, ratios, log), values=ratios, edges=edges(ratios),
        palette="diverging",
        subtitle=f"‖w‖ relative to epoch {log.epochs[0] if len(log.epochs) else 1}, at the end of each epoch",
        note=restored(log),
    )  # fmt: skip
    chart = heat_chart(log, tracked, shown, noun="kernel") if len(log.epochs) > 1 else None
    return side_by_side([chart])


def edges(ratios: NDArray[np.float64]) -> tuple[float, ...]:
    """Return the edges between the colours: fine ones where the others would show next to nothing."""
    away = np.abs(ratios[np.isfinite(ratios)] - 1)
    return FINE if away.size and away.max() < SMALL else EDGES


def relative(norms: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each row over its first value that is a positive number; NaN where there is none."""
    found = np.full(norms.shape, np.nan)
    for row, values in enumerate(norms):
        usable = np.flatnonzero(np.isfinite(values) & (values > 0))
        if usable.size:
            found[row] = values / values[usable[0]]
    return found


def title(tracked: Tracked, ratios: NDArray[np.float64], log: TrainingLog) -> Text:
    """Return the title: the norm that changed most."""
    noun = "Weights over time"
    if not ratios.size or not np.isfinite(ratios[:, -1]).any() or (tracked.values.get("bad", ratios * 0) > 0).any():
        return noun
    last = np.where(np.isfinite(ratios[:, -1]) & (ratios[:, -1] > 0), ratios[:, -1], 1.0)
    row = int(np.argmax(np.abs(np.log(last))))
    first = int(log.epochs[0])
    if abs(last[row] - 1) < MOVED:
        return f"{noun}: all norms within {100 * MOVED:g} % of epoch {first}"
    name = Name(labels(tracked.rows)[row], layer=tracked.rows[row].layer)
    verb = "grew" if last[row] > 1 else "shrank"
    return (f"{noun}: ", name, f" {verb} most, to {quantity(float(last[row]))} times")


def restored(log: TrainingLog) -> str:
    """Say which epoch the final weights are those of, where that is not the last."""
    return "" if not log.restored else f"At the end the weights were set back to those of epoch {log.restored}."
