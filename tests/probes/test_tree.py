"""The layer tree: each object once, in its author's order, under one key."""

from __future__ import annotations

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from keras import layers  # noqa: E402

from kreport.inputs.subject import KerasModel  # noqa: E402
from kreport.probes.tree import LayerTree, layer_tree, tree_of  # noqa: E402
from tests.models import ZOO  # noqa: E402


def ids(model: object) -> list[str]:
    return [layer_id for layer_id, _ in tree_of(model).entries]


@pytest.fixture(scope="module")
def trees() -> dict[str, LayerTree]:
    return {name: layer_tree(KerasModel(model=animal.make())) for name, animal in ZOO.items()}


@pytest.mark.parametrize("name", ZOO)
def test_every_object_stands_once_and_after_its_parent(trees: dict[str, LayerTree], name: str) -> None:
    tree = trees[name]
    keys = [layer_id for layer_id, _ in tree.entries]
    assert len(set(keys)) == len(keys)
    assert "" not in keys
    assert len({id(layer) for _, layer in tree.entries}) == len(keys)
    assert all(tree.id_of[id(layer)] == layer_id for layer_id, layer in tree.entries)
    places = {layer_id: place for place, layer_id in enumerate(keys)} | {"": -1}
    assert all(places[tree.parents[layer_id]] < places[layer_id] for layer_id in keys)


@pytest.mark.parametrize("name", ZOO)
def test_every_variable_of_the_model_is_held_by_one_layer(trees: dict[str, LayerTree], name: str) -> None:
    tree = trees[name]
    found = [id(variable) for _, _, variable in tree.variables()]
    assert len(set(found)) == len(found)
    assert {id(variable) for variable in tree.model.variables} <= set(found)
    assert {layer_id for layer_id, _, _ in tree.variables()} <= {"", *tree.parents}


def test_an_empty_model_has_no_entries() -> None:
    assert ids(keras.Sequential()) == []


def test_a_sequential_model_shows_its_layers_only() -> None:
    built = keras.Sequential([keras.Input((3,)), layers.Dense(2, name="a"), layers.Dense(1, name="b")])
    assert ids(built) == ["a", "b"]
    assert ids(keras.Sequential([layers.Dense(2, name="a")])) == ["a"]


def test_operations_between_layers_are_entries_in_the_order_of_the_flow() -> None:
    x = keras.Input((2,), name="x")
    model = keras.Model(x, layers.Dense(1, name="last")(x + 1.0))
    assert ids(model)[0] == "x"
    assert ids(model)[-1] == "last"
    assert isinstance(tree_of(model).entries[1][1], keras.Operation)
    assert not isinstance(tree_of(model).entries[1][1], keras.Layer)


def test_names_are_joined_from_the_root() -> None:
    block = keras.Sequential([keras.Input((4,)), layers.Dense(4, name="dense")], name="block")
    x = keras.Input((4,), name="x")
    assert ids(keras.Model(x, block(x), name="root")) == ["x", "block", "block / dense"]


def test_equal_names_are_numbered_in_tree_order() -> None:
    model = ZOO["two_layers_of_one_name"].make()
    assert ids(model) == ["d", "d#2"]
    assert [layer.units for _, layer in tree_of(model).entries] == [2, 3]


def test_a_name_that_looks_numbered_does_not_collide() -> None:
    class Tricky(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.parts = [layers.Dense(1, name=name) for name in ("d", "d#2", "d", "d#2")]

    keys = ids(Tricky())
    assert len(set(keys)) == len(keys) == 4
    assert keys[:2] == ["d", "d#2"]


def test_a_shared_layer_stands_where_it_is_met_first() -> None:
    tree = tree_of(ZOO["one_dense_layer_shared_by_two_models"].make())
    assert [layer_id for layer_id, _ in tree.entries if "shared" in layer_id] == ["a / shared"]
    assert [layer_id for layer_id, _, _ in tree.variables()] == ["a / shared", "a / shared"]


@pytest.mark.parametrize(
    ("name", "within"),
    [
        pytest.param("lstm", ["bidirectional / forward_lstm / lstm_cell", "bidirectional / backward_lstm"], id="rnn"),
        pytest.param("stacked_cells", ["rnn / stacked_rnn_cells / lstm_cell", "rnn / stacked_rnn_cells / gru_cell"]),
        pytest.param("time_distributed", ["time_distributed / inner / dense"]),
        pytest.param("transformer", ["block0_attention / query", "block1_attention / attention_output"]),
        pytest.param("mixture_of_experts", ["experts / expert3", "experts / gate"]),
    ],
)
def test_what_a_layer_holds_stands_below_it(name: str, within: list[str]) -> None:
    keras.utils.clear_session()  # automatic names count from the start
    assert set(within) <= set(ids(ZOO[name].make()))


def test_lists_and_dictionaries_of_layers_are_entered() -> None:
    assert len(ids(ZOO["layers_in_lists_and_dictionaries"].make())) == 4


def test_layers_beside_a_functional_graph_come_last() -> None:
    assert ids(ZOO["functional_by_another_name"].make()) == ["i", "used", "extra"]


def test_variables_come_in_the_order_of_the_tree_and_carry_their_names() -> None:
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2, name="a"), layers.BatchNormalization(name="b")])
    assert [(layer_id, name) for layer_id, name, _ in tree_of(model).variables()] == [
        *(("a", name) for name in ("kernel", "bias")),
        *(("b", name) for name in ("gamma", "beta", "moving_mean", "moving_variance")),
    ]


def test_a_weight_of_the_root_itself_belongs_to_the_root() -> None:
    class Own(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.scale = self.add_weight(shape=(2,), name="scale")

    assert [(layer_id, name) for layer_id, name, _ in tree_of(Own()).variables()] == [("", "scale")]


def test_nesting_deeper_than_pythons_stack_is_walked() -> None:
    class Box(layers.Layer):
        def __init__(self, inner: object) -> None:
            super().__init__(name="b")
            self.inner = inner

    box = None
    for _ in range(1100):
        box = Box(box)
    model = keras.Model()
    model.boxes = [box]
    entries = tree_of(model).entries
    assert len(entries) == 1100
    assert entries[-1][0].count(" / ") == 1099


def test_the_tree_of_a_plain_layer_has_it_as_root() -> None:
    layer = layers.Dense(2)
    layer(np.zeros((1, 3), "float32"))
    tree = tree_of(layer)
    assert tree.entries == ()
    assert [name for _, name, _ in tree.variables()] == ["kernel", "bias"]
