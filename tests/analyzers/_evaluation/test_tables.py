"""Scores, classes, confusions, targets, slices, rivals and gaps as tables."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("tensorflow")

from kreport.analyzers._evaluation.comparisons import Baselines, Generalisation, Rival, Slice, Slices
from kreport.analyzers._evaluation.stats import EvaluationStats, Metric
from kreport.analyzers._evaluation.tables import (
    CLASSES,
    WORST,
    baseline_table,
    class_table,
    compiled_table,
    confusion_table,
    score_table,
    slice_table,
    target_table,
)
from kreport.document.blocks import Dot
from kreport.document.text import plain
from tests.analyzers._evaluation.judged import classes, evaluation, numbers

RANDOM = np.random.default_rng(3)


def said(value: Any) -> Any:
    value = value.value if isinstance(value, Dot) else value
    return value if value is None or isinstance(value, float) else plain(value).replace("\u202f", " ")


def cells(table: Any) -> list[list[Any]]:
    return [[said(cell) for cell in row.cells] for row in table.rows]


def test_compiled_metrics_tell_over_how_many_samples_and_what_is_better() -> None:
    metrics = (
        Metric(name="loss", value=0.25, direction="lower", share=False),
        Metric(name="accuracy", value=0.9, direction="higher", share=True),
        Metric(name="my_own", value=3.0, direction="unknown", share=False),
    )
    table = compiled_table(EvaluationStats(metrics=metrics, samples=1797, notes=()))
    assert cells(table) == [
        ["loss", "0.250", "lower is better"], ["accuracy", "90.0 %", "higher is better"], ["my_own", "3", ""],
    ]  # fmt: skip
    assert "all 1,797 samples" in said(table.subtitle)


def test_keras_s_accuracy_of_several_labels_comes_with_a_caution() -> None:
    one = evaluation(np.full((4, 2), 0.6, "float32"), np.ones((4, 2)), "binary_crossentropy")
    metrics = (Metric(name="accuracy", value=1.0, direction="higher", share=True),)
    stats = EvaluationStats(metrics=metrics, samples=4, notes=(), outputs=(one,))
    assert "it compares the largest column of each row" in compiled_table(stats).note
    assert compiled_table(replace(stats, outputs=())).note == ""
    assert compiled_table(replace(stats, metrics=(replace(metrics[0], name="binary_accuracy"),))).note == ""


def test_scores_have_intervals_their_methods_and_what_they_are_over() -> None:
    one = classes(np.repeat([0, 1, 2], 10), np.repeat([0, 1, 1], 10), np.linspace(0.5, 0.9, 30))
    table = score_table(one)
    first = cells(table)[0]
    assert first == ["Accuracy", "66.7 %", "48.8–80.8 %"]
    assert "over all 30 samples" in said(table.subtitle)
    assert "Lower is better for log loss and Brier score." in table.note
    assert "Wilson" in table.note
    assert "bootstrap, 1,000 draws" in table.note
    weighted = score_table(classes([0, 1, 1], [0, 1, 0], weight=np.array([1.0, 2.0, 1.0])))
    assert said(weighted.subtitle).endswith(", weighted")


def test_areas_over_fewer_answers_say_so(monkeypatch) -> None:
    from kreport.probes.observers import _scoring

    monkeypatch.setattr(_scoring, "ROWS", 10)
    one = classes(RANDOM.integers(0, 2, 40), RANDOM.integers(0, 2, 40), RANDOM.uniform(0.5, 1, 40))
    assert "Areas under curves are over 10 answers, chosen by index." in score_table(one).note


def test_classes_have_recall_with_interval_precision_and_f1() -> None:
    table = class_table(classes([0, 0, 1, 1, 3], [0, 1, 1, 1, 0], class_names=("a", "b", "c", "d")))
    rows = cells(table)
    assert [row[0] for row in rows] == ["a", "b", "d"]
    assert rows[0][1:3] == ["2", 0.5]
    recall = table.rows[0].cells[2]
    assert (recall.low, recall.high) == pytest.approx((0.095, 0.905), abs=1e-3)
    assert rows[1][2:] == [1.0, pytest.approx(2 / 3), pytest.approx(0.8)]
    assert "1 class without answers, never predicted, is left out." in table.note


def test_of_many_classes_those_missed_most_are_listed() -> None:
    labels = np.repeat(np.arange(30), 4)
    predicted = labels.copy()
    predicted[4 * 17 : 4 * 17 + 3] = 0
    predicted[4 * 5] = 0
    table = class_table(classes(labels, predicted))
    assert [row[0] for row in cells(table)][:2] == ["17", "5"]
    assert len(table.rows) == WORST
    assert f"{30 - WORST} more are not listed" in table.note


def test_confusions_tell_their_share_of_the_label() -> None:
    one = classes([0, 0, 0, 0, 1, 2], [0, 1, 1, 1, 0, 2], class_names=("a", "b", "c"))
    assert cells(confusion_table(one)) == [["a", "b", "3", 0.75]]  # what happened once is no pattern
    assert confusion_table(classes([0, 1], [1, 0])) is None


def test_targets_are_told_one_by_one_where_they_are_several() -> None:
    truth = RANDOM.normal(size=(30, 2))
    table = target_table(numbers(truth, truth + np.array([0.0, 1.0]), class_names=("x", "y")))
    assert cells(table)[1][0] == "y"
    assert cells(table)[1][2:] == [pytest.approx(1), pytest.approx(1), pytest.approx(1), pytest.approx(1)]
    assert target_table(numbers(truth[:, 0], truth[:, 0])) is None
    many = target_table(numbers(RANDOM.normal(size=(9, 25)), RANDOM.normal(size=(9, 25))))
    assert len(many.rows) == CLASSES
    assert many.note == "5 more are not listed."


def test_slices_tell_how_many_were_looked_at() -> None:
    worst = Slice(column="age", range="1 to 3", samples=30, value=0.4, low=0.3, high=0.6)
    found = Slices(
        score="accuracy", share=True, overall=0.8, samples=90, columns=tuple("abcdef"), tested=24, worst=(worst,)
    )
    table = slice_table(found)
    assert cells(table) == [["age", "1 to 3", "30", 0.4, "30.0–60.0 %"]]
    assert said(table.subtitle) == (
        "Worst first, of 24 slices with enough samples by a, b, c, d and 2 more; all 90 samples: 80.0 %"
    )


def test_the_network_stands_above_its_rivals_and_what_was_not_fitted_says_why() -> None:
    rivals = (
        Rival(name="this network", how="", value=0.9, low=0.85, high=0.95),
        Rival(name="majority class", how="fitted on train_data=", value=0.5, low=0.4, high=0.6),
        Rival(name="logistic regression", how="not fitted: it would take about 9 s", value=None),
    )
    table = baseline_table(
        Baselines(score="accuracy", share=True, samples=200, rivals=rivals, ahead=(0.3, 0.5))
    )  # fmt: skip
    assert cells(table) == [
        ["This network", 0.9, "85.0–95.0 %"], ["Majority class", 0.5, "40.0–60.0 %"],
        ["Logistic regression", None, None],
    ]  # fmt: skip
    assert said(table.subtitle) == "Accuracy on the same 200 samples, higher is better"
    assert said(table.note).endswith("Logistic regression: not fitted: it would take about 9 s.")


@pytest.mark.parametrize(
    ("ends", "title"),
    [
        ((0.02, 0.18), "Accuracy is better on the training data: 90.0 % against 80.0 %"),
        ((-0.02, 0.22), "Accuracy on the training data differs by no more than chance: 90.0 % against 80.0 %"),
        ((-0.3, -0.1), "Accuracy is worse on the training data: 90.0 % against 80.0 %"),
        ((None, None), "Accuracy on the training data: 90.0 % against 80.0 %"),
    ],
)
def test_gaps_of_shares_are_in_points(ends, title) -> None:
    gap = Generalisation(
        name="accuracy", share=True, direction="higher", train=0.9, value=0.8, gap=0.1, low=ends[0], high=ends[1],
        train_answers=500,
    )  # fmt: skip
    one = replace(classes([0, 1], [0, 1]), generalisation=(gap,))
    table = score_table(one)
    assert said(table.title) == title
    first = cells(table)[0]
    assert (first[0], first[3], first[4]) == ("Accuracy", "90.0 %", "10 points")
    assert "500 answers of the training data" in said(table.subtitle)
    assert said(score_table(replace(one, generalisation=())).title) == "All scores"


def test_labels_are_called_labels() -> None:
    y = RANDOM.integers(0, 2, (30, 3))
    table = class_table(evaluation(RANDOM.uniform(size=(30, 3)).astype("float32"), y, "binary_crossentropy"))
    assert table.columns[0].label == "Label"
    assert [row[1] for row in cells(table)] == [str(n) for n in y.sum(0)]
