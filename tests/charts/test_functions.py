"""The activation picture: small, in our theme, flat parts in their colours, with names as they are."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest

from kreport.charts.functions import ALIVE, Function, Ridge, function_chart
from kreport.charts.peaks import Peaks, peaks_chart
from kreport.charts.simplify import TOLERANCE, needed
from kreport.charts.theme import MUTED, WARN
from kreport.render.svg import compiled, drawn

Z = np.linspace(-6, 6, 241)
RELU = Function(z=Z, a=np.maximum(Z, 0), slope=(Z > 0).astype(float), flats=((-1e9, 0.0),))
TANH = Function(z=Z, a=np.tanh(Z), slope=1 - np.tanh(Z) ** 2, flats=((-1e9, -2.6), (2.6, 1e9)))
BELL = 255 * np.exp(-(np.linspace(-3, 3, 64) ** 2))


def ridge(name: str = "d", **more: object) -> Ridge:
    return Ridge(**({"name": name, "shares": BELL, "told": "50 % in the flat part", "flat": True} | more))


def picture(function: Function, *ridges: Ridge):
    return function_chart(function, ridges, low=-6, high=6, id="f", title="t", subtitle="s", alt="a")


def colours(chart) -> set[str]:
    return {
        colour
        for layer in chart.spec["layer"]
        if layer["mark"]["type"] == "area"
        for colour in layer["encoding"]["color"]["scale"]["range"]
    }


@pytest.mark.parametrize("function", [RELU, TANH], ids=["relu", "tanh"])
def test_seven_layers_stay_small(function: Function) -> None:
    chart = picture(function, *(ridge(f"layer_{i}") for i in range(7)))
    assert len(str(drawn(chart))) <= 12_000
    assert len(gzip.compress(json.dumps(chart.spec).encode())) <= 4_000
    assert compiled(chart)["marks"]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, {MUTED, ALIVE}),
        ({"warn": True}, {WARN, ALIVE}),
    ],
)
def test_flat_parts_are_grey_unless_there_is_a_problem(more: dict, expected: set[str]) -> None:
    assert colours(picture(RELU, ridge(**more))) == expected


def test_a_function_without_flat_parts_is_alive_throughout() -> None:
    straight = Function(z=Z, a=Z, slope=np.ones_like(Z), flats=())
    assert colours(picture(straight, ridge(flat=False, told=""))) == {ALIVE}


def test_both_flat_parts_are_shaded_through() -> None:
    [zones] = [layer for layer in picture(TANH, ridge()).spec["layer"] if layer["mark"]["type"] == "rect"]
    assert [(row["z"], row["to"]) for row in zones["data"]["values"]] == [(-6, -2.6), (2.6, 6)]


def test_units_of_their_own_make_a_band() -> None:
    many = Function(z=Z, a=Z, slope=np.ones_like(Z), flats=(), least=Z - 1, most=Z + 1)
    marks = [layer["mark"] for layer in picture(many, ridge()).spec["layer"]]
    assert sum(mark["type"] == "area" for mark in marks) == 2


def test_hostile_names_stay_text() -> None:
    assert "&lt;b&gt;x" in str(drawn(picture(RELU, ridge("<b>x"))))


def test_the_picture_of_a_softmax_has_a_bar_for_each_occupied_bin() -> None:
    counts = np.zeros(20, np.int64)
    counts[[0, 7, 19]] = 1, 5, 10
    chart = peaks_chart([Peaks(name="out", counts=counts, line="", even=0.1)], id="p", title="t", subtitle="s", alt="a")
    assert len(chart.spec["layer"][0]["data"]["values"]) == 3
    assert len(str(drawn(chart))) < 3000


def test_a_line_keeps_what_it_needs() -> None:
    x = np.linspace(0, 400, 401)
    y = np.where(x < 100, 0, x - 100)
    assert needed(x, y).sum() == 3
    curve = 50 * np.sin(x / 30)
    kept = needed(x, curve)
    assert kept.sum() < 100
    assert np.abs(np.interp(x, x[kept], curve[kept]) - curve).max() <= TOLERANCE
