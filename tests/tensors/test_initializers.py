"""Theory agrees with SciPy and with what the formulas of the papers say."""

import math

import numpy as np
import pytest
from scipy import stats

from kreport.tensors.initializers import Theory, fans, variance_scaling


def test_fans_are_those_of_keras() -> None:
    assert fans(()) == (1, 1)
    assert fans((7,)) == (7, 7)
    assert fans((4, 9)) == (4, 9)
    assert fans((3, 5, 8, 16)) == (15 * 8, 15 * 16)


@pytest.mark.parametrize(
    ("scale", "mode", "distribution", "std"),
    [
        (1, "fan_avg", "uniform", math.sqrt(2 / (72 + 144))),  # Glorot
        (2, "fan_in", "truncated_normal", math.sqrt(2 / 72)),  # He
        (1, "fan_in", "untruncated_normal", math.sqrt(1 / 72)),  # LeCun, not cut
        (2, "fan_out", "uniform", math.sqrt(2 / 144)),
    ],
)
def test_the_deviation_is_that_of_the_paper(scale: float, mode: str, distribution: str, std: float) -> None:
    theory = variance_scaling((3, 3, 8, 16), scale=scale, mode=mode, distribution=distribution)
    assert theory.std == pytest.approx(std, rel=1e-6)


@pytest.mark.parametrize("level", [0.01, 0.05, 0.5, 0.95])
def test_quantiles_are_those_of_scipy(level: float) -> None:
    assert Theory(kind="truncated", scale=2).quantile(level) == pytest.approx(
        stats.truncnorm(-2, 2, scale=2).ppf(level)
    )
    assert Theory(kind="normal", centre=1).quantile(level) is not None
    assert Theory(kind="normal", centre=1, scale=3).quantile(level) == pytest.approx(stats.norm(1, 3).ppf(level))
    assert Theory(kind="uniform", centre=1, scale=3).quantile(level) == pytest.approx(stats.uniform(-2, 6).ppf(level))


def test_share_below_inverts_the_quantile() -> None:
    for kind in ("uniform", "normal", "truncated"):
        theory = Theory(kind=kind, centre=0.3, scale=0.7)
        points = np.array([theory.quantile(level) for level in (0.1, 0.5, 0.9)])
        np.testing.assert_allclose(theory.share_below(points), (0.1, 0.5, 0.9), atol=1e-7)


def test_single_values_of_an_orthogonal_matrix_have_no_stated_distribution() -> None:
    theory = Theory(kind="orthogonal", scale=2, side=16)
    assert theory.std == 0.5  # the root mean square of a 16 × n matrix with orthonormal columns, doubled
    assert theory.quantile(0.5) is None
