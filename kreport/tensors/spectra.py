"""The singular values of a matrix and what they say: norms, ranks, the power law of the tail."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.tensors.pieces import PIECE

SMALL = 1 << 14
"""Up to this many values LAPACK's SVD is run on the matrix itself; above, the Gram matrix is diagonalised."""

LARGEST_SIDE = 4096
"""No full spectrum above this smaller side: the cost grows with its cube (15 s at 4,096 on two cores)."""

ITERATIONS = 30
"""Power iterations at most; they stop when the estimate grows by less than 1/10,000."""

STORED = 40
"""Singular values kept of one spectrum: the first eight, the last, evenly spaced ones between."""

FEWEST_EIGENVALUES = 50
"""No power law below: Clauset, Shalizi and Newman (2009) give n ≳ 50 as a rule of thumb for a reliable exponent."""

SHORTEST_TAIL = 10
STARTS = 200
"""Starting points of the tail that are tried at most, evenly spaced over the eigenvalues."""


@dataclass(frozen=True, kw_only=True, eq=False)
class PowerLaw:
    """The density λ^-α fitted to the tail of the eigenvalues λ = σ².

    Attributes:
        alpha: exponent, by maximum likelihood.
        distance: Kolmogorov-Smirnov distance of fit and tail.
        start: smallest eigenvalue of the tail.
        tail: number of eigenvalues in it.
    """

    alpha: float
    distance: float
    start: float
    tail: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Spectrum:
    """Singular values of one matrix.

    Attributes:
        rows, columns: of the matrix.
        method: ``SVD``, ``Gram`` (eigenvalues of the smaller Gram matrix in float64; values below
            1e-7 of the largest are noise) or ``power`` (largest value only, a lower bound).
        largest: σ₁, the spectral norm.
        stable_rank: ‖W‖_F² / σ₁² (Rudelson and Vershynin 2007); None for a matrix of zeros.
        effective_rank: exp of the entropy of σ / Σσ (Roy and Vetterli 2007); None without a full spectrum.
        power_law: None below 50 eigenvalues or without a full spectrum.
        ranks: positions of the stored values, from 1, int64.
        values: the stored singular values, float64, descending, same shape.
        expected: at the same ranks, what independent values of the initializer's variance would give
            (Marchenko and Pastur 1967); empty where the initializer has no stated variance.
    """

    rows: int
    columns: int
    method: str
    largest: float
    stable_rank: float | None
    effective_rank: float | None
    power_law: PowerLaw | None
    ranks: NDArray[np.int64]
    values: NDArray[np.float64]
    expected: NDArray[np.float64]


def spectrum(matrix: NDArray[Any], gram: NDArray[np.float64] | None, *, std: float | None) -> Spectrum:
    """Return the full spectrum of a finite matrix.

    Args:
        matrix: shape ``(rows, columns)``, any real dtype.
        gram: its smaller Gram matrix (see :func:`gram_of`); None to run the SVD.
        std: of the initializer, for ``expected``.

    Raises:
        numpy.linalg.LinAlgError: LAPACK did not converge.
    """
    if gram is None:
        sigma = np.linalg.svd(matrix.astype(np.float64), compute_uv=False)
    else:
        sigma = np.sqrt(np.clip(np.linalg.eigvalsh(gram)[::-1], 0, None))
    ranks = _stored(sigma.size)
    return Spectrum(
        rows=matrix.shape[0], columns=matrix.shape[1], method="SVD" if gram is None else "Gram",
        largest=float(sigma[0]), stable_rank=stable_rank(sigma),
        effective_rank=effective_rank(sigma), power_law=power_law(sigma**2),
        ranks=ranks, values=sigma[ranks - 1],
        expected=np.zeros(0) if not std else std * expected_values(*matrix.shape)[ranks - 1],
    )  # fmt: skip


def largest_only(matrix: NDArray[Any], *, norm: float) -> Spectrum:
    """Return σ₁ alone, by power iterations on WᵀW from a fixed start; ``norm`` is ‖W‖_F."""
    wide = matrix if matrix.dtype in (np.float32, np.float64) else matrix.astype(np.float32)
    vector = np.cos(np.arange(wide.shape[1])).astype(wide.dtype)
    estimate = 0.0
    for _ in range(ITERATIONS):
        vector /= max(float(np.linalg.norm(vector)), 1e-300)
        image = wide @ vector
        previous, estimate = estimate, float(np.linalg.norm(image))
        if estimate <= previous * (1 + 1e-4):
            break
        vector = image @ wide
    nothing = np.zeros(0)
    return Spectrum(
        rows=matrix.shape[0], columns=matrix.shape[1], method="power", largest=estimate,
        stable_rank=(norm / estimate) ** 2 if estimate > 0 else None, effective_rank=None, power_law=None,
        ranks=np.zeros(0, np.int64), values=nothing, expected=nothing,
    )  # fmt: skip


