"""The rehearsed step is the step that fit makes, and nothing of it stays."""

from __future__ import annotations

import numpy as np
import pytest

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

from kreport.probes import updates  # noqa: E402
from kreport.probes.fingerprint import fingerprint  # noqa: E402
from kreport.probes.updates import rehearsed  # noqa: E402

RANDOM = np.random.default_rng(2)
X = RANDOM.normal(size=(16, 5)).astype("float32")
Y = RANDOM.normal(size=(16, 2)).astype("float32")
optimizers = keras.optimizers

OPTIMIZERS = {
    "sgd": lambda: optimizers.SGD(0.05),
    "momentum": lambda: optimizers.SGD(0.05, momentum=0.9),
    "nesterov": lambda: optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    "clipnorm": lambda: optimizers.SGD(0.05, clipnorm=0.01),
    "global clipnorm": lambda: optimizers.SGD(0.05, global_clipnorm=0.01),
    "adam": lambda: optimizers.Adam(0.01),
    "amsgrad": lambda: optimizers.Adam(0.01, amsgrad=True),
    "adamw": lambda: optimizers.AdamW(0.01, weight_decay=0.1),
    "rmsprop": lambda: optimizers.RMSprop(0.01, momentum=0.5, centered=True),
    "lion": lambda: optimizers.Lion(0.01),
    "adafactor": lambda: optimizers.Adafactor(0.01),
    "nadam": lambda: optimizers.Nadam(0.01),
    "ftrl": lambda: optimizers.Ftrl(0.01),
    "adagrad": lambda: optimizers.Adagrad(0.01),
    "adadelta": lambda: optimizers.Adadelta(0.5),
    "muon": lambda: optimizers.Muon(0.01),
    "lamb": lambda: optimizers.Lamb(0.01),
    "ema": lambda: optimizers.Adam(0.01, use_ema=True),
    "schedule": lambda: optimizers.SGD(optimizers.schedules.CosineDecay(0.1, 10), momentum=0.9),
    "loss scale": lambda: optimizers.LossScaleOptimizer(optimizers.Adam(0.01)),
}


def trained(optimizer, steps):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(4, "tanh"), keras.layers.Dense(2)])
    model.compile(optimizer, "mse")
    for _ in range(steps):
        model.train_on_batch(X, Y)
    return model


def gradients(model):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(keras.losses.mean_squared_error(Y, model(X, training=True)))
    found = tape.gradient(loss, [v.value for v in model.trainable_variables])
    return [g.numpy for g in found]


@pytest.mark.parametrize(("small", "steps"), [(False, 0), (True, 2)], ids=["never used, at once", "used, in groups"])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_equals_a_step_of_fit(name, steps, small, monkeypatch):
    if small:
        monkeypatch.setattr(updates, "GROUP_VALUES", 1)
    model = trained(OPTIMIZERS[name](), steps)
    before = fingerprint(model)
    weights = [v.numpy().copy() for v in model.trainable_variables]
    found = rehearsed(model.optimizer, model.trainable_variables, gradients(model))
    assert fingerprint(model).changed(before) == ()
    model.train_on_batch(X, Y)
    for update, old, variable in zip(found, weights, model.trainable_variables, strict=True):
        change = np.linalg.norm(variable.numpy() - old)
        assert update.change == pytest.approx(change, rel=2e-3, abs=1e-7)
        assert update.weight == pytest.approx(np.linalg.norm(old), rel=1e-6)


def test_accumulating_steps_are_rehearsed_as_steps_that_count():
    model = trained(optimizers.SGD(0.1, gradient_accumulation_steps=4), 1)
    found = rehearsed(model.optimizer, model.trainable_variables, gradients(model))
    expected = [0.1 * np.linalg.norm(g()) for g in gradients(model)]
    assert [u.change for u in found] == pytest.approx(expected, rel=1e-4)


def test_a_disconnected_variable_has_no_update():
    model = trained(optimizers.Adam(0.01), 1)
    given = gradients(model)
    given[1] = None
    found = rehearsed(model.optimizer, model.trainable_variables, given)
    assert found[1] is None
    assert found[0].change > 0
