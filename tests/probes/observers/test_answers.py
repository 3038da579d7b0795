"""Answers of a batch: one form, whatever labels, weights, masks and outputs look like."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import special

from kreport.inputs.tasks import Task
from kreport.probes.observers._answers import answers, is_no_share, sigmoid, softmax, truths

RANDOM = np.random.default_rng(8)
BINARY = Task(output="out", kind="binary", classes=2)
CLASSES = Task(output="out", kind="multi-class", classes=3)
LABELS = Task(output="out", kind="multi-label", classes=3)
NUMBERS = Task(output="out", kind="regression", classes=2)
STEPS = Task(output="out", kind="multi-class", classes=3, per_position=True)


@pytest.mark.parametrize("kind", [bool, "uint8", "int64", "float32", "float64"])
@pytest.mark.parametrize("shape", [(4,), (4, 1)])
def test_labels_of_any_type_are_classes(kind, shape):
    found, known = truths(BINARY, np.array([0, 1, 1, 0]).astype(kind).reshape(shape), 4)
    assert found.tolist() == [0, 1, 1, 0]
    assert known.all()


@pytest.mark.parametrize("kind", [bool, "uint8", "float32"])
def test_one_hot_labels_are_classes(kind):
    found, known = truths(CLASSES, np.eye(3, dtype=kind)[[2, 0, 1]], 3)
    assert found.tolist() == [2, 0, 1]
    assert known.all()


def test_labels_that_are_no_class_are_not_valid():
    found, known = truths(CLASSES, np.array([0, 2, 3, -1, 1.5, np.nan, np.inf]), 7)
    assert known.tolist() == [True, True, False, False, False, False, False]
    assert found[:2].tolist() == [0, 2]
    one_hot = np.array([[0, 0, 0], [0, np.nan, 1], [0, 1, 0]])
    assert truths(CLASSES, one_hot, 3)[1].tolist() == [False, False, True]
    ignoring = Task(output="out", kind="multi-class", classes=3, ignored=2)
    assert truths(ignoring, np.array([0, 1, 2]), 3)[1].tolist() == [True, True, False]


def test_one_missing_target_makes_the_label_invalid():
    assert truths(NUMBERS, np.array([[1, 2], [np.nan, 2], [1, np.inf]]), 3)[1].tolist() == [True, False, False]


@settings(deadline=None)
@given(arrays.arrays("float32", (5, 3), elements=st.floats(-80, 80, width=32)))
def test_logits_are_made_what_scipy_makes_of_them(logits):
    np.testing.assert_allclose(softmax(logits), special.softmax(logits.astype(float), 1), rtol=1e-4, atol=1e-7)
    np.testing.assert_allclose(sigmoid(logits), special.expit(logits.astype(float)), rtol=1e-4, atol=1e-7)


def test_huge_logits_do_not_overflow():
    logits = np.array([[1e30, -1e30, 0]], "float32")
    assert softmax(logits).tolist() == [[1, 0, 0]]
    assert sigmoid(logits).tolist() == [[1, 0, 0.5]]


@pytest.mark.parametrize("total", [0.999, 1.0, 1.001, 3.0])
def test_rows_of_classes_sum_to_1(total):
    shares = RANDOM.dirichlet(np.ones(3), 6)
    said = answers(CLASSES, (total * shares).astype("float32"), np.zeros(6, int), None, None, logits=False).said
    np.testing.assert_allclose(said, shares, rtol=1e-5)


def test_a_row_does_not_depend_on_the_rows_beside_it():
    shares = np.array([[0.5, 0.4995, 0], [0.2, 0.3, 0.1]], "float32")
    alone = answers(CLASSES, shares[:1], np.zeros(1, int), None, None, logits=False).said
    both = answers(CLASSES, shares, np.zeros(2, int), None, None, logits=False).said
    np.testing.assert_array_equal(alone[0], both[0])


def test_a_single_column_is_the_share_of_the_second_class():
    said = answers(BINARY, np.array([[0.25], [0.75]], "float16"), np.array([0, 1]), None, None, logits=False).said
    assert said.tolist() == [[0.75, 0.25], [0.25, 0.75]]
    assert said.dtype == np.float32


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
def test_predictions_that_are_no_numbers_are_left_out_and_counted(broken):
    shares = np.full((4, 3), 1 / 3, "float32")
    shares[1, 0] = broken
    found = answers(CLASSES, shares, np.array([0, 1, 2, 7]), None, None, logits=False)
    assert (found.bad, found.unknown, found.row.tolist()) == (1, 1, [0, 2])
    numbers = answers(NUMBERS, np.array([[1, 2], [broken, 1]]), np.zeros((2, 2)), None, None, logits=False)
    assert (numbers.bad, numbers.row.tolist()) == (1, [0])


def test_numbers_keep_their_precision():
    said = answers(NUMBERS, np.array([[1e9 + 1, 1 / 3]]), np.zeros((1, 2)), None, None, logits=False).said
    assert said.tolist() == [[1e9 + 1, 1 / 3]]


@pytest.mark.parametrize(
    ("weight", "expected"),
    [
        (None, [1] * 6), ([1.0, 2.0], [1, 1, 1, 2, 2, 2]), ([[1.0], [2.0]], [1, 1, 1, 2, 2, 2]),
        ([[1.0, 2, 3], [4, 5, 6]], [1, 2, 3, 4, 5, 6]), ([[[1.0], [2], [3]], [[4], [5], [6]]], [1, 2, 3, 4, 5, 6]),
    ],
)  # fmt: skip
def test_weights_are_of_samples_or_of_positions(weight, expected):
    shares = np.full((2, 3, 3), 1 / 3, "float32")
    found = answers(STEPS, shares, np.zeros((2, 3), int), weight, None, logits=False)
    assert found.weight.tolist() == expected
    assert found.row.tolist() == [0, 0, 0, 1, 1, 1]


def test_what_is_masked_or_has_no_weight_does_not_count():
    shares = np.full((2, 3, 3), 1 / 3, "float32")
    mask = np.array([[True, True, False], [False, True, True]])
    weight = np.array([[1.0, 0, 1], [1, 1, np.nan]])
    found = answers(STEPS, shares, np.full((2, 3), 9), weight, mask, logits=False)
    assert (len(found.row), found.bad, found.unknown) == (0, 0, 2)
    found = answers(STEPS, shares, np.zeros((2, 3), int), weight, mask, logits=False)
    assert found.row.tolist() == [0, 1]


def test_probabilities_lie_within_0_and_1():
    assert is_no_share(LABELS, np.array([0.5, -0.1]))
    assert is_no_share(CLASSES, np.array([0.5, 1.1, np.nan]))
    assert not is_no_share(CLASSES, np.array([0.0, 1.0005, np.nan]))
    assert not is_no_share(NUMBERS, np.array([5.0]))
