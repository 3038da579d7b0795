"""Thinning keeps what a picture shows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kreport.tensors.thinning import FLAT, outlined, thinned


@settings(deadline=None)
@given(st.lists(st.floats(), min_size=1, max_size=300), st.integers(4, 50))
def test_keeps_ends_and_extremes_in_order_and_no_more_points_than_asked(values, points):
    array = np.array(values)
    kept = thinned(array, points)
    assert len(kept) <= max(points, 4)
    assert np.all(np.diff(kept) > 0)
    assert kept[0] == 0
    assert kept[-1] == len(array) - 1
    finite = array[np.isfinite(array)]
    if len(finite) and not np.isnan(array).any():
        assert array[kept].min() == array.min()
        assert array[kept].max() == array.max()


def test_keeps_a_single_nan_of_a_long_curve():
    values = np.linspace(1, 0, 10_000)
    values[4321] = np.nan
    assert np.isnan(values[thinned(values, 100)]).sum() == 1


def test_keeps_everything_that_fits():
    assert thinned(np.arange(5.0), 5).tolist() == [0, 1, 2, 3, 4]


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=300), st.integers(2, 50))
def test_outlines_keep_the_ends_in_order_and_no_more_points_than_asked(pairs, points):
    x, y = np.sort([one for one, _ in pairs]), np.array([other for _, other in pairs])
    kept = outlined(x, y, points)
    assert len(kept) <= points
    assert np.all(np.diff(kept) > 0)
    assert kept[0] == 0
    assert kept[-1] == len(x) - 1


@pytest.mark.parametrize("size", [50, 5000])
def test_an_outline_keeps_corners_and_drops_what_lies_on_a_line(size):
    x = np.linspace(0, 1, size)
    corner = size // 5
    y = np.where(x <= x[corner], 3 * x, 3 * x[corner])
    assert outlined(x, y, 100).tolist() == [0, corner, size - 1]


@pytest.mark.parametrize("size", [300, 50_000])
def test_an_outline_is_as_near_as_the_points_allow(size):
    x = np.linspace(0, 1, size)
    y = 0.5 + np.sin(12 * x) / 2
    many, few = outlined(x, y, 1000), outlined(x, y, 20)
    assert np.abs(np.interp(x, x[many], y[many]) - y).max() < 10 * FLAT
    assert np.abs(np.interp(x, x[few], y[few]) - y).max() < 0.05


def test_an_outline_keeps_a_single_peak_and_an_upright_edge():
    x, y = np.linspace(0, 1, 10_000), np.zeros(10_000)
    y[4321] = 1
    assert 4321 in outlined(x, y, 5)
    upright = outlined(np.zeros(5000), np.linspace(0, 1, 5000), 9)
    assert upright.tolist() == [0, 4999]
