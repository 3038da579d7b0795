"""Axes of curves: domains and ticks chosen so that labels can be placed, and never overlap."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["linear", "log", "percent"]

LARGE, HUGE, SMALL = 1e5, 1e15, 1e-4
"""Ticks from LARGE on are written 100k, from HUGE on and below SMALL with an exponent."""

MOST = 1e300
"""Values beyond are drawn at the edge: their distance would no longer be a number."""

EXPONENT = 306.0
SAME = 1e-9
"""Values closer than this share of their size are one value to an axis."""

NARROW = 1.3
"""A log axis spans more than this ratio."""

LINE_HEIGHT = 14.0
"""Pixels between the baselines of two labels."""


@dataclass(frozen=True, kw_only=True)
class Axis:
    """A vertical axis: its kind, domain and ticks, and how these are written (d3 format)."""

    kind: Kind
    low: float
    high: float
    ticks: tuple[float, ...]
    written: str

    def position(self, value: float, height: float) -> float:
        """Return the distance of ``value`` from the top of a plot of this height, px."""
        if self.kind == "log":
            share = math.log(value / self.low) / math.log(self.high / self.low) if value > 0 else 0.0
        else:
            share = (value - self.low) / (self.high - self.low)
        return height * (1 - min(1.0, max(0.0, share)))


def axis_of(values: Sequence[float], kind: Kind, *, most: int = 5, zero: bool = False) -> Axis:
    """Return an axis that holds all finite ``values``.

    Args:
        values: at least one finite one; positive ones only for ``log``.
        kind: ``percent`` is linear, ends at 1 and is written in percent.
        most: ticks, about.
        zero: 0 is on the axis.
    """
    finite = [min(MOST, max(-MOST, value)) for value in values if math.isfinite(value)] or [0.0, 1.0]
    low, high = min(finite), max(finite)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    return _log(low, high, most) if kind == "log" else _linear(low, high, kind, most)


def _linear(low: float, high: float, kind: Kind, most: int) -> Axis:
    if high - low <= SAME * max(abs(low), abs(high)) or high - low < 1 / MOST:
        room = abs(low) / 10 or 0.5
        low, high = low - room, high + room
    step = _step((high - low) / max(1, most - 1))
    bottom, top = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
    if kind == "percent":
        bottom, top = max(0.0, bottom), min(1.0, top)
    count = round((top - bottom) / step)
    ticks = tuple(_clean(bottom + index * step, step) for index in range(count + 1))
    # The domain ends where the curves do: a tick outside is dropped, and no room is lost.
    room = 0.04 * (high - low)
    ends = min(low, max(bottom, low - room)), max(high, min(top, high + room))
    inside = tuple(tick for tick in ticks if ends[0] - 1e-12 <= tick <= ends[1] + 1e-12)
    domain = ends if len(inside) > 1 else (bottom, top)
    shown = inside if len(inside) > 1 else ticks
    return Axis(kind=kind, low=domain[0], high=domain[1], ticks=shown, written=_written(shown, kind))


def _step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * (1 - 1e-9))


def _clean(value: float, step: float) -> float:
    digits = max(0, 2 - math.floor(math.log10(step)))
    return round(value, digits) if digits < 300 else value


def _log(low: float, high: float, most: int) -> Axis:
    ends = math.log10(low), math.log10(high)
    room = max(0.03 * (ends[1] - ends[0]), (math.log10(NARROW) - (ends[1] - ends[0])) / 2)
    low, high = 10.0 ** max(-EXPONENT, ends[0] - room), 10.0 ** min(EXPONENT, ends[1] + room)
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for factors, stride in (
        ((1, 1.5, 2, 3, 5, 7), 1),
        ((1, 2, 5), 1),
        ((1, 3), 1),
        ((1,), 1),
        ((1,), 2),
        ((1,), 3),
        ((1,), 6),
        ((1,), 24),
        ((1,), 100),
    ):
        ticks = tuple(
            float(f"{factor}e{power}") for power in range(first, last + 1) if power % stride == 0 for factor in factors
            if low <= float(f"{factor}e{power}") <= high
        )  # fmt: skip
        if len(ticks) <= most + 1:
            break
    return Axis(kind="log", low=low, high=high, ticks=ticks, written=_written(ticks, "log"))


def _written(ticks: Sequence[float], kind: Kind) -> str:
    """Return the d3 format in which these ticks are told apart and stay short."""
    if kind == "percent":
        return ".4~%"
    sizes = [abs(tick) for tick in ticks if tick] or [1.0]
    if max(sizes) >= LARGE:
        return ".3~s" if max(sizes) < HUGE and min(sizes) >= 1 else ".3~e"
    return ".3~e" if min(sizes) < SMALL else ",.4~r"


def epoch_ticks(first: int, last: int, most: int = 5) -> list[int]:
    """Return the epochs to write below a chart: the first, round ones, and the last where it has room."""
    if last - first <= most + 1:
        return list(range(first, last + 1))
    rough = (last - first) / max(1, most - 1)
    power = 10 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    between = [tick for tick in range(step, last, step) if tick - first >= 0.6 * step and last - tick >= 0.55 * step]
    return [first, *between, last]


def spread(positions: Sequence[float], *, top: float, bottom: float) -> list[float]:
    """Return positions moved apart to :data:`LINE_HEIGHT` or more, in the same order, within the limits if they fit."""
    order = sorted(range(len(positions)), key=lambda index: positions[index])
    placed: list[float] = []
    for index in order:
        least = placed[-1] + LINE_HEIGHT if placed else top
        placed.append(max(positions[index], least))
    over = placed[-1] - bottom if placed else 0.0
    if over > 0:
        placed[-1] -= over
        for place in range(len(placed) - 2, -1, -1):
            placed[place] = min(placed[place], placed[place + 1] - LINE_HEIGHT)
    found = [0.0] * len(positions)
    for height, index in zip(placed, order, strict=True):
        found[index] = height
    return found
