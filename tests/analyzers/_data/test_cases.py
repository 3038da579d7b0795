"""Data as users bring it, and what the Data section says of it."""

from __future__ import annotations

import numpy as np
import pytest

keras = pytest.importorskip("keras")
pd = pytest.importorskip("pandas")
import tensorflow as tf  # noqa: E402

import kreport  # noqa: E402
from kreport.analyzers._data.sentences import lede  # noqa: E402
from kreport.analyzers._data.views import facts  # noqa: E402
from kreport.document.text import plain  # noqa: E402
from kreport.errors import KreportError  # noqa: E402

L = keras.layers


def told(measured):
    return {plain(name): plain(value) for name, value in facts(measured).items}


def test_a_pipeline_that_shuffles_anew_has_its_classes_counted_right(table_model, look):
    y = np.repeat([0, 1, 2], 30)
    data = tf.data.Dataset.from_tensor_slices((np.eye(3, dtype="float32")[y], y)).shuffle(90).batch(16)
    measured = look(table_model(3), data)
    assert [c.samples for c in measured.labels[0].listed] == [30, 30, 30]
    assert not measured.labels[0].ordered
    assert plain(lede(measured)) == "87 of 90 samples repeat an earlier one. 90 samples in 3 balanced classes."


def test_several_labels_a_sample_are_told_from_classes(table_model, look):
    y = np.array([[1, 1, 0], [0, 1, 1], [0, 0, 0], [1, 0, 1]], "float32")
    x = np.array([[1, 1, -1], [-1, 1, -1], [-1, -1, -1], [1, -1, 1]], "float32")
    measured = look(table_model(3, 3, "binary_crossentropy"), (x, y))
    assert (measured.labels[0].kind, measured.labels[0].several) == ("binary", True)
    assert [c.samples for c in measured.labels[0].listed] == y.sum(0).tolist()
    assert plain(lede(measured)) == "4 samples with 1.50 of 3 labels on average."


def test_flat_labels_of_a_regressor_are_one_target(table_model, look):
    x = np.arange(4, dtype="float32")[:, None]
    measured = look(table_model(1, 1, "mse"), (x, x[:, 0]))
    [target] = measured.labels[0].targets
    assert (target.mean, target.low, target.high, measured.labels[0].classes) == (1.5, 0, 3, 0)
    assert told(measured)["Labels"] == "1 number, float32: those of row"


def test_photos_of_all_sizes_are_samples_of_one_input(look):
    model = keras.Sequential([keras.Input((None, None, 3), name="photo"), L.Rescaling(1 / 255), L.Dense(1)])
    sizes = [((9, 8, 3), 51), ((10, 8, 3), 102), ((12, 16, 3), 255)]
    measured = look(model, [np.full(size, value, "uint8") for size, value in sizes])
    assert (measured.samples, measured.inputs[0].shape, measured.inputs[0].uniform) == (3, (None, None, 3), 3)
    assert told(measured)["photo"] == "?×?×3, uint8, 51 to 255"
    weights = [np.prod(size[:2]) for size, _ in sizes]
    assert measured.inputs[0].listed[0].mean == pytest.approx(np.average([51, 102, 255], weights=weights))


def test_a_table_as_it_was_exported(tmp_path, look):
    table = pd.DataFrame(
        {
            "when": pd.date_range("2024-02-28", periods=6), "city": pd.Categorical(list("abcabc")),
            "rooms": pd.array([1, 2, None, 3, 2, 1], "Int64"), "balcony": [True, False] * 3,
            "price": [9.0, 11, 8, 15, 12, 9],
        }
    )  # fmt: skip
    model = keras.Sequential([keras.Input((2,), name="row"), L.Dense(1, name="price")])
    model.compile(loss="mse")
    note = told(look(model, table, target="price"))["Note"]
    assert "`when` (date" in note
    assert "`city` (" in note
    path = tmp_path / "houses.csv"
    table.to_csv(path, index=False)
    measured = look(model, path, target="price")
    assert [(c.name, c.missing) for c in measured.inputs[0].listed] == [("rooms", 1), ("balcony", 0)]
    assert plain(lede(measured)).startswith("1 value is NaN in 1 sample, in rooms.")
    assert measured.labels[0].targets[0].mean == pytest.approx(table["price"].mean())
    assert measured.samples == 6


def test_dictionaries_with_weights_and_a_key_too_many(look):
    size, city = keras.Input((1,), name="size"), keras.Input((1,), name="city", dtype="string")
    coded = L.StringLookup(vocabulary=["a", "b"], output_mode="one_hot")(city)
    model = keras.Model({"size": size, "city": city}, L.Dense(1, name="price")(L.Concatenate()([size, coded])))
    model.compile(loss="mse")
    v, c = np.arange(8, dtype="float32")[:, None], np.array([["a"], ["b"]] * 4)
    weights = np.where(c[:, 0] == "a", 3.0, 1.0)
    x = {"size": v, "city": c.astype("S"), "id": np.arange(8)}
    measured = look(model, tf.data.Dataset.from_tensor_slices((x, v, weights)).batch(8))
    assert {one.name: one.unit for one in measured.inputs} == {"city": "text", "size": "feature"}
    items = told(measured)
    assert items["Sample weights"] == "1 to 3, mean 2"
    assert items["city different words"] == "2"
    assert "`id`" in items["Note"]
    assert measured.samples == 8


def test_labels_from_one_are_refused_in_one_sentence(table_model, look):
    y = np.repeat([1.0, 2.0, 3.0], 4)
    with pytest.raises(KreportError, match=r"1 to 3.*0 to 2") as refused:
        look(table_model(3), (np.eye(3, dtype="float32")[y.astype(int) - 1], y))
    assert "\n" not in str(refused.value)
    assert look(table_model(3), (np.eye(3, dtype="float32")[y.astype(int) - 1], y - 1)).labels[0].absent == 0


def test_folders_with_numbers_for_names_keep_the_order_of_keras(tmp_path):
    for name, grey in {"1": 0, "10": 128, "2": 255}.items():
        (tmp_path / name).mkdir()
        for number in range(2):
            picture = tf.io.encode_png(np.full((4, 4, 3), grey + number * (grey == 0), "uint8")).numpy()
            (tmp_path / name / f"{number}.png").write_bytes(picture)
    model = keras.Sequential(
        [keras.Input((4, 4, 3), name="image"), L.GlobalAveragePooling2D(), L.Dense(3, "softmax", name="kind")]
    )
    model.compile(loss="sparse_categorical_crossentropy")
    report = kreport.report(model, data=tmp_path, only=["data"])
    measured = report.measurements["data"]
    assert measured.class_names == ("1", "10", "2")
    measured_section = next(section for section in report.sections if section.id == "data")
    rows = measured_section.blocks[0].blocks[1].spec["data"]["values"]
    assert [(row["label"], row["n"]) for row in rows] == [("1", 2), ("10", 2), ("2", 2)]
    assert measured.repeated == 2  # of the folders 10 and 2, whose pictures are all the same
