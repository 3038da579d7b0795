"""Whatever people call a history becomes runs over epochs; nothing is shifted, what cannot be told is named."""

import json
import tempfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kreport.errors import KreportError
from kreport.inputs.history import read_history

REAL_LOG = Path(__file__).parents[3] / "shared" / "real" / "sleap_minimal_robot_log.csv"


def only(source):
    [run] = read_history(source).runs
    return run


def shown(run, name):
    """The column with None where there is no value."""
    return [None if absent else value for value, absent in zip(run.columns[name], run.absent[name], strict=True)]


class TestSources:
    def test_what_fit_returned(self):
        run = only(SimpleNamespace(history={"loss": [0.9, 0.5], "val_loss": [1.0, 0.6]}, epoch=[3, 4]))
        assert run.epochs.tolist() == [4, 5]
        assert run.columns["val_loss"].tolist() == [1.0, 0.6]

    def test_dict_of_lists_counts_epochs_from_one(self):
        run = only({"loss": [np.float32(0.5), 0.25], "acc": np.array([1, 2])})
        assert (run.name, run.epochs.tolist(), run.fits) == ("", [1, 2], (2,))
        assert run.columns["loss"].dtype == np.float64

    def test_table_with_a_column_of_epochs(self):
        run = only(pd.DataFrame({"epoch": [0, 1, 2], "loss": [1.0, 0.5, np.nan], "val_loss": [np.nan, 0.2, np.nan]}))
        assert run.epochs.tolist() == [1, 2, 3]
        assert np.isnan(run.columns["loss"][2])
        assert not run.absent["loss"][2]  # diverged
        assert shown(run, "val_loss") == [None, 0.2, None]  # validated every second epoch

    @pytest.mark.parametrize("epoch", ["abc", [0.5, 1], [1, 0], [[1], [2]], 3])
    def test_epochs_that_are_none_are_counted(self, epoch):
        assert only(SimpleNamespace(history={"loss": [1, 2]}, epoch=epoch)).epochs.tolist() == [1, 2]

    def test_concatenated_tables_are_consecutive_fits(self):
        parts = [pd.DataFrame({"loss": [1, 2], "auc": [3, 4]}), pd.DataFrame({"loss": [5], "auc_1": [6]})]
        run = only(pd.concat(parts))
        assert run.fits == (2, 1)
        assert run.columns["auc"].tolist() == [3, 4, 6]

    def test_dump_of_the_callback(self):
        run = only({"history": {"loss": [1, 2]}, "params": {"epochs": 2}, "epoch": [4, 5]})
        assert run.epochs.tolist() == [5, 6]

    @pytest.mark.parametrize(
        "text",
        [
            '{"loss": [0.9, 0.5], "val_loss": [null, 0.6]}',
            '{"epoch": 0, "loss": 0.9}\n{"epoch": 1, "loss": 0.5, "val_loss": 0.6}\n',
            pd.DataFrame({"loss": [0.9, 0.5], "val_loss": [np.nan, 0.6]}).to_json(),
            pd.DataFrame({"loss": [0.9, 0.5], "val_loss": [np.nan, 0.6]}).to_json(orient="records"),
            pd.DataFrame({"loss": [0.9, 0.5], "val_loss": [np.nan, 0.6]}).to_json(orient="split"),
        ],
    )
    def test_json_in_every_shape(self, tmp_path, text):
        path = tmp_path / "log.txt"
        path.write_text(text, "utf-8")
        run = only(path)
        assert shown(run, "loss") == [0.9, 0.5]
        assert shown(run, "val_loss") == [None, 0.6]

    def test_bare_nan_and_infinity_in_json(self, tmp_path):
        path = tmp_path / "log.json"
        path.write_text('{"loss": [1, NaN, Infinity, -Infinity]}', "utf-8")
        np.testing.assert_equal(only(str(path)).columns["loss"], [1, np.nan, np.inf, -np.inf])

    def test_mapping_of_anything_is_separate_runs(self, tmp_path):
        path = tmp_path / "b.csv"
        path.write_text("epoch,loss\n0,1\n1,0.5\n", "utf-8")
        runs = read_history({"a": {"loss": [3]}, "b": path, "c": [{"loss": [1]}, {"loss": [2]}]}).runs
        assert [(run.name, len(run.epochs), run.fits) for run in runs] == [
            ("a", 1, (1,)),
            ("b", 2, (2,)),
            ("c", 2, (1, 1)),
        ]

    @pytest.mark.skipif(not REAL_LOG.exists(), reason="the log of somebody else's training is not here")
    def test_a_log_that_others_published(self):
        run = only(REAL_LOG)
        assert len(run.epochs) == 12
        assert int(run.epochs[np.argmin(run.columns["val_loss"])]) == 9


