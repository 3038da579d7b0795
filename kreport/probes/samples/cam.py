"""Grad-CAM: where in its last feature map a convolutional classifier looks."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.probes.layers import kind_of
from kreport.probes.observers import SeenCall
from kreport.probes.observers.activations import unit_axis_of
from kreport.probes.samples.kinds import is_convolution
from kreport.probes.samples.seeing import Look

_GOES_ON = ("norm", "act", "merge")  # what follows the last convolution and keeps its shape belongs to it


def last_map(look: Look) -> SeenCall | None:
    """Return the call that puts out the last feature map with more than one position; None without one."""
    found: SeenCall | None = None
    after = False
    for call in look.seen.calls:
        if call.inner or not call.outputs or not _spatial(call, look):
            continue
        kind = kind_of(call.target)
        if is_convolution(call.target):
            found, after = call, True
        elif after and found is not None and kind in _GOES_ON and call.outputs[0].shape == found.outputs[0].shape:
            found = call
        elif kind != "reg":
            after = False
    return found


def _spatial(call: SeenCall, look: Look) -> bool:
    shape = getattr(call.outputs[0], "shape", None)
    if shape is None or shape.rank not in (3, 4, 5) or not call.outputs[0].dtype.is_floating:
        return False
    axis = unit_axis_of(call.target, call.outputs[0]) % shape.rank
    sizes = [int(n or 0) for a, n in enumerate(shape) if a not in (0, axis)]
    return shape[0] == look.seen.size and max(sizes) > 1


def grad_cam(maps: NDArray[Any], slopes: NDArray[Any]) -> NDArray[np.float64]:
    """Return ReLU of the maps summed with the means of their gradients as weights (Selvaraju et al. 2017).

    Args:
        maps: outputs of the layer, ``(samples, …, channels)``.
        slopes: ∂score/∂maps, of the same shape.

    Returns:
        float64 of shape ``(samples, …)``. https://arxiv.org/abs/1610.02391
    """
    positions = tuple(range(1, maps.ndim - 1))
    weights = slopes.astype(np.float64).mean(positions, keepdims=True)
    return np.asarray(np.maximum((maps.astype(np.float64) * weights).sum(-1), 0), np.float64)


def stretched(values: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return values at ``shape``, linear between the middles of cells along each axis."""
    found = values
    for axis, size in enumerate(shape):
        old = found.shape[axis]
        places = (np.arange(size) + 0.5) * old / size - 0.5
        low = np.clip(np.floor(places).astype(int), 0, old - 1)
        high = np.minimum(low + 1, old - 1)
        share = np.clip(places - low, 0, 1).reshape([-1 if a == axis else 1 for a in range(found.ndim)])
        found = np.take(found, low, axis) * (1 - share) + np.take(found, high, axis) * share
    return found
