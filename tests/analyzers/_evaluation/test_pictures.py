"""Charts of an evaluation: what they hold, and what they say in words."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

pytest.importorskip("tensorflow")

from kreport.analyzers._evaluation import pictures
from kreport.document.text import plain
from tests.analyzers._evaluation.judged import classes, evaluation, numbers

RANDOM = np.random.default_rng(4)


def said(value: Any) -> str:
    return plain(value).replace("\u202f", " ")


def rows(chart: Any) -> list[dict[str, Any]]:
    """Return all rows of data in a specification."""
    found = []

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            found.extend(node["values"] if isinstance(node.get("values"), list) else [])
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(json.loads(json.dumps(chart.spec)))
    return [row for row in found if isinstance(row, dict)]


def test_a_confusion_matrix_tells_the_accuracy_in_words() -> None:
    one = classes(np.repeat([0, 1, 2], 10), np.repeat([0, 1, 1], 10), class_names=("ant", "bee", "cat"))
    chart = pictures.confusion(one, "key")
    assert chart.id == "key-confusion"
    assert "66.7 % lie on the diagonal" in said(chart.alt)
    assert said(chart.title) == "All 10 mistakes mix up bee with cat"
    assert pictures.confusion(numbers([1.0, 2], [1.0, 2]), "key") is None


def test_of_many_classes_those_mixed_up_stand_together() -> None:
    labels = np.repeat(np.arange(30), 5)
    predicted = np.where(labels == 3, 27, labels)
    one = classes(labels, predicted)
    order = one.confusions.order.tolist()
    assert abs(order.index(3) - order.index(27)) == 1
    assert "classes that are mixed up stand together" in said(pictures.confusion(one, "key").subtitle)


def test_reliability_has_intervals_where_answers_are_independent() -> None:
    labels = RANDOM.integers(0, 2, 60)
    share = RANDOM.uniform(0.5, 1, 60)
    predicted = np.where(RANDOM.uniform(size=60) < share, labels, 1 - labels)
    chart = pictures.reliability(classes(labels, predicted, share), "key")
    bins = [row for row in rows(chart) if "low" in row]
    assert bins
    assert all(row["low"] < row["r"] or row["r"] == 0 for row in bins)
    assert "Wilson" in said(chart.subtitle)
    weighted = pictures.reliability(classes(labels, predicted, share, weight=np.full(60, 3.0)), "key")
    assert all(row["low"] == row["r"] == row["high"] for row in rows(weighted) if "low" in row)
    assert "Wilson" not in said(weighted.subtitle)


def test_mistakes_and_the_rest_are_compared_by_confidence() -> None:
    one = classes([0] * 10, [0] * 6 + [1] * 4, [0.95] * 6 + [0.66] * 4)
    chart = pictures.sureness(one.confidence, "key")
    assert said(chart.title) == "On average 92.5 % sure where it is right, 67.5 % where wrong"
    assert pictures.sureness(classes([0, 1], [0, 1]).confidence, "key") is None


def test_curves_of_two_classes_are_one_and_of_several_those_told_worst() -> None:
    y = RANDOM.integers(0, 2, 50)
    shares = np.clip(y * 0.3 + RANDOM.uniform(0, 0.7, 50), 0, 1).astype("float32")[:, None]
    roc, precision = pictures.curves(evaluation(shares, y, "binary_crossentropy", class_names=("no", "yes")), "key")
    assert (roc.id, precision.id) == ("key-roc", "key-precision")
    assert said(roc.title).startswith("Area under the ROC curve 0.")
    assert "yes against no" in said(roc.subtitle)
    labels = RANDOM.integers(0, 9, 200)
    said_of_nine = RANDOM.dirichlet(np.ones(9), 200).astype("float32")
    many = evaluation(said_of_nine, labels, "sparse_categorical_crossentropy")
    assert len(many.curves) == 6
    assert [c.auc for c in many.curves] == sorted(c.auc for c in many.curves)
    roc, _ = pictures.curves(many, "key")
    assert "each class against the rest; the 6 told worst" in said(roc.subtitle)
    assert list(pictures.curves(classes([0, 0], [0, 1]), "key")) == []


def test_residuals_of_the_targets_that_are_least_explained_come_first() -> None:
    truth = RANDOM.normal(size=(60, 5))
    one = numbers(truth, truth + RANDOM.normal(size=(60, 5)) * [0.1, 3, 0.2, 2, 0.3], class_names=tuple("abcde"))
    charts = list(pictures.residuals(one, "key"))
    assert [said(truth_.title)[:5] for truth_, _, _ in charts] == ["b: no", "d: no", "e: pr"]
    assert charts[0][1].id == "key-target-0-residual"


def test_where_samples_must_not_stand_errors_are_counted_and_no_point_is_drawn() -> None:
    truth = RANDOM.normal(size=60)
    one = numbers(truth, truth + 1, embed=False)
    assert one.targets[0].truth.size == one.targets[0].predicted.size == 0
    [[errors]] = pictures.residuals(one, "key")
    assert errors.id == "key-target-0-errors"


def test_a_constant_target_is_drawn_with_its_error() -> None:
    [(truth, _, errors)] = pictures.residuals(numbers(np.full(30, 2.0), RANDOM.normal(2, 1, 30)), "key")
    assert said(truth.title).startswith("Off by ")
    assert said(errors.title).startswith("Half of the errors are below ")
