"""What recurrent cells evaluate: it happens in a loop that no trace shows, so a few samples run eagerly."""

from __future__ import annotations

import contextlib
import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kreport.document.blocks import LayerId
from kreport.document.model import Gap
from kreport.document.numbers import plural
from kreport.errors import NotMeasuredError
from kreport.inputs.batches import rows
from kreport.pipeline import contained
from kreport.probes import _keras, _keras_calls, _keras_fit, passes
from kreport.probes.curves import FunctionCurve, curve_of
from kreport.probes.functions import name_of
from kreport.probes.observers.functions import FunctionInputs, flat_by_unit
from kreport.probes.observers.kept import KeptSamples
from kreport.probes.reductions import Sums, reduced
from kreport.probes.samples.seeing import as_tensors, filled
from kreport.probes.tree import LayerTree
from kreport.tensors.streaming import Stream

SAMPLES = 32
"""Samples that go through, at most."""

STEPS = 600
"""Steps of all cells together from which none is taken: outside of a graph each takes milliseconds."""

VALUES = 16_000_000
"""Values noted, at most, by taking fewer samples."""

ORDER = {
    "LSTMCell": ("input gate", "forget gate", "candidate", "output gate", "state"),
    "ConvLSTMCell": ("input gate", "forget gate", "candidate", "output gate", "state"),
    "GRUCell": ("update gate", "reset gate", "candidate"),
    "SimpleRNNCell": ("state",),
}
"""What Keras's cells evaluate in one step, in this order."""


@dataclass(frozen=True, kw_only=True, eq=False)
class CellValues:
    """The inputs of the functions of recurrent cells, over all steps of a few samples, in inference mode.

    Attributes:
        inputs: with ``part`` naming the gate; curves: what their ``curve`` counts in.
        samples: how many went through.
        gap: why there is nothing; None where there is, or no recurrent cell.
    """

    inputs: tuple[FunctionInputs, ...] = ()
    curves: tuple[FunctionCurve, ...] = ()
    samples: int = 0
    gap: Gap | None = None


def cell_values(tree: LayerTree, kept: KeptSamples) -> CellValues:
    """Run a few samples eagerly and note what the functions of recurrent cells are given; nothing is left behind."""
    cells = tuple(_cells(tree))
    if not cells or not _keras.is_ready(tree.model):
        return CellValues()
    found = contained("recurrent cells", _values, tree, kept, cells)
    return CellValues(gap=found) if isinstance(found, Gap) else found


def _values(tree: LayerTree, kept: KeptSamples, cells: tuple[tuple[LayerId, Any], ...]) -> CellValues:
    size = _samples(kept, cells)
    noting = _Cells(tree=tree, cells=cells)
    x = as_tensors(filled(tree.model, rows(kept.x, np.arange(size)), size))
    with noting.wrapped(), _keras_calls.call_hook(noting.call):
        passes.inference(tree, x, None, None, None)
    return CellValues(inputs=tuple(noting.found), curves=tuple(noting.curves), samples=size)


def _cells(tree: LayerTree) -> Iterator[tuple[LayerId, Any]]:
    """Yield each cell with the recurrent layer that runs it."""
    live = dict(tree.entries)
    for identity, layer in tree.entries:
        if hasattr(layer, "state_size") and _functions(layer) and not _keras_fit.is_stepping(layer):
            holder = tree.parents[identity]
            while holder and not _keras_fit.is_stepping(live[holder]):
                holder = tree.parents[holder]
            if holder:
                yield holder, layer


def _functions(cell: Any) -> dict[str, Any]:
    found = {name: vars(cell).get(name) for name in ("activation", "recurrent_activation")}
    return {name: function for name, function in found.items() if callable(function)}


def steps_of(tree: LayerTree, kept: KeptSamples) -> int:
    """Return how many steps all recurrent cells make together, as far as the first input tells."""
    return _steps(kept) * len(tuple(_cells(tree)))


def _steps(kept: KeptSamples) -> int:
    import tensorflow as tf

    first = next(v for v in tf.nest.flatten(kept.x, expand_composites=False) if v is not None)
    return int(first.shape[1]) if len(first.shape) > 1 and first.shape[1] else 1


