"""What the weights say, in sentences: pure functions of the measurement, with a neutral noun as the way out."""

from __future__ import annotations

import math
from collections.abc import Sequence

from kreport.analyzers._weights.labels import named, worded
from kreport.analyzers._weights.stats import VariableStats, WeightStats
from kreport.document.numbers import MINUS, NARROW, plural, quantity
from kreport.document.text import Span, Text

STILL = 0.02
"""A kernel has moved when its standard deviation left the initializer's by more than 2 %; rule of thumb."""

CRITICAL = 1.63
"""Over √n: the Kolmogorov distance that 1 % of true draws exceed (asymptotic; Smirnov 1948)."""

WHOLE_PERCENT = 0.095
"""From here on a change is written without decimals."""

ALIKE = 0.1
"""σ₁ within 10 % of its expected value: the spectrum is that of independent weights; rule of thumb."""

STANDS_OUT = 1.3
"""σ₁ over its expected value from which a spectrum is said to have strong directions; rule of thumb."""

LOW_RANK = 0.3
"""Effective rank over the smaller side below which a kernel is said to use a small part of it; rule of thumb."""

FULL_RANK = 0.6
"""Effective rank over the smaller side from which a spectrum is said to keep its rank; rule of thumb."""


def lede(stats: WeightStats) -> Text:
    """Return the section's sentence: defects first, then how the kernels moved."""
    if not stats.variables:
        return "The model was not at hand; this is from the log of its training." if stats.log else (
            "The model has no weights."
        )  # fmt: skip
    spans: list[Span] = [*_not_finite(stats), *_dead(stats), *_same(stats), *_movement(stats)]
    good = _good_news(stats)
    if good:
        spans.append(good)
    if not spans:
        spans = [f"{plural(len(stats.variables), 'variable')} with {quantity(parameters(stats), 'count')} values."]
    return tuple(spans)


def parameters(stats: WeightStats) -> int:
    """Return the number of values, without seeds, counters and scales."""
    return sum(math.prod(variable.shape) for variable in stats.variables if variable.role != "state")


def _not_finite(stats: WeightStats) -> list[Span]:
    bad = [v for v in stats.variables if v.values and v.values.nan + v.values.inf]
    if not bad:
        return []
    count = sum(v.values.nan + v.values.inf for v in bad if v.values)
    where = f" and {plural(len(bad) - 1, 'more variable')}" if len(bad) > 1 else ""
    be = "is" if count == 1 else "are"
    return [
        f"{plural(count, 'value')} {be} NaN or infinite, in ",
        named(bad[0], bad if bad[0].matrix is None else stats.matrices),
        f"{where}. ",
    ]


def _dead(stats: WeightStats) -> list[Span]:
    counted = [(v.matrix.units.dead, v) for v in stats.matrices if v.matrix and v.matrix.units and v.role == "kernel"]
    dead = [(count, v) for count, v in counted if count]
    if not dead:
        return []
    most, worst = max(dead, key=lambda pair: pair[0])
    total = worst.matrix.units.count if worst.matrix and worst.matrix.units else most
    more = sum(count for count, _ in dead) - most
    rest = f", and {more:,} in {plural(len(dead) - 1, 'other kernel')}" if more else ""
    text = f"{worded(most).capitalize()} of {plural(total, 'filter')} in "
    return [text, named(worst, stats.matrices), f" {'is' if most == 1 else 'are'} dead{rest}. "]


def _same(stats: WeightStats) -> list[Span]:
    pairs = [(v.matrix.units.duplicates or 0, v) for v in stats.matrices if v.matrix and v.matrix.units]
    found = [(count, v) for count, v in pairs if count]
    if not found:
        return []
    most, worst = max(found, key=lambda pair: pair[0])
    rest = f" and in {plural(len(found) - 1, 'other kernel')}" if len(found) > 1 else ""
    text = f"{worded(most).capitalize()} {'pair' if most == 1 else 'pairs'} of filters in "
    return [text, named(worst, stats.matrices), f" {'points' if most == 1 else 'point'} the same way{rest}. "]


