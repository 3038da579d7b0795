"""Simple models beside a network: those of the same arrays, fitted on the training data or on folds."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import pytest

keras = pytest.importorskip("keras")
pytest.importorskip("sklearn")

import kreport  # noqa: E402
from kreport.document.model import Gap  # noqa: E402
from kreport.inputs.batches import TrainBatches  # noqa: E402
from kreport.inputs.data import DataOptions, read_data  # noqa: E402
from kreport.pipeline import contained  # noqa: E402
from kreport.probes.observers.kept import KeptSamples  # noqa: E402
from kreport.probes.observers.predictions import Predictions  # noqa: E402
from kreport.probes.rivals import Rivals, rivals  # noqa: E402
from kreport.probes.sweep import Wanted, swept  # noqa: E402
from kreport.probes.tree import tree_of  # noqa: E402
from kreport.tensors.baselines import baselines  # noqa: E402

module = import_module("kreport.probes.rivals")

RANDOM = np.random.default_rng(6)
N = 120
X = RANDOM.normal(size=(N, 4)).astype("float32")
Y = (X[:, 0] + RANDOM.normal(0, 0.3, N) > 0).astype(int)
SCE = "sparse_categorical_crossentropy"


def model(width: int = 2, end: Any = "softmax", loss: Any = SCE, inputs: int = 4) -> Any:
    made = keras.Sequential([keras.Input((inputs,)), keras.layers.Dense(width, end)])
    made.compile("sgd", loss)
    return made


def found(made: Any, data: Any, train: Any = None, **options: Any) -> Any:
    given = read_data(data, made, DataOptions(**options))
    tree, wanted = tree_of(made), Wanted(kinds=frozenset({Predictions, KeptSamples}))
    results = swept(tree, given, wanted, None, None).results
    known = (
        None if train is None else TrainBatches(batches=read_data(train, made, DataOptions(), argument="train_data"))
    )
    return contained("rivals", rivals, tree, results[KeptSamples], results[Predictions], given, known)


def same(one: Rivals, expected: Any) -> None:
    for ours, theirs in zip(one.baselines, expected, strict=True):
        assert ours.how == theirs.how
        np.testing.assert_array_equal(ours.predictions, theirs.predictions)


def test_without_training_data_they_are_fitted_on_folds() -> None:
    made = model()
    one = found(made, (X, Y))
    same(one, baselines(X.astype(float), Y, "classification"))
    np.testing.assert_array_equal(one.truth, Y)
    np.testing.assert_array_equal(one.network, made.predict(X, verbose=0).argmax(1))


def test_with_training_data_they_are_fitted_on_it() -> None:
    x, y = RANDOM.normal(size=(80, 4)).astype("float32"), RANDOM.integers(0, 2, 80)
    same(found(model(), (X, Y), (x, y)), baselines(X.astype(float), Y, "classification", train=(x.astype(float), y)))


def test_of_much_training_data_every_kth_sample_is_taken(monkeypatch) -> None:
    monkeypatch.setattr(module, "TRAINED_ON", 30)
    x, y = RANDOM.normal(size=(90, 4)).astype("float32"), RANDOM.integers(0, 2, 90)
    expected = baselines(X.astype(float), Y, "classification", train=(x[::3].astype(float), y[::3]))
    same(found(model(), (X, Y), (x, y)), expected)


@pytest.mark.parametrize("train", ["without labels", "a generator"])
def test_training_data_that_cannot_be_fitted_on_gives_way_to_folds(train) -> None:
    given = X if train == "without labels" else iter([(X[:60], Y[:60]), (X[60:], Y[60:])])
    same(found(model(), (X, Y), given), baselines(X.astype(float), Y, "classification"))


def test_numbers_are_told_by_ridge_regression() -> None:
    y = np.stack([X[:, 0], X[:, 1] ** 2], 1)
    one = found(model(2, None, "mse"), (X, y))
    same(one, baselines(X.astype(float), y, "regression"))
    assert [b.name for b in one.baselines] == ["mean", "ridge regression"]


def test_tokens_are_told_by_how_often_each_is_there(monkeypatch) -> None:
    monkeypatch.setattr(module, "WORDS", number := 60)
    ids = RANDOM.integers(0, 50, (N, 6))
    ids[0, :2] = number + 5  # beyond those that are counted
    inputs = keras.Input((6,), dtype="int32")
    embedded = keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(number + 10, 3)(inputs))
    made = keras.Model(inputs, keras.layers.Dense(2, "softmax")(embedded))
    made.compile("sgd", SCE)
    counts = np.zeros((N, number))
    for row, words in enumerate(ids):
        for word in words:
            if 0 < word < number:
                counts[row, word] += 1
    same(found(made, (ids, Y)), baselines(counts, Y, "classification"))


@pytest.mark.parametrize("width", [1, 3])
def test_logits_taken_for_probabilities_are_judged_as_logits(width) -> None:
    y = Y if width == 1 else RANDOM.integers(0, 3, N)
    made = model(width, None, "binary_crossentropy" if width == 1 else SCE)
    logits = made.predict(X, verbose=0)
    one = found(made, (X, y))
    np.testing.assert_array_equal(one.network, logits[:, 0] > 0 if width == 1 else logits.argmax(1))


@pytest.mark.parametrize("logits", [False, True])
def test_models_that_do_not_know_their_outputs_are_compared_too(logits) -> None:
    class Own(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = keras.layers.Dense(3, None if logits else "softmax")

        def call(self, x: Any) -> Any:
            return self.dense(x)

    made, y = Own(), RANDOM.integers(0, 3, N)
    made(X[:2])
    made.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=logits))
    one = found(made, (X, y))
    np.testing.assert_array_equal(one.network, made.predict(X, verbose=0).argmax(1))
    np.testing.assert_array_equal(one.truth, y)


def test_samples_without_label_or_weight_are_left_out() -> None:
    y, weight = Y.astype(float), np.ones(N)
    y[:10], weight[20:25] = np.nan, 0
    one = found(model(), (X, y, weight))
    kept = np.r_[10:20, 25:N]
    np.testing.assert_array_equal(one.truth, Y[kept])
    same(one, baselines(X[kept].astype(float), Y[kept], "classification"))


def test_of_several_outputs_the_one_that_is_kept_is_compared() -> None:
    inputs = keras.Input((4,))
    made = keras.Model(
        inputs, {"size": keras.layers.Dense(1)(inputs), "kind": keras.layers.Dense(2, "softmax")(inputs)}
    )
    made.compile("sgd", {"size": "mse", "kind": SCE})
    one = found(made, (X, {"kind": Y, "size": X[:, 0]}))
    assert (one.place, one.task.output) == (0, "kind")
    np.testing.assert_array_equal(one.truth, Y)


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("labels", "where a sample has one class, or numbers"), ("wide", "is too wide for simple models"),
        ("text", "take dense numbers only"),
    ],
)  # fmt: skip
def test_what_a_linear_model_does_not_take_is_said(case, words, monkeypatch) -> None:
    if case == "labels":
        gap = found(model(3, "sigmoid", "binary_crossentropy"), (X, RANDOM.integers(0, 2, (N, 3))))
    elif case == "wide":
        monkeypatch.setattr(module, "FEATURES", 3)
        gap = found(model(), (X, Y))
    else:
        inputs = keras.Input((1,), dtype="string")
        hashed = keras.layers.Hashing(8, output_mode="multi_hot")(inputs)
        made = keras.Model(inputs, keras.layers.Dense(2, "softmax")(hashed))
        made.compile("sgd", SCE)
        gap = found(made, (np.array(["a", "b"], object)[Y][:, None], Y))
    assert isinstance(gap, Gap)
    assert words in gap.reason
    assert not gap.failed


def test_the_report_holds_them_beside_the_network() -> None:
    made = kreport.report(model(), data=(X, Y), train_data=(X, Y), only=["evaluation"])
    [one] = made.measurements["evaluation"].outputs
    assert [rival.name for rival in one.baselines.rivals] == ["this network", "majority class", "logistic regression"]
    assert one.baselines.rivals[2].value > 0.8
