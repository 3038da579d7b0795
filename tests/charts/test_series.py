"""Series side by side: each line is that of its values, whatever they are."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from kreport.charts.series import HEIGHT, WIDTH, Series, series_chart
from kreport.render.svg import drawn

HOSTILE = '<img src=x onerror="alert(1)">\'+alert(2)//'


def chart(*values, name="a taken for b"):
    made = [Series(name=name, remark="90 % sure", values=np.asarray(v, dtype=np.float64)) for v in values]
    return series_chart(made, id="worst", title="t", subtitle="s", alt="a")


def plots(block):
    return [plot for row in block.spec["vconcat"] for plot in row["hconcat"]]


def points(block, number=0):
    """Return the points of the lines of one plot."""
    plot, row = plots(block)[number], block.spec["vconcat"][0]
    [line] = [part for part in plot["layer"] if part["mark"]["type"] == "line"]
    return next(part["data"] for part in (line, plot, row, block.spec) if "data" in part)["values"]


def test_three_stand_in_a_row_under_their_names():
    block = chart(*[np.arange(5.0)[:, None]] * 4)
    assert [len(row["hconcat"]) for row in block.spec["vconcat"]] == [3, 1]
    assert drawn(block).count("a taken for b") >= 4


@given(arrays(np.float64, array_shapes(min_dims=1, max_dims=1, min_side=2, max_side=80), elements=st.floats(-1e3, 1e3)))
def test_the_line_through_the_points_kept_is_nearly_that_through_all(values):
    block = chart(values[:, None])
    found = points(block)
    line = np.interp(np.arange(len(values)), [row["x"] for row in found], [row["y"] for row in found])
    low, high = plots(block)[0]["layer"][-1]["encoding"]["y"]["scale"]["domain"]
    assert low <= values.min() <= values.max() <= high
    assert np.abs(line - values).max() * HEIGHT / (high - low) <= 0.5


def test_a_straight_line_is_two_points():
    assert [row["x"] for row in points(chart(np.linspace(0, 1, 90)[:, None]))] == [0, 89]


def test_what_is_no_number_is_a_gap():
    found = points(chart([[1.0], [np.nan], [2.0]]))
    assert [row["y"] for row in found] == [1, None, 2]
    assert drawn(chart([[np.nan], [np.nan]]))


def test_channels_are_named_once_where_there_are_several():
    one, two = np.zeros((4, 1)), np.arange(8.0).reshape(4, 2)
    assert "channel" not in drawn(chart(one, one)).replace('"channel"', "")
    texts = json.dumps(chart(two, two).spec)
    assert texts.count('"channel 0"') == texts.count('"channel 1"') == 1


@pytest.mark.parametrize("values", [[[3.0]], [[2.0], [2.0]], [[1e300], [-1e300]], [[10_000.1], [10_000.2]]])
def test_short_flat_and_huge_series_are_drawn(values):
    assert plots(chart(values))[0]["width"] == WIDTH
    assert "<svg" in drawn(chart(values))


def test_names_are_text_and_never_markup():
    assert "<img" not in str(drawn(chart([[1.0], [2.0]], name=HOSTILE)))
