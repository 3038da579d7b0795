"""The network and simple models on the same samples: the same score of each, and the network's lead."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("tensorflow")
metrics = pytest.importorskip("sklearn.metrics")

from kreport.analyzers._evaluation.explained import r2, squares  # noqa: E402
from kreport.analyzers._evaluation.rivalling import with_baselines  # noqa: E402
from kreport.inputs.tasks import Task  # noqa: E402
from kreport.probes.rivals import Rivals  # noqa: E402
from kreport.tensors.baselines import Baseline  # noqa: E402
from kreport.tensors.intervals import of_mean, wilson  # noqa: E402
from tests.analyzers._evaluation.judged import classes  # noqa: E402

RANDOM = np.random.default_rng(5)
N = 200


def baseline(name: str, predictions: Any, missing: str = "") -> Baseline:
    return Baseline(
        name=name, how="fitted", inputs="standardised inputs", predictions=predictions,
        classes=np.zeros(0, np.int64), missing=missing,
    )  # fmt: skip


def compared(kind: Any, truth: Any, network: Any, *others: Any, place: int = 0) -> Any:
    made = [baseline(f"model {k}", one) if one is not None else baseline(f"model {k}", None, "no time")
            for k, one in enumerate(others)]  # fmt: skip
    task = Task(output="out", kind=kind, classes=2)
    found = Rivals(task=task, place=place, truth=truth, network=network, baselines=tuple(made))
    [one] = with_baselines((classes([0, 1], [0, 1]),), found)
    return one.baselines


def test_accuracies_have_wilsons_interval_and_the_lead_that_of_pairs() -> None:
    truth = RANDOM.integers(0, 2, N)
    network = np.where(RANDOM.uniform(size=N) < 0.9, truth, 1 - truth)
    other = np.where(RANDOM.uniform(size=N) < 0.6, truth, 1 - truth)
    found = compared("binary", truth, network, np.zeros(N, int), other, None)
    assert [one.name for one in found.rivals] == ["this network", "model 0", "model 1", "model 2"]
    assert found.rivals[0].value == metrics.accuracy_score(truth, network)
    assert found.rivals[2].value == metrics.accuracy_score(truth, other)
    expected = wilson(float((other == truth).sum()), N)
    assert (found.rivals[2].low, found.rivals[2].high) == (expected.low, expected.high)
    assert (found.rivals[3].value, found.rivals[3].how) == (None, "not fitted: no time")
    apart = (network == truth).astype(float) - (other == truth)
    lead = of_mean(apart.mean(), apart.std(ddof=1), N)
    assert found.ahead == pytest.approx((lead.low, lead.high))
    assert (found.score, found.share, found.samples) == ("accuracy", True, N)


def test_r2_is_scikit_learns_and_a_better_network_is_ahead() -> None:
    truth = RANDOM.normal(50, 3, size=(N, 2))
    network, other = truth + RANDOM.normal(size=(N, 2)), truth + 2 * RANDOM.normal(size=(N, 2))
    found = compared("regression", truth, network, np.full((N, 2), 50.0), other)
    values = [one.value for one in found.rivals]
    assert values == pytest.approx([metrics.r2_score(truth, said) for said in (network, np.full((N, 2), 50.0), other)])
    assert all(one.low < one.value < one.high for one in found.rivals)
    assert 0 < found.ahead[0] < values[0] - values[2] < found.ahead[1]
    behind = compared("regression", truth, other, network)
    assert behind.ahead[1] < 0


def test_r2_of_draws_is_that_of_the_drawn_samples() -> None:
    truth, said, weight = RANDOM.normal(1e4, 1, (40, 3)), RANDOM.normal(1e4, 1, (40, 3)), RANDOM.uniform(size=40)
    rows = squares(truth, truth, said, weight=weight)
    index = RANDOM.integers(40, size=(5, 40))
    means = np.stack([rows[one].mean(0) for one in index])
    expected = [metrics.r2_score(truth[one], said[one], sample_weight=weight[one]) for one in index]
    np.testing.assert_allclose(r2(means, 3, 1), expected, rtol=1e-6)
    np.testing.assert_allclose(r2(means, 3, 0), 1)
    constant = squares(np.ones((4, 1)), np.zeros((4, 1)))
    assert np.isnan(r2(constant.mean(0)[None], 1)).all()


def test_nothing_is_compared_without_samples_or_with_constant_targets() -> None:
    nothing = np.zeros(0, int)
    assert compared("binary", nothing, nothing, nothing) is None
    assert compared("regression", np.ones((9, 1)), np.ones((9, 1)), np.ones((9, 1))) is None
    truth = np.array([0, 1, 1])
    assert compared("binary", truth, truth, truth, place=1) is None  # of another output
