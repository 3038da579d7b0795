"""The Evaluation section: the compiled metrics, as model.evaluate has them."""

from __future__ import annotations

import numpy as np
import pytest

keras = pytest.importorskip("keras")

import kreport  # noqa: E402

X = np.random.default_rng(0).normal(size=(50, 4)).astype("float32")
Y = np.random.default_rng(1).integers(0, 2, 50)


def model(**compiled):
    made = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, "softmax")])
    if compiled:
        made.compile(**compiled)
    return made


class Inside(keras.Model):
    """A model that is only made of others, as a GAN is."""

    def __init__(self):
        super().__init__()
        self.maker = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4)])
        self.compile("sgd")

    def train_step(self, data):
        del data
        return {"loss": 0.0}


def report(made, **more):
    return kreport.report(made, data=more.pop("data", (X, Y)), only=["evaluation"], **more)


def test_metrics_equal_evaluate_over_all_of_the_data_whatever_max_samples_says():
    made = model(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    found = report(made, max_samples=8).measurements["evaluation"]
    expected = made.evaluate(X, Y, verbose=0, return_dict=True)
    assert {m.name: m.value for m in found.metrics} == pytest.approx(expected, rel=1e-6)
    assert found.samples == 50


def test_a_share_is_the_headline_of_section_and_overview():
    made = report(model(loss="sparse_categorical_crossentropy", metrics=["accuracy"]))
    accuracy = {m.name: m for m in made.measurements["evaluation"].metrics}["accuracy"]
    assert accuracy.share
    assert accuracy.direction == "higher"
    assert made.headline.startswith(f"Accuracy {100 * accuracy.value:.1f}".rstrip("0").rstrip("."))


def test_labels_and_pipelines_that_shuffle_anew_come_from_one_pass():
    import tensorflow as tf

    y = np.repeat([0, 1, 2], 30)
    x = np.eye(3, dtype="float32")[y]
    made = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3, "softmax")])
    made.layers[0].set_weights([np.eye(3) * 9, np.zeros(3)])
    made.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    data = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(90, reshuffle_each_iteration=True).batch(16)
    found = report(made, data=data).measurements["evaluation"]
    assert {m.name: m.value for m in found.metrics}["accuracy"] == 1


def test_weights_count_in_the_loss_as_in_evaluate():
    made = model(loss="sparse_categorical_crossentropy", weighted_metrics=["accuracy"])
    weight = np.linspace(0, 2, 50).astype("float32")
    found = report(made, data=(X, Y, weight)).measurements["evaluation"]
    expected = made.evaluate(X, Y, sample_weight=weight, verbose=0, return_dict=True)
    assert {m.name: m.value for m in found.metrics} == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("made", "data", "words"),
    [
        (keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)]), (X, Y), "cannot be told, as it has no loss"),
        (Inside(), (X, Y), "the model itself puts out nothing"),
        (model(loss="sparse_categorical_crossentropy"), X, r"evaluation needs labels: pass data=\(x, y\)"),
    ],
)
def test_what_is_needed_is_said(made, data, words):
    import re

    [gap] = [gap for gap in report(made, data=data).gaps if gap.stage == "evaluation"]
    assert re.search(words, gap.reason)
    assert not gap.failed


def outputs(made, data, **more):
    return {one.output: one for one in report(made, data=data, **more).measurements["evaluation"].outputs}


def values(one):
    return {score.name: score.value for score in one.scores}


class TestSeveralOutputs:
    """Labels and weights find their output by name, whatever their order."""

    def made(self, *, named):
        inputs = keras.Input((4,))
        kind = keras.layers.Dense(2, "softmax", name="zed")(inputs)
        size = keras.layers.Dense(1, name="act")(inputs)
        made = keras.Model(inputs, {"zed": kind, "act": size} if named else [kind, size])
        loss = {"zed": "sparse_categorical_crossentropy", "act": "mse"}
        made.compile("sgd", loss, weighted_metrics={"zed": ["accuracy"], "act": ["mae"]})
        return made

    @pytest.mark.parametrize("named", [False, True])
    def test_scores_equal_evaluate(self, named):
        made, weights = self.made(named=named), (np.linspace(0, 1, 50), np.linspace(1, 0, 50))
        y, weight = [Y, X[:, 0]], list(weights)
        if named:
            y, weight = {"act": X[:, 0], "zed": Y}, {"act": weights[1], "zed": weights[0]}
        expected = made.evaluate(X, y, sample_weight=weight, verbose=0, return_dict=True)
        found = outputs(made, (X, y, weight))
        accuracy = next(v for k, v in expected.items() if k.startswith("zed") and k.endswith("accuracy"))
        error = next(v for k, v in expected.items() if k.startswith("act") and k.endswith("mae"))
        assert values(found["zed"])["accuracy"] == pytest.approx(accuracy, rel=1e-5)
        assert values(found["act"])["MAE"] == pytest.approx(error, rel=1e-5)

    def test_weights_of_one_output_are_not_those_of_another(self):
        made, weight = self.made(named=False), np.linspace(0, 1, 50)
        by_name = outputs(made, (X, {"zed": Y, "act": X[:, 0]}, {"zed": weight}))
        plain = outputs(made, (X, [Y, X[:, 0]]))
        assert (by_name["zed"].weighted, by_name["act"].weighted) == (True, False)
        assert values(by_name["act"]) == values(plain["act"])
        right = made.predict(X, verbose=0)[0].argmax(1) == Y
        assert values(by_name["zed"])["accuracy"] == pytest.approx(np.average(right, weights=weight))

    def test_outputs_of_a_subclassed_model_have_their_keys_for_names(self):
        class Two(keras.Model):
            def __init__(self):
                super().__init__()
                self.kind, self.size = keras.layers.Dense(2, "softmax"), keras.layers.Dense(1)

            def call(self, x):
                return {"zed": self.kind(x), "act": self.size(x)}

        made = Two()
        made.compile("sgd", {"zed": "sparse_categorical_crossentropy", "act": "mse"})
        found = outputs(made, (X, {"zed": Y, "act": X[:, 0]}))
        assert [(one.output, one.kind) for one in found.values()] == [("act", "regression"), ("zed", "multi-class")]

    def test_a_task_may_be_told_for_one_of_them(self):
        inputs = keras.Input((4,))
        made = keras.Model(inputs, [keras.layers.Dense(1, name=name)(inputs) for name in ("a", "b")])
        found = outputs(made, (X, [Y, Y]), task={"b": "regression"})
        assert [found[name].kind for name in "ab"] == ["", "regression"]
        assert "pass task=" in found["a"].reason


