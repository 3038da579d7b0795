"""ROC and precision-recall curves are those of scikit-learn, before thinning and, to the eye, after it."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from kreport.tensors.ranking import POINTS, ranking

SEEN = 0.004
"""Of an axis: about a pixel of a picture of 250."""


@st.composite
def scored(draw):
    """Draw scores, labels and weights; scores are often tied, weights often 0."""
    size = draw(st.integers(1, 40))
    score = draw(st.sampled_from([st.integers(-3, 3).map(float), st.floats(-1e6, 1e6, width=32)]))
    scores = np.array(draw(st.lists(score, min_size=size, max_size=size)), draw(st.sampled_from(["f4", "f8"])))
    labels = np.array(draw(st.lists(st.booleans(), min_size=size, max_size=size)))
    weight = st.just(0.0) | st.floats(0.125, 8)
    weights = draw(st.none() | st.lists(weight, min_size=size, max_size=size))
    return scores, labels, None if weights is None else np.array(weights)


def distance(x, y, curve):
    """Return how far each point is from the nearest of a curve's lines."""
    start, step = curve.x[:-1] + 1j * curve.y[:-1], np.diff(curve.x + 1j * curve.y)
    off = (x + 1j * y)[:, None] - start
    along = (off * step.conj()).real / np.maximum(np.abs(step) ** 2, 1e-300)
    return np.abs(off - np.clip(along, 0, 1) * step).min(1)


def reached(labels, scores, weights=None):
    """Return recall and precision at the thresholds at which samples of the class are added, and at the last."""
    precision, recall, _ = metrics.precision_recall_curve(labels, scores, sample_weight=weights)
    added = np.append(0, np.flatnonzero(np.diff(recall) < 0))
    return recall[added], precision[added]


@given(scored())
def test_areas_are_those_of_scikit_learn(drawn):
    scores, labels, weights = drawn
    found = ranking(scores, labels, weights)
    counts = np.ones(len(labels), bool) if weights is None else weights > 0
    if len(set(labels[counts].tolist())) < 2:
        assert found is None
        return
    assert found.roc.area == pytest.approx(metrics.roc_auc_score(labels, scores, sample_weight=weights))
    average = metrics.average_precision_score(labels, scores, sample_weight=weights)
    assert found.precision_recall.area == pytest.approx(average)
    assert found.positive == pytest.approx(np.average(labels, weights=weights))


@given(scored())
def test_curves_of_few_samples_are_whole(drawn):
    scores, labels, weights = drawn
    found = ranking(scores, labels, weights)
    if found is None:
        return
    for curve in (found.roc, found.precision_recall):
        assert np.all(np.diff(curve.x) >= 0)
        assert np.trapezoid(curve.y, curve.x) == pytest.approx(curve.area, abs=5e-4)
    false, true, _ = metrics.roc_curve(labels, scores, sample_weight=weights)
    assert distance(false, true, found.roc).max() < SEEN
    assert distance(*reached(labels, scores, weights), found.precision_recall).max() < SEEN


@pytest.mark.parametrize("positive", [0.5, 0.01])
@pytest.mark.parametrize("gap", [0.0, 1.5, 6.0])
def test_thinned_curves_look_the_same(positive, gap):
    random = np.random.default_rng(0)
    labels = random.random(20_000) < positive
    scores = random.normal(size=20_000) + gap * labels
    found = ranking(scores, labels)
    for curve in (found.roc, found.precision_recall):
        assert 2 <= len(curve.x) <= POINTS
        assert np.trapezoid(curve.y, curve.x) == pytest.approx(curve.area, abs=1e-3)
    some = slice(None, None, 37)
    false, true, _ = metrics.roc_curve(labels, scores, drop_intermediate=False)
    assert distance(false[some], true[some], found.roc).max() < SEEN
    recall, precision = reached(labels, scores)
    assert distance(recall[some], precision[some], found.precision_recall).max() < 2 * SEEN


def test_infinite_scores_rank_too():
    labels = np.array([False, True, False, True])
    found = ranking(np.array([-np.inf, 0.0, 1.0, np.inf]), labels)
    assert found.roc.area == metrics.roc_auc_score(labels, [-9, 0, 1, 9])


def test_scores_that_are_all_equal_tell_nothing():
    found = ranking(np.zeros(10), np.arange(10) < 3)
    assert found.roc.area == 0.5
    assert found.roc.x.tolist() == found.roc.y.tolist() == [0, 1]
    assert found.precision_recall.y.tolist() == [0.3, 0.3]
    assert found.precision_recall.x.tolist() == [0, 1]


def test_one_class_only_has_no_curve():
    assert ranking(np.array([0.4]), np.array([True])) is None
    assert ranking(np.zeros(0), np.zeros(0, bool)) is None
    assert ranking(np.array([0.4, 1]), np.array([True, False]), np.array([0.0, 1])) is None


def test_a_million_scores_take_less_than_a_second():
    random = np.random.default_rng(1)
    labels = random.random(1_000_000) < 0.3
    scores = (random.normal(size=labels.size) + labels).astype(np.float32)
    start = time.process_time()
    ranking(scores, labels, random.random(labels.size))
    assert time.process_time() - start < 1
