"""A histogram between given edges."""

from __future__ import annotations

import numpy as np

from kreport.charts.histogram import histogram_chart


def made(counts, edges, **more):
    spec = histogram_chart(
        np.array(counts, float), np.array(edges, float), id="h", title="", subtitle="", alt="", **more
    ).spec
    return spec["data"]["values"], spec["encoding"]["x"]["axis"]["values"]


def test_bars_lie_between_the_edges():
    rows, _ = made([3, 5], [0, 0.5, 1])
    assert [(row["from"], row["to"], row["least"], row["most"], row["n"]) for row in rows] == [
        (0, 0.5, 0, 0.5, 3),
        (0.5, 1, 0.5, 1, 5),
    ]


def test_of_whole_numbers_the_bins_are_named_by_what_they_hold():
    rows, ticks = made([3, 0, 5], [39.5, 41.5, 43.5, 45.5], whole=True)
    assert [(row["least"], row["most"]) for row in rows] == [(40, 41), (42, 43), (44, 45)]
    assert all(float(tick).is_integer() for tick in ticks)


def test_edges_far_from_zero_stay_apart():
    rows, _ = made([1, 1], [100_000.5, 100_001.5, 100_002.5])
    assert len({row["from"] for row in rows}) == 2
