"""Telling samples: read in the light of the labels, chosen for a reason that is named."""

import numpy as np
import pytest

from kreport.probes.observers.kept import KeptSamples
from kreport.probes.samples.choosing import judged, telling


def kept(outputs, y=None, losses=None, several=1, output=0):
    outputs = None if outputs is None else np.asarray(outputs, np.float32)
    n = 4 if outputs is None else len(outputs)
    return KeptSamples(
        x=np.zeros((n, 2), np.float32), y=y, sample_weight=None, index=np.arange(n), outputs=outputs, output=output,
        several=several, logits=False, losses=None if losses is None else np.asarray(losses, np.float64), of=n,
        limited=False,
    )  # fmt: skip


SHARES = [[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.55, 0.45]]


def chosen(samples):
    return [(pick.place, pick.why) for pick in telling(judged(samples), samples)]


def test_right_and_wrong_by_confidence():
    assert chosen(kept(SHARES, np.array([0, 0, 0, 0]))) == [
        (0, "Most confident and right"),
        (3, "Least confident and right"),
        (2, "Most confident and wrong"),
    ]


def test_nothing_right_shows_the_range_of_what_is_wrong():
    assert chosen(kept(SHARES, np.array([1, 1, 0, 1]))) == [
        (0, "Most confident and wrong"),
        (3, "Least confident and wrong"),
    ]


@pytest.mark.parametrize(
    "labels",
    [
        pytest.param(np.array([0, 1, 1, 0]), id="indices"),
        pytest.param(np.array([[0.0], [1.0], [1.0], [0.0]]), id="a column of indices"),
        pytest.param(np.eye(2)[[0, 1, 1, 0]], id="one-hot"),
        pytest.param(np.array([[0.8, 0.2], [0.1, 0.9], [0.3, 0.7], [1.0, 0.0]]), id="shares"),
    ],
)
def test_labels_are_read_in_every_form(labels):
    assert judged(kept(SHARES, labels)).truth.tolist() == [0, 1, 1, 0]


def test_scores_become_shares_when_the_labels_say_that_they_are_scores_of_classes():
    found = judged(kept([[2.0, 0.0], [0.0, 1.0]], np.array([0, 1])))
    np.testing.assert_allclose(found.shares.sum(1), 1)
    np.testing.assert_allclose(found.shares[0, 0], np.e**2 / (np.e**2 + 1))


def test_without_labels_only_shares_make_a_classifier():
    assert chosen(kept(SHARES)) == [(0, "Most confident"), (3, "Least confident")]
    assert judged(kept([[2.0, 0.0], [0.0, 1.0]])).task == "other"


@pytest.mark.parametrize(
    ("outputs", "shares"),
    [
        pytest.param([[0.9], [0.2]], [0.9, 0.2], id="sigmoid"),
        pytest.param([[2.0], [-3.0]], [0.8808, 0.0474], id="logit"),
    ],
)
def test_one_output_and_two_labels_are_yes_and_no(outputs, shares):
    found = judged(kept(outputs, np.array([1, 1])))
    assert found.task == "binary"
    assert found.said.tolist() == [1, 0]
    np.testing.assert_allclose(found.shares[:, 1], shares, atol=1e-4)


def test_values_are_judged_by_their_distance():
    samples = kept([[1.0], [2.0], [5.0]], np.array([1.0, 2.5, 2.0]))
    assert chosen(samples) == [(2, "Largest error"), (0, "Smallest error")]
    np.testing.assert_allclose(judged(samples).errors, [0, 0.5, 3])


def test_labels_that_do_not_exclude_one_another_are_told_by_their_loss():
    samples = kept([[0.9, 0.8], [0.1, 0.9]], np.array([[1, 1], [0, 0]]), losses=[0.1, 2.0])
    assert judged(samples).task == "other"
    assert chosen(samples) == [(1, "Highest loss"), (0, "Lowest loss")]


def test_several_outputs_take_the_labels_of_the_one_that_is_read():
    samples = kept(SHARES, [np.zeros((4, 1)), np.array([0, 0, 1, 1])], several=2, output=1)
    assert judged(samples).truth.tolist() == [0, 0, 1, 1]


def test_what_is_not_finite_is_not_chosen():
    outputs = [[np.nan, np.nan], [0.6, 0.4], [0.7, 0.3]]
    assert [place for place, _ in chosen(kept(outputs, np.array([0, 0, 0])))] == [2, 1]


def test_nothing_to_judge_by_gives_samples_as_they_come():
    assert [why for _, why in chosen(kept(None))] == ["As it comes"] * 3
    assert chosen(kept(None))[-1][0] == 3
