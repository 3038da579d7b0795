"""Shares in a cell: columns or lines, and nothing that is no length."""

from __future__ import annotations

import math
import re

import pytest

from kreport.document.blocks import ShareBars, Strip, StripColumn, StripRow
from kreport.document.colours import token
from kreport.render.shares import LONG, TALL, columns, lines, told
from kreport.render.templates import render_block

NAN = math.nan
DIGITS = [str(digit) for digit in range(5)]


def shown(cell: ShareBars) -> str:
    return render_block(
        Strip(title="t", columns=[StripColumn(label="Output")], rows=[StripRow(title="r", cells=[cell])])
    )


def test_short_names_stand_under_columns() -> None:
    cell = ShareBars(names=DIGITS, shares=[0.5, 0.25, 0.15, 0.1, 0.0], right=1, said=0)
    assert [bar.name for bar in columns(cell)] == DIGITS
    assert [bar.height for bar in columns(cell)] == pytest.approx([19, 9.5, 5.7, 3.8, 0.5])
    assert [bar.colour for bar in columns(cell)[:3]] == [token("c1"), token("c2"), token("muted")]


def test_long_names_stand_beside_lines_with_the_right_one_among_them() -> None:
    cell = ShareBars(names=["cat", "dog", "owl", "hen", "fox"], shares=[0.01, 0.5, 0.2, 0.25, 0.04], right=0, said=1)
    assert [bar.name for bar in lines(cell)] == ["dog", "hen", "owl", "cat"]
    assert lines(cell)[0].height == LONG / 2
    assert told(cell) == "dog: 50.0\u202f%, hen: 25.0\u202f%, owl: 20.0\u202f%, cat: 1.0\u202f%"


def test_without_labels_nothing_is_wrong() -> None:
    assert {bar.colour for bar in lines(ShareBars(names=["cat", "dog"], shares=[0.9, 0.1], said=0))} == {token("muted")}


@pytest.mark.parametrize("names", [DIGITS, ["cat", "dog", "owl", "hen", "fox"]], ids=["columns", "lines"])
@pytest.mark.parametrize(
    "shares",
    [[NAN] * 5, [0.2, NAN, 0.3, NAN, 0.5], [math.inf, -math.inf, NAN, 0.5, 2.0]],
    ids=["none is a number", "some are", "beyond"],
)
def test_what_is_no_share_has_no_length_and_is_told(names: list[str], shares: list[float]) -> None:
    cell = ShareBars(names=names, shares=shares, right=1, said=0)
    for bar in (*columns(cell), *lines(cell)):
        assert 0 <= bar.height <= max(LONG, TALL)
    lengths = re.findall(r'\b(?:x|y|width|height)="([^"]*)"', shown(cell))
    assert lengths
    assert all(re.fullmatch(r"-?\d+(\.\d)?", length) for length in lengths)
    assert re.search("NaN|∞", told(cell))


def test_numbers_come_before_what_is_none() -> None:
    cell = ShareBars(names=["cat", "dog", "owl", "hen"], shares=[NAN, 0.1, NAN, 0.9])
    assert [bar.name for bar in lines(cell)] == ["hen", "dog"]


def test_names_stay_text() -> None:
    html = shown(ShareBars(names=["<b>", "<i>", "<u>", "<s>"], shares=[0.25] * 4)) + shown(
        ShareBars(names=["<", ">", "&", '"'], shares=[0.25] * 4)
    )
    assert not re.search(r"<[bius]>", html.replace("<b>r</b>", ""))
    assert "&lt;b&gt;" in html
