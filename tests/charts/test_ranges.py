"""Rows with a dot and a bar on one scale."""

import re

import pytest

from kreport.charts.ranges import ROWS, Range, ranges_chart, thinned
from kreport.render.svg import drawn


def chart(*ranges, **more):
    return ranges_chart(ranges, id="ranges", title="t", subtitle="s", alt="a", **more)


def rows(block):
    return next(part for part in (block.spec, block.spec["layer"][0]) if "data" in part)["data"]["values"]


def scale(block):
    return block.spec["layer"][0]["encoding"]["x"]["scale"]


def share(label, value, low, high, samples=""):
    return Range(label=label, value=value, low=low, high=high, samples=samples)


TWO = (share("writer = 1", 0.93, 0.9, 0.95, "1,250"), share("writer = 2", 0.99, 0.97, 1.0, "310"))


def test_magnitudes_stand_on_a_log_scale_and_what_is_not_positive_at_its_edge():
    block = chart(Range(label="a", value=1.0, low=0.1, high=10.0), Range(label="b", value=0.0))
    low, high = scale(block)["domain"]
    assert scale(block)["type"] == "log"
    assert low < 0.1
    assert high > 10
    assert rows(block)[1]["v"] == pytest.approx(low, rel=1e-3)
    assert rows(block)[1]["said"] == "0"


def test_shares_stand_on_a_common_scale_that_ends_at_one():
    block = chart(*TWO, kind="percent", overall=0.95)
    assert scale(block)["type"] == "linear"
    assert 0.85 < scale(block)["domain"][0] <= 0.9
    assert scale(block)["domain"][1] == 1.0
    assert [(row["label"], row["low"], row["v"], row["high"], row["said"]) for row in rows(block)] == [
        ("writer = 1", 0.9, 0.93, 0.95, "93.0\u202f%"),
        ("writer = 2", 0.97, 0.99, 1.0, "99.0\u202f%"),
    ]


def test_the_tooltip_has_the_interval():
    [tick] = [layer for layer in chart(*TWO, kind="percent").spec["layer"] if layer["mark"]["type"] == "tick"]
    assert [one["field"] for one in tick["encoding"]["tooltip"]] == ["label", "said", "least", "most"]
    assert [(row["least"], row["most"]) for row in rows(chart(*TWO, kind="percent"))] == [
        ("90.0\u202f%", "95.0\u202f%"),
        ("97.0\u202f%", "100\u202f%"),
    ]


def test_the_overall_value_has_a_named_line_within_the_axis():
    block = chart(*TWO, kind="percent", overall=0.5)
    [line] = [layer for layer in block.spec["layer"] if layer["mark"]["type"] == "rule"]
    assert line["data"]["values"][0]["v"] == 0.5
    assert scale(block)["domain"][0] <= 0.5
    assert ">overall<" in drawn(block)
    assert ">overall<" not in drawn(chart(*TWO, kind="percent"))


def test_numbers_of_samples_stand_between_the_names_and_the_plot():
    text = str(drawn(chart(*TWO, kind="percent")))
    assert [word for word in ("samples", "1,250", "310") if f">{word}<" not in text] == []
    assert ">samples<" not in drawn(chart(share("a", 0.5, 0.4, 0.6), kind="percent"))


def test_values_below_zero_have_their_place_on_a_linear_scale():
    block = chart(Range(label="a", value=-2.0, low=-3.0, high=1.0), kind="linear", overall=0.0)
    assert scale(block)["domain"][0] <= -3
    assert rows(block)[0]["low"] == -3


@pytest.mark.parametrize("count", [1, 3, 20])
@pytest.mark.parametrize("name", ["x", "writer = somebody with a name longer than the column has room for"])
def test_a_drawing_fits_its_column(count, name):
    block = chart(*(share(f"{i} {name}", 0.9, 0.8, 0.95, "123,456") for i in range(count)), kind="percent", overall=0.9)
    assert float(re.search(r'<svg[^>]*\swidth="([\d.]+)"', str(drawn(block)))[1]) <= 464


@pytest.mark.parametrize(("count", "step"), [(45, 1), (46, 2)])
def test_many_rows_are_thinned(count, step):
    shown, every = thinned([Range(label=str(i), value=1.0) for i in range(count)])
    assert every == step
    assert len(shown) <= ROWS
