"""Every evaluation of an activation function is seen, with the right numbers, and leaves nothing behind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

from tensorflow.nn import softplus as bound_by_name  # noqa: E402

from kreport.inputs.batches import Batch  # noqa: E402
from kreport.probes import passes  # noqa: E402
from kreport.probes.fingerprint import fingerprint  # noqa: E402
from kreport.probes.observers.functions import Functions, FunctionValues  # noqa: E402
from kreport.probes.sweep import Wanted, swept  # noqa: E402
from kreport.probes.tree import tree_of  # noqa: E402
from tests.zoo_data import of_arrays  # noqa: E402

L = keras.layers
RANDOM = np.random.default_rng(3)


def seen(model: Any, x: Any) -> FunctionValues:
    samples = len(x[0] if isinstance(x, list) else x)
    wanted = Wanted(kinds=frozenset({FunctionValues}))
    return swept(tree_of(model), of_arrays(x, samples=samples), wanted, None, None).results[FunctionValues]


def numbers(*shape: int) -> np.ndarray:
    return RANDOM.normal(size=shape).astype("float32")


def shifted(*biases: float) -> Any:
    """Return a model that puts ``x + biases`` into a ReLU."""
    model = keras.Sequential([keras.Input((len(biases),)), L.Dense(len(biases), "relu", name="d")])
    model.set_weights([np.eye(len(biases), dtype="float32"), np.array(biases, "float32")])
    return model


def observer_of(model: Any, x: Any) -> Functions:
    observer = Functions()
    found, _ = passes.inference(tree_of(model), tf.constant(x), None, None, None)
    reduced = tf.nest.map_structure(lambda t: t.numpy() if tf.is_tensor(t) else t, observer.reduce(found))
    observer.add(reduced, Batch(x=x, start=0, size=len(x)))
    return observer


class TestNumbers:
    def test_inputs_are_those_of_numpy(self) -> None:
        model, x = keras.Sequential([keras.Input((6,)), L.Dense(4, "tanh", name="d")]), numbers(23, 6)
        [use] = seen(model, x).inputs
        kernel, bias = (w.astype("float64") for w in model.get_weights())
        z = x.astype("float64") @ kernel + bias
        assert (use.call, use.name, use.shape) == ("d", "tanh", (None, 4))
        np.testing.assert_allclose([use.z.mean, use.z.std], [z.mean(), z.std()], rtol=1e-5, atol=1e-7)
        np.testing.assert_allclose([use.z.low, use.z.high], [z.min(), z.max()], rtol=1e-5)

    def test_dead_and_half_dead_units_are_told_apart(self) -> None:
        x = np.array([[1, 1, 1], [-1, -1, -1]], "float32").repeat(8, 0)
        [use] = seen(shifted(-5.0, 0.0, 5.0), x).inputs
        np.testing.assert_array_equal(use.flat, [1.0, 0.5, 0.0])

    def test_channels_are_the_units_of_a_convolution(self) -> None:
        model = keras.Sequential([keras.Input((5, 5, 2)), L.Conv2D(3, 2, activation="relu")])
        x = numbers(11, 5, 5, 2)
        [use] = seen(model, x).inputs
        np.testing.assert_allclose(use.flat, (model(x).numpy() == 0).mean((0, 1, 2)), atol=1e-12)

    def test_padded_positions_do_not_count(self) -> None:
        model = keras.Sequential([keras.Input((4,)), L.Embedding(9, 3, mask_zero=True), L.Dense(2, "relu")])
        assert seen(model, np.array([[1, 2, 0, 0], [3, 0, 0, 0]])).inputs[0].z.size == 3 * 2

    def test_largest_shares_of_a_softmax_are_counted(self) -> None:
        model, x = keras.Sequential([keras.Input((4,)), L.Dense(3, "softmax")]), numbers(30, 4)
        [use] = seen(model, x).inputs
        shares = model(x).numpy().astype("float64")
        assert use.curve is None
        assert use.shares.choices == 3
        np.testing.assert_array_equal(use.shares.peaks, np.histogram(shares.max(1), 20, (0, 1))[0])
        np.testing.assert_allclose(use.shares.sure, shares.max(1).mean(), rtol=1e-6)
        entropy = -(shares * np.log(shares)).sum(1).mean() / np.log(3)
        np.testing.assert_allclose(use.shares.entropy, entropy, rtol=1e-5)

    @pytest.mark.parametrize("policy", ["float16", "bfloat16", "mixed_float16"])
    def test_half_precision_is_summed_in_more(self, policy: str) -> None:
        model = keras.Sequential([keras.Input((6,)), L.Dense(8, "relu", dtype=policy)])
        [use] = seen(model, 300 * numbers(40, 6)).inputs
        outputs = model(300 * numbers(1, 6)).numpy().astype("float64")
        assert np.isfinite([use.z.mean, use.z.std]).all()
        assert use.z.std > outputs.std() / 100

    def test_two_halves_make_the_whole(self) -> None:
        model, x = shifted(-0.5, 0.0, 0.5), numbers(20, 3)
        merged, other = (observer_of(model, part) for part in (x[:10], x[10:]))
        merged.merge(other)
        found, whole = merged.result(), seen(model, x)
        np.testing.assert_allclose(found.inputs[0].flat, whole.inputs[0].flat, rtol=1e-12)
        np.testing.assert_allclose(found.inputs[0].z.mean, whole.inputs[0].z.mean, rtol=1e-12)
        assert found.samples == whole.samples == 20


class Gated(L.Layer):
    """silu(gate) · up, as many transformers have it."""

    def __init__(self, units: int, **more: Any) -> None:
        super().__init__(**more)
        self.gate, self.up = L.Dense(units, name="gate"), L.Dense(units, name="up")

    def call(self, x: Any) -> Any:
        return keras.ops.silu(self.gate(x)) * self.up(x)


class Raw(L.Layer):
    """Operations of TensorFlow, one of them under a name of its own."""

    def __init__(self, units: int, **more: Any) -> None:
        super().__init__(**more)
        self.first, self.second = L.Dense(units, name="first"), L.Dense(units, name="second")

    def call(self, x: Any) -> Any:
        return bound_by_name(self.second(tf.raw_ops.Relu(features=self.first(x))))


class Own(keras.Model):
    """A model whose own call evaluates a function."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = L.Dense(4, name="first"), L.Dense(2, name="second")

    def call(self, x: Any) -> Any:
        return self.second(tf.nn.elu(self.first(x)))


