"""The loss of every sample, as Keras computes it for one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from kreport.document.model import Gap  # noqa: E402
from kreport.inputs.expected import output_specs  # noqa: E402
from kreport.probes.observers.sample_losses import HARDEST, SampleLosses  # noqa: E402
from kreport.probes.sweep import Wanted, swept  # noqa: E402
from kreport.probes.tree import tree_of  # noqa: E402
from tests.zoo_data import of_arrays  # noqa: E402

RANDOM = np.random.default_rng(6)
X = RANDOM.normal(size=(41, 5)).astype("float32")
CLASSES = RANDOM.integers(0, 3, 41)


def measured(model: Any, y: Any, weight: Any = None, **more: Any) -> Any:
    batches = replace(of_arrays(X, y, weight, samples=len(X), batch_size=8), **more)
    return swept(tree_of(model), batches, Wanted(kinds=frozenset({SampleLosses})), None, None).results[SampleLosses]


def classifier(loss: str = "sparse_categorical_crossentropy") -> Any:
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(3, "softmax")])
    model.compile("sgd", loss)
    return model


@pytest.mark.parametrize("limit", [None, 10], ids=["all chosen", "few chosen"])
def test_are_those_of_keras_over_all_of_the_data(limit):
    model = classifier()
    found = measured(model, CLASSES, RANDOM.uniform(size=41).astype("float32"), max_samples=limit)
    shares = model.predict(X, verbose=0)
    expected = keras.losses.sparse_categorical_crossentropy(CLASSES, shares).numpy()
    assert found.samples == found.counts.counts.sum() == 41
    assert found.total == pytest.approx(expected.sum(), rel=1e-5)
    assert (found.low, found.high) == pytest.approx((expected.min(), expected.max()), rel=1e-5)
    order = np.argsort(-expected, kind="stable")[:HARDEST]
    assert [one.index for one in found.hardest] == order.tolist()
    assert [one.label for one in found.hardest] == CLASSES[order].tolist()
    assert [one.said for one in found.hardest] == shares.argmax(1)[order].tolist()
    assert [one.share for one in found.hardest] == pytest.approx(shares.max(1)[order].tolist(), rel=1e-5)


def test_one_hot_labels_are_classes():
    found = measured(classifier("categorical_crossentropy"), np.eye(3, dtype="float32")[CLASSES])
    assert {one.label for one in found.hardest} <= {0.0, 1.0, 2.0}


def sigmoids(logits: Any) -> Any:
    yes = 1 / (1 + np.exp(-logits))
    return np.concatenate((1 - yes, yes), 1)


def softmaxes(logits: Any) -> Any:
    raised = np.exp(logits)
    return raised / raised.sum(1, keepdims=True)


@pytest.mark.parametrize(
    ("units", "loss", "shares"),
    [
        (1, keras.losses.BinaryCrossentropy, sigmoids),
        (3, keras.losses.SparseCategoricalCrossentropy, softmaxes),
    ],
)
def test_logits_are_told_as_classes_and_their_shares(units, loss, shares):
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(units)])
    model.compile("sgd", loss(from_logits=True))
    labels = CLASSES % max(units, 2)
    found = measured(model, labels, outputs=output_specs(model))
    expected = shares(model.predict(X, verbose=0))
    where = [one.index for one in found.hardest]
    assert [one.said for one in found.hardest] == expected.argmax(1)[where].tolist()
    assert [one.share for one in found.hardest] == pytest.approx(expected.max(1)[where].tolist(), rel=1e-5)
    assert [one.label for one in found.hardest] == labels[where].tolist()
    assert found.classes


def test_values_are_told_as_they_are():
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    y = RANDOM.normal(size=(41, 1)).astype("float32")
    found = measured(model, y)
    hard = found.hardest[0]
    assert not found.classes
    assert hard.share is None
    assert hard.label == pytest.approx(y[hard.index, 0])
    assert hard.loss == pytest.approx((hard.said - hard.label) ** 2, rel=1e-3)


def test_without_leave_to_embed_nothing_is_told_of_labels():
    found = measured(classifier(), CLASSES, embed=False)
    assert {(one.label, one.said, one.share) for one in found.hardest} == {(None, None, None)}


def test_losses_that_are_not_finite_are_counted():
    x = X.copy()
    x[3] = np.nan
    batches = of_arrays(x, CLASSES, samples=41, batch_size=8)
    wanted = Wanted(kinds=frozenset({SampleLosses}))
    found = swept(tree_of(classifier()), batches, wanted, None, None).results[SampleLosses]
    assert found.bad == 1
    assert found.samples == 41
    assert np.isfinite(found.total)


def test_a_loss_of_the_class_s_own_is_not_told_by_sample():
    class Own(keras.Model):
        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            return keras.ops.mean(keras.ops.abs(y - y_pred))

    inputs = keras.Input((5,))
    model = Own(inputs, keras.layers.Dense(1)(inputs))
    model.compile("sgd")
    gap = measured(model, np.zeros((41, 1), "float32"))
    assert isinstance(gap, Gap)
    assert not gap.failed


def test_the_inputs_of_the_hardest_are_kept_where_they_may_be_shown(monkeypatch):
    found = measured(classifier(), CLASSES)
    assert len(found.hardest) == HARDEST
    for one in found.hardest:
        np.testing.assert_array_equal(one.x, X[[one.index]])
    assert {one.x for one in measured(classifier(), CLASSES, embed=False).hardest} == {None}
    monkeypatch.setattr("kreport.probes.observers.sample_losses.BYTES", 4)
    assert {one.x for one in measured(classifier(), CLASSES).hardest} == {None}


@pytest.mark.parametrize("named", [False, True], ids=["in order", "by name"])
def test_several_outputs_each_have_their_label(named):
    keras.utils.set_random_seed(3)
    inputs = keras.Input((5,))
    outputs = {"size": keras.layers.Dense(1, name="size")(inputs),
               "kind": keras.layers.Dense(3, "softmax", name="kind")(inputs)}  # fmt: skip
    model = keras.Model(inputs, outputs if named else list(outputs.values()))
    model.compile("sgd", loss={"size": "mse", "kind": "sparse_categorical_crossentropy"})
    sizes = RANDOM.normal(size=(41, 1)).astype("float32")
    labels = {"kind": CLASSES, "size": sizes} if named else [sizes, CLASSES]
    found = measured(model, labels, outputs=output_specs(model, None))
    said = model.predict(X, verbose=0)
    size, kind = (said["size"], said["kind"]) if named else said
    for one in found.hardest:
        assert (one.label, one.said, one.share) == (None, None, None)
        answers = {answer.output: answer for answer in one.answers}
        assert answers["kind"].label == CLASSES[one.index]
        assert answers["kind"].said == kind[one.index].argmax()
        assert answers["kind"].share == pytest.approx(kind[one.index].max(), rel=1e-5)
        assert (answers["kind"].classes, answers["size"].classes) == (3, 0)
        assert answers["size"].label == pytest.approx(sizes[one.index, 0])
        assert answers["size"].said == pytest.approx(size[one.index, 0], rel=1e-4, abs=1e-6)
        assert answers["size"].share is None
