"""The graph of a functional model without a trace: the same calls and edges as with one, nothing counted."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

keras = pytest.importorskip("keras")

from kreport.probes import _keras  # noqa: E402
from kreport.probes.functional import functional_calls, tensors_named  # noqa: E402
from kreport.probes.layer_graph import layer_graph  # noqa: E402
from kreport.probes.tree import tree_of  # noqa: E402
from tests.models import ZOO  # noqa: E402

FOLLOWED = (
    "plain_cnn", "siamese", "shared_chain", "double_edge", "nested_three_deep", "nested_with_two_outputs", "lstm",
    "dictionaries", "unused_input", "densely_connected", "one_dense_layer_shared_by_two_models", "only_operations",
)  # fmt: skip


@pytest.mark.parametrize("name", FOLLOWED)
def test_calls_edges_and_shapes_are_those_of_the_trace(name: str) -> None:
    tree = tree_of(ZOO[name].make())
    traced = layer_graph(tree, None)
    calls, outputs = functional_calls(tree, _keras.functional_of(tree.model))
    assert traced.missing == ""
    assert sorted(outputs) == sorted(traced.outputs)
    holders = {call.parent for call in traced.calls}
    seen = {call.id: call for call in traced.calls if call.id not in holders}
    found = {call.id: call for call in calls if call.id not in {call.parent for call in calls}}
    assert set(found) == set(seen)
    for key, call in found.items():
        assert [edge.source for edge in call.inputs] == [edge.source for edge in seen[key].inputs]
        assert call.output_shapes == seen[key].output_shapes
        assert call.parent == seen[key].parent
        assert call.flops is None


def test_inputs_and_outputs_are_named() -> None:
    model = ZOO["dictionaries"].make()
    assert tensors_named(model.inputs) == (("a", (None, 2)), ("b", (None, 3)))
    assert tensors_named(model.outputs, ["one"])[0] == ("one", (None, 2))


@pytest.mark.parametrize("name", ["nested_three_deep", "mixture_of_experts", "time_distributed"])
def test_another_backend_keeps_the_structure_and_says_what_is_missing(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = tree_of(ZOO[name].make())
    traced = layer_graph(tree, None)
    monkeypatch.setattr(_keras, "backend", lambda: "torch")
    graph = layer_graph(tree, None)
    assert [layer.id for layer in graph.layers] == [layer.id for layer in traced.layers]
    assert [layer.parameters for layer in graph.layers] == [layer.parameters for layer in traced.layers]
    assert graph.flops is None
    assert graph.missing == "compute needs the TensorFlow backend"
    calls = {layer.id: layer.calls for layer in traced.layers}
    assert all(layer.calls in (None, calls[layer.id]) for layer in graph.layers)  # unseen, never "not called"


SCRIPT = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "tensorflow":
            raise ImportError("no TensorFlow here")
sys.meta_path.insert(0, Absent())
import keras
from kreport.inputs.subject import InputShapes
from kreport.probes.fingerprint import fingerprint
from kreport.probes.layer_graph import layer_graph
from kreport.probes.tree import tree_of
dense = keras.layers.Dense
model = keras.Sequential([keras.Input((4,), name="x"), dense(3, name="a"), dense(1, name="b")])
unbuilt = keras.Sequential([dense(2, name="a")])
before = fingerprint(model)
graph = layer_graph(tree_of(model), None)
print([(edge.source, call.id) for call in graph.calls for edge in call.inputs], graph.missing)
built = layer_graph(tree_of(unbuilt), InputShapes(shapes=(None, 3)))
print(built.root.parameters, unbuilt.built, fingerprint(model).changed(before), "tensorflow" in sys.modules)
"""


@pytest.mark.slow
def test_structure_needs_no_tensorflow() -> None:
    pytest.importorskip("jax")
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=os.environ | {"KERAS_BACKEND": "jax"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.splitlines() == [
        "[('x', 'a'), ('a', 'b')] compute needs the TensorFlow backend",
        "8 False () False",
    ]
