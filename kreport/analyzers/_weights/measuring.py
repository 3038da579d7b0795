"""Read each variable once and say what can be said of it; costs are limited by size, never by the clock."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.analyzers._weights.stats import Initial, Matrix, VariableStats
from kreport.probes.weights import WeightTensor
from kreport.tensors.cumulative import Cumulative
from kreport.tensors.distribution import Distribution, distribution
from kreport.tensors.filters import Filters, column_norms, filters, products_of, row_norms
from kreport.tensors.pieces import is_numeric
from kreport.tensors.spectra import LARGEST_SIDE, SMALL, Spectrum, gram_of, largest_only, spectrum

BINS = 32
"""Bins of a kernel's histogram: some 2.6 pixels each in a sparkline."""

FEW_BINS = 14
"""Bins for everything else."""

WORK = 100e9
"""Multiplications that full spectra of one model may take together: some 5 s on one core."""

EIGENVALUE_WORK = 4
"""Cost of the eigenvalues of an n × n matrix, in n³ multiplications of a matrix product (measured)."""

FEWEST_INPUTS = 8
"""Filters with fewer inputs are not compared: with few numbers a cosine near 1 means nothing."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is computed for one matrix: all singular values, the largest, the comparison of its filters."""

    full: bool = False
    largest: bool = False
    compare: bool = False
    left_out: str = ""


def planned(tensors: Sequence[WeightTensor], *, spectra: bool) -> list[Plan]:
    """Return what to compute: full spectra, then comparisons, from the cheapest on until :data:`WORK` is used up."""
    if not spectra:
        return [Plan(left_out="spectra were not asked for")] * len(tensors)
    left, plans = WORK, [_plan(tensor) for tensor in tensors]
    for index in sorted(range(len(tensors)), key=lambda i: (_work(tensors[i]), i)):
        if plans[index].full and _work(tensors[index]) > left:
            plans[index] = Plan(
                largest=True, left_out="the model's limit for spectra is used up: σ₁ by power iterations"
            )
        elif plans[index].full:
            left -= _work(tensors[index])
    for index in sorted(range(len(tensors)), key=lambda i: (_comparing(tensors[i]), i)):
        if plans[index].full and _comparing(tensors[index]) <= left:
            left -= _comparing(tensors[index])
            plans[index] = replace(plans[index], compare=True)
    return plans


def _plan(tensor: WeightTensor) -> Plan:
    if not tensor.is_matrix or not tensor.size:
        return Plan()
    if not tensor.dtype.startswith(("float", "bfloat")):
        return Plan(left_out="integers; their scales are kept apart")
    if min(tensor.matrix_shape) > LARGEST_SIDE:
        return Plan(largest=True, left_out=f"smaller side above {LARGEST_SIDE:,}: σ₁ by power iterations")
    return Plan(full=True)


def _comparing(tensor: WeightTensor) -> float:
    """Return the cost of comparing filters: nothing where the spectrum needs the same products anyway."""
    rows, columns = tensor.matrix_shape if tensor.is_matrix else (0, 0)
    if tensor.role != "kernel" or rows < FEWEST_INPUTS or columns > LARGEST_SIDE:
        return math.inf
    return 0.0 if columns <= rows else float(rows * columns**2)


def _work(tensor: WeightTensor) -> float:
    side = min(tensor.matrix_shape) if tensor.is_matrix else 0
    return float(tensor.size * side + EIGENVALUE_WORK * side**3)


def measured(tensor: WeightTensor, plan: Plan) -> VariableStats:
    """Read the variable and measure it; its values are let go on return."""
    values: Distribution | None = None
    cumulative: Cumulative | None = None
    matrix: Matrix | None = None
    array = tensor.read() if tensor.size and tensor.dtype != "string" else np.zeros(0)
    if array.size and is_numeric(array):
        values, cumulative = distribution(array, bins=BINS if tensor.is_matrix else FEW_BINS)
        if tensor.is_matrix:
            matrix = _matrix(tensor, array, values, plan)
    return VariableStats(
        layer=tensor.layer, name=tensor.name, role=tensor.role, shape=tensor.shape, dtype=tensor.dtype,
        trainable=tensor.trainable, values=values, initial=_initial(tensor, cumulative), matrix=matrix,
    )  # fmt: skip


def _initial(tensor: WeightTensor, cumulative: Cumulative | None) -> Initial | None:
    theory = tensor.theory
    if not tensor.initializer:
        return None
    if theory is None or cumulative is None or theory.kind == "orthogonal":
        return Initial(name=tensor.initializer, std=theory.std if theory else None)
    constant = theory.kind == "constant"
    distance = cumulative.distance_to_constant(theory.centre) if constant else cumulative.distance(theory.share_below)
    return Initial(
        name=tensor.initializer, std=theory.std, low=theory.quantile(0.05), high=theory.quantile(0.95),
        distance=distance,
    )  # fmt: skip


def _matrix(tensor: WeightTensor, array: NDArray[Any], values: Distribution, plan: Plan) -> Matrix:
    rows, columns = tensor.matrix_shape
    left_out, units, found = plan.left_out, None, None
    if values.nan or values.inf:
        left_out = "the values are not all finite"
    else:
        matrix = tensor.matrix(array)
        gram = gram_of(matrix, columns=True) if plan.compare and columns <= rows else None
        units = _units(tensor, matrix, gram, plan)
        found, left_out = _spectrum(tensor, matrix, gram, values, plan)
    return Matrix(
        rows=rows, columns=columns, layout=tensor.layout, field=tensor.field, units=units, spectrum=found,
        left_out=left_out,
    )  # fmt: skip


def _units(tensor: WeightTensor, matrix: NDArray[Any], gram: NDArray[np.float64] | None, plan: Plan) -> Filters:
    if tensor.role == "embedding":
        return filters(row_norms(matrix))
    if gram is not None:
        return filters(np.sqrt(np.diag(gram).clip(0)), lambda start, stop: gram[start:stop])
    # More filters than inputs: their products would be a larger matrix than anything else that is needed.
    return filters(column_norms(matrix), products_of(matrix) if plan.compare else None)


def _spectrum(
    tensor: WeightTensor, matrix: NDArray[Any], gram: NDArray[np.float64] | None, values: Distribution, plan: Plan
) -> tuple[Spectrum | None, str]:
    """Return the spectrum, and why it is not there or not whole."""
    if not plan.full:
        return (largest_only(matrix, norm=values.norm or 0.0) if plan.largest else None), plan.left_out
    small = matrix.size <= SMALL
    if not small and (gram is None or gram.shape[0] > min(matrix.shape)):
        gram = gram_of(matrix, columns=matrix.shape[1] <= matrix.shape[0])
    theory = tensor.theory
    try:
        found = spectrum(matrix, None if small else gram, std=theory.std if theory else None)
    except np.linalg.LinAlgError as error:
        return None, f"LAPACK: {error}"
    if theory and theory.kind == "orthogonal":
        found = replace(found, expected=np.full(found.ranks.size, theory.scale))
    return found, ""
