"""Gradients and steps over the epochs of a training."""

from __future__ import annotations

from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from kreport.analyzers._over_time import Shown, heat_chart, inner_most, side_by_side
from kreport.charts.heatmap import log_edges
from kreport.document.blocks import Block, Chart
from kreport.document.numbers import plural, quantity
from kreport.document.text import Text
from kreport.inputs.training_log import Row, TrainingLog, Wanted, kept

EDGES = tuple(float(f"{10 ** (power / 4):.2g}") for power in range(-19, -4, 2))
"""Of ‖Δw‖/‖w‖: half decades around 1e-3, the rule of thumb of the CS231n course notes (Karpathy)."""

LARGE, SMALL = 1e-2, 1e-4
"""A decade away from the rule of thumb is called too large or too small."""

TIMES = 10.0
"""Gradients that changed less than this are not commented on; rule of thumb."""

PHASES = 3
"""More changes than this have no name."""

MATRICES = ("kernel", "embedding")


def _is_matrix(row: Row) -> bool:
    return row.kind in MATRICES


def kept_log(log: TrainingLog | None) -> TrainingLog | None:
    """Return what this section shows of a log; None where there is nothing."""
    if log is None or not len(log.epochs) or not log.weights.rows:
        return None
    return kept(
        log,
        [
            Wanted(part="weights", quantities=("update",), rows=_is_matrix),
            Wanted(part="gradients", quantities=("norm", "bad"), rows=_is_matrix),
            Wanted(part="backflow", quantities=("rms", "bad"), rows=inner_most(log.backflow.rows)),
        ],
    )


def over_time_blocks(log: TrainingLog) -> list[Block]:
    """Return the heat maps of update ratios, of ∂L/∂w and of ∂L/∂a."""
    return side_by_side([_updates(log), _gradients(log), _backflow(log)]) if len(log.epochs) > 1 else []


def _updates(log: TrainingLog) -> Chart | None:
    values = log.weights.values.get("update", np.zeros((0, 0)))
    note = "Rule of thumb: a step of about 1e-3 of the weights (CS231n course notes)."
    if log.update_batches > 1:
        note += f" What is compared lies {log.update_batches} batches apart: one call runs, or one step takes, several."
    shown = Shown(
        id="gradients-updates-over-time", title=update_title(values), values=values, edges=EDGES, palette="diverging",
        ends=("too small, below", "too large, above"), note=note,
        subtitle="‖Δw‖ / ‖w‖ of the last step in each epoch",
    )  # fmt: skip
    return heat_chart(log, log.weights, shown, noun="kernel")


def _gradients(log: TrainingLog) -> Chart | None:
    sizes = np.array([[max(row.size, 1)] for row in log.gradients.rows], np.float64).reshape(-1, 1)
    norms = log.gradients.values.get("norm", np.zeros((len(sizes), 0)))
    values = norms / np.sqrt(sizes)
    shown = Shown(
        id="gradients-over-time", title=course_title("Gradients over time", values, log, log.gradients.values),
        values=values, edges=log_edges(values), note=noise_note(log),
        subtitle=f"Root mean square of ∂L/∂w, training mode, {plural(log.samples, 'sample')}",
    )  # fmt: skip
    return heat_chart(log, log.gradients, shown, noun="kernel")


def _backflow(log: TrainingLog) -> Chart | None:
    values = log.backflow.values.get("rms", np.zeros((0, 0)))
    shown = Shown(
        id="gradients-backflow-over-time", title=course_title("∂L/∂a over time", values, log, log.backflow.values),
        values=values, edges=log_edges(values),
        subtitle=f"Root mean square of ∂L/∂a per sample, training mode, {plural(log.samples, 'sample')}",
    )  # fmt: skip
    return heat_chart(log, log.backflow, shown, noun="layer")


def update_title(values: NDArray[np.float64]) -> str:
    """Return the title of the update ratios: in which phases their median over the kernels was."""
    noun = "Update ratios"
    usable = np.isfinite(values) & (values >= 0)
    medians = [float(np.median(values[ok, i])) for i, ok in enumerate(usable.T) if ok.any()]
    phases = [state for state, group in groupby(map(_state, medians)) if len(list(group)) > len(medians) // 20]
    phases = [state for state, _ in groupby(phases)]
    if not phases or len(phases) > PHASES:
        return noun
    if len(phases) == 1:
        return f"{noun}: {phases[0]} throughout"
    if phases[-1] == "too small":
        phases[-1] = "idle"
    return f"{noun}: {', then '.join(phases)}"


def _state(median: float) -> str:
    return "too large" if median > LARGE else "too small" if median < SMALL else "just right"


def course_title(
    noun: str, values: NDArray[np.float64], log: TrainingLog, measured: dict[str, NDArray[np.float64]]
) -> Text:
    """Return the title of gradients: where numbers end, or how much they changed by the end."""
    bad = measured.get("bad", np.zeros((0, 0))) > 0
    if bad.any():
        return f"{noun}: NaN or infinite from epoch {log.epochs[int(np.argmax(bad.any(axis=0)))]}"
    usable = np.isfinite(values) & (values > 0)
    if not values.size or not usable[:, 0].any() or not usable[:, -1].any():
        return noun
    first, last = (float(np.median(values[usable[:, at], at])) for at in (0, -1))
    if max(first, last) < TIMES * min(first, last):
        return noun
    times = quantity(float(f"{max(first, last) / min(first, last):.2g}"))
    return f"{noun}: {times} times {'smaller' if last < first else 'larger'} at the end"


def noise_note(log: TrainingLog) -> str:
    """Return the noise scale at the first and the last epoch it was measured at; "" where it was not."""
    there = np.flatnonzero(np.isfinite(log.noise_scale))
    if not there.size:
        return ""
    at = [f"{quantity(float(log.noise_scale[i]), 'count')} at epoch {log.epochs[i]}" for i in (there[0], there[-1])]
    return f"Simple noise scale in samples (McCandlish et al. 2018): {', '.join(dict.fromkeys(at))}."
