"""One inference forward pass at batch 1, traced: every call with its tensors and its span of operations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from kreport.probes import _keras, _keras_calls
from kreport.probes.signature import NO_INPUTS, argument_names, takes_apart


@dataclass(kw_only=True, eq=False)
class Record:
    """One call seen while tracing.

    Attributes:
        target: the layer or operation.
        parent: index of the record it happened in, None at the top.
        inputs, outputs: its tensors in the traced graph, flattened, sparse and ragged ones whole; roles: argument
            names of the inputs.
        start, end: the operations of the graph that were made meanwhile.
        leaf: whether no other call happened within it.
        result: what the call returned, in its own structure.
        masks: of the outputs, None where a tensor has none; noted here because attention takes the mask off its input.
    """

    target: Any
    parent: int | None
    inputs: list[Any]
    roles: list[str]
    start: int
    outputs: list[Any] = field(default_factory=list)
    end: int = 0
    leaf: bool = True
    result: Any = None
    masks: list[Any] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True, eq=False)
class Trace:
    """What was seen: the graph, the records in the order they began, placeholders by input name."""

    graph: Any
    records: list[Record]
    inputs: list[tuple[str, Any]]
    outputs: list[tuple[str, Any]]


def trace(model: Any, specs: Any, names: Sequence[str]) -> Trace:
    """Trace ``model`` on inputs of the given specs, in the structure its call takes; nothing runs, nothing changes.

    Args:
        model: built.
        specs: ``tf.TensorSpec`` or relatives, in a structure (one, list, dict).
        names: of the inputs, in the order of the flattened specs.
    """
    import tensorflow as tf

    recorder = Recorder()
    seen: dict[str, Any] = {}

    def forward(*flat: Any) -> None:
        seen["inputs"] = list(flat)
        structure = tf.nest.pack_sequence_as(specs, list(flat), expand_composites=False)
        recorder.graph = tf.compat.v1.get_default_graph()
        with _keras.any_name(), _keras.without_cudnn(), _keras_calls.call_hook(recorder.call):
            apart = takes_apart(model, structure)
            seen["outputs"] = _keras.pure_call(model, **structure) if apart else _keras.pure_call(model, structure)

    flat_specs = tf.nest.flatten(specs, expand_composites=False)
    graph = tf.function(forward, autograph=False).get_concrete_function(*flat_specs).graph
    return Trace(
        graph=graph,
        records=recorder.records,
        inputs=list(zip(names, seen["inputs"], strict=True)),
        outputs=_named(seen["outputs"]),
    )


class Recorder:
    """Keeps a record of each call in the outer graph; calls within loops belong to inner graphs.

    Attributes:
        graph: the graph whose calls are recorded; None for eager execution.
        records: in the order they began.
        failed: the innermost call that raised, None as long as none has.
    """

    def __init__(self, graph: Any = None) -> None:
        self.graph: Any = graph
        self.records: list[Record] = []
        self.failed: Record | None = None
        self.stack: list[int] = []

    @property
    def operations(self) -> int:
        """Number of operations of the graph so far; 0 in eager execution."""
        return 0 if self.graph is None else int(self.graph.num_operations())

    def here(self) -> bool:
        """Tell whether what runs now belongs to the graph that is recorded, not to one within it."""
        import tensorflow as tf

        return self.graph is (None if tf.executing_eagerly() else tf.compat.v1.get_default_graph())

    def call(self, target: Any, args: Any, kwargs: Any, call: Any) -> Any:
        """Make a call and record it; see :func:`kreport.probes._keras_calls.call_hook`."""
        if not self.here():
            return call(*args, **kwargs)
        inputs, roles = _tensors(target, args, kwargs)
        parent = self.stack[-1] if self.stack else None
        record = Record(target=target, parent=parent, inputs=inputs, roles=roles, start=self.operations)
        if parent is not None:
            self.records[parent].leaf = False
        self.records.append(record)
        self.stack.append(len(self.records) - 1)
        done = False
        try:
            outputs = call(*args, **kwargs)
            done = True
        finally:
            self.stack.pop()
            self.failed = self.failed if done else self.failed or record
        outputs = _distinct(outputs, inputs)
        _keep_rows(target, inputs, outputs)
        record.outputs, record.result = _flat(outputs), outputs
        record.masks = [_keras.mask_of(tensor) for tensor in record.outputs]
        record.end = self.operations
        return outputs


def _flat(value: Any) -> list[Any]:
    import tensorflow as tf

    return [part for part in tf.nest.flatten(value) if tf.is_tensor(part)]


def _tensors(target: Any, args: Any, kwargs: Any) -> tuple[list[Any], list[str]]:
    tensors, roles = [], []
    names = argument_names(target) if len(args) > 1 else ()
    for index, value in enumerate(args):
        found = _flat(value)
        tensors.extend(found)
        roles.extend([names[index] if index < len(names) else ""] * len(found))
    for name, value in kwargs.items():
        found = [] if name in NO_INPUTS else _flat(value)
        tensors.extend(found)
        roles.extend([name] * len(found))
    return tensors, roles if len(set(roles)) > 1 else [""] * len(roles)


def _distinct(outputs: Any, inputs: list[Any]) -> Any:
    """Give a tensor that is handed through (dropout at inference) a name of its own, so that edges stay apart."""
    import tensorflow as tf

    known = {id(tensor) for tensor in inputs}

    def renamed(tensor: Any) -> Any:
        return (
            _keras.kept_marks(tensor, tf.identity(tensor)) if id(tensor) in known and tf.is_tensor(tensor) else tensor
        )

    return tf.nest.map_structure(renamed, outputs) if known else outputs


def _keep_rows(target: Any, inputs: list[Any], outputs: Any) -> None:
    """Tell a graph that a row comes out for every text: splitting texts into words loses how many there are."""
    import keras
    import tensorflow as tf

    if not isinstance(target, keras.layers.TextVectorization):
        return
    rows = inputs[0].shape[0] if inputs and inputs[0].shape.rank else None
    for tensor in _flat(outputs):
        if rows is not None and isinstance(tensor, tf.Tensor) and tensor.shape.rank and tensor.shape[0] is None:
            tensor.set_shape([rows, *tensor.shape[1:]])


def _named(outputs: Any) -> list[tuple[str, Any]]:
    if isinstance(outputs, dict):
        return [(str(name), tensor) for name, value in outputs.items() for tensor in _flat(value)]
    flat = _flat(outputs)
    return [(f"output {index + 1}" if len(flat) > 1 else "output", tensor) for index, tensor in enumerate(flat)]
