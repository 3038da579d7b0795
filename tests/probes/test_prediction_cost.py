"""Times of predictions: how many calls, of what, and that nothing of the model changes."""

from __future__ import annotations

import importlib
import time
from typing import Any

import numpy as np
import pytest

keras = pytest.importorskip("keras")
import tensorflow as tf  # noqa: E402

from kreport.errors import NotMeasuredError  # noqa: E402
from kreport.probes.fingerprint import fingerprint  # noqa: E402
from kreport.probes.observers.kept import KeptSamples  # noqa: E402
from kreport.probes.prediction_cost import PredictionCost, prediction_cost, timed_calls  # noqa: E402
from kreport.probes.tree import tree_of  # noqa: E402

L = keras.layers
module = importlib.import_module("kreport.probes.prediction_cost")  # the package has a function of that name


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)


def kept(x: Any, count: int) -> KeptSamples:
    return KeptSamples(
        x=x, y=None, sample_weight=None, index=np.arange(count), outputs=None, output=0, several=1,
        logits=False, losses=None, of=count, limited=False,
    )  # fmt: skip


def costs(model: Any, x: Any = None, count: int = 5) -> PredictionCost:
    x = np.arange(15, dtype="float32").reshape(5, 3) if x is None else x
    return prediction_cost(tree_of(model), kept(x, count), None)


