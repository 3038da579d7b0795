"""Numbers as people read them: three significant digits, one unit, a dash for what was not measured."""

from __future__ import annotations

import math
from collections.abc import Sequence

NARROW = "\u202f"  # narrow no-break space, before every unit
MINUS = "\u2212"
MISSING = "\u2013"  # not measured; a measured zero is 0

_COUNT = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_BILLIONS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))
_SECONDS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))


def quantity(value: float | None, unit: str = "number") -> str:
    """Format a measured value.

    Args:
        value: the number; ``None`` was not measured.
        unit: ``number`` (three significant digits), ``count`` (25.6 M), ``exact`` (25,636,712),
            ``bytes`` (3.4 MB, decimal), ``flops`` (1.2 GFLOPs), ``si`` (1.2 G, where the heading names the unit),
            ``share`` (0.123 → 12.3 %),
            ``seconds`` (0.41 ms).
    """
    number, suffix = parts(value, unit)
    return f"{number}{NARROW}{suffix}" if suffix else number


def parts(value: float | None, unit: str = "number") -> tuple[str, str]:
    """Return number and unit apart, as a key figure shows them; see :func:`quantity`."""
    if value is None:
        return MISSING, ""
    if not math.isfinite(value):
        return ("NaN" if math.isnan(value) else "∞" if value > 0 else f"{MINUS}∞"), ""
    number, suffix = _parts(value, unit)
    return number.replace("-", MINUS, 1) if number.startswith("-") else number, suffix


def _parts(value: float, unit: str) -> tuple[str, str]:
    if unit == "count":
        return _scaled(value, _BILLIONS)
    if unit == "exact":
        return f"{value:,.0f}", ""
    if unit == "bytes":
        number, prefix = _scaled(value, tuple((s, p.replace("k", "K")) for s, p in _COUNT))
        return number, f"{prefix}B"
    if unit == "flops":
        number, prefix = _scaled(value, _COUNT)
        return number, f"{prefix}FLOPs"
    if unit == "si":
        return _scaled(value, _COUNT)
    if unit == "share":
        return _percent(value), "%"
    if unit == "seconds":
        return _seconds(value)
    return _significant(value), ""


def _scaled(value: float, steps: Sequence[tuple[float, str]]) -> tuple[str, str]:
    for size, prefix in steps:
        if abs(value) >= size * 0.9995:
            scaled = value / size
            return (f"{scaled:.0f}" if abs(scaled) >= 999.5 else f"{scaled:.1f}"), prefix
    return f"{value:.0f}" if float(value).is_integer() else _significant(value), ""


def _percent(share: float) -> str:
    percent = 100 * share
    if percent in (0, 100):
        return f"{percent:.0f}"
    if abs(percent) < 0.05:
        return "<0.1" if percent > 0 else ">-0.1"
    if 99.95 <= percent < 100:
        return ">99.9"
    return f"{percent:.1f}"


def _seconds(value: float) -> tuple[str, str]:
    if value >= 120:
        minutes, seconds = divmod(round(value), 60)
        hours, minutes = divmod(minutes, 60)
        return (f"{hours}:{minutes:02}:{seconds:02}", "h") if hours else (f"{minutes}:{seconds:02}", "min")
    for size, suffix in _SECONDS:
        if value >= size:
            return _significant(value / size), suffix
    return ("0", "s") if value == 0 else (_significant(value / 1e-6), "µs")


def _significant(value: float) -> str:
    if value == 0:
        return "0"
    if float(value).is_integer() and abs(value) < 1e5:
        return f"{value:,.0f}"
    if abs(value) < 1e-3 or abs(value) >= 1e5:
        mantissa, exponent = f"{value:.1e}".split("e")
        return f"{mantissa}e{int(exponent)}"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{digits}f}"


def shape(dimensions: Sequence[int | None] | None, *, batch: bool = False) -> str:
    """Format a shape as ``8×8×16``, without its first (batch) axis unless ``batch``; ``?`` is open."""
    if dimensions is None:
        return MISSING
    shown = dimensions if batch else dimensions[1:]
    return "×".join("?" if d is None else str(d) for d in shown) or "scalar"


def plural(count: int, noun: str, nouns: str = "") -> str:
    """Return ``1 layer``, ``31 layers``."""
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"
