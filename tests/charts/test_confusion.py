"""Confusion matrices: mistakes coloured, numbers where they fit, many classes joined."""

import json
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kreport.charts.confusion import BINS, SIDE, confusion_chart
from kreport.charts.theme import DIVERGING, ON_HIGH, SEQUENTIAL
from kreport.render.svg import compiled, drawn

HOSTILE = "<img src=x onerror=alert(1)>\x00\n'];alert(1)//\""


def chart(matrix, names=None):
    matrix = np.asarray(matrix, float)
    return confusion_chart(
        matrix, names or [f"c{i}" for i in range(len(matrix))], id="confusion", title="t", subtitle="s", alt="a"
    )


def groups(block):
    return block.spec["layer"][0]["data"]["values"]


def cells(block):
    """Row, column → step and number."""
    return {
        (y, x): (group["s"], n)
        for group in groups(block)
        for y, x, n in zip(group["y"], group["x"], group["n"], strict=True)
    }


def texts(block):
    return re.findall(r">([^<>]+)</text>", str(drawn(block)))


def width_of(block):
    return float(re.search(r'<svg[^>]*\swidth="([\d.]+)"', str(drawn(block)))[1])


def test_cells_hold_what_the_matrix_holds_and_empty_ones_are_not_data():
    matrix = [[54, 0, 0], [3, 50, 1], [0, 0, 0]]
    assert cells(chart(matrix)) == {(0, 0): (0, 54), (1, 1): (0, 50), (1, 0): (8, 3), (1, 2): (6, 1)}


def test_a_class_that_is_never_right_has_a_zero_on_the_diagonal():
    assert cells(chart([[0, 2], [0, 0]])) == {(0, 0): (0, 0), (0, 1): (8, 2)}


@pytest.mark.parametrize(("classes", "expected"), [(3, [5, 6, 7, 8]), (21, [6, 7, 8, 8])])
def test_steps_are_even_beside_numbers_and_square_roots_without(classes, expected):
    matrix = np.zeros((classes, classes))
    matrix[[0, 0, 1, 1], [1, 2, 0, 2]] = [10, 30, 60, 100]
    found = cells(chart(matrix))
    assert [found[place][0] for place in ((0, 1), (0, 2), (1, 0), (1, 2))] == expected


def test_the_palette_is_orange_and_the_diagonal_pale_blue():
    scale = chart(np.eye(2)).spec["layer"][0]["encoding"]["color"]["scale"]
    assert scale["domain"] == [0, 5, 6, 7, 8]
    assert scale["range"] == [SEQUENTIAL[1], *DIVERGING[5:]]


def test_numbers_on_dark_cells_are_light():
    _, *numbers = (layer for layer in chart([[5, 1], [4, 5]]).spec["layer"] if "transform" in layer)
    inks = {n: layer["mark"]["color"] for layer in numbers for g in layer["data"]["values"] for n in g["t"]}
    assert inks["4"] == ON_HIGH
    assert inks["1"] == inks["5"] != ON_HIGH


def test_up_to_20_classes_have_numbers_and_names():
    block = chart(np.eye(20) * 7)
    assert texts(block).count("7") == 20
    assert texts(block).count("c19") == 2
    assert "7" not in texts(chart(np.eye(21) * 7))


def test_numbers_that_do_not_fit_are_shortened_and_weights_rounded():
    large, exact = np.eye(20) * 123_456, np.eye(2) * 1135
    assert "123.5\u202fk" in texts(chart(large))
    assert "1,135" in texts(chart(exact))
    assert "12.3" in texts(chart(np.eye(3) * 12.3456))


def test_long_names_are_turned_and_cut_so_that_they_stay_apart():
    block = chart(np.eye(10), [f"{i} is a rather long class name {i}" for i in range(10)])
    assert texts(block).count("3 is a…ame 3") == 2
    assert str(drawn(block)).count("rotate(270)") == 10
    front = chart(np.eye(10), [f"n{i:08} and the same end" for i in range(10)])
    assert "n00000003 a…" in texts(front)


def test_words_that_all_long_names_begin_with_are_not_repeated():
    assert "3" in texts(chart(np.eye(10), [f"a rather long class name {i}" for i in range(10)]))
    assert "mouse" in texts(chart(np.eye(2), ["long_haired_mouse", "long_haired_moose"]))
    assert texts(chart(np.eye(2), ["class 1", "class 2"])).count("class 1") == 2
    assert "a longer name" not in texts(chart(np.eye(2), ["a longer name ", "a longer name x"]))  # "" would be no name


def test_names_are_text_and_never_markup_or_expressions():
    block = chart(np.eye(2), [HOSTILE, "b"])
    assert "<img" not in str(drawn(block))
    assert "alert" not in json.dumps([layer.get("encoding") for layer in block.spec["layer"]])


def test_where_cells_are_small_only_every_kth_class_is_named():
    block = chart(np.eye(60), [f"{i:02}" for i in range(60)])
    assert [text for text in texts(block) if text.isdigit()] == [f"{i:02}" for i in range(0, 60, 2)] * 2


@given(st.integers(1, 300), st.integers(0, 2**32 - 1))
def test_joined_cells_keep_the_number_of_mistakes(classes, seed):
    rng = np.random.default_rng(seed)
    matrix = rng.poisson(0.05, (classes, classes)) + np.diag(rng.poisson(5, classes))
    mistakes = int(matrix.sum() - np.trace(matrix))
    found = cells(chart(matrix))
    assert sum(n for step, n in found.values() if step) == mistakes
    assert max((max(place) for place in found), default=0) < (BINS if classes > 60 else classes)


def test_classes_of_one_cell_that_are_mistaken_for_each_other_colour_the_diagonal():
    matrix = np.eye(100)
    matrix[3, 4] = 2
    found = cells(chart(matrix))
    assert found[1, 1] == (8, 2)
    assert {step for place, (step, _) in found.items() if place != (1, 1)} == {0}


def test_the_tooltip_of_a_joined_cell_names_its_first_and_last_class():
    looked_up = chart(np.eye(100)).spec["layer"][0]["transform"][1]["from"]["data"]["values"]
    assert [row["name"] for row in (looked_up[0], looked_up[-1])] == ["c0 – c2", "c99"]


@pytest.mark.parametrize("classes", [1, 2, 10, 20, 21, 60, 61, 100, 1000])
def test_a_drawing_is_never_wider_than_its_column_and_stays_small(classes):
    rng = np.random.default_rng(0)
    matrix = rng.integers(0, 2000, (classes, classes)) * 0.337
    block = chart(matrix, [f"class with a long name {i}" for i in range(classes)])
    assert width_of(block) <= 464
    assert block.spec["layer"][0]["encoding"]["x"]["scale"]["domain"][-1] < 60
    assert block.spec["width"] <= SIDE
    assert len(json.dumps(block.spec, separators=(",", ":"))) < 55_000  # every cell holds a weight: the most there is
    assert len(drawn(block)) < 60_000
    assert compiled(block)["marks"]


def test_a_thousand_classes_take_at_most_40_kb():
    rng = np.random.default_rng(0)
    labels, wrong = rng.integers(0, 1000, 50_000), rng.random(50_000) < 0.3
    predicted = np.where(wrong, rng.integers(0, 1000, 50_000), labels)
    matrix = np.zeros((1000, 1000))
    np.add.at(matrix, (labels, predicted), 1)
    block = chart(matrix)
    assert len(json.dumps(block.spec, separators=(",", ":"))) < 40_000
    assert len(drawn(block)) < 40_000
