"""The loss of every sample: how they are spread, and which ones are the hardest."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from kreport.errors import NotMeasuredError
from kreport.inputs.batches import Batch, Batches, rows
from kreport.inputs.data_labels import in_order
from kreport.inputs.expected import OutputSpec
from kreport.probes.observers._base import Mode, Observer, Seen
from kreport.probes.observers.kept import bytes_of
from kreport.probes.outputs import is_probabilities, outputs_of, width_of
from kreport.probes.tree import LayerTree
from kreport.tensors.cumulative import FineCounts

HARDEST = 8
"""Samples that are named."""

HALF = 0.5

BYTES = 8 << 20
"""Of a sample's inputs up to which they are kept to be shown."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Answer:
    """What one of several outputs says of a sample; see :class:`HardSample`. ``classes`` is their number, 0 if none."""

    output: str
    label: float | None
    said: float | None
    share: float | None
    classes: int


@dataclass(frozen=True, kw_only=True, eq=False)
class HardSample:
    """One sample with a large loss.

    Attributes:
        index: in the data.
        loss: of the sample, compiled, before sample weights.
        label: its class or value, None where it is not a single number, or must not stand in the report.
        said: the class the model says, or its only output; None likewise.
        share: the model's own figure for that class; None where it is not a share.
        answers: the same for each output where there are several; the fields above are None then.
        x: its inputs, one row each, None where they must not stand in the report or are too large.
    """

    index: int
    loss: float
    label: float | None
    said: float | None
    share: float | None
    answers: tuple[Answer, ...] = ()
    x: Any = None


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
    _outputs: tuple[OutputSpec, ...] = ()
    _widths: list[int] = field(default_factory=list)
    _numbers: list[int] = field(default_factory=list)  # of classes, by output

    def start(self, tree: LayerTree, batches: Batches) -> None:
        """Take note of whether labels may be told."""
        del tree
        self._embed, self._outputs = batches.embed, batches.outputs

    def reduce(self, seen: Seen) -> Any:
        """Return the losses, and what the model says where that is one class or one number."""
        import tensorflow as tf

        if seen.sample_losses is None:
            return {}
        found = {"losses": tf.cast(seen.sample_losses, tf.float32)}
        if not self._embed:
            return found
        outputs = outputs_of(seen.outputs, self._outputs)
        self._widths = [width_of(one) for one in outputs]
        self._classes = self._widths[:1] != [1] or _is_yes_or_no(outputs[0])
        self._numbers = [2 if _is_yes_or_no(one) else width if width > 1 else 0
                         for one, width in zip(outputs, self._widths, strict=True)]  # fmt: skip
        found["answers"] = [_answer(one) if width else {} for one, width in zip(outputs, self._widths, strict=True)]
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
        labels = self._labels(batch) if self._embed else []
        said = reduced.get("answers", ())
        self._keep([
            replace(self._hard(row, said, labels), index=int(batch.index[row]), loss=float(losses[row]),
                    x=self._inputs(batch, row))
            for row in order.tolist() if losses[row] > floor
        ])  # fmt: skip

    def _inputs(self, batch: Batch, row: int) -> Any:
        small = self._embed and bytes_of(batch.x) <= BYTES * batch.size
        return rows(batch.x, np.array([row])) if small else None

    def _labels(self, batch: Batch) -> list[NDArray[np.float64] | None]:
        """Return one number a sample for each output: its class, or its value."""
        number = len(self._widths)
        known = self._outputs if len(self._outputs) == number else [OutputSpec(name=name) for name in self._names()]
        labels = in_order(batch.y, known)
        return [_label(label, classes=width > 1) for label, width in zip(labels, self._widths, strict=True)]

    def _names(self) -> list[str]:
        known = [output.name for output in self._outputs]
        return known if len(known) == len(self._widths) else [f"labels {i + 1}" for i in range(len(self._widths))]

    def _hard(self, row: int, said: Any, labels: list[NDArray[np.float64] | None]) -> HardSample:
        answers = tuple(
            Answer(
                output=name, label=None if label is None else float(label[row]), said=_at(one, "said", row),
                share=_at(one, "share", row), classes=number,
            )
            for name, label, one, number in zip(self._names(), labels, said, self._numbers, strict=True)
        ) if labels else ()  # fmt: skip
        alone = answers[0] if len(answers) == 1 else None
        return HardSample(
            index=0, loss=0.0, label=alone.label if alone else None, said=alone.said if alone else None,
            share=alone.share if alone else None, answers=() if alone else answers,
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


def _answer(output: Any) -> dict[str, Any]:
    import tensorflow as tf

    values = tf.cast(output, tf.float32)
    if _is_yes_or_no(output):
        yes = values[:, 0]
        return {"said": tf.cast(yes > HALF, tf.float32), "share": tf.maximum(yes, 1 - yes)}
    found = {"said": tf.cast(tf.argmax(values, 1), tf.float32) if values.shape[1] != 1 else values[:, 0]}
    if is_probabilities(output):
        found["share"] = tf.reduce_max(values, 1)
    return found


def _is_yes_or_no(output: Any) -> bool:
    """Tell whether an output is the sigmoid of one number: the share of the second of two classes."""
    return is_probabilities(output) and width_of(output) == 1


def _at(answer: Any, name: str, row: int) -> float | None:
    return float(answer[name][row]) if name in answer else None


def _label(y: Any, *, classes: bool) -> NDArray[np.float64] | None:
    """Return one number a sample: its class, or its value; None where labels are no such thing."""
    if not isinstance(y, np.ndarray) or y.dtype.kind not in "biuf":
        return None
    flat = y.reshape(len(y), -1)
    if flat.shape[1] == 1:
        return flat[:, 0].astype(np.float64)
    return flat.argmax(1).astype(np.float64) if classes and y.ndim == 2 else None
