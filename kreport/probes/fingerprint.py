"""A digest of everything of a model that a report could disturb, taken before and after."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from kreport.probes import _keras
from kreport.probes.hidden import raw_attributes

SHORT = 12
"""Hexadecimal digits shown in the report."""


@dataclass(frozen=True)
class Fingerprint:
    """One digest a part, so that a difference has a name.

    Attributes:
        variables: values of all variables but ``seeds``; the same in every process.
        seeds: states of the layers' random generators. Files do not hold them all: an unseeded dropout draws a
            new one in every process.
        optimizer, metrics: values of their variables.
        states: what Keras does not list among the variables: states of recurrent layers, raw TensorFlow variables.
        flags: trainable and built flags, numbers of nodes, of losses, ``stop_training``.
        functions: identity of the compiled functions.
        random: the global random states of Python, NumPy and Keras.
    """

    variables: str
    seeds: str
    optimizer: str
    metrics: str
    states: str
    flags: str
    functions: str
    random: str

    @property
    def text(self) -> str:
        """The short digest of the variables that the report shows."""
        return self.variables[:SHORT]

    def changed(self, other: Fingerprint) -> tuple[str, ...]:
        """Return the names of the parts in which two fingerprints differ."""
        return tuple(f.name for f in fields(self) if getattr(self, f.name) != getattr(other, f.name))


def fingerprint(model: Any) -> Fingerprint:
    """Take the fingerprint of a model; reads one variable at a time, changes nothing."""
    layers = tuple(_walk(model))
    seeds = [state for layer in layers for state in _keras.seed_states(layer)]
    drawn = {id(state) for state in seeds}
    return Fingerprint(
        variables=_of_variables(variable for variable in model.variables if id(variable) not in drawn),
        seeds=_of_variables(seeds),
        optimizer=_of_variables(getattr(getattr(model, "optimizer", None), "variables", ())),
        metrics=_of_variables(v for metric in getattr(model, "metrics", ()) for v in metric.variables),
        states=_of_variables(_hidden_states(layers)),
        flags=_of_text(_flags(model, layers)),
        functions=_of_text(str(id(getattr(model, f"{name}_function", None))) for name in ("train", "test", "predict")),
        random=_of_text(_random_states()),
    )


def _walk(model: Any) -> Iterator[Any]:
    waiting, seen = [model], set()
    while waiting:
        layer = waiting.pop()
        if id(layer) not in seen:
            seen.add(id(layer))
            yield layer
            waiting.extend(_keras.children(layer))


def _of_variables(variables: Iterable[Any]) -> str:
    digest = hashlib.sha256()
    for variable in variables:
        value = _value(variable)
        digest.update(f"{value.dtype}{value.shape}".encode())
        # Reads the tensor's own memory where it can: no copy of a large kernel.
        digest.update(
            np.ascontiguousarray(value).reshape(-1).view(np.uint8).data
            if value.dtype.kind != "O"
            else repr(value.tolist()).encode()
        )
    return digest.hexdigest()


def _value(variable: Any) -> np.ndarray[Any, Any]:
    tensor = getattr(variable, "value", variable)
    tensor = tensor() if callable(tensor) else tensor
    if hasattr(tensor, "detach"):  # PyTorch: may have a gradient, be on another device, be bfloat16
        import keras

        array = np.asarray(keras.ops.convert_to_numpy(tensor))
    else:
        array = np.asarray(tensor.numpy() if hasattr(tensor, "numpy") else tensor)
    return array if array.dtype.kind in "biufcO" else array.view(np.uint8) if array.size else array.astype(np.uint8)


def _hidden_states(layers: Iterable[Any]) -> Iterator[Any]:
    for layer in layers:
        states = getattr(layer, "states", None)
        yield from _keras.flat(states) if states is not None else ()
        yield from (variable for _, variable in raw_attributes(layer))


def _flags(model: Any, layers: Iterable[Any]) -> Iterator[str]:
    yield str(getattr(model, "stop_training", None))
    for layer in layers:
        yield f"{getattr(layer, 'trainable', None)} {getattr(layer, 'built', None)} {_keras.node_counts(layer)}"


def _random_states() -> Iterator[str]:
    yield str(random.getstate())
    yield str([part.tolist() if hasattr(part, "tolist") else part for part in np.random.get_state()])  # noqa: NPY002
    yield _keras.global_seed()


def _of_text(parts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode())
        digest.update(b"\0")
    return digest.hexdigest()
