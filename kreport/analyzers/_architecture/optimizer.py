"""How much an optimizer keeps: read from its variables, or told by its class before it has any."""

from __future__ import annotations

from typing import Any

from kreport.analyzers._architecture.facts import OptimizerState

SLOTS = {
    "Adadelta": 2,
    "Adagrad": 1,
    "Adam": 2,
    "AdamW": 2,
    "Adamax": 2,
    "Ftrl": 2,
    "Lamb": 2,
    "Lion": 1,
    "Nadam": 2,
    "RMSprop": 1,
    "SGD": 0,
}
"""Variables a trainable weight with default arguments, from each class's ``build`` in Keras 3."""
COUNTERS = ("iteration", "iterations", "learning_rate", "dynamic_scale", "step_counter")


def optimizer_state(model: Any, trainable_bytes: int) -> OptimizerState | None:
    """Return what the optimizer of a live model keeps; None when it has none.

    Args:
        model: a Keras model; only read.
        trainable_bytes: size of the trainable variables, for the estimate.
    """
    optimizer = getattr(model, "optimizer", None)
    if optimizer is None:
        return None
    name = type(optimizer).__name__
    inner = getattr(optimizer, "inner_optimizer", None)
    if inner is not None:
        name = f"{type(inner).__name__}, loss scaled"
    kept = [v for v in getattr(optimizer, "variables", ()) if getattr(v, "name", "") not in COUNTERS]
    if getattr(optimizer, "built", False):
        return OptimizerState(name=name, slots=_slots(kept, model), size_bytes=sum(map(_bytes, kept)), measured=True)
    slots = _expected(inner or optimizer)
    size = None if slots is None else slots * trainable_bytes
    return OptimizerState(name=name, slots=slots, size_bytes=size, measured=False)


def _slots(kept: list[Any], model: Any) -> int | None:
    weights = len(model.trainable_variables)
    whole = weights and len(kept) % weights == 0
    return len(kept) // weights if whole else None


def _expected(optimizer: Any) -> int | None:
    slots = SLOTS.get(type(optimizer).__name__)
    if slots is None:
        return None
    more = [bool(getattr(optimizer, name, False)) for name in ("momentum", "centered", "amsgrad", "use_ema")]
    return slots + sum(more)


def _bytes(variable: Any) -> int:
    size = 1
    for side in variable.shape:
        size *= int(side)
    width = {"float16": 2, "bfloat16": 2, "float32": 4, "float64": 8, "int8": 1, "uint8": 1, "bool": 1, "int64": 8}
    return size * width.get(str(variable.dtype), 4)
