"""What is said of an evaluation, from figures alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("tensorflow")

from kreport.analyzers._evaluation.comparisons import Baselines, Rival, Slice, Slices
from kreport.analyzers._evaluation.sentences import (
    baselines_title,
    class_title,
    confidence_note,
    confidence_title,
    interval,
    lede,
    mixed_up,
    odd_note,
    residual_title,
    slices_title,
)
from kreport.analyzers._evaluation.stats import Confidence, EvaluationStats, Metric
from kreport.document.numbers import NARROW
from kreport.document.text import plain
from tests.analyzers._evaluation.judged import classes, evaluation, numbers

RANDOM = np.random.default_rng(0)


def said(value: Any) -> str:
    return plain(value).replace(NARROW, " ")


def stats(*outputs: Any, metrics: tuple[Metric, ...] = ()) -> EvaluationStats:
    return EvaluationStats(metrics=metrics, samples=40, notes=(), outputs=outputs)


def test_the_lede_counts_what_is_right_names_what_is_mixed_up_and_how_sure_the_model_is() -> None:
    labels = np.repeat([0, 1, 2], 10)
    predicted = labels.copy()
    predicted[[0, 1, 12]] = [2, 2, 2]
    told = said(lede(stats(classes(labels, predicted, class_names=("ant", "bee", "cat")))))
    assert told == (
        "27 of 30 samples are right: 90.0 % (74.4–96.5 %). Two of the three mistakes mix up ant with cat."
        " Its mean confidence is 90.0 %."
    )


def test_the_lede_of_weighted_answers_has_no_count() -> None:
    weighted = classes([0, 1, 1], [0, 1, 0], weight=np.array([1.0, 2.0, 1.0]))
    assert said(lede(stats(weighted))).startswith("75.0 % of 3 samples are right, by weight (")


def test_the_lede_of_numbers_tells_r2_and_the_error_in_their_unit() -> None:
    truth = np.arange(40.0)
    told = said(lede(stats(numbers(truth, truth + np.tile([2.0, -2.0], 20)))))
    assert told.startswith("R² 0.970 (")
    assert told.endswith(") over 40 samples; predictions are off by 2 on average.")


def test_the_lede_of_labels_tells_how_often_all_of_them_are_right() -> None:
    y = np.array([[1, 0, 1], [0, 1, 0]] * 10)
    shares = np.where(y > 0, 0.8, 0.2).astype("float32")
    shares[0] = 0.8
    told = said(lede(stats(evaluation(shares, y, "binary_crossentropy"))))
    assert told.startswith("Micro F1 ")
    assert told.endswith("all 3 labels are right for 95.0 % of them.")


def test_the_lede_of_several_outputs_names_each() -> None:
    two = (replace(classes([0, 1], [0, 1]), output="digit"), replace(numbers([1.0, 2, 4], [1.0, 2, 4]), output="size"))
    assert said(lede(stats(*two))) == "digit: accuracy 100 %; size: R² 1."


def test_the_lede_without_outputs_is_the_compiled_metric() -> None:
    metric = Metric(name="accuracy", value=0.5, direction="higher", share=True)
    assert said(lede(stats(metrics=(metric,)))) == "Accuracy 50.0 % on 40 samples."
    assert said(lede(stats())) == "No metrics."


@pytest.mark.parametrize(
    ("ends", "share", "told"),
    [
        ((0.972, 0.993), True, "97.2–99.3 %"),
        ((1.5, 2.0), False, "1.50–2"),
        ((-0.1, 0.2), False, "−0.100 to 0.200"),
        ((-0.1, 0.2), True, "−10.0 % to 20.0 %"),
        ((None, 0.2), True, ""),
        ((np.nan, np.nan), True, ""),
    ],
)
def test_intervals_are_written_with_one_unit(ends, share, told) -> None:
    assert said(interval(*ends, share=share)) == told


def test_nothing_is_mixed_up_where_mistakes_are_spread_or_there_are_two_classes() -> None:
    assert mixed_up(classes([0, 1, 1], [0, 0, 0])) is None
    spread = classes([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4], [1, 2, 3, 2, 3, 4, 3, 4, 0, 4, 0, 1, 0, 1, 2])
    assert mixed_up(spread) is None
    lost = classes([0, 1, 2], [0, 2, 1])
    assert mixed_up(lost) == "Both mistakes mix up 1 with 2"
    assert mixed_up(replace(lost, confusions=replace(lost.confusions, left_out=3))) is None


def confidence(mean: float, accuracy: float, **more: Any) -> Confidence:
    return Confidence(
        bins=(), mean=mean, accuracy=accuracy, ece=0.05, worst=0.2, of_right=np.zeros(20), of_wrong=np.zeros(20),
        **({"temperature": None, "loss": None, "mended": None, "fitted": 0} | more),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("mean", "accuracy", "labels", "told"),
    [
        (0.9, 0.8, False, "Too sure: 90.0 % stated, 80.0 % right"),
        (0.7, 0.8, False, "Not sure enough: 70.0 % stated, 80.0 % right"),
        (0.81, 0.8, False, "As sure as it is right: 81.0 % stated, 80.0 % right"),
        (0.3, 0.2, True, "Probabilities are too high: 30.0 % stated, 20.0 % there"),
        (0.1, 0.2, True, "Probabilities are too low: 10.0 % stated, 20.0 % there"),
    ],
)
def test_a_model_is_too_sure_or_not_sure_enough(mean, accuracy, labels, told) -> None:
    assert said(confidence_title(confidence(mean, accuracy), labels=labels)) == told


def test_a_temperature_is_named_where_it_mends_the_loss() -> None:
    assert said(confidence_note(confidence(0.9, 0.8))).endswith("the largest difference is 20 points.")
    mends = confidence(0.9, 0.8, temperature=1.8, loss=0.5, mended=0.4, fitted=540)
    assert said(confidence_note(mends)).endswith(
        "Logits divided by 1.80 would bring the log loss from 0.500 to 0.400 on these 540 answers."
    )
    assert "would not mend it" in confidence_note(replace(mends, mended=0.498))


def test_residuals_lean_beyond_a_tenth_of_the_usual_error() -> None:
    truth = np.arange(20.0)
    [level] = numbers(truth, truth + np.tile([1.0, -1.0], 10)).targets
    assert residual_title(level) == "Predictions are neither too high nor too low on the whole"
    [high] = numbers(truth, truth + 2).targets
    assert residual_title(high) == "Predictions are too high by 2 on average"
    [low] = numbers(truth, truth - 2).targets
    assert residual_title(low) == "Predictions are too low by 2 on average"


def test_the_class_that_is_missed_is_named_where_its_interval_says_so() -> None:
    labels = np.repeat([0, 1, 2], 40)
    predicted = labels.copy()
    assert class_title(classes(labels, predicted)) == "Recall is 100\u202f% for every class"
    predicted[80:110] = 0
    assert class_title(classes(labels, predicted, class_names=("ant", "bee", "cat"))) == (
        "cat is missed most often: recall 25.0\u202f%"
    )
    assert class_title(classes([1, 1], [1, 1])) == "Classes"


def test_a_slice_stands_out_beyond_its_interval_for_shares_and_errors() -> None:
    worst = Slice(column="age", range="= 3", samples=30, value=0.4, low=0.3, high=0.6)
    found = Slices(
        score="accuracy", share=True, overall=0.8, samples=90, columns=("age",), tested=4, worst=(worst,)
    )  # fmt: skip
    assert said(slices_title(found)) == "Worse where age is 3: 40.0 %, overall 80.0 %"
    assert slices_title(replace(found, overall=0.5)) == "No slice stands out by more than chance"
    errors = replace(found, share=False, overall=0.2)
    assert said(slices_title(errors)) == "Worse where age is 3: 0.400, overall 0.200"
    assert slices_title(replace(errors, overall=0.35)) == "No slice stands out by more than chance"


@pytest.mark.parametrize(
    ("ahead", "told"),
    [
        ((0.1, 0.2), "The network is better than ridge regression: 0.500 against 0.400"),
        ((-0.1, 0.2), "The network is no better than ridge regression: 0.500 against 0.400"),
        ((-0.2, -0.1), "Ridge regression is better: 0.400 against 0.500"),
        (None, "The network beside simple models"),
    ],
)
def test_the_network_earns_its_keep_beyond_the_interval_of_its_lead(ahead, told) -> None:
    rivals = (
        Rival(name="this network", how="", value=0.5), Rival(name="mean", how="", value=-0.1),
        Rival(name="ridge regression", how="", value=0.4), Rival(name="other", how="not fitted", value=None),
    )  # fmt: skip
    assert baselines_title(Baselines(score="R²", share=False, samples=9, rivals=rivals, ahead=ahead)) == told


def test_what_is_odd_is_said() -> None:
    assert odd_note(classes([0, 1], [0, 1])) == ""
    logits = RANDOM.normal(size=(20, 3)).astype("float32")
    logits[0], y = np.nan, RANDOM.integers(0, 3, 20).astype(float)
    y[1:3] = np.nan
    told = odd_note(evaluation(logits, y, "sparse_categorical_crossentropy", made=False))
    assert "they were read as logits" in told
    assert "1 prediction is no number (NaN or infinite)" in told
    assert "2 answers without a valid label are left out." in told
