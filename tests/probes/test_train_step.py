"""A train step of the class's own is run and watched: its optimizers' gradients are right, and nothing stays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

from kreport.document.model import Gap  # noqa: E402
from kreport.inputs.subject import LossOf  # noqa: E402
from kreport.probes.fingerprint import fingerprint  # noqa: E402
from kreport.probes.observers.activations import ActivationValues  # noqa: E402
from kreport.probes.observers.backflow import Backflow  # noqa: E402
from kreport.probes.observers.features import Features  # noqa: E402
from kreport.probes.observers.gradients import WeightGradients  # noqa: E402
from kreport.probes.sweep import Wanted, swept  # noqa: E402
from kreport.probes.train_step import BATCHES, RECORDED, SCALED, WITHIN  # noqa: E402
from kreport.probes.tree import tree_of  # noqa: E402
from tests.zoo_data import of_arrays  # noqa: E402

layers, ops = keras.layers, keras.ops
X = np.random.default_rng(1).normal(size=(6, 4)).astype("float32")
Y = np.random.default_rng(2).normal(size=(6, 2)).astype("float32")


def network(inputs: int, *sizes: int, name: str) -> Any:
    return keras.Sequential([keras.Input((inputs,)), *(layers.Dense(size, "tanh") for size in sizes)], name=name)


class GAN(keras.Model):
    """Two optimizers, several critic steps a train step, a counter, metrics of its own; has no ``call``."""

    def __init__(self, critic_steps: int = 1) -> None:
        super().__init__(name="gan")
        self.generator, self.critic = network(2, 4, name="generator"), network(4, 3, 1, name="critic")
        self.seeds = keras.random.SeedGenerator(3)
        self.seen = tf.Variable(0)
        self.steps = 0
        self.critic_steps = critic_steps
        self.mean = keras.metrics.Mean(name="critic_loss")

    def compile(self, rate: float = 1.0) -> None:
        super().compile()
        self.generator_optimizer = keras.optimizers.SGD(rate)
        self.critic_optimizer = keras.optimizers.SGD(rate)

    def train_step(self, real: Any) -> dict[str, Any]:
        self.steps += 1
        self.seen.assign_add(1)
        for _ in range(self.critic_steps):
            noise = keras.random.normal((tf.shape(real)[0], 2), seed=self.seeds)
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(self.critic(self.generator(noise))) - tf.reduce_mean(self.critic(real) ** 2)
            gradients = tape.gradient(loss, self.critic.trainable_weights)
            self.critic_optimizer.apply_gradients(zip(gradients, self.critic.trainable_weights, strict=True))
        noise = keras.random.normal((tf.shape(real)[0], 2), seed=self.seeds)
        with tf.GradientTape() as tape:
            loss = -tf.reduce_mean(self.critic(self.generator(noise)))
        gradients = tape.gradient(loss, self.generator.trainable_weights)
        self.generator_optimizer.apply(gradients, self.generator.trainable_weights)
        self.mean.update_state(loss)
        return {"loss": self.mean.result()}


class Distiller(keras.Model):
    """A student that learns from a teacher under the compiled loss."""

    def __init__(self) -> None:
        super().__init__(name="distiller")
        self.teacher, self.student = network(4, 2, name="teacher"), network(4, 2, name="student")

    def call(self, x: Any) -> Any:
        return self.student(x)

    def train_step(self, data: Any) -> dict[str, Any]:
        x, y = data
        with tf.GradientTape() as tape:
            told = self.student(x, training=True)
            loss = self.compute_loss(x=x, y=y, y_pred=told) + ops.mean(ops.square(self.teacher(x) - told))
        gradients = tape.gradient(loss, self.student.trainable_weights)
        self.optimizer.apply(gradients, self.student.trainable_weights)
        return self.compute_metrics(x, y, told, None)


class Noisy(keras.Model):
    """Adds noise to its inputs and hands on to Keras; is a graph of its own."""

    @tf.function
    def train_step(self, data: Any) -> dict[str, Any]:
        x, y = data
        return super().train_step((x + tf.random.normal(tf.shape(x)), y))


def sweep(model: Any, x: Any = X, y: Any = None, *, batch_size: int = 6, loss: Any = None) -> Any:
    """Return what the sweep brought; the model and its optimizers must be as they were."""
    optimizers = [o for o in vars(model).values() if isinstance(o, keras.optimizers.Optimizer)]
    before = fingerprint(model), [[v.numpy() for v in o.variables] for o in optimizers], dict(vars(model))
    result = swept(
        tree_of(model), of_arrays(x, y, samples=len(x), batch_size=batch_size),
        Wanted(kinds=frozenset({WeightGradients})), None if loss is None else LossOf(loss=loss), None,
    )  # fmt: skip
    assert fingerprint(model).changed(before[0]) == ()
    for optimizer, values in zip(optimizers, before[1], strict=True):
        assert [v.numpy().tolist() for v in optimizer.variables] == [v.tolist() for v in values]
    assert [name for name, value in before[2].items() if vars(model)[name] is not value] in ([], ["_called"])
    assert vars(model).keys() == before[2].keys()
    return result


def gradients(result: Any) -> dict[str, Any]:
    return {f"{g.layer}/{g.name}": g for g in result.results[WeightGradients].gradients}


def test_gradients_of_a_gan_are_what_its_optimizers_step_along():
    keras.utils.set_random_seed(0)
    model = GAN()
    model.compile()
    result = sweep(model)
    found = gradients(result)
    assert RECORDED in result.notes
    assert {g.optimizer for g in found.values()} == {"generator_optimizer", "critic_optimizer"}
    before = {v.path: v.numpy() for v in model.critic.trainable_weights}
    model.train_step(tf.constant(X))  # the generator's step sees a changed critic, the critic's does not
    for variable, entry in zip(model.critic.trainable_weights, list(found.values())[2:], strict=True):
        np.testing.assert_allclose(entry.read(), before[variable.path] - variable.numpy(), rtol=1e-4, atol=1e-6)
        assert entry.update.change == pytest.approx(np.linalg.norm(entry.read()), rel=1e-4)
        assert entry.optimizer == "critic_optimizer"


def test_the_generator_is_told_of_the_critic_as_it_is():
    keras.utils.set_random_seed(0)
    model = GAN()
    model.compile()
    found = gradients(sweep(model))
    seeds = keras.random.SeedGenerator(3)
    keras.random.normal((6, 2), seed=seeds)
    noise = keras.random.normal((6, 2), seed=seeds)
    with tf.GradientTape() as tape:
        loss = -tf.reduce_mean(model.critic(model.generator(noise)))
    expected = tape.gradient(loss, [v.value for v in model.generator.trainable_weights])
    for entry, gradient in zip(list(found.values())[:2], expected, strict=True):
        np.testing.assert_allclose(entry.read(), gradient.numpy(), rtol=1e-4, atol=1e-7)


def test_several_steps_of_one_optimizer_are_averaged():
    keras.utils.set_random_seed(0)
    model = GAN(critic_steps=3)
    model.compile(rate=0.0)
    found = gradients(sweep(model))
    seeds, expected = keras.random.SeedGenerator(3), []
    for _ in range(3):
        noise = keras.random.normal((6, 2), seed=seeds)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(model.critic(model.generator(noise))) - tf.reduce_mean(model.critic(X) ** 2)
        expected.append(tape.gradient(loss, model.critic.trainable_weights[0].value).numpy())
    np.testing.assert_allclose(
        found["critic / dense_1/kernel"].read()
        if "critic / dense_1/kernel" in found
        else list(found.values())[2].read(),
        np.mean(expected, 0),
        rtol=1e-4,
        atol=1e-7,
    )


def test_noise_differs_from_batch_to_batch_and_not_from_run_to_run():
    keras.utils.set_random_seed(0)
    model = GAN()
    model.compile()
    same = np.tile(X[:2], (3, 1))  # three batches of the same two samples
    once, again = (next(iter(gradients(sweep(model, same, batch_size=2)).values())).squares for _ in range(2))
    assert len(set(once)) == 3
    np.testing.assert_array_equal(once, again)


def test_few_batches_are_enough():
    model = GAN()
    model.compile()
    found = sweep(model, np.tile(X, (4, 1)), batch_size=2).results[WeightGradients]
    assert len(found.sizes) == BATCHES
    assert np.isnan(found.losses).all()


@pytest.mark.parametrize("metrics", [None, ["mae"]])
def test_what_gets_no_gradient_is_told_from_what_does(metrics):
    model = Distiller()
    model.compile(keras.optimizers.SGD(1.0), "mse", metrics=metrics)
    model.build((None, 4))
    found = gradients(sweep(model, X, Y))
    assert [g.connected for g in found.values()] == [False, False, True, True]
    before = [v.numpy() for v in model.student.trainable_weights]
    model.train_step((tf.constant(X), tf.constant(Y)))
    for variable, old, entry in zip(model.student.trainable_weights, before, list(found.values())[2:], strict=True):
        np.testing.assert_allclose(entry.read(), old - variable.numpy(), rtol=1e-4, atol=1e-6)


def test_a_step_that_is_a_graph_and_hands_on_to_keras_is_seen():
    inputs = keras.Input((4,))
    model = Noisy(inputs, layers.Dense(2)(inputs))
    model.compile(keras.optimizers.Adam(), "mse")
    found = gradients(sweep(model, X, Y))
    assert all(np.abs(g.read()).max() > 0 for g in found.values())


def test_half_precision_is_unscaled():
    class Plain(keras.Model):
        def train_step(self, data: Any) -> Any:
            return super().train_step(data)

    inputs = keras.Input((4,))
    model = Plain(inputs, layers.Dense(2)(inputs))
    model.compile(keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(1.0)), "mse")
    result = sweep(model, X, Y)
    assert SCALED in result.notes
    found = [g.read() for g in gradients(result).values()]
    before = [v.numpy() for v in model.trainable_variables]
    model.train_step((tf.constant(X), tf.constant(Y)))
    for gradient, old, variable in zip(found, before, model.trainable_variables, strict=True):
        np.testing.assert_allclose(gradient, old - variable.numpy(), rtol=1e-4, atol=1e-6)


def test_what_reaches_each_call_is_what_a_plain_step_brings_there():
    class Own(keras.Model):
        def train_step(self, data: Any) -> Any:
            x, y = data
            with tf.GradientTape() as tape:
                loss = self.compute_loss(x=x, y=y, y_pred=self(x, training=True))
            self.optimizer.apply(tape.gradient(loss, self.trainable_weights), self.trainable_weights)
            return {"loss": loss}

    keras.utils.set_random_seed(0)
    inputs = keras.Input((4,))
    outputs = layers.Dense(2, name="last")(layers.Dense(3, activation="tanh", name="first")(inputs))
    found = []
    for kind in (Own, keras.Model):
        model = kind(inputs, outputs)
        model.compile("sgd", "mse")
        wanted = Wanted(kinds=frozenset({Backflow}))
        flow = swept(tree_of(model), of_arrays(X, Y, samples=len(X)), wanted, None, None).results[Backflow]
        found.append({one.call: one.strength.rms for one in flow.calls})
    assert found[0].keys() == found[1].keys() == {"first", "last"}
    assert found[0] == pytest.approx(found[1], rel=1e-5)


def test_a_loss_that_is_given_goes_before_the_model_s_own_step():
    model = Distiller()
    model.build((None, 4))
    result = sweep(model, X, Y, loss="mse")
    assert RECORDED not in result.notes
    assert [g.connected for g in gradients(result).values()] == [False, False, True, True]


class TestRefusals:
    def gap(self, model: Any, x: Any = X, y: Any = None) -> Gap:
        found = sweep(model, x, y).results[WeightGradients]
        assert isinstance(found, Gap)
        return found

    def test_a_model_that_was_not_compiled(self):
        gap = self.gap(GAN())
        assert not gap.failed
        assert "need a compiled model" in gap.reason

    def test_a_layer_that_is_not_built(self):
        model = GAN()
        model.extra = layers.Dense(2, name="extra")
        model.compile()
        assert "'extra' is not" in self.gap(model).reason

    def test_a_step_without_an_optimizer(self):
        class Idle(keras.Model):
            def train_step(self, data: Any) -> Any:
                return {"loss": 0.0}

        inputs = keras.Input((4,))
        model = Idle(inputs, layers.Dense(2)(inputs))
        model.compile()
        assert "hands no gradients to an optimizer" in self.gap(model).reason

    def test_a_step_that_writes_past_its_optimizer_is_undone(self):
        class Direct(keras.Model):
            def train_step(self, data: Any) -> Any:
                self.trainable_variables[0].value.assign_add(tf.ones((4, 2)))
                return {"loss": 0.0}

        inputs = keras.Input((4,))
        model = Direct(inputs, layers.Dense(2)(inputs))
        model.compile()
        assert "by other means than an optimizer" in self.gap(model).reason

    def test_a_step_that_raises(self):
        class Broken(keras.Model):
            def train_step(self, data: Any) -> Any:
                message = "nobody knows"
                raise ArithmeticError(message)

        inputs = keras.Input((4,))
        model = Broken(inputs, layers.Dense(2)(inputs))
        model.compile()
        gap = self.gap(model)
        assert gap.failed
        assert gap.reason == "ArithmeticError: nobody knows"


def test_activations_of_a_model_built_inside_only_are_those_of_its_train_step_in_inference_mode():
    class Noisy(GAN):
        def __init__(self) -> None:
            super().__init__()
            body = [layers.Dropout(0.5, name="drop"), layers.BatchNormalization(name="norm"), layers.Dense(1)]
            self.judge = keras.Sequential([keras.Input((4,)), *body], name="judge")

        def train_step(self, real: Any) -> dict[str, Any]:
            self.judge(real, training=True)
            return super().train_step(real)

    model = Noisy()
    model.compile()
    before = fingerprint(model)
    wanted = Wanted(kinds=frozenset({ActivationValues, Features, WeightGradients}))
    result = swept(tree_of(model), of_arrays(X, samples=6), wanted, None, None)
    streams = {value.call: value.stream for value in result.results[ActivationValues].values}
    np.testing.assert_allclose(streams["judge / drop"].mean, X.mean(), rtol=1e-5)
    expected = model.judge.get_layer("norm")(X, training=False).numpy()
    np.testing.assert_allclose(streams["judge / norm"].mean, expected.mean(), rtol=1e-5)
    assert streams["generator"].size == 6 * 4
    assert WITHIN in result.notes
    assert not isinstance(result.results[WeightGradients], Gap)
    gap = result.results[Features]
    assert isinstance(gap, Gap)
    assert not gap.failed
    assert "built inside only" in gap.reason
    assert fingerprint(model) == before
    assert not model.built
