"""Numbers against their predictions: points, cells where they are many, a line where errors are zero."""

import json
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kreport.charts.residuals import CELL, HEIGHT, POINTS, SIDE, WIDTH, residual_chart, truth_chart
from kreport.charts.theme import SEQUENTIAL
from kreport.document.text import Name, plain
from kreport.render.svg import drawn

TEXTS = {"id": "residuals", "title": "t", "subtitle": "s", "alt": "a"}


def marks(block):
    return block.spec["layer"][0]


def rows(block):
    return marks(block)["data"]["values"]


def domain(block, key):
    return block.spec["layer"][1]["encoding"][key]["scale"]["domain"]


def normal(samples, seed=0):
    return np.random.default_rng(seed).normal(size=(2, samples))


def test_few_samples_are_points():
    block = residual_chart(np.array([1.0, 2.0]), np.array([0.5, -0.25]), **TEXTS)
    assert rows(block) == [{"x": 1.0, "y": 0.5}, {"x": 2.0, "y": -0.25}]
    assert block.ramp is None


def test_zero_has_a_line_even_where_all_residuals_are_positive():
    block = residual_chart(np.array([1.0, 2.0]), np.array([5.0, 6.0]), **TEXTS)
    [line] = block.spec["layer"][1]["data"]["values"]
    assert (line["y"], line["y2"]) == (0, 0)
    assert [line["x"], line["x2"]] == domain(block, "x")
    assert domain(block, "y")[0] <= 0


def test_labels_and_predictions_share_an_axis_and_its_diagonal():
    block = truth_chart(np.array([0.0, 1.0]), np.array([3.0, -2.0]), **TEXTS)
    assert domain(block, "x") == domain(block, "y")
    low, high = domain(block, "x")
    assert low <= -2
    assert high >= 3
    assert block.spec["layer"][1]["data"]["values"] == [{"x": low, "y": low, "x2": high, "y2": high}]
    assert (block.spec["width"], block.spec["height"]) == (SIDE, SIDE)


@given(st.integers(POINTS + 1, 20_000), st.integers(0, 2**32 - 1))
def test_cells_count_every_sample_and_stay_in_the_plot(samples, seed):
    block = residual_chart(*normal(samples, seed), **TEXTS)
    assert sum(sum(group["n"]) for group in rows(block)) == samples
    assert all(0 <= x <= WIDTH - CELL for group in rows(block) for x in group["px"])
    assert all(0 <= y <= HEIGHT - CELL for group in rows(block) for y in group["py"])


def test_a_cell_lies_where_its_samples_are():
    x, y = np.repeat([0.0, 10.0], 1000), np.repeat([-1.0, 1.0], 1000)
    [group] = rows(residual_chart(x, y, **TEXTS))
    assert group["px"] == sorted(group["px"])
    assert group["py"] == sorted(group["py"], reverse=True)  # the larger residual stands above
    assert group["n"] == [1000, 1000]


def test_cells_with_more_samples_have_a_later_step_and_the_key_says_the_most():
    block = residual_chart(*normal(20_000), **TEXTS)
    pairs = sorted((n, group["s"]) for group in rows(block) for n in group["n"])
    steps = [step for _, step in pairs]
    assert steps == sorted(steps)
    assert (steps[0], steps[-1]) == (2, len(SEQUENTIAL) - 1)
    assert plain(block.ramp.high) == f"{pairs[-1][0]:,} samples"


def test_what_is_not_finite_is_left_out():
    truth, predicted = np.array([1.0, 2.0, np.nan, 4.0]), np.array([1.5, np.inf, 3.0, 4.5])
    block = truth_chart(truth, predicted, **TEXTS)
    assert rows(block) == [{"x": 1.0, "y": 1.5}, {"x": 4.0, "y": 4.5}]


@pytest.mark.parametrize("samples", [500, 5000])
def test_a_sample_far_from_all_others_stands_at_the_edge_and_the_note_says_so(samples):
    predicted, residual = normal(samples)
    residual[0] = 1e6
    block = residual_chart(predicted, residual, note=("Of ", Name("price"), "."), **TEXTS)
    assert domain(block, "y")[1] < 10
    assert plain(block.note) == "Of price. 1 sample beyond the axes stands at the edge."
    assert plain(residual_chart(*normal(samples), **TEXTS).note) == ""


def test_ordinary_tails_are_within_the_axes():
    predicted, _ = normal(5000)
    residual = np.random.default_rng(1).standard_exponential(5000)
    block = residual_chart(predicted, residual, **TEXTS)
    assert domain(block, "y")[1] >= residual.max()


@pytest.mark.parametrize("make", [residual_chart, truth_chart])
@pytest.mark.parametrize("samples", [0, 1, 3, 1000, 1001, 100_000])
@pytest.mark.parametrize("size", [1e-9, 1.0, 1e9])
def test_a_drawing_fits_its_column_and_stays_small(make, samples, size):
    block = make(*(size * normal(samples)), **TEXTS)
    text = str(drawn(block))
    assert float(re.search(r'<svg[^>]*\swidth="([\d.]+)"', text)[1]) <= 464
    assert len(text) < 40_000
    assert len(json.dumps(block.spec, separators=(",", ":"))) < 40_000


def test_every_point_is_drawn_at_its_place_those_at_the_edges_too():
    x, y = np.array([1.0, 1.5, 2.0]), np.array([1.0, 2.0, 1.9])
    block = truth_chart(x, y, **TEXTS)
    low, high = domain(block, "x")
    found = re.findall(r"M([-\d.]+),([-\d.]+)l([-\d.e]+)", str(drawn(block)))
    for across, up in zip(x, y, strict=True):
        place = [(across - low) / (high - low) * SIDE, (high - up) / (high - low) * SIDE]
        assert any(np.allclose([float(a), float(b)], place, atol=0.6) and float(c) for a, b, c in found)


def test_equal_predictions_are_drawn():
    assert "<path" in drawn(residual_chart(np.full(2000, 3.0), normal(2000)[0], **TEXTS))
