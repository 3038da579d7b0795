"""Data in every form that fit takes becomes batches that fit the model, or one sentence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

from kreport.errors import KreportError  # noqa: E402
from kreport.inputs.batches import Batches  # noqa: E402
from kreport.inputs.data import DataOptions, read_data  # noqa: E402

X = np.arange(30, dtype="float32").reshape(10, 3)
Y = np.arange(10) % 2


def dense(width: int = 3, classes: int = 2, **compiled: Any) -> Any:
    model = keras.Sequential([keras.Input((width,), name="row"), keras.layers.Dense(classes, "softmax")], name="small")
    model.compile(**({"loss": "sparse_categorical_crossentropy"} | compiled))
    return model


def two_inputs() -> Any:
    a, b = keras.Input((4,), name="a"), keras.Input((2,), name="b")
    return keras.Model([a, b], keras.layers.Concatenate()([a, b]), name="siamese")


def read(data: Any, model: Any = None, **options: Any) -> Batches:
    return read_data(data, model or dense(), DataOptions(**options))


def whole(batches: Batches) -> tuple[Any, Any]:
    read = list(batches)
    labels = None if read[0].y is None else np.concatenate([np.asarray(batch.y) for batch in read])
    return np.concatenate([np.asarray(batch.x) for batch in read]), labels


class Pairs(keras.utils.PyDataset):
    def __len__(self):
        return 4

    def __getitem__(self, index):
        return X[index * 3 : index * 3 + 3], Y[index * 3 : index * 3 + 3]


def generator():
    for start in range(0, 10, 4):
        yield X[start : start + 4], Y[start : start + 4]


@pytest.mark.parametrize(
    ("data", "options"),
    [
        pytest.param((X, Y), {}, id="arrays"),
        pytest.param((X.astype("float64"), list(Y)), {}, id="float64 and a list"),
        pytest.param((tf.constant(X), tf.constant(Y)), {}, id="tensors"),
        pytest.param((pd.DataFrame(X), pd.Series(Y)), {}, id="frames"),
        pytest.param(pd.DataFrame(X, columns=list("abc")).assign(y=Y), {"target": "y"}, id="a frame with its target"),
        pytest.param(tf.data.Dataset.from_tensor_slices((X, Y)).batch(4), {}, id="batched dataset"),
        pytest.param(tf.data.Dataset.from_tensor_slices((X, Y)), {}, id="unbatched dataset"),
        pytest.param(Pairs(), {}, id="PyDataset"),
        pytest.param(generator(), {"steps": 3}, id="generator"),
        pytest.param(generator, {"steps": 3}, id="generator function"),
        pytest.param(({"row": X}, Y), {}, id="dict"),
        pytest.param(([X], Y), {}, id="list of one"),
    ],
)
def test_each_form_brings_the_same_samples(data, options):
    batches = read(data, **options)
    x, y = whole(batches)
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(y, Y)
    assert x.dtype == np.float32
    starts = [0, *np.cumsum([len(x)])]
    assert starts[-1] == 10


def test_inputs_alone_have_no_labels():
    batches = read(X)
    assert not batches.labels
    assert batches.samples == 10


def test_sample_weights_come_third():
    batches = read((X, Y, np.ones(10)))
    assert batches.weights
    np.testing.assert_array_equal(np.concatenate([b.sample_weight for b in batches]), np.ones(10))


def test_class_weights_multiply_sample_weights_for_gradients_only():
    batches = read((X, Y, np.full(10, 2.0)), class_weight={1: 3.0})
    [batch] = batches
    np.testing.assert_array_equal(batch.sample_weight, np.full(10, 2.0))
    np.testing.assert_array_equal(batches.training_weight(batch), np.where(Y == 1, 6.0, 2.0))


def test_an_endless_dataset_needs_steps():
    endless = tf.data.Dataset.from_tensor_slices((X, Y)).batch(5).repeat()
    with pytest.raises(KreportError, match="never ends: pass steps="):
        read(endless)
    assert len(whole(read(endless, steps=3))[0]) == 15


def test_a_generator_is_read_once_and_says_so():
    batches = read(generator(), steps=2)
    assert not batches.repeatable
    assert "read once" in batches.notes[0]
    assert [batch.start for batch in batches] == [0, 4]


def test_two_inputs_come_as_list_or_dict_in_any_order():
    a, b = np.ones((5, 4), "float32"), np.zeros((5, 2), "float32")
    for data in ([a, b], {"b": b, "a": a}):
        [batch] = read(data, two_inputs())
        assert [part.shape for part in batch.x] == [(5, 4), (5, 2)]


def test_two_inputs_in_a_tuple_are_told_apart_from_labels():
    a, b = np.ones((5, 4), "float32"), np.zeros((5, 2), "float32")
    with pytest.raises(KreportError, match=r"takes 2: 'a' .*A tuple of two is inputs and labels"):
        read((a, b), two_inputs())


def test_a_model_of_fixed_batch_size_gets_whole_batches():
    inputs = keras.Input(batch_shape=(4, 3))
    batches = read((X, Y), keras.Model(inputs, keras.layers.Dense(2)(inputs)))
    assert [batch.size for batch in batches] == [4, 4]
    assert batches.samples == 8
    assert "the last 2 samples are left out" in batches.notes[0]


def test_sparse_ragged_and_text_inputs_stay_what_they_are():
    sparse = keras.Input((3,), sparse=True)
    [batch] = read(tf.sparse.from_dense(X), keras.Model(sparse, keras.layers.Dense(2)(sparse)))
    assert isinstance(batch.x, tf.SparseTensor)
    text = keras.Input((1,), dtype="string")
    model = keras.Model(text, keras.layers.StringLookup(vocabulary=["a"])(text))
    [batch] = read(np.array([["a"], ["b"]]), model)
    assert batch.size == 2


def test_samples_of_different_sizes_are_grouped():
    inputs = keras.Input((None, None, 3))
    model = keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(inputs))
    images = [np.full(shape, 7, "uint8") for shape in ((9, 8, 3), (10, 8, 3), (9, 8, 3))]
    batches = read(images, model)
    assert [batch.x.shape for batch in batches] == [(2, 9, 8, 3), (1, 10, 8, 3)]
    assert batches.notes == ("3 samples of 2 sizes, grouped by size",)


def test_columns_that_are_no_numbers_are_left_out_when_the_others_fit():
    table = pd.DataFrame({
        "when": pd.date_range("2024-02-28", periods=6), "city": pd.Categorical(list("abcabc")),
        "rooms": pd.array([1, 2, None, 3, 2, 1], "Int64"), "balcony": [True, False] * 3,
        "price": [9.0, 11, 8, 15, 12, 9],
    })  # fmt: skip
    batches = read(table, dense(2, 1, loss="mse"), target="price")
    assert batches.feature_names == ("rooms", "balcony")
    assert batches.notes == ("columns `when` (date), `city` (category) are no numbers: left out",)
    x, y = whole(batches)
    assert np.isnan(x).sum() == 1
    np.testing.assert_array_equal(y, table["price"])
    with pytest.raises(KreportError, match="are no numbers; the model takes 3 numbers a row and `data` has 2"):
        read(table, dense(3), target="price")


def test_entries_the_model_does_not_know_are_left_out_in_words():
    batches = read({"row": X, "id": np.arange(10)})
    assert batches.notes == ("`id` is no input of the model: left out",)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param((X[:, :2], Y), r"the shape \(None, 2\) for 'row', where the model takes \(None, 3\)", id="width"),
        pytest.param((X[:, :0], Y), "an axis has no length", id="no width"),
        pytest.param(([X, X], Y), r"has 2 inputs .* but the model 'small' takes 1: 'row' \(None, 3\)", id="inputs"),
        pytest.param((X, Y[:4]), "different numbers of samples: 10 in inputs, 4 in labels", id="lengths"),
        pytest.param((X, Y + 1), r"labels from 1 to 2, .*classes 0 to 1; with y - 1 they would fit", id="from one"),
        pytest.param((X, Y - 5.0), "labels from -5 to -4", id="negative"),
        pytest.param((X, np.array(["a", "b"] * 5)), r"text labels \('a', 'b'\); pass class_names=", id="texts"),
        pytest.param((X.astype(str), Y), "has texts for 'row', where the model takes float32", id="text inputs"),
        pytest.param((X[:0], Y[:0]), "holds no samples", id="nothing"),
        pytest.param(({1, 2}, Y), "holds a value of the type set without a shape; arrays or tensors", id="a set"),
        pytest.param((np.array([{}, {}]), Y[:2]), r"Python objects \(dict\)", id="objects"),
        pytest.param("nowhere.npz", "names 'nowhere.npz', which does not exist", id="no file"),
    ],
)
def test_what_does_not_fit_gets_one_sentence(data, words):
    with pytest.raises(KreportError, match=words):
        read(data)


def test_text_labels_are_looked_up_in_class_names():
    batches = read((X, np.array(["dog", "cat"] * 5)), class_names=["cat", "dog"])
    np.testing.assert_array_equal(whole(batches)[1], [1, 0] * 5)


@pytest.mark.parametrize("name", ["max_samples", "batch_size", "steps"])
@pytest.mark.parametrize("value", [0, -1, 2.5, True])
def test_numbers_are_checked(name, value):
    with pytest.raises(KreportError, match=f"`{name}` is {value!r}; a positive number"):
        read((X, Y), **{name: value})
