"""Looks at a model: the numbers are NumPy's, and each look replaces the one before."""

import numpy as np
import pytest

from kreport.companion.probe import Probe, fixed_batch
from kreport.companion.reducing import NUMBERS, six_numbers
from kreport.companion.weighing import copies, weighed
from kreport.inputs.batches import Batch
from kreport.inputs.data import DataOptions, read_data
from kreport.probes.fingerprint import fingerprint
from kreport.probes.tree import tree_of

RNG = np.random.default_rng(0)


def batches(model, data):
    return read_data(data, model, DataOptions(max_samples=None))


def probe(model, x, y, **more):
    source = batches(model, (x, y))
    return Probe(model, fixed_batch(source), source, **more)


def dense():
    import keras

    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [keras.Input((6,)), keras.layers.Dense(4, "relu", name="a"), keras.layers.Dense(1, name="b")], name="small"
    )
    model.compile("sgd", "mse")
    return model


class TestSixNumbers:
    @pytest.mark.parametrize("shape", [(7,), (5, 3), (4, 6, 3), (3, 4, 5, 2)])
    def test_are_those_of_numpy(self, shape):
        values = np.maximum(RNG.normal(size=shape), 0).astype("float32")
        values[..., 0] = 0
        found = dict(zip(NUMBERS, six_numbers(values).numpy(), strict=True))
        wide = values.astype(np.float64)
        assert found["mean"] == pytest.approx(wide.mean(), rel=1e-6, abs=1e-12)
        assert found["std"] == pytest.approx(wide.std(), rel=1e-6, abs=1e-12)
        assert found["zeros"] == pytest.approx((values == 0).mean(), rel=1e-6)
        units = values.reshape(-1, shape[-1] if len(shape) > 1 else 1)
        assert found["dead"] == pytest.approx((units == 0).all(0).mean(), rel=1e-6)
        assert (found["bad"], found["units"]) == (0, units.shape[1])

    def test_leave_out_what_is_masked(self):
        values = RNG.normal(size=(4, 5, 3)).astype("float32")
        mask = RNG.random((4, 5)) < 0.6
        import tensorflow as tf

        found = six_numbers(values, mask=tf.constant(mask)).numpy()
        assert found[0] == pytest.approx(values[mask].mean(), rel=1e-5)

    def test_count_channels_where_they_are(self):
        values = RNG.normal(size=(4, 3, 5, 5)).astype("float32")
        values[:, 1] = 0
        assert six_numbers(values, unit_axis=1).numpy()[3] == pytest.approx(1 / 3)

    def test_say_which_units_are_no_numbers(self):
        values = np.ones((4, 3), "float32")
        values[2, 1] = np.nan
        assert six_numbers(values).numpy()[4] == pytest.approx(1 / 3)

    def test_keep_their_digits_beside_a_large_mean(self):
        values = (1000 + RNG.normal(size=(500, 4))).astype("float32")
        assert six_numbers(values).numpy()[1] == pytest.approx(values.astype(np.float64).std(), rel=1e-4)


