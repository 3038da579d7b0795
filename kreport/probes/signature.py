"""How the call of a model or layer takes its inputs: in one structure, or as arguments of their own."""

from __future__ import annotations

import inspect
from typing import Any

from kreport.probes import _keras

NO_INPUTS = ("training", "mask")


def argument_names(layer: Any) -> tuple[str, ...]:
    """Return the names of the arguments of a layer's call; () where they cannot be told."""
    try:
        return tuple(inspect.signature(layer.call).parameters)
    except (TypeError, ValueError):
        return ()


def required_arguments(model: Any) -> tuple[str, ...]:
    """Return the inputs of a model's call that have no default, such as x and y of ``call(self, x, y)``."""
    parameters = inspect.signature(model.call).parameters.values()
    plain = [p.name for p in parameters if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
    return tuple(name for name in plain if name not in NO_INPUTS)


def takes_apart(model: Any, inputs: Any) -> bool:
    """Tell whether the entries of ``inputs`` are arguments of the model's call rather than one dictionary."""
    if not isinstance(inputs, dict) or len(inputs) < 2 or _keras.functional_of(model) is not None:
        return False
    return set(inputs) <= set(argument_names(model))
