"""Scores of a confusion matrix are scikit-learn's on the same samples; blocks are found; draws are the bootstrap's."""

from __future__ import annotations

import time
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import squareform
from sklearn import metrics

from kreport.tensors import confusion
from kreport.tensors.confusion import Confusion, Margins, in_blocks, largest, margins, resampled
from kreport.tensors.intervals import percentiles

CLASSES = 6


def counted(labels, predicted, weights=None, classes=CLASSES):
    return metrics.confusion_matrix(labels, predicted, labels=range(classes), sample_weight=weights).astype(np.float64)


@st.composite
def predictions(draw):
    """Draw labels, predictions and weights of few samples: classes are often absent, and often there is one only."""
    size = draw(st.integers(1, 25))
    number = st.integers(0, draw(st.integers(0, CLASSES - 1)))
    labels, predicted = (np.array(draw(st.lists(number, min_size=size, max_size=size))) for _ in range(2))
    weight = st.floats(0.125, 8, width=16)
    weights = draw(st.none() | st.lists(weight, min_size=size, max_size=size))
    return labels, predicted, None if weights is None else np.array(weights)


@given(predictions())
def test_scores_are_those_of_scikit_learn(drawn):
    labels, predicted, weights = drawn
    found = margins(counted(*drawn))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of classes that are absent
        assert found.accuracy == pytest.approx(metrics.accuracy_score(labels, predicted, sample_weight=weights))
        balanced = metrics.balanced_accuracy_score(labels, predicted, sample_weight=weights)
        assert found.balanced_accuracy == pytest.approx(balanced)
        matthews = metrics.matthews_corrcoef(labels, predicted, sample_weight=weights)
        assert found.matthews == pytest.approx(matthews, abs=1e-9)
        kappa = metrics.cohen_kappa_score(labels, predicted, sample_weight=weights)
        assert found.kappa == pytest.approx(kappa, nan_ok=True)


@given(predictions())
def test_precision_recall_and_f1_are_those_of_scikit_learn(drawn):
    labels, predicted, weights = drawn
    found = margins(counted(*drawn))
    more = {"sample_weight": weights, "zero_division": 0}
    by_class = metrics.precision_recall_fscore_support(labels, predicted, labels=range(CLASSES), **more)
    for expected, values in zip(by_class, (found.precision, found.recall, found.f1, found.labels), strict=True):
        np.testing.assert_allclose(values, expected, atol=1e-12)
    for average in ("macro", "weighted", "micro"):
        one = getattr(found, average)
        expected = metrics.precision_recall_fscore_support(labels, predicted, average=average, **more)[:3]
        assert (one.precision, one.recall, one.f1) == pytest.approx(expected)


def test_margins_of_several_labels_a_sample_have_scikit_learns_averages():
    random = np.random.default_rng(0)
    labels, predicted = random.random((2, 50, 4)) < np.array([0.5, 0.2, 0.05, 0])
    found = Margins(
        right=(labels & predicted).sum(0) * 1.0, labels=labels.sum(0) * 1.0, predicted=predicted.sum(0) * 1.0
    )
    expected = metrics.precision_recall_fscore_support(labels, predicted, average="micro", zero_division=0)[:3]
    assert (found.micro.precision, found.micro.recall, found.micro.f1) == pytest.approx(expected)


def test_nothing_counted_has_no_scores():
    found = margins(np.zeros((3, 3)))
    for score in (found.accuracy, found.balanced_accuracy, found.macro.f1, found.weighted.f1, found.matthews):
        assert np.isnan(score)
    assert np.isnan(resampled(np.zeros((3, 3)), seed=0, draws=4).accuracy).all()


def test_largest_confusions_come_first_and_leave_the_diagonal_out():
    matrix = np.array([[90.0, 3, 0], [3, 0, 7], [1.5, 0, 50]])
    assert largest(matrix, 3) == (
        Confusion(label=1, predicted=2, weight=7.0),
        Confusion(label=0, predicted=1, weight=3.0),
        Confusion(label=1, predicted=0, weight=3.0),
    )
    assert len(largest(matrix, 99)) == 4
    assert largest(np.eye(4), 5) == ()


@settings(max_examples=40)
@given(st.lists(st.integers(1, 7), min_size=1, max_size=9), st.integers(0, 2**31), st.booleans())
def test_shuffled_blocks_are_found(sizes, seed, apart):
    random = np.random.default_rng(seed)
    block = random.permutation(np.repeat(np.arange(len(sizes)), sizes))
    inside = block[:, None] == block
    noise = random.random(inside.shape) * (0 if apart else 0.3)
    matrix = np.where(inside, 1 + random.random(inside.shape), noise) + 20 * np.eye(len(block))
    order = in_blocks(matrix)
    assert sorted(order.tolist()) == list(range(len(block)))
    assert np.count_nonzero(np.diff(block[order])) == len(sizes) - 1


