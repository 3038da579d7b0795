"""The Evaluation section: the compiled metrics, as model.evaluate has them."""

from __future__ import annotations

import numpy as np
import pytest

keras = pytest.importorskip("keras")

import kreport  # noqa: E402

X = np.random.default_rng(0).normal(size=(50, 4)).astype("float32")
Y = np.random.default_rng(1).integers(0, 2, 50)


def model(**compiled):
    made = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, "softmax")])
    if compiled:
        made.compile(**compiled)
    return made


def report(made, **more):
    return kreport.report(made, data=more.pop("data", (X, Y)), only=["evaluation"], **more)


def test_metrics_equal_evaluate_over_all_of_the_data_whatever_max_samples_says():
    made = model(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    found = report(made, max_samples=8).measurements["evaluation"]
    expected = made.evaluate(X, Y, verbose=0, return_dict=True)
    assert {m.name: m.value for m in found.metrics} == pytest.approx(expected, rel=1e-6)
    assert found.samples == 50


def test_a_share_is_the_headline_of_section_and_overview():
    made = report(model(loss="sparse_categorical_crossentropy", metrics=["accuracy"]))
    accuracy = {m.name: m for m in made.measurements["evaluation"].metrics}["accuracy"]
    assert accuracy.share
    assert accuracy.direction == "higher"
    assert made.headline.startswith(f"Accuracy {100 * accuracy.value:.1f}".rstrip("0").rstrip("."))


def test_labels_and_pipelines_that_shuffle_anew_come_from_one_pass():
    import tensorflow as tf

    y = np.repeat([0, 1, 2], 30)
    x = np.eye(3, dtype="float32")[y]
    made = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3, "softmax")])
    made.layers[0].set_weights([np.eye(3) * 9, np.zeros(3)])
    made.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    data = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(90, reshuffle_each_iteration=True).batch(16)
    found = report(made, data=data).measurements["evaluation"]
    assert {m.name: m.value for m in found.metrics}["accuracy"] == 1


def test_weights_count_in_the_loss_as_in_evaluate():
    made = model(loss="sparse_categorical_crossentropy", weighted_metrics=["accuracy"])
    weight = np.linspace(0, 2, 50).astype("float32")
    found = report(made, data=(X, Y, weight)).measurements["evaluation"]
    expected = made.evaluate(X, Y, sample_weight=weight, verbose=0, return_dict=True)
    assert {m.name: m.value for m in found.metrics} == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("made", "data", "words"),
    [
        (keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)]), (X, Y), "cannot be told, as it has no loss"),
        (model(loss="sparse_categorical_crossentropy"), X, r"evaluation needs labels: pass data=\(x, y\)"),
    ],
)
def test_what_is_needed_is_said(made, data, words):
    import re

    [gap] = [gap for gap in report(made, data=data).gaps if gap.stage == "evaluation"]
    assert re.search(words, gap.reason)
    assert not gap.failed
