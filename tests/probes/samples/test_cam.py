"""Grad-CAM: the formula of its paper, and a stretch that keeps what is constant and linear."""

import numpy as np
from scipy.ndimage import map_coordinates

from kreport.probes.samples.cam import grad_cam, stretched


def test_maps_are_summed_with_the_means_of_their_gradients():
    rng = np.random.default_rng(0)
    maps, slopes = rng.normal(size=(2, 3, 4, 5)), rng.normal(size=(2, 3, 4, 5))
    expected = np.zeros((2, 3, 4))
    for n in range(2):
        for k in range(5):
            expected[n] += slopes[n, :, :, k].mean() * maps[n, :, :, k]
    np.testing.assert_allclose(grad_cam(maps, slopes), np.maximum(expected, 0))


def test_series_have_one_axis_of_positions():
    maps, slopes = np.ones((1, 4, 2)), np.full((1, 4, 2), 0.5)
    np.testing.assert_allclose(grad_cam(maps, slopes), np.ones((1, 4)))


def test_stretched_is_linear_between_the_middles_of_cells():
    values = np.random.default_rng(1).normal(size=(4, 5))
    found = stretched(values, (12, 7))
    rows, columns = ((np.arange(n) + 0.5) * old / n - 0.5 for n, old in ((12, 4), (7, 5)))
    grid = np.meshgrid(np.clip(rows, 0, 3), np.clip(columns, 0, 4), indexing="ij")
    np.testing.assert_allclose(found, map_coordinates(values, grid, order=1), atol=1e-12)


def test_a_constant_stays():
    np.testing.assert_allclose(stretched(np.full((2, 2), 3.0), (9, 5)), 3)
