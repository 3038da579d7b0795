"""Calibration by the published definitions; losses are scikit-learn's, the temperature that of SciPy's minimiser."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import minimize_scalar
from scipy.special import expit, log_softmax, softmax
from sklearn import metrics

from kreport.tensors import calibration
from kreport.tensors.calibration import (
    BINS,
    brier_scores,
    counted,
    log_losses,
    reliability,
    temperature,
)

EDGES = np.arange(BINS + 1) / BINS


def by_the_book(confidence, right, weights):
    """Return weight, mean confidence and share right of the bins ((m − 1) / M, m / M] of Guo et al. 2017."""
    for m in range(BINS):
        inside = (confidence > EDGES[m]) & (confidence <= EDGES[m + 1]) | ((m == 0) & (confidence == 0))
        total = weights[inside].sum()
        yield total, *(weights[inside] @ part[inside] / total if total else np.nan for part in (confidence, right))


@st.composite
def confidences(draw):
    """Draw confidences, many of them on the edges of bins, whether they are right, and weights."""
    size = draw(st.integers(1, 60))
    one = st.floats(0, 1) | st.sampled_from(EDGES.tolist())
    confidence = np.array(draw(st.lists(one, min_size=size, max_size=size)))
    right = np.array(draw(st.lists(st.booleans(), min_size=size, max_size=size)))
    weights = draw(st.none() | st.lists(st.floats(0.125, 8), min_size=size, max_size=size))
    return confidence, right, None if weights is None else np.array(weights)


@given(confidences())
def test_bins_and_errors_are_those_of_the_definition(drawn):
    confidence, right, weights = drawn
    found = reliability(counted(*drawn))
    heavy = np.ones(len(right)) if weights is None else weights
    expected = np.array(list(by_the_book(confidence, right, heavy)))
    for values, column in zip((found.weight, found.confidence, found.right), expected.T, strict=True):
        np.testing.assert_allclose(values, column, atol=1e-12)
    apart = np.nan_to_num(np.abs(expected[:, 1] - expected[:, 2]))
    assert found.expected_error == pytest.approx(expected[:, 0] @ apart / heavy.sum(), abs=1e-12)
    assert found.largest_error == pytest.approx(apart.max(), abs=1e-12)


@given(confidences(), st.integers(0, 60))
def test_counts_of_parts_add_up(drawn, cut):
    confidence, right, weights = drawn
    parts = [
        counted(confidence[part], right[part], None if weights is None else weights[part])
        for part in (slice(0, cut), slice(cut, None))
    ]
    np.testing.assert_allclose(sum(parts), counted(*drawn), rtol=1e-12, atol=1e-15)


def test_calibrated_confidence_has_a_small_error_and_overconfidence_its_size():
    random = np.random.default_rng(0)
    confidence = random.random(100_000).astype(np.float32)
    right = random.random(100_000) < confidence
    assert reliability(counted(confidence, right)).expected_error < 0.01
    sure = np.full(100_000, 0.95)
    assert reliability(counted(sure, random.random(100_000) < 0.7)).expected_error == pytest.approx(0.25, abs=0.01)


def test_what_rounding_puts_above_one_is_in_the_last_bin():
    counts = counted(np.array([1 + 1e-7], np.float32), np.array([True]))
    assert reliability(counts).weight[-1] == 1
    assert reliability(np.zeros_like(counts)) is None


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(st.data())
def test_losses_of_several_classes_are_those_of_scikit_learn(dtype, data):
    size, classes = data.draw(st.integers(1, 20)), data.draw(st.integers(3, 6))
    logits = data.draw(arrays(dtype, (size, classes), elements=st.floats(-300, 300, width=32)))
    probabilities = softmax(logits, 1)
    labels = data.draw(arrays(np.int64, size, elements=st.integers(0, classes - 1)))
    expected = metrics.log_loss(labels, probabilities, labels=range(classes))
    assert log_losses(probabilities, labels).mean() == pytest.approx(expected, rel=1e-6)
    expected = metrics.brier_score_loss(labels, probabilities, labels=range(classes))
    assert brier_scores(probabilities, labels).mean() == pytest.approx(expected, rel=1e-5, abs=1e-6)


@given(st.data())
def test_losses_of_the_positive_class_are_those_of_scikit_learn(data):
    size = data.draw(st.integers(1, 20))
    probabilities = data.draw(arrays(np.float64, size, elements=st.floats(0, 1)))
    labels = data.draw(arrays(bool, size))
    expected = metrics.log_loss(labels, probabilities, labels=[False, True])
    assert log_losses(probabilities, labels).mean() == pytest.approx(expected)
    expected = metrics.brier_score_loss(labels, probabilities, labels=[False, True], pos_label=True)
    assert brier_scores(probabilities, labels).mean() == pytest.approx(expected)


def loss_of(logits, labels, value):
    two = logits if logits.ndim == 2 else np.stack((np.zeros(len(logits)), logits), 1)
    return -log_softmax(two.astype(np.float64) / value, 1)[np.arange(len(labels)), labels.astype(int)].mean()


@pytest.mark.parametrize("values", [1 << 14, 40])
@pytest.mark.parametrize("scale", [0.01, 0.3, 1.0, 4.0, 500.0])
@pytest.mark.parametrize("classes", [1, 2, 7])
def test_the_temperature_is_the_least_that_scipy_finds(classes, scale, values, monkeypatch):
    monkeypatch.setattr(calibration, "VALUES", values)
    random = np.random.default_rng(classes)
    if classes == 1:
        logits = random.normal(size=400) * 2
        labels = random.random(400) < expit(logits)
    else:
        logits = random.normal(size=(400, classes)) * 2
        labels = (logits + random.gumbel(size=logits.shape)).argmax(1)
    logits = logits * scale
    found = temperature(logits, labels)
    best = minimize_scalar(lambda at: loss_of(logits, labels, np.exp(at)), bracket=(np.log(scale) - 1, np.log(scale)))
    assert found.value == pytest.approx(np.exp(best.x), rel=1e-5)
    assert found.value == pytest.approx(scale, rel=0.3)
    assert found.before == pytest.approx(loss_of(logits, labels, 1.0))
    assert found.after == pytest.approx(best.fun)


def test_probabilities_have_the_temperature_of_their_logits():
    random = np.random.default_rng(4)
    logits = random.normal(size=(300, 5)) * 3
    labels = (logits / 2 + random.gumbel(size=logits.shape)).argmax(1)
    of_logits, of_logarithms = temperature(logits, labels), temperature(log_softmax(logits, 1), labels)
    assert of_logarithms.value == pytest.approx(of_logits.value)
    assert of_logarithms.after == pytest.approx(of_logits.after)
    binary = log_softmax(logits[:, :2], 1)
    is_first = labels < 2
    odds = binary[:, 1] - binary[:, 0]
    two, one = temperature(binary[is_first], labels[is_first]), temperature(odds[is_first], labels[is_first] == 1)
    assert one.value == pytest.approx(two.value)


@given(st.data())
def test_a_temperature_never_makes_the_loss_larger(data):
    size, classes = data.draw(st.integers(1, 12)), data.draw(st.integers(2, 4))
    logits = data.draw(arrays(np.float32, (size, classes), elements=st.floats(-30, 30, width=16)))
    labels = data.draw(arrays(np.int64, size, elements=st.integers(0, classes - 1)))
    found = temperature(logits, labels)
    if found is not None:
        assert found.value > 0
        assert found.after <= found.before + 1e-12
        for near in (0.9, 1.1):
            assert loss_of(logits, labels, found.value * near) >= found.after - 1e-12


def test_what_has_no_least_loss_has_no_temperature_and_takes_no_search(monkeypatch):
    monkeypatch.setattr(calibration, "_derivatives", None)
    labels = np.array([0, 1, 2])
    assert temperature(3 * np.eye(3), labels) is None  # perfect: T → 0
    assert temperature(3000 * np.eye(3), labels) is None
    assert temperature(-3 * np.eye(3), labels) is None  # worse than chance: T → ∞
    assert temperature(np.ones((3, 3)), labels) is None
    assert temperature(np.array([1.0, -1, 2]), np.ones(3, bool)) is None  # one class
    assert temperature(np.zeros((0, 3)), labels[:0]) is None
    assert temperature(np.array([[0, -np.inf, 1], [2, 1, 0], [0, 0, 1]]), labels) is None


def test_a_million_confidences_take_less_than_a_second():
    random = np.random.default_rng(5)
    logits = random.normal(size=1_000_000) * 2
    labels = random.random(logits.size) < expit(logits / 1.5)
    start = time.process_time()
    reliability(counted(expit(logits).astype(np.float32), labels))
    assert time.process_time() - start < 1
    assert temperature(logits, labels).value == pytest.approx(1.5, rel=0.02)
