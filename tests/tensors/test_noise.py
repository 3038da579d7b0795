"""Signal and noise of a gradient: unbiased, the published estimator, intervals that hold the truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kreport.tensors.noise import SignalNoise, signal_and_noise

RANDOM = np.random.default_rng(8)


def estimate(gradients: np.ndarray, sizes: np.ndarray) -> SignalNoise | None:
    """Return the estimate from whole gradients, shape ``(batches, values)``."""
    total, crosses = np.zeros(gradients.shape[1]), []
    for gradient, size in zip(gradients, sizes, strict=True):
        crosses.append(size * gradient @ total)
        total += size * gradient
    return signal_and_noise(np.square(gradients).sum(1), np.array(crosses), sizes)


def drawn(sizes: np.ndarray, *, signal: float, sigma: float = 1.0, values: int = 400) -> np.ndarray:
    """Return gradients of batches, with |G| = ``signal`` and variance ``sigma``² of each value of one sample's."""
    noise = RANDOM.normal(size=(len(sizes), values)) * sigma / np.sqrt(sizes)[:, None]
    return noise + signal / np.sqrt(values)


def test_is_the_estimator_of_mccandlish_for_batches_of_one_size():
    sizes = np.full(10, 32)
    gradients = drawn(sizes, signal=1.0)
    small, big = np.square(gradients).sum(1).mean(), np.square(gradients.mean(0)).sum()
    found = estimate(gradients, sizes)
    assert found.signal == pytest.approx((320 * big - 32 * small) / (320 - 32))
    assert found.trace == pytest.approx((small - big) / (1 / 32 - 1 / 320))


@pytest.mark.parametrize("sizes", [np.full(12, 16), np.array([16] * 11 + [3])], ids=["even", "a short last batch"])
def test_is_unbiased(sizes):
    found = [estimate(drawn(sizes, signal=0.7), sizes) for _ in range(800)]
    assert np.mean([one.signal for one in found]) == pytest.approx(0.49, rel=0.1)
    assert np.mean([one.trace for one in found]) == pytest.approx(400, rel=0.01)


@pytest.mark.parametrize(("signal", "sigma"), [(1.0, 1.0), (1.0, 0.2), (3.0, 0.2), (0.3, 1.0)])
def test_intervals_hold_the_true_noise_scale(signal, sigma):
    sizes, true = np.full(16, 32), 400 * sigma**2 / signal**2
    intervals = [estimate(drawn(sizes, signal=signal, sigma=sigma), sizes).interval for _ in range(300)]
    inside = [(low or 0) <= true <= (high or np.inf) for low, high in intervals]
    assert np.mean(inside) > 0.93


def test_no_signal_has_no_scale_but_a_ratio_near_zero():
    sizes = np.full(16, 32)
    found = [estimate(drawn(sizes, signal=0.0), sizes) for _ in range(200)]
    assert np.mean([one.scale is None for one in found]) > 0.95
    ratios = [one.ratio(32) for one in found]
    assert min(ratios) == 0.0
    assert np.median(ratios) < 0.1


def test_the_ratio_is_that_of_one_batch():
    sizes = np.full(200, 32)
    found = estimate(drawn(sizes, signal=2.0), sizes)
    assert found.ratio(32) == pytest.approx(2.0 / np.sqrt(400 / 32), rel=0.05)
    assert found.ratio(128) == pytest.approx(2 * found.ratio(32))


def test_what_cannot_be_told_is_none():
    one = np.ones((1, 3))
    assert estimate(one, np.array([4])) is None
    assert estimate(np.array([[1.0, np.nan], [1.0, 1.0]]), np.array([4, 4])) is None
    two = estimate(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([4, 4]))
    assert two.errors is None
    assert two.scale is None
    assert two.interval == (None, None)
    same = estimate(np.tile([1.0, 2.0], (5, 1)), np.full(5, 4))
    assert same.signal == pytest.approx(5.0)
    assert same.ratio(4) is None


@given(st.lists(st.integers(1, 64), min_size=2, max_size=9), st.integers(1, 5))
def test_products_add_up_to_the_norm_of_the_sum(sizes, values):
    sizes = np.array(sizes)
    gradients = np.random.default_rng(values).normal(size=(len(sizes), values))
    found = estimate(gradients, sizes)
    total = np.square((sizes[:, None] * gradients).sum(0)).sum()
    own = (sizes**2 * np.square(gradients).sum(1)).sum()
    assert found.signal == pytest.approx((total - own) / (sizes.sum() ** 2 - (sizes**2).sum()))
