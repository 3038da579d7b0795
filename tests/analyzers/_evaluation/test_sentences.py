"""What the Evaluation section says: no difference that chance explains is called one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kreport.analyzers._evaluation.comparisons import Baselines, Rival, Slice, Slices
from kreport.analyzers._evaluation.sentences import (
    baselines_title,
    class_title,
    confidence_note,
    confidence_title,
    confusion_title,
    interval,
    lede,
    not_judged,
    residual_title,
    slices_note,
    slices_title,
    truth_title,
)
from kreport.analyzers._evaluation.stats import EvaluationStats, Metric, Score
from kreport.document.text import plain
from tests.analyzers._evaluation.made import classes, confidence, target


@pytest.mark.parametrize(
    ("stated", "right", "answers", "said"),
    [
        (0.9, 0.8, 1000, "Too sure: 90.0\u202f% stated, 80.0\u202f% right"),
        (0.8, 0.9, 1000, "Not sure enough: 80.0\u202f% stated, 90.0\u202f% right"),
        (0.81, 0.8, 100_000, "As sure as it is right: 81.0\u202f% stated, 80.0\u202f% right"),
        (0.93, 1.0, 1, "As sure as it is right: 93.0\u202f% stated, 100\u202f% right"),
    ],
    ids=["too sure", "not sure enough", "too little to speak of", "one answer says nothing"],
)
def test_confidence_is_only_wrong_beyond_its_interval(stated, right, answers, said):
    assert confidence_title(confidence(mean=stated, accuracy=right, answers=answers)) == said


def test_the_largest_difference_of_a_bin_says_of_how_many_answers_it_is():
    assert "the largest difference is 50 points, of 1 answer." in confidence_note(
        confidence(mean=0.5, accuracy=1.0, answers=1)
    )


def test_confusions_are_told_by_what_is_most_frequent():
    assert confusion_title(classes([[5, 0, 0], [0, 5, 0], [0, 0, 5]])) == "No mistakes"
    assert confusion_title(classes([[70, 7], [3, 20]])) == "7 mistakes take a for b, 3 take b for a"
    spread = [[5, 1, 1, 2], [1, 5, 1, 1], [1, 1, 5, 1], [1, 1, 1, 5]]
    assert confusion_title(classes(spread)) == "13 mistakes, most often a taken for d (2 times)"
    alone = np.ones((4, 4)) + 4 * np.eye(4)
    assert confusion_title(classes(alone)) == "12 mistakes, no two alike"


def test_a_class_is_only_missed_most_often_beyond_its_interval():
    assert class_title(classes([[40, 0], [30, 10]])) == "b is missed most often: recall 25.0\u202f%"
    assert class_title(classes([[10, 0], [1, 9]])) == "Recall is between 90.0\u202f% (b) and 100\u202f% (a)"
    assert class_title(classes([[10, 0], [0, 10]])) == "Recall is 100\u202f% for every class"


def test_classes_that_are_numbers_are_called_classes():
    assert class_title(replace(classes([[40, 0], [30, 10]]), classes=("0", "1"))).startswith("Class 1 is missed")


@pytest.mark.parametrize(
    ("bias", "trend", "said"),
    [
        (0.0, 0.0, "Predictions are neither too high nor too low on the whole"),
        (-2.0, 0.9, "Predictions are too low by 2 on average"),
        (0.0, 0.9, "High predictions are too high, low ones too low"),
        (0.0, -0.9, "High predictions are too low, low ones too high"),
        (0.0, None, "Predictions are neither too high nor too low on the whole"),
    ],
)
def test_residuals_say_where_predictions_are_off(bias, trend, said):
    assert residual_title(target(bias=bias, trend=trend)) == said


def test_a_model_that_is_no_better_than_the_mean_is_told_so():
    assert truth_title(target(r2=-4.1)) == "No better than the mean of the labels: R² \u22124.10"
    assert truth_title(target(r2=0.25)) == "Predictions explain 25.0\u202f% of the variance"
    assert truth_title(target(r2=None)) == "Off by 3 on average"


def test_draws_that_are_all_alike_are_no_interval():
    assert interval(1.0, 1.0, share=True) == ""
    assert interval(0.5, 0.75, share=True) == "50.0–75.0\u202f%"
    assert interval(-0.5, 0.25, share=False) == "\u22120.500 to 0.250"


def test_one_sample_is_not_one_of_one():
    one = replace(classes([[1, 0], [0, 0]]), answers=1, samples=1)
    assert plain(lede(EvaluationStats(metrics=(), samples=1, notes=(), outputs=(one,)))).startswith(
        "The only sample is right"
    )


def test_predictions_that_are_no_numbers_are_told_at_once():
    one = replace(classes([[4, 0], [0, 4]]), bad=3)
    said = plain(lede(EvaluationStats(metrics=(), samples=8, notes=(), outputs=(one,))))
    assert said.endswith(" 3 more predictions are no numbers.")


def test_a_metric_of_predictions_that_are_no_numbers_means_nothing():
    one = replace(classes([[4, 0], [0, 4]]), bad=8, scores=())
    metric = Metric(name="accuracy", value=0.5, direction="higher", share=True)
    said = plain(lede(EvaluationStats(metrics=(metric,), samples=8, notes=(), outputs=(one,))))
    assert said == "No prediction is a number: Accuracy 50.0\u202f% means nothing."
    assert not_judged(one) == "All predictions are NaN or infinite."
    assert not_judged(replace(one, bad=0)) == "No sample has a valid label."


def test_several_targets_are_told_by_their_ends_and_not_by_a_mean_error():
    known = (target(name="height", r2=0.9), target(name="price", r2=0.2))
    scores = (
        Score(name="R²", value=0.55, direction="higher", answers=9),
        Score(name="MAE", value=3.0, direction="lower", answers=9),
    )
    one = replace(classes([[1]]), kind="regression", scores=scores, targets=known, classes=("height", "price"))
    said = plain(lede(EvaluationStats(metrics=(), samples=9, notes=(), outputs=(one,))))
    assert "the mean of 2 targets, from 0.200 (price) to 0.900 (height)" in said
    assert "off by" not in said


@pytest.mark.parametrize(
    ("ahead", "said"),
    [
        ((0.1, 0.2), "The network is better than the majority class: 90.0\u202f% against 80.0\u202f%"),
        ((-0.2, -0.1), "The majority class is better: 80.0\u202f% against 90.0\u202f%"),
        ((-0.1, 0.1), "The network is no better than the majority class: 90.0\u202f% against 80.0\u202f%"),
        (None, "The network beside simple models"),
    ],
)
def test_simple_models_are_compared_with_their_numbers(ahead, said):
    rivals = (
        Rival(name="this network", how="", value=0.9),
        Rival(name="majority class", how="", value=0.8),
        Rival(name="logistic regression", how="not fitted", value=None),
    )
    found = Baselines(score="accuracy", share=True, samples=50, rivals=rivals, ahead=ahead)
    assert baselines_title(found) == said


def test_slices_say_how_many_look_bad_by_chance():
    worst = Slice(column="length", range="= 3", samples=30, value=0.5, low=0.4, high=0.6)
    found = Slices(
        score="accuracy", share=True, overall=0.9, samples=500, columns=("length",), tested=120, worst=(worst,)
    )
    assert slices_title(found) == "Worse where length is 3: 50.0\u202f%, overall 90.0\u202f%"
    assert "Of 120 slices, about 3 would seem worse by chance alone." in slices_note(found)
    assert "chance" not in slices_note(replace(found, tested=8))
    assert slices_title(replace(found, overall=0.55)) == "No slice stands out by more than chance"
