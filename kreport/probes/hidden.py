"""TensorFlow variables that layers hold as plain attributes, where Keras does not see them."""

from __future__ import annotations

from typing import Any

from kreport.probes import _keras


def raw_attributes(layer: Any) -> list[tuple[str, Any]]:
    """Return (name, variable) of the ``tf.Variable`` attributes of a layer."""
    if _keras.backend() != "tensorflow":
        return []
    import tensorflow as tf

    return [pair for pair in getattr(layer, "__dict__", {}).items() if isinstance(pair[1], tf.Variable)]


def raw_variables(model: Any) -> tuple[str, ...]:
    """Return the dotted names of all such attributes of a model and its layers, sorted."""
    waiting, seen, found = [("", model)], set(), []
    while waiting:
        path, layer = waiting.pop()
        if id(layer) in seen:
            continue
        seen.add(id(layer))
        found += [f"{path}{name}" for name, _ in raw_attributes(layer)]
        waiting.extend((f"{path}{child.name}.", child) for child in _keras.children(layer))
    return tuple(sorted(found))
