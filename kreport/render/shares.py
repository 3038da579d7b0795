"""Shares of classes in a cell of a strip: green is right, orange is said and wrong, grey is neither."""

from __future__ import annotations

import math
from dataclasses import dataclass

from kreport.document.blocks import ShareBars
from kreport.document.colours import token
from kreport.document.numbers import quantity

TALL = 38
"""Height of a share of one, px."""

LONG = 44
"""Width of a share of one, px."""

NARROW = 2
"""Characters of names that fit beneath columns."""

LINES = 3
"""Classes written out where their names are longer; the right one is always among them."""

LEAST = 0.005
"""Shares below are left out of the lines."""


@dataclass(frozen=True)
class Bar:
    """One class: its name, place, height and colour."""

    name: str
    share: float
    x: float
    height: float
    colour: str


def columns(cell: ShareBars) -> list[Bar]:
    """Return a column a class where names are short enough; [] where they are not."""
    widest = max((len(name) for name in cell.names), default=NARROW + 1)
    if widest > NARROW or len(cell.names) <= LINES:
        return []
    step = 10 if widest == 1 else 15
    return [
        Bar(name, share, step * (index + 0.5), _length(share, TALL), _colour(cell, index))
        for index, (name, share) in enumerate(zip(cell.names, cell.shares, strict=True))
    ]


def lines(cell: ShareBars) -> list[Bar]:
    """Return a line for the largest shares and the right class."""
    order = sorted(range(len(cell.names)), key=lambda index: _key(cell.shares[index]))
    shown = [i for n, i in enumerate(order) if i == cell.right or (n < LINES and (cell.shares[i] >= LEAST or not n))]
    return [Bar(cell.names[i], cell.shares[i], 0, _length(cell.shares[i], LONG), _colour(cell, i)) for i in shown]


def _key(share: float) -> float:
    return -share if math.isfinite(share) else 1.0  # what is no share comes last


def _length(share: float, whole: float) -> float:
    """Return the length of a bar, px: a hair for nearly nothing, none for what is no share."""
    return min(max(whole * share, 0.5), whole) if math.isfinite(share) else 0.0


def told(cell: ShareBars) -> str:
    """Return the largest shares in words."""
    return ", ".join(f"{bar.name}: {quantity(bar.share, 'share')}" for bar in lines(cell))


def _colour(cell: ShareBars, index: int) -> str:
    if index == cell.right:
        return token("c2")
    return token("c1") if index == cell.said and cell.right >= 0 else token("muted")
