"""The section's charts: confusions, how sure the model is, curves, residuals."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from kreport.analyzers._evaluation.sentences import (
    answers,
    confidence_note,
    confidence_title,
    confusion_title,
    residual_title,
    titled_class,
    told,
    truth_title,
)
from kreport.analyzers._evaluation.stats import Confidence, OutputEvaluation, TargetScores
from kreport.charts.confidence import confidence_chart
from kreport.charts.confusion import classes_a_cell, confusion_chart
from kreport.charts.histogram import histogram_chart
from kreport.charts.reliability import Reliability, reliability_chart
from kreport.charts.residuals import residual_chart, truth_chart
from kreport.charts.roc import Curve, precision_recall_chart, roc_chart
from kreport.document.blocks import Chart
from kreport.document.numbers import plural, quantity
from kreport.tensors.intervals import wilson


def confusion(one: OutputEvaluation, key: str) -> Chart | None:
    """Return the confusion matrix, classes that are mixed up beside each other where they are many."""
    found = one.confusions
    if found is None:
        return None
    number = len(one.classes)
    matrix, many = found.matrix(number), number > NATURAL
    order = found.order if many else np.arange(number)
    matrix, names = matrix[np.ix_(order, order)], [one.classes[index] for index in order.tolist()]
    wrong = float(matrix.sum() - np.trace(matrix))
    joined = classes_a_cell(number)
    how = "darker: more mistakes" if wrong else "only mistakes are coloured"
    parts = [f"{_noun(one)} by label (rows) and predicted class (columns); {how}"]
    parts += ["classes that are mixed up stand together"] if many else []
    parts += [f"a cell is {joined} × {joined} classes"] if joined > 1 else []
    left = f"{plural(found.left_out, 'cell')} of little weight are left out." if found.left_out else ""
    share = told(one.scores[0])
    return confusion_chart(
        matrix, names, id=f"{key}-confusion", title=confusion_title(one), subtitle="; ".join(parts), note=left,
        alt=f"Confusion matrix of {number} classes: {share} lie on the diagonal. {confusion_title(one)}.",
    )  # fmt: skip


NATURAL = 20
"""Classes up to which the matrix keeps their own order: a reader looks for a class by its place."""


def _noun(one: OutputEvaluation) -> str:
    noun = "positions" if one.per_position else "samples"
    return f"Weight of {noun}" if one.weighted else noun.capitalize()


def reliability(one: OutputEvaluation, key: str) -> Chart | None:
    """Return accuracy by confidence."""
    found = one.confidence
    if found is None:
        return None
    many, alike = one.kind == "multi-label", not one.weighted and not one.per_position
    bins = [
        Reliability(
            start=b.low, end=b.high, confidence=b.confidence, right=b.right, low=ends[0], high=ends[1], samples=b.weight
        )
        for b in found.bins
        for ends in [_ends(b.right, b.weight) if alike else (b.right, b.right)]
    ]
    counted = "weight" if one.weighted else "labels" if many else "answers"
    said = "Share of labels that are there by their probability" if many else "Accuracy by stated confidence"
    intervals = ", 95 % Wilson intervals" if alike else ""
    return reliability_chart(
        bins, id=f"{key}-reliability", title=confidence_title(found, labels=many), note=confidence_note(found),
        subtitle=f"{said}, 15 equal bins{intervals}; below: {counted} per bin",
        alt=f"{confidence_title(found, labels=many)}; expected calibration error {quantity(found.ece)}.",
    )  # fmt: skip


def _ends(share: float, weight: float) -> tuple[float, float]:
    interval = wilson(share * weight, weight)
    return (share, share) if interval is None else (interval.low, interval.high)


def sureness(found: Confidence, key: str) -> Chart | None:
    """Return the confidence of right against wrong answers; None where none is wrong."""
    if not found.of_wrong.sum() or not found.of_right.sum():
        return None
    edges = np.linspace(0, 1, len(found.of_right) + 1)
    middles = (edges[1:] + edges[:-1]) / 2
    right, wrong = (float(part @ middles / part.sum()) for part in (found.of_right, found.of_wrong))
    first = int(np.flatnonzero(found.of_right + found.of_wrong)[0])
    title = f"On average {quantity(right, 'share')} sure where it is right, {quantity(wrong, 'share')} where wrong"
    return confidence_chart(
        found.of_right[first:], found.of_wrong[first:], edges[first:], id=f"{key}-confidence", title=title,
        subtitle="Answers by stated confidence: right ones up, wrong ones down, each on its own scale", alt=title + ".",
    )  # fmt: skip


def curves(one: OutputEvaluation, key: str) -> Iterator[Chart]:
    """Yield ROC and precision-recall curves."""
    if not one.curves:
        return
    single = one.kind == "binary"
    macro = {score.name: score.value for score in one.scores}
    auc = macro["ROC AUC" if single else "macro ROC AUC"]
    precision = macro["average precision" if single else "macro average precision"]
    named = [(c, "" if single else f"{c.name}: ") for c in one.curves]
    rest = "" if single else "each class against the rest" if one.kind == "multi-class" else "each label"
    few = f"; the {len(one.curves)} told worst" if not single and len(one.curves) < len(one.classes) else ""
    of = f"{one.classes[1]} against {one.classes[0]}" if single else f"{rest}{few}"
    kept = "" if one.answers == one.scores[-1].answers else f"; {plural(one.scores[-1].answers, 'answer')} of them"
    beside = "" if single else "; its area beside each name"
    yield roc_chart(
        [Curve(name="" if single else f"{prefix}{quantity(c.auc)}", x=c.false, y=c.true) for c, prefix in named],
        id=f"{key}-roc", title=f"{'Area' if single else 'Mean area'} under the ROC curve {quantity(auc)}",
        subtitle=f"True positive rate by false positive rate, {of}{kept}{beside}",
        alt=f"ROC: area {quantity(auc)}, {of}.",
    )  # fmt: skip
    yield precision_recall_chart(
        [Curve(name="" if single else f"{prefix}{quantity(c.average_precision)}", x=c.recall, y=c.precision)
         for c, prefix in named],
        id=f"{key}-precision", title=f"{'Average' if single else 'Mean average'} precision {quantity(precision)}",
        subtitle=f"Precision by recall, {of}{kept}", alt=f"Precision by recall: average {quantity(precision)}, {of}.",
        base_rate=one.curves[0].positive if single else None,
    )  # fmt: skip


def residuals(one: OutputEvaluation, key: str) -> Iterator[tuple[Chart, ...]]:
    """Yield the distribution of the errors of the targets that are told worst, after points where these may stand."""
    for number, target in enumerate(drawn(one)):
        yield _of_target(one, target, f"{key}-target-{number}")


def drawn(one: OutputEvaluation) -> list[TargetScores]:
    """Return the targets that are drawn, those told worst first."""
    known = [target for target in one.targets if len(target.counts)]
    return sorted(known, key=lambda target: np.inf if target.r2 is None else target.r2)


def _of_target(one: OutputEvaluation, target: TargetScores, key: str) -> tuple[Chart, ...]:
    errors: NDArray[np.float64] = target.predicted - target.truth
    name = titled_class(one, one.targets.index(target)) if target.name else ""
    shown = f"{plural(len(errors), 'sample')} of {answers(one)}" if len(errors) < one.answers else answers(one)
    quantiles = target.quantiles
    spread = (
        f"Half of the errors are below {quantity(quantiles[0])}, one in twenty is above {quantity(quantiles[2])}"
        if quantiles
        else "Errors"
    )
    true, residual, spread = (_of(name, title) for title in (truth_title(target), residual_title(target), spread))
    spread_chart = histogram_chart(
        target.counts, target.edges, id=f"{key}-errors", title=spread, alt=f"{spread}.",
        subtitle=f"Samples by predicted minus true value, {answers(one)}",
    )  # fmt: skip
    if not len(errors):
        return (spread_chart,)
    return (
        truth_chart(
            target.truth, target.predicted, id=f"{key}-truth", title=true, alt=f"{true}.",
            subtitle=f"Predicted by true value, {shown}; dashed: equal",
        ),
        residual_chart(
            target.predicted, errors, id=f"{key}-residual", title=residual, alt=f"{residual}.",
            subtitle=f"Predicted minus true value by prediction, {shown}",
        ),
        spread_chart,
    )  # fmt: skip


def _of(name: str, title: str) -> str:
    return f"{name}: {title[:1].lower()}{title[1:]}" if name else title
