"""Thumbnails: block averages are NumPy's, steps lie on the scale that is stated."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from kreport.tensors.thumbnails import image_range, levels, scale_of, shrunk, steps

NUMBERS = st.floats(-1e6, 1e6, width=32)


@given(arrays(np.float32, array_shapes(min_dims=2, max_dims=3, max_side=20), elements=NUMBERS), st.integers(1, 9))
def test_nothing_is_longer_than_asked_and_the_mean_of_equal_blocks_stays(values, side):
    found = shrunk(values, side)
    assert max(found.shape[:2]) <= side
    assert found.shape[2:] == values.shape[2:]
    height, width = (-(-n // side) for n in values.shape[:2])
    block = values[:height, :width].astype(np.float64).mean((0, 1))
    np.testing.assert_allclose(found[0, 0], block, atol=1e-6 * max(1, np.abs(values).max()))


def test_small_pictures_stay_as_they_are():
    values = np.arange(12.0).reshape(3, 4)
    np.testing.assert_array_equal(shrunk(values, 4), values)


def test_a_scale_starts_at_zero_or_lies_about_it():
    assert scale_of(np.array([0.0, 1.0, 2.0]))[0] == 0
    low, high = scale_of(np.array([-1.0, 2.0, np.nan, np.inf]))
    assert low == -high < 0
    assert scale_of(np.array([np.nan])) == (0.0, 0.0)


def test_steps_are_ninths_of_the_scale_and_nan_is_background():
    assert steps(np.array([0.0, 0.4, 0.99, 5.0, np.nan]), 0.0, 0.9).tolist() == [0, 4, 8, 8, 9]
    assert steps(np.array([-1.0, 0.0, 1.0]), -1.0, 1.0).tolist() == [0, 4, 8]
    assert steps(np.array([0.0, 0.0]), 0.0, 0.0).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("values", "ends"),
    [
        (np.array([0.0, 0.7]), (0, 1)),
        (np.array([0, 17, 255], np.uint8), (0, 255)),
        (np.array([-1.0, 0.2]), (-1, 1)),
        (np.array([-2.0, 0.0, 3.0]), (-1.98, 2.97)),
    ],
)
def test_black_and_white_are_the_ends_that_pictures_usually_have(values, ends):
    np.testing.assert_allclose(image_range(values), ends)


def test_levels_are_sixteen():
    found = levels(np.linspace(-0.5, 1.5, 500), 0, 1)
    assert np.unique(found).size == 16
    assert (found.min(), found.max()) == (0, 255)