class TestLooks:
    def test_measure_what_a_tape_and_numpy_measure(self):
        import tensorflow as tf

        model = dense()
        x, y = RNG.normal(size=(40, 6)).astype("float32"), RNG.normal(size=(40, 1)).astype("float32")
        look = probe(model, x, y).look()
        with tf.GradientTape() as tape:
            hidden = model.layers[0](x)
            loss = tf.reduce_mean((model.layers[1](hidden) - y) ** 2)
            tape.watch(hidden)
        grads = tape.gradient(loss, model.trainable_variables)
        norms = [float(np.linalg.norm(g)) for g in grads]
        np.testing.assert_allclose(look.gradients.values["norm"], norms, rtol=1e-5)
        assert [(r.layer, r.name) for r in look.gradients.rows] == [
            ("a", "kernel"), ("a", "bias"), ("b", "kernel"), ("b", "bias"),
        ]  # fmt: skip
        assert [r.layer for r in look.activations.rows] == ["a", "b"]
        assert look.activations.values["std"][0] == pytest.approx(hidden.numpy().std(), rel=1e-5)
        assert look.activations.values["flat"][0] == pytest.approx((hidden.numpy() == 0).mean(), rel=1e-5)
        with tf.GradientTape() as tape:
            hidden = tf.constant(model.layers[0](x).numpy())
            tape.watch(hidden)
            loss = tf.reduce_mean((model.layers[1](hidden) - y) ** 2)
        back = tape.gradient(loss, hidden).numpy() * 40
        assert look.backflow.values["rms"][0] == pytest.approx(np.sqrt((back**2).mean()), rel=1e-5)
        assert look.samples == 40

    def test_see_new_weights_without_tracing_again(self):
        model = dense()
        x, y = RNG.normal(size=(16, 6)).astype("float32"), RNG.normal(size=(16, 1)).astype("float32")
        one = probe(model, x, y)
        first = one.look()
        traced = [len(step._traced) for step in one._steps.values()]
        model.layers[0].kernel.assign(model.layers[0].kernel * 0)
        second = one.look()
        assert [len(step._traced) for step in one._steps.values()] == traced == [1, 1]
        assert first.activations.values["std"][0] > 0
        assert second.activations.values["dead"][0] == 1
        assert second.activations.values["std"][0] == 0

    def test_leave_the_model_as_it_was(self):
        model = dense()
        x, y = RNG.normal(size=(16, 6)).astype("float32"), RNG.normal(size=(16, 1)).astype("float32")
        model.fit(x, y, verbose=0)
        before = fingerprint(model)
        probe(model, x, y, noise=True).look()
        assert fingerprint(model) == before

    def test_estimate_the_noise_scale_of_a_known_problem(self):
        # One weight, loss (w - y)²/1: g_i = 2 (w - y_i), so |G|² = 4 (w - mean)² and tr Σ = 4 var(y).
        import keras

        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")])
        model.compile("sgd", "mse")
        rng = np.random.default_rng(5)
        y = rng.normal(3.0, 1.0, size=(100_000, 1)).astype("float32")
        x, found = np.ones_like(y), []
        one = probe(model, x[:128], y[:128], noise=True)
        for start in range(0, 12_800, 128):
            one._batch = Batch(x=x[start : start + 128], y=y[start : start + 128], start=0, size=128)
            found.append(one.look().noise_scale)
        assert np.mean(found) == pytest.approx(1 / 9, rel=0.5)

    def test_one_pass_fails_apart_from_the_other(self):
        model = dense()
        x = RNG.normal(size=(16, 6)).astype("float32")
        source = batches(model, x)
        one = Probe(model, fixed_batch(source), source)
        look = one.look()
        assert look.activations.rows
        assert not look.gradients.rows
        assert [gap.reason for gap in one.gaps] == ["gradients need labels: pass data=(x, y)"]


class TestTheFixedBatch:
    def test_is_spread_over_all_of_the_data(self):
        model = dense()
        x = np.arange(1000, dtype="float32")[:, None].repeat(6, 1)
        batch = fixed_batch(batches(model, (x, x[:, :1])))
        assert batch.size == 128
        assert batch.x[0, 0] < 10
        assert batch.x[-1, 0] > 985
        assert np.ptp(np.diff(batch.x[:, 0])) <= 1

    def test_is_smaller_where_samples_are_large(self):
        import keras

        model = keras.Sequential([keras.Input((256, 256, 3)), keras.layers.GlobalAveragePooling2D()])
        x = np.zeros((50, 256, 256, 3), "float32")
        assert fixed_batch(batches(model, x)).size == 32


class TestWeighing:
    def test_figures_are_those_of_numpy(self):
        model = dense()
        before = copies(tree_of(model))
        kernel = model.layers[0].kernel
        old = kernel.numpy()
        kernel.assign(old + 0.01)
        found = weighed(tree_of(model), before)
        assert [(r.layer, r.name, r.kind, r.size) for r in found.rows][:2] == [
            ("a", "kernel", "kernel", 24), ("a", "bias", "bias", 4),
        ]  # fmt: skip
        new = kernel.numpy().astype(np.float64)
        assert found.values["mean"][0] == pytest.approx(new.mean(), rel=1e-9)
        assert found.values["std"][0] == pytest.approx(new.std(), rel=1e-9)
        assert found.values["norm"][0] == pytest.approx(np.linalg.norm(new), rel=1e-9)
        moved = np.linalg.norm(new - old) / np.linalg.norm(old.astype(np.float64))
        assert found.values["update"][0] == pytest.approx(moved, rel=1e-9)
        assert np.isnan(found.values["update"][1])  # a bias of zeros has no ratio
        assert found.values["zeros"][1] == 1

    def test_values_that_are_no_numbers_are_counted(self):
        model = dense()
        kernel = model.layers[0].kernel
        values = kernel.numpy()
        values[0, 0], values[1, 1] = np.nan, np.inf
        kernel.assign(values)
        found = weighed(tree_of(model))
        assert found.values["bad"][0] == pytest.approx(2 / 24)
        assert np.isnan(found.values["norm"][0])
