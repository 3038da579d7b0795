"""What a cell holds that is more than a value or a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kreport.document.text import Text

Unit = Literal["text", "name", "number", "count", "exact", "bytes", "flops", "si", "share", "seconds", "bar", "spark"]
"""How a value is written; ``bar`` is a share drawn in the cell, ``spark`` a histogram."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Swatch:
    """A cell with the colour of a layer kind before its text."""

    layer_kind: str
    text: Text


@dataclass(frozen=True, kw_only=True, eq=False)
class Dot:
    """A cell with a value as a dot on a scale, its interval as a bar, and the value written behind it.

    Attributes:
        value: where the dot is.
        start, end: of the scale, the same in all cells of a column.
        low, high: ends of the 95 % interval; None where there is none.
        mark: what the values are compared with, such as the one over all samples: a tick; None for none.
        unit: how they are written.
        width: of the scale, px.
    """

    value: float
    start: float
    end: float
    low: float | None = None
    high: float | None = None
    mark: float | None = None
    unit: Unit = "share"
    width: int = 72

    @property
    def interval(self) -> tuple[float, float] | None:
        """Both ends, where there is an interval."""
        return None if self.low is None or self.high is None else (self.low, self.high)

    def at(self, value: float) -> float:
        """Return where a value stands, px from the left; what lies beyond the scale stands at its end."""
        span = self.end - self.start
        share = (value - self.start) / span if span > 0 else 0.5
        return self.width * min(max(share, 0.0), 1.0)


@dataclass(frozen=True, kw_only=True, eq=False)
class ShareBars:
    """Shares of some classes as bars in a cell; ``right`` and ``said`` are places among them, −1 for neither."""

    names: Sequence[str]
    shares: Sequence[float]
    right: int = -1
    said: int = -1
