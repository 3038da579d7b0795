"""The Data section: what the samples are like, told before anything is concluded from them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

keras = pytest.importorskip("keras")

import kreport  # noqa: E402
from kreport.document.text import plain  # noqa: E402

RANDOM = np.random.default_rng(4)


def table_model(width: int = 3, classes: int = 3):
    model = keras.Sequential(
        [keras.Input((width,), name="row"), keras.layers.Dense(classes, "softmax" if classes > 1 else "linear")]
    )
    model.compile(loss="sparse_categorical_crossentropy")
    return model


def made(x, y=None, **more):
    return kreport.report(table_model(x.shape[1]), data=(x, y), only=["data"], **more)


def section(report):
    return next(one for one in report.sections if one.id == "data")


X = RANDOM.normal(size=(90, 3)).astype("float32")
Y = np.tile([0, 1, 2], 30)


def test_figures_of_columns_are_those_of_numpy():
    found = made(X, Y).measurements["data"].inputs[0]
    np.testing.assert_allclose([c.mean for c in found.listed], X.mean(0), rtol=1e-5)
    np.testing.assert_allclose([c.std for c in found.listed], X.std(0), rtol=1e-5)
    assert found.unit == "feature"


def test_balanced_classes_are_said_to_be():
    report = made(X, Y)
    assert "3 balanced classes" in plain(section(report).lede)
    found = report.measurements["data"].labels[0]
    assert [(c.index, c.samples, c.train) for c in found.listed] == [(0, 30, None), (1, 30, None), (2, 30, None)]


def test_unequal_classes_are_the_first_thing_said():
    assert "times the samples" in plain(section(made(X, np.array([0] * 85 + [1] * 5))).lede)


def test_constant_and_repeated_columns_are_named():
    x = np.stack([X[:, 0], np.ones(90), X[:, 0]], 1)
    columns = made(x, Y).measurements["data"].inputs[0].listed
    assert [c.constant for c in columns] == [False, True, False]
    assert [c.twin for c in columns] == [None, None, 0]


def test_missing_values_are_counted_and_said():
    x = X.copy()
    x[3, 1] = np.nan
    report = made(x, Y)
    assert "1 value is NaN in 1 sample, in row." in plain(section(report).lede)
    assert report.measurements["data"].inputs[0].listed[1].missing == 1


def test_repeated_rows_and_rows_of_the_training_data_are_counted():
    x = np.concatenate([X, X[:10]])
    report = made(x, np.tile([0, 1], 50), train_data=(X[:40], Y[:40]))
    found = report.measurements["data"]
    assert found.repeated == 10
    assert found.overlap == 50
    assert "stand in the training data too" in plain(section(report).lede)


def test_drift_is_beyond_what_equal_data_show():
    found = made(X + np.array([0, 3, 0], "float32"), Y, train_data=(X, Y)).measurements["data"]
    drift = [c.drift for c in found.inputs[0].listed]
    assert drift[1] > 0.8 > found.inputs[0].critical
    assert max(drift[0], drift[2]) == 0


def test_labels_in_order_are_noticed():
    assert made(X, np.repeat([0, 1, 2], 30)).measurements["data"].labels[0].ordered
    assert not made(X, Y).measurements["data"].labels[0].ordered


@pytest.mark.parametrize(
    ("y", "units", "loss", "kind"),
    [
        (np.eye(3)[Y], 3, "categorical_crossentropy", "one-hot"),
        (np.eye(3)[Y], 3, "mse", "one-hot"),
        (np.eye(3)[Y], 3, None, "one-hot"),
        (RANDOM.integers(0, 2, (90, 3)).astype("float32"), 3, "binary_crossentropy", "binary"),
        (RANDOM.integers(0, 2, (90, 3)).astype("float32"), 3, "mse", "binary"),
        (Y % 2, 1, "binary_crossentropy", "binary"),
        (RANDOM.normal(size=90), 1, "mse", "values"),
        (RANDOM.normal(size=(90, 3)), 3, None, "values"),
        (Y.astype("float32"), 1, "mse", "values"),
        (Y, 3, "sparse_categorical_crossentropy", "class"),
        (Y[:, None].astype("float32"), 3, None, "class"),
    ],
)
def test_kinds_of_labels_are_told_apart(y, units, loss, kind):
    model = table_model(classes=units)
    if loss:
        model.compile(loss=loss)
    else:
        model = keras.Model(model.inputs, model.outputs)
    report = kreport.report(model, data=(X, y), only=["data"])
    found = report.measurements["data"].labels[0]
    assert (found.kind, found.told) == (kind, loss is not None and not (loss == "mse" and kind != "values"))


def test_names_of_columns_and_classes_stand_in_the_tables():
    frame = pd.DataFrame(X, columns=["size", "age", "<b>"])
    report = kreport.report(table_model(), data=(frame, Y), class_names=["red", "green", "blue"], only=["data"])
    assert [c.name for c in report.measurements["data"].inputs[0].listed] == ["size", "age", "<b>"]
    page = report.charts["data-classes-0"].to_json()
    assert "green" in page


def test_without_samples_no_label_text_is_inside():
    report = kreport.report(
        table_model(), data=(X, Y), class_names=["red", "green", "blue"], samples=False, only=["data"]
    )
    assert "green" not in report.to_json()
    overview = report.sections[0].blocks[-1]
    assert ("samples inside", "none") in list(overview.items)


def test_lengths_of_padded_sequences():
    model = keras.Sequential([keras.Input((5,), dtype="int32"), keras.layers.Embedding(9, 2)])
    tokens = np.array([[3, 4, 0, 0, 0], [5, 6, 7, 0, 0], [1, 2, 3, 4, 5]], "int32")
    found = kreport.report(model, data=tokens, only=["data"]).measurements["data"].inputs[0]
    assert found.lengths.quantiles == (2, 2, 3, 5, 5)


def test_data_that_the_model_cannot_take_a_step_on_is_still_looked_at():
    class Raises(keras.layers.Layer):
        def call(self, x):
            raise ZeroDivisionError

        def compute_output_shape(self, shape):
            return shape

    inputs = keras.Input((3,))
    report = kreport.report(keras.Model(inputs, Raises()(inputs)), data=(X, Y))
    assert report.measurements["data"].samples == 90
    assert {"activations", "gradients"} & {gap.stage for gap in report.gaps if gap.failed}


def test_the_measurement_comes_back_from_the_file(tmp_path):
    frame = pd.DataFrame(X, columns=["size", "age", "rent"])
    frame.iloc[2, 0] = np.nan
    report = kreport.report(table_model(), data=(frame, Y), train_data=(X + 1, Y), only=["data"])
    report.save(tmp_path / "report.html")
    again = kreport.load(tmp_path / "report.html")
    one, other = report.measurements["data"], again.measurements["data"]
    for ours, theirs in zip(one.inputs[0].listed, other.inputs[0].listed, strict=True):
        assert (ours.name, ours.mean, ours.drift, ours.drifted) == (
            theirs.name,
            theirs.mean,
            theirs.drift,
            theirs.drifted,
        )
        np.testing.assert_array_equal(ours.histogram, theirs.histogram)
        assert ours.ends == theirs.ends
    assert plain(section(again).lede) == plain(section(report).lede)


def test_names_of_columns_cannot_break_the_page(tmp_path):
    frame = pd.DataFrame(X, columns=["<script>alert(1)</script>", "a'b\"c", "größe 📏"])
    report = kreport.report(table_model(), data=(frame, Y), class_names=["<b>", "b", "c"], only=["data"])
    report.save(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "größe 📏" in page
