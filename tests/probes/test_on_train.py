"""The training data read as the data is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

keras = pytest.importorskip("keras")

import kreport  # noqa: E402

RANDOM = np.random.default_rng(7)
X, Y = RANDOM.normal(size=(40, 3)).astype("float32"), RANDOM.integers(0, 3, 40)
TRAIN_X, TRAIN_Y = RANDOM.normal(size=(90, 3)).astype("float32"), RANDOM.integers(0, 3, 90)


def model() -> Any:
    made = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3, "softmax")])
    made.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return made


def gaps(train: Any, only: list[str]) -> dict[str, Any]:
    made = kreport.report(NETWORK, data=(X, Y), train_data=train, only=only)
    [one] = made.measurements["evaluation"].outputs
    return {gap.name: gap for gap in one.generalisation}


NETWORK = model()


def batches() -> Any:
    return (part for part in [(TRAIN_X[:50], TRAIN_Y[:50]), (TRAIN_X[50:], TRAIN_Y[50:])])


def test_scores_of_both_equal_evaluate() -> None:
    found = gaps((TRAIN_X, TRAIN_Y), ["evaluation"])["accuracy"]
    assert found.train == pytest.approx(NETWORK.evaluate(TRAIN_X, TRAIN_Y, verbose=0)[1], rel=1e-6)
    assert found.value == pytest.approx(NETWORK.evaluate(X, Y, verbose=0)[1], rel=1e-6)
    assert found.train_answers == 90


def test_a_generator_is_read_by_one_section_alone_and_never_in_part() -> None:
    alone = gaps(batches(), ["evaluation"])
    assert alone["accuracy"].train == pytest.approx(NETWORK.evaluate(TRAIN_X, TRAIN_Y, verbose=0)[1], rel=1e-6)
    assert gaps(batches(), ["evaluation", "data"]) == {}


def test_training_data_without_labels_has_no_scores() -> None:
    assert gaps(TRAIN_X, ["evaluation"]) == {}
