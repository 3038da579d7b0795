"""A random choice of rows: bounded, fair, and the same however the table is cut into batches."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2, ks_2samp

from kreport.tensors.row_sample import FEWEST, ROWS, RowSample, distance, row_hashes


def kept(rows: int, cuts: list[int], most: int = 20) -> np.ndarray:
    sample = RowSample(width=1, most=most)
    edges = [0, *sorted(cuts), rows]
    for start, end in itertools.pairwise(edges):
        sample.add(np.arange(start, end)[:, None], start)
    return sample.column(0)


@given(st.integers(1, 200), st.data())
def test_batches_do_not_matter(rows, data):
    cuts = data.draw(st.lists(st.integers(0, rows), max_size=6))
    found = kept(rows, cuts)
    np.testing.assert_array_equal(found, kept(rows, []))
    assert len(found) == len(set(found.tolist())) == min(rows, 20)


@given(st.integers(1, 200), st.integers(0, 200))
def test_parts_can_be_merged(rows, cut):
    cut = min(cut, rows)
    one, two = RowSample(width=1, most=20), RowSample(width=1, most=20)
    one.add(np.arange(cut)[:, None], 0)
    two.add(np.arange(cut, rows)[:, None], cut)
    one.merge(two)
    np.testing.assert_array_equal(one.column(0), kept(rows, []))


def test_every_row_is_as_likely_as_any_other():
    counts = np.zeros(10)
    for start in range(0, 100_000, 100):  # many tables: each has other row indices
        low = np.argsort(row_hashes(start, 100))[:10]
        counts += np.bincount(low // 10, minlength=10)
    expected = counts.sum() / 10
    assert ((counts - expected) ** 2 / expected).sum() < chi2.ppf(0.9999, 9)


def test_what_is_kept_is_bounded_and_fewer_rows_of_wider_tables():
    assert [RowSample(width=width).most for width in (1, 512, 2048, 10**6)] == [ROWS, ROWS, 1024, FEWEST]


def test_batches_are_not_kept_alive():
    sample, batch = RowSample(width=2), np.ones((10, 2))
    sample.add(batch, 0)
    batch[:] = 5
    assert sample.column(0).tolist() == [1.0] * 10


def test_the_distribution_is_that_of_the_whole():
    values = np.random.default_rng(0).gamma(2, size=(200_000, 1))
    sample = RowSample(width=1)
    for start in range(0, len(values), 977):
        sample.add(values[start : start + 977], start)
    assert len(sample.column(0)) == ROWS
    assert ks_2samp(sample.column(0), values[:, 0]).pvalue > 0.001


@given(st.lists(st.integers(-3, 3), min_size=1), st.lists(st.integers(-3, 3), min_size=1))
def test_distances_are_those_of_scipy(one, other):
    a, b = np.sort(np.array(one, float)), np.sort(np.array(other, float))
    assert distance(a, b) == pytest.approx(ks_2samp(a, b).statistic)
