"""ROC and precision against recall: curves keep their area, names keep off them."""

import json
import re
from itertools import pairwise

import numpy as np
import pytest
from sklearn.metrics import auc, average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

from kreport.charts.roc import CURVES, POINTS, SIDE, Curve, precision_recall_chart, roc_chart
from kreport.charts.theme import SERIES
from kreport.render.svg import compiled, drawn

TEXTS = {"id": "roc", "title": "t", "subtitle": "s", "alt": "a"}


def scores(apart, *, rate=0.3, samples=2000, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.random(samples) < rate
    return truth, rng.normal(size=samples) + apart * truth


def roc_of(name, truth, score):
    x, y, _ = roc_curve(truth, score, drop_intermediate=False)
    return Curve(name=name, x=x, y=y)


def recall_of(name, truth, score):
    precision, recall, _ = precision_recall_curve(truth, score)
    return Curve(name=name, x=recall[::-1], y=precision[::-1])


def lines(block):
    return [{"data": block.spec.get("data")} | layer for layer in block.spec["layer"] if "layer" in layer]


def points(line):
    return np.array([(row["x"], row["y"]) for row in line["data"]["values"]])


def words(block):
    """Text → its place in px from the upper left of the plot."""
    return {
        layer["data"]["values"][0]["name"]: [layer["encoding"][key]["value"] for key in "xy"]
        for layer in block.spec["layer"]
        if layer.get("mark", {}).get("type") == "text" and "value" in layer["encoding"]["x"]
    }


@pytest.mark.parametrize("apart", [0.2, 1.0, 3.0])
def test_a_roc_curve_keeps_its_area_with_few_points(apart):
    data = scores(apart)
    [line] = lines(roc_chart([roc_of("", *data)], **TEXTS))
    found = points(line)
    assert len(found) <= POINTS
    assert auc(*found.T) == pytest.approx(roc_auc_score(*data), abs=0.002)
    assert (found[0].tolist(), found[-1].tolist()) == ([0, 0], [1, 1])


@pytest.mark.parametrize("samples", [12, 2000])
def test_precision_is_drawn_in_steps_so_that_its_area_is_average_precision(samples):
    data = scores(1.0, samples=samples)
    [line] = lines(precision_recall_chart([recall_of("", *data)], **TEXTS))
    found = points(line)
    assert len(found) <= POINTS
    assert np.trapezoid(found[:, 1], found[:, 0]) == pytest.approx(average_precision_score(*data), abs=0.004)


def test_points_are_joined_in_the_order_of_the_curve():
    [line] = lines(roc_chart([roc_of("", *scores(1.0))], **TEXTS))
    drawn_line = line["layer"][0]
    assert drawn_line["encoding"]["order"] == {"value": None}
    assert (np.diff(points(line), axis=0) >= 0).all()


def test_chance_is_the_diagonal_of_one_and_the_base_rate_of_the_other():
    one = roc_chart([roc_of("", *scores(1.0))], **TEXTS)
    other = precision_recall_chart([recall_of("", *scores(1.0))], base_rate=0.3, **TEXTS)
    assert one.spec["layer"][0]["data"]["values"] == [{"x": 0, "y": 0, "to": 1}]
    assert ">chance<" in drawn(one)
    assert other.spec["layer"][0]["data"]["values"][0]["y"] == 0.3
    assert ">base rate<" in drawn(other)
    assert ">base rate<" not in drawn(precision_recall_chart([recall_of("", *scores(1.0))], **TEXTS))


def test_every_curve_has_its_name_in_its_colour_and_the_seventh_is_left_out():
    curves = [roc_of(f"class {index}", *scores(3 - index / 3, seed=index)) for index in range(CURVES + 1)]
    block = roc_chart(curves, **TEXTS)
    assert [line["layer"][0]["mark"]["color"] for line in lines(block)] == list(SERIES)
    assert list(words(block)) == [f"class {index}" for index in range(CURVES)]
    for index, colour in enumerate(SERIES):
        assert re.search(rf'<text[^>]*fill="{re.escape(colour)}"[^>]*>class {index}<', str(drawn(block)))


@pytest.mark.parametrize("make", [roc_chart, precision_recall_chart])
@pytest.mark.parametrize("apart", [0.0, 0.5, 1.5, 4.0])
@pytest.mark.parametrize("count", [1, 3, 6])
def test_names_keep_off_the_curves_or_stand_beside_the_plot(make, apart, count):
    of = roc_of if make is roc_chart else recall_of
    block = make([of(f"cat {i}, 0.98", *scores(apart + i / 2, seed=i)) for i in range(count)], **TEXTS)
    steps = np.linspace(0, 1, 40)
    found = [points(line) for line in lines(block)]
    for name, (x, y) in words(block).items():
        if x > SIDE:
            continue
        left = x - 6.2 * len(name) if x > SIDE / 2 else x
        for path in found:
            dense = np.concatenate([a + steps[:, None] * (b - a) for a, b in pairwise(path)])
            px = dense * [SIDE, -SIDE] + [0, SIDE]
            inside = (px[:, 0] > left) & (px[:, 0] < left + 6.2 * len(name)) & (abs(px[:, 1] - y) < 5)
            assert not inside.any()


def test_names_are_text_and_a_drawing_fits_its_column():
    curves = [
        recall_of("<img src=x>'\\\n a very long name of a class, 0.98", *scores(i / 3, seed=i)) for i in range(CURVES)
    ]
    block = precision_recall_chart(curves, base_rate=0.3, **TEXTS)
    text = str(drawn(block))
    assert "<img" not in text
    assert float(re.search(r'<svg[^>]*\swidth="([\d.]+)"', text)[1]) <= 464
    assert len(json.dumps(block.spec, separators=(",", ":"))) < 45_000
    assert compiled(block)["marks"]