class TestCases:
    """Situations that users report."""

    def test_training_resumed_into_the_same_file(self, tmp_path):
        head = "epoch,accuracy,loss,val_accuracy,val_loss\n"
        path = tmp_path / "training.csv"
        path.write_text(
            head + "0,0.50,0.90,0.48,0.95\n1,0.60,0.70,0.55,0.80\n2,0.66,0.60,0.58,0.78\n"
            + head + "0,0.70,0.52,0.60,0.75\n1,0.74,0.47,0.57,0.81\n", "utf-8",
        )  # fmt: skip
        run = only(path)
        assert run.fits == (3, 2)
        assert run.epochs.tolist() == [1, 2, 3, 4, 5]
        assert run.columns["val_loss"].tolist() == [0.95, 0.80, 0.78, 0.75, 0.81]

    def test_log_saved_again_by_a_spreadsheet(self, tmp_path):
        path = tmp_path / "training.csv"
        path.write_bytes(b"\xef\xbb\xbfepoch;accuracy;loss\r\n0;0,5;0,693147\r\n1;0,7;0,51\r\n")
        run = only(path)
        assert list(run.columns) == ["accuracy", "loss"]
        assert run.columns["loss"].tolist() == [0.693147, 0.51]

    def test_scores_of_each_class(self, tmp_path):
        path = tmp_path / "training.csv"
        rows = [(0, 0.1, 0.9), (1, 0.3, 0.6)]
        path.write_text(
            "epoch,f1,loss,lr,val_f1,val_loss,val_lr\n"
            + "".join(f'{e},"""[{f}, 0.2, {2 * f}]""",{loss},0.1,NA,NA,NA\n' for e, f, loss in rows), "utf-8",
        )  # fmt: skip
        history = read_history(path)
        assert list(history.runs[0].columns) == ["f1[0]", "f1[1]", "f1[2]", "loss", "lr"]
        assert [history.runs[0].columns[f"f1[{i}]"][-1] for i in range(3)] == [0.3, 0.2, 0.6]
        assert history.notes == ()

    def test_numbers_saved_as_text(self, tmp_path):
        path = tmp_path / "history.json"
        path.write_text(
            json.dumps({"val_loss": ["0.8", "0.44", "nan", "0.5"], "learning_rate": ["1e-04"] * 4}), "utf-8"
        )
        run = only(path)
        np.testing.assert_equal(run.columns["val_loss"], [0.8, 0.44, np.nan, 0.5])
        assert not run.absent["val_loss"].any()

    def test_metric_renamed_by_a_second_compile(self):
        first = {"loss": [0.9, 0.7], "auc": [0.6, 0.7], "val_auc": [0.6, 0.75]}
        history = read_history([first, {"loss": [0.5], "auc_1": [0.85], "val_auc_1": [0.91]}])
        assert set(history.runs[0].columns) == {"loss", "auc", "val_auc"}
        assert history.runs[0].columns["val_auc"].tolist() == [0.6, 0.75, 0.91]
        assert history.notes == ("auc_1 continues auc: Keras numbers metrics anew.",)

    def test_cross_validation_is_never_one_long_training(self):
        runs = read_history({f"fold {n}": {"loss": [1.0] * n, "val_loss": [1.0] * n} for n in (4, 3, 5)}).runs
        assert [run.epochs[-1] for run in runs] == [4, 3, 5]


class TestLengths:
    @pytest.mark.parametrize(
        ("rows", "values", "epochs"),
        [(10, 3, [3, 6, 9]), (5, 2, [2, 4]), (7, 2, [3, 6]), (20, 10, list(range(2, 21, 2)))],
    )
    def test_validation_now_and_then_belongs_to_every_fth_epoch(self, rows, values, epochs):
        run = only({"loss": [1.0] * rows, "val_loss": [0.5] * values})
        assert run.epochs[~run.absent["val_loss"]].tolist() == epochs

    def test_frequency_that_divides_the_epochs_is_taken_and_said(self):
        history = read_history({"loss": [1.0] * 10, "val_loss": [0.5] * 2})
        assert np.flatnonzero(~history.runs[0].absent["val_loss"]).tolist() == [4, 9]
        assert "every 5 epochs" in history.notes[0]

    @pytest.mark.parametrize("columns", [{"val_loss": [0.5] * 2}, {"f1": [0.5] * 5}])
    def test_what_cannot_be_told_is_left_out_and_named(self, columns):
        history = read_history({"loss": [1.0] * 11} | columns)
        assert list(history.runs[0].columns) == ["loss"]
        assert f"{next(iter(columns))} has" in history.notes[0]

    @pytest.mark.parametrize("source", [{}, SimpleNamespace(history={}, epoch=[]), pd.DataFrame()])
    def test_no_epochs_is_a_history_too(self, source):
        history = read_history(source)
        assert history.runs[0].epochs.size == 0
        assert history.notes == ("The history holds no epochs.",)

    def test_a_hundred_metrics(self):
        assert len(only({f"m{i}": [0.1, 0.2] for i in range(100)}).columns) == 100

    def test_a_million_epochs(self):
        run = only({"loss": np.linspace(1, 0, 10**6)})
        assert run.epochs[-1] == 10**6


