"""How samples lie in a layer's features: projection, similarity of layers, how well classes can be told apart."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

FOLDS = 5
"""Of the cross-validation."""

RIDGE = 1e-2
"""Regularisation of the linear probe, as a share of the features' mean variance times the number of samples."""

SEED = 20
"""Of the fixed projection to a smaller width."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Projection:
    """The first two principal components.

    Attributes:
        points: scores, float64 of shape ``(samples, 2)``.
        explained: share of the variance of each, float64 of shape ``(2,)``.
    """

    points: NDArray[np.float64]
    explained: NDArray[np.float64]


def narrowed(features: Sequence[NDArray[np.float32]], width: int) -> list[NDArray[np.float32]]:
    """Return each array with at most ``width`` columns: wider ones times a fixed Gaussian matrix, to keep distances.

    Johnson and Lindenstrauss (1984); with 256 columns distances are kept within some 10 %.
    """
    if all(part.shape[1] <= width for part in features):
        return list(features)
    # One thread: BLAS threads that wait for TensorFlow's, and for one another, take ten times as long.
    with _thread_pools().limit(limits=1, user_api="blas"):
        return [
            part if part.shape[1] <= width else np.asarray(part @ _matrix(part.shape[1], width), np.float32)
            for part in features
        ]


@functools.cache
def _thread_pools() -> ThreadpoolController:
    """Return what sets the number of threads; it takes milliseconds to find the libraries."""
    return ThreadpoolController()


@functools.lru_cache(maxsize=32)
def _matrix(columns: int, width: int) -> NDArray[np.float32]:
    """Return the matrix, drawn once: every batch is multiplied with it."""
    drawn = np.random.default_rng(SEED).standard_normal((columns, width), np.float32)
    return np.asarray(drawn / np.float32(np.sqrt(width)))


def projection(features: NDArray[np.floating]) -> Projection | None:
    """Return the two directions of largest variance (PCA by SVD); None where nothing varies.

    Signs are such that the largest entry of each direction is positive.
    """
    centred = features.astype(np.float64) - features.mean(0, dtype=np.float64)
    total = float((centred**2).sum())
    if not np.isfinite(total) or total <= 0:
        return None
    left, singular, right = np.linalg.svd(centred, full_matrices=False)
    points, explained = np.zeros((len(features), 2)), np.zeros(2)
    for axis in range(min(2, len(singular))):
        sign = np.sign(right[axis][np.abs(right[axis]).argmax()]) or 1.0
        points[:, axis] = left[:, axis] * singular[axis] * sign
        explained[axis] = singular[axis] ** 2 / total
    return Projection(points=points, explained=explained)


def linear_cka(one: NDArray[np.floating], other: NDArray[np.floating]) -> float | None:
    """Return the linear centred kernel alignment of two layers' features; None where one of them is constant.

    ‖YᵀX‖² / (‖XᵀX‖ ‖YᵀY‖) of centred features (Kornblith et al. 2019, https://arxiv.org/abs/1905.00414): 1 when one
    is a rotation and scaling of the other.
    """
    x = one.astype(np.float64) - one.mean(0, dtype=np.float64)
    y = other.astype(np.float64) - other.mean(0, dtype=np.float64)
    if x.shape[1] > len(x) or y.shape[1] > len(y):  # Gram matrices are smaller
        k, m = x @ x.T, y @ y.T
        shared, own, others = float((k * m).sum()), float(np.linalg.norm(k)), float(np.linalg.norm(m))
    else:
        shared = float(np.linalg.norm(y.T @ x) ** 2)
        own, others = float(np.linalg.norm(x.T @ x)), float(np.linalg.norm(y.T @ y))
    return shared / (own * others) if own > 0 and others > 0 else None


def separability(features: NDArray[np.floating], classes: NDArray[np.intp]) -> float | None:
    """Return the accuracy of a ridge classifier on the features, cross-validated over five folds.

    One-hot targets, least squares with ridge, largest score wins; features are standardised on the training folds.
    Folds are by index, so that the same samples give the same figure. None with fewer than two classes or ten samples.
    """
    known = np.unique(classes)
    if len(known) < 2 or len(classes) < 2 * FOLDS:
        return None
    right = 0
    fold = _folds(classes)
    wide = features.astype(np.float64)
    for held in range(FOLDS):
        inside, outside = fold != held, fold == held
        mean, std = wide[inside].mean(0), wide[inside].std(0)
        x = (wide - mean) / np.where(std > 0, std, 1.0)
        targets = (classes[inside, None] == known) * 1.0
        weights = _ridge(x[inside], targets - targets.mean(0))
        scores = x[outside] @ weights + targets.mean(0)
        right += int((known[scores.argmax(1)] == classes[outside]).sum())
    return right / len(classes)


def _folds(classes: NDArray[np.intp]) -> NDArray[np.intp]:
    """Deal the samples of each class to the folds in turn."""
    fold = np.empty(len(classes), np.intp)
    for index in np.unique(classes):
        members = np.flatnonzero(classes == index)
        fold[members] = np.arange(len(members)) % FOLDS
    return fold


def _ridge(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    penalty = RIDGE * len(x)
    if x.shape[1] <= len(x):
        return np.asarray(np.linalg.solve(x.T @ x + penalty * np.eye(x.shape[1]), x.T @ y), np.float64)
    return np.asarray(x.T @ np.linalg.solve(x @ x.T + penalty * np.eye(len(x)), y), np.float64)


def predictability(features: NDArray[np.floating], targets: NDArray[np.floating]) -> float | None:
    """Return the R² of a ridge regression on the features, cross-validated as :func:`separability`; may be negative."""
    if len(targets) < 2 * FOLDS or float(targets.var()) == 0:
        return None
    fold, wide, y = np.arange(len(targets)) % FOLDS, features.astype(np.float64), targets.astype(np.float64)
    missed = np.zeros_like(y)
    for held in range(FOLDS):
        inside, outside = fold != held, fold == held
        mean, std = wide[inside].mean(0), wide[inside].std(0)
        x = (wide - mean) / np.where(std > 0, std, 1.0)
        centre = y[inside].mean(0)
        missed[outside] = y[outside] - (x[outside] @ _ridge(x[inside], y[inside] - centre) + centre)
    return float(1 - (missed**2).sum() / ((y - y.mean(0)) ** 2).sum())
