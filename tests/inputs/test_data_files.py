"""Data from files: told apart by content, never unpickled, named without their folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

from kreport.errors import KreportError  # noqa: E402
from kreport.inputs.batches import Batches  # noqa: E402
from kreport.inputs.data import DataOptions, read_data  # noqa: E402

X = np.arange(30, dtype="float32").reshape(10, 3)
Y = np.arange(10) % 2
TABLE = pd.DataFrame(X, columns=list("abc")).assign(y=Y)


def dense(**compiled: Any) -> Any:
    model = keras.Sequential([keras.Input((3,), name="row"), keras.layers.Dense(2, "softmax")], name="small")
    model.compile(**({"loss": "sparse_categorical_crossentropy"} | compiled))
    return model


def picture_model(side: int | None, loss: str = "sparse_categorical_crossentropy") -> Any:
    inputs = keras.Input((side, side, 3))
    pooled = keras.layers.GlobalAveragePooling2D()(inputs)
    model = keras.Model(inputs, keras.layers.Dense(3, "softmax")(pooled))
    model.compile(loss=loss)
    return model


def read(data: Any, model: Any = None, **options: Any) -> Batches:
    return read_data(data, model or dense(), DataOptions(**options))


def whole(batches: Batches) -> tuple[Any, Any]:
    read = list(batches)
    labels = None if read[0].y is None else np.concatenate([np.asarray(batch.y) for batch in read])
    return np.concatenate([np.asarray(batch.x) for batch in read]), labels


class TestNumPy:
    def test_archives_and_pairs_of_arrays(self, tmp_path: Path):
        np.savez(tmp_path / "val.npz", x=X, y=Y)
        np.save(tmp_path / "x.npy", X)
        np.save(tmp_path / "y.npy", Y)
        np.savez(tmp_path / "named.npz", row=X, labels=Y)
        for data in (tmp_path / "val.npz", str(tmp_path / "named.npz"), (tmp_path / "x.npy", tmp_path / "y.npy")):
            x, y = whole(read(data))
            np.testing.assert_array_equal(x, X)
            np.testing.assert_array_equal(y, Y)

    def test_the_content_decides_not_the_name(self, tmp_path: Path):
        np.savez(tmp_path / "val.npz", x=X, y=Y)
        (tmp_path / "val.npz").rename(tmp_path / "val.data")
        np.testing.assert_array_equal(whole(read(tmp_path / "val.data"))[1], Y)

    def test_weights_come_along(self, tmp_path: Path):
        np.savez(tmp_path / "val.npz", x=X, y=Y, sample_weight=np.ones(10))
        assert read(tmp_path / "val.npz").weights

    @pytest.mark.parametrize(
        ("name", "content", "words"),
        [
            ("bad.npz", {"x": np.array([{}], object), "y": Y[:1]}, "Python objects, which are not unpickled"),
            ("odd.npz", {"foo": X}, "holds foo; inputs are looked for as row, x"),
            ("cut.npz", b"PK\x03\x04 nothing else", "it is damaged"),
            ("text.npz", b"hello", "is no .npz file by its content"),
            ("zeros.bin", bytes(9), "names 'zeros.bin'; .npz, .npy"),
            ("empty.csv", b"", "names 'empty.csv'"),
        ],
    )
    def test_what_cannot_be_read_gets_one_sentence(self, tmp_path: Path, name, content, words):
        if isinstance(content, dict):
            np.savez(tmp_path / name, **content)
        else:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(KreportError, match=words) as refused:
            read(tmp_path / name)
        assert str(tmp_path) not in str(refused.value)

    def test_pickles_are_refused(self, tmp_path: Path):
        np.save(tmp_path / "x.npy", np.array([{}], object), allow_pickle=True)
        with pytest.raises(KreportError, match="not unpickled"):
            read(tmp_path / "x.npy")


class TestTables:
    @pytest.mark.parametrize("options", [{}, {"sep": ";", "decimal": ","}, {"sep": "\t"}, {"encoding": "utf-8-sig"}])
    def test_are_read_as_they_are_exported(self, tmp_path: Path, options):
        TABLE.to_csv(tmp_path / "t.csv", index=False, **options)
        batches = read(tmp_path / "t.csv", target="y")
        assert batches.feature_names == ("a", "b", "c")
        x, y = whole(batches)
        np.testing.assert_array_equal(x, X)
        np.testing.assert_array_equal(y, Y)
        assert y.dtype == np.int64

    def test_parquet(self, tmp_path: Path):
        pytest.importorskip("pyarrow")
        TABLE.to_parquet(tmp_path / "t.parquet")
        np.testing.assert_array_equal(whole(read(tmp_path / "t.parquet", target="y"))[0], X)

    def test_a_column_that_numbers_the_rows_is_left_out(self, tmp_path: Path):
        TABLE.to_csv(tmp_path / "t.csv")
        batches = read(tmp_path / "t.csv", target="y")
        assert batches.feature_names == ("a", "b", "c")
        assert batches.notes == ("the first column, without a name, numbers the rows: left out",)

    @pytest.mark.parametrize(
        ("target", "words"),
        [
            ("z", "`target` is 'z'; `data` has the columns `a`, `b`, `c`, `y`"),
            (None, r"takes 3 numbers a row and `data` has 4 .*name the column of the labels with target="),
        ],
    )
    def test_the_target_is_asked_for(self, tmp_path: Path, target, words):
        TABLE.to_csv(tmp_path / "t.csv", index=False)
        with pytest.raises(KreportError, match=words):
            read(tmp_path / "t.csv", target=target)

    def test_columns_go_to_inputs_of_their_name(self):
        size, city = keras.Input((1,), name="size"), keras.Input((1,), name="city", dtype="string")
        known = keras.layers.StringLookup(vocabulary=["a", "b"], output_mode="one_hot")(city)
        model = keras.Model([size, city], keras.layers.Concatenate()([size, known]))
        table = pd.DataFrame({"city": ["a", None, "b"], "size": [1, 2, 3], "id": [7, 8, 9]})
        batches = read(table, model)
        [batch] = batches
        np.testing.assert_array_equal(batch.x[0], [1, 2, 3])
        assert list(batch.x[1]) == ["a", "", "b"]
        assert batches.notes == ("`id` is no input of the model: left out",)
        with pytest.raises(KreportError, match=r"has no column for 'city', .*it has `size`"):
            read(table[["size"]], model)

    def test_a_column_of_text_goes_to_a_model_of_texts(self, tmp_path: Path):
        inputs = keras.Input((1,), dtype="string")
        model = keras.Model(inputs, keras.layers.StringLookup(vocabulary=["good", "bad"])(inputs))
        pd.DataFrame({"stars": [5, 1], "review": ["good", "bad"]}).to_csv(tmp_path / "r.csv", index=False)
        [batch] = read(tmp_path / "r.csv", model, target="stars")
        assert batch.x.tolist() == [["good"], ["bad"]]

    def test_a_target_is_for_tables(self, tmp_path: Path):
        np.savez(tmp_path / "v.npz", x=X)
        for data in ((X, Y), tmp_path / "v.npz"):
            with pytest.raises(KreportError, match="`target` is 'y', which is for tables"):
                read(data, target="y")


class TestImages:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        for name, grey in {"1": 0, "10": 128, "2": 255}.items():
            (tmp_path / "images" / name).mkdir(parents=True)
            for number in range(2):
                image = tf.io.encode_png(np.full((4 + number, 4, 3), grey, "uint8")).numpy()
                (tmp_path / "images" / name / f"{number}.png").write_bytes(image)
        return tmp_path / "images"

    def test_classes_are_sorted_as_keras_sorts_them(self, folder: Path):
        batches = read(folder, picture_model(4))
        assert batches.class_names == ("1", "10", "2")
        x, y = whole(batches)
        assert batches.samples == len(x) == 6
        np.testing.assert_array_equal(x[:, 0, 0, 0], [0, 0, 128, 128, 255, 255])
        np.testing.assert_array_equal(y, [0, 0, 1, 1, 2, 2])

    def test_a_loss_on_columns_gets_one_column_a_class(self, folder: Path):
        for side in (4, None):
            batches = read(folder, picture_model(side, "categorical_crossentropy"))
            assert [batch.y.shape[1] for batch in batches] == [3] * len(list(batches))

    def test_open_sizes_are_kept_and_grouped(self, folder: Path):
        batches = read(folder, picture_model(None))
        assert [batch.x.shape for batch in batches] == [(3, 4, 4, 3), (3, 5, 4, 3)]
        np.testing.assert_array_equal(np.concatenate([batch.y for batch in batches]), [0, 1, 2, 0, 1, 2])
        assert batches.notes == ("6 images of 2 sizes, grouped by size",)

    def test_images_without_classes_have_no_labels(self, folder: Path):
        assert not read(folder / "10", picture_model(4)).labels

    def test_a_folder_of_something_else_gets_one_sentence(self, tmp_path: Path):
        (tmp_path / "a").mkdir()
        with pytest.raises(KreportError, match="holds no images by class") as refused:
            read(tmp_path, picture_model(4))
        assert str(tmp_path) not in str(refused.value)
        with pytest.raises(KreportError, match="needs a model with one image input"):
            read(tmp_path)
