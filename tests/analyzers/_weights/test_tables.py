"""Several histograms join to one."""

import numpy as np
import pytest

from kreport.analyzers._weights.tables import joined
from kreport.tensors.distribution import distribution


def test_joined_histograms_keep_their_counts_and_places() -> None:
    rng = np.random.default_rng(0)
    parts = [rng.normal(size=5000), rng.normal(3, 0.1, size=5000), np.full(100, -2.0)]
    everything = np.concatenate(parts)
    counts = joined([distribution(part)[0] for part in parts], everything.min(), everything.max())
    assert sum(counts) == pytest.approx(10_100, rel=1e-3)
    expected = np.histogram(everything, len(counts))[0]
    assert np.corrcoef(counts, expected)[0, 1] > 0.97


def test_equal_constants_make_one_bar() -> None:
    counts = joined([distribution(np.ones(7))[0]] * 3, 1.0, 1.0)
    assert (counts[0], sum(counts)) == (21, 21)
