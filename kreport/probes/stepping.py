"""A pass over batches that is traced once and then runs as a graph; eager where it cannot be traced."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kreport.document.model import Gap
from kreport.inputs.batches import Batch, rows
from kreport.pipeline import contained, is_strict
from kreport.probes.observers import Observer, Seen

Forward = Callable[[Any, Any, Any, list[Any]], tuple[Seen, list[Any]]]
"""Takes x, y, sample weights and carried values; returns what was seen and the values to carry on."""


class _OpenShapeError(Exception):
    """The trace of a layer's output has no shape."""

    def __str__(self) -> str:
        """Say it in half a sentence."""
        return f"in a graph the outputs of {self.args[0]!r} have no known number of axes"


@dataclass(kw_only=True, eq=False)
class Carried:
    """An observer on its way, and the gap that took its place if it failed."""

    observer: Observer[Any]
    name: str
    gap: Gap | None = None

    def add(self, reduced: Any, batch: Batch) -> None:
        """Hand the observer one batch; what it raises becomes its gap."""
        if self.gap is None:
            done = contained(self.name, self._added, reduced, batch)
            self.gap = done if isinstance(done, Gap) else None

    def _added(self, reduced: Any, batch: Batch) -> bool:
        self.observer.add(reduced, batch)
        return True


@dataclass(kw_only=True, eq=False)
class Step:
    """One kind of pass with the observers it carries.

    Attributes:
        name: what the pass does, for gaps: ``forward pass`` …
        carried: its observers.
        forward: the pass; its body is traced.
        values: handed to the pass and replaced by what it returns, such as the states of metrics.
        eager: whether it runs without a graph, from the start or since tracing has failed.
        fixed: whether the batch size is part of the trace.
        gap: why the pass is over; None as long as it works.
        notes: how it was made.
        needs_labels: said instead of the failure when there are no labels; "" if they are not needed.
        without_metrics: the pass to fall back on when the one with metrics fails.
    """

    name: str
    carried: Sequence[Carried]
    forward: Forward
    values: list[Any] = field(default_factory=list)
    eager: bool = False
    fixed: bool = False
    gap: Gap | None = None
    notes: list[str] = field(default_factory=list)
    needs_labels: str = ""
    without_metrics: Forward | None = None
    _traced: list[tuple[Any, Any]] = field(default_factory=list, repr=False)

    @property
    def alive(self) -> bool:
        """Whether there is any use in another batch."""
        return self.gap is None and any(one.gap is None for one in self.carried)

    def __call__(self, batch: Batch) -> None:
        """Run one batch and hand the observers what was reduced; a failure ends the pass, not the sweep."""
        if not self.alive:
            return
        import tensorflow as tf

        try:
            reduced = contained(self.name, self._run, batch, strict=False)
        except tf.errors.ResourceExhaustedError:
            reduced = Gap(self.name, "out of memory", failed=True)
        if isinstance(reduced, Gap):
            self._failed(reduced, batch)
            return
        for one in self.carried:
            one.add(_arrays(reduced.pop(0)), batch)

    def _failed(self, gap: Gap, batch: Batch) -> None:
        if _is_memory(gap) and batch.size > 1:
            note = f"the {self.name} ran out of memory on {batch.size} samples at once and went on with half of them"
            self.notes.append(note)
            half = batch.size // 2
            self(part(batch, 0, half))
            self(part(batch, half, batch.size))
        elif self.without_metrics is not None:
            self.notes.append(f"the compiled loss and metrics cannot be computed on this data ({gap.reason})")
            self.forward, self.without_metrics, self.values = self.without_metrics, None, []
            self._traced.clear()
            self(batch)
        elif not self.eager and gap.failed and not _is_memory(gap):
            self.eager = True
            reason = gap.reason.removeprefix(f"{_OpenShapeError.__name__}: ")
            self.notes.append(f"the {self.name} could not be traced and ran eagerly ({reason})")
            self(batch)
        else:
            unlabelled = gap.failed and batch.y is None and self.needs_labels
            if gap.failed and not unlabelled and is_strict():
                self._run(batch)  # raises what it raised before
            self.gap = Gap(self.name, self.needs_labels, failed=False) if unlabelled else gap

    def _run(self, batch: Batch) -> list[Any]:
        import tensorflow as tf

        structure = (batch.x, batch.y, batch.sample_weight)
        flat = [_tensor(value) for value in tf.nest.flatten(structure, expand_composites=False)]
        if self.eager:
            reduced, self.values = self._body(structure, flat, self.values)
        else:
            reduced, self.values = self._graph(structure, flat)([t for t in flat if t is not None], self.values)
        return list(reduced)

    def _body(self, structure: Any, flat: list[Any], values: list[Any]) -> tuple[list[Any], list[Any]]:
        import tensorflow as tf

        x, y, sample_weight = tf.nest.pack_sequence_as(structure, flat, expand_composites=False)
        seen, after = self.forward(x, y, sample_weight, values)
        self._check_shapes(seen)
        reduced = []
        for one in self.carried:
            made: Any = () if one.gap else contained(one.name, one.observer.reduce, seen)
            if isinstance(made, Gap):
                one.gap, made = made, ()
            reduced.append(made)
        seen.all_reduced()
        return reduced, after

    def _check_shapes(self, seen: Seen) -> None:
        """Raise where a graph does not know what an eager pass does: how many axes an output has."""
        for call in () if self.eager or all(one.observer.mode == "prediction" for one in self.carried) else seen.calls:
            if any(output.shape.rank is None for output in call.outputs):
                raise _OpenShapeError(call.layer)

    def _graph(self, structure: Any, flat: list[Any]) -> Any:
        """Return the traced function that takes these tensors, traced now if there is none."""
        import tensorflow as tf

        present = [t for t in flat if t is not None]
        for specs, function in self._traced:
            if len(specs) == len(present) and all(
                spec.is_compatible_with(t) for spec, t in zip(specs, present, strict=True)
            ):
                return function
        specs = [_spec(t, fixed=self.fixed) for t in present]
        if self._traced and len(self._traced[-1][0]) == len(specs):  # sizes differ from batch to batch
            specs = [
                a.most_specific_common_supertype([b]) or b for a, b in zip(self._traced[-1][0], specs, strict=True)
            ]

        def body(tensors: list[Any], values: list[Any]) -> Any:
            rest = iter(tensors)
            return self._body(structure, [None if t is None else next(rest) for t in flat], values)

        traced = tf.function(body, autograph=False)
        with _small_functions_as_they_are():
            function = traced.get_concrete_function(specs, [tf.TensorSpec(v.shape, v.dtype) for v in self.values])
        self._traced.append((specs, function))
        return function


