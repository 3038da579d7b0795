"""CSV logs as programs, spreadsheets and people leave them."""

import numpy as np
import pytest

from kreport.inputs.history import read_history


@pytest.fixture
def log(tmp_path):
    def read(text, encoding="utf-8"):
        path = tmp_path / "log.csv"
        path.write_bytes(text.encode(encoding))
        history = read_history(path)
        return history.runs[0], history.notes

    return read


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", " "])
def test_the_delimiter_is_told_by_the_names(log, delimiter):
    run, notes = log(delimiter.join(("epoch", "loss", "acc")) + "\n" + delimiter.join(("0", "0.5", "0.1")) + "\n")
    assert {name: values.tolist() for name, values in run.columns.items()} == {"loss": [0.5], "acc": [0.1]}
    assert notes == ()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings(log, encoding):
    run, _ = log("epoch;потеря\r\n0;0,5\r\n", encoding)
    assert run.columns["потеря"].tolist() == [0.5]


def test_another_encoding_is_named(log):
    run, notes = log("epoch,Verlust für\n0,1\n", "cp1252")
    assert list(run.columns) == ["Verlust für"]
    assert "not UTF-8 (line 1)" in notes[0]


@pytest.mark.parametrize(
    ("text", "epochs"),
    [
        ("loss\n3\n2\n", [1, 2]),
        (",loss\n0,3\n1,2\n", [1, 2]),
        ("epoch,loss\n0,3\n1,2\n", [1, 2]),
        ("epoch,loss\n1,3\n2,2\n", [1, 2]),
        ("Epoch,loss\n5,3\n6,2\n", [5, 6]),
        ("epoch,loss\n0,3\n3,2\n", [1, 4]),
        ("epoch,loss\n0,3\n0,2\n", [1, 2]),
    ],
)
def test_epochs_count_from_one(log, text, epochs):
    run, notes = log(text)
    assert run.epochs.tolist() == epochs
    assert run.columns["loss"].tolist() == [3, 2]
    assert notes == ()


def test_epochs_that_begin_again_without_a_header_are_a_new_fit(log):
    run, _ = log("epoch,loss\n0,4\n1,3\n0,2\n1,1\n")
    assert (run.epochs.tolist(), run.fits) == ([1, 2, 3, 4], (2, 2))


def test_a_training_that_went_on_from_a_checkpoint_replaces_what_it_repeats(log):
    run, notes = log("epoch,loss\n0,4\n1,3\n2,2\n1,2.5\n2,1\n")
    assert run.epochs.tolist() == [1, 2, 3]
    assert run.columns["loss"].tolist() == [4, 2.5, 1]
    assert "Epochs 2 to 3 were logged more than once" in notes[0]


def test_columns_are_found_by_name_below_a_second_header(log):
    run, _ = log("epoch,loss,acc\n0,1,.1\nacc,epoch,loss\n.3,1,.4\n")
    assert run.columns["loss"].tolist() == [1, 0.4]
    assert run.columns["acc"].tolist() == [0.1, 0.3]


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("epoch,loss,acc\n0,1,.5\n1,.5,.6\n2,0.", "Line 4 does not have the 3 values"),
        ("epoch,loss,acc\n0,1,.5\n5,6,7,8\n1,.5,.6\n", "Line 3 does not have the 3 values"),
        ("epoch,loss,acc,day\n0,1,.5,mon\n1,.5,.6,tue\n", "day holds text"),
        ("epoch,loss,acc,loss\n0,1,.5,9\n1,.5,.6,9\n", "Column 4 (loss) was left out"),
        ("epoch,loss,acc\n2.5,1,.5\n3.5,.5,.6\n", "does not hold whole numbers"),
        ("epoch,loss,acc\n1,.5,.6\n0,1,.5\n", "have been sorted"),
        ("epoch,loss,acc,x\n0,1,.5,NA\n1,.5,.6,NA\n", "x holds no value"),
    ],
)
def test_what_is_odd_is_named_and_nothing_shifts(log, text, note):
    run, notes = log(text)
    assert run.columns["loss"].tolist() == [1, 0.5]
    assert run.columns["acc"].tolist() == [0.5, 0.6]
    assert note in notes[0]


def test_the_first_side_of_a_git_conflict_is_shown(log):
    run, notes = log("<<<<<<< HEAD\nepoch,loss\n0,1\n=======\nepoch,loss\n0,2\n1,3\n>>>>>>> other\n")
    assert run.columns["loss"].tolist() == [1]
    assert notes == (
        "The file holds an unresolved git conflict: the lines of HEAD are shown, 3 of the other side left out.",
    )


def test_long_tables_are_read_as_a_whole_with_the_same_result(log):
    lines = [f"{i},{1 / (i + 1)!r},{'NA' if i % 5 < 4 else 0.5}" for i in range(2500)]
    quick, _ = log("epoch,loss,val_loss\n" + "\n".join(lines) + "\n")
    slow, _ = log("epoch,loss,val_loss\n" + "\n".join(lines) + '\n"2500",0.1,NA\n')
    for name in ("loss", "val_loss"):
        np.testing.assert_array_equal(quick.columns[name], slow.columns[name][:-1])
        np.testing.assert_array_equal(quick.absent[name], slow.absent[name][:-1])
    resumed, _ = log("epoch,loss,val_loss\n" + "\n".join(lines) + "\nepoch,loss,val_loss\n0,3,4\n")
    assert resumed.fits == (2500, 1)


def test_long_tables_with_an_odd_line_are_looked_at_closely(log):
    lines = [f"{i},1,2" for i in range(2500)]
    lines[7], lines[9] = "7,1", "9,1,2,3"
    run, notes = log("epoch,loss,acc\n" + "\n".join(lines) + "\n")
    assert len(run.epochs) == 2498
    assert "Lines 9, 11 do not have the 3 values" in notes[0]
