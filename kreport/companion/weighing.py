"""Statistics of every variable, and how far the last step moved it; one variable at a time."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.companion.observing import reading
from kreport.inputs.training_log import Reading, Row
from kreport.probes.tree import LayerTree
from kreport.probes.weights import WeightTensor, weight_sweep
from kreport.tensors.pieces import is_numeric, pieces

NAMES = ("mean", "std", "norm", "zeros", "bad", "update")

Values = dict[tuple[str, str], NDArray[Any]]
"""Copies of variables by layer and name."""


def copies(tree: LayerTree) -> Values:
    """Return the values that trainable floating-point variables have now: as much memory as the weights."""
    return {
        (tensor.layer, tensor.name): np.array(tensor.read())
        for tensor in weight_sweep(tree)
        if tensor.trainable and _is_weight(tensor)
    }


def weighed(tree: LayerTree, before: Values | None = None) -> Reading:
    """Return mean, standard deviation, norm and shares of zeros and of what is not finite, in float64.

    Args:
        tree: of the model.
        before: the values before the last step; with them ``update`` is ‖after − before‖ / ‖before‖, NaN where a
            variable was all zeros.
    """
    tensors = [tensor for tensor in weight_sweep(tree) if _is_weight(tensor)]
    lines = [_line(tensor, (before or {}).get((tensor.layer, tensor.name))) for tensor in tensors]
    return reading([_row(tensor) for tensor in tensors], NAMES, lines)


def _is_weight(tensor: WeightTensor) -> bool:
    floating = tensor.dtype.startswith(("float", "bfloat"))
    return floating and tensor.role != "state" and tensor.size > 0


def _row(tensor: WeightTensor) -> Row:
    return Row(layer=tensor.layer, name=tensor.name, kind=tensor.role, size=tensor.size)


def _line(tensor: WeightTensor, before: NDArray[Any] | None) -> tuple[float | None, ...]:
    values = tensor.read()
    if not is_numeric(values):
        return (None,) * len(NAMES)
    total = square = 0.0
    zeros = bad = 0
    for piece in pieces(values):
        wide = piece.astype(np.float64, copy=False)
        zeros += int(wide.size - np.count_nonzero(wide))
        bad += int(wide.size - np.count_nonzero(np.isfinite(wide)))
        if not bad:
            total += float(wide.sum())
            square += float(np.dot(wide, wide))
    size = values.size
    if bad:
        return None, None, None, zeros / size, bad / size, None
    mean = total / size
    std = math.sqrt(max(square / size - mean * mean, 0.0))
    return mean, std, math.sqrt(square), zeros / size, 0.0, _moved(values, before)


def _moved(after: NDArray[Any], before: NDArray[Any] | None) -> float | None:
    """Return ‖after − before‖ / ‖before‖; None without a value before, or where that was zero."""
    if before is None or before.shape != after.shape:
        return None
    moved = norm = 0.0
    for new, old in zip(pieces(after), pieces(before), strict=True):
        wide = old.astype(np.float64, copy=False)
        difference = new.astype(np.float64, copy=False) - wide
        moved += float(np.dot(difference, difference))
        norm += float(np.dot(wide, wide))
    return math.sqrt(moved / norm) if norm > 0 and math.isfinite(moved) else None
