"""The only place that knows private names of Keras and TensorFlow; its test fails when one moves."""

from __future__ import annotations

import contextlib
import functools
import importlib
import random
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np


def children(layer: Any) -> list[Any]:
    """Return what a layer holds, in its author's order: data flow in a functional model, attributes elsewhere.

    Operations that are no layers (``x + y``) belong to the functional model that calls them.
    """
    tracked = list(getattr(layer, "_layers", ()))
    if is_sequential(layer):
        return list(layer.layers)
    if not is_functional(layer):
        return tracked
    known = {id(operation) for operation in layer.operations}
    return [*layer.operations, *(extra for extra in tracked if id(extra) not in known)]


def own_variables(layer: Any) -> Iterator[Any]:
    """Yield the variables of a layer itself: weights as they were added, then the states of its seeds."""
    yield from getattr(layer, "_trainable_variables", ())
    yield from getattr(layer, "_non_trainable_variables", ())
    yield from seed_states(layer)


def seed_states(layer: Any) -> Iterator[Any]:
    """Yield the variables in which the random generators of a layer keep where they are."""
    for generator in getattr(layer, "_seed_generators", ()):
        yield generator.state


def is_sequential(layer: Any) -> bool:
    """Tell whether this is a ``keras.Sequential``."""
    import keras

    return isinstance(layer, keras.Sequential)


def is_functional(layer: Any) -> bool:
    """Tell whether this model was made from tensors, whatever its class is called."""
    from keras.src.models.functional import Functional

    return isinstance(layer, Functional) and hasattr(layer, "_nodes_by_depth")


def functional_of(model: Any) -> Any | None:
    """Return the functional graph of a model: itself, a built Sequential's hidden one, or None."""
    if is_functional(model):
        return model
    return getattr(model, "_functional", None) if is_sequential(model) else None


def pure_call(model: Any, *args: Any, **kwargs: Any) -> Any:
    """Return the inference outputs of a built model; nothing of the model is assigned to."""
    training = {"training": False} if getattr(model, "_call_has_training_arg", False) else {}
    trainable = [variable.value for variable in model.trainable_variables]
    other = [variable.value for variable in model.non_trainable_variables]
    return model.stateless_call(trainable, other, *args, **kwargs, **training)[0]


def mask_of(tensor: Any) -> Any | None:
    """Return the mask Keras put on a tensor, True where it counts."""
    return getattr(tensor, "_keras_mask", None)


def kept_marks(old: Any, new: Any) -> Any:
    """Return ``new`` with the marks Keras put on ``old``: its mask and its logits."""
    for mark in ("_keras_mask", "_keras_logits"):
        if hasattr(old, mark):
            setattr(new, mark, getattr(old, mark))
    return new


def input_structure(model: Any) -> Any | None:
    """Return the model's inputs as its call takes them, with ``shape``, ``dtype``, ``sparse``; None if unknown."""
    functional = functional_of(model)
    if functional is None:
        return None
    return functional.inputs[0] if is_sequential(model) else functional._inputs_struct  # noqa: SLF001


def built_shapes(model: Any) -> Any | None:
    """Return the shapes a subclassed model was built with: one tuple or name → tuple; None if unknown."""
    shapes = getattr(model, "_build_shapes_dict", None)
    if not shapes:
        return None
    if len(shapes) == 1:
        return next(iter(shapes.values()))
    return {name.removesuffix("_shape"): shape for name, shape in shapes.items()}


def nodes_in_order(functional: Any) -> list[Any]:
    """Return the calls of a functional model in the order they run; each node has ``operation`` and tensors."""
    by_depth = functional._nodes_by_depth  # noqa: SLF001
    return [node for depth in sorted(by_depth, reverse=True) for node in by_depth[depth]]


def body_of_loop(operation: Any) -> Any:
    """Return the function graph a While operation runs again and again."""
    from tensorflow.python.ops import while_v2

    return while_v2._get_graph(operation, "body", "_body_graph")  # noqa: SLF001


def body_of_call(operation: Any) -> Any:
    """Return the function graph that a PartitionedCall operation runs."""
    name = operation.get_attr("f").name
    return operation.graph._get_function(name).graph  # noqa: SLF001


@contextlib.contextmanager
def globals_kept() -> Iterator[None]:
    """Within the context layers may be made: names, seeds and random states are afterwards as they were."""
    from keras.src.backend.common import global_state

    names = dict(global_state.get_global_attribute("object_name_uids", {}))
    seed = global_state.get_global_attribute("global_seed_generator")
    value = None if seed is None else np.asarray(seed.state.value).copy()
    states = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002
        global_state.set_global_attribute("object_name_uids", defaultdict(int, names))
        global_state.set_global_attribute("global_seed_generator", seed)
        if seed is not None:
            seed.state.assign(value)


