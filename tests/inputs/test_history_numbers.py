"""Cells are numbers, NaN, no value or blank, and never one of them by mistake."""

import math

import numpy as np
import pytest

from kreport.inputs.history_numbers import BLANK, NotANumberError, Values, columns, parse, settled


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("0.5", 0.5),
        (" 1e-04 ", 1e-4),
        ("0,5", 0.5),
        ("1.234,5", 1234.5),
        ("1,234.5", 1234.5),
        ("95 %", 0.95),
        ("-Infinity", -math.inf),
        ("np.float32(0.25)", 0.25),
        ("tf.Tensor(0.9, shape=(), dtype=float32)", 0.9),
        ("<tf.Tensor: shape=(), dtype=float32, numpy=0.25>", 0.25),
        (np.float16(0.5), 0.5),
        (np.array(0.5), 0.5),
        (True, 1.0),
        (10**400, math.inf),
    ],
)
def test_numbers_in_every_dress(cell, number):
    assert parse(cell) == number


def test_no_value_is_not_nan():
    assert parse("NA") is None
    assert parse(None) is None
    assert parse("") is BLANK
    assert math.isnan(parse("nan"))


@pytest.mark.parametrize("cell", ["abc", "0.5.1", "2024-01-01", "[a]", {}, 1j, [{}, 1], [1j], [np.datetime64("NaT")]])
def test_anything_else_is_no_number(cell):
    with pytest.raises(ValueError):  # noqa: PT011 - each kind says it in its own words
        parse(cell)


@pytest.mark.parametrize(
    "cells", [["[0.1, 0.2]", "[0.3 0.4]"], [np.array([0.1, 0.2]), [0.3, 0.4]], [(0.1, 0.2), "(0.3,0.4)"]]
)
def test_arrays_are_a_column_an_entry(cells):
    found, note = columns("f1", cells)
    assert {name: values.numbers.tolist() for name, values in found.items()} == {
        "f1[0]": [0.1, 0.3],
        "f1[1]": [0.2, 0.4],
    }
    assert note == ""


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ([[1], [1, 2]], "changing size"),
        ([[1, 2], 3.0], "changing size"),
        ([list(range(101))], "101 entries"),
        (["a"], "text"),
    ],
)
def test_what_makes_no_column_is_named(cells, words):
    found, note = columns("x", cells)
    assert found == {}
    assert words in note


def test_one_word_among_numbers_is_an_error():
    with pytest.raises(NotANumberError) as caught:
        columns("x", [1.0, "abc", 2.0])
    assert (caught.value.position, caught.value.cell) == (1, "abc")


@pytest.mark.parametrize(
    ("name", "blank", "absent"),
    [
        ("loss", [0, 0, 1, 1], [0, 0, 0, 0]),  # diverged, and pandas wrote nothing
        ("val_loss", [1, 0, 1, 0], [1, 0, 1, 0]),  # validated now and then
        ("val_loss", [1, 0, 0, 1], [1, 0, 0, 0]),
        ("auc", [0, 0, 1, 1], [0, 0, 1, 1]),
    ],
)
def test_empty_cells_are_told_apart_by_where_they_stand(name, blank, absent):
    mask = np.array(blank, bool)
    values = settled(name, Values(np.where(mask, np.nan, 1.0), np.zeros(4, bool), mask))
    assert values.absent.tolist() == [bool(item) for item in absent]
