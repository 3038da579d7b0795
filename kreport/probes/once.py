"""Reductions of a pass: each is made once, and soon after the tensor that it is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from kreport.probes.observers.activations import origin_of

PACE = 2
"""Reduced tensors by which the model may be ahead of what is reduced."""


class Once:
    """Reductions by key and tensor: two observers that want the same make it once."""

    def __init__(self) -> None:
        """Nothing is reduced yet; what the graph holds now is the model's."""
        self._made: dict[tuple[str, int], Any] = {}
        self._alive: list[Any] = []
        self._of_the_model = {id(op): place for place, op in enumerate(_operations())}

    def reduced(self, key: str, value: Any, make: Callable[[Any], Any]) -> Any:
        """Return what ``make`` gives of a tensor."""
        origin = origin_of(value)
        if (key, id(origin)) not in self._made:
            self._alive.append(origin)  # so that no other tensor gets its id
            self._made[key, id(origin)] = make(value)
        return self._made[key, id(origin)]

    def keep_pace(self) -> None:
        """Have the model wait for the reductions of what it made two tensors ago.

        Without it, it runs ahead, and all activations of a deep model are alive at once.
        """
        import tensorflow as tf

        waiting: dict[int, list[Any]] = {}
        for origin, made in zip(self._alive, self._made.values(), strict=True):
            place = self._of_the_model.get(id(origin.op)) if _is_traced(origin) else None
            if place is not None:
                waiting.setdefault(place, []).append(tf.nest.flatten(made)[0].op)
        places, operations = sorted(waiting), _operations()
        for earlier, later in zip(places, places[PACE:], strict=False):
            done = [op for op in waiting[earlier] if max(self._needs(op), default=later) < later]
            operations[later]._add_control_inputs(done)  # noqa: SLF001 - how TensorFlow itself orders operations

    def _needs(self, reduction: Any) -> Iterator[int]:
        """Yield the places of the model's operations that a reduction is made of; nothing where order matters to it."""
        met, ahead = set(), [reduction]
        if reduction.op_def.is_stateful:
            return
        while ahead:
            op = ahead.pop()
            if id(op) in self._of_the_model:
                yield self._of_the_model[id(op)]
            elif id(op) not in met:
                met.add(id(op))
                ahead += [*(tensor.op for tensor in op.inputs), *op.control_inputs]


def _operations() -> list[Any]:
    import tensorflow as tf

    return [] if tf.executing_eagerly() else list(tf.compat.v1.get_default_graph().get_operations())


def _is_traced(value: Any) -> bool:
    import tensorflow as tf

    return isinstance(value, tf.Tensor) and not hasattr(value, "numpy")
