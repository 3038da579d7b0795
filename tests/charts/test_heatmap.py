"""Heat maps: nine steps by given edges, few marks, the loss on the same axis."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kreport.charts.axes import axis_of
from kreport.charts.curves import Line
from kreport.charts.heatmap import BAD, Heat, fitted, heatmap, log_edges
from kreport.charts.theme import DIVERGING, ERROR, VALIDATION, finished
from kreport.document.text import plain
from kreport.render.svg import drawn

EDGES = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0)


def heat(values, **more):
    values = np.asarray(values, np.float64)
    given_ = {
        "labels": [f"layer{row}" for row in range(len(values))],
        "epochs": np.arange(1, values.shape[1] + 1),
        "values": values,
        "bad": np.zeros(values.shape, bool),
        "edges": EDGES,
    }
    return Heat(**(given_ | more))


def svg(one, *lines):
    values = [v for line in lines for v in line.values if np.isfinite(v)]
    chart = heatmap(one, lines, axis_of(values, "linear", most=3) if values else None)
    return str(drawn(finished(chart, id="h", title="t", alt="a")))


def test_levels_follow_the_edges():
    one = heat([[0.5, 1.0, 1.5, 8.0, 9.0, np.nan]], bad=np.array([[False] * 4 + [True, False]]))
    assert one.levels().tolist() == [[0, 1, 1, 8, BAD, -1]]


def test_a_cell_that_was_not_measured_is_not_drawn_and_a_bad_one_is_marked():
    text = svg(heat([[1.5, np.nan, 9.0]], palette="diverging", bad=np.array([[False, False, True]])))
    assert DIVERGING[1] in text
    assert ERROR in text
    assert sum(colour in text for colour in DIVERGING) == 1


def test_few_cells_stand_alone_and_many_are_joined():
    few, many = svg(heat(np.full((2, 10), 3.5))), svg(heat(np.full((40, 60), 3.5)))
    assert few.count("h-0") == 0
    assert many.count("Z") < 60


def test_narrow_columns_are_joined_however_few_the_rows():
    wide, narrow = svg(heat(np.full((2, 30), 3.5))), svg(heat(np.full((2, 31), 3.5)))
    assert (wide.count("<path"), narrow.count("<path")) != (0, 0)
    assert len(narrow) < len(wide) / 2


@given(rows=st.integers(1, 60), epochs=st.integers(1, 120), seed=st.integers(0, 5))
def test_a_heat_map_of_noise_stays_small(rows, epochs, seed):
    values = np.random.default_rng(seed).uniform(0, 9, (rows, epochs))
    one = fitted(heat(values))
    levels = one.levels()
    marks = int((np.diff(levels, axis=1) != 0).sum()) + len(levels)
    assert marks <= 640 or levels.size <= 200
    assert one.labels[0] == "layer0"
    assert one.labels[-1] == f"layer{rows - 1}"
    assert (one.epochs[0], one.epochs[-1]) == (1, epochs)


def test_its_drawing_has_at_most_20_kb():
    values = np.random.default_rng(0).uniform(0, 9, (40, 60))
    epochs = np.arange(1, 61)
    loss = Line(label="val loss", colour=VALIDATION, epochs=epochs, values=1 / epochs)
    text = svg(fitted(heat(values)), loss)
    assert len(text) < 20_000
    assert "val loss" in text


def test_columns_meet_half_way_between_epochs_that_are_left_out():
    spec = heatmap(heat(np.full((1, 3), 3.5), epochs=np.array([1, 5, 11]))).to_dict(validate=False)
    [data] = spec["datasets"].values() if "datasets" in spec else [spec["data"]["values"]]
    spans = [(row["epoch"], row["end"]) for row in data]
    assert [a for a, _ in spans] == [-1, 3, 8]
    assert spans[-1][1] == pytest.approx(14, abs=0.1)


def test_the_key_says_the_ends():
    ramp = heat(
        [[1.0]], ends=("too small, below", "too large, above"), edges=tuple(10.0**p for p in range(-9, -1))
    ).ramp
    assert (plain(ramp.low), plain(ramp.high)) == ("too small, below 1.0e-9", "too large, above 0.01")


def test_a_single_epoch_and_hostile_names_are_drawn():
    text = svg(heat([[3.5]], labels=['<b>"\x00{|}']))
    assert "<b>" not in text
    assert "&lt;b&gt;" in text


def test_edges_are_even_on_a_log_scale():
    edges = log_edges(np.geomspace(1e-6, 1e2, 500))
    ratios = np.diff(np.log10(edges))
    assert len(edges) == 8
    assert np.ptp(ratios) < 0.05
    assert log_edges(np.full((3, 4), 2.0)) == tuple(sorted(log_edges(np.full((3, 4), 2.0))))
    assert len(log_edges(np.full((2, 2), np.nan))) == 8
