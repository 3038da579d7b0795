"""Scores equal scikit-learn's on the same arrays, whatever form labels and outputs come in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

keras = pytest.importorskip("keras")
metrics = pytest.importorskip("sklearn.metrics")

from kreport.analyzers._evaluation.measuring import evaluated, with_slices  # noqa: E402
from kreport.inputs.expected import output_specs  # noqa: E402
from kreport.probes.observers.predictions import Predictions  # noqa: E402
from kreport.probes.sweep import Wanted, swept  # noqa: E402
from kreport.probes.tree import tree_of  # noqa: E402
from tests.zoo_data import of_arrays  # noqa: E402

RANDOM = np.random.default_rng(7)
N = 150


def said(shape: Any, last: str = "linear", loss: Any = None) -> Any:
    """Return a model that says its input, through a function at its end."""
    model = keras.Sequential([keras.Input(shape), keras.layers.Activation(last)])
    if loss is not None:
        model.compile("sgd", loss)
    return model


def judged(model: Any, x: Any, y: Any, weight: Any = None, task: str = "", *, slices: bool = False, **more: Any) -> Any:
    specs = tuple(replace(spec, task=task) for spec in output_specs(model))
    batches = of_arrays(x, y, weight, samples=len(x), batch_size=32)
    batches = replace(batches, outputs=specs, first=next(iter(batches)), **more)
    found = swept(tree_of(model), batches, Wanted(kinds=frozenset({Predictions})), None, None).results[Predictions]
    outputs = evaluated(found, batches)
    return (with_slices(outputs, found) if slices else outputs)[0]


def scores(one: Any) -> dict[str, float]:
    return {score.name: score.value for score in one.scores}


def softmax(logits: Any) -> Any:
    raised = np.exp(logits)
    return raised / raised.sum(-1, keepdims=True)


def expected_of_classes(labels: Any, shares: Any, weight: Any = None) -> dict[str, float]:
    predicted, w = shares.argmax(1), {"sample_weight": weight}
    f1 = {f"{kind} F1": metrics.f1_score(labels, predicted, average=kind, **w) for kind in ("macro", "weighted")}
    return f1 | {
        "accuracy": metrics.accuracy_score(labels, predicted, **w),
        "balanced accuracy": metrics.balanced_accuracy_score(labels, predicted, **w),
        "Matthews correlation": metrics.matthews_corrcoef(labels, predicted, **w),
        "log loss": metrics.log_loss(labels, shares, labels=range(shares.shape[1]), **w),
    }


class TestClasses:
    @pytest.mark.parametrize("form", ["(n,)", "(n, 1)", "floats", "one-hot"])
    @pytest.mark.parametrize("end", ["softmax", "logits", "logits taken for probabilities"])
    @pytest.mark.parametrize("weighted", [False, True])
    def test_are_those_of_scikit_learn(self, form, end, weighted):
        x, labels = RANDOM.normal(size=(N, 4)).astype("float32"), RANDOM.integers(0, 4, N)
        weight = RANDOM.uniform(size=N).astype("float32") if weighted else None
        kind = keras.losses.CategoricalCrossentropy if form == "one-hot" else keras.losses.SparseCategoricalCrossentropy
        y = {
            "(n,)": labels,
            "(n, 1)": labels[:, None],
            "floats": labels.astype("float64"),
            "one-hot": np.eye(4)[labels],
        }
        model = said((4,), "softmax" if end == "softmax" else "linear", kind(from_logits=end == "logits"))
        one = judged(model, x, y[form], weight)
        assert (one.kind, one.samples, one.weighted) == ("multi-class", N, weighted)
        assert (one.logits, one.odd) == (end != "softmax", end == "logits taken for probabilities")
        expected = expected_of_classes(labels, softmax(x.astype(float)), weight)
        found = scores(one)
        assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-5)
        matrix = metrics.confusion_matrix(labels, x.argmax(1), sample_weight=weight)
        np.testing.assert_allclose(one.confusions.matrix(4), matrix, rtol=1e-6)
        by_class = metrics.precision_recall_fscore_support(labels, x.argmax(1), sample_weight=weight, zero_division=0)
        for ours, theirs in zip(("precision", "recall", "f1", "support"), by_class, strict=True):
            np.testing.assert_allclose(getattr(one.by_class, ours), theirs, rtol=1e-6)

    def test_areas_under_curves_are_those_of_scikit_learn(self):
        x, labels = RANDOM.normal(size=(N, 4)).astype("float32"), RANDOM.integers(0, 4, N)
        one = judged(said((4,), "softmax", "sparse_categorical_crossentropy"), x, labels)
        shares = softmax(x.astype(float))
        expected = metrics.roc_auc_score(labels, shares / shares.sum(1, keepdims=True), multi_class="ovr")
        assert scores(one)["macro ROC AUC"] == pytest.approx(expected, rel=1e-4)
        curve = next(c for c in one.curves if c.name == "2")
        assert curve.average_precision == pytest.approx(
            metrics.average_precision_score(labels == 2, shares[:, 2]), rel=1e-4
        )

    @pytest.mark.parametrize("end", ["sigmoid", "logits"])
    @pytest.mark.parametrize("shape", [(N,), (N, 1)])
    def test_two_classes_of_one_output(self, end, shape):
        x, labels = RANDOM.normal(size=(N, 1)).astype("float32"), RANDOM.integers(0, 2, N)
        loss = keras.losses.BinaryCrossentropy(from_logits=end == "logits")
        one = judged(said((1,), "sigmoid" if end == "sigmoid" else "linear", loss), x, labels.reshape(shape))
        share = 1 / (1 + np.exp(-x[:, 0].astype(float)))
        predicted, found = share > 0.5, scores(one)
        assert one.kind == "binary"
        assert found["accuracy"] == pytest.approx(metrics.accuracy_score(labels, predicted))
        assert found["precision"] == pytest.approx(metrics.precision_score(labels, predicted))
        assert found["recall"] == pytest.approx(metrics.recall_score(labels, predicted))
        assert found["F1"] == pytest.approx(metrics.f1_score(labels, predicted))
        assert found["ROC AUC"] == pytest.approx(metrics.roc_auc_score(labels, share), rel=1e-5)
        assert found["average precision"] == pytest.approx(metrics.average_precision_score(labels, share), rel=1e-5)
        assert found["log loss"] == pytest.approx(metrics.log_loss(labels, share), rel=1e-5)
        assert found["Brier score"] == pytest.approx(metrics.brier_score_loss(labels, share), rel=1e-5)

    def test_steps_of_a_sequence_count_one_by_one_without_padding(self):
        x, labels = RANDOM.normal(size=(40, 6, 3)).astype("float32"), RANDOM.integers(0, 3, (40, 6))
        x[:, 4:] = 0  # padding
        inputs = keras.Input((6, 3))
        model = keras.Model(inputs, keras.layers.Activation("softmax")(keras.layers.Masking()(inputs)))
        model.compile("sgd", "sparse_categorical_crossentropy")
        one = judged(model, x, labels)
        predicted = x[:, :4].argmax(-1)
        assert (one.per_position, one.samples, one.answers) == (True, 40, 160)
        assert scores(one)["accuracy"] == pytest.approx((predicted == labels[:, :4]).mean())
        assert one.scores[0].low < one.scores[0].value < one.scores[0].high
        assert all(score.low is None for score in one.scores if score.name == "macro F1")

    def test_labels_that_the_loss_ignores_and_nan_predictions_are_left_out(self):
        x, labels = RANDOM.normal(size=(N, 3)).astype("float32"), RANDOM.integers(0, 3, N)
        x[:5] = np.nan
        labels[10:20] = -1
        loss = keras.losses.SparseCategoricalCrossentropy(ignore_class=-1)
        one = judged(said((3,), "softmax", loss), x, labels)
        assert (one.bad, one.unknown, one.answers) == (5, 10, N - 15)
        kept = np.r_[5:10, 20:N]
        assert scores(one)["accuracy"] == pytest.approx((x[kept].argmax(1) == labels[kept]).mean())

    def test_one_class_one_sample_and_classes_never_predicted(self):
        x = np.array([[5.0, 0, 0]], "float32")
        one = judged(said((3,), "softmax", "sparse_categorical_crossentropy"), x, np.array([0]))
        assert scores(one)["accuracy"] == 1
        assert one.curves == ()
        assert one.by_class.recall.tolist() == [1, 0, 0]
        x = np.tile(x, (20, 1))
        one = judged(said((3,), "softmax", "sparse_categorical_crossentropy"), x, np.arange(20) % 3)
        assert scores(one)["balanced accuracy"] == pytest.approx(1 / 3)
        assert one.confusions.predicted.tolist() == [0, 0, 0]

    def test_a_thousand_classes(self):
        x, labels = RANDOM.normal(size=(400, 1000)).astype("float32"), RANDOM.integers(0, 1000, 400)
        x[np.arange(300), labels[:300]] += 9
        one = judged(said((1000,), "softmax", "sparse_categorical_crossentropy"), x, labels)
        assert scores(one)["accuracy"] == pytest.approx((x.argmax(1) == labels).mean())
        top = (np.argsort(-x, 1)[:, :5] == labels[:, None]).any(1).mean()
        assert scores(one)["top-5 accuracy"] == pytest.approx(top)
        assert sorted(one.confusions.order.tolist()) == list(range(1000))

    def test_the_most_confident_mistakes_come_first_with_what_they_were_taken_for(self):
        x, labels = RANDOM.normal(size=(N, 3)).astype("float32"), RANDOM.integers(0, 3, N)
        one = judged(said((3,), "softmax", "sparse_categorical_crossentropy"), x, labels, class_names=("a", "b", "c"))
        shares = softmax(x)
        wrong = np.flatnonzero(shares.argmax(1) != labels)
        order = wrong[np.argsort(-shares.max(1)[wrong], kind="stable")]
        assert [w.index for w in one.worst] == order[: len(one.worst)].tolist()
        assert [w.label for w in one.worst] == ["abc"[labels[i]] for i in order[: len(one.worst)]]
        assert [w.said for w in one.worst] == ["abc"[i] for i in shares.argmax(1)[order[: len(one.worst)]]]

    def test_wrong_labels_are_suspected(self):
        labels = np.repeat([0, 1], 100)
        x = np.where(np.eye(2)[labels] > 0, 3.0, -3.0).astype("float32")
        given = labels.copy()
        given[[5, 150]] = 1 - given[[5, 150]]
        one = judged(said((2,), "softmax", "sparse_categorical_crossentropy"), x, given)
        assert one.suspects == 2
        assert [w.index for w in one.worst if w.suspect] == [5, 150]


class TestLabels:
    def test_are_those_of_scikit_learn(self):
        x, labels = RANDOM.normal(size=(N, 5)).astype("float32"), RANDOM.integers(0, 2, (N, 5))
        one = judged(said((5,), "sigmoid", "binary_crossentropy"), x, labels)
        predicted, share = x > 0, 1 / (1 + np.exp(-x.astype(float)))
        assert one.kind == "multi-label"
        assert scores(one) == pytest.approx(
            {
                "micro F1": metrics.f1_score(labels, predicted, average="micro"),
                "macro F1": metrics.f1_score(labels, predicted, average="macro"),
                "all labels right": metrics.accuracy_score(labels, predicted),
                "Hamming loss": metrics.hamming_loss(labels, predicted),
                "log loss": np.mean([metrics.log_loss(labels[:, k], share[:, k]) for k in range(5)]),
                "macro ROC AUC": metrics.roc_auc_score(labels, share, average="macro"),
                "macro average precision": metrics.average_precision_score(labels, share, average="macro"),
            },
            rel=1e-5,
        )
        assert all(s.low <= s.value <= s.high for s in one.scores if s.low is not None)


class TestValues:
    @pytest.mark.parametrize("targets", [1, 3])
    @pytest.mark.parametrize("weighted", [False, True])
    def test_are_those_of_scikit_learn(self, targets, weighted):
        y = RANDOM.normal(100, 2, size=(N, targets))
        x = (y + RANDOM.normal(size=(N, targets))).astype("float32")
        weight = RANDOM.uniform(size=N) if weighted else None
        one = judged(said((targets,), loss="mse"), x, y, weight)
        w = {"sample_weight": weight}
        assert one.kind == "regression"
        expected = {
            "R²": metrics.r2_score(y, x, **w),
            "MAE": metrics.mean_absolute_error(y, x, **w),
            "RMSE": np.sqrt(metrics.mean_squared_error(y, x, **w)),
        }
        assert scores(one) == pytest.approx(expected, rel=1e-5)
        assert all(s.low < s.value < s.high for s in one.scores)
        for index, target in enumerate(one.targets):
            assert target.mae == pytest.approx(metrics.mean_absolute_error(y[:, index], x[:, index], **w), rel=1e-5)
            assert target.quantiles[0] == pytest.approx(np.median(np.abs(x - y)[:, index]), rel=1e-5)

    def test_a_reconstruction_is_told_by_its_labels(self):
        x = RANDOM.uniform(size=(30, 6)).astype("float32")
        model = keras.Sequential([keras.Input((6,)), keras.layers.Rescaling(0.9)])
        model.compile("sgd", "mse")
        one = judged(model, x, x)
        assert one.kind == "reconstruction"
        assert scores(one)["MAE"] == pytest.approx(np.abs(0.1 * x).mean(), rel=1e-5)
        assert [w.index for w in one.worst] == np.argsort(-x.mean(1), kind="stable")[: len(one.worst)].tolist()

    def test_constant_targets_have_no_r2(self):
        x = RANDOM.normal(size=(30, 1)).astype("float32")
        one = judged(said((1,), loss="mae"), x, np.full(30, 2.0))
        assert "R²" not in scores(one)
        assert one.headline.name == "MAE"


def test_what_cannot_be_told_is_not_guessed_and_may_be_said():
    x, labels = RANDOM.normal(size=(N, 1)).astype("float32"), RANDOM.integers(0, 2, N)
    one = judged(said((1,)), x, labels)
    assert (one.kind, one.scores) == ("", ())
    assert "pass task=" in one.reason
    assert judged(said((1,)), x, labels, task="regression").headline.name == "R²"


def test_slices_find_where_a_model_fails():
    x = np.column_stack([RANDOM.normal(size=(400, 2)), np.repeat([0.0, 1.0], 200)]).astype("float32")
    labels = np.where(x[:, 2] > 0, x[:, :2].argmin(1), x[:, :2].argmax(1))
    inputs = keras.Input((3,))
    model = keras.Model(inputs, keras.layers.Softmax()(inputs[:, :2]))
    model.compile("sgd", "sparse_categorical_crossentropy")
    found = judged(model, x, labels, slices=True).slices
    first = found.worst[0]
    assert (first.column, first.range, first.samples) == ("feature 2", "= 1", 200)
    assert first.high < found.overall
