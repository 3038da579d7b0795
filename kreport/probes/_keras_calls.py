"""Private names of Keras around calls: every one goes through a hook, and layers keep no mark of having been called."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

MARKS = ("_called", "_parent_path")
"""What Keras writes into a layer at its first call."""


@contextlib.contextmanager
def call_hook(wrapped: Callable[[Any, Any, Any, Callable[..., Any]], Any]) -> Iterator[None]:
    """Within the context every call of a layer or operation goes through ``wrapped``.

    ``wrapped(object, args, kwargs, call)`` returns what ``call(*args, **kwargs)`` returns, or its like. Afterwards
    layers that were called for the first time are as if they had not been.
    """
    import keras.src.layers.layer as layers
    import keras.src.ops.operation as operations

    layer_call, operation_call = layers.Layer.__call__, operations.Operation.__call__
    rematerialised = layers.Layer.rematerialized_call
    met: dict[int, tuple[Any, dict[str, Any]]] = {}

    @functools.wraps(layer_call)
    def of_layer(self: Any, *args: Any, **kwargs: Any) -> Any:
        if id(self) not in met:
            met[id(self)] = self, {name: vars(self)[name] for name in MARKS if name in vars(self)}
        return wrapped(self, args, kwargs, functools.partial(layer_call, self))

    @functools.wraps(operation_call)
    def of_operation(self: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(self, layers.Layer):  # Layer.__call__ goes on to Operation.__call__
            return operation_call(self, *args, **kwargs)
        return wrapped(self, args, kwargs, functools.partial(operation_call, self))

    layers.Layer.__call__, operations.Operation.__call__ = of_layer, of_operation
    # Computing again what was dropped matters to gradients only, and cannot be traced.
    layers.Layer.rematerialized_call = lambda self, call, *args, **kwargs: call  # noqa: ARG005 - Keras's signature
    try:
        yield
    finally:
        layers.Layer.__call__, operations.Operation.__call__ = layer_call, operation_call
        layers.Layer.rematerialized_call = rematerialised
        for layer, marks in met.values():
            vars(layer).update(marks)
