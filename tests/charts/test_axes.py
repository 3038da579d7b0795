"""Axes hold their values, ticks are few and told apart, labels never overlap."""

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kreport.charts.axes import LINE_HEIGHT, axis_of, epoch_ticks, spread


@settings(deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20), st.booleans())
def test_a_linear_axis_holds_all_values_and_has_few_ticks_inside(values, zero):
    axis = axis_of(values, "linear", zero=zero)
    assert axis.low < axis.high
    assert axis.low <= min(values) or min(values) < -1e300
    assert axis.high >= max(values) or max(values) > 1e300
    assert len(axis.ticks) <= 9
    assert 0 <= axis.position(values[0], 100) <= 100


@settings(deadline=None)
@given(st.lists(st.floats(1e-290, 1e290), min_size=1, max_size=20))
def test_a_log_axis_holds_all_values_and_has_few_ticks_inside(values):
    axis = axis_of(values, "log")
    assert 0 < axis.low <= min(values) <= max(values) <= axis.high
    assert all(axis.low <= tick <= axis.high for tick in axis.ticks)
    assert len(axis.ticks) <= 7


def test_a_percent_axis_ends_at_one():
    axis = axis_of([0.1, 0.995], "percent")
    assert axis.high == 1.0
    assert axis.ticks == (0.25, 0.5, 0.75, 1.0)


def test_a_loss_over_decades_gets_ticks_at_ones_and_threes():
    assert axis_of([2.2, 0.008], "log").ticks == (0.01, 0.03, 0.1, 0.3, 1.0)


@pytest.mark.parametrize(
    ("values", "written"),
    [([0.0, 1.0], ",.4~r"), ([0.0, 25_000.0], ",.4~r"), ([0.0, 2e6], ".3~s"), ([1e-6, 1e-5], ".3~e"),
     ([0.0, 0.004], ",.4~r")],
)  # fmt: skip
def test_thousands_are_written_as_people_write_them(values, written):
    assert axis_of(values, "linear").written == written


@pytest.mark.parametrize(
    ("first", "last", "ticks"),
    [
        (1, 1, [1]),
        (1, 6, [1, 2, 3, 4, 5, 6]),
        (1, 18, [1, 5, 10, 15, 18]),
        (1, 100, [1, 50, 100]),
        (5, 60, [5, 20, 40, 60]),
    ],
)
def test_epochs_are_written_where_they_are_round(first, last, ticks):
    assert epoch_ticks(first, last) == ticks


@settings(deadline=None)
@given(st.integers(1, 10**7), st.integers(0, 10**7))
def test_epoch_ticks_rise_and_are_few(first, more):
    ticks = epoch_ticks(first, first + more)
    assert ticks == sorted(set(ticks))
    assert len(ticks) <= 8


@settings(deadline=None)
@given(st.lists(st.floats(0, 200), min_size=1, max_size=6))
def test_labels_keep_their_order_and_distance(positions):
    placed = spread(positions, top=4, bottom=200)
    by_place = sorted(placed)
    assert all(b - a >= LINE_HEIGHT - 1e-9 for a, b in pairwise(by_place))
    assert max(placed) <= 200 + 1e-9
    order = sorted(range(len(positions)), key=lambda i: (positions[i], i))
    assert all(placed[a] < placed[b] for a, b in pairwise(order))


def test_a_label_that_has_room_stays_where_its_line_ends():
    assert spread([10.0, 100.0], top=4, bottom=200) == [10.0, 100.0]
    assert not math.isclose(spread([10.0, 11.0], top=4, bottom=200)[1], 11.0)
