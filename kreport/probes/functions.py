"""Activation functions as they are evaluated in a pass: what goes in, what comes out, nothing left behind."""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from kreport.probes import _keras, _keras_fit
from kreport.probes.layers import kind_of
from kreport.probes.trace import Record, Recorder
from kreport.probes.tree import LayerTree

PLAIN = {
    "Relu": "relu", "Relu6": "relu6", "Elu": "elu", "Selu": "selu", "LeakyRelu": "leaky_relu", "Softplus": "softplus",
    "Softsign": "softsign", "Tanh": "tanh", "Sigmoid": "sigmoid",
}  # fmt: skip
"""Operation types that are activation functions, and the functions of ``tf.nn`` that make them."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Evaluation:
    """One evaluation.

    Attributes:
        record: index of the call it happened in.
        function: the callable, or the layer that is the function.
        name: as users write it.
        z, a: tensors before and after; the same one for the identity.
        start, end: operations of the graph made meanwhile.
        bare: the function was called by itself, not as a layer's ``activation``.
    """

    record: int
    function: Any
    name: str
    z: Any
    a: Any
    start: int = 0
    end: int = 0
    bare: bool = False


@dataclass(kw_only=True, eq=False)
class _Noting:
    """Keeps the outermost evaluations: what a function is made of is no function of its own."""

    recorder: Recorder
    noted: list[Evaluation] = field(default_factory=list)
    thread: int = field(default_factory=threading.get_ident)
    within: bool = False

    def call(self, function: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], *, bare: bool) -> Any:
        """Evaluate a function and note it."""
        import tensorflow as tf

        ours = threading.get_ident() == self.thread and self.recorder.stack and self.recorder.here()
        if self.within or not ours:
            return function(*args, **kwargs)
        start, self.within = self.recorder.operations, True
        try:
            a = function(*args, **kwargs)
        finally:
            self.within = False
        z, evaluated = _split(function, args, kwargs)
        if tf.is_tensor(z) and tf.is_tensor(a):
            self.noted.append(
                Evaluation(
                    record=self.recorder.stack[-1], function=evaluated, name=name, z=z, a=a, start=start,
                    end=self.recorder.operations, bare=bare,
                )
            )  # fmt: skip
        return a


def _split(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
    """Return the first argument, and the function of it alone."""
    if args:
        rest = args[1:]
        return args[0], function if not rest and not kwargs else lambda z: function(z, *rest, **kwargs)
    (name, z), *_ = [*kwargs.items(), ("", None)]
    more = {key: value for key, value in kwargs.items() if key != name}
    return z, lambda value: function(**{name: value}, **more)


@contextlib.contextmanager
def functions_noted(tree: LayerTree, recorder: Recorder) -> Iterator[list[Evaluation]]:
    """Within the context each evaluation of an activation function is noted.

    Wrappers stand in for the layers' ``activation`` in their dictionaries, and for the functions of Keras's backend
    and of ``tf.nn`` that a call of a user's own may use; all are put back afterwards. Layers that are activation
    functions themselves are found among the records by :func:`evaluations`.
    """
    noting = _Noting(recorder=recorder)
    with contextlib.ExitStack() as stack:
        for _, layer in tree.entries:
            function = vars(layer).get("activation")
            if _is_plain(function) and not _steps(layer):
                stack.enter_context(_replaced(vars(layer), "activation", _wrapper(noting, function, bare=False)))
        for names, name in _keras_fit.function_homes():
            stack.enter_context(_replaced(names, name, _wrapper(noting, names[name], name, bare=True)))
        yield noting.noted


def _is_plain(function: Any) -> bool:
    import keras

    return callable(function) and not isinstance(function, keras.Layer)  # a layer is called through the hook


def _steps(layer: Any) -> bool:
    """Tell whether a layer evaluates its functions step by step, within a loop."""
    return _keras.is_recurrent(layer) or hasattr(layer, "state_size")


@contextlib.contextmanager
def _replaced(names: dict[str, Any], name: str, stand_in: Any) -> Iterator[None]:
    before = names[name]
    names[name] = stand_in
    try:
        yield
    finally:
        names[name] = before


def _wrapper(noting: _Noting, function: Any, name: str = "", *, bare: bool) -> Callable[..., Any]:
    @functools.wraps(function)
    def evaluated(*args: Any, **kwargs: Any) -> Any:
        return noting.call(function, name or name_of(function), args, kwargs, bare=bare)

    return evaluated


def evaluations(records: Sequence[Record], noted: Sequence[Evaluation], graph: Any = None) -> list[Evaluation]:
    """Return what was noted, the calls of layers that are functions themselves, and bare operations of the graph."""
    own = {one.record for one in noted if not one.bare}
    functions = {
        index
        for index, record in enumerate(records)
        if index not in own and len(record.outputs) == 1 and record.inputs and _is_function(record, index, noted)
    }
    found = [one for one in noted if not (one.bare and _inside(one.record, functions, records))]
    found += [
        Evaluation(
            record=index, function=records[index].target, name=name_of(records[index].target),
            z=records[index].inputs[0], a=records[index].outputs[0], start=records[index].start,
            end=records[index].end,
        )
        for index in functions
    ]  # fmt: skip
    found += _bare_operations(records, found, graph)
    return sorted(found, key=lambda one: (one.record, one.start))


def _is_function(record: Record, index: int, noted: Sequence[Evaluation]) -> bool:
    """Keras's own layers and operations are what their name says; a class of the user's own may be a whole block."""
    if kind_of(record.target) != "act":
        return False
    return _keras.is_builtin(record.target) or (record.leaf and not any(one.record == index for one in noted))


def _inside(index: int | None, functions: set[int], records: Sequence[Record]) -> bool:
    while index is not None:
        if index in functions:
            return True
        index = records[index].parent
    return False


def _bare_operations(records: Sequence[Record], known: Sequence[Evaluation], graph: Any) -> Iterator[Evaluation]:
    """Yield operations of the graph that are activation functions, where none that is known made them."""
    if graph is None or not records:
        return
    spans = sorted((one.start, one.end) for one in known)
    inner = sorted(range(len(records)), key=lambda i: records[i].end - records[i].start)
    first, last = min(r.start for r in records), max(r.end for r in records)
    for place, operation in enumerate(graph.get_operations()[first:last], first):
        if operation.type in PLAIN and not any(start <= place < end for start, end in spans):
            record = next((i for i in inner if records[i].start <= place < records[i].end), None)
            if record is not None:
                yield Evaluation(
                    record=record, function=_function_of(operation), name=PLAIN[operation.type],
                    z=operation.inputs[0], a=operation.outputs[0], start=place, end=place + 1, bare=True,
                )  # fmt: skip


def _function_of(operation: Any) -> Any:
    import tensorflow as tf

    function = getattr(tf.nn, PLAIN[operation.type])
    return functools.partial(function, alpha=operation.get_attr("alpha")) if operation.type == "LeakyRelu" else function


def name_of(function: Any) -> str:
    """Return the name of an activation function as users write it: ``leaky_relu`` for a LeakyReLU layer."""
    name = getattr(function, "__name__", None)
    if name is not None:
        return str(name)
    kind = type(function).__name__
    known = {"ReLU": "relu", "Relu": "relu", "LeakyReLU": "leaky_relu", "LeakyRelu": "leaky_relu", "PReLU": "prelu",
             "ELU": "elu", "Elu": "elu"}  # fmt: skip
    return known.get(kind, kind.lower() if kind[1:].islower() else kind)
