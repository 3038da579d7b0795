"""Times of layers: each by itself, none where they would make two reports differ."""

from __future__ import annotations

import importlib
import time
from typing import Any

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from kreport.probes.fingerprint import fingerprint  # noqa: E402
from kreport.probes.layer_times import layer_times  # noqa: E402
from kreport.probes.observers.kept import KeptSamples  # noqa: E402
from kreport.probes.tree import tree_of  # noqa: E402

L = keras.layers
module = importlib.import_module("kreport.probes.layer_times")  # the package has a function of that name


class Slow(L.Layer):
    """Takes its time before and after what it holds."""

    def __init__(self, seconds: float, **more: Any) -> None:
        super().__init__(**more)
        self.seconds, self.inner = seconds, L.Dense(2, name="inner")

    def call(self, x: Any) -> Any:
        time.sleep(self.seconds)
        return self.inner(x)


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)


def timed(model: Any) -> Any:
    x = np.ones((4, 3), "float32")
    kept = KeptSamples(
        x=x, y=None, sample_weight=None, index=np.arange(4), outputs=None, output=0, several=1,
        logits=False, losses=None, of=4, limited=False,
    )  # fmt: skip
    return layer_times(tree_of(model), kept, None)


def test_a_layers_time_is_its_own() -> None:
    model = keras.Sequential([keras.Input((3,)), L.Dense(3, name="fast"), Slow(0.05, name="slow")])
    found = timed(model)
    seconds = {one.layer: one.seconds for one in found.layers}
    assert list(seconds) == ["fast", "slow", "slow / inner"]
    assert 0.05 <= seconds["slow"] < found.total
    assert max(seconds["fast"], seconds["slow / inner"]) < 0.05
    assert found.samples == 4
    assert found.passes >= 1


def test_a_built_in_layer_answers_for_what_it_calls() -> None:
    inputs = keras.Input((3,))
    outputs = L.Reshape((3,))(L.MultiHeadAttention(1, 2, name="attention")(*[L.Reshape((3, 1))(inputs)] * 2)[..., 0])
    layers = [one.layer for one in timed(keras.Model(inputs, outputs)).layers]
    assert "attention" in layers
    assert not [layer for layer in layers if layer.startswith("attention / ")]


def test_the_model_stays_as_it_is() -> None:
    model = keras.Sequential([keras.Input((3,)), L.BatchNormalization(), L.Dropout(0.5)])
    before = fingerprint(model)
    timed(model)
    assert not fingerprint(model).changed(before)


def test_none_are_taken_where_two_reports_should_be_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    found = timed(keras.Sequential([keras.Input((3,)), L.Dense(1)]))
    assert found.layers == ()
    assert "SOURCE_DATE_EPOCH" in found.gap.reason
    assert not found.gap.failed


def test_a_pass_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.02)
    found = timed(keras.Sequential([keras.Input((3,)), Slow(0.05), L.Dense(1)]))
    assert found.gap.reason == module.TOO_LONG
    assert not found.gap.failed
