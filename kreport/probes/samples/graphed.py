"""Small passes as graphs where that pays: recurrent layers, whose steps are slow one by one, and large models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from kreport.document.model import Gap
from kreport.pipeline import contained
from kreport.probes import _keras_fit
from kreport.probes.tree import LayerTree

HEAVY = 1e9
"""Floating-point operations of one sample from which a graph pays: it leaves out gradients that nobody asked for."""


@dataclass(eq=False)
class Graphed:
    """A function of flat tensors, traced at its first call with an open batch axis; eager elsewhere.

    Attributes:
        tree: of the model that ``body`` runs; where it is small and without recurrent layers tracing costs more than it
            saves.
        body: takes a list of tensors, returns a structure of them.
        flops: of one sample forward, None if not known.
        loose: so many tensors at the front differ in length even where the batch size is fixed.
    """

    tree: LayerTree
    body: Callable[[list[Any]], Any]
    flops: int | None = None
    loose: int = 0
    _function: Any = None
    _eager: bool = field(default=False)

    def __post_init__(self) -> None:
        """Find out whether a graph pays."""
        steps = any(_keras_fit.is_stepping(layer) for _, layer in self.tree.entries)
        pays = steps or (self.flops or 0) >= HEAVY
        self._eager = not pays or bool(getattr(self.tree.model, "run_eagerly", False))

    def __call__(self, tensors: Sequence[Any]) -> Any:
        """Run it; what cannot be traced runs eagerly."""
        given = list(tensors)
        if not self._eager and self._function is None:
            made = contained("tracing", self._traced, given, strict=False)  # eager is the way out
            self._eager = isinstance(made, Gap)
            self._function = None if isinstance(made, Gap) else made
        return self.body(given) if self._eager else self._function(given)

    def _traced(self, given: list[Any]) -> Any:
        import tensorflow as tf

        fixed = _keras_fit.batch_size_of(self.tree.model) is not None
        specs = [
            tf.TensorSpec([None, *t.shape[1:]], t.dtype)
            if isinstance(t, tf.Tensor) and t.shape.rank and (place < self.loose or not fixed)
            else tf.type_spec_from_value(t)
            for place, t in enumerate(given)
        ]  # fmt: skip
        return tf.function(self.body, autograph=False).get_concrete_function(specs)
