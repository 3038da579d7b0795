"""The observers of two parts of the data, merged, give what the observers of the whole give."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

keras = pytest.importorskip("keras")

from kreport.inputs.batches import Batch, Batches, rows  # noqa: E402
from kreport.probes.observers import Observer  # noqa: E402
from kreport.probes.stepping import Carried  # noqa: E402
from kreport.probes.sweep import _Reading, observers  # noqa: E402
from kreport.probes.tree import tree_of  # noqa: E402
from kreport.tensors.row_sample import RowSample  # noqa: E402

layers = keras.layers
SIZE, BATCH = 24, 4
RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(SIZE, 6, 6, 2)).astype("float32")
X[5, 0, 0] = X[5, 0, 1] = 0
X[17] = X[3]
Y = RANDOM.integers(0, 3, SIZE)
METRICS = ["accuracy", keras.metrics.SparseTopKCategoricalAccuracy(k=2), keras.metrics.SparseCategoricalCrossentropy()]
KINDS = sorted(observers(), key=lambda kind: kind.__name__)


@pytest.fixture(scope="module")
def model() -> Any:
    keras.utils.set_random_seed(0)
    body = [layers.Conv2D(4, 3), layers.BatchNormalization(), layers.ReLU(), layers.Flatten(), layers.Dense(5, "tanh")]
    made = keras.Sequential([keras.Input((6, 6, 2)), *body, layers.Dense(3, "softmax")])
    made.compile("adam", "sparse_categorical_crossentropy", metrics=METRICS, run_eagerly=True)
    return made


def part_of_the_data(start: int, stop: int) -> Batches:
    def read() -> Iterator[Batch]:
        for first in range(start, stop, BATCH):
            chosen = np.arange(first, min(first + BATCH, stop))
            yield Batch(x=rows(X, chosen), y=rows(Y, chosen), sample_weight=None, start=first, size=len(chosen))

    return Batches(
        source="arrays", samples=stop - start, max_samples=None, batch_size=BATCH, labels=True, weights=False,
        input_names=("x",), read=read,
    )  # fmt: skip


def observed(model: Any, start: int, stop: int) -> dict[type, Observer[Any]]:
    tree, batches, made = tree_of(model), part_of_the_data(start, stop), observers()
    carried = {kind: Carried(observer=made[kind](), name=kind.__name__) for kind in KINDS}
    for one in carried.values():
        one.observer.start(tree, batches)
    _Reading(tree, batches, list(carried.values()), None).run()
    assert not [one.gap for one in carried.values() if one.gap]
    return {kind: one.observer for kind, one in carried.items()}


@pytest.fixture(scope="module")
def whole(model: Any) -> dict[type, Observer[Any]]:
    return observed(model, 0, SIZE)


@settings(max_examples=4, deadline=None)
@given(cut=st.integers(1, SIZE // BATCH - 1).map(lambda batches: batches * BATCH))
def test_two_parts_make_the_whole(model: Any, whole: dict[type, Observer[Any]], cut: int) -> None:
    first, second = observed(model, 0, cut), observed(model, cut, SIZE)
    for kind in KINDS:
        first[kind].merge(second[kind])
    for kind in KINDS:
        same(first[kind].result(), whole[kind].result(), kind.__name__)


def same(one: Any, other: Any, where: str) -> None:
    """Compare two results, to the rounding of float32 sums."""
    assert type(one) is type(other), where
    if isinstance(one, np.ndarray):
        same_arrays(one, other, where)
    elif isinstance(one, float):
        assert one == pytest.approx(other, rel=2e-4, abs=1e-6, nan_ok=True), where
    elif isinstance(one, bool | int | str | None):
        assert one == other, where
    else:
        mine, theirs = parts(one), parts(other)
        assert mine.keys() == theirs.keys(), where
        for name in mine:
            same(mine[name], theirs[name], f"{where}.{name}")


def same_arrays(one: Any, other: Any, where: str) -> None:
    if one.dtype.kind not in "fc":
        np.testing.assert_array_equal(one, other, err_msg=where)
        return
    scale = float(np.abs(other[np.isfinite(other)]).max(initial=0)) or 1.0
    np.testing.assert_allclose(one, other, rtol=2e-4, atol=2e-5 * scale, err_msg=where)


def parts(value: Any) -> Mapping[Any, Any]:
    """Return what a value consists of, by name; layers, variables and functions are not looked into."""
    if isinstance(value, Mapping):
        return value
    if isinstance(value, list | tuple):
        return dict(enumerate(value))
    if isinstance(value, RowSample):
        return {column: value.column(column) for column in range(value.width)}
    if not (dataclasses.is_dataclass(value) or type(value).__module__.startswith("kreport.tensors")):
        return {}
    properties = [name for name, found in vars(type(value)).items() if isinstance(found, property)]
    names = [name for name in (*vars(value), *properties) if not name.startswith("_")]
    found = {name: getattr(value, name) for name in names}
    if "crosses" in found:  # products across two parts are known as a whole only
        found["crosses"] = found["crosses"].sum()
    return found
