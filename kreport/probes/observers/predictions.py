"""Predictions beside labels: what every output said of all of the data, and how far that is from what is right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from kreport.errors import NotMeasuredError
from kreport.inputs.batches import Batch, Batches, rows
from kreport.inputs.data_labels import in_order
from kreport.inputs.expected import OutputSpec
from kreport.inputs.tasks import Task, task_of
from kreport.probes import _keras
from kreport.probes.observers._answers import Answers, answers, is_no_share
from kreport.probes.observers._base import Mode, Observer, Seen
from kreport.probes.observers._scoring import Scoring, rows_of, scoring_for
from kreport.probes.observers._slices import Slicing
from kreport.probes.observers.kept import bytes_of
from kreport.probes.outputs import is_probabilities
from kreport.probes.tree import LayerTree
from kreport.tensors.row_sample import RowSample

NO_LABELS = "evaluation needs labels: pass data=(x, y)"

WORST = 8
"""Samples that are named."""

BYTES = 8 << 20
"""Of a sample's inputs up to which they are kept to be shown."""

COLUMNS = ("index", "weight", "label", "first", "second")
"""Of the rows of :attr:`Predicted.by_sample`, before the figures of the input."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Worst:
    """A sample that the model is far off with: a mistake it is sure of, or a large error.

    Attributes:
        index: in the data.
        badness: what they are sorted by: probability of the wrong class, or mean absolute error.
        label, said: class or first target; share: probability of the class said, None for numbers.
        x: its inputs, one row each, None where they must not stand in the report or are too large.
    """

    index: int
    badness: float
    label: float
    said: float
    share: float | None
    x: Any = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Predicted:
    """What one output said.

    Attributes:
        task: of the output.
        scoring: sums over all answers.
        samples, answers: how many: the same but for outputs with one answer a position.
        bad: answers left out as they are no numbers; unknown: as they have no valid label.
        weighted: whether sample weights count.
        by_sample: of up to 20,000 samples, chosen by their index: its index, the weight of its answers together, its
            label (NaN where it has none of its own), what its answers are worth in the mean (classes: right, log loss;
            numbers: absolute and squared error), then the figures of its input; float64.
        slices: names of these figures.
        worst: the worst first.
        logits: whether logits were made probabilities; odd: whether the loss took them for probabilities.
    """

    task: Task
    scoring: Any
    samples: int
    answers: int
    bad: int
    unknown: int
    weighted: bool
    by_sample: NDArray[np.float64]
    slices: tuple[str, ...]
    worst: tuple[Worst, ...]
    logits: bool
    odd: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class Predictions:
    """What every output said, in the order of the outputs; those without labels or a task say why in ``task``."""

    outputs: tuple[Predicted, ...]


@dataclass(kw_only=True, eq=False)
class _Output:
    """One output on its way."""

    task: Task
    scoring: Scoring | None
    by_sample: RowSample
    logits: bool
    odd: bool
    samples: int = 0
    answers: int = 0
    bad: int = 0
    unknown: int = 0
    weighted: bool = False
    worst: list[Worst] = field(default_factory=list)


@dataclass(eq=False)
class Judge(Observer[Predictions]):
    """Takes in what the model says of every batch."""

    mode: ClassVar[Mode] = "prediction"
    _specs: Callable[[int], Sequence[OutputSpec]] = lambda _: ()
    _slicing: Slicing = field(default_factory=lambda: Slicing(names=()))
    _embed: bool = True
    _labelled: bool = False
    _made: Sequence[tuple[tuple[int | None, ...], bool]] = ()
    _outputs: list[_Output] = field(default_factory=list)

    def start(self, tree: LayerTree, batches: Batches) -> None:
        """Look at what is known of outputs and inputs."""
        self._specs, self._embed, self._labelled = batches.specs, batches.embed, batches.labels
        self._slicing = Slicing.of(tree, batches)

    def reduce(self, seen: Seen) -> Any:
        """Return the outputs, and the masks on them."""
        import tensorflow as tf

        if not self._labelled:
            raise NotMeasuredError(NO_LABELS)
        outputs = [t for t in tf.nest.flatten(seen.outputs) if tf.is_tensor(t)]
        if not outputs:
            message = "the model itself puts out nothing: it is built inside only"
            raise NotMeasuredError(message)
        self._made = [(tuple(t.shape), is_probabilities(t)) for t in outputs]
        masks = [_keras.mask_of(t) for t in outputs]
        return {"outputs": [tf.cast(t, tf.float32) for t in outputs], "masks": [() if m is None else m for m in masks]}

    def add(self, reduced: Any, batch: Batch) -> None:
        """Take in one batch."""
        import tensorflow as tf

        specs = self._specs(len(self._made))
        labels = in_order(batch.y, specs)
        weights = tf.nest.flatten(batch.sample_weight)
        slices = self._slicing.columns(batch)
        for place, (spec, label, output) in enumerate(zip(specs, labels, reduced["outputs"], strict=True)):
            if place == len(self._outputs):
                self._outputs.append(self._new(spec, place, output, label, batch))
            weight = weights[place] if len(weights) == len(specs) else weights[0]
            mask = reduced["masks"][place]
            if self._outputs[place].scoring is not None and label is not None:
                self._take(self._outputs[place], output, label, weight, mask, slices, batch)

    def _new(self, spec: OutputSpec, place: int, output: Any, label: Any, batch: Batch) -> _Output:
        import tensorflow as tf

        shape, probabilities = self._made[place]
        task = task_of(
            spec, (None, *output.shape[1:]), probabilities=probabilities, labels=label,
            inputs=tf.nest.flatten(batch.x, expand_composites=False),
        )  # fmt: skip
        del shape
        known = spec.logits and not probabilities
        odd = not known and not probabilities and is_no_share(task, np.asarray(output))
        return _Output(
            task=task, scoring=scoring_for(task) if task.kind else None, logits=known or odd, odd=odd,
            by_sample=rows_of(len(COLUMNS) + len(self._slicing.names)),
        )  # fmt: skip

    def _take(
        self, one: _Output, output: Any, label: Any, weight: Any, mask: Any, slices: NDArray[np.float64], batch: Batch
    ) -> None:  # fmt: skip
        assert one.scoring is not None  # noqa: S101 - told by the caller
        told = answers(one.task, output, label, weight, None if isinstance(mask, tuple) else mask, logits=one.logits)
        each = max(1, len(told.row) // max(batch.size, 1), int(np.prod(output.shape[1:-1], dtype=np.int64)))
        one.samples, one.answers = one.samples + batch.size, one.answers + len(told.row)
        one.bad, one.unknown = one.bad + told.bad, one.unknown + told.unknown
        one.weighted = one.weighted or weight is not None
        if not len(told.row):
            return
        ordinal = np.arange(len(told.row)) - np.searchsorted(told.row, told.row)
        worth = one.scoring.add(told, batch.index[told.row] * each + ordinal)
        found = self._by_sample(one.task, told, worth, slices, batch)
        one.by_sample.add(found, found[:, 0].astype(np.int64))
        self._keep(one, told, found, batch)

    def _by_sample(
        self, task: Task, told: Answers, worth: NDArray[np.float64], slices: NDArray[np.float64], batch: Batch
    ) -> NDArray[np.float64]:
        """Return one row a sample, as in ``by_sample``; samples without an answer are left out."""
        number, size = np.bincount(told.row, minlength=batch.size), batch.size
        met = np.flatnonzero(number)
        weight = np.bincount(told.row, told.weight, size)[met]
        share = told.weight / np.maximum(weight, np.finfo(float).tiny)[np.searchsorted(met, told.row)]
        means = [np.bincount(told.row, share * one, size)[met] for one in worth]
        label = told.truth if task.of_classes and not task.per_position else np.full(len(met), np.nan)
        return np.column_stack([batch.index[met], weight, label, *means, slices[met]])

    def _keep(self, one: _Output, told: Answers, found: NDArray[np.float64], batch: Batch) -> None:
        """Keep the worst samples, with their inputs where these may be shown."""
        if one.task.of_classes and not one.task.per_position:
            said = told.said.argmax(1)
            share = told.said[np.arange(len(said)), said].astype(np.float64)
            badness = np.where(said == told.truth, -np.inf, share)
        else:
            badness = np.where(found[:, 3] == 1, -np.inf, 1 - found[:, 3]) if _counts(one.task) else found[:, 3]
        floor = one.worst[-1].badness if len(one.worst) == WORST else -np.inf
        order = np.argsort(-badness, kind="stable")[:WORST]
        plain = not one.task.per_position and one.task.kind in ("binary", "multi-class", "regression")
        index = found[:, 0].astype(np.int64)
        for at in order[badness[order] > floor].tolist():
            place = int(np.flatnonzero(batch.index == index[at])[0])
            label, answer, share_of = np.nan, np.nan, None
            if plain and one.task.of_classes:
                label, answer, share_of = float(told.truth[at]), float(said[at]), float(share[at])
            elif plain and one.task.classes == 1:
                label, answer = float(told.truth[at, 0]), float(told.said[at, 0])
            one.worst.append(
                Worst(
                    index=int(index[at]), badness=float(badness[at]), label=label, said=answer, share=share_of,
                    x=self._inputs(batch, place),
                )
            )  # fmt: skip
        one.worst = sorted(one.worst, key=lambda w: (-w.badness, w.index))[:WORST]

    def _inputs(self, batch: Batch, row: int) -> Any:
        small = self._embed and bytes_of(batch.x) <= BYTES * batch.size
        return rows(batch.x, np.array([row])) if small else None

    def merge(self, other: Judge) -> None:
        """Take in what was seen of other samples."""
        if not self._outputs:
            self._outputs, self._slicing = other._outputs, other._slicing
            return
        for mine, theirs in zip(self._outputs, other._outputs, strict=bool(other._outputs)):
            mine.by_sample.merge(theirs.by_sample)
            if mine.scoring is not None and theirs.scoring is not None:
                mine.scoring.merge(theirs.scoring)
            for name in ("samples", "answers", "bad", "unknown"):
                setattr(mine, name, getattr(mine, name) + getattr(theirs, name))
            mine.weighted = mine.weighted or theirs.weighted
            mine.worst = sorted([*mine.worst, *theirs.worst], key=lambda w: (-w.badness, w.index))[:WORST]

    def result(self) -> Predictions:
        """Return what was seen."""
        return Predictions(
            outputs=tuple(
                Predicted(
                    task=one.task, scoring=one.scoring, samples=one.samples, answers=one.answers, bad=one.bad,
                    unknown=one.unknown, weighted=one.weighted, by_sample=_sorted(one.by_sample),
                    slices=self._slicing.names, worst=tuple(one.worst), logits=one.logits, odd=one.odd,
                )
                for one in self._outputs
            )
        )  # fmt: skip


def _counts(task: Task) -> bool:
    """Tell whether the first figure of a sample is the share of answers that are right."""
    return task.of_classes or task.kind == "multi-label"


def _sorted(sample: RowSample) -> NDArray[np.float64]:
    rows_kept = sample.in_order()
    return rows_kept[np.argsort(rows_kept[:, 0], kind="stable")]