class TestPlaces:
    def test_the_five_nameless_functions(self) -> None:
        def double_swish(v: Any) -> Any:
            return 2 * keras.activations.silu(v)

        functions = [lambda v: v * v, L.LeakyReLU(negative_slope=0.2), keras.ops.sin, None, double_swish]
        layers = [L.Dense(3, f, name=f"d{i}") for i, f in enumerate(functions)]
        found = seen(keras.Sequential([keras.Input((3,)), *layers]), numbers(8, 3))
        assert [(u.call, u.name) for u in found.inputs] == [
            ("d0", "<lambda>"), ("d1", "leaky_relu"), ("d2", "sin"), ("d4", "double_swish"),
        ]  # fmt: skip
        assert found.identities == (("d3", "d3", "linear"),)
        assert len(found.curves) == 4

    def test_functions_between_layers_are_named_after_what_they_follow(self) -> None:
        inputs = keras.Input((6,))
        model = keras.Model(inputs, Raw(4, name="raw")(Gated(5, name="glu")(inputs)))
        uses = seen(model, numbers(9, 6)).inputs
        assert [(u.call, u.after, u.name) for u in uses] == [
            ("glu", "glu / gate", "silu"), ("raw", "raw / first", "relu"), ("raw", "raw / second", "softplus"),
        ]  # fmt: skip
        assert all(u.outputs is not None for u in uses)

    def test_a_models_own_call_is_seen(self) -> None:
        model, x = Own(), numbers(9, 6)
        model(x)
        [use] = seen(model, x).inputs
        assert (use.call, use.after, use.name) == ("", "first", "elu")
        np.testing.assert_allclose(use.outputs.mean, tf.nn.elu(model.first(x)).numpy().mean(), rtol=1e-5)

    def test_a_shared_layer_is_seen_once_a_call(self) -> None:
        a, b, shared = keras.Input((3,)), keras.Input((3,)), L.Dense(2, "relu", name="s")
        found = seen(keras.Model([a, b], L.Add()([shared(a), shared(b)])), [numbers(7, 3), numbers(7, 3)])
        assert [u.call for u in found.inputs] == ["s", "s@2"]
        assert len(found.curves) == 1

    def test_a_nested_model_names_the_whole_path(self) -> None:
        inner = keras.Sequential([keras.Input((3,)), L.Dense(2, "relu", name="d")], name="inner")
        assert seen(keras.Sequential([keras.Input((3,)), inner]), numbers(5, 3)).inputs[0].call == "inner / d"

    def test_steps_of_a_time_distributed_layer_are_one(self) -> None:
        model = keras.Sequential([keras.Input((5, 3)), L.TimeDistributed(L.Dense(2, "tanh"), name="each")])
        [use] = seen(model, numbers(6, 5, 3)).inputs
        assert use.z.size == 6 * 5 * 2

    def test_attention_answers_for_its_softmax(self) -> None:
        inputs = keras.Input((6, 8))
        model = keras.Model(inputs, L.MultiHeadAttention(2, 4, name="attention")(inputs, inputs))
        [use] = seen(model, numbers(5, 6, 8)).inputs
        assert (use.call, use.name, use.after, use.shape) == ("attention", "softmax", "", (None, 2, 6, 6))
        assert use.shares.peaks.sum() == 5 * 2 * 6 * 1


def test_nothing_is_left_behind() -> None:
    outputs = inputs = keras.Input((6,))
    for layer in (Gated(5), L.Dense(4, "gelu"), L.PReLU(), L.Dense(2, L.LeakyReLU(0.1))):
        outputs = layer(outputs)
    model, x = keras.Model(inputs, outputs), numbers(8, 6)
    model(x)
    before, homes = fingerprint(model), (tf.nn.relu, tf.nn.silu, tf.nn.softmax, tf.tanh)
    held = [dict(vars(layer)) for layer in model._flatten_layers()]
    seen(model, x)
    assert not fingerprint(model).changed(before)
    assert (tf.nn.relu, tf.nn.silu, tf.nn.softmax, tf.tanh) == homes
    for layer, own in zip(model._flatten_layers(), held, strict=True):
        assert [name for name, value in vars(layer).items() if value is not own.get(name)] == []
