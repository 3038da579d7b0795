"""∂L/∂w is what fit takes a step along: compared with a step of plain SGD, with a tape and with finite differences."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

from kreport.inputs.subject import LossOf  # noqa: E402
from kreport.probes.fingerprint import fingerprint  # noqa: E402
from kreport.probes.observers.backflow import Backflow  # noqa: E402
from kreport.probes.observers.gradients import Gradients, WeightGradients  # noqa: E402
from kreport.probes.passes import training  # noqa: E402
from kreport.probes.stepping import Carried, Step  # noqa: E402
from kreport.probes.sweep import Wanted, swept  # noqa: E402
from kreport.probes.tree import tree_of  # noqa: E402
from tests.zoo_data import of_arrays  # noqa: E402

layers, ops = keras.layers, keras.ops
N = 8
X = np.random.default_rng(3).normal(size=(N, 6)).astype("float32")
LABELS = np.random.default_rng(4).integers(0, 3, N)
TARGETS = np.random.default_rng(5).normal(size=(N, 2)).astype("float32")
WEIGHTS = np.random.default_rng(6).uniform(0.2, 2.0, N).astype("float32")
TOKENS = np.random.default_rng(7).integers(0, 5, (N, 4))


def swept_once(model: Any, x: Any, y: Any, weight: Any = None, *, batch_size: int = N, **more: Any) -> Any:
    """Return gradients and backflow, and make sure that the model is as it was."""
    loss = more.pop("loss", None)
    batches = replace(of_arrays(x, y, weight, samples=N, batch_size=batch_size), **more)
    before = fingerprint(model)
    found = swept(
        tree_of(model), batches, Wanted(kinds=frozenset({WeightGradients, Backflow})),
        None if loss is None else LossOf(loss=loss), None,
    )  # fmt: skip
    assert fingerprint(model).changed(before) == ()
    return found.results[WeightGradients], found.results[Backflow]


def by_name(gradients: Any) -> dict[str, Any]:
    return {f"{g.layer}/{g.name}": g.read() if g.connected else None for g in gradients.gradients}


def dense_model(*hidden: Any, inputs: Any = None) -> Any:
    inputs = keras.Input((6,)) if inputs is None else inputs
    h = inputs
    for layer in hidden:
        h = layer(h)
    return keras.Model(inputs, h)


def compiled(model: Any, loss: Any = "mse", **more: Any) -> Any:
    model.compile(keras.optimizers.SGD(1.0), loss, **more)
    return model


def plain() -> Any:
    body = [
        layers.Dense(5, "tanh"),
        layers.BatchNormalization(),
        layers.Dropout(0.4, seed=1),
        layers.Dense(3, "softmax"),
    ]
    return compiled(dense_model(*body), "sparse_categorical_crossentropy", metrics=["accuracy"])


def with_two_outputs() -> Any:
    inputs = keras.Input((6,))
    h = layers.Dense(4, "tanh", name="trunk")(inputs)
    model = keras.Model(inputs, {"a": layers.Dense(2, name="a")(h), "b": layers.Dense(3, "softmax", name="b")(h)})
    return compiled(model, {"a": "mse", "b": "sparse_categorical_crossentropy"}, loss_weights={"a": 0.5, "b": 3.0})


def with_added_loss() -> Any:
    class Penalty(layers.Layer):
        def call(self, x: Any) -> Any:
            self.add_loss(0.3 * ops.mean(ops.square(x)))
            return x

    return compiled(dense_model(layers.Dense(4, "tanh"), Penalty(), layers.Dense(2)))


def with_regularizers() -> Any:
    body = [
        layers.Dense(4, "tanh", kernel_regularizer=keras.regularizers.L1L2(0.01, 0.02)),
        layers.Dense(2, activity_regularizer=keras.regularizers.L2(0.05)),
    ]
    return compiled(dense_model(*body))


class OwnLoss(keras.Model):
    """Computes its loss by the signature of today."""

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        return ops.mean(ops.abs(y - y_pred)) * (2.0 if training else 1.0) + ops.mean(x) * 0.0


class OldLoss(keras.Model):
    """Computes its loss as the signature was before ``training``."""

    def compute_loss(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        return ops.mean((y - y_pred) ** 4)


def of_class(kind: type) -> Any:
    inputs = keras.Input((6,))
    model = kind(inputs, layers.Dense(2)(layers.Dense(4, "tanh")(inputs)))
    model.compile(keras.optimizers.SGD(1.0))
    return model


def with_an_embedding() -> Any:
    inputs = keras.Input((4,), dtype="int32")
    body = [layers.Embedding(5, 3), layers.GlobalAveragePooling1D(), layers.Dense(2)]
    return compiled(dense_model(*body, inputs=inputs))


def with_a_shared_layer() -> Any:
    dense = layers.Dense(6, "tanh", name="shared")
    return compiled(dense_model(dense, dense, dense, layers.Dense(2)))


def with_a_frozen_layer() -> Any:
    return compiled(dense_model(layers.Dense(4, trainable=False, name="frozen"), layers.Dense(2, name="out")))


def with_a_disconnected_layer() -> Any:
    inputs = keras.Input((6,))
    cut = layers.Lambda(tf.stop_gradient)(layers.Dense(2, name="cut")(inputs))
    return compiled(keras.Model(inputs, layers.Add()([cut, layers.Dense(2, name="used")(inputs)])))


def with_steps_over_time() -> Any:
    inputs = keras.Input((4,), dtype="int32")
    body = [layers.Embedding(5, 3, mask_zero=True), layers.Bidirectional(layers.LSTM(3)), layers.Dense(2)]
    return compiled(dense_model(*body, inputs=inputs))


CASES: dict[str, tuple[Any, Any, Any, dict[str, Any]]] = {
    "compiled loss, batch norm, dropout": (plain, X, LABELS, {}),
    "outputs with loss weights": (with_two_outputs, X, {"a": TARGETS, "b": LABELS}, {}),
    "add_loss": (with_added_loss, X, TARGETS, {}),
    "regularizers": (with_regularizers, X, TARGETS, {}),
    "sample weights": (plain, X, LABELS, {"sample_weight": WEIGHTS}),
    "class weights": (plain, X, LABELS, {"class_weight": {0: 3.0, 2: 0.5}}),
    "compute_loss": (lambda: of_class(OwnLoss), X, TARGETS, {}),
    "compute_loss of old": (lambda: of_class(OldLoss), X, TARGETS, {}),
    "embedding": (with_an_embedding, TOKENS, TARGETS, {}),
    "shared layer": (with_a_shared_layer, X, TARGETS, {}),
    "frozen layer": (with_a_frozen_layer, X, TARGETS, {}),
    "recurrent, masked": (with_steps_over_time, TOKENS, TARGETS, {}),
}


@pytest.mark.parametrize("name", CASES)
def test_equals_a_step_of_fit(name):
    make, x, y, more = CASES[name]
    keras.utils.set_random_seed(1)
    model = make()
    before = [v.numpy().copy() for v in model.trainable_variables]
    given = {"class_weight": more["class_weight"]} if "class_weight" in more else {}
    found, _ = swept_once(model, x, y, more.get("sample_weight"), **given)
    measured = [g.read() for g in found.gradients]
    loss = model.train_on_batch(x, y, **more, return_dict=True)["loss"]
    for old, variable, gradient in zip(before, model.trainable_variables, measured, strict=True):
        np.testing.assert_allclose(gradient, old - variable.numpy(), rtol=2e-4, atol=2e-6)
    assert any(np.abs(gradient).max() > 1e-3 for gradient in measured)
    assert found.losses == pytest.approx([loss], rel=1e-5)


def test_of_several_batches_is_their_mean_by_size():
    model = compiled(dense_model(layers.Dense(4, "tanh"), layers.Dense(2)))
    many, _ = swept_once(model, X, TARGETS, batch_size=3)
    whole, _ = swept_once(model, X, TARGETS)
    np.testing.assert_array_equal(many.sizes, [3, 3, 2])
    for one, other in zip(many.gradients, whole.gradients, strict=True):
        np.testing.assert_allclose(one.read(), other.read(), rtol=1e-4, atol=1e-7)
    singles = [swept_once_rows(model, rows) for rows in (slice(0, 3), slice(3, 6), slice(6, 8))]
    for index, gradient in enumerate(many.gradients):
        expected = [np.sum(np.square(single[index].astype("float64"))) for single in singles]
        np.testing.assert_allclose(gradient.squares, expected, rtol=1e-4)
        parts = [size * single[index].ravel() for size, single in zip((3, 3, 2), singles, strict=True)]
        crosses = [0.0, parts[1] @ parts[0], parts[2] @ (parts[0] + parts[1])]
        np.testing.assert_allclose(gradient.crosses, crosses, rtol=1e-3, atol=1e-6)


def test_parts_can_be_merged():
    model = compiled(dense_model(layers.Dense(4, "tanh"), layers.Dense(2)))
    tree, halves = tree_of(model), []
    for rows in (slice(0, 4), slice(4, 8)):
        observer = Gradients()
        carried = Carried(observer=observer, name="gradients")
        batches = of_arrays(X[rows], TARGETS[rows], samples=4, batch_size=2)
        observer.start(tree, batches)
        step = Step(name="backward", carried=[carried], forward=lambda x, y, w, v: (training(tree, x, y, w), v))
        for batch in batches:
            step(batch)
        halves.append(observer)
    halves[0].merge(halves[1])
    whole, _ = swept_once(model, X, TARGETS, batch_size=2)
    for one, other in zip(halves[0].result().gradients, whole.gradients, strict=True):
        np.testing.assert_allclose(one.read(), other.read(), rtol=1e-5, atol=1e-8)
        np.testing.assert_allclose(one.squares, other.squares, rtol=1e-5)
        assert one.crosses.sum() == pytest.approx(other.crosses.sum(), rel=1e-4)
        assert one.update.change == pytest.approx(other.update.change, rel=1e-5)


def swept_once_rows(model: Any, rows: slice) -> list[Any]:
    """Return what a tape on the plain model says of some rows."""
    values = [v.value for v in model.trainable_variables]
    with tf.GradientTape() as tape:
        loss = model.compute_loss(x=X[rows], y=TARGETS[rows], y_pred=model(X[rows], training=True))
    return [g.numpy() for g in tape.gradient(loss, values)]


def test_equals_finite_differences():
    kind = {"dtype": "float64"}
    keras.utils.set_random_seed(2)
    inputs = keras.Input((6,), **kind)
    model = dense_model(layers.Dense(4, "tanh", **kind), layers.Dense(2, "sigmoid", **kind), inputs=inputs)
    compiled(model, keras.losses.MeanSquaredError(dtype="float64"))
    x, y = X.astype("float64"), TARGETS.astype("float64")
    found, _ = swept_once(model, x, y)
    for variable, entry in zip(model.trainable_variables, found.gradients, strict=True):
        value, gradient = variable.numpy(), entry.read()
        for place in [(0,) * value.ndim, tuple(size - 1 for size in value.shape)]:
            ends = []
            for step in (1e-5, -1e-5):
                moved = value.copy()
                moved[place] += step
                variable.assign(moved)
                ends.append(float(np.mean((model(x).numpy() - y) ** 2)))
            variable.assign(value)
            assert gradient[place] == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-6)


class TestSpecialCases:
    def test_half_precision_does_not_underflow(self):
        kind = {"dtype": "mixed_float16"}
        keras.utils.set_random_seed(3)
        body = [layers.Dense(8, "tanh", name="deep", **kind), layers.Dense(2, dtype="float32", name="out")]
        model = dense_model(*body)
        model.layers[-1].kernel.assign(model.layers[-1].kernel * 1e-6)  # gradients of about 1e-8 in float16 are 0
        model.compile(keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(1.0)), "mse")
        found, _ = swept_once(model, X, TARGETS)
        kernel = by_name(found)["deep/kernel"]
        full = dense_model(layers.Dense(8, "tanh"), layers.Dense(2))
        full.set_weights(model.get_weights())
        compiled(full)
        reference = swept_once(full, X, TARGETS)[0].gradients[0].read()
        assert 0 < np.abs(reference).max() < 1e-6
        np.testing.assert_allclose(kernel, reference, rtol=0.05, atol=np.abs(reference).max() * 0.01)

    def test_what_the_loss_does_not_depend_on_is_disconnected(self):
        found, _ = swept_once(with_a_disconnected_layer(), X, TARGETS)
        values = by_name(found)
        assert values["cut/kernel"] is None
        assert values["cut/bias"] is None
        assert np.abs(values["used/kernel"]).max() > 0

    def test_frozen_variables_have_no_entry(self):
        found, _ = swept_once(with_a_frozen_layer(), X, TARGETS)
        assert list(by_name(found)) == ["out/kernel", "out/bias"]

    def test_rematerialised_layers_have_gradients(self):
        keras.utils.set_random_seed(4)
        with keras.RematScope(mode="full"):
            model = compiled(dense_model(layers.Dense(4, "tanh", name="a"), layers.Dense(2, name="b")))
        found, _ = swept_once(model, X, TARGETS)
        usual = compiled(dense_model(layers.Dense(4, "tanh"), layers.Dense(2)))
        usual.set_weights(model.get_weights())
        expected, _ = swept_once(usual, X, TARGETS)
        for one, other in zip(found.gradients, expected.gradients, strict=True):
            assert one.connected
            np.testing.assert_allclose(one.read(), other.read(), rtol=1e-5, atol=1e-7)

    def test_a_loss_given_for_it_serves_an_uncompiled_model(self):
        model = dense_model(layers.Dense(2))
        given, _ = swept_once(model, X, TARGETS, loss="mse")
        assert given.no_update == "the model has no optimizer: compile it"
        same = dense_model(layers.Dense(2))
        same.set_weights(model.get_weights())
        expected, _ = swept_once(compiled(same), X, TARGETS)
        for one, other in zip(given.gradients, expected.gradients, strict=True):
            np.testing.assert_array_equal(one.read(), other.read())

    def test_every_replica_of_a_distributed_model_has_the_whole_gradient(self):
        with tf.distribute.MirroredStrategy(["/cpu:0"]).scope():
            model = compiled(dense_model(layers.Dense(2)))
        usual = compiled(dense_model(layers.Dense(2)))
        usual.set_weights(model.get_weights())
        for one, other in zip(
            swept_once(model, X, TARGETS)[0].gradients, swept_once(usual, X, TARGETS)[0].gradients, strict=True
        ):
            np.testing.assert_allclose(one.read(), other.read(), rtol=1e-6)


class TestBackflow:
    def test_equals_a_tape_on_what_follows(self):
        keras.utils.set_random_seed(5)
        first, second = layers.Dense(4, "tanh", name="first"), layers.Dense(2, name="second")
        model = compiled(dense_model(first, second))
        _, found = swept_once(model, X, TARGETS)
        x, a = tf.constant(X), first(X)
        with tf.GradientTape(persistent=True) as tape:
            tape.watch([x, a])
            by_input = tf.reduce_mean(keras.losses.mean_squared_error(TARGETS, second(first(x))))
            by_hidden = tf.reduce_mean(keras.losses.mean_squared_error(TARGETS, second(a)))
        calls = {call.call: call.strength for call in found.calls}
        for strength, gradient in [
            (calls["first"], tape.gradient(by_hidden, a)), (found.inputs[0][1], tape.gradient(by_input, x))
        ]:  # fmt: skip
            expected = gradient.numpy().astype("float64") * N
            np.testing.assert_allclose(strength.rms, np.sqrt(np.square(expected).mean()), rtol=1e-5)
            assert (strength.size, strength.zeros, strength.bad) == (expected.size, 0, 0)

    def test_does_not_depend_on_the_batch_size(self):
        model = compiled(dense_model(layers.Dense(4, "tanh", name="first"), layers.Dense(2)))
        whole, parts = (swept_once(model, X, TARGETS, batch_size=size)[1] for size in (N, 2))
        for one, other in zip(whole.calls, parts.calls, strict=True):
            np.testing.assert_allclose(one.strength.rms, other.strength.rms, rtol=1e-4)

    def test_a_loss_made_from_logits_is_told_of_at_the_logits(self):
        keras.utils.set_random_seed(6)
        model = compiled(dense_model(layers.Dense(3, "softmax", name="out")), "sparse_categorical_crossentropy")
        _, found = swept_once(model, X, LABELS)
        expected = model(X).numpy() - np.eye(3)[LABELS]
        np.testing.assert_allclose(found.calls[0].strength.rms, np.sqrt(np.square(expected).mean()), rtol=1e-5)
