"""Integrated gradients: exact where the integral is known, complete, and the same however they are cut in batches."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kreport.probes.samples.paths import fejer, integrated


def linear(w):
    def gradients(values, who):
        return (values[0] * w).sum(1), [np.broadcast_to(w, values[0].shape)]

    return gradients


def cubic(values, who):
    (x,) = values
    return (x**3).sum(1), [3 * x**2]


@given(st.integers(1, 9), st.integers(1, 5), st.integers(1, 7))
def test_of_a_linear_model_they_are_weight_times_distance(features, samples, batch):
    rng = np.random.default_rng(features * 10 + samples)
    w, x, base = rng.normal(size=features), rng.normal(size=(samples, features)), rng.normal(size=(samples, features))
    found = integrated(linear(w), [x], [base], most=7, batch=batch)
    np.testing.assert_allclose(found.values[0], w * (x - base), atol=1e-12)
    np.testing.assert_allclose(found.score - found.base, found.values[0].sum(1), atol=1e-12)


def test_of_a_cube_they_are_the_difference_of_the_cubes():
    x, base = np.array([[1.0, -2.0]]), np.array([[0.5, 1.0]])
    found = integrated(cubic, [x], [base], most=7, batch=64)
    np.testing.assert_allclose(found.values[0], x**3 - base**3, rtol=1e-12)
    assert found.errors[0] < 1e-12
    np.testing.assert_allclose(found.slopes[0], 3 * x**2)


@pytest.mark.parametrize("parts", [8, 16, 32, 64, 128])
def test_the_weights_are_exact_for_polynomials(parts):
    """Fejér's sum with n − 1 nodes has no error up to the power n − 2."""
    nodes = (1 - np.cos(np.pi * np.arange(1, parts) / parts)) / 2
    for power in (0, 1, parts // 2, parts - 2):
        assert fejer(parts) @ nodes**power == pytest.approx(1 / (power + 1), rel=1e-9)


def test_the_sum_is_refined_until_it_is_complete():
    def bump(values, who):
        (x,) = values
        return 1 / (1 + np.exp(-40 * (x[:, 0] - 0.5))), [
            40 * np.exp(-40 * (x - 0.5)) / (1 + np.exp(-40 * (x - 0.5))) ** 2
        ]

    coarse = integrated(bump, [np.ones((1, 1))], [np.zeros((1, 1))], most=7, batch=64)
    fine = integrated(bump, [np.ones((1, 1))], [np.zeros((1, 1))], most=127, batch=64)
    assert coarse.nodes.tolist() == [7]
    assert coarse.errors[0] > 0.02 > fine.errors[0]
    assert fine.nodes[0] > 15


def test_only_samples_that_need_it_get_a_finer_sum_and_no_gradient_is_taken_twice():
    met = []

    def steep(values, who):
        (x,) = values
        met.extend(zip(who.tolist(), np.round(x[:, 0], 12).tolist(), strict=True))
        slope = np.where(who == 0, 1.0, 60.0)[:, None]
        raised = 1 / (1 + np.exp(-slope * (x - 0.37)))
        return raised[:, 0], [slope * raised * (1 - raised)]

    found = integrated(steep, [np.ones((2, 1))], [np.zeros((2, 1))], most=127, batch=5)
    assert found.nodes[0] == 15 < found.nodes[1]
    assert len(set(met)) == len(met) == found.nodes.sum() + 4
    assert (found.errors < 0.02).all()


def test_what_is_no_number_at_the_ends_spoils_no_sum():
    def root(values, who):
        (x,) = values
        with np.errstate(divide="ignore"):
            return np.sqrt(x[:, 0]), [0.5 / np.sqrt(x)]

    found = integrated(root, [np.full((1, 1), 4.0)], [np.zeros((1, 1))], most=127, batch=64)
    assert found.values[0][0, 0] == pytest.approx(2.0, rel=0.02)


def test_two_inputs_share_what_the_score_moves():
    def product(values, who):
        a, b = values
        return a[:, 0] * b[:, 0], [b.copy(), a.copy()]

    ones, zeros = np.full((1, 1), 3.0), np.zeros((1, 1))
    found = integrated(product, [ones, ones * 2], [zeros, zeros], most=7, batch=2)
    np.testing.assert_allclose([v[0, 0] for v in found.values], [9, 9])


def test_equal_scores_have_no_error_to_tell():
    found = integrated(linear(np.zeros(2)), [np.ones((1, 2))], [np.zeros((1, 2))], most=127, batch=8)
    assert np.isnan(found.errors[0])


def test_gradients_know_which_sample_a_row_stands_for():
    seen = []

    def noting(values, who):
        seen.extend(who.tolist())
        return values[0][:, 0], [np.ones_like(values[0])]

    integrated(noting, [np.zeros((3, 1))], [np.ones((3, 1))], most=7, batch=4)
    assert np.bincount(seen).tolist() == [9, 9, 9]


@pytest.mark.parametrize("batch", [1, 3, 64])
def test_the_size_of_batches_changes_nothing(batch):
    x = np.arange(6.0).reshape(3, 2)
    found = integrated(cubic, [x], [np.zeros((3, 2))], most=15, batch=batch)
    np.testing.assert_allclose(found.values[0], x**3, rtol=1e-12)
