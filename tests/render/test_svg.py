"""Static charts are small, safe and the same every time."""

from __future__ import annotations

import altair as alt
import pandas as pd
import pytest

from kreport.charts.theme import TRAIN, finished
from kreport.document.blocks import Chart
from kreport.render.svg import compiled, drawn, spark_path

HOSTILE = '<img src=x onerror="alert(1)">'


def chart(title: str = "Loss") -> Chart:
    table = pd.DataFrame({"epoch": [1, 2, 3], "loss": [3.0, 2.0, 1.0], "name": [HOSTILE] * 3})
    line = (
        alt.Chart(table, width=200, height=100).mark_line(color=TRAIN).encode(x="epoch:Q", y="loss:Q", detail="name:N")
    )
    label = alt.Chart(table).mark_text().encode(x="epoch:Q", y="loss:Q", text="name:N")
    return finished(line + label, id="loss", title=title, alt="Loss falls from 3 to 1.")


def test_colours_follow_the_theme_and_have_a_fallback() -> None:
    assert 'stroke="var(--c0,#1f6fd0)"' in drawn(chart())


def test_the_alternative_text_speaks_for_the_whole() -> None:
    svg = drawn(chart())
    assert svg.startswith("<svg ")
    assert 'role="img" aria-label="Loss falls from 3 to 1."' in svg
    assert svg.count("aria-") == 1


def test_strings_of_the_user_stay_text() -> None:
    svg = drawn(chart())
    assert "<img" not in svg
    assert "&lt;img" in svg


def test_the_same_chart_gives_the_same_bytes_again() -> None:
    assert drawn(chart()) == drawn(chart())
    assert compiled(chart()) == compiled(chart())


def test_numbers_in_text_are_not_rounded() -> None:
    table = pd.DataFrame({"x": [0.123456], "label": ["0.961234"]})
    text = alt.Chart(table).mark_text().encode(x="x:Q", text="label:N")
    assert ">0.961234<" in drawn(finished(text, id="t", title="", alt=""))


@pytest.mark.parametrize(
    ("counts", "path"),
    [((0, 0), ""), ((), ""), ((1, 2), "M0 18v-9h42v-9h42V18z"), ((2, 2, 0), "M0 18v-18h56v18h28V18z")],
)
def test_a_sparkline_is_one_path(counts: tuple[int, ...], path: str) -> None:
    assert spark_path(counts) == path


def test_many_texts_that_look_alike_say_so_once() -> None:
    def numbers(count: int) -> str:
        table = pd.DataFrame({"x": range(count), "label": [f"n{place}" for place in range(count)]})
        text = alt.Chart(table).mark_text(color=TRAIN).encode(x=alt.X("x:Q", axis=None), text="label:N")
        return str(drawn(finished(text, id="t", title="", alt="")))

    few, many = numbers(2), numbers(30)
    assert (few.count(TRAIN), many.count(TRAIN)) == (2, 1)
    assert [place for place in range(30) if f">n{place}</text>" not in many] == []