def _movement(stats: WeightStats) -> list[Span]:
    moved = [(v.growth, v) for v in stats.matrices if v.growth is not None and v.role in ("kernel", "embedding")]
    if not moved:
        return []
    if untouched(stats):
        return ["The kernels are still as their initializers draw them. "]
    if max(abs(growth) for growth, _ in moved) <= STILL:
        return ["The kernels have kept the spread of their initialisation. "]
    low, high = (min(moved, key=lambda pair: pair[0]), max(moved, key=lambda pair: pair[0]))
    most = max((low, high), key=lambda pair: abs(math.log1p(max(pair[0], -0.999999))))
    if low[0] > STILL:
        return [
            f"{_every(stats, len(moved))} grown since initialisation, {_range(low[0], high[0])}",
            *_mostly(stats, moved, most[1]),
        ]
    if high[0] < -STILL:
        return [
            f"{_every(stats, len(moved))} shrunk since initialisation, {_range(-high[0], -low[0])}",
            *_mostly(stats, moved, most[1]),
        ]
    grown, shrunk = (sum(sign * growth > STILL for growth, _ in moved) for sign in (1, -1))
    change = f"{'+' if most[0] > 0 else MINUS}{_percent(abs(most[0]))}{NARROW}%"
    text = (
        f"Of {plural(len(moved), 'kernel')}, {grown or 'none'} grew since initialisation"
        f" and {shrunk or 'none'} shrank, most "
    )
    return [text, named(most[1], stats.matrices), f" ({change} in standard deviation). "]


def _every(stats: WeightStats, count: int) -> str:
    if count < len(stats.matrices):
        return (
            f"All {count} kernels with a known initializer have"
            if count > 1
            else "The kernel with a known initializer has"
        )
    return "The kernel has" if count == 1 else "Both kernels have" if count == 2 else "Every kernel has"


def _range(low: float, high: float) -> str:
    first, last = _percent(low), _percent(high)
    return (
        f"by {last}{NARROW}% in standard deviation"
        if first == last
        else f"by {first} to {last}{NARROW}% in standard deviation"
    )


def _percent(value: float) -> str:
    return f"{100 * value:,.0f}" if value >= WHOLE_PERCENT else f"{100 * value:.1f}"


def _mostly(stats: WeightStats, moved: Sequence[tuple[float, VariableStats]], most: VariableStats) -> list[Span]:
    return [". "] if len(moved) == 1 else [", most in ", named(most, stats.matrices), ". "]


def untouched(stats: WeightStats) -> bool:
    """Tell whether every kernel's values still look drawn by its initializer (Kolmogorov distance, 1 % level)."""
    compared = [v for v in stats.matrices if v.initial and v.initial.distance is not None and v.values]
    return bool(compared) and sum(map(_as_drawn, compared)) >= 0.97 * len(compared)


def _as_drawn(v: VariableStats) -> bool:
    finite = v.values.finite if v.values else 0
    distance = v.initial.distance if v.initial and v.initial.distance is not None else 1.0
    # 1/500 covers the bins of large arrays and the coarseness of 16-bit types.
    return finite > 0 and distance <= CRITICAL / math.sqrt(finite) + 0.002


def _good_news(stats: WeightStats) -> str:
    checked = [v for v in stats.variables if v.values]
    none: list[str] = []
    if checked and not any(v.values.nan + v.values.inf for v in checked if v.values):
        none.append("NaN")
    units = [v.matrix.units for v in stats.matrices if v.matrix and v.matrix.units]
    if units and not any(unit.dead for unit in units):
        none.append("dead filters")
    compared = [unit for unit in units if unit.duplicates is not None]
    if compared and len(compared) == len(units) and not any(unit.duplicates for unit in compared):
        none.append("duplicates")
    return f"No {', no '.join(none)}." if none else ""


def bands_title(stats: WeightStats) -> str:
    """Return the title of the depth chart."""
    moved = [v.growth for v in stats.matrices if v.growth is not None]
    centred = all(_centred(v) for v in stats.matrices if v.growth is not None)
    if not moved:
        return "Weight values by layer"
    if untouched(stats):
        return "Kernels as initialised"
    if min(moved) > STILL:
        return "Kernels stayed centred and widened" if centred else "Kernels widened"
    if max(moved) < -STILL:
        return "Kernels stayed centred and narrowed" if centred else "Kernels narrowed"
    return "Weight values by layer"


def _centred(v: VariableStats) -> bool:
    d = v.values
    return d is not None and d.mean is not None and d.std is not None and abs(d.mean) <= 0.25 * d.std


def spectra_title(shown: Sequence[VariableStats]) -> str:
    """Return the title of the spectra of these kernels."""
    spectra = [v.matrix.spectrum for v in shown if v.matrix and v.matrix.spectrum]
    ratios = [float(s.values[0] / s.expected[0]) for s in spectra if s.expected.size and s.expected[0] > 0]
    ranks = [s.effective_rank / min(s.rows, s.columns) for s in spectra if s.effective_rank]
    kept = ", full rank kept" if ranks and min(ranks) >= FULL_RANK else ""
    if len(ratios) == len(spectra) and ratios and max(abs(r - 1) for r in ratios) < ALIKE:
        return "Spectra: as independent weights have them"
    if ratios and sorted(ratios)[len(ratios) // 2] >= STANDS_OUT:
        return f"Spectra: a few strong directions{kept}"
    if ranks and min(ranks) < LOW_RANK:
        return "Spectra: some kernels use a small part of their rank"
    return "Spectra"
