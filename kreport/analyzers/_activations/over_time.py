"""Activations over the epochs of a training: how far they spread, and where units died."""

from __future__ import annotations

import numpy as np

from kreport.analyzers._over_time import Shown, heat_chart, inner_most, labels, side_by_side
from kreport.charts.heatmap import log_edges
from kreport.document.blocks import Block, Chart
from kreport.document.numbers import plural, quantity
from kreport.document.text import Name, Text
from kreport.inputs.training_log import Tracked, TrainingLog, Wanted, kept

SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.9)
"""Between the steps of a share of dead units."""

WIDER = 3.0
"""A spread that changed less than this is called steady; rule of thumb."""


def kept_log(log: TrainingLog | None) -> TrainingLog | None:
    """Return what this section shows of a log; None where there is nothing."""
    if log is None or not len(log.epochs) or not log.activations.rows:
        return None
    rows = inner_most(log.activations.rows)
    return kept(log, [Wanted(part="activations", quantities=("std", "dead", "bad"), rows=rows)])


def over_time_blocks(log: TrainingLog) -> list[Block]:
    """Return the heat maps of the spread of activations, and of dead units where there are any."""
    return side_by_side([_spread(log), _dead(log)]) if len(log.epochs) > 1 else []


def _spread(log: TrainingLog) -> Chart | None:
    values = log.activations.values.get("std", np.zeros((0, 0)))
    shown = Shown(
        id="activations-over-time", title=spread_title(log), values=values, edges=log_edges(values),
        subtitle=f"Standard deviation of outputs, inference mode, {_samples(log)}",
    )  # fmt: skip
    return heat_chart(log, log.activations, shown, noun="layer")


def _dead(log: TrainingLog) -> Chart | None:
    values = log.activations.values.get("dead", np.zeros((0, 0)))
    chosen = np.flatnonzero(np.nan_to_num(values).any(axis=1))
    if not chosen.size:
        return None
    rows = tuple(log.activations.rows[row] for row in chosen)
    shown = Shown(
        id="activations-dead-over-time", title=dead_title(log), values=values[chosen], edges=SHARES, unit="share",
        subtitle=f"Share of units that are 0 throughout, {_samples(log)}, in the layers that have any",
    )  # fmt: skip
    return heat_chart(log, Tracked(rows=rows, total=len(rows)), shown, noun="layer")


def _samples(log: TrainingLog) -> str:
    return plural(log.samples, "sample")


def spread_title(log: TrainingLog) -> Text:
    """Return the title: where numbers end, or the layer whose spread changed most."""
    noun = "Activations over time"
    bad = log.activations.values.get("bad", np.zeros((0, 0))) > 0
    if bad.any():
        return f"{noun}: NaN or infinite from epoch {log.epochs[int(np.argmax(bad.any(axis=0)))]}"
    values = log.activations.values.get("std", np.zeros((0, 0)))
    usable = np.isfinite(values) & (values > 0)
    whole = np.flatnonzero(usable[:, [0, -1]].all(axis=1)) if values.size else np.zeros(0, int)
    if not whole.size:
        return noun
    ratios = values[whole, -1] / values[whole, 0]
    row = int(np.argmax(np.abs(np.log(ratios))))
    if max(ratios[row], 1 / ratios[row]) < WIDER:
        return f"{noun}: steady"
    name = Name(labels(log.activations.rows)[whole[row]], layer=log.activations.rows[whole[row]].layer)
    word = "wider" if ratios[row] > 1 else "narrower"
    return (f"{noun}: ", name, f" is {quantity(float(max(ratios[row], 1 / ratios[row])))} times {word} at the end")


def dead_title(log: TrainingLog) -> Text:
    """Return the title: where most units are dead at the end."""
    last = np.nan_to_num(log.activations.values["dead"][:, -1])
    row = int(np.argmax(last))
    if not last[row]:
        return "Dead units: none at the end"
    name = Name(labels(log.activations.rows)[row], layer=log.activations.rows[row].layer)
    return ("Dead units: ", quantity(float(last[row]), "share"), " of ", name, " at the end")
