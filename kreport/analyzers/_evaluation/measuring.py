"""From what the sweep observed of the outputs to the figures of the section."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from kreport.analyzers._evaluation import classes, confidence, values
from kreport.analyzers._evaluation.comparisons import Generalisation, WorstSample
from kreport.analyzers._evaluation.slicing import sliced
from kreport.analyzers._evaluation.stats import OutputEvaluation, RankingCurve, Score
from kreport.document.numbers import quantity
from kreport.inputs.batches import Batches
from kreport.probes.observers.predictions import Predicted, Predictions, Worst
from kreport.probes.samples.inputs import InputView
from kreport.tensors.intervals import Interval, difference

DRAWN_CURVES = 6
"""Classes whose curves are told, at most: those that are told apart worst."""


def evaluated(predictions: Predictions, batches: Batches) -> tuple[OutputEvaluation, ...]:
    """Return what is known of each output."""
    several = len(predictions.outputs) > 1
    return tuple(_output(one, batches, several=several) for one in predictions.outputs)


def _output(found: Predicted, batches: Batches, *, several: bool) -> OutputEvaluation:
    task = found.task
    told = OutputEvaluation(
        output=task.output, several=several, kind=task.kind, reason=task.reason, classes=class_names(found, batches),
        per_position=task.per_position, samples=found.samples, answers=found.answers, bad=found.bad,
        unknown=found.unknown, kept=len(found.by_sample), weighted=found.weighted, logits=found.logits, odd=found.odd,
    )  # fmt: skip
    if not task.kind or not found.answers:
        return told
    curves = confidence.ranking_curves(found, told.classes) if task.of_shares else ()
    told = replace(told, scores=_scores(found, curves))
    if task.of_shares:
        return _with_classes(told, found, curves)
    return replace(
        told, targets=values.targets(found, told.classes, points=batches.embed),
        worst=tuple(_worst_value(one, alone=task.classes == 1) for one in found.worst),
    )  # fmt: skip


def _scores(found: Predicted, curves: Sequence[RankingCurve]) -> tuple[Score, ...]:
    if not found.task.of_shares:
        return values.value_scores(found)
    scores = classes.class_scores(found) if found.task.of_classes else classes.label_scores(found)
    return (*scores, *confidence.curve_scores(found, curves))


def _with_classes(told: OutputEvaluation, found: Predicted, curves: Sequence[RankingCurve]) -> OutputEvaluation:
    of_classes = found.task.of_classes
    number, usual = confidence.suspects(found)
    return replace(
        told, by_class=classes.by_class(found), confidence=confidence.confidence(found), suspects=number,
        confusions=classes.confusions(found.scoring) if of_classes else None,
        mistakes=found.scoring.mistakes if of_classes else 0,
        curves=tuple(sorted(curves, key=lambda curve: curve.auc)[:DRAWN_CURVES]),
        worst=tuple(_worst_class(one, told.classes, usual) for one in found.worst),
    )  # fmt: skip


def class_names(found: Predicted, batches: Batches) -> tuple[str, ...]:
    """Return a name for each class, label or target: as given where there are as many, else its number."""
    task, given = found.task, batches.class_names
    if task.kind == "reconstruction" or (task.kind == "regression" and task.classes == 1):
        return ()
    if len(given) == task.classes and batches.embed:
        return tuple(given)
    return tuple(str(index) for index in range(task.classes))


def _worst_class(one: Worst, names: Sequence[str], usual: NDArray[np.float64]) -> WorstSample:
    if one.share is None:
        return WorstSample(index=one.index, label="", said="", share=None, error=one.badness)
    said = int(one.said)
    sure = bool(one.share >= usual[said]) if np.isfinite(usual[said]) else False
    return WorstSample(
        index=one.index, label=names[int(one.label)], said=names[said], share=one.share, error=None, suspect=sure
    )


def _worst_value(one: Worst, *, alone: bool) -> WorstSample:
    alone = alone and bool(np.isfinite(one.label))
    return WorstSample(
        index=one.index, label=quantity(one.label) if alone else "", said=quantity(one.said) if alone else "",
        share=None, error=one.badness,
    )  # fmt: skip


def with_slices(outputs: tuple[OutputEvaluation, ...], found: Predictions) -> tuple[OutputEvaluation, ...]:
    """Return the outputs with their worst slices."""
    return tuple(
        replace(one, slices=sliced(theirs)) if one.scores else one
        for one, theirs in zip(outputs, found.outputs, strict=True)
    )


def with_inputs(
    outputs: tuple[OutputEvaluation, ...], shown: Sequence[Sequence[InputView]]
) -> tuple[OutputEvaluation, ...]:
    """Return the outputs with the inputs of their worst samples, where these are shown."""
    return tuple(
        replace(one, worst=tuple(replace(worst, input=view) for worst, view in zip(one.worst, views, strict=True)))
        if views and one.worst
        else one
        for one, views in zip(outputs, shown, strict=True)
    )  # fmt: skip


def generalised(outputs: tuple[OutputEvaluation, ...], train: Predictions) -> tuple[OutputEvaluation, ...]:
    """Return the outputs with the gap to the training data of each of their scores."""
    return tuple(
        replace(one, generalisation=tuple(_gaps(one.scores, _scores_alone(theirs))))
        if one.scores and theirs.answers
        else one
        for one, theirs in zip(outputs, train.outputs, strict=True)
    )


def _scores_alone(found: Predicted) -> tuple[Score, ...]:
    names = tuple(map(str, range(found.task.classes)))
    return _scores(found, confidence.ranking_curves(found, names) if found.task.of_shares else ())


def _gaps(scores: Sequence[Score], train: Sequence[Score]) -> Iterator[Generalisation]:
    known = {score.name: score for score in train}
    for score in scores:
        theirs = known.get(score.name)
        if theirs is None or not np.isfinite(score.value + theirs.value):
            continue
        sign = 1.0 if score.direction == "higher" else -1.0
        own, other = _interval(score), _interval(theirs)
        apart = None if own is None or other is None else difference(theirs.value, other, score.value, own)
        ends = (None, None) if apart is None else sorted((sign * apart.low, sign * apart.high))
        yield Generalisation(
            name=score.name, share=score.share, direction=score.direction, train=theirs.value, value=score.value,
            gap=sign * (theirs.value - score.value), low=ends[0], high=ends[1], train_answers=theirs.answers,
        )  # fmt: skip


def _interval(score: Score) -> Interval | None:
    if score.low is None or score.high is None:
        return None
    return Interval(low=score.low, high=score.high, method=score.method)
