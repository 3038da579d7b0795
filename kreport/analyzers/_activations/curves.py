"""The curves of activation functions as they are drawn: as far as their inputs reach."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kreport.analyzers._activations.stats import Curve
from kreport.probes.curves import POINTS as MEASURED
from kreport.probes.curves import REACH, FunctionCurve
from kreport.probes.observers.functions import FunctionInputs

POINTS = 161
"""Of a drawn curve, kinks beside them."""

WIDEST = 1000.0
"""The picture ends here at the latest, and at ±20 where the function is not straight from there on."""

OPEN = 1e9
"""Stands for an open end of a flat stretch."""

STEP = 2 * REACH / (MEASURED - 1)
"""Between two points of a measured curve: where it has a kink, its slope jumps from one to the next."""

ROOM = 0.04
STRAIGHT = 1e-3
"""Slopes that differ by less over the last quarter of a measured curve go on like that."""

BESIDE = 1.0
"""As far beside a flat stretch the picture reaches at least."""


def drawn_curves(uses: Sequence[FunctionInputs], curves: Sequence[FunctionCurve]) -> tuple[Curve, ...]:
    """Return each curve over the range in which most inputs of its users lie."""
    return tuple(_drawn(curve, [one for one in uses if one.curve == index]) for index, curve in enumerate(curves))


def _drawn(curve: FunctionCurve, users: Sequence[FunctionInputs]) -> Curve:
    low, high = _range(users, curve)
    edges = [edge for flat in curve.flats for edge in flat if low < edge < high]
    kinks = [edge + step for edge in (*edges, *([0.0] if low < 0 < high else [])) for step in (-STEP, 0.0, STEP)]
    z = np.union1d(np.linspace(low, high, POINTS), [kink for kink in kinks if low < kink < high])
    nothing = np.zeros(0)
    return Curve(
        names=tuple(dict.fromkeys(one.name for one in users)), z=z, a=_at(z, curve, curve.a),
        slope=np.interp(z, curve.z, curve.slope),
        least=nothing if curve.least is None else _at(z, curve, curve.least),
        most=nothing if curve.most is None else _at(z, curve, curve.most),
        flats=tuple((max(a, -OPEN), min(b, OPEN)) for a, b in curve.flats), bounded=curve.bounded, low=low, high=high,
    )  # fmt: skip


def _at(z: NDArray[np.float64], curve: FunctionCurve, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the function at ``z``; beyond what was measured it goes on straight."""
    found = np.interp(z, curve.z, values)
    beyond = z - np.clip(z, -REACH, REACH)
    ends = np.gradient(values, curve.z)[[0, -1]]
    return np.asarray(found + beyond * np.where(z < 0, ends[0], ends[1]))


def _range(users: Sequence[FunctionInputs], curve: FunctionCurve) -> tuple[float, float]:
    """Return where the middle 99 % of most layers lie and the middle 80 % of every one, with the flat edges in it."""
    known = [c for one in users if (c := one.z.cumulative()) is not None]
    levels = np.array([c.quantiles((0.005, 0.1, 0.9, 0.995)) for c in known] or [(-1.0, -1.0, 1.0, 1.0)])
    edges = [edge for flat in curve.flats for edge in flat if np.isfinite(edge)] or [0.0]
    low = min(float(np.median(levels[:, 0])), float(levels[:, 1].min()), min(edges) - BESIDE)
    high = max(float(np.median(levels[:, 3])), float(levels[:, 2].max()), max(edges) + BESIDE)
    room = ROOM * (high - low)
    quarter = len(curve.z) // 4
    reach = [WIDEST if np.ptp(part) < STRAIGHT else REACH for part in (curve.slope[:quarter], curve.slope[-quarter:])]
    return max(-reach[0], low - room), min(reach[1], high + room)
