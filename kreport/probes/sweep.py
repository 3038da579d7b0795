"""One reading of the data: every batch forward, the chosen samples forward and backward, reduced as it goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kreport.document.model import Gap
from kreport.errors import NotMeasuredError
from kreport.inputs.batches import Batch, Batches, joined, rows, size_of
from kreport.inputs.subject import InputShapes, LossOf
from kreport.pipeline import contained, gives
from kreport.plugins import discover
from kreport.probes import _keras
from kreport.probes.building import built_copy
from kreport.probes.observers import Observer
from kreport.probes.observers._base import Mode
from kreport.probes.prepared import Prepared
from kreport.probes.stepping import Carried, Step, part
from kreport.probes.train_step import is_recorded
from kreport.probes.tree import LayerTree, tree_of

TO_BUILD_WITH = 2
"""Samples that losses and metrics are built with, as they take their number of classes from labels and outputs."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Wanted:
    """The observer results that some stage will read: one sweep carries them all."""

    kinds: frozenset[type]


@dataclass(frozen=True, kw_only=True, eq=False)
class Sweep:
    """What one reading of the data brought.

    Attributes:
        results: by type, a result or the gap that stands for it.
        samples: samples read.
        chosen: samples that activations and gradients were measured on.
        notes: how the passes were made where that matters to a reader, one sentence each.
    """

    results: Mapping[type, Any]
    samples: int
    chosen: int
    notes: tuple[str, ...]


def observers() -> dict[type, type[Observer[Any]]]:
    """Return every observer there is, by the type of its result."""
    found = [one for one in discover(Observer, "kreport.probes.observers") if isinstance(one, Observer)]
    return {gives(one.result): type(one) for one in found}


def from_sweep() -> dict[type, Callable[..., Any]]:
    """Return a maker for the result of every observer: it takes the sweep and picks its own."""
    return {kind: _picking(kind) for kind in observers()}


def _picking(kind: type) -> Callable[..., Any]:
    def picked(sweep: Sweep) -> Any:
        return sweep.results[kind]

    return picked


def swept(tree: LayerTree, batches: Batches, wanted: Wanted, loss: LossOf | None, shapes: InputShapes | None) -> Sweep:
    """Read the data once with every observer that is wanted; each succeeds or fails on its own.

    A model that is not built is swept on a built copy, whose weights are as its initializers draw them.
    """
    notes: tuple[str, ...] = ()
    needs_copy = not _keras.is_ready(tree.model) and not is_recorded(tree.model, loss)
    if needs_copy and not isinstance(copy := built_copy(tree.model, shapes), Gap):
        tree, notes = tree_of(copy), ("the model is not built: this is a copy with freshly drawn weights",)
    known = observers()
    carried = {kind: Carried(observer=known[kind](), name=kind.__name__) for kind in wanted.kinds if kind in known}
    for one in carried.values():
        begun = contained(one.name, one.observer.start, tree, batches)
        one.gap = begun if isinstance(begun, Gap) else None
    reading = _Reading(tree, batches, list(carried.values()), None if loss is None else loss.loss)
    over = contained("sweep", reading.run)
    results = {}
    for kind, one in carried.items():
        gap = one.gap or reading.gap_of(one) or (over if isinstance(over, Gap) else None)
        results[kind] = gap if gap is not None else contained(one.name, one.observer.result)
    return Sweep(
        results=results,
        samples=reading.samples,
        chosen=reading.chosen,
        notes=tuple(dict.fromkeys((*notes, *reading.notes))),
    )


