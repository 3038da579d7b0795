"""Predictions beside labels: what every output said of all of the data, and how far that is from what is right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
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

ROUNDING = 1e-9
"""Share of wrong answers up to which a sample has none: weights do not add up to 1 to the bit."""

INDEX, WEIGHT, FIRST, SECOND = range(4)
"""Columns of :attr:`Predicted.by_sample`, before the figures of the input."""

COLUMNS = 4
"""How many these are."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Worst:
    """A sample that the model is far off with: a mistake it is sure of, or a large error.

    Attributes:
        index: in the data.
        badness: what they are sorted by: probability of the wrong class, or mean absolute error.
        label, said: class or target, NaN where there is no single one, or it is a number that must not stand in the
            report; share: probability of the class said, None for numbers.
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
        by_sample: of up to 10,000 samples, chosen by their index: its index, the weight of its answers together, two
            figures of them in the mean (classes and labels: right, log loss; numbers: absolute and squared error), then
            the figures of its input; float64.
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
    _specs: Sequence[OutputSpec] = ()
    _slicing: Slicing = field(default_factory=lambda: Slicing(names=()))
    _otherwise: OutputSpec = field(default_factory=lambda: OutputSpec(name="labels"))
    _embed: bool = True
    _labelled: bool = False
    _names: Sequence[str] = ()
    _made: Sequence[bool] = ()
    _outputs: list[_Output] = field(default_factory=list)

    def start(self, tree: LayerTree, batches: Batches) -> None:
        """Look at what is known of outputs and inputs."""
        self._specs, self._otherwise = batches.outputs, batches.otherwise
        self._embed, self._labelled = batches.embed, batches.labels
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
        self._made = [is_probabilities(t) for t in outputs]
        self._names = [str(key) for key in sorted(seen.outputs)] if isinstance(seen.outputs, Mapping) else ()
        masks = [_keras.mask_of(t) for t in outputs]
        return {"outputs": [_plain(t) for t in outputs], "masks": [() if m is None else m for m in masks]}

    def add(self, reduced: Any, batch: Batch) -> None:
        """Take in one batch."""
        specs = self._specs if len(self._specs) == len(self._made) else self._unknown()
        labels, weights = in_order(batch.y, specs), weights_in_order(batch.sample_weight, specs)
        slices = self._slicing.columns(batch)
        for place, (spec, label, weight) in enumerate(zip(specs, labels, weights, strict=True)):
            output, mask = reduced["outputs"][place], reduced["masks"][place]
            mask = None if isinstance(mask, tuple) else mask
            if place == len(self._outputs):
                self._outputs.append(self._new(spec, output, label, mask, batch, made=self._made[place]))
            one = self._outputs[place]
            if one.scoring is not None and label is not None:
                one.weighted = one.weighted or weight is not None
                told = answers(one.task, output, label, weight, mask, logits=one.logits)
                positions = int(np.prod(output.shape[1:-1], dtype=np.int64)) if one.task.per_position else 1
                self._take(one, told, positions, slices, batch)

    def _unknown(self) -> list[OutputSpec]:
        """Return what is known of outputs that the model does not tell itself."""
        number, known = len(self._made), self._otherwise
        if number == 1:
            return [known]
        names = self._names if len(self._names) == number else [f"labels {index + 1}" for index in range(number)]
        return [OutputSpec(name=name, task=known.task) for name in names]

    def _new(self, spec: OutputSpec, output: Any, label: Any, mask: Any, batch: Batch, *, made: bool) -> _Output:
        import tensorflow as tf

        inputs = tf.nest.flatten(batch.x, expand_composites=False)
        task = task_of(spec, (None, *output.shape[1:]), probabilities=made, labels=label, inputs=inputs)
        if task.kind == "reconstruction" and mask is not None and mask.shape == output.shape[:-1]:
            task = replace(task, classes=output.shape[-1], per_position=True)  # padding does not count
        known = spec.logits and not made
        odd = not known and not made and is_no_share(task, output)
        return _Output(
            task=task, scoring=scoring_for(task) if task.kind else None, logits=known or odd, odd=odd,
            by_sample=rows_of(COLUMNS + len(self._slicing.names)),
        )  # fmt: skip

    def _take(
        self, one: _Output, told: Answers, positions: int, slices: NDArray[np.float64], batch: Batch
    ) -> None:  # fmt: skip
        """Count the answers of one batch; each sample has so many positions."""
        one.samples, one.answers = one.samples + batch.size, one.answers + len(told.row)
        one.bad, one.unknown = one.bad + told.bad, one.unknown + told.unknown
        if one.scoring is None or not len(told.row):
            return
        number = np.bincount(told.row, minlength=batch.size)
        ordinal = np.arange(len(told.row)) - (np.cumsum(number) - number)[told.row]
        worth, met = one.scoring.add(told, batch.index[told.row] * positions + ordinal), np.flatnonzero(number)
        found = np.column_stack([batch.index[met], _by_sample(told, worth, batch.size)[met], slices[met]])
        one.by_sample.add(found, batch.index[met])
        self._keep(one, told, found, met, batch)

    def _keep(
        self, one: _Output, told: Answers, found: NDArray[np.float64], met: NDArray[np.intp], batch: Batch
    ) -> None:  # fmt: skip
        """Keep the worst samples, with their inputs where these may be shown."""
        badness = _badness(one.task, told, found)
        floor = one.worst[-1].badness if len(one.worst) == WORST else -np.inf
        order = np.argsort(-badness, kind="stable")[:WORST]
        for at in order[badness[order] > floor].tolist():
            label, said, share = _answer(one.task, told, at, values=self._embed)
            one.worst.append(
                Worst(
                    index=int(found[at, INDEX]), badness=float(badness[at]), label=label, said=said, share=share,
                    x=self._inputs(batch, int(met[at])),
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


def _by_sample(told: Answers, worth: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Return weight and means of what the answers are worth, one row a sample; NaN for those without an answer."""
    weight = np.bincount(told.row, told.weight, size)
    with np.errstate(invalid="ignore"):
        means = [np.bincount(told.row, told.weight * one, size) / weight for one in worth]
    return np.stack([weight, *means], 1)


