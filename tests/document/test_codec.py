"""Measurements go to JSON and back without loss."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from kreport.document.codec import canonical, decode, encode, rounded


@dataclass(frozen=True, kw_only=True, eq=False)
class Inner:
    label: str
    score: float | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Outer:
    inner: tuple[Inner, ...]
    pair: tuple[str, int]
    values: NDArray[np.float64]
    table: dict[str, tuple[float, ...]]
    either: float | str


def through_json(kind: object, value: object) -> object:
    return decode(kind, json.loads(canonical(value)))


def outer(score: float | None = 0.5, either: float | str = "text") -> Outer:
    return Outer(
        inner=(Inner(label="ä<", score=score),),
        pair=("a", 3),
        values=np.array([[1.0, np.nan], [np.inf, -0.25]]),
        table={"k": (1.0, 2.0)},
        either=either,
    )


@pytest.mark.parametrize("score", [None, 0.0, 1e-300, float("inf"), float("-inf")])
def test_dataclasses_come_back_as_they_went(score: float | None) -> None:
    back = through_json(Outer, outer(score))
    assert isinstance(back, Outer)
    assert back.inner[0].score == score
    assert back.pair == ("a", 3)
    np.testing.assert_array_equal(back.values, outer().values)
    assert canonical(back) == canonical(outer(score))


def test_nan_is_no_bare_token_and_comes_back() -> None:
    text = canonical(outer(float("nan")))
    assert json.loads(text, parse_constant=pytest.fail)
    assert np.isnan(decode(Outer, json.loads(text)).inner[0].score)


@pytest.mark.parametrize("either", ["text", 2.5, float("nan")])
def test_unions_are_told_apart(either: float | str) -> None:
    back = through_json(Outer, outer(either=either))
    assert isinstance(back, Outer)
    assert type(back.either) is type(either)


@given(
    st.sampled_from(["float32", "float64", "int64", "int32", "uint8", "bool"]).flatmap(
        lambda name: arrays(np.dtype(name), array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))
    )
)
def test_arrays_keep_dtype_shape_and_values(array: np.ndarray) -> None:
    back = through_json(NDArray[np.float64], array)
    assert isinstance(back, np.ndarray)
    assert back.dtype == array.dtype
    np.testing.assert_array_equal(back, array)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_rounding_keeps_seven_digits_and_is_idempotent(value: float) -> None:
    once = rounded(value)
    assert rounded(once) == once
    assert once == pytest.approx(value, rel=1e-6, abs=5e-324)


def test_rounding_leaves_integers_alone() -> None:
    wide = rounded(
        Outer(inner=(), pair=("a", 123_456_789), values=np.array([1.234567891]), table={}, either=0.1234567891)
    )
    assert wide.pair == ("a", 123_456_789)
    assert wide.values[0] == 1.234568
    assert wide.either == 0.1234568


def test_an_unknown_key_of_a_newer_file_is_ignored() -> None:
    assert decode(Inner, {"label": "a", "score": None, "later": 1}).label == "a"


def test_what_is_no_plain_value_is_refused() -> None:
    with pytest.raises(TypeError, match="set cannot stand in a measurement"):
        encode({"a": {1}})


def test_lone_surrogates_and_controls_survive() -> None:
    assert through_json(Inner, Inner(label="\ud800\x00\u202e", score=None)).label == "\ud800\x00\u202e"
