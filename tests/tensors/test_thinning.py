"""Thinning keeps what a picture shows."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kreport.tensors.thinning import thinned


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
