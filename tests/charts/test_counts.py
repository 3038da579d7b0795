"""How often each of several things occurs, as a chart."""

from __future__ import annotations

import re

from kreport.charts.counts import Count, counts_chart
from kreport.render.svg import drawn


def made(counts, *, log=False, other_total=None):
    return chart(counts, log=log, other_total=other_total).spec


def chart(counts, *, log=False, other_total=None):
    rows = [Count(label=str(place), value=value, other=other) for place, (value, other) in enumerate(counts)]
    total = sum(value for value, _ in counts)
    return counts_chart(
        rows, id="counts", title="", subtitle="", alt="", total=total, other_total=other_total, log=log
    )  # fmt: skip


def test_numbers_stand_beyond_bar_and_mark():
    rows = made([(40, 10), (60, 90)], other_total=100)["data"]["values"]
    assert [row["other"] for row in rows] == [10, 90]
    assert [row["end"] for row in rows] == [40, 90]


def test_marks_are_shares_of_the_other_data():
    rows = made([(40, 1), (160, 3)], other_total=4)["data"]["values"]
    assert [row["other"] for row in rows] == [50, 150]


def test_without_other_data_there_are_no_marks():
    assert [layer["mark"]["type"] for layer in made([(3, None), (4, None)])["layer"]] == ["bar", "text"]


def test_ticks_are_whole_numbers_written_out():
    def axis(counts, **more):
        return made(counts, **more)["layer"][0]["encoding"]["x"]["axis"]

    assert axis([(1, None), (2, None)])["values"] == [0, 1, 2]
    assert {">0<", ">20,000<", ">40,000<"} <= set(re.findall(">[^<]*<", str(drawn(chart([(59_000, None)])))))
    assert {">0<", ">100<", ">200<"} <= set(re.findall(">[^<]*<", str(drawn(chart([(272, None)])))))
    assert axis([(1, None), (1000, None)], log=True)["values"][0] == 1


def test_nothing_is_a_bar_of_no_length_on_a_logarithmic_scale():
    [row, _] = made([(0, None), (100, None)], log=True)["data"]["values"]
    assert (row["n"], row["zero"], row["text"]) == (0.5, 0.5, "0")