def part(batch: Batch, start: int, stop: int) -> Batch:
    """Return some consecutive rows of a batch."""
    chosen = np.arange(start, stop)
    return Batch(
        x=rows(batch.x, chosen), y=rows(batch.y, chosen), sample_weight=rows(batch.sample_weight, chosen),
        start=batch.start + start if batch.places is None else int(batch.places[start]), size=stop - start,
        places=None if batch.places is None else batch.places[chosen],
    )  # fmt: skip


def _is_memory(gap: Gap) -> bool:
    return gap.reason.startswith(("ResourceExhaustedError", "MemoryError", "out of memory"))


def _tensor(value: Any) -> Any:
    import tensorflow as tf

    composite = isinstance(value, tf.SparseTensor | tf.RaggedTensor)
    return value if value is None or composite else tf.convert_to_tensor(value)


def _spec(value: Any, *, fixed: bool) -> Any:
    import tensorflow as tf

    if isinstance(value, tf.SparseTensor):
        return tf.SparseTensorSpec([None, *value.shape[1:]], value.dtype)
    if isinstance(value, tf.RaggedTensor):
        return tf.RaggedTensorSpec(
            [None, *value.shape[1:]], value.dtype, value.ragged_rank, value.row_splits.dtype
        )  # fmt: skip
    shape = value.shape if fixed or not value.shape.rank else [None, *value.shape[1:]]
    return tf.TensorSpec(shape, value.dtype)


@contextlib.contextmanager
def _small_functions_as_they_are() -> Iterator[None]:
    """Have calls of functions within a trace run as written: optimising a reduction takes longer than it saves."""
    import tensorflow as tf

    before = tf.config.optimizer.get_experimental_options()
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    try:
        yield
    finally:
        tf.config.optimizer.set_experimental_options(before)


def _arrays(value: Any) -> Any:
    """Return a structure with NumPy arrays in place of tensors; ``tf.nest`` would take as long as a small pass."""
    if isinstance(value, dict):
        return {key: _arrays(one) for key, one in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*map(_arrays, value))
    if isinstance(value, list | tuple):
        return type(value)(map(_arrays, value))
    return np.asarray(value) if hasattr(value, "numpy") else value
