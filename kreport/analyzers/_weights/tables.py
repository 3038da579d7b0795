"""The tables of the Weights section: one row a kernel, one row a kind of everything else."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from kreport.analyzers._weights.stats import VariableStats, WeightStats
from kreport.document.blocks import Column, Table, TableRow
from kreport.document.numbers import plural, shape
from kreport.document.text import Name
from kreport.tensors.distribution import Distribution

SPARK_BINS = 28

SOME = 1e-3
"""The column of zeros is shown when they are more than this share of any kernel."""


def kernel_table(stats: WeightStats) -> Table:
    """Return one row a kernel or embedding."""
    shown = stats.matrices
    power = any(_law(v) for v in shown)
    zeros = any(v.values and v.values.zeros > SOME * v.values.finite for v in shown)
    bad = any(v.values and v.values.nan + v.values.inf for v in shown)
    columns = [
        Column(label="Variable", unit="name"), Column(label="Shape"),
        *(Column(label=label, unit="number") for label in ("Mean", "Std", "Min", "Max", "‖w‖", "σ₁", "Stable rank")),
        *([Column(label="α", unit="number")] if power else []),
        *([Column(label="Zeros", unit="share")] if zeros else []),
        *([Column(label="NaN, ∞", unit="exact")] if bad else []),
        Column(label="Distribution", unit="spark"),
    ]  # fmt: skip
    rows = [TableRow(cells=tuple(_cells(v, power=power, zeros=zeros, bad=bad))) for v in shown]
    explained = "‖w‖ is the L2 norm, σ₁ the largest singular value, stable rank ‖w‖²/σ₁²"
    law = "; α the exponent of the eigenvalues' power law" if power else ""
    others = len(stats.variables) - len(shown)
    return Table(
        title=plural(len(shown), "kernel") + (f" among {plural(len(stats.variables), 'variable')}" if others else ""),
        subtitle=explained + law, columns=columns, rows=rows, search="name", note=_note(shown) + _drawn(stats),
    )  # fmt: skip


def _cells(v: VariableStats, *, power: bool, zeros: bool, bad: bool) -> Iterator[Any]:
    d = v.values
    spectrum = v.matrix.spectrum if v.matrix else None
    yield (Name(f"{v.layer}/{v.name}" if v.layer else v.name, layer=v.layer),)
    yield shape(v.shape, batch=True)
    yield from (d.mean, d.std, d.low, d.high, d.norm) if d else (None,) * 5
    yield spectrum.largest if spectrum else None
    yield spectrum.stable_rank if spectrum else None
    if power:
        yield _law(v)
    if zeros:
        yield d.zeros / d.finite if d and d.finite else None
    if bad:
        yield d.nan + d.inf if d else None
    yield d.histogram.tolist() if d and d.histogram.size else None


def _law(v: VariableStats) -> float | None:
    spectrum = v.matrix.spectrum if v.matrix else None
    return spectrum.power_law.alpha if spectrum and spectrum.power_law else None


def _note(shown: Sequence[VariableStats]) -> str:
    """Say by which method the figures were got, and what was left out and why."""
    parts = ["Moments, extremes and counts are exact, over finite values."]
    if any(v.matrix and v.matrix.field for v in shown):
        parts.append("Convolution kernels as matrices: height·width·in × out.")
    methods = {v.matrix.spectrum.method for v in shown if v.matrix and v.matrix.spectrum}
    if "Gram" in methods:
        parts.append("Singular values by SVD; above 16,384 weights from the eigenvalues of the smaller Gram matrix.")
    elif "SVD" in methods:
        parts.append("Singular values by SVD.")
    if any(_law(v) for v in shown):
        parts.append(
            "α by maximum likelihood on the tail that fits best (Clauset, Shalizi and Newman 2009),"
            " from 50 eigenvalues on."
        )
    reasons: dict[str, int] = defaultdict(int)
    for v in shown:
        if v.matrix and v.matrix.left_out:
            reasons[v.matrix.left_out] += 1
    parts += [f"No full spectrum for {plural(count, 'kernel')}: {reason}." for reason, count in reasons.items()]
    uncompared = [
        v for v in shown if v.matrix and v.matrix.units and v.matrix.units.duplicates is None and v.role == "kernel"
    ]
    if uncompared and len(uncompared) < len(shown):
        parts.append(
            f"Duplicate filters were not looked for in {plural(len(uncompared), 'kernel')} (size, or under 8 inputs)."
        )
    return " ".join(parts)


def _drawn(stats: WeightStats) -> str:
    return "" if stats.every == 1 else f" The layer explorer draws one kernel in {stats.every}."


def kinds_table(stats: WeightStats) -> Table | None:
    """Return one row for each kind of bias, normalisation parameter and other vector; None without any."""
    kinds: dict[str, list[VariableStats]] = defaultdict(list)
    for v in stats.variables:
        if v.matrix is None and v.role in ("bias", "norm", "other", "kernel", "embedding"):
            kinds[v.name].append(v)
    if not kinds:
        return None
    columns = [
        Column(label="Parameter", unit="name"), Column(label="Variables", unit="exact"),
        Column(label="Values", unit="count"), Column(label="Mean", unit="number"), Column(label="Std", unit="number"),
        Column(label="Min", unit="number"), Column(label="Max", unit="number"), Column(label="Zeros", unit="share"),
        Column(label="As initialised", unit="exact"), Column(label="Distribution", unit="spark"),
    ]  # fmt: skip
    rows = [TableRow(cells=_kind(name, members)) for name, members in kinds.items()]
    return Table(
        title="Biases, normalisation and other vectors", columns=columns, rows=rows, sort=False,
        subtitle="One row a kind, over all layers; each variable's figures stand with its layer",
        note="“As initialised” counts variables whose every value is still the initializer's constant.",
    )  # fmt: skip


def _kind(name: str, members: Sequence[VariableStats]) -> tuple[Any, ...]:
    known = [v.values for v in members if v.values and v.values.mean is not None]
    size = sum(math.prod(v.shape) for v in members)
    constant = [v for v in members if v.initial and v.initial.std == 0 and v.initial.distance is not None]
    same = sum(v.initial.distance == 0 for v in constant if v.initial) if constant else None
    if not known:
        return (name, len(members), size, None, None, None, None, None, same, None)
    finite = sum(d.finite for d in known)
    mean = sum((d.mean or 0.0) * d.finite for d in known) / finite
    square = sum(((d.std or 0.0) ** 2 + ((d.mean or 0.0) - mean) ** 2) * d.finite for d in known) / finite
    zeros = sum(d.zeros for d in known) / finite
    low, high = min(d.low or 0.0 for d in known), max(d.high or 0.0 for d in known)
    return (name, len(members), size, mean, math.sqrt(square), low, high, zeros, same, joined(known, low, high))


def joined(parts: Sequence[Distribution], low: float, high: float) -> list[float]:
    """Return one histogram of several; a bin's count is spread evenly over the new bins it overlaps."""
    edges = np.linspace(low, high, SPARK_BINS + 1)
    counts = np.zeros(SPARK_BINS)
    for part in parts:
        if part.low is None or part.high is None or not part.high > part.low:
            at = 0 if high <= low else int((((part.low or 0.0) - low) / (high - low)) * SPARK_BINS)
            counts[min(at, SPARK_BINS - 1)] += part.finite
            continue
        own = np.linspace(part.low, part.high, part.histogram.size + 1)
        total = np.concatenate(([0.0], np.cumsum(part.histogram)))
        counts += np.diff(np.interp(edges, own, total))
    return [float(f"{count:.4g}") for count in counts]
