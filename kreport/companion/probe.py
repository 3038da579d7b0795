"""A fixed batch that goes through the model again and again, traced once; the model stays as it is."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from kreport.companion.observing import BackflowNow, GradientsNow, OutputsNow
from kreport.document.model import Gap
from kreport.inputs.batches import Batch, Batches, joined, rows, size_of
from kreport.inputs.training_log import Reading
from kreport.pipeline import contained
from kreport.probes.prepared import Prepared
from kreport.probes.stepping import Carried, Step, part
from kreport.probes.sweep import TO_BUILD_WITH
from kreport.probes.train_step import FewBatches
from kreport.probes.tree import tree_of

MOST, LEAST = 128, 32
"""Samples of the fixed batch."""

VALUES = 1 << 20
"""Input values that the fixed batch has at most, if that leaves enough samples: 4 MiB of float32."""


def fixed_batch(batches: Batches, size: int | None = None) -> Batch | None:
    """Return the samples that are looked at after every epoch, as one batch; None where there are none.

    They are spread evenly over data of known length, else they are the first ones. At most :data:`MOST`, fewer where
    samples are large.

    Args:
        batches: the user's data.
        size: of the batches that the model is made for, None where any will do.
    """
    taken: list[Batch] = []
    wanted = 0
    for batch in batches:
        if not wanted:
            wanted = size or _wanted(batch, batches.samples)
            known = batches.samples if batches.exact else None  # a pipeline is not read to its end for a few
            chooser = replace(batches, max_samples=wanted, samples=known)
        chosen = chooser.chosen(batch)
        if len(chosen):
            taken.append(_rows(batch, chosen))
        if sum(b.size for b in taken) >= wanted:
            break
    return _together(taken) if taken else None


def _wanted(batch: Batch, samples: int | None) -> int:
    import tensorflow as tf

    flat = [v for v in tf.nest.flatten(batch.x, expand_composites=True) if v is not None]
    values = sum(math.prod(int(s) for s in v.shape) for v in flat) / max(batch.size, 1)
    wanted = int(min(MOST, max(LEAST, VALUES // max(values, 1.0))))
    return wanted if samples is None else min(wanted, samples)


def _rows(batch: Batch, chosen: Any) -> Batch:
    return Batch(
        x=rows(batch.x, chosen), y=rows(batch.y, chosen), sample_weight=rows(batch.sample_weight, chosen), start=0,
        size=len(chosen),
    )  # fmt: skip


def _together(taken: list[Batch]) -> Batch:
    if len(taken) == 1:
        return taken[0]
    x, y, weight = (joined([getattr(b, name) for b in taken]) for name in ("x", "y", "sample_weight"))
    return Batch(x=x, y=y, sample_weight=weight, start=0, size=size_of(x))


@dataclass(frozen=True, kw_only=True, eq=False)
class Look:
    """What one look showed, over ``samples`` samples."""

    activations: Reading = field(default_factory=Reading)
    gradients: Reading = field(default_factory=Reading)
    backflow: Reading = field(default_factory=Reading)
    noise_scale: float | None = None
    samples: int = 0


class Probe:
    """Looks at a model through one batch; forward and backward succeed or fail apart."""

    def __init__(self, model: Any, batch: Batch, batches: Batches, *, loss: Any = None, noise: bool = False) -> None:
        """Get ready; nothing is traced before the first look.

        Args:
            model: built.
            batch: see :func:`fixed_batch`.
            batches: where it came from.
            loss: as for a report.
            noise: whether the gradients of both halves are looked at as well.
        """
        self._batch, self._noise = batch, noise
        tree = tree_of(model)
        one = replace(batches, samples=batch.size, max_samples=None, batch_size=batch.size, read=self._read)
        self._ready = Prepared(tree, one, loss, part(batch, 0, min(TO_BUILD_WITH, batch.size)))
        self._outputs, self._flows, self._gradients = OutputsNow(), BackflowNow(), GradientsNow()
        for observer in (self._outputs, self._outputs.flat, self._flows, self._gradients):
            observer.start(tree, one)
        self._steps: dict[str, Step | Gap] = {}

    def _read(self) -> Iterator[Batch]:
        yield self._batch

    def look(self) -> Look:
        """Send the batch through and return what was seen."""
        with self._ready:
            if not self._steps:
                self._steps = {"inference": self._step("inference"), "training": self._step("training")}
            for mode, step in self._steps.items():
                if isinstance(step, FewBatches):  # runs eagerly, from the state that the model has now
                    self._steps[mode] = self._step(mode)
            forward = self._run("inference", self._batch)
            backward = self._run("training", self._batch)
            look = Look(
                activations=self._outputs.result() if forward else Reading(),
                gradients=self._gradients.result() if backward else Reading(),
                backflow=self._flows.result() if backward else Reading(),
                samples=self._batch.size if forward or backward else 0,
            )
            return replace(look, noise_scale=self._noise_scale()) if backward and self._noise else look

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Which of the passes cannot be made, and why."""
        gaps = (step if isinstance(step, Gap) else step.gap for step in self._steps.values())
        return tuple(gap for gap in gaps if gap is not None)

    @property
    def notes(self) -> tuple[str, ...]:
        """How the passes were made where that matters."""
        return tuple(note for step in self._steps.values() if isinstance(step, Step) for note in step.notes)

    def _step(self, mode: Any) -> Step | Gap:
        carried = {
            "inference": [
                Carried(observer=self._outputs, name="activations"),
                Carried(observer=self._outputs.flat, name="activation functions"),
            ],
            "training": [
                Carried(observer=self._gradients, name="gradients"),
                Carried(observer=self._flows, name="backflow"),
            ],
        }
        name = "backward pass" if mode == "training" else "forward pass"
        return contained(name, self._ready.step, mode, carried[mode], whole=False)

    def _run(self, mode: str, batch: Batch) -> bool:
        """Run one pass and tell whether it brought anything."""
        step = self._steps[mode]
        if isinstance(step, Gap):
            return False
        told = len(step.notes)
        step(batch)
        if len(step.notes) > told and "out of memory" in " ".join(step.notes[told:]) and self._batch.size > 1:
            self._batch = part(self._batch, 0, self._batch.size // 2)  # what fitted is looked at from now on
        return step.alive

    def _noise_scale(self) -> float | None:
        """Return the simple noise scale from the gradients of the batch and of its halves.

        McCandlish et al. (2018), appendix A.1: unbiased estimates of |G|² and tr(Σ) from two batch sizes; their
        ratio is a number of samples. None where the estimate of |G|² is not positive.
        """
        size, whole = self._batch.size, self._gradients.square
        half = size // 2
        if not half:
            return None
        squares = []
        for start in (0, half):
            piece = part(self._batch, start, start + half)
            self._run("training", Batch(x=piece.x, y=piece.y, sample_weight=piece.sample_weight, start=0, size=half))
            squares.append(self._gradients.square)
        small = float(np.mean(squares))
        signal = (size * whole - half * small) / (size - half)
        noise = (small - whole) / (1 / half - 1 / size)
        return noise / signal if signal > 0 and math.isfinite(noise) else None
