"""Piles: the same as putting parts together, without holding them twice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

tf = pytest.importorskip("tensorflow")

from kreport.inputs.piles import Pile, Piles  # noqa: E402


@given(
    st.lists(st.integers(0, 4), max_size=6), st.integers(0, 12), st.sampled_from(["float32", "int64", "bool", "object"])
)
def test_rows_are_those_of_the_parts_however_many_were_expected(sizes, most, dtype):
    parts = [np.arange(3 * size).reshape(size, 3).astype(dtype) for size in sizes]
    pile = Pile(most)
    for part in parts:
        pile.add(part)
    if not parts:
        assert pile.rows() is None
        return
    assert pile.rows().dtype == dtype
    np.testing.assert_array_equal(pile.rows(), np.concatenate(parts))


def test_tensors_and_texts_are_kept_as_they_are():
    pile = Pile(8)
    pile.add(tf.ragged.constant([[1], [2, 3]]))
    pile.add(tf.ragged.constant([[4, 5, 6]]))
    assert pile.rows().to_list() == [[1], [2, 3], [4, 5, 6]]
    texts = Pile(2)
    texts.add(np.array(["a", "bc"]))
    texts.add(np.array(["longer"]))
    assert texts.rows().tolist() == ["a", "bc", "longer"]


def test_what_is_none_once_is_none():
    piles = Piles(4)
    piles.add({"x": np.ones((2, 1)), "y": None, "z": np.zeros(2)}, 2)
    piles.add({"x": np.ones((1, 1)), "y": None, "z": None}, 1)
    found = piles.rows()
    assert (found["x"].shape, found["y"], found["z"], piles.size) == ((3, 1), None, None, 3)


def test_rows_of_two_come_one_behind_the_other():
    one, other, empty = Piles(2), Piles(2), Piles(2)
    one.add((np.array([1, 2]), None), 2)
    other.add((np.array([3]), None), 1)
    both = empty.and_then(one).and_then(other)
    assert both.rows()[0].tolist() == [1, 2, 3]
    assert (both.size, empty.rows()) == (3, None)


def test_lasting_rows_are_not_copied_before_they_are_asked_for():
    rows = np.arange(6.0).reshape(2, 3)
    lasting, copied = Pile(4, lasting=True), Pile(4)
    for pile in (lasting, copied):
        pile.add(rows)
    rows[:] = 0
    assert (lasting.rows().sum(), copied.rows().sum()) == (0, 15)