class TestBadInput:
    @pytest.mark.parametrize(
        ("source", "words"),
        [
            (None, "`history` is None"),
            (3, "`history` is an int"),
            (object(), "`history` is an object"),
            (np.zeros(3), "`history` is a ndarray"),
            ([], "an empty list"),
            ([0.9, 0.5], "single values, such as 0.9"),
            ({"loss": 0.5}, "`history['loss']` is 0.5"),
            ({"loss": "abc"}, "`history['loss']` is 'abc'"),
            ({"loss": ["a", "b"]}, "holds no numbers"),
            ({"loss": [1, "b"]}, "`history['loss']` has 'b' at position 1"),
            ({"a": {"loss": [1]}, "b": [1, 2]}, "`history['a']` is a dict"),
            ({"x": {"a": {"loss": [1]}, "b": {"loss": [1]}}}, "`history['x']` holds several runs (a, b)"),
            ({"x": {"loss": [1, {}]}}, "`history['x']['loss']` has a dict"),
            (SimpleNamespace(history=SimpleNamespace(history={})), "`history` is a model"),
            ("no such file.csv", "does not exist"),
            ("", "an empty text"),
            ("a\0b", "cannot be read"),
        ],
    )
    def test_one_sentence_says_what_came_and_what_is_accepted(self, source, words):
        with pytest.raises(KreportError) as caught:
            read_history(source)
        assert words in str(caught.value)
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"", "is empty (0 bytes)"),
            (b"\x80\x04\x95", "is a pickle"),
            (b"PK\x03\x04rest", "is a zip file"),
            (b"\x89HDF\r\n\x1a\n", "is an HDF5 file"),
            (bytes(range(256)) * 3, "is a binary file"),
            (b"<!DOCTYPE html><p>", "is a web page"),
            (b'{"loss": [1, 2', "is not valid JSON (line 1, column"),
            (b'{"class_name": "Functional", "config": {"a": 1}}', "`history['class_name']` is 'Functional'"),
            (b"Dear diary,\ntoday, I trained\n", "has no column of numbers"),
            (b"0,1\n1,2\n", "begins with numbers (0, 1 in line 1)"),
            (b"epoch,loss\n0,1\n\n1,abc\n", "has 'abc' in column 'loss', line 4"),
            (b"epoch,loss\n0,0,5\n", "has 3 values in line 2 where 2 columns are named"),
        ],
    )
    def test_files_are_judged_by_content(self, tmp_path, content, words):
        path = tmp_path / "log.csv"
        path.write_bytes(content)
        with pytest.raises(KreportError) as caught:
            read_history(path)
        assert words in str(caught.value)

    def test_a_folder(self, tmp_path):
        with pytest.raises(KreportError, match="is a folder"):
            read_history(tmp_path)

    def test_the_file_is_never_written_to(self, tmp_path):
        path = tmp_path / "log.csv"
        path.write_text("epoch,loss\n0,1\n", "utf-8")
        path.chmod(0o444)
        before = path.stat().st_mtime_ns
        read_history(path)
        assert path.stat().st_mtime_ns == before


WORDS = ("epoch", "loss", "val_loss", "auc", "auc_1", "0", "1", "0.5", "nan", "NA", "[1, 2]", "abc", "1,5", "é", "\0")
MARKS = (",", ";", "\t", "\n", "\r\n", '"', "{", "}", "[", "]", ":", "#", "<<<<<<< a", "=======", ">>>>>>> b")
PIECES = st.sampled_from((*WORDS, *MARKS, ",", ",", "\n"))


def read_or_none(path):
    try:
        return read_history(path)
    except KreportError:
        return None


@given(st.lists(PIECES, max_size=40).map("".join))
def test_any_text_is_read_soundly_or_refused(text):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "log.csv")
        path.write_text(text, "utf-8", newline="")
        history = read_or_none(path)
    for run in history.runs if history else ():
        assert sum(run.fits) == len(run.epochs)
        assert np.all(np.diff(run.epochs, prepend=0) > 0)
        assert set(run.columns) == set(run.absent)
        for name, values in run.columns.items():
            assert len(values) == len(run.epochs)
            assert np.isnan(values[run.absent[name]]).all()