@contextlib.contextmanager
def draws_kept() -> Iterator[None]:
    """Within the context anything may draw at random: a training goes on afterwards as if nothing had."""
    if backend() != "tensorflow":
        with globals_kept():
            yield
        return
    from tensorflow.python.eager import context

    eager = context.context()
    generator = getattr(eager, "_rng", None)  # seeds of operations without one of their own
    state = None if generator is None else generator.getstate()
    with globals_kept():
        try:
            yield
        finally:
            if generator is not None:
                generator.setstate(state)


def kept_arguments(model: Any) -> dict[str, Any]:
    """Return the constructor arguments Keras kept of an object; it keeps those of models only if all have defaults."""
    return dict(getattr(getattr(model, "_auto_config", None), "config", {}))


def counted_types() -> frozenset[str]:
    """Return the operation types whose FLOPs TensorFlow has a formula for."""
    from tensorflow.python.framework import ops
    from tensorflow.python.profiler.internal import flops_registry  # noqa: F401 - registers on import

    return frozenset(key.removesuffix(",flops") for key in ops._stats_registry.list() if key.endswith(",flops"))  # noqa: SLF001


def counted_flops(operation: Any) -> int | None:
    """Return TensorFlow's FLOP count of one operation, None where a size is open."""
    from tensorflow.python.framework import ops
    from tensorflow.python.util import deprecation

    try:
        with deprecation.silence():  # its own formulas call what it has deprecated, and log so
            value = ops.get_stats_for_node_def(operation.graph, operation.node_def, "flops").value
    except (ValueError, TypeError, AttributeError):
        return None
    return None if value is None else int(value)


def is_builtin(layer: Any) -> bool:
    """Tell whether the class of a layer comes with Keras."""
    return type(layer).__module__.split(".")[0] == "keras"


def shows_inside(layer: Any) -> bool:
    """Tell whether the calls a layer makes are shown: those of models and of classes of the user's own."""
    import keras

    return isinstance(layer, keras.Model) or not is_builtin(layer)


def is_recurrent(layer: Any) -> bool:
    """Tell whether a layer walks along the second axis of its input: RNNs and their wrappers."""
    import keras

    return isinstance(layer, keras.layers.RNN | keras.layers.Bidirectional | keras.layers.TimeDistributed)


def is_input(node: Any) -> bool:
    """Tell whether a functional node is an input of its model."""
    return bool(node.is_input)


def name_of(tensor: Any) -> str:
    """Return the name of the layer a symbolic tensor comes from."""
    history = getattr(tensor, "_keras_history", None)
    return str(history[0].name if history else tensor.name)


def backend() -> str:
    """Return the name of the Keras backend."""
    import keras

    return str(keras.backend.backend())


def is_ready(model: Any) -> bool:
    """Tell whether a model has its variables: it is built, or it was made from tensors."""
    return bool(getattr(model, "built", False)) and (not is_sequential(model) or functional_of(model) is not None)


def flat(structure: Any) -> list[Any]:
    """Return the leaves of a structure that are there."""
    import keras

    return [leaf for leaf in keras.tree.flatten(structure) if leaf is not None]


def node_counts(layer: Any) -> str:
    """Return how many nodes and pending losses a layer has."""
    names = ("_inbound_nodes", "_outbound_nodes", "_losses")
    return " ".join(str(len(getattr(layer, name, None) or ())) for name in names)


def global_seed() -> str:
    """Return the state of Keras's global seed generator and TensorFlow's, as far as they exist yet."""
    from keras.src.backend.common import global_state

    seed = global_state.get_global_attribute("global_seed_generator")
    parts = [str(None if seed is None else np.asarray(seed.state.value).tolist())]
    if backend() == "tensorflow":
        from tensorflow.python.ops import stateful_random_ops

        generator = stateful_random_ops.global_generator  # the attribute: the function would make one
        parts.append(str(None if generator is None else generator.state.numpy().tolist()))
    return " ".join(parts)


