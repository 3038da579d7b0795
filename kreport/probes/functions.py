"""Activation functions as they are evaluated in a pass: what goes in, what comes out, nothing left behind."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kreport.probes import _keras
from kreport.probes.layers import kind_of
from kreport.probes.trace import Record, Recorder
from kreport.probes.tree import LayerTree


@dataclass(frozen=True, kw_only=True, eq=False)
class Evaluation:
    """One evaluation: ``record`` is the index of the call it happened in."""

    record: int
    function: Any
    name: str
    z: Any
    a: Any


@contextlib.contextmanager
def functions_noted(tree: LayerTree, recorder: Recorder) -> Iterator[list[Evaluation]]:
    """Within the context each evaluation of a layer's ``activation`` function is noted, but for the identity.

    Functions stand in as wrappers in the layers' dictionaries and are put back afterwards. Layers that are
    activation functions themselves are found among the records by :func:`evaluations`.
    """
    import tensorflow as tf

    noted: list[Evaluation] = []
    replaced: list[tuple[Any, Any]] = []

    def wrapper(function: Any) -> Any:
        @functools.wraps(function)
        def evaluated(z: Any, *args: Any, **kwargs: Any) -> Any:
            a = function(z, *args, **kwargs)
            if recorder.stack and recorder.here() and tf.is_tensor(z) and tf.is_tensor(a) and a is not z:
                noted.append(Evaluation(record=recorder.stack[-1], function=function, name=name_of(function), z=z, a=a))
            return a

        return evaluated

    try:
        for _, layer in tree.entries:
            function = vars(layer).get("activation")
            if callable(function) and not _keras.is_recurrent(layer) and not hasattr(layer, "state_size"):
                import keras

                if not isinstance(function, keras.Layer):  # a layer is called through the hook
                    replaced.append((layer, function))
                    vars(layer)["activation"] = wrapper(function)
        yield noted
    finally:
        for layer, function in replaced:
            vars(layer)["activation"] = function


def evaluations(records: list[Record], noted: list[Evaluation]) -> list[Evaluation]:
    """Return what was noted, and the calls of layers and operations that are activation functions themselves."""
    found = list(noted)
    known = {evaluation.record for evaluation in noted}
    for index, record in enumerate(records):
        if index in known or len(record.inputs) != 1 or len(record.outputs) != 1 or kind_of(record.target) != "act":
            continue
        found.append(
            Evaluation(
                record=index, function=record.target, name=name_of(record.target), z=record.inputs[0],
                a=record.outputs[0],
            )
        )  # fmt: skip
    return sorted(found, key=lambda evaluation: evaluation.record)


def name_of(function: Any) -> str:
    """Return the name of an activation function as users write it: ``leaky_relu`` for a LeakyReLU layer."""
    name = getattr(function, "__name__", None)
    if name is not None:
        return str(name)
    kind = type(function).__name__
    known = {"ReLU": "relu", "Relu": "relu", "LeakyReLU": "leaky_relu", "LeakyRelu": "leaky_relu", "PReLU": "prelu",
             "ELU": "elu", "Elu": "elu"}  # fmt: skip
    return known.get(kind, kind.lower() if kind[1:].islower() else kind)
