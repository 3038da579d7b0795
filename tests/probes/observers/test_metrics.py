"""Compiled metrics: those of ``evaluate``, also when two parts of the data are put together afterwards."""

from __future__ import annotations

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from kreport.inputs.batches import Batch, Batches  # noqa: E402
from kreport.probes.observers.metrics import CompiledMetrics, Metrics  # noqa: E402
from kreport.probes.stepping import Carried  # noqa: E402
from kreport.probes.sweep import _Reading  # noqa: E402
from kreport.probes.tree import tree_of  # noqa: E402

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(37, 4)).astype("float32")
Y = (X[:, :1] + RANDOM.normal(size=(37, 1)) > 0).astype("float32")
WEIGHTS = RANDOM.uniform(0.1, 2, 37).astype("float32")


def model(*metrics: object, **more: object):
    keras.utils.set_random_seed(0)
    made = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
    made.compile("sgd", "binary_crossentropy", metrics=list(metrics), **more)
    return made


def observed(made, start: int, stop: int) -> Metrics:
    def read():
        for first in range(start, stop, 8):
            part = slice(first, min(first + 8, stop))
            yield Batch(x=X[part], y=Y[part], sample_weight=WEIGHTS[part], start=first, size=len(X[part]))

    batches = Batches(
        source="arrays", samples=stop - start, max_samples=None, batch_size=8, labels=True, weights=True,
        input_names=("x",), read=read,
    )  # fmt: skip
    carried = Carried(observer=Metrics(), name="metrics")
    carried.observer.start(tree_of(made), batches)
    _Reading(tree_of(made), batches, [carried], None).run()
    assert carried.gap is None
    return carried.observer


def compared(found: CompiledMetrics, made) -> None:
    for _ in range(2):  # the first call starts R2Score from what it was built with
        expected = made.evaluate(X, Y, sample_weight=WEIGHTS, batch_size=8, verbose=0, return_dict=True)
    assert found.samples == len(X)
    values = dict(found.values)
    for name, value in expected.items():
        if np.ndim(value):
            for index, one in enumerate(np.ravel(value)):
                assert values[f"{name} {index}"] == pytest.approx(float(one), rel=1e-5)
        else:
            assert values[name] == pytest.approx(float(value), rel=1e-5), name


MEASURES = {
    "shares": lambda: ["accuracy", keras.metrics.Precision(), keras.metrics.Recall()],
    "areas": lambda: [keras.metrics.AUC(), keras.metrics.AUC(curve="PR", name="pr")],
    "errors": lambda: [keras.metrics.RootMeanSquaredError(), "mae", keras.metrics.R2Score()],
    "several values": lambda: [keras.metrics.F1Score(threshold=0.5), keras.metrics.BinaryIoU()],
}


@pytest.mark.parametrize("measures", MEASURES)
@pytest.mark.parametrize("trained", [False, True])
def test_two_parts_together_have_the_values_of_evaluate(measures: str, trained: bool) -> None:
    made = model(*MEASURES[measures](), weighted_metrics=["mse"])
    if trained:
        made.fit(X, Y, sample_weight=WEIGHTS, verbose=0)
    whole, first, second = observed(made, 0, 37), observed(made, 0, 16), observed(made, 16, 37)
    first.merge(second)
    compared(whole.result(), made)
    compared(first.result(), made)


def test_a_part_without_samples_changes_nothing() -> None:
    made = model("accuracy")
    whole, nothing = observed(made, 0, 37), Metrics()
    nothing.merge(whole)
    compared(nothing.result(), made)
