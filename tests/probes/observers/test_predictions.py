"""Predictions beside labels: parts make the whole, whatever is cut where; nothing of the data stays that must not."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

tf = pytest.importorskip("tensorflow")

from kreport.inputs.batches import Batch, Batches  # noqa: E402
from kreport.inputs.expected import OutputSpec  # noqa: E402
from kreport.probes.observers._scoring import ClassScoring, LabelScoring  # noqa: E402
from kreport.probes.observers.predictions import Judge, Predicted  # noqa: E402
from kreport.probes.tree import LayerTree  # noqa: E402

N = 40
RANDOM = np.random.default_rng(3)
X = RANDOM.normal(size=(N, 3)).astype("float32")
SHARES = RANDOM.dirichlet(np.ones(4), N).astype("float32")
CASES = {
    "classes": ("sparse_categorical_crossentropy", SHARES, RANDOM.integers(0, 4, N)),
    "labels": ("binary_crossentropy", RANDOM.uniform(size=(N, 3)).astype("float32"), RANDOM.integers(0, 2, (N, 3))),
    "numbers": ("mse", RANDOM.normal(size=(N, 2)).astype("float32"), RANDOM.normal(size=(N, 2))),
    "positions": (
        "sparse_categorical_crossentropy", RANDOM.dirichlet(np.ones(3), (N, 5)).astype("float32"),
        RANDOM.integers(0, 3, (N, 5)),
    ),
}  # fmt: skip


def batch(start: int, stop: int, y: Any) -> Batch:
    return Batch(x=X[start:stop], y=y[start:stop], start=start, size=stop - start)


def batches(loss: str, shape: Any, y: Any, *, embed: bool = True) -> Batches:
    return Batches(
        source="arrays", samples=N, batch_size=8, labels=True, weights=False, input_names=("x",), embed=embed,
        outputs=(OutputSpec(name="out", shape=(None, *shape), loss=loss),), first=batch(0, 2, y),
        read=lambda: iter(()),
    )  # fmt: skip


def judge(loss: str, said: Any, y: Any, cuts: list[int], **more: Any) -> Judge:
    found = Judge()
    found.start(LayerTree(model=None, entries=(), parents={}, id_of={}), batches(loss, said.shape[1:], y, **more))
    found._made = [loss != "mse"]
    for start, stop in pairwise(cuts):
        found.add({"outputs": [said[start:stop]], "masks": [()]}, batch(start, stop, y))
    return found


@settings(deadline=None)
@given(st.sampled_from(sorted(CASES)), st.integers(1, N - 1), st.integers(1, 12))
def test_parts_make_the_whole(name, cut, size):
    loss, said, y = CASES[name]
    whole = judge(loss, said, y, [*range(0, N, size), N]).result().outputs[0]
    one, other = judge(loss, said, y, [0, cut]), judge(loss, said, y, [cut, N])
    one.merge(other)
    merged = one.result().outputs[0]
    assert (merged.samples, merged.answers, merged.task) == (whole.samples, whole.answers, whole.task)
    np.testing.assert_allclose(merged.by_sample, whole.by_sample, rtol=1e-12)
    assert [w.index for w in merged.worst] == [w.index for w in whole.worst]
    same(merged, whole)


def same(one: Predicted, other: Predicted) -> None:
    np.testing.assert_allclose(one.scoring.rows.in_order(), other.scoring.rows.in_order(), rtol=1e-12)
    if isinstance(one.scoring, ClassScoring):
        assert one.scoring.mistakes == other.scoring.mistakes
        names = ["matrix", "calibration", "loss", "brier", "top"]
    elif isinstance(one.scoring, LabelScoring):
        names = ["right", "labels", "predicted", "calibration", "loss", "exact", "wrong"]
    else:
        for name in ("count", "mean", "centred", "error", "absolute", "square", "largest"):
            values = [getattr(scoring.sums, name) for scoring in (one.scoring, other.scoring)]
            np.testing.assert_allclose(*values, rtol=1e-11, atol=1e-12)
        names = []
    for name in names:
        np.testing.assert_allclose(getattr(one.scoring, name), getattr(other.scoring, name), rtol=1e-11)


def test_inputs_stay_out_where_they_must():
    loss, said, y = CASES["classes"]
    assert all(w.x is None for w in judge(loss, said, y, [0, N], embed=False).result().outputs[0].worst)
    shown = judge(loss, said, y, [0, N]).result().outputs[0].worst
    np.testing.assert_array_equal(np.concatenate([w.x for w in shown]), X[[w.index for w in shown]])


def test_of_very_many_samples_some_are_kept_and_all_are_counted(monkeypatch):
    from kreport.probes.observers import _scoring

    monkeypatch.setattr(_scoring, "ROWS", 10)
    loss, said, y = CASES["classes"]
    found = judge(loss, said, y, [0, 16, N]).result().outputs[0]
    assert (len(found.by_sample), len(found.scoring.rows.in_order()), found.answers) == (10, 10, N)
    assert found.scoring.matrix.sum() == N
    again = judge(loss, said, y, [0, 3, 30, N]).result().outputs[0]
    np.testing.assert_array_equal(found.by_sample, again.by_sample)
