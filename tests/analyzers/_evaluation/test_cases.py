"""What users bring to an evaluation, with the values that are right."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

import kreport  # noqa: E402

layers = keras.layers


def linear(kernel: Any, activation: str | None = None) -> Any:
    """Return a Dense layer with these weights."""
    kernel = np.asarray(kernel, "float32")
    return layers.Dense(kernel.shape[1], activation, kernel_initializer=keras.initializers.Constant(kernel))


def evaluation(model: Any, data: Any, **more: Any) -> Any:
    return kreport.report(model, data=data, only=["evaluation"], strict=True, **more).measurements["evaluation"]


def scores(one: Any) -> dict[str, float]:
    return {score.name: score.value for score in one.scores}


def test_a_pipeline_that_shuffles_anew_has_its_labels_and_predictions_from_one_pass():
    y = np.repeat([0, 1, 2], 30)
    x = np.eye(3, dtype="float32")[y] + np.random.default_rng(0).uniform(-0.2, 0.2, (90, 3)).astype("float32")
    model = keras.Sequential([keras.Input((3,)), linear(np.eye(3) * 9, "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    data = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(90, reshuffle_each_iteration=True).batch(16)
    [one] = evaluation(model, data).outputs
    assert scores(one)["accuracy"] == 1
    assert one.confusions.matrix(3).tolist() == np.diag([30, 30, 30]).tolist()


def test_several_labels_are_not_one_class():
    said = np.array([[1, 1, 0], [0, 1, 0], [0, 0, 0], [1, 0, 1]])
    y = np.array([[1, 1, 0], [0, 1, 1], [0, 0, 0], [1, 0, 1]], "float32")
    model = keras.Sequential([keras.Input((3,)), linear(np.eye(3) * 5, "sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    [one] = evaluation(model, ((2.0 * said - 1).astype("float32"), y)).outputs
    found = scores(one)
    assert one.kind == "multi-label"
    assert (found["Hamming loss"], found["all labels right"]) == pytest.approx((1 / 12, 0.75))
    assert found["micro F1"] == pytest.approx(10 / 11)


def test_flat_labels_and_predictions_of_one_column_are_brought_to_one_shape():
    model = keras.Sequential([keras.Input((1,)), linear([[1]])])
    model.compile("sgd", "mse")
    x = np.arange(4, dtype="float32")[:, None]
    [one] = evaluation(model, (x, x[:, 0] + 0.0)).outputs
    assert one.kind == "regression"
    assert (scores(one)["R²"], scores(one)["RMSE"], one.samples) == (1, 0, 4)


def test_sample_weights_count_in_scores_as_in_the_compiled_loss():
    x = np.arange(8, dtype="float32")[:, None]
    wrong, weight = np.tile([1.0, 0.0], 4), np.tile([3.0, 1.0], 4)
    model = keras.Sequential([keras.Input((1,)), linear([[1]])])
    model.compile("sgd", "mse")
    found = evaluation(model, (x, x[:, 0] + wrong, weight))
    assert found.metrics[0].value == pytest.approx(1.5)  # Σ w e² / samples, as Keras has it
    [one] = found.outputs
    assert scores(one)["RMSE"] ** 2 == pytest.approx(0.75)  # Σ w e² / Σ w
    assert one.weighted


def test_a_restored_model_is_judged_by_itself_not_by_the_last_line_of_its_history():
    model = keras.Sequential([keras.Input((2,)), linear([[0], [0]])])
    model.compile("sgd", "mse")
    data = np.ones((8, 2), "float32"), np.full((8, 1), 0.5, "float32")
    history = {"loss": [0.4, 0.3, 0.2, 0.15, 0.1], "val_loss": [0.40, 0.30, 0.25, 0.28, 0.33]}
    [one] = evaluation(model, data, history=history).outputs
    assert scores(one)["RMSE"] ** 2 == pytest.approx(0.25)


def test_models_without_a_loss_are_judged_by_their_labels():
    y = np.repeat([0, 1, 2], 10)
    model = keras.Sequential([keras.Input((3,)), linear(np.eye(3) * 9, "softmax")])
    found = evaluation(model, (np.eye(3, dtype="float32")[y], y))
    assert found.metrics == ()
    assert scores(found.outputs[0])["accuracy"] == 1


def test_texts_as_labels_and_inputs():
    y = np.array(["cat", "dog"] * 20)
    texts = np.array([[f"a {name}"] for name in y], "object")
    vectors = layers.TextVectorization(vocabulary=["cat", "dog"], output_mode="multi_hot")
    model = keras.Sequential([keras.Input((1,), dtype="string"), vectors, linear([[0, 0], [9, 0], [0, 9]], "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    found = evaluation(model, (tf.constant(texts), y), class_names=["cat", "dog"])
    assert scores(found.outputs[0])["accuracy"] == 1
    assert found.outputs[0].classes == ("cat", "dog")
    assert found.not_compared == "simple models take dense numbers only"
