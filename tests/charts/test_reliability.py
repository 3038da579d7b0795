"""Reliability diagrams: shares with intervals over the diagonal, sizes of bins below."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kreport.charts.counts import LETTER
from kreport.charts.reliability import WIDTH, Reliability, reliability_chart
from kreport.render.svg import drawn


def chart(*bins, of=10):
    """Bins given as (place, confidence, right, low, high, samples)."""
    made = [
        Reliability(start=i / of, end=(i + 1) / of, confidence=c, right=r, low=low, high=high, samples=n)
        for i, c, r, low, high, n in bins
    ]
    return reliability_chart(made, id="reliability", title="t", subtitle="s", alt="a")


def rows(block, place, layer=0):
    return block.spec["vconcat"][place]["layer"][layer]["data"]["values"]


TWO = ((5, 0.55, 0.5, 0.2, 0.8, 6.0), (9, 0.99, 0.9, 0.85, 0.94, 529.0))


def test_dots_lie_at_confidence_and_share_and_intervals_reach_from_low_to_high():
    shares = chart(*TWO).spec["vconcat"][0]["layer"]
    spans, dots = shares[2:]
    assert [spans["encoding"][key]["field"] for key in ("x", "y", "y2")] == ["c", "low", "high"]
    assert [dots["encoding"][key]["field"] for key in ("x", "y")] == ["c", "r"]
    assert [(row["c"], row["r"], row["low"], row["high"]) for row in dots["data"]["values"]] == [
        (0.55, 0.5, 0.2, 0.8),
        (0.99, 0.9, 0.85, 0.94),
    ]


def test_the_diagonal_is_dashed_and_named():
    ideal = chart(*TWO).spec["vconcat"][0]["layer"][0]
    assert ideal["data"]["values"] == [{"c": 0, "r": 0, "to": 1}]
    assert ideal["mark"]["strokeDash"] == [3, 3]
    assert ">perfect<" in drawn(chart(*TWO))


def test_its_name_keeps_away_from_the_bins():
    def place(*bins):
        return rows(chart(*bins), 0, layer=1)[0]["c"]

    assert place(*TWO) < 0.3
    assert place((0, 0.05, 0.1, 0, 0.2, 5.0), (1, 0.15, 0.1, 0, 0.2, 5.0)) > 0.6


def test_bars_stand_on_the_same_axis_between_the_edges_of_their_bins():
    shares, counts = chart(*TWO).spec["vconcat"]
    assert [(row["from"], row["to"], row["n"]) for row in rows(chart(*TWO), 1)] == [(0.5, 0.6, 6), (0.9, 1.0, 529)]
    assert shares["width"] == counts["width"] == WIDTH
    domains = [part["layer"][0]["encoding"]["x"]["scale"]["domain"] for part in (shares, counts)]
    assert domains == [[0, 1], [0, 1]]


def test_numbers_of_samples_are_written_and_weights_rounded():
    text = str(drawn(chart(*TWO, (2, 0.25, 0.2, 0.1, 0.3, 12.3456))))
    assert [n for n in ("6", "529", "12.3") if f">{n}<" not in text] == []


@given(st.lists(st.floats(0.1, 1e6), min_size=1, max_size=20))
def test_numbers_never_cover_each_other_and_the_largest_is_there(samples):
    bins = [(i, i / 20 + 0.02, 0.5, 0.4, 0.6, n) for i, n in enumerate(samples)]
    block = chart(*bins, of=20)
    written = sorted(rows(block, 1, layer=1), key=lambda row: row["at"])
    assert max(row["n"] for row in written) == max(row["n"] for row in rows(block, 1))
    for one, other in pairwise(written):
        between = (other["at"] - one["at"]) * WIDTH
        assert between >= LETTER * (len(one["text"]) + len(other["text"])) / 2 - 0.5


@pytest.mark.parametrize("bins", [1, 10, 20])
def test_a_drawing_fits_its_column(bins):
    block = chart(*((i, (i + 0.5) / bins, 0.5, 0.4, 0.6, 10.0**i) for i in range(bins)), of=bins)
    text = str(drawn(block))
    assert float(re.search(r'<svg[^>]*\swidth="([\d.]+)"', text)[1]) <= 464
    assert len(text) < 9_000