class Seen(L.Layer):
    """Writes down what it is given whenever the graph runs."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.batches: list[np.ndarray] = []
        self.traced = 0

    def call(self, x: Any) -> Any:
        self.traced += 1

        def note(value: np.ndarray) -> np.ndarray:
            self.batches.append(np.array(value))
            return np.array(value)

        noted = tf.numpy_function(note, [x], tf.float32)
        return tf.ensure_shape(noted, x.shape)


def test_single_samples_and_batches_of_32_real_samples_are_timed() -> None:
    inputs, seen = keras.Input((3,)), Seen()
    model = keras.Model(inputs, seen(inputs))
    seen.traced = 0
    found = costs(model)
    assert [calls.size for calls in found.batches] == [1, 32]
    assert seen.traced == 2
    sizes = [len(batch) for batch in seen.batches]
    warm = module.WARM_UP
    assert sizes.count(1) == warm + len(found.batches[0].seconds)
    assert sizes.count(32) == warm + len(found.batches[1].seconds) + 1  # the one whose memory is measured
    x = np.arange(15, dtype="float32").reshape(5, 3)
    np.testing.assert_array_equal(seen.batches[0], x[:1])
    np.testing.assert_array_equal(seen.batches[-1], x[np.arange(32) % 5])


def test_every_timed_call_counts() -> None:
    found = costs(keras.Sequential([keras.Input((3,)), L.Dense(4)]))
    for calls in found.batches:
        assert module.FEWEST <= len(calls.seconds) <= module.MOST
        assert (calls.seconds > 0).all()
    assert not found.fixed
    assert found.machine.cores >= 1


def test_a_call_is_timed_from_arrays_to_arrays() -> None:
    def slow(value: np.ndarray) -> np.ndarray:
        time.sleep(0.02)
        return value

    inputs = keras.Input((3,))
    outputs = L.Lambda(lambda x: tf.ensure_shape(tf.numpy_function(slow, [x], tf.float32), x.shape))(inputs)
    found = costs(keras.Model(inputs, outputs))
    assert all((calls.seconds >= 0.02).all() for calls in found.batches)
    assert all(np.median(calls.seconds) < 0.2 for calls in found.batches)


def test_a_model_made_for_one_batch_size_is_timed_at_that_one() -> None:
    found = costs(keras.Sequential([keras.Input((3,), batch_size=7), L.Dense(4)]))
    assert [calls.size for calls in found.batches] == [7]
    assert found.fixed


def test_the_model_and_the_random_numbers_stay_as_they_are() -> None:
    model = keras.Sequential([keras.Input((3,)), L.BatchNormalization(), L.GaussianNoise(1.0), L.Dropout(0.5)])
    model.compile("sgd", "mse")
    keras.utils.set_random_seed(3)
    expected = np.random.random(), float(tf.random.uniform(())), np.asarray(keras.random.normal((2,)))  # noqa: NPY002
    keras.utils.set_random_seed(3)
    before = fingerprint(model)
    costs(model)
    assert not fingerprint(model).changed(before)
    assert model.predict_function is None
    assert (np.random.random(), float(tf.random.uniform(()))) == expected[:2]  # noqa: NPY002
    np.testing.assert_array_equal(keras.random.normal((2,)), expected[2])


@pytest.mark.parametrize(
    "inputs",
    [
        pytest.param({"a": 3, "b": 2}, id="a dict"),
        pytest.param([3, 2], id="a list"),
    ],
)
def test_several_inputs_keep_their_structure(inputs: Any) -> None:
    made = tf.nest.map_structure(lambda size: keras.Input((size,)), inputs)
    if isinstance(inputs, dict):
        made = {name: keras.Input((size,), name=name) for name, size in inputs.items()}
    model = keras.Model(made, L.Concatenate()(tf.nest.flatten(made)))
    x = tf.nest.map_structure(lambda size: np.ones((5, size), "float32"), inputs)
    assert [calls.size for calls in costs(model, x).batches] == [1, 32]


def test_texts_go_in_as_texts() -> None:
    inputs = keras.Input((), dtype="string")
    vectorize = L.TextVectorization(output_sequence_length=4)
    vectorize.adapt(["a cat", "a dog"])
    model = keras.Model(inputs, L.Embedding(9, 2)(vectorize(inputs)))
    assert len(costs(model, tf.constant(["a", "cat", "dog", "a dog", "a"])).batches) == 2


def test_slow_calls_are_fewer_and_the_slowest_single(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(timed_calls(lambda: time.sleep(0.002))) >= module.FEWEST
    monkeypatch.setattr(module, "SECONDS", 0.1)
    monkeypatch.setattr(module, "PATIENCE", 0.15)
    assert 2 <= len(timed_calls(lambda: time.sleep(0.04))) < 6
    calls: list[int] = []
    assert len(timed_calls(lambda: (calls.append(1), time.sleep(0.11)))) == 1
    assert len(calls) == 2


@pytest.mark.parametrize(("single", "size"), [(0.001, 32), (0.1, 16), (0.5, 4), (2.0, 1), (60.0, 1)])
def test_a_batch_is_as_large_as_patience_allows(single: float, size: int) -> None:
    assert module._affordable(single) == size


def test_none_are_taken_where_two_reports_should_be_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    with pytest.raises(NotMeasuredError, match="SOURCE_DATE_EPOCH"):
        costs(keras.Sequential([keras.Input((3,)), L.Dense(4)]))


def test_a_model_that_is_not_built_is_told() -> None:
    with pytest.raises(NotMeasuredError, match="not built"):
        costs(keras.Sequential([L.Dense(4)]))


def test_a_model_that_cannot_be_traced_is_told_in_one_sentence() -> None:
    class Eager(keras.Model):
        def call(self, x: Any) -> Any:
            return x * float(x.numpy().sum())

    model = Eager()
    model.run_eagerly = True
    model.built = True
    with pytest.raises(NotMeasuredError, match="cannot be traced as a graph") as raised:
        costs(model)
    assert "\n" not in str(raised.value)
    assert "Exception encountered" not in str(raised.value)
    assert "numpy" in str(raised.value)


def test_what_fails_later_is_a_failure() -> None:
    def broken(_: np.ndarray) -> np.ndarray:
        message = "not today"
        raise RuntimeError(message)

    inputs = keras.Input((3,))
    outputs = L.Lambda(lambda x: tf.ensure_shape(tf.numpy_function(broken, [x], tf.float32), x.shape))(inputs)
    with pytest.raises(tf.errors.OpError, match="not today"):
        costs(keras.Model(inputs, outputs))
