"""Integrated gradients: exact where the integral is known, complete, and the same however they are cut in batches."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kreport.probes.samples.paths import gradients_at, integrated


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
    found = integrated(linear(w), [x], [base], nodes=2, most=2, batch=batch)
    np.testing.assert_allclose(found.values[0], w * (x - base), atol=1e-12)
    np.testing.assert_allclose(found.score - found.base, found.values[0].sum(1), atol=1e-12)


def test_of_a_cube_they_are_the_difference_of_the_cubes():
    x, base = np.array([[1.0, -2.0]]), np.array([[0.5, 1.0]])
    found = integrated(cubic, [x], [base], nodes=2, most=2, batch=64)
    np.testing.assert_allclose(found.values[0], x**3 - base**3, rtol=1e-12)
    assert found.errors[0] < 1e-12


def test_the_sum_is_refined_until_it_is_complete():
    def bump(values, who):
        (x,) = values
        return 1 / (1 + np.exp(-40 * (x[:, 0] - 0.5))), [
            40 * np.exp(-40 * (x - 0.5)) / (1 + np.exp(-40 * (x - 0.5))) ** 2
        ]

    coarse = integrated(bump, [np.ones((1, 1))], [np.zeros((1, 1))], nodes=4, most=4, batch=64)
    fine = integrated(bump, [np.ones((1, 1))], [np.zeros((1, 1))], nodes=4, most=64, batch=64)
    assert coarse.nodes == 4
    assert coarse.errors[0] > 0.05 > fine.errors[0]
    assert fine.nodes > 4


def test_two_inputs_share_what_the_score_moves():
    def product(values, who):
        a, b = values
        return a[:, 0] * b[:, 0], [b.copy(), a.copy()]

    ones, zeros = np.full((1, 1), 3.0), np.zeros((1, 1))
    found = integrated(product, [ones, ones * 2], [zeros, zeros], nodes=3, most=3, batch=2)
    np.testing.assert_allclose([v[0, 0] for v in found.values], [9, 9])


def test_equal_scores_have_no_error_to_tell():
    found = integrated(linear(np.zeros(2)), [np.ones((1, 2))], [np.zeros((1, 2))], nodes=2, most=8, batch=8)
    assert np.isnan(found.errors[0])


def test_gradients_know_which_sample_a_row_stands_for():
    seen = []

    def noting(values, who):
        seen.extend(who.tolist())
        return values[0][:, 0], [np.ones_like(values[0])]

    integrated(noting, [np.zeros((3, 1))], [np.ones((3, 1))], nodes=2, most=2, batch=4)
    assert np.bincount(seen).tolist() == [4, 4, 4]
    assert gradients_at(cubic, [np.array([[2.0], [3.0]])], 1)[0].tolist() == [[12.0], [27.0]]


@pytest.mark.parametrize("batch", [1, 3, 64])
def test_the_size_of_batches_changes_nothing(batch):
    x = np.arange(6.0).reshape(3, 2)
    found = integrated(cubic, [x], [np.zeros((3, 2))], nodes=8, most=8, batch=batch)
    np.testing.assert_allclose(found.values[0], x**3, rtol=1e-12)
