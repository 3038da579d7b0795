"""Each loss's pull at the shared weights is the norm of its own gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

from kreport.errors import NotMeasuredError  # noqa: E402
from kreport.probes.fingerprint import fingerprint  # noqa: E402
from kreport.probes.observers.kept import KeptSamples  # noqa: E402
from kreport.probes.output_losses import output_losses  # noqa: E402
from kreport.probes.tree import tree_of  # noqa: E402
from tests.zoo_data import of_arrays  # noqa: E402

layers = keras.layers
X = np.random.default_rng(1).normal(size=(9, 4)).astype("float32")
Y = {"a": np.ones((9, 2), "float32"), "b": np.random.default_rng(2).normal(size=(9, 1)).astype("float32")}


def kept(y: Any) -> KeptSamples:
    return KeptSamples(
        x=X, y=y, sample_weight=None, index=np.arange(9), outputs=None, output=0, several=2,
        logits=False, losses=None, of=9, limited=False,
    )  # fmt: skip


def two_heads(*, shared: bool = True) -> Any:
    keras.utils.set_random_seed(1)
    inputs = keras.Input((4,))
    trunk = layers.Dense(3, "tanh", name="trunk")(inputs) if shared else inputs
    model = keras.Model(inputs, {"a": layers.Dense(2, name="a")(trunk), "b": layers.Dense(1, name="b")(trunk)})
    model.compile("sgd", {"a": "mse", "b": "mae"}, loss_weights={"a": 2.0, "b": 100.0})
    return model


def test_norms_are_those_of_each_loss_on_what_both_reach():
    model = two_heads()
    before = fingerprint(model)
    found = output_losses(tree_of(model), kept(Y), of_arrays(X, Y, samples=9), None)
    assert fingerprint(model).changed(before) == ()
    trunk = [v.value for v in model.get_layer("trunk").trainable_variables]
    for entry, (name, loss, factor) in zip(
        found.losses, [("a", "mean_squared_error", 2.0), ("b", "mean_absolute_error", 100.0)], strict=True
    ):
        with tf.GradientTape() as tape:
            value = factor * tf.reduce_mean(getattr(keras.losses, loss)(Y[name], model(X)[name]))
        expected = np.sqrt(sum(np.sum(g.numpy() ** 2) for g in tape.gradient(value, trunk)))
        assert (entry.name, entry.weight) == (name, factor)
        assert entry.value == pytest.approx(float(value), rel=1e-5)
        assert entry.norm == pytest.approx(expected, rel=1e-4)
    assert (found.shared, found.samples) == (15, 9)


def test_losses_that_share_nothing_pull_at_nothing():
    found = output_losses(tree_of(two_heads(shared=False)), kept(Y), of_arrays(X, Y, samples=9), None)
    assert found.shared == 0
    assert [one.norm for one in found.losses] == [0.0, 0.0]


@pytest.mark.parametrize("labels", [True, False])
def test_one_loss_or_none_is_not_told_apart(labels):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    y = Y["b"] if labels else None
    with pytest.raises(NotMeasuredError):
        output_losses(tree_of(model), kept(y), of_arrays(X, y, samples=9), None)
