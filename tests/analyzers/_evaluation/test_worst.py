"""The worst samples: pictures with what was said beneath, rows and texts in a table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("tensorflow")

from kreport.analyzers._evaluation.worst import worst_samples
from kreport.document.blocks import Images, Table
from kreport.document.text import plain
from kreport.probes.samples.inputs import InputView
from tests.analyzers._evaluation.judged import classes, evaluation, numbers

NO_PIXELS = np.zeros((0, 0), np.uint8)


def said(value: Any) -> str:
    return plain(value).replace("\u202f", " ").replace("\u00a0", " ")


def view(kind: str, **more: Any) -> InputView:
    return InputView(kind=kind, **({"pixels": NO_PIXELS, "values": np.zeros(0)} | more))


def with_views(one: Any, made: Any) -> Any:
    return replace(one, worst=tuple(replace(w, input=made(w)) for w in one.worst))


def mistakes(number: int = 2, **more: Any) -> Any:
    labels = np.zeros(40, int)
    predicted = np.where(np.arange(40) < number, 1, 0)
    return classes(labels, predicted, np.linspace(0.9, 0.6, 40), class_names=("cat", "dog"), **more)


def test_nothing_is_shown_where_nothing_is_wrong() -> None:
    assert worst_samples(mistakes(0), "key") is None


def test_pictures_bear_what_was_taken_for_what() -> None:
    one = with_views(mistakes(), lambda w: view("image", pixels=np.full((4, 4), w.index, np.uint8)))
    block = worst_samples(one, "key")
    assert isinstance(block, Images)
    assert block.palette == "grey"
    assert [said(p.label) for p in block.pictures] == [
        "cat taken for dog 90.0 % sure, sample 0", "cat taken for dog 89.2 % sure, sample 1",
    ]  # fmt: skip
    assert block.pictures[1].pixels[0, 0] == 1
    assert "cat taken for dog" in said(block.pictures[0].alt)
    assert said(block.title) == "The mistakes, most confident first"


def test_how_many_mistakes_there_are_is_told_where_not_all_are_shown() -> None:
    block = worst_samples(mistakes(30, weight=np.full(40, 0.1)), "key")
    assert said(block.subtitle).startswith("8 of 30 mistakes; confidence in the wrong class")
    assert said(worst_samples(mistakes(2), "key").subtitle).startswith("Confidence in the wrong class")
    assert said(worst_samples(mistakes(1), "key").title) == "The only mistake"


def test_rows_stand_with_their_columns() -> None:
    names = tuple(f"column {k}" for k in range(8))
    one = with_views(mistakes(), lambda w: view("table", values=np.arange(8.0) + w.index, words=names))
    table = worst_samples(one, "key")
    assert isinstance(table, Table)
    assert [c.label for c in table.columns] == ["Sample", "Label", "Model says", "Confidence", *names[:6]]
    assert table.rows[1].cells[:3] == ("1", "cat", "dog")
    assert table.rows[1].cells[4:] == (1, 2, 3, 4, 5, 6)
    assert "2 more columns of the input are not shown." in table.note


def test_texts_are_quoted() -> None:
    table = worst_samples(with_views(mistakes(1), lambda _: view("text", words=("a dog?",))), "key")
    assert [c.label for c in table.columns][-1] == "Text"
    assert table.rows[0].cells[-1] == "“a dog?”"


def test_without_inputs_there_is_a_table_of_what_was_said() -> None:
    table = worst_samples(mistakes(), "key")
    assert [c.label for c in table.columns] == ["Sample", "Label", "Model says", "Confidence"]
    assert table.rows[0].cells[3] == pytest.approx(0.9)


def test_labels_that_may_be_wrong_are_marked_and_counted() -> None:
    labels = np.repeat([0, 1], 50)
    given = labels.copy()
    given[3] = 1
    table = worst_samples(classes(given, labels, 0.95), "key")
    assert [row.cells[-1] for row in table.rows] == ["label?"]
    assert "1 label of 100 may be wrong" in said(table.note)


def test_numbers_have_truth_and_error_and_labels_the_share_that_is_wrong() -> None:
    truth = np.arange(20.0)
    table = worst_samples(numbers(truth, np.where(truth == 7, 17, truth + 0.5)), "key")
    assert [c.label for c in table.columns] == ["Sample", "Label", "Model says", "Error"]
    assert (table.rows[0].cells[0], said(table.rows[0].cells[1]), said(table.rows[0].cells[2])) == ("7", "7", "17")
    assert table.rows[0].cells[3] == pytest.approx(10)
    y = np.zeros((9, 4), int)
    shares = np.full((9, 4), 0.1, "float32")
    shares[2, :3] = 0.9
    table = worst_samples(evaluation(shares, y, "binary_crossentropy"), "key")
    assert [c.label for c in table.columns] == ["Sample", "Wrong"]
    assert [row.cells for row in table.rows] == [("2", 0.75)]
    assert said(table.title) == "The sample with the largest error"
