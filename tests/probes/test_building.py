"""Input specs: the structure a model's call takes, at batch 1, and what to pass where that is not known."""

from __future__ import annotations

import pytest

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

from kreport.document.model import Gap  # noqa: E402
from kreport.inputs.subject import InputShapes  # noqa: E402
from kreport.probes.building import input_specs, named_specs  # noqa: E402
from tests.models import ZOO  # noqa: E402


def shapes_of(name: str, given: object = None) -> dict[str, tuple[int | None, ...]]:
    model = ZOO[name].make()
    specs = input_specs(model, None if given is None else InputShapes(shapes=given))
    assert not isinstance(specs, Gap), specs
    return {name: tuple(spec.shape) for name, spec in named_specs(model, specs)}


def test_the_open_batch_axis_becomes_one() -> None:
    assert list(shapes_of("plain_cnn").values()) == [(1, 8, 8, 3)]


def test_a_fixed_batch_stays() -> None:
    assert list(shapes_of("stateful_lstm").values()) == [(2, 5, 3)]


def test_inputs_keep_their_names_and_structure() -> None:
    model = ZOO["dictionaries"].make()
    assert set(input_specs(model, None)) == {"a", "b"}
    assert shapes_of("dictionaries") == {"a": (1, 2), "b": (1, 3)}


def test_given_sizes_fill_open_ones_only() -> None:
    assert list(shapes_of("open_sizes", (None, 20, 24, 9)).values()) == [(1, 20, 24, 3)]


def test_shapes_by_name_find_their_input() -> None:
    assert shapes_of("dictionaries", {"b": (None, 3), "a": (None, 2)}) == {"a": (1, 2), "b": (1, 3)}


def test_sparse_and_ragged_inputs_keep_their_kind() -> None:
    assert isinstance(input_specs(ZOO["sparse_input"].make(), None), tf.SparseTensorSpec)
    assert isinstance(input_specs(ZOO["ragged_input"].make(), None), tf.RaggedTensorSpec)
    assert list(shapes_of("ragged_input").values()) == [(1, None)]


def test_a_subclassed_model_is_asked_for_the_shapes_it_was_built_with() -> None:
    assert shapes_of("subclassed") == {"input": (1, 3)}
    assert shapes_of("graph_dictionary") == {"adjacency": (1, 5, 5), "nodes": (1, 5, 3)}


@pytest.mark.parametrize(
    ("name", "given", "reason"),
    [
        pytest.param("subclassed_never_called", None, "pass input_shape= or a batch as data=", id="never called"),
        pytest.param("two_arguments", None, "pass input_shape={'x': …, 'y': …}", id="two arguments"),
        pytest.param("siamese", [(None, 4)], "input_shape= has 1 shape, the model takes 2", id="one of two shapes"),
    ],
)
def test_what_is_not_known_names_what_to_pass(name: str, given: object, reason: str) -> None:
    gap = input_specs(ZOO[name].make(), None if given is None else InputShapes(shapes=given))
    assert isinstance(gap, Gap)
    assert reason in gap.reason
    assert not gap.failed


def test_two_arguments_are_handed_over_by_name() -> None:
    assert shapes_of("two_arguments", {"x": (None, 3), "y": (None, 3)}) == {"x": (1, 3), "y": (1, 3)}
