"""One reading of the data: right numbers, nothing left behind, and every part fails on its own."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pytest

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

from kreport.document.model import Gap  # noqa: E402
from kreport.inputs.subject import InputShapes, LossOf  # noqa: E402
from kreport.probes import passes  # noqa: E402
from kreport.probes import sweep as module  # noqa: E402
from kreport.probes.fingerprint import fingerprint  # noqa: E402
from kreport.probes.observers import Observer  # noqa: E402
from kreport.probes.observers.activations import ActivationValues  # noqa: E402
from kreport.probes.observers.backflow import Backflow  # noqa: E402
from kreport.probes.observers.features import Features  # noqa: E402
from kreport.probes.observers.gradients import WeightGradients  # noqa: E402
from kreport.probes.observers.metrics import CompiledMetrics  # noqa: E402
from kreport.probes.sweep import Sweep, Wanted, swept  # noqa: E402
from kreport.probes.tree import tree_of  # noqa: E402
from tests.models import ZOO  # noqa: E402
from tests.zoo_data import batches_for, of_arrays  # noqa: E402

ALL = frozenset({ActivationValues, Backflow, WeightGradients, CompiledMetrics})
RANDOM = np.random.default_rng(5)


def sweep(model: Any, batches: Any, kinds: frozenset[type] = ALL, loss: Any = None, shape: Any = None) -> Sweep:
    shapes = None if shape is None else InputShapes(shapes=(None, *shape))
    return swept(tree_of(model), batches, Wanted(kinds=kinds), None if loss is None else LossOf(loss=loss), shapes)


def classifier(**compiled: Any) -> Any:
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((6,)), layers.Dense(5, "relu", name="hidden"), layers.Dense(3, "softmax", name="out")]
    )
    model.compile(**({"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]} | compiled))
    return model


def labelled(samples: int = 23) -> tuple[Any, Any]:
    return RANDOM.normal(size=(samples, 6)).astype("float32"), RANDOM.integers(0, 3, samples)


def values_of(result: Sweep, call: str) -> Any:
    return next(v for v in result.results[ActivationValues].values if v.call == call)


class TestNumbers:
    def test_moments_and_extremes_are_those_of_numpy(self):
        model, (x, y) = classifier(), labelled()
        result = sweep(model, of_arrays(x, y, samples=23))
        expected = model.layers[0](x).numpy().astype("float64")
        stream = values_of(result, "hidden").stream
        assert stream.size == expected.size
        np.testing.assert_allclose(stream.units.mean, expected.mean(0), rtol=1e-6)
        np.testing.assert_allclose(stream.units.std, expected.std(0), rtol=1e-6)
        np.testing.assert_allclose([stream.mean, stream.std], [expected.mean(), expected.std()], rtol=1e-6)
        np.testing.assert_array_equal(stream.units.high, expected.max(0))
        assert stream.fine.zeros == (expected == 0).sum()
        assert values_of(result, "hidden").shape == (None, 5)

    def test_feature_maps_have_one_figure_a_channel(self):
        layers = keras.layers
        inputs = keras.Input((7, 5, 2))
        model = keras.Model(inputs, layers.Conv2D(4, 3, name="conv")(inputs))
        x = RANDOM.normal(size=(9, 7, 5, 2)).astype("float32")
        stream = values_of(sweep(model, of_arrays(x, samples=9)), "conv").stream
        expected = model(x).numpy().astype("float64")
        np.testing.assert_allclose(stream.units.mean, expected.mean((0, 1, 2)), rtol=1e-5, atol=1e-7)
        np.testing.assert_allclose(stream.units.std, expected.std((0, 1, 2)), rtol=1e-5)
        np.testing.assert_allclose(stream.units.between_std, expected.mean((1, 2)).std(0), rtol=1e-4)

    def test_a_shared_layer_is_seen_at_each_call(self):
        inputs, dense = keras.Input((4,)), keras.layers.Dense(4, name="d")
        model = keras.Model(inputs, dense(dense(inputs)))
        x = RANDOM.normal(size=(6, 4)).astype("float32")
        result = sweep(model, of_arrays(x, samples=6))
        once = dense(x).numpy()
        np.testing.assert_allclose(values_of(result, "d").stream.mean, once.mean(), rtol=1e-5)
        np.testing.assert_allclose(values_of(result, "d@2").stream.mean, dense(once).numpy().mean(), rtol=1e-5)

    @pytest.mark.parametrize("wrapped", ["layer", "model"])
    def test_what_time_distributed_wraps_is_seen_over_all_steps(self, wrapped):
        layers = keras.layers
        dense = layers.Dense(4, name="dense")
        inner = dense if wrapped == "layer" else keras.Sequential([keras.Input((5,)), dense], name="inner")
        inputs = keras.Input((7, 5))
        model = keras.Model(inputs, layers.TimeDistributed(inner, name="steps")(inputs))
        x = RANDOM.normal(size=(6, 7, 5)).astype("float32")
        result = sweep(model, of_arrays(x, samples=6))
        stream = values_of(result, f"steps / {'dense' if wrapped == 'layer' else 'inner / dense'}").stream
        assert stream.size == 6 * 7 * 4
        np.testing.assert_allclose(stream.mean, dense(x).numpy().mean(), rtol=1e-5)

    def test_the_one_step_of_a_cell_that_is_traced_stands_for_nothing(self):
        inputs = keras.Input((7, 5))
        model = keras.Model(inputs, keras.layers.Bidirectional(keras.layers.LSTM(3, name="lstm"), name="both")(inputs))
        result = sweep(model, of_arrays(np.ones((6, 7, 5), "float32"), samples=6))
        assert [v.call for v in result.results[ActivationValues].values] == [
            "both", "both / forward_lstm", "both / backward_lstm",
        ]  # fmt: skip

    def test_padded_positions_do_not_count(self):
        layers = keras.layers
        inputs = keras.Input((5,), dtype="int32")
        hidden = layers.Embedding(9, 3, mask_zero=True, name="words")(inputs)
        model = keras.Model(inputs, layers.LSTM(2, return_sequences=True, name="lstm")(hidden))
        x = np.array([[3, 4, 0, 0, 0], [5, 6, 7, 0, 0]], "int32")
        result = sweep(model, of_arrays(x, samples=2))
        entry, whole = values_of(result, "words"), model.layers[1](x).numpy()
        assert entry.masked
        assert entry.stream.size == 5 * 3
        np.testing.assert_allclose(entry.stream.mean, whole[x > 0].mean(), rtol=1e-5)

    def test_padding_does_not_count_behind_attention_either(self):
        layers = keras.layers
        inputs = keras.Input((5,), dtype="int32")
        hidden = layers.Embedding(9, 4, mask_zero=True)(inputs)
        hidden = layers.Add(name="residual")([hidden, layers.MultiHeadAttention(2, 2, name="heads")(hidden, hidden)])
        hidden = layers.Dense(3, "relu", name="dense")(layers.LayerNormalization(name="norm")(hidden))
        model = keras.Model(inputs, layers.GlobalAveragePooling1D(name="pool")(hidden))
        x = np.array([[3, 4, 0, 0, 0], [5, 6, 7, 0, 0]], "int32")
        result = sweep(model, of_arrays(x, samples=2))
        sizes = {name: values_of(result, name).stream.size for name in ("heads", "residual", "norm", "dense", "pool")}
        assert sizes == {"heads": 5 * 4, "residual": 5 * 4, "norm": 5 * 4, "dense": 5 * 3, "pool": 2 * 3}
        assert values_of(result, "heads / query").stream.size == 5 * 4
        expected = keras.Model(inputs, model.get_layer("norm").output)(x).numpy()[x > 0]
        np.testing.assert_allclose(values_of(result, "norm").stream.mean, expected.mean(), atol=1e-6)

    @pytest.mark.parametrize("fitted", [True, False], ids=["after fit", "never fitted"])
    def test_metrics_are_those_of_evaluate_over_all_of_the_data(self, fitted):
        model, (x, y) = classifier(metrics=["accuracy", keras.metrics.SparseCategoricalCrossentropy()]), labelled()
        weight = RANDOM.uniform(size=23).astype("float32")
        if fitted:
            model.fit(x, y, verbose=0)
        batches = of_arrays(x, y, weight, samples=23, max_samples=7)
        measured = sweep(model, batches).results[CompiledMetrics]
        expected = model.evaluate(x, y, sample_weight=weight, batch_size=5, verbose=0, return_dict=True)
        assert measured.samples == 23
        assert dict(measured.values) == pytest.approx(expected, rel=1e-6)

    def test_a_loss_of_the_user_s_serves_a_model_without_one(self):
        model, (x, y) = classifier(), labelled()
        bare = keras.models.clone_model(model)
        bare.set_weights(model.get_weights())
        theirs = sweep(bare, of_arrays(x, y, samples=23), loss="sparse_categorical_crossentropy")
        compiled = sweep(model, of_arrays(x, y, samples=23))
        for one, other in zip(
            theirs.results[WeightGradients].gradients, compiled.results[WeightGradients].gradients, strict=True
        ):
            np.testing.assert_array_equal(one.read(), other.read())


class TestSamples:
    def test_chosen_ones_are_spread_over_the_data(self):
        model, (x, y) = classifier(), labelled()
        result = sweep(model, of_arrays(x, y, samples=23, max_samples=6))
        chosen = [i for i in range(23) if i * 6 // 23 != (i - 1) * 6 // 23]
        assert result.samples == 23
        assert result.chosen == len(chosen) == 6
        expected = model.layers[0](x[chosen]).numpy()
        np.testing.assert_allclose(values_of(result, "hidden").stream.mean, expected.mean(), rtol=1e-5)

    def test_the_chosen_ones_keep_their_place_in_the_data(self):
        model, (x, y) = classifier(), labelled()
        batches = of_arrays(x, y, samples=23, max_samples=6, batch_size=4)
        found = sweep(model, batches, frozenset({Features})).results[Features]
        assert found.index.tolist() == [i for i in range(23) if i * 6 // 23 != (i - 1) * 6 // 23]
        np.testing.assert_allclose(found.layers[-1].values, model(x[found.index]).numpy(), rtol=1e-5)
        np.testing.assert_array_equal(found.labels, y[found.index])

    def test_of_unknown_length_they_are_the_first(self):
        model, (x, y) = classifier(), labelled()
        batches = of_arrays(x, y, samples=23)
        unknown = type(batches)(**{**batches.__dict__, "samples": None, "max_samples": 6})
        expected = model.layers[0](x[:6]).numpy()
        stream = values_of(sweep(model, unknown), "hidden").stream
        np.testing.assert_allclose(stream.mean, expected.mean(), rtol=1e-5)

    @pytest.mark.parametrize("kind", [ActivationValues, WeightGradients, Backflow])
    def test_batches_of_any_size_give_the_same(self, kind):
        model, (x, y) = classifier(), labelled()
        one = sweep(model, of_arrays(x, y, samples=23, batch_size=23)).results[kind]
        many = sweep(model, of_arrays(x, y, samples=23, batch_size=4)).results[kind]
        if kind is WeightGradients:
            for a, b in zip(one.gradients, many.gradients, strict=True):
                np.testing.assert_allclose(a.read(), b.read(), rtol=1e-4, atol=1e-7)
        else:
            entries = [getattr(result, "values", None) or result.calls for result in (one, many)]
            assert len(entries[0]) == 2
            of_one, of_many = ([figures(entry) for entry in found] for found in entries)
            np.testing.assert_allclose(of_one, of_many, rtol=1e-4, atol=1e-7)


def figures(entry):
    """Return what is known of the values of one call."""
    return [entry.strength.rms] if hasattr(entry, "strength") else [entry.stream.mean, entry.stream.std]


def test_options_of_the_graph_s_optimiser_are_as_they_were():
    before = tf.config.optimizer.get_experimental_options()
    tf.config.optimizer.set_experimental_options({"constant_folding": False})
    try:
        own = tf.config.optimizer.get_experimental_options()
        sweep(classifier(), of_arrays(*labelled(), samples=23))
        assert tf.config.optimizer.get_experimental_options() == own
    finally:
        tf.config.optimizer.set_experimental_options({"constant_folding": True} | before)


class TestFailures:
    def test_a_model_that_raises_on_the_data_names_layer_and_shapes(self):
        class Square(keras.layers.Layer):
            def call(self, x):
                return tf.reshape(x, (-1, 4, 4))

        inputs = keras.Input((None,))
        model = keras.Model(inputs, Square(name="square")(inputs))
        gap = sweep(model, of_arrays(np.ones((3, 6), "float32"), samples=3)).results[ActivationValues]
        assert isinstance(gap, Gap)
        assert gap.failed
        assert "in the layer 'square' (Square) on float32 (3, 6)" in gap.reason

    def test_what_cannot_be_traced_runs_eagerly_and_says_so(self):
        class Pythonic(keras.layers.Layer):
            def call(self, x):
                return x * (2.0 if float(tf.reduce_sum(x)) > 0 else 1.0)

            def compute_output_shape(self, shape):
                return shape

        inputs = keras.Input((3,))
        model = keras.Model(inputs, Pythonic(name="py")(inputs))
        result = sweep(model, of_arrays(np.ones((4, 3), "float32"), samples=4))
        assert values_of(result, "py").stream.mean == 2
        assert any("ran eagerly" in note for note in result.notes)

    def test_outputs_that_have_no_shape_in_a_graph_are_measured_eagerly(self):
        class Outside(keras.layers.Layer):
            def call(self, x):
                return tf.numpy_function(lambda values: values * 2, [x], tf.float32)

        class Model(keras.Model):
            def __init__(self):
                super().__init__()
                self.inner, self.outside = keras.layers.Dense(3, name="inner"), Outside(name="outside")

            def call(self, x):
                return self.outside(self.inner(x))

        model, x = Model(), np.ones((4, 5), "float32")
        model(x)
        result = sweep(model, of_arrays(x, samples=4))
        assert values_of(result, "outside").stream.mean == pytest.approx(2 * model.inner(x).numpy().mean(), rel=1e-5)
        assert any("outputs of 'outside' have no known number of axes" in note for note in result.notes)

    def test_an_observer_that_raises_costs_itself_alone(self, monkeypatch):
        class Broken(Observer[str]):
            mode: ClassVar = "inference"

            def reduce(self, seen):
                message = "no"
                raise ZeroDivisionError(message)

            def result(self) -> str:
                return ""

        known = module.observers()
        monkeypatch.setattr(module, "observers", lambda: known | {str: Broken})
        model, (x, y) = classifier(), labelled()
        result = sweep(model, of_arrays(x, y, samples=23), ALL | {str})
        assert result.results[str].reason == "ZeroDivisionError: no"
        assert not isinstance(result.results[ActivationValues], Gap)

    def test_out_of_memory_halves_the_batch(self, monkeypatch):
        real, sizes = passes.inference, []

        def greedy(tree, x, *rest, **more):
            sizes.append(x.shape[0])
            if x.shape[0] is None or x.shape[0] > 2:
                raise tf.errors.ResourceExhaustedError(None, None, "no room")
            return real(tree, x, *rest, **more)

        monkeypatch.setattr(passes, "inference", greedy)
        model, (x, y) = classifier(run_eagerly=True), labelled(8)
        result = sweep(model, of_arrays(x, y, samples=8, batch_size=8))
        assert values_of(result, "hidden").stream.mean == pytest.approx(model.layers[0](x).numpy().mean(), rel=1e-5)
        assert sizes[-7:] == [8, 4, 2, 2, 4, 2, 2]
        assert any("out of memory on 8 samples" in note for note in result.notes)

    @pytest.mark.parametrize(
        ("compiled", "y", "words"),
        [
            ({"loss": None}, np.zeros(4), "compile the model or pass loss="),
            ({}, None, "gradients need labels: pass data=(x, y)"),
        ],
    )
    def test_without_loss_or_labels_activations_remain(self, compiled, y, words):
        model = classifier(**compiled)
        result = sweep(model, of_arrays(np.ones((4, 6), "float32"), y, samples=4))
        gap = result.results[WeightGradients]
        assert words in gap.reason
        assert not gap.failed
        assert values_of(result, "hidden").stream.size == 20

    def test_no_samples_at_all_is_said(self):
        result = sweep(classifier(), of_arrays(np.zeros((0, 6), "float32"), np.zeros(0), samples=0))
        assert result.results[ActivationValues].reason == "`data` holds no samples"

    def test_nan_activations_are_counted_and_make_no_mean(self):
        model, (x, y) = classifier(), labelled()
        x[0] = np.nan
        stream = values_of(sweep(model, of_arrays(x, y, samples=23)), "out").stream
        assert stream.fine.nan == 3
        assert stream.mean is None


@pytest.mark.parametrize("name", ZOO)
def test_every_model_of_the_zoo_is_swept_and_left_as_it_was(name):
    model = ZOO[name].make()
    batches = batches_for(model, ZOO[name].input_shape)
    if batches is None:
        pytest.skip("the model has never seen an input")
    before = fingerprint(model)
    result = sweep(model, batches, shape=ZOO[name].input_shape)
    assert fingerprint(model).changed(before) == ()
    failed = [gap for gap in result.results.values() if isinstance(gap, Gap) and gap.failed]
    assert failed == []
    entries = getattr(result.results[ActivationValues], "values", None)
    assert entries is not None or name == "compute_loss_of_old"
