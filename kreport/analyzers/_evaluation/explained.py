"""R² of drawn samples, from means: of a network and of what stands beside it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

VARIES = 1e-12
"""Share of the mean square that a variance must be: less is rounding."""


def squares(
    truth: NDArray[np.float64], *predictions: NDArray[np.float64], weight: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Return what R² is made of, one row a sample: its means are what :func:`r2` takes.

    Args:
        truth: of shape ``(samples, targets)``.
        predictions: the same, of one model or several.
        weight: of shape ``(samples,)``; None for 1.

    Returns:
        weight, labels about their mean, their squares, squared errors of each model; float64, targets side by side.
    """
    heavy = np.ones((len(truth), 1)) if weight is None else weight[:, None]
    about = truth - truth.mean(0)  # so that squares do not cancel
    parts = [about, about**2, *((truth - said) ** 2 for said in predictions)]
    return np.concatenate([heavy, *(heavy * part for part in parts)], 1)


def r2(means: NDArray[np.float64], targets: int, model: int = 0) -> NDArray[np.float64]:
    """Return R² of one of the models, the mean over targets; NaN where one of these does not vary.

    Args:
        means: of rows of :func:`squares`, of shape ``(draws, columns)``.
        targets: how many.
        model: which of the models.
    """
    weight, (about, square) = means[:, :1], (means[:, 1 + k * targets :][:, :targets] for k in range(2))
    left = means[:, 1 + (2 + model) * targets :][:, :targets]
    whole = square - about**2 / weight
    explained = np.full(left.shape, np.nan)
    np.divide(left, whole, out=explained, where=whole > VARIES * square)
    return np.asarray((1 - explained).mean(1))