def test_neighbours_of_a_chain_of_classes_stay_neighbours():
    place = np.random.default_rng(3).permutation(12)
    near = np.exp(-np.abs(place[:, None] - place) / 2.0)
    assert np.abs(np.diff(place[in_blocks(near)])).max() <= 3


@given(st.integers(2, 30), st.integers(0, 2**31))
def test_clusters_are_those_of_average_linkage(classes, seed):
    matrix = np.random.default_rng(seed).random((classes, classes)) ** 3
    place = np.argsort(in_blocks(matrix))
    rates = matrix / matrix.sum(1, keepdims=True)
    apart = squareform(2 - rates - rates.T, checks=False)
    clusters = [[index] for index in range(classes)]
    for one, other in linkage(apart, "average")[:, :2].astype(int).tolist():
        clusters.append(clusters[one] + clusters[other])
        assert np.ptp(place[clusters[-1]]) == len(clusters[-1]) - 1


def test_clusters_meet_where_their_classes_are_confused_most():
    matrix = 90 * np.eye(4)
    matrix[0, 2] = matrix[1, 3] = 9
    matrix[2, 1] = 3
    assert in_blocks(matrix).tolist() == [0, 2, 1, 3]
    matrix[0, 3] = 5
    assert in_blocks(matrix).tolist() == [2, 0, 3, 1]


def test_blocks_are_of_rates_not_of_numbers():
    matrix = np.array([[50.0, 5, 2, 0], [5, 50, 0, 2], [9, 0, 9, 0], [0, 9, 0, 9]])
    assert in_blocks(matrix).tolist() == [2, 0, 1, 3]
    np.testing.assert_array_equal(in_blocks(matrix * np.array([[1.0], [100], [7], [1000]])), [2, 0, 1, 3])


@pytest.mark.parametrize("classes", [0, 1, 2, 10, 100])
def test_classes_that_are_never_confused_keep_their_order(classes):
    np.testing.assert_array_equal(in_blocks(np.eye(classes)), np.arange(classes))
    np.testing.assert_array_equal(in_blocks(np.zeros((classes, classes))), np.arange(classes))


@pytest.mark.parametrize("filled", [1.0, 0.01])
def test_a_thousand_classes_take_less_than_a_second(filled):
    random = np.random.default_rng(1)
    matrix = random.random((1000, 1000)) * (random.random((1000, 1000)) < filled)
    start = time.process_time()
    assert len(set(in_blocks(matrix).tolist())) == 1000
    assert time.process_time() - start < 1


def test_draws_are_those_of_a_bootstrap_over_samples(monkeypatch):
    monkeypatch.setattr(confusion, "VALUES", 1000)
    random = np.random.default_rng(2)
    labels = random.integers(4, size=150)
    predicted = np.where(random.random(150) < 0.7, labels, random.integers(5, size=150))
    drawn = resampled(counted(labels, predicted), seed=0, draws=3000)
    samples = random.integers(150, size=(3000, 150))
    own = [margins(counted(labels[index], predicted[index])) for index in samples[:1500]]
    for score in (
        lambda one: one.accuracy,
        lambda one: one.balanced_accuracy,
        lambda one: one.matthews,
        lambda one: one.macro.f1,
        lambda one: one.weighted.precision,
        lambda one: one.f1[..., 1],
    ):
        found, expected = score(drawn), np.array([score(one) for one in own])
        assert found.mean() == pytest.approx(expected.mean(), abs=0.005)
        assert found.std() == pytest.approx(expected.std(), rel=0.1)
        assert percentiles(found).low == pytest.approx(percentiles(expected).low, abs=0.02)


@given(st.integers(1, 30), st.integers(1, 20), st.integers(0, 99))
def test_margins_of_a_draw_belong_together(samples, draws, seed):
    matrix = np.random.default_rng(seed).poisson(0.7, size=(5, 5)) * 1.0
    matrix[0, 0] += 1
    drawn = resampled(matrix, seed=seed, draws=draws, samples=samples)
    assert drawn.right.shape == (draws, 5)
    for part in (drawn.labels, drawn.predicted):
        np.testing.assert_array_equal(part.sum(1), samples)
        assert np.all(drawn.right <= part)
    again = resampled(matrix, seed=seed, draws=draws, samples=samples)
    np.testing.assert_array_equal(drawn.predicted, again.predicted)
    assert np.all(drawn.labels[:, matrix.sum(1) == 0] == 0)
    assert np.all(drawn.predicted[:, matrix.sum(0) == 0] == 0)


def test_intervals_of_the_accuracy_cover():
    random = np.random.default_rng(4)
    true = np.array([[0.4, 0.05, 0.0], [0.05, 0.3, 0.02], [0.08, 0.0, 0.1]])
    found = []
    for seed in range(300):
        matrix = random.multinomial(200, true.ravel()).reshape(3, 3).astype(float)
        found.append(percentiles(resampled(matrix, seed=seed, draws=400).accuracy))
    assert 0.9 < np.mean([one.low <= 0.8 <= one.high for one in found]) < 0.98
