"""What goes into BatchNorm layers, by channel, beside the moving statistics."""

from __future__ import annotations

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from kreport.probes.observers.norms import NormInputs  # noqa: E402
from kreport.probes.sweep import Wanted, swept  # noqa: E402
from kreport.probes.tree import tree_of  # noqa: E402
from tests.zoo_data import of_arrays  # noqa: E402

L = keras.layers


def norms(model, x) -> NormInputs:
    wanted = Wanted(kinds=frozenset({NormInputs}))
    return swept(tree_of(model), of_arrays(x, samples=len(x)), wanted, None, None).results[NormInputs]


@pytest.mark.parametrize("axis", [-1, 1])
def test_means_and_variances_are_those_of_numpy(axis: int) -> None:
    model = keras.Sequential([keras.Input((4, 5, 3)), L.BatchNormalization(axis=axis, name="bn")])
    moving = np.arange(1.0, model.layers[0].moving_mean.shape[0] + 1)
    model.layers[0].moving_mean.assign(moving)
    x = np.random.default_rng(0).normal(2, 3, (17, 4, 5, 3)).astype("float32")
    [found] = norms(model, x).norms
    others = tuple(a for a in range(4) if a != axis % 4)
    np.testing.assert_allclose(found.mean, x.astype("float64").mean(others), rtol=1e-5)
    np.testing.assert_allclose(found.variance, x.astype("float64").var(others), rtol=1e-5)
    np.testing.assert_array_equal(found.moving_mean, moving)
    assert found.epsilon == pytest.approx(1e-3)


def test_other_normalisations_have_no_moving_statistics() -> None:
    model = keras.Sequential([keras.Input((3,)), L.LayerNormalization(), L.Dense(1)])
    assert norms(model, np.ones((5, 3), "float32")).norms == ()
