"""What samples are told apart by: figures of their input, one row a sample."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from kreport.inputs.batches import Batch, Batches  # noqa: E402
from kreport.inputs.expected import InputSpec  # noqa: E402
from kreport.probes.observers._slices import COLUMNS, Slicing  # noqa: E402
from kreport.probes.tree import LayerTree  # noqa: E402

RANDOM = np.random.default_rng(9)
TREE = LayerTree(model=None, entries=(), parents={}, id_of={})


def figures(x: Any, **more: Any) -> tuple[tuple[str, ...], np.ndarray]:
    names = tuple(x) if isinstance(x, dict) else ("x",)
    number = len(next(iter(x.values()))) if isinstance(x, dict) else int(x.shape[0])
    batch = Batch(x=x, start=0, size=number)
    given = Batches(
        source="arrays", samples=number, batch_size=number, labels=True, weights=False, input_names=names,
        first=batch, read=lambda: iter((batch,)),
    )  # fmt: skip
    slicing = Slicing.of(TREE, replace(given, **more))
    return slicing.names, slicing.columns(batch)


def test_pictures_by_brightness_and_contrast_whatever_their_type():
    x = RANDOM.integers(0, 256, (5, 9, 9, 3)).astype("uint8")
    names, found = figures(x)
    assert names == ("brightness", "contrast")
    np.testing.assert_allclose(found[:, 0], x.reshape(5, -1).astype(float).mean(1))
    np.testing.assert_allclose(found[:, 1], x.reshape(5, -1).astype(float).std(1))


def test_series_by_mean_and_spread():
    x = RANDOM.normal(size=(4, 20, 3)).astype("float32")
    names, found = figures(x)
    assert names == ("mean", "spread")
    np.testing.assert_allclose(found, np.stack([x.mean((1, 2)), x.std((1, 2))], 1), rtol=1e-5)


def test_rows_by_their_columns_at_most_so_many():
    x = RANDOM.normal(size=(4, 3)).astype("float32")
    names, found = figures(x, feature_names=("age", "height", "weight"))
    assert names == ("age", "height", "weight")
    np.testing.assert_array_equal(found, x.astype(float))
    assert figures(RANDOM.normal(size=(4, 60)))[1].shape == (4, COLUMNS)
    names, found = figures({"a": np.arange(3.0), "b": np.ones((3, 2))})
    assert names == ("a", "b 0", "b 1")
    np.testing.assert_array_equal(found, [[0, 1, 1], [1, 1, 1], [2, 1, 1]])


def test_tokens_by_how_many_there_are():
    tokens = {"inputs": (InputSpec(name="x", shape=(None, None), dtype="int32"),)}
    names, found = figures(np.array([[3, 4, 0, 0], [1, 2, 3, 4]]), **tokens)
    assert (names, found.tolist()) == (("length",), [[2], [4]])
    ragged = tf.ragged.constant([[5, 6, 7], [8]])
    assert figures(ragged, **tokens)[1].tolist() == [[3], [1]]


def test_texts_by_their_characters():
    names, found = figures(np.array([["a cat"], ["née"]], object))
    assert (names, found.tolist()) == (("length",), [[5], [3]])
    assert figures(tf.constant([["a cat"], ["née"]]))[1].tolist() == [[5], [3]]


def test_nothing_of_what_has_no_figures():
    names, found = figures(tf.ragged.constant([[1.0], [2.0, 3.0]]))
    assert (names, found.shape) == ((), (2, 0))
