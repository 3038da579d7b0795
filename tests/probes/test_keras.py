"""The private names of Keras and TensorFlow that ``_keras`` leans on: a release that moves one fails here, by name."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

from keras import layers  # noqa: E402

from kreport.probes import _keras, _keras_calls  # noqa: E402

PACKAGE = Path(_keras.__file__).parents[1]


def functional() -> object:
    inputs = keras.Input((3,), name="x")
    return keras.Model(inputs, layers.Dropout(0.5, name="drop")(layers.Dense(2, name="dense")(inputs) + 1.0))


def sequential() -> object:
    return keras.Sequential([keras.Input((3,), name="x"), layers.Dense(2, name="dense")])


@pytest.mark.parametrize("name", ["_layers", "_trainable_variables", "_non_trainable_variables", "_seed_generators"])
def test_a_layer_tracks_what_it_holds_under_the_known_names(name: str) -> None:
    class Holder(layers.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.inner = layers.Dropout(0.5)
            self.one = self.add_weight(shape=(1,), name="one")
            self.two = self.add_weight(shape=(1,), name="two", trainable=False)
            self.seed = keras.random.SeedGenerator(1)

    assert len(getattr(Holder(), name)) == 1


@pytest.mark.parametrize("name", ["_inbound_nodes", "_outbound_nodes", "_losses"])
def test_a_layer_counts_its_nodes_under_the_known_names(name: str) -> None:
    assert isinstance(getattr(functional().layers[1], name), list)


@pytest.mark.parametrize("name", ["_nodes_by_depth", "_inputs_struct"])
def test_a_functional_model_has_its_graph_under_the_known_names(name: str) -> None:
    assert getattr(functional(), name) is not None


def test_a_sequential_model_hides_its_graph_under_the_known_name() -> None:
    model = sequential()
    assert _keras.functional_of(model) is model._functional
    assert _keras.is_functional(model._functional)
    assert _keras.functional_of(keras.Sequential([layers.Dense(2)])) is None


def test_a_symbolic_tensor_knows_its_layer() -> None:
    assert functional().inputs[0]._keras_history[0].name == _keras.name_of(functional().inputs[0]) == "x"


def test_a_dense_softmax_leaves_its_logits_on_its_output() -> None:
    """kept_marks carries these over; without them the loss of a traced model changes."""
    output = layers.Dense(2, "softmax")(np.zeros((1, 3), "float32"))
    assert hasattr(output, "_keras_logits")
    masked = layers.Embedding(3, 2, mask_zero=True)(np.zeros((1, 3), "int32"))
    assert hasattr(masked, "_keras_mask")
    assert hasattr(_keras.kept_marks(masked, tf.identity(masked)), "_keras_mask")


def test_a_model_built_by_a_call_remembers_its_shapes() -> None:
    class Net(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = layers.Dense(2)

        def call(self, x: object) -> object:
            return self.dense(x)

    model = Net()
    assert _keras.built_shapes(model) is None
    model(np.zeros((1, 3), "float32"))
    assert tuple(_keras.built_shapes(model)) == (1, 3)


def test_nodes_come_in_the_order_they_run() -> None:
    nodes = _keras.nodes_in_order(functional())
    assert [node.operation.name for node in nodes][::3] == ["x", "drop"]
    assert [_keras.is_input(node) for node in nodes] == [True, False, False, False]
    assert all(len(node.input_tensors) == 1 for node in nodes[1:])


def test_every_call_goes_through_the_hook_and_afterwards_none() -> None:
    seen = []

    def spy(target: object, args: object, kwargs: object, call: object) -> object:
        seen.append(type(target).__name__)
        return call(*args, **kwargs)

    model, before = functional(), (layers.Layer.__call__, keras.Operation.__call__, layers.Layer.rematerialized_call)
    with _keras_calls.call_hook(spy):
        model(np.zeros((1, 3), "float32"))
    assert seen == ["Functional", "Dense", "Add", "Dropout"]
    assert (layers.Layer.__call__, keras.Operation.__call__, layers.Layer.rematerialized_call) == before


def test_the_hook_is_taken_off_when_the_call_fails() -> None:
    before = layers.Layer.__call__

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), _keras_calls.call_hook(fail):
        functional()(np.zeros((1, 3), "float32"))
    assert layers.Layer.__call__ is before


def test_a_pure_call_gives_the_outputs_of_inference_and_assigns_nothing() -> None:
    model, x = functional(), np.ones((2, 3), "float32")
    seed = np.array(model.layers[-1].seed_generator.state.value)
    np.testing.assert_array_equal(_keras.pure_call(model, x), model(x, training=False))
    np.testing.assert_array_equal(model.layers[-1].seed_generator.state.value, seed)


def graph_of(function: object, *shapes: tuple[int, ...]) -> object:
    return tf.function(function).get_concrete_function(*(tf.TensorSpec(shape) for shape in shapes)).graph


def test_tensorflow_counts_a_product_as_two_operations_a_term() -> None:
    graph = graph_of(tf.matmul, (2, 3), (3, 5))
    [product] = [operation for operation in graph.get_operations() if operation.type == "MatMul"]
    assert "MatMul" in _keras.counted_types()
    assert _keras.counted_flops(product) == 2 * 2 * 3 * 5


def test_an_open_size_is_not_counted() -> None:
    graph = graph_of(tf.matmul, (None, 3), (3, 5))
    [product] = [operation for operation in graph.get_operations() if operation.type == "MatMul"]
    assert _keras.counted_flops(product) is None


def test_the_body_of_a_loop_and_of_a_called_function_are_found() -> None:
    inner = tf.function(lambda x: tf.matmul(x, x))
    loops = graph_of(lambda x: tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, tf.matmul(a, a)), (0, x)), (2, 2))
    [loop] = [operation for operation in loops.get_operations() if operation.type.endswith("While")]
    assert "MatMul" in {operation.type for operation in _keras.body_of_loop(loop).get_operations()}
    called = graph_of(lambda x: inner(x) + 1.0, (2, 2))
    [call] = [operation for operation in called.get_operations() if operation.type.endswith("PartitionedCall")]
    assert "MatMul" in {operation.type for operation in _keras.body_of_call(call).get_operations()}


def test_a_hooked_call_leaves_no_mark_of_a_first_call() -> None:
    layer = layers.Dense(2)
    before = {name: value for name, value in vars(layer).items() if name in _keras_calls.MARKS}
    assert before == {"_called": False, "_parent_path": None}
    with _keras_calls.call_hook(lambda _target, args, kwargs, call: call(*args, **kwargs)):
        layer(np.ones((1, 3), "float32"))
        assert layer._called
    assert {name: vars(layer)[name] for name in before} == before


def test_names_and_random_states_are_as_they_were_after_making_layers() -> None:
    keras.utils.set_random_seed(5)
    keras.random.normal((1,))
    first = layers.Dense(1).name
    before = _keras.global_seed(), np.random.get_state()[1].tolist()  # noqa: NPY002
    with _keras.globals_kept():
        layers.Dense(1)
        keras.random.normal((1,))
        np.random.random()  # noqa: NPY002
    assert (_keras.global_seed(), np.random.get_state()[1].tolist()) == before  # noqa: NPY002
    number = int(first.rpartition("_")[2]) if "_" in first else 0
    assert layers.Dense(1).name == f"dense_{number + 1}"


def test_keras_keeps_plain_constructor_arguments_of_layers() -> None:
    class Scale(layers.Layer):
        def __init__(self, factor: float) -> None:
            super().__init__()

    assert _keras.kept_arguments(Scale(2.0)) == {"factor": 2.0}
    assert _keras.kept_arguments(keras.Model()) == {}


def test_no_module_but_those_named_for_it_imports_private_names() -> None:
    private = []
    for path in PACKAGE.rglob("*.py"):
        if path.name in ("_keras.py", "_keras_calls.py", "_keras_fit.py", "_keras_steps.py"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            private += [
                f"{path.name}: {name}" for name in modules if name.startswith(("keras.src", "tensorflow.python"))
            ]
    assert private == []