class _Reading:
    """The loop over the data and the passes it feeds."""

    def __init__(self, tree: LayerTree, batches: Batches, carried: Sequence[Carried], loss: Any) -> None:
        self.tree, self.batches, self.loss = tree, batches, loss
        self.samples = self.chosen = 0
        self.notes: list[str] = []
        self._by_mode: dict[Mode, list[Carried]] = {}
        for one in carried:
            self._by_mode.setdefault(one.observer.mode, []).append(one)
        self._steps: dict[Mode, Step] = {}
        self._gaps: dict[Mode, Gap] = {}
        self._waiting: list[Batch] = []

    def run(self) -> bool:
        """Read everything."""
        iterator = iter(self.batches)
        first = next(iterator, None)
        if first is None:
            message = f"`{self.batches.argument}` holds no samples"
            raise NotMeasuredError(message)
        few = part(first, 0, min(TO_BUILD_WITH, first.size))
        ready = Prepared(self.tree, self.batches, self.loss, few)
        with ready:
            self._prepare(ready)
            self._read(first)
            for batch in iterator:
                self._read(batch)
            self._chosen_so_far(last=True)
        for step in self._steps.values():
            self.notes += step.notes
        return True

    def gap_of(self, one: Carried) -> Gap | None:
        """Return why the pass that an observer was carried by did not come to its end."""
        mode = one.observer.mode
        return self._gaps.get(mode) or (self._steps[mode].gap if mode in self._steps else None)

    def _prepare(self, ready: Prepared) -> None:
        for mode in ("prediction", "inference", "training"):
            carried = self._by_mode.get(mode, [])
            if mode == "inference" and self._whole:
                carried = [*self._by_mode.get("prediction", ()), *carried]
            if carried and not (mode == "prediction" and self._whole):
                made = contained(mode, ready.step, mode, carried, whole=self._whole)
                if isinstance(made, Gap):
                    self._gaps[mode] = made
                else:
                    self._steps[mode] = made
        if self._whole and "inference" in self._steps:
            self._steps["prediction"] = self._steps["inference"]
        elif self._whole and "inference" in self._gaps:
            self._gaps["prediction"] = self._gaps["inference"]

    @property
    def _whole(self) -> bool:
        """Whether every sample is among the chosen ones."""
        limit, number = self.batches.max_samples, self.batches.samples
        return limit is None or (number is not None and number <= limit)

    def _read(self, batch: Batch) -> None:
        for one in self._by_mode.get("data", ()):
            one.add((), batch)
        self.samples += batch.size
        if self._whole:
            self._run_chosen(batch)
            return
        if "prediction" in self._steps:
            self._steps["prediction"](batch)
        chosen = self.batches.chosen(batch)
        if len(chosen):
            self._waiting.append(
                Batch(
                    x=rows(batch.x, chosen), y=rows(batch.y, chosen), sample_weight=rows(batch.sample_weight, chosen),
                    start=batch.start + int(chosen[0]), size=len(chosen), places=batch.start + chosen,
                )
            )  # fmt: skip
            self._chosen_so_far(last=False)

    def _chosen_so_far(self, *, last: bool) -> None:
        """Put chosen rows together to batches of the usual size, so that one trace serves them all."""
        while self._waiting and (last or sum(b.size for b in self._waiting) >= self.batches.batch_size):
            batch = _put_together(self._waiting)
            full = min(batch.size, self.batches.batch_size)
            self._run_chosen(part(batch, 0, full) if full < batch.size else batch)
            self._waiting = [part(batch, full, batch.size)] if full < batch.size else []

    def _run_chosen(self, batch: Batch) -> None:
        self.chosen += batch.size
        for one in self._by_mode.get("chosen", ()):
            one.add((), batch)
        if "training" in self._steps:
            self._steps["training"](replace(batch, sample_weight=self.batches.training_weight(batch)))
        if "inference" in self._steps:
            self._steps["inference"](batch)


def _put_together(waiting: list[Batch]) -> Batch:
    if len(waiting) == 1:
        return waiting[0]
    x, y, weight = (joined([getattr(b, name) for b in waiting]) for name in ("x", "y", "sample_weight"))
    places = np.concatenate([batch.index for batch in waiting])
    return Batch(x=x, y=y, sample_weight=weight, start=waiting[0].start, size=size_of(x), places=places)
