"""Pixels say what the weights are."""

import numpy as np

from kreport.tensors.pictures import block_means, diverging, filter_images, mosaic, rgb_images, symmetric_limit


def test_zero_is_the_middle_and_the_ends_are_the_limit() -> None:
    values = np.array([[-2, -1, -0.05, 0, 0.05, 1, np.nan]])
    assert diverging(values, 1.0).tolist() == [[0, 0, 4, 4, 4, 8, 9]]


def test_all_zero_is_all_middle() -> None:
    assert diverging(np.zeros((2, 2)), symmetric_limit(np.zeros((2, 2)))).tolist() == [[4, 4], [4, 4]]


def test_block_means_are_means_of_blocks() -> None:
    matrix = np.arange(7 * 10, dtype=np.float32).reshape(7, 10)
    means, block = block_means(matrix, 4)
    assert block == (2, 3)
    assert means.shape == (4, 4)
    assert means[1, 2] == matrix[2:4, 6:9].mean()
    assert means[3, 3] == matrix[6:, 9:].mean()


def test_a_filter_is_the_mean_over_its_channels() -> None:
    kernel = np.random.default_rng(0).normal(size=(3, 5, 4, 6))
    np.testing.assert_allclose(filter_images(kernel, np.array([1, 4]))[1], kernel[..., 4].mean(axis=2), rtol=1e-6)


def test_rgb_uses_the_whole_range_of_each_filter() -> None:
    images = rgb_images(np.random.default_rng(0).normal(size=(3, 3, 3, 2)), np.array([0, 1]))
    assert images.shape == (2, 3, 3, 3)
    assert [(image.min(), image.max()) for image in images] == [(0, 255), (0, 255)]


def test_a_mosaic_has_thin_lines_of_background() -> None:
    sheet = mosaic(np.zeros((5, 2, 2), np.uint8), 3, magnified=2)
    assert sheet.shape == (9, 14)
    assert (sheet[4] == 9).all()
    assert (sheet[5:, 10:] == 9).all()
    assert (sheet[:4, :4] == 0).all()
