"""The loss of every sample: how they are spread, and which ones are the hardest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from kreport.errors import NotMeasuredError
from kreport.inputs.batches import Batch, Batches
from kreport.probes.observers._base import Mode, Observer, Seen
from kreport.probes.tree import LayerTree
from kreport.tensors.cumulative import FineCounts

HARDEST = 10
"""Samples that are named."""


@dataclass(frozen=True, kw_only=True, eq=False)
class HardSample:
    """One sample with a large loss.

    Attributes:
        index: in the data.
        loss: of the sample, compiled, before sample weights.
        label: its class or value, None where it is not a single number, or must not stand in the report.
        said: the class the model says, or its only output; None likewise.
        share: the model's own figure for that class; None where it is not a share.
    """

    index: int
    loss: float
    label: float | None
    said: float | None
    share: float | None


@dataclass(frozen=True, kw_only=True, eq=False)
class SampleLosses:
    """Compiled loss of single samples in inference mode.

    Attributes:
        counts: by logarithmic bins of 1/128 of their value.
        samples: how many; bad: how many of them have no finite loss.
        total: sum of the finite ones; low, high: their extremes.
        hardest: the largest first; ties in the order of the data.
        classes: whether labels and outputs are classes.
    """

    counts: FineCounts
    samples: int
    bad: int
    total: float
    low: float
    high: float
    hardest: tuple[HardSample, ...]
    classes: bool


@dataclass(eq=False)
class Losses(Observer[SampleLosses]):
    """Counts losses in bins, and keeps the largest."""

    mode: ClassVar[Mode] = "prediction"
    _counts: FineCounts = field(default_factory=FineCounts)
    _samples: int = 0
    _bad: int = 0
    _total: float = 0.0
    _low: float = np.inf
    _high: float = -np.inf
    _hardest: list[HardSample] = field(default_factory=list)
    _classes: bool = False
    _embed: bool = True

    def start(self, tree: LayerTree, batches: Batches) -> None:
        """Take note of whether labels may be told."""
        del tree
        self._embed = batches.embed

    def reduce(self, seen: Seen) -> Any:
        """Return the losses, and what the model says where that is one class or one number."""
        import tensorflow as tf

        if seen.sample_losses is None:
            return {}
        found = {"losses": tf.cast(seen.sample_losses, tf.float32)}
        outputs = [t for t in tf.nest.flatten(seen.outputs) if tf.is_tensor(t)]
        if self._embed and len(outputs) == 1 and outputs[0].shape.rank == 2 and outputs[0].dtype.is_floating:
            values = tf.cast(outputs[0], tf.float32)
            self._classes = values.shape[1] != 1
            found["said"] = tf.cast(tf.argmax(values, 1), tf.float32) if self._classes else values[:, 0]
            if hasattr(outputs[0], "_keras_logits"):
                found["share"] = tf.reduce_max(values, 1)
        return found

    def add(self, reduced: Any, batch: Batch) -> None:
        """Take in one batch."""
        if "losses" not in reduced:
            return
        losses = np.asarray(reduced["losses"], np.float64)
        finite = np.isfinite(losses)
        self._samples += len(losses)
        self._bad += int((~finite).sum())
        if not finite.any():
            return
        self._counts.add(losses[finite].astype(np.float32))
        self._total += float(losses[finite].sum())
        self._low, self._high = min(self._low, losses[finite].min()), max(self._high, losses[finite].max())
        order = np.flatnonzero(finite)[np.argsort(-losses[finite], kind="stable")][:HARDEST]
        floor = self._hardest[-1].loss if len(self._hardest) == HARDEST else -np.inf
        labels = _labels(batch, classes=self._classes) if self._embed else None
        new = [self._hard(int(row), losses, reduced, labels, batch) for row in order if losses[row] > floor]
        self._keep(new)

    def _hard(
        self, row: int, losses: NDArray[np.float64], reduced: Any, labels: NDArray[np.float64] | None, batch: Batch
    ) -> HardSample:
        return HardSample(
            index=batch.start + row, loss=float(losses[row]), label=None if labels is None else float(labels[row]),
            said=float(reduced["said"][row]) if "said" in reduced else None,
            share=float(reduced["share"][row]) if "share" in reduced and self._classes else None,
        )  # fmt: skip

    def _keep(self, new: list[HardSample]) -> None:
        self._hardest = sorted((*self._hardest, *new), key=lambda one: (-one.loss, one.index))[:HARDEST]

    def merge(self, other: Losses) -> None:
        """Take in what was seen of other samples."""
        self._counts.counts += other._counts.counts
        self._samples, self._bad = self._samples + other._samples, self._bad + other._bad
        self._total += other._total
        self._low, self._high = min(self._low, other._low), max(self._high, other._high)
        self._classes = self._classes or other._classes
        self._keep(other._hardest)

    def result(self) -> SampleLosses:
        """Return what was observed.

        Raises:
            NotMeasuredError: the loss cannot be told by sample.
        """
        if not self._samples:
            message = "the loss is not told by sample: it needs a compiled loss and labels"
            raise NotMeasuredError(message)
        return SampleLosses(
            counts=self._counts, samples=self._samples, bad=self._bad, total=self._total, low=float(self._low),
            high=float(self._high), hardest=tuple(self._hardest), classes=self._classes,
        )  # fmt: skip


def _labels(batch: Batch, *, classes: bool) -> NDArray[np.float64] | None:
    """Return one number a sample: its class, or its value; None where labels are no such thing."""
    y = batch.y
    if not isinstance(y, np.ndarray) or y.dtype.kind not in "biuf":
        return None
    flat = y.reshape(len(y), -1)
    if flat.shape[1] == 1:
        return flat[:, 0].astype(np.float64)
    return flat.argmax(1).astype(np.float64) if classes and y.ndim == 2 else None