def gram_of(matrix: NDArray[Any], *, columns: bool) -> NDArray[np.float64]:
    """Return the scalar products of all columns (or of all rows), summed in float64 over pieces."""
    size, length = matrix.shape[1 if columns else 0], matrix.shape[0 if columns else 1]
    gram = np.zeros((size, size))
    step = max(64, 4 * PIECE // max(1, size))
    for start in range(0, length, step):
        part = slice(start, start + step)
        block = (matrix[part] if columns else matrix[:, part].T).astype(np.float64)
        gram += block.T @ block
    return gram


def stable_rank(sigma: NDArray[np.float64]) -> float | None:
    """Return Σσ² / σ₁², that is ‖W‖_F² / σ₁²: how many directions share the strength of the matrix."""
    return float(((sigma / sigma[0]) ** 2).sum()) if sigma[0] > 0 else None


def effective_rank(sigma: NDArray[np.float64]) -> float | None:
    """Return exp(−Σ p ln p) with p = σ / Σσ (Roy and Vetterli 2007)."""
    total = float(sigma.sum())
    if total <= 0:
        return None
    share = sigma[sigma > 0] / total
    return math.exp(-float((share * np.log(share)).sum()))


def power_law(eigenvalues: NDArray[np.float64]) -> PowerLaw | None:
    """Return the power law whose tail is closest to the eigenvalues, as Martin and Mahoney use it.

    For every candidate start x: α = 1 + n / Σ ln(λ/x) over the n eigenvalues λ ≥ x; the start with
    the smallest Kolmogorov-Smirnov distance wins (Clauset, Shalizi and Newman 2009, section 3;
    Martin and Mahoney 2021, https://jmlr.org/papers/v22/20-410.html). At most 200 starts are tried,
    and a tail has at least 10 eigenvalues.
    """
    ordered = np.sort(eigenvalues)
    ordered = ordered[ordered > 1e-14 * ordered[-1]] if ordered.size else ordered
    if ordered.size < FEWEST_EIGENVALUES:
        return None
    logs = np.log(ordered)
    suffix = np.cumsum(logs[::-1])[::-1]
    candidates = np.unique(np.linspace(0, ordered.size - SHORTEST_TAIL, STARTS).astype(int))
    best: PowerLaw | None = None
    for start in candidates.tolist():
        tail = ordered.size - start
        spread = float(suffix[start] - tail * logs[start])
        if spread <= 0:
            continue
        alpha = 1 + tail / spread
        fitted = 1 - np.exp((1 - alpha) * (logs[start:] - logs[start]))
        steps = np.arange(tail + 1) / tail
        distance = float(max((steps[1:] - fitted).max(), (fitted - steps[:-1]).max()))
        if best is None or distance < best.distance:
            best = PowerLaw(alpha=alpha, distance=distance, start=float(ordered[start]), tail=tail)
    return best


def expected_values(rows: int, columns: int) -> NDArray[np.float64]:
    """Return the singular values, descending, of a large matrix of independent values of variance 1.

    Quantiles of the Marchenko-Pastur law at the middles of equal shares; float64, shape ``(min,)``.
    """
    longer, shorter = max(rows, columns), min(rows, columns)
    root = math.sqrt(shorter / longer)
    # λ = 1 + r² − 2 r cos θ removes the square-root edges of the density.
    theta = np.linspace(0, math.pi, 2001)
    eigenvalue = 1 + root * root - 2 * root * np.cos(theta)
    density = np.sin(theta) ** 2 / np.maximum(eigenvalue, 1e-12)
    cumulative = np.concatenate(([0.0], np.cumsum((density[1:] + density[:-1]) / 2)))
    middles = (np.arange(shorter) + 0.5) / shorter
    found = np.interp(middles, cumulative / cumulative[-1], eigenvalue)
    return np.asarray(np.sqrt(np.maximum(found[::-1], 0) * longer), np.float64)


def _stored(size: int) -> NDArray[np.int64]:
    first = np.arange(1, min(8, size) + 1)
    rest = np.linspace(min(9, size), size, max(0, min(STORED, size) - first.size)).round()
    return np.unique(np.concatenate((first, rest))).astype(np.int64)
