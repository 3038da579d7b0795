"""What an initializer draws: the distribution in theory, for comparison with the values at hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

_NORMAL = NormalDist()
TRUNCATED_STD = 0.87962566103423978
"""Standard deviation of a standard normal cut at ±2, the constant that Keras divides by."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Theory:
    """A distribution that weights start from.

    Attributes:
        kind: ``uniform``, ``normal``, ``truncated`` (normal, cut at two deviations), ``constant``, or
            ``orthogonal`` (singular values all ``scale``; no distribution of single values).
        centre: mean, or the constant.
        scale: half the width of a uniform one, the deviation of a normal one before cutting, else the gain.
        side: the longer side of an orthogonal matrix, whose values have the mean square scale² / side.
    """

    kind: str
    centre: float = 0.0
    scale: float = 0.0
    side: int = 0

    @property
    def std(self) -> float | None:
        """Standard deviation of what is drawn; of an orthogonal matrix the root mean square of its values."""
        if self.kind == "orthogonal":
            return self.scale / math.sqrt(self.side) if self.side else None
        factors = {"uniform": 1 / math.sqrt(3), "normal": 1.0, "truncated": TRUNCATED_STD, "constant": 0.0}
        return factors[self.kind] * self.scale if self.kind in factors else None

    def quantile(self, level: float) -> float | None:
        """Return the value that a share ``level`` (0 < level < 1) of the draws stays below."""
        if self.kind == "constant":
            return self.centre
        if self.kind == "uniform":
            return self.centre + (2 * level - 1) * self.scale
        if self.kind == "normal":
            return self.centre + self.scale * _NORMAL.inv_cdf(level)
        if self.kind == "truncated":
            low, high = _NORMAL.cdf(-2), _NORMAL.cdf(2)
            return self.centre + self.scale * _NORMAL.inv_cdf(low + level * (high - low))
        return None

    def share_below(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the distribution function; for the continuous kinds."""
        z = (values - self.centre) / self.scale
        if self.kind == "uniform":
            return np.clip((z + 1) / 2, 0, 1)
        if self.kind == "truncated":
            low, high = _NORMAL.cdf(-2), _NORMAL.cdf(2)
            return (normal_share_below(np.clip(z, -2, 2)) - low) / (high - low)
        return normal_share_below(z)


def normal_share_below(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the standard normal distribution function, from a table of ``math.erf``; within 1e-7."""
    return np.interp(z, *_normal_table())


@cache
def _normal_table() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    # Steps of 0.001 to ±6 keep the error of linear interpolation below 4e-8.
    points = np.linspace(-6, 6, 12_001)
    return points, np.array([_NORMAL.cdf(point) for point in points.tolist()])


def fans(shape: Sequence[int]) -> tuple[float, float]:
    """Return ``(fan_in, fan_out)`` as Keras takes them from a shape, for every kind of layer.

    The last two axes are input and output, the axes before them the receptive field. So a
    transposed convolution's fans are swapped and a depthwise one counts all its channels: that
    is what its initializer did, and what its values are to be compared with.
    """
    if len(shape) == 0:
        return 1.0, 1.0
    if len(shape) == 1:
        return float(shape[0]), float(shape[0])
    field = math.prod(shape[:-2])
    return float(shape[-2] * field), float(shape[-1] * field)


def variance_scaling(shape: Sequence[int], *, scale: float, mode: str, distribution: str) -> Theory:
    """Return what ``VarianceScaling`` draws: Glorot, He and LeCun are its special cases.

    Args:
        shape: of the variable.
        scale: 1 for Glorot and LeCun, 2 for He.
        mode: ``fan_in``, ``fan_out`` or ``fan_avg``.
        distribution: ``uniform``, ``truncated_normal`` or ``untruncated_normal``.

    Sources: Glorot and Bengio (2010), He et al. (2015), LeCun et al. (1998), in Keras's form.
    """
    fan_in, fan_out = fans(shape)
    fan = {"fan_in": fan_in, "fan_out": fan_out}.get(mode, (fan_in + fan_out) / 2)
    variance = scale / max(1.0, fan)
    if distribution == "uniform":
        return Theory(kind="uniform", scale=math.sqrt(3 * variance))
    if distribution == "untruncated_normal":
        return Theory(kind="normal", scale=math.sqrt(variance))
    return Theory(kind="truncated", scale=math.sqrt(variance) / TRUNCATED_STD)
