"""Labels are refused where Keras would raise, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from kreport.errors import KreportError  # noqa: E402
from kreport.inputs.batches import Batch  # noqa: E402
from kreport.inputs.data import DataOptions, read_data  # noqa: E402
from kreport.inputs.data_labels import Labels, by_output  # noqa: E402
from kreport.inputs.expected import OutputSpec  # noqa: E402

X, Y = np.ones((10, 3), "float32"), np.arange(10) % 2


def two_outputs(structure: str, loss: object) -> keras.Model:
    row = keras.Input((3,), name="row")
    age, sex = keras.layers.Dense(1, name="age")(row), keras.layers.Dense(2, "softmax", name="sex")(row)
    model = keras.Model(row, {"age": age, "sex": sex} if structure == "dict" else [age, sex], name="census")
    model.compile(loss=loss)
    return model


BY_NAME = {"age": "mse", "sex": "sparse_categorical_crossentropy"}


def labels(model: keras.Model, class_names: tuple[str, ...] = (), loss: object = None) -> Labels:
    return Labels(model, "data", class_names, loss)


@pytest.mark.parametrize(
    "loss", ["mse", "binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy", "hinge"]
)
@pytest.mark.parametrize("output", [(3,), (1,), (5, 3)])
@pytest.mark.parametrize("label", [(), (1,), (3,), (2,), (5, 1), (5, 3), (3, 1)])
def test_no_shape_is_refused_that_keras_takes(loss: str, output: tuple, label: tuple) -> None:
    inputs = keras.Input(output)
    model = keras.Model(inputs, keras.layers.Dense(output[-1], "sigmoid")(inputs))
    model.compile(loss=loss)
    y = np.zeros((4, *label), "float32")
    try:
        keras.losses.get(loss)(y, np.full((4, *output), 0.5, "float32"))
    except Exception:
        return
    labels(model).check(y)


@pytest.mark.parametrize("structure", ["dict", "list"])
def test_the_output_is_named_when_there_are_several(structure: str) -> None:
    model = two_outputs(structure, BY_NAME)
    y = {"sex": Y + 1, "age": np.ones(10)} if structure == "dict" else [np.ones(10), Y + 1]
    with pytest.raises(KreportError, match=r"labels from 1 to 2 for 'sex', but the model 'census' has the classes 0 t"):
        labels(model).check(y)


@pytest.mark.parametrize(
    ("y", "words"),
    [
        (Y, r"has 1 array of labels but the model 'census' has 2 outputs: 'age' \(None, 1\), 'sex' \(None, 2\)"),
        ({"age": Y, "gender": Y}, r"has labels for 'gender', which is no output of the model 'census'"),
    ],
)
def test_their_number_and_names_are_the_outputs(y: object, words: str) -> None:
    with pytest.raises(KreportError, match=words):
        labels(two_outputs("dict", BY_NAME)).check(y)


@pytest.mark.parametrize(
    ("loss", "y", "words"),
    [
        ("sparse_categorical_crossentropy", np.eye(2)[Y], r"\(None, 2\) for the output 'out' .*use y.argmax"),
        ("categorical_crossentropy", Y, r"takes \(None, 2\); class indices go with sparse_categorical_crossentropy"),
        ("mse", np.ones((10, 3)), r"labels of the shape \(None, 3\) for the output 'out' \(None, 2\)"),
    ],
)
def test_a_shape_that_does_not_fit_the_loss_says_what_would(loss: str, y: np.ndarray, words: str) -> None:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="out")])
    model.compile(loss=loss)
    with pytest.raises(KreportError, match=words):
        labels(model).check(y)
    model.compile()  # a loss that is handed over counts as well
    with pytest.raises(KreportError, match=words):
        labels(model, loss=loss).check(y)


def test_a_class_that_the_loss_ignores_is_no_mistake() -> None:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.compile(loss=keras.losses.SparseCategoricalCrossentropy(ignore_class=255))
    labels(model).check(np.array([0, 1, 255]))
    with pytest.raises(KreportError, match="labels from 0 to 7"):
        labels(model).check(np.array([0, 7, 255]))


def test_a_model_with_its_own_training_may_take_what_it_likes() -> None:
    class Own(keras.Sequential):
        def compute_loss(self, **kwargs: object) -> float:
            return 0.0

    model = Own([keras.Input((3,)), keras.layers.Dense(2)])
    model.compile(loss="sparse_categorical_crossentropy")
    labels(model).check(np.array([7, 8]))


def test_texts_in_a_structure_are_looked_up() -> None:
    y = {"age": np.ones(2, "float32"), "sex": np.array(["m", "f"], object)}
    np.testing.assert_array_equal(labels(two_outputs("dict", BY_NAME), ("f", "m")).numbers(y)["sex"], [1, 0])
    with pytest.raises(KreportError, match=r"text labels \('m', 'f'\) that are not among class_names="):
        labels(two_outputs("dict", BY_NAME), ("x", "y")).numbers(y)


def test_wrong_labels_in_a_later_batch_are_told() -> None:
    import tensorflow as tf

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)], name="small")
    model.compile(loss="sparse_categorical_crossentropy")
    y = np.where(np.arange(10) == 9, 7, Y)
    with pytest.raises(KreportError, match="labels from 0 to 7"):
        read_data((X, y), model, DataOptions(batch_size=2))
    batches = read_data(tf.data.Dataset.from_tensor_slices((X, y)).batch(2), model, DataOptions())
    with pytest.raises(KreportError, match="labels from 0 to 7"):
        list(batches)


@pytest.mark.parametrize(
    ("loss", "kind"),
    [
        ("mse", "values"), ("MeanSquaredError", "values"), ("sparse_categorical_crossentropy", "class"),
        ("CategoricalFocalCrossentropy", "one-hot"), ("bce", "binary"), ("my_own_loss", ""), ("", ""),
    ],
)  # fmt: skip
def test_the_loss_says_what_labels_are(loss: str, kind: str) -> None:
    assert OutputSpec(name="out", loss=loss).kind == kind


def test_labels_find_their_output_by_name_or_place() -> None:
    outputs = (OutputSpec(name="a"), OutputSpec(name="b"))
    assert [(o.name, y) for o, y in by_output({"b": 1, "a": 2}, outputs)] == [("a", 2), ("b", 1)]
    assert [(o.name, y) for o, y in by_output([1, 2], outputs)] == [("a", 1), ("b", 2)]
    assert [o.name for o, _ in by_output([1, 2, 3], outputs)] == ["labels 1", "labels 2", "labels 3"]
    assert list(by_output(None, outputs)) == []


@pytest.mark.parametrize(
    "y",
    [Y, Y[:, None], Y.astype("float32"), np.eye(2)[Y], np.eye(2)[np.stack([Y, 1 - Y], 1)]],
    ids=["index", "column", "float", "one-hot", "per position"],
)
def test_class_weights_are_those_of_fit(y: np.ndarray) -> None:
    from keras.src.trainers.data_adapters.data_adapter_utils import class_weight_to_sample_weights

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    batches = read_data((X, y), model, DataOptions(class_weight={1: 3.0}))
    weight = batches.training_weight(batches.first)
    if y.ndim < 3:
        np.testing.assert_array_equal(weight, class_weight_to_sample_weights(y, {1: 3.0}))
    np.testing.assert_array_equal(
        weight, np.where((y.argmax(-1) if y.ndim > 2 or y.shape[-1:] == (2,) else Y) == 1, 3, 1)
    )


def test_class_weights_leave_what_is_no_class_alone() -> None:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    batches = read_data((X, None), model, DataOptions(class_weight={1: 3.0}))
    assert batches.training_weight(batches.first) is None
    nan = Batch(x=X, y=np.array([1.0, np.nan]), start=0, size=2)
    np.testing.assert_array_equal(batches.training_weight(nan), [3.0, 1.0])