def test_samples_without_weight_do_not_count():
    weight = np.repeat([0.0, 1.0], 25)
    made = model(loss="sparse_categorical_crossentropy", weighted_metrics=["accuracy"])
    [one] = outputs(made, (X, Y, weight)).values()
    right = made.predict(X, verbose=0).argmax(1) == Y
    assert (one.samples, one.answers) == (50, 25)
    assert values(one)["accuracy"] == right[25:].mean()
    assert all(worst.index >= 25 for worst in one.worst)


def test_padding_of_what_is_made_anew_does_not_count():
    inputs = keras.Input((5, 3))
    made = keras.Model(inputs, keras.layers.LSTM(3, return_sequences=True)(keras.layers.Masking()(inputs)))
    made.compile("sgd", "mse", weighted_metrics=["mae"])
    x = np.random.default_rng(2).normal(size=(30, 5, 3)).astype("float32")
    x[:, 3:] = 0
    [one] = outputs(made, (x, x)).values()
    assert (one.kind, one.answers) == ("reconstruction", 90)
    expected = np.abs(made.predict(x, verbose=0) - x)[:, :3].mean()
    assert values(one)["MAE"] == pytest.approx(expected, rel=1e-5)


def test_labels_are_text_only_where_samples_may_stand_in_the_report(tmp_path):
    names, made = ["tabby cat", "beagle"], model(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    data = (X, np.array(names)[Y])
    for samples in (True, False):
        path = tmp_path / f"{samples}.json"
        only = ["evaluation", "gradients"]
        kreport.report(made, data=data, class_names=names, samples=samples, only=only, output=path)
        assert [name in path.read_text("utf-8") for name in names] == [samples] * 2
    [one] = kreport.load(tmp_path / "False.json").measurements["evaluation"].outputs
    assert one.classes == ("0", "1")
    assert all(worst.input is None for worst in one.worst)


def test_a_loaded_report_has_the_same_evaluation(tmp_path):
    from kreport.document.codec import encode

    before = model(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    path = tmp_path / "report.html"
    made = report(before, train_data=(X, Y), output=path)
    assert encode(kreport.load(path).measurements["evaluation"]) == encode(made.measurements["evaluation"])
    assert made.subject.unchanged


def broken(*_, **__):
    message = "broken on purpose"
    raise RuntimeError(message)


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        ("kreport.analyzers._evaluation.measuring.sliced", {"scores", "baselines", "generalisation"}),
        ("kreport.analyzers._evaluation.measuring._scores", set()),
        ("kreport.probes.observers.predictions.answers", set()),
        ("kreport.probes.on_train.swept", {"scores", "baselines"}),
        ("kreport.analyzers._evaluation.measuring._gaps", {"scores", "baselines"}),
        ("kreport.analyzers._evaluation.rivalling._of_classes", {"scores", "generalisation"}),
        ("kreport.probes.rivals.baselines", {"scores", "generalisation"}),
        ("kreport.probes.samples.hardest._shown", {"scores", "baselines", "generalisation"}),
    ],
)
def test_a_part_that_fails_is_told_and_the_rest_stands(where, kept, monkeypatch):
    from importlib import import_module

    module, name = where.rsplit(".", 1)
    monkeypatch.setattr(import_module(module), name, broken)
    compiled = model(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    made = report(compiled, train_data=(X, Y))
    found = made.measurements["evaluation"]
    assert {m.name for m in found.metrics} == {"loss", "accuracy"}
    parts = {n for one in found.outputs for n in ("scores", "baselines", "generalisation") if getattr(one, n)}
    assert parts == kept
    assert any("broken on purpose" in gap.reason and gap.failed for gap in made.gaps)
    [section] = [one for one in made.sections if one.id == "evaluation"]
    assert section.blocks
