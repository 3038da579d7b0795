"""Points that a line does not need."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kreport.charts.simplify import needed, needed_of_path


def distance(point, start, end):
    along = end - start
    share = np.clip(np.dot(point - start, along) / max(np.dot(along, along), 1e-300), 0, 1)
    return float(np.linalg.norm(point - start - share * along))


def test_a_straight_line_needs_its_ends():
    x = np.linspace(0, 1, 9)
    assert needed(x, 2 * x).nonzero()[0].tolist() == [0, 8]
    assert needed_of_path(x, 2 * x).nonzero()[0].tolist() == [0, 8]


def test_a_path_keeps_its_corners_where_it_goes_straight_up():
    x, y = np.array([0.0, 0, 0, 5, 9, 9]), np.array([0.0, 4, 8, 8, 8, 2])
    assert needed_of_path(x, y).nonzero()[0].tolist() == [0, 2, 4, 5]


def test_a_path_that_comes_back_keeps_its_far_end():
    assert needed_of_path(np.array([0.0, 5, 0]), np.zeros(3)).all()


@given(st.integers(0, 2**32 - 1), st.integers(2, 60), st.floats(0.1, 20))
def test_what_is_left_out_is_near_the_path(seed, count, tolerance):
    points = np.random.default_rng(seed).random((count, 2)) * 100
    kept = needed_of_path(points[:, 0], points[:, 1], tolerance).nonzero()[0]
    for first, last in pairwise(kept):
        assert all(distance(points[i], points[first], points[last]) <= tolerance + 1e-9 for i in range(first, last))
