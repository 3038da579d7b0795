"""What is called different is what SciPy's tests call so, and by an amount that matters."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, chisquare, kstwobign

from kreport.analyzers._data.drifting import ALPHA, MATTERS, critical_distance, moved, shifted, uneven

COUNTS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=2, max_size=9)


@pytest.mark.parametrize(("n", "m", "columns"), [(50, 70, 1), (200, 100, 30), (20, 20, 4)])
def test_the_critical_distance_is_that_of_kolmogorov_and_smirnov(n, m, columns):
    exact = kstwobign.isf(ALPHA / columns) * np.sqrt((n + m) / (n * m))
    assert critical_distance(n, m, columns) == pytest.approx(exact, rel=1e-3)


def test_no_difference_is_told_below_a_tenth_or_without_samples():
    assert critical_distance(10**6, 10**6, 3) == MATTERS
    assert critical_distance(0, 5, 3) is None
    assert critical_distance(5, 0, 3) is None


@given(COUNTS)
def test_the_share_that_moved_is_the_total_variation(counts):
    ours, theirs = (dict(enumerate(part)) for part in zip(*counts, strict=True))
    p, q = (np.array(list(part.values()), float) for part in (ours, theirs))
    if not p.sum() or not q.sum():
        assert moved(ours, theirs) is None
    else:
        assert moved(ours, theirs) == pytest.approx(np.abs(p / p.sum() - q / q.sum()).sum() / 2)


@given(COUNTS)
def test_shifts_of_classes_are_those_of_the_chi_square_test(counts):
    ours, theirs = (dict(enumerate(part)) for part in zip(*counts, strict=True))
    table = np.array(counts, float).T
    table = table[:, table.sum(0) > 0]
    sizes = int(table[0].sum()), int(table[1].sum())
    if not all(sizes) or table.shape[1] < 2:
        assert not shifted(ours, theirs, sizes)
        return
    chance = chi2_contingency(table, correction=False).pvalue
    if not 0.008 < chance < 0.012 and len(counts) == table.shape[1]:
        assert shifted(ours, theirs, sizes) == (chance < 0.01 and moved(ours, theirs) > 0.1)


def test_few_labels_of_many_classes_are_no_shift():
    random = np.random.default_rng(0)
    found = [
        shifted(*(dict(enumerate(random.multinomial(60, np.full(50, 0.02)).tolist())) for _ in range(2)), (60, 60))
        for _ in range(100)
    ]
    assert sum(found) <= 4


def test_pixels_of_one_mask_do_not_count_as_samples():
    ours, theirs = {0: 6000, 1: 4000}, {0: 4000, 1: 6000}
    assert shifted(ours, theirs, (10_000, 10_000))
    assert not shifted(ours, theirs, (10, 10))


@given(st.lists(st.integers(0, 90), min_size=1, max_size=40))
def test_classes_are_uneven_where_the_chi_square_test_says_so(counts):
    if sum(counts) == 0 or len(counts) == 1:
        assert not uneven(counts, sum(counts))
        return
    chance = chisquare(counts).pvalue
    if not 0.008 < chance < 0.012:
        assert uneven(counts, sum(counts)) == (chance < 0.01)


def test_classes_of_few_samples_each_are_not_uneven_by_chance():
    random = np.random.default_rng(1)
    found = [uneven(random.multinomial(3000, np.full(600, 1 / 600)).tolist(), 3000) for _ in range(50)]
    assert sum(found) <= 3
