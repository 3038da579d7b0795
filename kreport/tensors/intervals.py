"""Intervals of a measured figure: how far it could be from the one of all samples that could have been drawn."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.95
"""Share of such intervals that hold the true figure."""

DRAWS = 1000
"""Of a bootstrap; enough for the ends of a 95 % percentile interval (Efron and Tibshirani 1993, section 13.3)."""

VALUES = 1 << 20
"""Rows drawn in one go: 8 MB of indices, and as much for how often each is there; at least one draw."""


@dataclass(frozen=True, kw_only=True)
class Interval:
    """Both ends, and how they were found, in words: "Wilson", "bootstrap, 1,000 draws"."""

    low: float
    high: float
    method: str


def wilson(successes: float, n: float, *, level: float = LEVEL) -> Interval | None:
    """Return the score interval of a share, in [0, 1]; None where nothing was counted (Wilson 1927).

    It holds for few samples and for shares of 0 and 1 too, where ± standard errors do not (Brown, Cai and DasGupta
    2001).

    Args:
        successes: how many, 0 ≤ ``successes`` ≤ ``n``.
        n: of how many. For weighted samples the effective number, (Σw)² / Σw² (Kish 1965), and the same share of it.
        level: share of such intervals that hold the true share.
    """
    if n <= 0:
        return None
    z, share = _normal(level), successes / n
    centre = share + z * z / (2 * n)
    reach = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    low = 0.0 if successes <= 0 else (centre - reach) / scale
    high = 1.0 if successes >= n else (centre + reach) / scale
    return Interval(low=low, high=high, method="Wilson")


def of_mean(mean: float, std: float, n: int, *, level: float = LEVEL) -> Interval | None:
    """Return Student's interval of a mean; None with fewer than three values or where it is not finite.

    Args:
        mean: of the values.
        std: their sample standard deviation, with ``n − 1``.
        n: number of values, independent of one another.
        level: share of such intervals that hold the true mean.
    """
    if n < 3 or not math.isfinite(mean + std):
        return None
    reach = _student(level, n - 1) * std / math.sqrt(n)
    return Interval(low=mean - reach, high=mean + reach, method="Student’s t")


def bootstrap(
    rows: NDArray[np.floating],
    statistic: Callable[[NDArray[np.float64]], NDArray[np.floating]],
    *,
    seed: int,
    draws: int = DRAWS,
    level: float = LEVEL,
) -> Interval | None:
    """Return the percentile interval of what follows from means, by drawing rows with replacement (Efron 1979).

    All draws take ``draws × rows`` random numbers, some 10 ns each: for 20,000 rows a fifth of a second. A mean itself
    has :func:`of_mean`. Rows that are NaN are to be left out before.

    Args:
        rows: what the means are of, one row a sample: of shape ``(n, columns)``.
        statistic: takes the means of many draws at once, float64 ``(m, columns)``, and returns their values, ``(m,)``;
            NaN where it is not defined: ``lambda means: means[:, 0] / means[:, 1]``.
        seed: of the draws; the same seed gives the same interval.
        draws: how many.
        level: as in :func:`percentiles`, which see also for None; None too without rows.
    """
    count = len(rows)
    if not count:
        return None
    random, found = np.random.default_rng(seed), []
    step = max(1, VALUES // count)
    for start in range(0, draws, step):
        index = random.integers(count, size=(min(step, draws - start), count))
        index += count * np.arange(len(index))[:, None]
        often = np.bincount(index.ravel(), minlength=index.size).reshape(index.shape)
        found.append(often @ rows.astype(np.float64, copy=False) / count)
    return percentiles(np.asarray(statistic(np.concatenate(found)), np.float64), level=level)


def percentiles(drawn: NDArray[np.floating], *, level: float = LEVEL) -> Interval | None:
    """Return the interval between the percentiles of what a statistic was in each draw of a bootstrap.

    That of a difference of two independent figures is the interval of the difference of their draws:
    ``percentiles(ours - theirs)``, from different seeds.

    Args:
        drawn: float ``(draws,)``. Draws in which the statistic is not defined, NaN, are left out; None where all are.
        level: share of the draws between the ends.
    """
    known = drawn[~np.isnan(drawn)]
    if not known.size:
        return None
    low, high = np.quantile(known, ((1 - level) / 2, (1 + level) / 2)).tolist()
    return Interval(low=low, high=high, method=f"bootstrap, {drawn.size:,} draws")


def difference(value: float, of_value: Interval, other: float, of_other: Interval) -> Interval:
    """Return the interval of ``value − other``, figures of independent samples, from the interval of each.

    Distances from a figure to the ends of its interval add as their squares, lower ends to upper ones (Newcombe 1998
    for shares; Zou and Donner 2008 for any figures): a 95 % interval where both are.
    """
    low = math.hypot(value - of_value.low, of_other.high - other)
    high = math.hypot(of_value.high - value, other - of_other.low)
    names = dict.fromkeys((of_value.method, of_other.method))
    return Interval(low=value - other - low, high=value - other + high, method=" and ".join(names))


def _normal(level: float) -> float:
    """Return the standard errors on each side of an interval: 1.96 for 95 %."""
    return NormalDist().inv_cdf((1 + level) / 2)


def _student(level: float, freedom: int) -> float:
    """Return the same of Student's t, by its expansion in 1 / ``freedom``: 0.8 % too small for 2 at 95 %, 0.01 % for 5.

    Abramowitz and Stegun 1964, 26.7.5.
    """
    z = _normal(level)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return float(z + sum(term / freedom**power for power, term in enumerate(terms, 1)))
