"""Dead and equal filters are found where they were put."""

import numpy as np
import pytest

from kreport.tensors.filters import column_norms, filters, products_of, row_norms


def kernel() -> np.ndarray:
    matrix = np.random.default_rng(0).normal(size=(27, 600)).astype(np.float32)
    matrix[:, [4, 9]] *= 1e-5
    matrix[:, 555] = 3 * matrix[:, 7]
    matrix[:, 12] = -matrix[:, 8]  # opposite is not the same
    return matrix


def test_norms_are_those_of_numpy() -> None:
    matrix = kernel()
    np.testing.assert_allclose(column_norms(matrix), np.linalg.norm(matrix.astype(float), axis=0))
    np.testing.assert_allclose(row_norms(matrix), np.linalg.norm(matrix.astype(float), axis=1))


def test_dead_and_equal_filters_are_found() -> None:
    matrix = kernel()
    found = filters(column_norms(matrix), products_of(matrix))
    assert (found.dead, found.dead_at) == (2, (4, 9))
    assert (found.duplicates, found.pairs) == (1, ((7, 555),))


def test_without_products_nothing_is_said_of_duplicates() -> None:
    found = filters(column_norms(kernel()))
    assert found.duplicates is None
    assert found.pairs == ()


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_constant_kernels_are_all_dead_or_all_the_same(value: float) -> None:
    matrix = np.full((9, 5), value)
    found = filters(column_norms(matrix), products_of(matrix))
    assert (found.dead, found.duplicates) == ((0, 10) if value else (5, 0))