@contextlib.contextmanager
def any_name() -> Iterator[None]:
    """Within the context a layer may bear a name that TensorFlow refuses as a scope, such as ``слой``.

    Keras itself cannot run such a model; it can still be followed. Scopes left open by a failure are closed.
    """
    from keras.src.backend.common import global_state
    from keras.src.backend.tensorflow import core

    made, stack = core.name_scope.__init__, list(global_state.get_global_attribute("name_scope_stack", []))

    @functools.wraps(made)
    def plain(self: Any, name: str, **kwargs: Any) -> None:
        made(self, name if re.fullmatch(r"[A-Za-z0-9.][A-Za-z0-9_.\\/>-]*", name) else "layer", **kwargs)
        self.name = name

    core.name_scope.__init__ = plain
    try:
        yield
    finally:
        core.name_scope.__init__ = made
        global_state.set_global_attribute("name_scope_stack", stack)


@contextlib.contextmanager
def without_cudnn() -> Iterator[None]:
    """Within the context an LSTM or GRU is made of plain operations on a GPU too: its fused one has no FLOP count."""
    rnn: Any = importlib.import_module("keras.src.backend.tensorflow.rnn")  # a function hides it in its package
    available = rnn._is_gpu_available  # noqa: SLF001
    rnn._is_gpu_available = lambda: False  # noqa: SLF001
    try:
        yield
    finally:
        rnn._is_gpu_available = available  # noqa: SLF001


def compile_arguments(model: Any) -> dict[str, Any]:
    """Return what was handed to ``compile``, as it was handed over; nothing is built or resolved."""
    losses, metrics = getattr(model, "_compile_loss", None), getattr(model, "_compile_metrics", None)
    return {
        "loss": getattr(losses, "_user_loss", getattr(model, "loss", None)),
        "loss_weights": getattr(losses, "_user_loss_weights", None),
        "metrics": getattr(metrics, "_user_metrics", None),
        "weighted_metrics": getattr(metrics, "_user_weighted_metrics", None),
        "run_eagerly": getattr(model, "run_eagerly", None),
        "steps_per_execution": getattr(model, "steps_per_execution", None),
    }


def jit_compile(model: Any) -> bool | None:
    """Return whether steps are compiled with XLA; None where it is not known."""
    value = getattr(model, "jit_compile", None)
    return value if isinstance(value, bool) else None


def has_own_train_step(model: Any) -> bool:
    """Tell whether the class of a model, or one it inherits from, writes its own ``train_step``."""
    steps = [vars(kind)["train_step"] for kind in type(model).__mro__ if "train_step" in vars(kind)]
    return bool(steps) and not str(getattr(steps[0], "__module__", "")).startswith("keras.src.")


def is_optimizer(value: Any) -> bool:
    """Tell whether this is an optimizer of Keras."""
    from keras.src.optimizers.base_optimizer import BaseOptimizer

    return isinstance(value, BaseOptimizer)


def held_optimizers(model: Any) -> list[tuple[str, Any]]:
    """Return the optimizers among a model's own attributes by name, each once."""
    found = {id(value): (name, value) for name, value in vars(model).items() if is_optimizer(value)}
    return [pair for pair in found.values() if not pair[0].startswith("_")]


def settings_of(part: Any) -> dict[str, Any]:
    """Return ``get_config`` of an optimizer, schedule, loss or metric; {} where a user's class refuses."""
    try:
        return dict(part.get_config())
    except (AttributeError, KeyError, NotImplementedError, RuntimeError, TypeError, ValueError):
        return {}


def schedule_of(optimizer: Any) -> Any | None:
    """Return the live learning-rate schedule of an optimizer; None for a plain number."""
    rate = getattr(optimizer, "_learning_rate", None)
    return rate if hasattr(rate, "get_config") and callable(rate) and not hasattr(rate, "assign") else None


def learning_rate(optimizer: Any) -> float | None:
    """Return the learning rate as it is now; None where it cannot be told."""
    try:
        return float(optimizer.learning_rate)
    except (AttributeError, NotImplementedError, RuntimeError, TypeError, ValueError):
        return None


def iterations(optimizer: Any) -> int | None:
    """Return the steps an optimizer has made; None where it does not count."""
    counter = getattr(optimizer, "iterations", None)
    try:
        return int(counter) if counter is not None else None
    except (RuntimeError, TypeError, ValueError):
        return None


def loss_scale(optimizer: Any) -> float | None:
    """Return the factor a ``LossScaleOptimizer`` multiplies the loss with now; None for any other."""
    if not hasattr(optimizer, "inner_optimizer"):
        return None
    scale = getattr(optimizer, "dynamic_scale", None) if getattr(optimizer, "built", False) else None
    return float(scale if scale is not None else getattr(optimizer, "initial_scale", 1.0))
