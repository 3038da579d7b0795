"""Confidence of what is right over that of what is wrong."""

import numpy as np
import pytest

from kreport.charts.confidence import confidence_chart
from kreport.charts.theme import RIGHT, WRONG
from kreport.render.svg import drawn


def chart(right, wrong, edges):
    arrays = (np.array(values, float) for values in (right, wrong, edges))
    return confidence_chart(*arrays, id="confidence", title="t", subtitle="s", alt="a")


def halves(block):
    return [(half["layer"][0], half["layer"][0]["data"]["values"]) for half in block.spec["vconcat"]]


def test_bars_are_the_counts_between_the_edges_and_empty_bins_are_left_out():
    (up, right), (down, wrong) = halves(chart([0, 3, 500], [2, 0, 1], [0.4, 0.6, 0.8, 1.0]))
    assert [(row["from"], row["to"], row["n"]) for row in right] == [(0.6, 0.8, 3), (0.8, 1.0, 500)]
    assert [(row["from"], row["to"], row["n"]) for row in wrong] == [(0.4, 0.6, 2), (0.8, 1.0, 1)]
    assert (up["mark"]["color"], down["mark"]["color"]) == (RIGHT, WRONG)


def test_mistakes_hang_downwards_on_a_scale_of_their_own():
    (up, _), (down, _) = halves(chart([0, 500], [1, 2], [0, 0.5, 1]))
    rising, falling = (half["encoding"]["y"]["scale"]["domain"] for half in (up, down))
    assert (rising[0], falling[1]) == (0, 0)
    assert rising[1] >= 500
    assert 2 <= falling[0] < 10


def test_the_axis_begins_at_the_first_edge_and_says_so():
    block = chart([1, 1], [1, 1], [0.5, 0.75, 1])
    text = str(drawn(block))
    assert [label for label in ("50%", "60%", "80%", "100%") if f">{label}<" not in text] == []
    assert ">0%<" not in text
    assert {tuple(half["encoding"]["x"]["scale"]["domain"]) for half, _ in halves(block)} == {(0.5, 1.0)}


@pytest.mark.parametrize(("wrong", "said"), [([0, 0], "wrong: 0"), ([1000, 300], "wrong: 1.3\u202fk")])
def test_each_half_says_how_many_it_holds(wrong, said):
    text = str(drawn(chart([1, 1], wrong, [0, 0.5, 1])))
    assert ">right: 2<" in text
    assert f">{said}<" in text


def test_samples_are_counted_in_whole_numbers_and_weights_are_not():
    def ticks(count):
        return halves(chart([count, 0], [0, 0], [0, 0.5, 1]))[0][0]["encoding"]["y"]["axis"]["values"]

    assert ticks(1) == [1]
    assert ticks(0.5) == [0.5, 1]
