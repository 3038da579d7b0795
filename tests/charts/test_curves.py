"""Curves: natural widths, labels in their colours, values that are no numbers marked."""

import re

import numpy as np
import pytest

from kreport.charts.axes import axis_of
from kreport.charts.curves import HALF, THIRD, Line, Mark, lonely, plot, restless, shortened
from kreport.charts.epoch_bars import epoch_bars
from kreport.charts.theme import TRAIN, VALIDATION, finished
from kreport.render.svg import drawn

HOSTILE = '<img src=x onerror=alert(1)>\x00\n"+datum.value+"\'\\'


def line(values, label="train", colour=TRAIN, epochs=None):
    array = np.array(values, float)
    return Line(label=label, colour=colour, epochs=np.arange(1, len(array) + 1) if epochs is None else np.array(epochs),
                values=array)  # fmt: skip


def svg_of(chart):
    return str(drawn(finished(chart, id="c", title="t", alt="a")))


def svg(lines, kind="linear", width=HALF, **more):
    values = [v for each in lines for v in each.values if np.isfinite(v)]
    return svg_of(plot(lines, axis_of(values, kind), width=width, height=100, **more))


def width_of(text):
    return float(re.search(r'<svg[^>]*\swidth="([\d.]+)"', text)[1])


@pytest.mark.parametrize("width", [HALF, THIRD])
@pytest.mark.parametrize("kind", ["linear", "log"])
@pytest.mark.parametrize("size", [1e-9, 1.0, 123456.0])
def test_a_drawing_is_never_wider_than_its_place(width, kind, size):
    values = size * np.array([1.0, 0.5, 0.01])
    for label in ("train", "a run with a very long name"):
        assert width_of(svg([line(values, label), line(values * 2, label)], kind, width=width)) <= width


def test_lines_are_labelled_in_their_colours():
    text = svg([line([1, 2]), line([2, 3], "val", VALIDATION)])
    assert re.search(rf'<text[^>]*fill="{re.escape(VALIDATION)}"[^>]*>val<', text)
    assert re.search(rf'<text[^>]*fill="{re.escape(TRAIN)}"[^>]*>train<', text)


def test_the_best_epoch_is_named():
    text = svg([line([2, 1, 3])], best=Mark(epoch=2, value=1.0, colour=TRAIN, text="best: epoch 2"))
    assert ">best: epoch 2<" in text


def test_all_chosen_ticks_are_written():
    text = svg([line([1.0, 0.5, 0.02, 0.01, 0.008, 0.5])], "log")
    assert [
        tick for tick in ("0.01", "0.03", "0.1", "0.3", ">1<", ">2<", ">3<", ">4<", ">5<", ">6<") if tick not in text
    ] == []


def test_a_value_that_is_no_number_breaks_the_line_and_is_marked():
    whole, broken = svg([line([1, 2, 3, 4])]), svg([line([1, 2, np.nan, 4])])
    assert broken.count("<path") > whole.count("<path")
    assert "NaN" not in broken


def test_a_single_value_is_a_point():
    assert lonely(line([1.0]))
    assert lonely(line([1.0, 2.0], epochs=[2, 4]))
    assert not lonely(line([1.0, 2.0]))


def test_only_curves_that_run_up_and_down_are_thin():
    assert restless(line(np.random.default_rng(0).random(500)))
    assert not restless(line(np.linspace(0, 1, 500)))
    assert not restless(line(np.random.default_rng(0).random(100)))


def test_names_are_shortened_and_never_markup():
    assert len(shortened("x" * 99)) == 16
    text = svg([line([1, 2], HOSTILE)])
    assert "<img" not in text
    assert "\x00" not in text


def test_bars_rise_from_zero_and_become_a_line_when_there_are_many():
    few = svg_of(epoch_bars(np.arange(1, 4), np.array([-1.0, 2.0, 3.0]), name="gap", width=THIRD, height=80))
    many = svg_of(epoch_bars(np.arange(1, 401), np.linspace(-1, 1, 400), name="gap", width=THIRD, height=80))
    assert width_of(few) <= THIRD
    assert width_of(many) <= THIRD
    assert len(many) < 20_000
