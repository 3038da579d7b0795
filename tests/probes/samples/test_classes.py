"""Gradients by class: those of a plain tape on the samples of each class."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kreport.inputs.data import DataOptions, read_data
from kreport.inputs.subject import LossOf
from kreport.probes.fingerprint import fingerprint
from kreport.probes.observers.kept import KeptSamples
from kreport.probes.samples.classes import class_gradients
from kreport.probes.sweep import Wanted, swept
from kreport.probes.tree import tree_of

L = keras.layers


@pytest.fixture
def rng():
    keras.utils.set_random_seed(2)
    return np.random.default_rng(3)


def measured(model, data, loss=None):
    options = DataOptions(max_samples=512, batch_size=None, steps=None, target=None, embed=True,
                          class_names=("cat", "dog", "owl"), class_weight=None)  # fmt: skip
    batches = read_data(data, model, options, argument="data")
    tree, before, given = tree_of(model), fingerprint(model), None if loss is None else LossOf(loss=loss)
    sweep = swept(tree, batches, Wanted(kinds=frozenset({KeptSamples})), given, None)
    found = class_gradients(tree, sweep.results[KeptSamples], batches, given, None)
    assert fingerprint(model) == before
    assert not [gap.details for gap in found.gaps if gap.failed]
    return found


def small_net():
    model = keras.Sequential(
        [keras.Input((4,)), L.Dense(6, "tanh", kernel_regularizer="l2"), L.BatchNormalization(), L.Dropout(0.5),
         L.Dense(3, "softmax")]
    )  # fmt: skip
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def test_norms_and_cosines_are_those_of_a_plain_tape(rng):
    model = small_net()
    x, y = rng.normal(size=(60, 4)).astype("float32"), rng.integers(0, 3, 60)
    found = measured(model, (x, y))
    gradients = []
    for index in range(3):
        some = np.flatnonzero(y == index)[:32]
        with tf.GradientTape() as tape:
            said = model(x[some], training=False)
            loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y[some], said))
        taken = tape.gradient(loss, [v.value for v in model.trainable_variables])
        gradients.append(np.concatenate([g.numpy().ravel() for g in taken]).astype(np.float64))
        np.testing.assert_allclose(found.kernels[0].norms[index], np.linalg.norm(taken[0].numpy()), rtol=1e-5)
        np.testing.assert_allclose(found.norms[index], np.linalg.norm(gradients[-1]), rtol=1e-5)
    unit = np.array([g / np.linalg.norm(g) for g in gradients])
    np.testing.assert_allclose(found.cosines, unit @ unit.T, atol=1e-5)
    assert found.classes == ("cat", "dog", "owl")
    assert [kernel.layer for kernel in found.kernels] == [model.layers[0].name, model.layers[-1].name]


def test_a_loss_may_be_handed_over(rng):
    model = keras.Sequential([keras.Input((4,)), L.Dense(3)])
    x, y = rng.normal(size=(30, 4)).astype("float32"), rng.integers(0, 3, 30)
    found = measured(model, (x, y), loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    some = np.flatnonzero(y == 1)
    scores = x[some] @ model.layers[0].kernel.numpy()
    shares = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    expected = x[some].T @ (shares - np.eye(3)[y[some]]) / len(some)
    np.testing.assert_allclose(found.kernels[0].norms[1], np.linalg.norm(expected), rtol=1e-4)


def test_the_most_frequent_classes_are_taken(rng):
    model = keras.Sequential([keras.Input((2,)), L.Dense(14, "softmax")])
    model.compile(loss="sparse_categorical_crossentropy")
    y = np.concatenate([np.arange(14), np.arange(4, 14)])
    found = measured(model, (rng.normal(size=(24, 2)), y))
    assert found.known == 14
    assert found.classes == tuple(str(index) for index in range(4, 14))
    assert found.samples.tolist() == [2] * 10


@pytest.mark.parametrize(
    ("labels", "loss", "reason"),
    [
        pytest.param(lambda rng: np.ones(20), "binary_crossentropy", "of one class", id="one class"),
        pytest.param(lambda rng: rng.integers(0, 2, 20), None, "need a loss", id="no loss"),
    ],
)
def test_what_cannot_be_had_says_why(rng, labels, loss, reason):
    model = keras.Sequential([keras.Input((3,)), L.Dense(1)])
    if loss:
        model.compile(loss=loss)
    [gap] = measured(model, (rng.normal(size=(20, 3)), labels(rng))).gaps
    assert reason in gap.reason


def test_where_there_are_no_classes_nothing_is_said(rng):
    """A reader of a regression expects no gradients by class: their absence needs no reason."""
    model = keras.Sequential([keras.Input((3,)), L.Dense(1)])
    model.compile(loss="mse")
    found = measured(model, (rng.normal(size=(20, 3)), np.full(20, 2.5)))
    assert (found.classes, found.gaps) == ((), ())
