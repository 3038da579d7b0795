"""Copies of unbuilt models: with the original's own sizes, or refused; the original is never built."""

from __future__ import annotations

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from keras import layers  # noqa: E402

from kreport.inputs.subject import InputShapes  # noqa: E402
from kreport.probes.copies import check_alike, constructed_again  # noqa: E402
from kreport.probes.fingerprint import fingerprint  # noqa: E402
from kreport.probes.layer_graph import layer_graph  # noqa: E402
from kreport.probes.tree import tree_of  # noqa: E402


class Forgetful(keras.Model):
    """Does not keep its width, as most people's models do not."""

    def __init__(self, width: int = 4) -> None:
        super().__init__(name="forgetful")
        self.inner, self.outer = layers.Dense(width, name="inner"), layers.Dense(1, name="outer")

    def call(self, x: object) -> object:
        return self.outer(self.inner(x))


class Keeping(Forgetful):
    def __init__(self, width: int = 4, rounds: int = 1, function: object = keras.ops.sin) -> None:
        super().__init__(width)
        self.width, self.rounds, self.function = width, rounds, function

    def call(self, x: object) -> object:
        for _ in range(self.rounds):
            x = self.function(self.inner(x))
        return self.outer(x)


def graph_of(model: object, width: int) -> object:
    before = fingerprint(model)
    graph = layer_graph(tree_of(model), InputShapes(shapes=(None, width)))
    assert fingerprint(model).changed(before) == ()
    assert not model.built
    return graph


def test_a_model_with_its_defaults_is_built_on_a_copy() -> None:
    graph = graph_of(Forgetful(), 3)
    assert graph.missing == ""
    assert graph.root.parameters == (3 * 4 + 4) + (4 + 1)


def test_a_copy_with_other_sizes_is_not_believed() -> None:
    graph = graph_of(Forgetful(7), 3)
    assert graph.root.parameters == 0
    assert graph.flops is None
    assert "constructor arguments are not known" in graph.missing
    assert "call it once on a batch" in graph.missing


def test_arguments_kept_as_attributes_are_used_again() -> None:
    graph = graph_of(Keeping(5, 3), 5)
    assert graph.missing == ""
    assert graph.root.parameters == (5 * 5 + 5) + (5 + 1)
    assert {layer.id: layer.calls for layer in graph.layers} == {"inner": 3, "outer": 1}


def test_a_copy_with_another_function_is_not_believed() -> None:
    assert "'function' differs" in graph_of(Keeping(function=keras.ops.cos), 4).missing


def test_an_unbuilt_sequential_model_is_copied_with_its_sizes() -> None:
    graph = graph_of(keras.Sequential([layers.Dense(7), layers.Dropout(0.1), layers.Dense(2)]), 3)
    assert graph.root.parameters == (3 * 7 + 7) + (7 * 2 + 2)


def test_names_are_kept() -> None:
    made = constructed_again(Keeping(6))
    assert [layer_id for layer_id, _ in tree_of(made).entries] == ["inner", "outer"]
    assert made.inner.units == 6


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        pytest.param((1, 2), [1, 2], True, id="a configuration turns tuples into lists"),
        pytest.param(np.ones(2), np.ones(2), True, id="equal arrays"),
        pytest.param(np.ones(2), np.zeros(2), False, id="other arrays"),
        pytest.param({"a": 1}, {"a": 2}, False, id="dictionaries"),
        pytest.param(0.1, 0.2, False, id="numbers"),
        pytest.param(object(), object(), True, id="what cannot be compared is left alone"),
    ],
)
def test_plain_attributes_and_arrays_are_compared(one: object, other: object, alike: bool) -> None:
    first, second = layers.Flatten(), layers.Flatten()
    object.__setattr__(first, "own", one)
    object.__setattr__(second, "own", other)
    if alike:
        assert check_alike(first, second) is None
    else:
        with pytest.raises(TypeError, match="'own' differs"):
            check_alike(first, second)
