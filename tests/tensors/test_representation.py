"""PCA, CKA and linear probes are those of the literature."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import svdvals

from kreport.tensors.representation import linear_cka, narrowed, predictability, projection, separability

RANDOM = np.random.default_rng(3)


def test_projection_explains_what_singular_values_say():
    features = RANDOM.normal(size=(40, 7)) * np.arange(1, 8)
    found = projection(features)
    squares = svdvals(features - features.mean(0)) ** 2
    np.testing.assert_allclose(found.explained, squares[:2] / squares.sum())
    np.testing.assert_allclose(np.cov(found.points.T, bias=True), np.diag(squares[:2] / 40), atol=1e-8)


def test_signs_of_the_projection_do_not_depend_on_the_order_of_samples():
    features = RANDOM.normal(size=(30, 4))
    np.testing.assert_allclose(projection(features).points[::-1], projection(features[::-1]).points, atol=1e-10)


def test_what_does_not_vary_has_no_projection():
    assert projection(np.ones((5, 3))) is None


def test_cka_is_one_for_rotations_and_small_for_noise():
    x = RANDOM.normal(size=(200, 6))
    rotation = np.linalg.qr(RANDOM.normal(size=(6, 6)))[0]
    assert linear_cka(x, 3 * x @ rotation + 1) == pytest.approx(1)
    assert linear_cka(x, RANDOM.normal(size=(200, 6))) < 0.15
    assert linear_cka(x, np.ones((200, 2))) is None


@pytest.mark.parametrize("width", [5, 90])
def test_cka_is_the_same_by_features_and_by_gram_matrices(width):
    x, y = RANDOM.normal(size=(40, width)), RANDOM.normal(size=(40, 8))
    h = np.eye(40) - 1 / 40
    k, m = h @ x @ x.T @ h, h @ y @ y.T @ h
    expected = (k * m).sum() / np.sqrt((k * k).sum() * (m * m).sum())
    assert linear_cka(x, y) == pytest.approx(expected)


def test_classes_apart_are_told_apart_and_random_ones_are_not():
    classes = np.repeat([0, 1, 2], 30)
    features = np.eye(3)[classes] + RANDOM.normal(size=(90, 3)) * 0.1
    assert separability(features, classes) == 1
    assert separability(RANDOM.normal(size=(90, 3)), classes) < 0.6
    assert separability(features[:5], classes[:5]) is None


def test_a_linear_target_is_predicted():
    x = RANDOM.normal(size=(100, 4))
    assert predictability(x, x @ np.array([[1.0], [2], [0], [1]])) > 0.99
    assert predictability(x, RANDOM.normal(size=(100, 1))) < 0.2


def test_narrowing_keeps_distances_and_is_fixed():
    wide = RANDOM.normal(size=(20, 900)).astype(np.float32)
    few = wide[:, :5]
    narrow, as_it_was = narrowed([wide, few], 256)
    assert narrow.shape == (20, 256)
    assert as_it_was is few
    np.testing.assert_array_equal(narrow, narrowed([wide], 256)[0])
    before = np.linalg.norm(wide[:, None] - wide[None], axis=-1)
    after = np.linalg.norm(narrow[:, None] - narrow[None], axis=-1)
    np.testing.assert_allclose(after[before > 0], before[before > 0], rtol=0.25)
