"""Arrays as small pictures: steps of a nine-colour palette that is symmetric about zero, or RGB."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

STEPS = 9
BACKGROUND = 9
"""Palette index of what is no number."""

RGB_LEVELS = 16
"""Levels of each colour: finer ones cannot be told apart in a filter of 7 × 7 pixels, and cost bytes."""


def diverging(values: NDArray[Any], limit: float) -> NDArray[np.uint8]:
    """Return palette steps 0 to 8 for ``-limit`` to ``limit`` in equal parts; beyond is cut, NaN is background."""
    scaled = (
        (np.asarray(values, np.float64) / limit + 1) * (STEPS / 2) if limit > 0 else np.full(values.shape, STEPS / 2)
    )
    steps = np.floor(np.clip(np.nan_to_num(scaled, nan=0.0), 0, STEPS - 1)).astype(np.uint8)
    steps[np.isnan(values)] = BACKGROUND
    return steps


def symmetric_limit(values: NDArray[Any], level: float = 99) -> float:
    """Return the ``level`` percentile of the finite magnitudes, or the largest where that is 0; 0 for nothing."""
    magnitudes = np.abs(values[np.isfinite(values)]).astype(np.float64)
    if not magnitudes.size:
        return 0.0
    return float(np.percentile(magnitudes, level)) or float(magnitudes.max())


def block_means(matrix: NDArray[Any], cells: int) -> tuple[NDArray[np.float64], tuple[int, int]]:
    """Return the matrix as at most ``cells`` × ``cells`` means of blocks, and the size of a block.

    Blocks are equal but for the last of a row or column. Sums run in float64 over rows of one block.
    """
    block = tuple(-(-size // cells) for size in matrix.shape)
    starts = np.arange(0, matrix.shape[1], block[1])
    widths = np.diff(np.append(starts, matrix.shape[1]))
    means = []
    for top in range(0, matrix.shape[0], block[0]):
        rows = matrix[top : top + block[0]]
        column = rows.astype(np.float32, copy=False).mean(axis=0, dtype=np.float64)
        means.append(np.add.reduceat(column, starts) / widths)
    return np.array(means), (block[0], block[1])


def filter_images(kernel: NDArray[Any], shown: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return ``(filters, height, width)`` of a ``(height, width, channels, filters)`` kernel: means over channels."""
    chosen = np.asarray(kernel[..., shown], np.float32).mean(axis=2, dtype=np.float64)
    return np.moveaxis(chosen, -1, 0)


def rgb_images(kernel: NDArray[Any], shown: NDArray[np.intp]) -> NDArray[np.uint8]:
    """Return ``(filters, height, width, 3)``, each filter stretched from its least to its greatest value."""
    chosen = np.moveaxis(np.asarray(kernel[..., shown], np.float64), -1, 0)
    low = chosen.min(axis=(1, 2, 3), keepdims=True)
    span = chosen.max(axis=(1, 2, 3), keepdims=True) - low
    share = np.divide(chosen - low, span, out=np.full(chosen.shape, 0.5), where=span > 0)
    levels = np.round(share * (RGB_LEVELS - 1)) * (255 / (RGB_LEVELS - 1))
    return np.asarray(levels, np.uint8)


def mosaic(images: NDArray[np.uint8], columns: int, *, magnified: int = 1) -> NDArray[np.uint8]:
    """Return images ``(n, height, width[, 3])`` side by side with lines of background one pixel wide between.

    ``magnified`` draws each pixel as a square of that many, so that the lines stay thin.
    """
    images = images.repeat(magnified, axis=1).repeat(magnified, axis=2)
    count, height, width = images.shape[:3]
    rows = -(-count // columns)
    # RGB has no palette: its lines take the background's grey, 8a9099.
    ground = np.array([0x8A, 0x90, 0x99], np.uint8) if images.ndim == 4 else np.uint8(BACKGROUND)
    sheet = np.empty((rows * (height + 1) - 1, columns * (width + 1) - 1, *images.shape[3:]), np.uint8)
    sheet[...] = ground
    for index, image in enumerate(images):
        top, left = (index // columns) * (height + 1), (index % columns) * (width + 1)
        sheet[top : top + height, left : left + width] = image
    return sheet
