"""Distances equal SciPy's, exactly for small arrays and to 1/1000 for large ones."""

import numpy as np
import pytest
from scipy import stats

from kreport.tensors.cumulative import FineCounts
from kreport.tensors.distribution import distribution
from kreport.tensors.initializers import Theory

THEORIES = {
    "uniform": (Theory(kind="uniform", centre=0.1, scale=0.5), stats.uniform(-0.4, 1.0)),
    "normal": (Theory(kind="normal", centre=-0.2, scale=0.3), stats.norm(-0.2, 0.3)),
    "truncated": (Theory(kind="truncated", scale=0.4), stats.truncnorm(-2, 2, scale=0.4)),
}


@pytest.mark.parametrize("kind", THEORIES)
@pytest.mark.parametrize(("size", "tolerance"), [(7, 1e-7), (3000, 1e-7), (60_000, 1 / 2000), (300_000, 1 / 1000)])
def test_distance_is_that_of_scipy(kind: str, size: int, tolerance: float) -> None:
    theory, reference = THEORIES[kind]
    values = np.random.default_rng(size).normal(0.05, 0.4, size)
    _, cumulative = distribution(values)
    expected = stats.kstest(values, reference.cdf).statistic
    assert cumulative.distance(theory.share_below) == pytest.approx(expected, abs=tolerance)


@pytest.mark.parametrize("size", [10, 100_000])
def test_distance_to_a_constant_is_the_larger_share_on_one_side(size: int) -> None:
    values = np.ones(size, np.float32)
    values[: size // 10 * 3] = 0.5
    values[: size // 10] = 2
    _, cumulative = distribution(values)
    assert cumulative.distance_to_constant(1.0) == pytest.approx(0.2)
    assert cumulative.distance_to_constant(-3) == 1
    assert cumulative.distance_to_constant(5) == 1


@pytest.mark.parametrize("size", [10, 100_000])
def test_an_untouched_constant_is_at_no_distance(size: int) -> None:
    _, cumulative = distribution(np.zeros(size, np.float32))
    assert cumulative.distance_to_constant(0.0) == 0


def test_quantiles_among_zeros_are_zero():
    values = np.concatenate([np.zeros(70), np.linspace(0.5, 1, 30)]).astype("float32")
    counts = FineCounts(13)
    counts.add(values)
    low, middle, high = counts.cumulative(0.0, 1.0).quantiles((0.01, 0.5, 0.9))
    assert (low, middle) == (0.0, 0.0)
    assert high == pytest.approx(np.quantile(values, 0.9), rel=1 / 16)
