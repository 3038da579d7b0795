"""Which kernels are drawn, and how: filters as a grid, everything else as a heatmap of block means."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.analyzers._weights.stats import KernelPicture, VariableStats
from kreport.probes.weights import WeightTensor
from kreport.tensors.pictures import block_means, diverging, filter_images, rgb_images, symmetric_limit

MAIN_FILTERS = 64
TILES = 36
"""Up to so many filters each has a picture of its own; more of them share one."""

MAIN_CELLS = 48
SMALL_FILTERS = 25
SMALL_CELLS = 16
SMALL_PICTURES = 60
"""Pictures in the layer explorer at most: some 700 bytes each in the file."""

LARGEST_FILTER = 32
"""A kernel with a longer side (pixels) is drawn as a matrix."""

MAIN = 2
"""Kernels drawn in the section itself."""


def pictures(
    tensors: Sequence[WeightTensor], measured: Sequence[VariableStats]
) -> tuple[tuple[KernelPicture, ...], int]:
    """Return the pictures, and that the explorer shows every so-manieth kernel."""
    drawable = [i for i, v in enumerate(measured) if v.matrix and v.values and v.values.mean is not None]
    main = telling(measured, drawable)
    every = max(1, -(-len(drawable) // SMALL_PICTURES))
    drawn = []
    for position, index in enumerate(drawable):
        tensor = tensors[index]
        small = position % every == 0 and index not in main
        if index in main or small:
            drawn.append(_picture(tensor, tensor.read(), measured[index], main=index in main))
    return tuple(drawn), every


def telling(measured: Sequence[VariableStats], drawable: Sequence[int]) -> list[int]:
    """Return the kernels for the section: the first with spatial filters and the one with most dead filters.

    Where none is dead it is the last one; without convolutions, embeddings and the largest kernels.
    """
    spatial = [i for i in drawable if has_filters(measured[i])]
    if spatial:
        first = spatial[0]
        other = max(reversed(spatial), key=lambda i: _dead(measured[i]))
        return sorted({first, other})
    ranked = sorted(drawable, key=lambda i: (measured[i].role != "embedding", -_size(measured[i]), i))
    return sorted(ranked[:MAIN])


def has_filters(variable: VariableStats) -> bool:
    """Tell whether a kernel's filters are pictures: two or three spatial axes with more than one pixel."""
    m, shape = variable.matrix, variable.shape
    if m is None or m.field < 2 or m.layout not in ("conv", "transposed", "depthwise"):
        return False
    return 1 < max(shape[: m.field]) <= LARGEST_FILTER and min(shape[m.field - 2 : m.field]) > 1


def _dead(variable: VariableStats) -> int:
    return variable.matrix.units.dead if variable.matrix and variable.matrix.units else 0


def _size(variable: VariableStats) -> int:
    return variable.matrix.rows * variable.matrix.columns if variable.matrix else 0


def _picture(tensor: WeightTensor, values: NDArray[Any], stats: VariableStats, *, main: bool) -> KernelPicture:
    if has_filters(stats):
        return _filters(tensor, values, main=main)
    means, block = block_means(tensor.matrix(values), MAIN_CELLS if main else SMALL_CELLS)
    limit = symmetric_limit(means)
    return KernelPicture(
        layer=tensor.layer, name=tensor.name, style="matrix", pixels=diverging(means, limit), limit=limit, block=block,
        main=main,
    )  # fmt: skip


def _filters(tensor: WeightTensor, values: NDArray[Any], *, main: bool) -> KernelPicture:
    kernel = _channels_then_filters(tensor, values)
    total, channels = kernel.shape[3], kernel.shape[2]
    count = _full_rows(total) if main else max(1, math.isqrt(min(total, SMALL_FILTERS))) ** 2
    shown = np.unique(np.linspace(0, total - 1, count).round().astype(np.intp))
    common = {"layer": tensor.layer, "name": tensor.name, "shown": tuple(int(i) for i in shown), "total": total,
              "channels": channels, "main": main}  # fmt: skip
    if channels == 3 and main and bool(np.isfinite(np.asarray(kernel[..., shown], np.float32)).all()):
        return KernelPicture(style="rgb", pixels=rgb_images(kernel, shown), limit=None, **common)
    images = filter_images(kernel, shown)
    limit = symmetric_limit(images)
    return KernelPicture(style="filters", pixels=diverging(images, limit), limit=limit, **common)


def _full_rows(total: int) -> int:
    """Return how many filters to draw: all while each has its own picture, else full rows of eight."""
    return total if total <= TILES else min(MAIN_FILTERS, total // 8 * 8)


def _channels_then_filters(tensor: WeightTensor, values: NDArray[Any]) -> NDArray[Any]:
    """Return the kernel as ``(height, width, channels, filters)``; of a third spatial axis the middle slice."""
    kernel = values[values.shape[0] // 2] if tensor.field == 3 else values
    if tensor.layout == "transposed":
        return kernel.swapaxes(-1, -2)
    if tensor.layout == "depthwise":
        return kernel.reshape(*kernel.shape[:2], 1, -1)
    return kernel