def _badness(task: Task, told: Answers, found: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far off each sample is; −∞ where nothing is wrong with it."""
    if task.of_classes and not task.per_position:
        said = told.said.argmax(1)
        return np.where(said == told.truth, -np.inf, told.said[np.arange(len(said)), said])
    if not task.of_shares:
        return found[:, FIRST]
    wrong = 1 - found[:, FIRST]
    return np.where(wrong < ROUNDING, -np.inf, wrong)


def _answer(task: Task, told: Answers, at: int, *, values: bool) -> tuple[float, float, float | None]:
    """Return label, what is said and its probability; NaN and None where a sample has no single one.

    Args:
        task: of the output.
        told: answers of a batch.
        at: which of its samples.
        values: whether numbers of single samples may stand in the report.
    """
    if task.of_classes and not task.per_position:
        said = int(told.said[at].argmax())
        return float(told.truth[at]), float(said), float(told.said[at, said])
    if values and task.kind == "regression" and task.classes == 1 and not task.per_position:
        return float(told.truth[at, 0]), float(told.said[at, 0]), None
    return np.nan, np.nan, None


def weights_in_order(given: Any, specs: Sequence[OutputSpec]) -> list[Any]:
    """Return the sample weights of each output: its own, or those of all."""
    import tensorflow as tf

    if isinstance(given, Mapping):
        return in_order(given, specs)
    flat = tf.nest.flatten(given)
    return flat if len(flat) == len(specs) else [flat[0]] * len(specs)


def _plain(output: Any) -> Any:
    import tensorflow as tf

    return output if output.dtype == tf.float64 else tf.cast(output, tf.float32)


def _sorted(sample: RowSample) -> NDArray[np.float64]:
    rows_kept = sample.in_order()
    return rows_kept[np.argsort(rows_kept[:, INDEX], kind="stable")]
