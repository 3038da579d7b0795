"""Training logs: what is written is read back, what was cut off is left out, what a section shows is thinned."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kreport.document.codec import canonical, decode
from kreport.errors import KreportError
from kreport.inputs.history import read_history
from kreport.inputs.log_history import history_of, with_log
from kreport.inputs.training_folder import RunWriter, read_run
from kreport.inputs.training_log import EpochRecord, Reading, Row, TrainingLog, Wanted, kept, log_of, spread

ROWS = (Row(layer="a", name="kernel", kind="kernel", size=6), Row(layer="a", name="bias", kind="bias", size=2))


def record(epoch, norm=1.0, **more):
    weights = Reading(rows=ROWS, values={"norm": np.array([norm, np.nan]), "bad": np.array([0.0, 1.0])})
    return EpochRecord(epoch=epoch, **({"logs": {"loss": 1 / epoch}, "weights": weights} | more))


def written(folder, records, fits=(1,)):
    writer = RunWriter(folder)
    writer.begin("abc", "2026-01-01")
    for one in records:
        if one.epoch in fits:
            writer.fit(one.epoch)
        writer.epoch(one)
    return writer


class TestTheFolder:
    def test_gives_back_what_was_written(self, tmp_path):
        written(tmp_path / "r.kreport", [
            record(1, logs={"loss": 2.0, "f1": (0.5, float("nan"))}, learning_rate=0.1, seconds=3.5, samples=7),
            record(2, 1.5, logs={"loss": float("inf"), "val_loss": 1.0}, noise_scale=12.0, update_batches=4),
        ])  # fmt: skip
        run = read_run(tmp_path / "r.kreport")
        log = run.log
        assert (run.number, run.of, run.signature, run.model) == (1, 1, "abc", None)
        assert log.epochs.tolist() == [1, 2]
        assert log.weights.rows == ROWS
        np.testing.assert_array_equal(log.weights.values["norm"], [[1.0, 1.5], [np.nan, np.nan]])
        np.testing.assert_array_equal(log.logs["f1[1]"], [np.nan, np.nan])
        assert log.absent["f1[1]"].tolist() == [False, True]
        assert log.logs["loss"].tolist() == [2.0, np.inf]
        assert log.absent["val_loss"].tolist() == [True, False]
        np.testing.assert_array_equal(log.noise_scale, [np.nan, 12])
        assert (log.update_batches, log.samples, log.finished) == (4, 7, False)

    def test_names_the_rows_once(self, tmp_path):
        written(tmp_path / "r.kreport", [record(1), record(2), record(3)])
        text = (tmp_path / "r.kreport" / "run-1" / "epochs.jsonl").read_text()
        assert text.count('"kernel","kind"') == 1

    @given(cut=st.integers(1, 200))
    def test_a_line_that_was_cut_off_is_left_out(self, tmp_path_factory, cut):
        folder = tmp_path_factory.mktemp("logs") / "r.kreport"
        written(folder, [record(1), record(2)])
        file = folder / "run-1" / "epochs.jsonl"
        whole = file.read_bytes()
        last = len(whole.splitlines()[-1])
        file.write_bytes(whole[: len(whole) - min(cut + 1, last)])
        log = read_run(folder).log
        assert log.epochs.tolist() == [1]
        assert log.notes == ()

    def test_goes_on_behind_a_line_that_was_cut_off(self, tmp_path):
        folder = tmp_path / "r.kreport"
        written(folder, [record(1), record(2)])
        file = folder / "run-1" / "epochs.jsonl"
        file.write_bytes(file.read_bytes()[:-20])
        writer = RunWriter(folder)
        writer.go_on(folder / "run-1")
        writer.fit(2)
        writer.epoch(record(2, 7.0))
        log = read_run(folder).log
        assert log.epochs.tolist() == [1, 2]
        assert log.weights.values["norm"][0].tolist() == [1.0, 7.0]
        assert log.fits == (1, 1)
        assert "is not complete" in log.notes[0]

    def test_an_earlier_epoch_that_is_trained_again_is_replaced(self, tmp_path):
        folder = tmp_path / "r.kreport"
        writer = written(folder, [record(e) for e in (1, 2, 3, 4)])
        writer.fit(3)
        writer.epoch(record(3, 9.0))
        log = read_run(folder).log
        assert log.epochs.tolist() == [1, 2, 3]
        assert log.fits == (2, 1)
        assert log.weights.values["norm"][0, -1] == 9.0

    def test_keeps_runs_apart(self, tmp_path):
        folder = tmp_path / "r.kreport"
        written(folder, [record(1)])
        written(folder, [record(1), record(2)])
        assert read_run(folder).log.epochs.tolist() == [1, 2]
        assert "this is run 2" in read_run(folder).log.notes[0]
        assert read_run(folder / "run-1").log.epochs.tolist() == [1]

    @pytest.mark.parametrize("make", ["nothing", "empty folder", "file", "number"])
    def test_says_in_one_sentence_what_cannot_be_read(self, tmp_path, make):
        target = tmp_path / "x.kreport"
        if make == "empty folder":
            target.mkdir()
        if make == "file":
            target.write_text("{}")
        with pytest.raises(KreportError, match=r"report\.kreport") as caught:
            read_run(7 if make == "number" else target)
        assert str(tmp_path) not in str(caught.value)

    def test_a_folder_without_an_epoch_is_a_log_of_none(self, tmp_path):
        RunWriter(tmp_path / "r").begin("abc", "now")
        log = read_run(tmp_path / "r").log
        assert (len(log.epochs), log.fits, log.weights.rows) == (0, (), ())
        assert history_of(log).runs == ()


class TestTheEnd:
    def test_weights_of_an_earlier_epoch_are_recognised(self):
        records = [record(1, 1.0), record(2, 2.0), record(3, 3.0)]
        log = log_of(records, fits=[3], end=record(3, 2.0))
        assert (log.finished, log.restored) == (True, 2)
        assert "At the end the weights were set back to those of epoch 2." in history_of(log).notes

    def test_the_last_epoch_needs_no_word(self):
        log = log_of([record(1, 1.0), record(2, 2.0)], fits=[2], end=record(2, 2.0))
        assert log.restored is None
        assert history_of(log).notes == ()

    def test_weights_of_no_epoch_are_told(self):
        log = log_of([record(1, 1.0), record(2, 2.0)], fits=[2], end=record(2, 1.7))
        assert log.restored == 0
        assert "others than at the end of any epoch" in history_of(log).notes[0]


class TestAsAHistory:
    def test_columns_rate_and_time_are_there(self):
        log = log_of(
            [record(1, learning_rate=0.1, seconds=2.0), record(2, learning_rate=0.05, seconds=1.0)], fits=[1, 1],
            end=record(2),
        )  # fmt: skip
        [run] = history_of(log).runs
        assert run.fits == (1, 1)
        assert run.epochs.tolist() == [1, 2]
        assert run.columns["learning_rate"].tolist() == [0.1, 0.05]
        assert run.columns["seconds"].tolist() == [2.0, 1.0]
        assert run.columns["loss"].tolist() == [1.0, 0.5]

    def test_a_rate_that_was_logged_is_not_told_twice(self):
        log = log_of([record(1, logs={"loss": 1.0, "lr": 0.3}, learning_rate=0.1)], fits=[1])
        assert "learning_rate" not in history_of(log).runs[0].columns

    def test_a_history_that_was_given_gets_what_only_the_log_has(self):
        log = log_of([record(1, seconds=2.0), record(2, seconds=1.0)], fits=[2])
        given_ = read_history({"loss": [5.0, 4.0]})
        assert with_log(given_, log).runs[0].columns["seconds"].tolist() == [2.0, 1.0]
        assert with_log(given_, log).runs[0].columns["loss"].tolist() == [5.0, 4.0]
        other = read_history({"loss": [5.0, 4.0, 3.0]})
        assert with_log(other, log) is other


class TestThinning:
    def test_keeps_first_and_last(self):
        assert spread(5, 10) == [0, 1, 2, 3, 4]
        assert spread(1000, 4) == [0, 333, 666, 999]

    def test_a_section_keeps_its_rows_and_goes_through_json(self):
        records = [record(epoch, float(epoch)) for epoch in range(1, 201)]
        log = log_of(records, fits=[200])
        few = kept(log, [Wanted(part="weights", quantities=("norm",), rows=lambda row: row.kind == "kernel")])
        assert few.weights.rows == ROWS[:1]
        assert set(few.weights.values) == {"norm"}
        assert few.weights.values["norm"].shape == (1, 60)
        assert (few.epochs[0], few.epochs[-1], few.total_epochs) == (1, 200, 200)
        again = decode(TrainingLog, json.loads(canonical(few)))
        assert canonical(again) == canonical(few)
