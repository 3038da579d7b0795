"""The only place that knows private names of Keras; ``tests/probes/test_keras.py`` fails when one moves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


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
    for generator in getattr(layer, "_seed_generators", ()):
        yield generator.state


def is_sequential(layer: Any) -> bool:
    """Tell whether this is a ``keras.Sequential``."""
    import keras  # noqa: PLC0415 - `import kreport` stays light

    return isinstance(layer, keras.Sequential)


def is_functional(layer: Any) -> bool:
    """Tell whether this model was made from tensors, whatever its class is called."""
    from keras.src.models.functional import Functional  # noqa: PLC0415

    return isinstance(layer, Functional) and hasattr(layer, "_nodes_by_depth")


def functional_of(model: Any) -> Any | None:
    """Return the functional graph of a model: itself, a built Sequential's hidden one, or None."""
    if is_functional(model):
        return model
    return getattr(model, "_functional", None) if is_sequential(model) else None
