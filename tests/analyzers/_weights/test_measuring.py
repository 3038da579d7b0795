"""Costs are limited by size: the cheapest matrices first, the reason for the rest in words."""

from __future__ import annotations

import numpy as np

from kreport.analyzers._weights import measuring
from kreport.analyzers._weights.measuring import measured, planned
from kreport.probes.weights import WeightTensor
from kreport.tensors.initializers import Theory


def matrix(rows: int, columns: int, **more: object) -> WeightTensor:
    return WeightTensor(
        **{
            "layer": "a",
            "name": "kernel",
            "role": "kernel",
            "shape": (rows, columns),
            "dtype": "float32",
            "trainable": True,
            "read": lambda: np.random.default_rng(0).normal(size=(rows, columns)).astype(np.float32),
        }
        | more
    )


def test_the_cheapest_spectra_come_first(monkeypatch) -> None:
    monkeypatch.setattr(measuring, "WORK", 20_000)
    large, small, wide = planned([matrix(100, 90), matrix(20, 10), matrix(10, 100)], spectra=True)
    assert (small.full, small.compare) == (True, True)
    assert (wide.full, wide.compare) == (True, False)
    assert (large.full, large.largest) == (False, True)
    assert "power iterations" in large.left_out


def test_above_4096_only_the_largest_value_is_found() -> None:
    [plan] = planned([matrix(5000, 4500)], spectra=True)
    assert plan.left_out == "smaller side above 4,096: σ₁ by power iterations"


def test_filters_with_few_inputs_are_not_compared() -> None:
    [plan] = planned([matrix(7, 3)], spectra=True)
    assert (plan.full, plan.compare) == (True, False)


def test_svd_and_gram_agree(monkeypatch) -> None:
    tensor = matrix(120, 60)
    [plan] = planned([tensor], spectra=True)
    svd = measured(tensor, plan).matrix.spectrum
    monkeypatch.setattr(measuring, "SMALL", 0)
    gram = measured(tensor, plan).matrix.spectrum
    assert (svd.method, gram.method) == ("SVD", "Gram")
    np.testing.assert_allclose(gram.values, svd.values, rtol=1e-8)


def test_an_orthogonal_start_has_equal_singular_values() -> None:
    tensor = matrix(30, 10, theory=Theory(kind="orthogonal", scale=1.0), initializer="Orthogonal")
    [plan] = planned([tensor], spectra=True)
    assert measured(tensor, plan).matrix.spectrum.expected.tolist() == [1.0] * 10
