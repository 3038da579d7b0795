"""The blocks of the Evaluation section: what it scores first, no output without a heading, no half-empty rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from kreport.analyzers._evaluation.comparisons import WorstSample
from kreport.analyzers._evaluation.figures import key_figures
from kreport.analyzers._evaluation.stats import EvaluationStats, Metric, Score
from kreport.analyzers._evaluation.tables import class_table, confusion_table, score_table
from kreport.analyzers._evaluation.views import blocks
from kreport.analyzers._evaluation.worst import worst_samples
from kreport.analyzers.evaluation import Evaluation
from kreport.document.blocks import (
    Block,
    Chart,
    Disclosure,
    Dot,
    Heading,
    Images,
    KeyFigures,
    Notice,
    Row,
    Stack,
    Table,
)
from kreport.document.text import plain
from kreport.probes.samples.inputs import InputView
from kreport.render.templates import render_block
from tests.analyzers._evaluation.made import classes, target

LOSS = Metric(name="loss", value=0.5, direction="lower", share=False)
TEN = np.full((10, 10), 1) + 40 * np.eye(10) + 2 * np.eye(10, k=1)


def stats(*outputs: Any) -> EvaluationStats:
    return EvaluationStats(metrics=(LOSS,), samples=outputs[0].samples, notes=(), outputs=outputs)


def flat(found: Any) -> Iterator[Block]:
    for block in found:
        yield block
        yield from flat(getattr(block, "blocks", ()))


def titles(found: Any) -> list[str]:
    return [plain(block.title) for block in flat(found) if isinstance(block, Chart | Table)]


def test_one_output_begins_with_its_figures_and_has_no_heading():
    found = list(blocks(stats(classes(TEN))))
    assert isinstance(found[0], KeyFigures)
    assert not [block for block in found if isinstance(block, Heading)]
    assert titles(found).count("Compiled loss and metrics") == 1


def test_several_outputs_each_have_a_heading_and_their_details_behind_a_line():
    first = replace(classes(TEN), several=True)
    found = list(blocks(stats(first, replace(first, output="ink"))))
    assert [plain(b.title) for b in found if isinstance(b, Heading)] == [
        "Output digit", "Output ink", "All outputs together",
    ]  # fmt: skip
    assert sum(isinstance(block, Disclosure) for block in found) == 2
    assert titles(found).count("Compiled loss and metrics") == 1


def test_an_output_that_cannot_be_judged_says_why_and_gets_no_figures():
    other = replace(classes(TEN), scores=(), reason="its task cannot be told")
    [notice, *_] = blocks(stats(other))
    assert isinstance(notice, Notice)
    assert notice.text == "its task cannot be told"


@pytest.mark.parametrize("number", [2, 3, 4, 10, 30])
def test_whatever_the_number_of_classes_nothing_is_shown_twice(number):
    matrix = np.ones((number, number)) + 9 * np.eye(number)
    found = list(blocks(stats(classes(matrix))))
    assert len(titles(found)) == len(set(titles(found)))
    for row in flat(found):
        if isinstance(row, Row):
            assert sum(row.spans) <= 12
            assert len(row.spans) == len(row.blocks)


def test_few_classes_stand_beneath_their_matrix():
    [row, *_] = [block for block in blocks(stats(classes([[9, 1], [2, 8]]))) if isinstance(block, Row)]
    assert isinstance(row.blocks[0], Stack)
    assert [type(block) for block in row.blocks[0].blocks] == [Chart, Table]


def test_only_the_target_that_is_told_worst_is_drawn_at_once():
    known = tuple(target(name=name, r2=r2) for name, r2 in (("a", 0.9), ("b", 0.1), ("c", 0.5)))
    score = Score(name="R²", value=0.5, direction="higher", answers=30)
    one = replace(classes([[1]]), kind="regression", scores=(score,), targets=known, classes=("a", "b", "c"),
                  confusions=None, by_class=None, confidence=None)  # fmt: skip
    found = list(blocks(stats(one)))
    at_once = [t for b in found if isinstance(b, Row) for t in titles([b]) if "explain" in t]
    assert at_once == ["b: predictions explain 10.0\u202f% of the variance"]
    [more] = [block for block in found if isinstance(block, Disclosure)]
    assert (plain(more.title), more.summary) == ("Residuals of 2 more targets", "c, a")


def test_figures_are_at_most_six_and_the_first_has_interval_and_samples():
    one = classes(TEN)
    score = replace(one.scores[0], low=0.7, high=0.8)
    found = key_figures(replace(one, scores=(score,)))
    assert len(found.figures) <= 6
    assert list(found.figures[0].context) == ["95 % interval 70.0–80.0\u202f%", "518 samples"]


def test_a_class_has_its_recall_and_precision_on_one_scale():
    table = class_table(classes([[80, 20], [5, 95]]))
    assert table is not None
    recall, precision = table.rows[0].cells[2:4]
    assert isinstance(recall, Dot)
    assert isinstance(precision, Dot)
    assert (recall.value, recall.start, recall.end) == (0.8, 0.7, 1.0)
    assert recall.low is not None
    assert recall.low < 0.8
    assert (precision.value, precision.low) == (pytest.approx(80 / 85), None)


def test_classes_without_answers_are_counted_and_not_listed():
    matrix = np.zeros((10, 10))
    matrix[2, 2], matrix[3, 2] = 4, 1
    table = class_table(classes(matrix))
    assert table is not None
    assert [row.cells[0] for row in table.rows] == ["c", "d"]
    assert table.note == "8 classes without answers, never predicted, are left out."


def test_of_many_classes_those_with_the_least_recall_are_listed():
    matrix = 20 * np.eye(30)
    matrix[7, 8] = 60
    table = class_table(classes(matrix))
    assert table is not None
    assert table.rows[0].cells[0] == "c7"
    assert len(table.rows) == 12
    assert "18 more are not listed" in str(table.note)


def test_confusions_that_happened_once_are_not_listed():
    matrix = np.ones((4, 4)) + 9 * np.eye(4)
    assert confusion_table(classes(matrix)) is None
    matrix[0, 1] = 3
    table = confusion_table(classes(matrix))
    assert table is not None
    assert [row.cells for row in table.rows] == [("a", "b", "3", 3 / 15)]


def test_without_training_data_the_scores_have_three_columns():
    assert len(score_table(classes(TEN)).columns) == 3


def worst(kind: str, **view: Any) -> Any:
    samples = tuple(
        WorstSample(index=k, label="a", said="b", share=0.9, error=None, suspect=k == 0,
                    input=InputView(kind=kind, **view) if kind else None)
        for k in range(12)
    )  # fmt: skip
    return worst_samples(replace(classes(TEN), worst=samples, suspects=1), "key")


def test_pictures_of_mistakes_fill_one_row_and_name_the_mistake_first():
    found = worst("image", pixels=np.zeros((8, 8), np.uint8), values=np.zeros(0))
    assert len(found.pictures) == 8
    assert found.zoom == 12
    assert plain(found.pictures[0].label).split() == [
        "a",
        "taken",
        "for",
        "b",
        "90.0",
        "%",
        "sure,",
        "sample",
        "0,",
        "label?",
    ]
    assert "<b>a taken for b</b>" in render_block(found)


def test_series_of_few_channels_are_lines_and_of_many_bands():
    few = worst("series", pixels=np.zeros((0, 0), np.uint8), values=np.zeros((20, 2)) + np.arange(2.0))
    assert isinstance(few, Chart)
    assert "steps 0 to 19" in str(few.subtitle)
    many = worst("series", pixels=np.zeros((0, 0), np.uint8), values=np.arange(180.0).reshape(20, 9))
    assert isinstance(many, Images)
    assert many.palette == "diverging"


def test_mistakes_without_inputs_are_a_table_that_says_so():
    found = worst("")
    assert isinstance(found, Table)
    assert "Their inputs are not in this report." in str(found.note)
    assert [row.cells[-1] for row in found.rows[:2]] == ["label?", ""]  # not a dash: nothing is missing


def test_a_section_of_any_kind_renders():
    section = Evaluation().present(stats(classes(TEN)))
    assert "<h3>" in "".join(render_block(block) for block in flat(section.blocks) if isinstance(block, Table))
