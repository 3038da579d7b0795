"""When two sets of data are called different: a test for every column at once, and a difference that matters."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from kreport.analyzers._data.stats import ColumnFacts

ALPHA = 0.01
"""Chance that equal data has any drifted column: shared among the columns (Bonferroni)."""

MATTERS = 0.1
"""Kolmogorov-Smirnov distance below which columns are not called different however many samples say so; a rule of
thumb: a tenth of the samples would have to move."""

SHIFTED = 0.1
"""Total variation distance below which classes are not called differently distributed; a rule of thumb."""

Z = 2.326
"""The normal distribution's 99 % quantile."""


def critical_distance(samples: int, train_samples: int, columns: int) -> float | None:
    """Return the distance from which a column counts as drifted.

    The two-sample Kolmogorov-Smirnov test in its asymptotic form (Smirnov 1948): ``c·√((n+m)/(nm))`` with
    ``c = √(-½·ln(α/2))``. Values of one sample (pixels) depend on one another, so samples count, not values.

    Args:
        samples: n, of the data.
        train_samples: m, of the training data.
        columns: that are tested together.
    """
    if not samples or not train_samples:
        return None
    c = math.sqrt(-0.5 * math.log(ALPHA / max(columns, 1) / 2))
    return max(MATTERS, c * math.sqrt((samples + train_samples) / (samples * train_samples)))


def telling(column: ColumnFacts) -> float:
    """Return how much a column stands out: missing values before constants and copies before drift."""
    moved_by = column.drift if column.drift is not None and column.drifted else 0.0
    return 4.0 * bool(column.missing + column.infinite) + 2.0 * (column.constant or column.twin is not None) + moved_by


def moved(counts: Mapping[int, int], others: Mapping[int, int]) -> float | None:
    """Return the total variation distance between shares of classes: ½·Σ|p - q|, in [0, 1]; None without labels."""
    total, other_total = sum(counts.values()), sum(others.values())
    if not total or not other_total:
        return None
    return 0.5 * sum(abs(counts.get(c, 0) / total - others.get(c, 0) / other_total) for c in set(counts) | set(others))


def shifted(counts: Mapping[int, int], others: Mapping[int, int], sizes: tuple[int, int]) -> bool:
    """Tell whether shares of classes differ by more than chance (1 %) and by an amount that matters.

    Pearson's χ² for two samples; its quantile as Wilson and Hilferty (1931) approximate it. Labels of one sample
    (pixels of a mask) depend on one another, so samples count, not labels.

    Args:
        counts: labels of each class.
        others: of the training data.
        sizes: samples of the two.
    """
    total, other_total = sum(counts.values()), sum(others.values())
    distance = moved(counts, others)
    if distance is None or distance <= SHIFTED:
        return False
    n, m = min(total, sizes[0]), min(other_total, sizes[1])
    every = set(counts) | set(others)
    statistic = 0.0
    for c in every:
        p, q = counts.get(c, 0) / total, others.get(c, 0) / other_total
        pooled = (n * p + m * q) / (n + m)
        statistic += (p - q) ** 2 / (pooled * (1 / n + 1 / m)) if pooled else 0.0
    return _is_more_than_chance(statistic, len(every))


def uneven(counts: Sequence[int], samples: int) -> bool:
    """Tell whether classes differ in size by more than chance (1 %), all being equally likely; χ² as above."""
    total = sum(counts)
    if not total or len(counts) < 2:
        return False
    expected, share = total / len(counts), min(total, samples) / total
    return _is_more_than_chance(share * sum((count - expected) ** 2 / expected for count in counts), len(counts))


def _is_more_than_chance(statistic: float, classes: int) -> bool:
    freedom = max(classes - 1, 1)
    return statistic > freedom * (1 - 2 / (9 * freedom) + Z * math.sqrt(2 / (9 * freedom))) ** 3