def _samples(kept: KeptSamples, cells: tuple[tuple[LayerId, Any], ...]) -> int:
    steps = _steps(kept)
    if steps * len(cells) > STEPS:
        message = f"{steps:,} steps of {plural(len(cells), 'cell')} would take too long outside of a graph"
        raise NotMeasuredError(message)
    width = sum(5 * _units(cell) for _, cell in cells)
    return int(max(1, min(SAMPLES, len(kept.index), VALUES // max(1, steps * width))))


def _units(cell: Any) -> int:
    return int(getattr(cell, "units", 0) or getattr(cell, "filters", 0) or 1)


@dataclass(kw_only=True, eq=False)
class _Cells:
    """Notes what cells evaluate while their layer runs."""

    tree: LayerTree
    cells: tuple[tuple[LayerId, Any], ...]
    found: list[FunctionInputs] = field(default_factory=list)
    curves: list[FunctionCurve] = field(default_factory=list)
    _noted: dict[int, list[tuple[Any, Any]]] = field(default_factory=dict)
    _calls: Counter[str] = field(default_factory=Counter)

    @contextlib.contextmanager
    def wrapped(self) -> Iterator[None]:
        """Within the context the functions of the cells are noted; afterwards they are what they were."""
        own = [(cell, name, function) for _, cell in self.cells for name, function in _functions(cell).items()]
        try:
            for cell, name, function in own:
                vars(cell)[name] = self._wrapper(cell, function)
            yield
        finally:
            for cell, name, function in own:
                vars(cell)[name] = function

    def _wrapper(self, cell: Any, function: Any) -> Callable[..., Any]:
        import tensorflow as tf

        def evaluated(z: Any, *args: Any, **kwargs: Any) -> Any:
            if tf.executing_eagerly():
                self._noted.setdefault(id(cell), []).append((function, z.numpy()))
            return function(z, *args, **kwargs)

        return evaluated

    def call(self, target: Any, args: Any, kwargs: Any, call: Callable[..., Any]) -> Any:
        """Run a layer; where it is a recurrent one, sum up what its cells have evaluated."""
        if not _keras_fit.is_stepping(target) or id(target) not in self.tree.id_of:
            return call(*args, **kwargs)
        inputs = args[0] if args else next(iter(kwargs.values()))
        mask = kwargs.get("mask", _keras.mask_of(inputs))
        self._noted.clear()
        outputs = call(*args, **kwargs)
        layer = self.tree.id_of[id(target)]
        for holder, cell in self.cells:
            if holder == layer and id(cell) in self._noted:
                backwards = bool(getattr(target, "go_backwards", False))
                self._sum_up(layer, cell, int(inputs.shape[1]), _by_step(mask, backwards=backwards))
        self._noted.clear()
        return outputs

    def _sum_up(self, layer: LayerId, cell: Any, steps: int, mask: Any) -> None:
        noted = self._noted[id(cell)]
        parts = ORDER.get(type(cell).__name__, ()) if _keras.is_builtin(cell) else ()
        in_a_step = len(parts) or _in_a_step(len(noted), steps)
        if not in_a_step or len(noted) < in_a_step * steps:
            return
        noted = noted[-in_a_step * steps :]  # the first step runs once more, to see what comes out
        shown, prefix = self._shown(layer)
        call = self._numbered(shown, cell)
        for place in range(in_a_step):
            values = np.stack([z for _, z in noted[place::in_a_step]])
            values = values[mask] if mask is not None else values.reshape(-1, *values.shape[2:])
            part = parts[place] if parts else ""
            self._add(call, shown, f"{prefix}{part}", noted[place][0], values, steps)

    def _numbered(self, shown: LayerId, cell: Any) -> str:
        key = f"{shown} {id(cell)}"
        self._calls[key] += 1
        return shown if self._calls[key] == 1 else f"{shown}@{self._calls[key]}"

    def _shown(self, layer: LayerId) -> tuple[LayerId, str]:
        """Return the layer that stands for a recurrent one (a Bidirectional), and which of its parts it is."""
        live, shown = dict(self.tree.entries), layer
        while (parent := self.tree.parents[shown]) and not _keras.shows_inside(live[parent]):
            shown = parent
        if shown == layer:
            return shown, ""
        return shown, "backward " if getattr(live[layer], "go_backwards", False) else "forward "

    def _add(self, call: str, layer: LayerId, part: str, function: Any, values: Any, steps: int) -> None:
        curve = curve_of(function)
        index = None if curve is None else self._index(curve)
        z = Stream()
        z.add(Sums(*map(np.asarray, reduced(values)[0])))
        flat = np.zeros(0)
        if curve is not None:
            counts = np.asarray(flat_by_unit(values, None, curve.flats))
            flat = np.atleast_1d(counts / max(1, math.prod(values.shape[:-1])))
        self.found.append(
            FunctionInputs(
                call=call, layer=layer, name=name_of(function), curve=index, shape=(None, *values.shape[1:]), z=z,
                outputs=None, flat=flat, part=part.strip(), steps=steps,
            )
        )  # fmt: skip

    def _index(self, curve: FunctionCurve) -> int:
        for index, known in enumerate(self.curves):
            if known.same(curve):
                return index
        self.curves.append(curve)
        return len(self.curves) - 1


def _in_a_step(noted: int, steps: int) -> int:
    """Return how many evaluations make a step; 0 where that cannot be told."""
    if noted % (steps + 1) == 0:
        return noted // (steps + 1)
    return noted // steps if noted % steps == 0 else 0


def _by_step(mask: Any, *, backwards: bool) -> Any:
    """Return where a padded input counts, as a boolean array of shape ``(steps, samples)``."""
    if mask is None:
        return None
    by_step = np.asarray(mask).T
    return by_step[::-1] if backwards else by_step
