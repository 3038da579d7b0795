"""Signal and noise of a gradient, from those of single batches: unbiased, and with the error of the estimate."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NORMAL = 1.96
"""Standard errors on each side of a 95 % interval."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SignalNoise:
    """Estimates from gradients g_b = G + noise of batches of n_b samples each.

    Attributes:
        signal: of |G|², the squared norm of the true gradient; unbiased, so that it may be negative.
        trace: of tr(Σ), the summed variances of a single sample's gradient.
        errors: standard errors of both; None with fewer than three batches.
    """

    signal: float
    trace: float
    errors: tuple[float, float] | None

    def ratio(self, batch_size: int) -> float | None:
        """Return signal to noise of one batch: |G| / √(tr(Σ) / b), 0 where no signal was found; None without noise."""
        return math.sqrt(max(self.signal, 0.0) * batch_size / self.trace) if self.trace > 0 else None

    @property
    def scale(self) -> float | None:
        """The simple noise scale tr(Σ) / |G|², in samples; None where its interval is open."""
        return None if None in self.interval else self.trace / self.signal

    @property
    def interval(self) -> tuple[float | None, float | None]:
        """Its interval, from the 95 % ones of trace and signal; an open end is None."""
        if self.errors is None:
            return None, None
        by_signal, by_trace = (NORMAL * error for error in self.errors)
        low = (self.trace - by_trace) / (self.signal + by_signal) if self.signal + by_signal > 0 else None
        high = (self.trace + by_trace) / (self.signal - by_signal) if self.signal - by_signal > 0 else None
        return low if low is not None and low > 0 else None, high


def signal_and_noise(
    squares: NDArray[np.float64], crosses: NDArray[np.float64], sizes: NDArray[np.int64]
) -> SignalNoise | None:
    """Return the estimates; None with one batch, or where a gradient is not finite.

    The products of different batches average to |G|², those of a batch with itself to |G|² + tr(Σ) / n_b. For batches
    of one size this is the pair of estimators of McCandlish et al. 2018, arXiv:1812.06162, appendix A.1, between
    one batch and all of them.

    The error of the signal is from how much the products of each batch with those before it deviate. Its square is the
    variance of a U-statistic, 4 ζ₁ / B + 2 ζ₂ / (B (B − 1)) for B batches (Hoeffding 1948), with all of the deviation
    counted as ζ₁, the variance along G: right where signal dominates, up to √3 too large where noise does. That of the
    trace is the standard error of the mean of n_b ‖g_b‖².

    Args:
        squares: ‖g_b‖², of shape ``(batches,)``.
        crosses: n_b g_b · Σ n_c g_c over the batches c before b, of the same shape.
        sizes: n_b, of the same shape.
    """
    number, samples = len(sizes), float(sizes.sum())
    if number < 2 or not (np.isfinite(squares).all() and np.isfinite(crosses).all()):
        return None
    weights = sizes * (np.cumsum(sizes) - sizes).astype(np.float64)
    signal = float(crosses.sum() / weights.sum())
    trace = (float(sizes @ squares) - samples * signal) / number
    errors = None
    if number > 2:
        deviation = float(np.square(crosses - weights * signal).sum()) * (number - 1) / (number - 2)
        of_signal = math.sqrt(3.0 * deviation * (number - 1) / (number + 1)) / float(weights.sum())
        errors = of_signal, float(np.std(sizes * squares, ddof=1)) / math.sqrt(number)
    return SignalNoise(signal=signal, trace=trace, errors=errors)
