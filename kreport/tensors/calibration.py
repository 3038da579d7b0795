"""Whether probabilities mean what they say: reliability, calibration error, log loss, Brier score, temperature."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

BINS = 15
"""Of equal width, as in Guo et al. 2017, https://arxiv.org/abs/1706.04599."""

FINE = 100 * BINS
"""Bins that are counted; the edges of every hundredth are those of :data:`BINS`, to the bit."""

VALUES = 1 << 14
"""Logits looked at in one go, so that what is made of them stays in the caches: ten times as fast as 8 MB."""

STEPS = 60
"""Of the search for the temperature, at most; some six are needed."""

STRIDE = 2.0
"""The longest step on the logarithm of the temperature."""

CLOSE = 1e-7
"""Relative error of the temperature."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Reliability:
    """How often predictions of each confidence are right; arrays are float64 of shape ``(BINS,)``.

    Attributes:
        weight: samples in each bin, or the sum of their weights; bins are open at the lower edge, the first is not.
        confidence: their mean confidence; NaN where there are none.
        right: the share of them that is right; NaN where there are none.
        expected_error: expected calibration error, the mean distance of the two, bins weighted by their samples
            (Naeini et al. 2015; Guo et al. 2017, eq. 3).
        largest_error: maximum calibration error, the largest distance (Guo et al. 2017, eq. 5).
    """

    weight: NDArray[np.float64]
    confidence: NDArray[np.float64]
    right: NDArray[np.float64]
    expected_error: float
    largest_error: float


@dataclass(frozen=True, kw_only=True)
class Temperature:
    """What logits are divided by so that the log loss is least.

    Attributes:
        value: above 1 where the model is too sure, below where it is not sure enough.
        before: mean log loss of the logits as they are, nats.
        after: the same of the divided ones.
    """

    value: float
    before: float
    after: float


def counted(
    confidence: NDArray[np.floating], right: NDArray[np.bool_], weights: NDArray[np.floating] | None = None
) -> NDArray[np.float64]:
    """Return sums of weights, of confidence and of what is right in each fine bin: float64 of shape ``(3, FINE)``.

    Those of several batches add up to those of all.

    Args:
        confidence: probabilities in [0, 1], ``(n,)``: the largest of each sample's and whether that class is right
            (Guo et al. 2017), or a single class's and whether it is the label. NaN is to be left out before.
        right: bool ``(n,)``.
        weights: ``(n,)``, ≥ 0; each sample counts 1 by default.
    """
    values = np.clip(confidence.astype(np.float64), 0.0, 1.0)  # float32 sums of shares may be above 1
    edges = np.arange(FINE + 1) / FINE
    index = np.clip(np.ceil(values * FINE).astype(np.intp) - 1, 0, FINE - 1)  # may be off by the last bit
    index += (values > edges[index + 1]).astype(np.intp) - ((values <= edges[index]) & (index > 0))
    heavy = np.ones(len(values)) if weights is None else weights.astype(np.float64)
    return np.stack([np.bincount(index, part, FINE) for part in (heavy, heavy * values, heavy * right)])


def reliability(counts: NDArray[np.float64]) -> Reliability | None:
    """Return the reliability from sums of :func:`counted`; None where nothing was counted."""
    weight, confidence, right = counts.reshape(3, BINS, -1).sum(2)
    total = float(weight.sum())
    if total <= 0:
        return None
    filled = weight > 0
    apart = np.abs(confidence - right)[filled]
    with np.errstate(invalid="ignore"):
        return Reliability(
            weight=weight, confidence=confidence / weight, right=right / weight,
            expected_error=float(apart.sum()) / total, largest_error=float((apart / weight[filled]).max()),
        )  # fmt: skip


def log_losses(probabilities: NDArray[np.floating], labels: NDArray[Any]) -> NDArray[np.float64]:
    """Return −log of each label's probability, nats, ``(n,)``; its mean is scikit-learn's ``log_loss``.

    Probabilities are kept the machine epsilon of their type away from 0 and 1, as there.

    Args:
        probabilities: of each class, ``(n, classes)``, or of the positive one, ``(n,)``.
        labels: indices of classes, int ``(n,)``; bool for the positive class.
    """
    if probabilities.ndim == 1:
        of_label = np.where(labels, probabilities, 1 - probabilities)
    else:
        of_label = np.take_along_axis(probabilities, labels[:, None], 1)[:, 0]
    edge = np.finfo(probabilities.dtype).eps
    return np.asarray(-np.log(np.clip(of_label, edge, 1 - edge).astype(np.float64)))


def brier_scores(probabilities: NDArray[np.floating], labels: NDArray[Any]) -> NDArray[np.float64]:
    """Return each sample's Brier score, ``(n,)``, for arguments as of :func:`log_losses`.

    The squared distance of the probabilities to 1 for the label and 0 elsewhere (Brier 1950), in [0, 2]; for a single
    class that of its probability, in [0, 1]. Its mean is scikit-learn's ``brier_score_loss``, which halves the former
    for two classes, unless ``scale_by_half=False``.
    """
    if probabilities.ndim == 1:
        return np.asarray(np.square(probabilities.astype(np.float64) - labels))
    of_label = np.take_along_axis(probabilities, labels[:, None], 1)[:, 0].astype(np.float64)
    squares = np.einsum("ij,ij->i", probabilities, probabilities, dtype=np.float64)
    return np.asarray(np.maximum(squares - 2 * of_label + 1, 0.0))


def temperature(logits: NDArray[np.floating], labels: NDArray[Any]) -> Temperature | None:
    """Return the temperature T > 0 with the least mean log loss of softmax(logits / T) (Guo et al. 2017, section 4.2).

    The loss is convex in 1 / T; the zero of its slope is found by Newton's method on log T within a bracket. None where
    there is no least loss: all labels are one class, no sample is classified wrongly (T → 0), labels have no higher
    logits than other classes on average (T → ∞), or some logit is not finite.

    Args:
        logits: of each class, ``(n, classes)``, or of the positive one, ``(n,)``. Logarithms of probabilities will do,
            where those of 0 are clipped. A million rows of ten classes take a second.
        labels: as of :func:`log_losses`.
    """
    if not len(logits) or (labels == labels[0]).all() or not np.isfinite(logits).all():
        return None
    at_zero, at_infinity = _limits(logits, labels)
    if at_zero >= 0 or at_infinity <= 0:
        return None
    low, high, at, before = -math.inf, math.inf, 0.0, None
    for _ in range(STEPS):
        loss, slope, curvature = _derivatives(logits, labels, math.exp(at))
        before = loss if before is None else before
        low, high = (at, high) if slope < 0 else (low, at)
        step = -slope / (math.exp(at) * curvature) if curvature > 0 else -math.copysign(math.inf, slope)
        if min(abs(step), high - low) < CLOSE:
            return Temperature(value=math.exp(-at), before=before, after=loss)
        onward = at + min(max(step, -STRIDE), STRIDE)
        at = onward if low < onward < high else (low + high) / 2
    return None


def _gaps(logits: NDArray[np.floating], labels: NDArray[Any]) -> Iterator[NDArray[np.float64]]:
    """Yield how far each logit is above the label's, ``(classes, rows)``, of some rows after the other."""
    if logits.ndim == 1:
        logits, labels = np.stack((np.zeros_like(logits), logits), 1), labels.astype(np.intp)
    step = max(1, VALUES // logits.shape[1])
    for start in range(0, len(logits), step):
        part = np.ascontiguousarray(logits[start : start + step].T, np.float64)
        yield part - np.take_along_axis(part, labels[None, start : start + step], 0)


def _limits(logits: NDArray[np.floating], labels: NDArray[Any]) -> tuple[float, float]:
    """Return the slope of the summed log loss over 1 / T where that is 0, and where it is infinite."""
    sums = [(gaps.mean(0).sum(), gaps.max(0).sum()) for gaps in _gaps(logits, labels)]
    at_zero, at_infinity = np.sum(sums, 0).tolist()
    return at_zero, at_infinity


def _derivatives(logits: NDArray[np.floating], labels: NDArray[Any], sharpness: float) -> tuple[float, float, float]:
    """Return the mean log loss, its slope and its curvature over 1 / T, which is ``sharpness``."""
    sums = np.zeros(3)
    for gaps in _gaps(logits, labels):
        scaled = gaps * sharpness
        top = scaled.max(0)
        shares = np.exp(scaled - top)
        total = shares.sum(0)
        shares /= total
        shares *= gaps
        mean = shares.sum(0)
        sums += (np.log(total) + top).sum(), mean.sum(), np.einsum("ij,ij->", shares, gaps) - mean @ mean
    loss, slope, curvature = (sums / len(logits)).tolist()
    return loss, slope, curvature
