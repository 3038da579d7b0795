"""Singular values equal NumPy's; ranks and exponents are those of matrices that are known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from kreport.tensors.spectra import (
    effective_rank,
    expected_values,
    gram_of,
    largest_only,
    power_law,
    spectrum,
    stable_rank,
)


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(st.integers(1, 12), st.integers(1, 12)).flatmap(
        lambda shape: arrays(np.float64, shape, elements={"min_value": -5, "max_value": 5, "allow_subnormal": False})
    )
)
def test_both_ways_give_the_singular_values_of_numpy(matrix: np.ndarray) -> None:
    sigma = np.linalg.svd(matrix, compute_uv=False)
    columns = matrix.shape[1] <= matrix.shape[0]
    for gram in (None, gram_of(matrix, columns=columns)):
        found = spectrum(matrix, gram, std=1.0)
        np.testing.assert_allclose(found.values, sigma, atol=1e-6 * max(1, sigma[0]))
        assert found.ranks.tolist() == list(range(1, sigma.size + 1))
        assert found.expected.shape == sigma.shape


@pytest.mark.parametrize("columns", [True, False])
def test_gram_in_pieces_is_the_product(columns: bool) -> None:
    matrix = np.random.default_rng(0).normal(size=(5000, 300) if columns else (300, 5000)).astype(np.float32)
    wide = matrix.astype(np.float64)
    np.testing.assert_allclose(
        gram_of(matrix, columns=columns), wide.T @ wide if columns else wide @ wide.T, rtol=1e-10, atol=1e-8
    )


def test_a_long_spectrum_keeps_its_ends() -> None:
    matrix = np.random.default_rng(0).normal(size=(300, 200))
    found = spectrum(matrix, None, std=None)
    sigma = np.linalg.svd(matrix, compute_uv=False)
    assert found.ranks[:8].tolist() == list(range(1, 9))
    assert found.ranks[-1] == 200
    assert found.ranks.size <= 40
    np.testing.assert_allclose(found.values, sigma[found.ranks - 1])
    assert found.expected.size == 0
    assert found.stable_rank == pytest.approx((sigma**2).sum() / sigma[0] ** 2)


def test_ranks_of_known_matrices() -> None:
    identity = spectrum(np.eye(7), None, std=None)
    assert (identity.stable_rank, identity.effective_rank) == (pytest.approx(7), pytest.approx(7))
    one = spectrum(np.outer(np.arange(1, 6), np.arange(1, 4)).astype(float), None, std=None)
    assert (one.stable_rank, one.effective_rank) == (pytest.approx(1), pytest.approx(1, abs=1e-6))
    assert stable_rank(np.zeros(3)) is None
    assert effective_rank(np.zeros(3)) is None


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_power_iterations_come_close_from_below(dtype: type) -> None:
    matrix = np.random.default_rng(4).normal(size=(800, 500)).astype(dtype)
    sigma = np.linalg.norm(matrix.astype(np.float64), 2)
    found = largest_only(matrix, norm=float(np.linalg.norm(matrix.astype(np.float64))))
    assert 0.97 * sigma <= found.largest <= 1.0001 * sigma
    assert found.effective_rank is None


@pytest.mark.parametrize("alpha", [2.2, 3.5])
def test_the_exponent_of_a_power_law_is_found(alpha: float) -> None:
    levels = (np.arange(2000) + 0.5) / 2000
    found = power_law((1 - levels) ** (-1 / (alpha - 1)))
    assert found is not None
    assert found.alpha == pytest.approx(alpha, rel=0.03)
    assert found.distance < 0.02


def fit(tail: np.ndarray) -> float:
    """Return the Kolmogorov-Smirnov distance of the maximum-likelihood power law from a sorted tail."""
    alpha = 1 + tail.size / np.log(tail / tail[0]).sum()
    return float(stats.kstest(tail, lambda x: 1 - (x / tail[0]) ** (1 - alpha)).statistic)


def test_the_power_law_is_the_best_of_all_starts() -> None:
    values = np.sort(np.random.default_rng(5).lognormal(size=120))
    distances = [fit(values[start:]) for start in range(111)]
    found = power_law(values)
    assert found is not None
    assert found.distance == pytest.approx(min(distances))
    assert found.start == values[int(np.argmin(distances))]


def test_few_eigenvalues_have_no_power_law() -> None:
    assert power_law(np.arange(1.0, 50)) is None
    assert power_law(np.zeros(100)) is None
    assert power_law(np.ones(100)) is None


@pytest.mark.parametrize("shape", [(400, 400), (900, 300), (300, 900)])
def test_expected_values_are_those_of_independent_weights(shape: tuple[int, int]) -> None:
    sigma = np.linalg.svd(np.random.default_rng(6).normal(size=shape), compute_uv=False)
    np.testing.assert_allclose(expected_values(*shape), sigma, rtol=0.05, atol=0.3)
