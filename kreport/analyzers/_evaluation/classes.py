"""Scores of outputs whose answers are classes: all of them by their confusion matrix, curves by kept ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.analyzers._evaluation.class_stats import ClassScores, Confidence, ConfidenceBin, Confusions, RankingCurve
from kreport.analyzers._evaluation.stats import Score
from kreport.probes.observers._scoring import TOP, WIDEST, ClassScoring, LabelScoring
from kreport.probes.observers.predictions import Predicted
from kreport.tensors.calibration import reliability, temperature
from kreport.tensors.confusion import Margins, in_blocks, largest, margins, resampled
from kreport.tensors.intervals import Interval, bootstrap, of_mean, percentiles, wilson
from kreport.tensors.ranking import ranking

SEED = 0
"""Of every bootstrap."""

CELLS = 4000
"""Of a confusion matrix that are told, at most."""

CONFUSIONS = 12
"""Listed, at most."""

CURVES = 6
"""Drawn, at most: those of the classes that are told worst."""

FEWEST_FOR_TOP = 10
"""Classes from which the share of labels among the five likeliest is told."""

CONFIDENCES = 20
"""Bins of the distribution of confidence."""

RESAMPLED = 4000
"""Answers with several labels that are drawn from, at most."""

WORK = 2e8
"""Cells drawn for the intervals of a large matrix, at most: fewer draws then, some ten seconds."""


@dataclass(frozen=True, kw_only=True)
class Counted:
    """How many answers there are, and as many as they would be if all had the same weight."""

    answers: int
    effective: float


def counted(found: Predicted) -> Counted:
    """Return the numbers; the effective one is (Σw)² / Σw² (Kish 1965) of the samples kept."""
    if not found.weighted or not len(found.by_sample):
        return Counted(answers=found.answers, effective=float(found.answers))
    weight = found.by_sample[:, 1]
    square = float(weight @ weight)
    share = float(weight.sum()) ** 2 / square / len(weight) if square else 0.0
    return Counted(answers=found.answers, effective=found.answers * share)


def class_scores(found: Predicted) -> tuple[Score, ...]:
    """Return accuracy first, then what else the answers say."""
    return tuple(_class_scores(found, found.scoring, counted(found)))


def _class_scores(found: Predicted, scoring: ClassScoring, number: Counted) -> Iterator[Score]:
    all_of_them, single = margins(scoring.matrix), not found.task.per_position
    total = float(all_of_them.labels.sum())
    drawn = _drawn(scoring.matrix, number) if single else None

    def of(name: str, take: Callable[[Margins], NDArray[np.float64]], *, share: bool = True) -> Score:
        interval = None if drawn is None else percentiles(take(drawn))
        return _score(name, float(take(all_of_them)), number.answers, interval, share=share)

    accuracy = float(all_of_them.accuracy)
    yield _score("accuracy", accuracy, number.answers, _of_share(found, accuracy, number), share=True)
    yield of("balanced accuracy", lambda m: m.balanced_accuracy)
    if found.task.kind == "binary":
        yield of("precision", lambda m: m.precision[..., 1])
        yield of("recall", lambda m: m.recall[..., 1])
        yield of("F1", lambda m: m.f1[..., 1])
    else:
        yield of("macro F1", lambda m: m.macro.f1)
        yield of("weighted F1", lambda m: m.weighted.f1)
    yield of("Matthews correlation", lambda m: m.matthews, share=False)
    if found.task.classes >= FEWEST_FOR_TOP:
        share = scoring.top / total if total else np.nan
        interval = wilson(share * number.effective, number.effective) if single and total else None
        yield _score(f"top-{TOP} accuracy", share, number.answers, interval, share=True)
    loss = scoring.loss / total if total else np.nan
    yield _score("log loss", loss, number.answers, _of_values(found, 4, loss), direction="lower")
    yield _score("Brier score", scoring.brier / total if total else np.nan, number.answers, None, direction="lower")


def label_scores(found: Predicted) -> tuple[Score, ...]:
    """Return the F1 scores first."""
    return tuple(_label_scores(found, found.scoring, counted(found)))


def _label_scores(found: Predicted, scoring: LabelScoring, number: Counted) -> Iterator[Score]:
    them = Margins(right=scoring.right, labels=scoring.labels, predicted=scoring.predicted)
    drawn = _drawn_labels(scoring) if not found.task.per_position and found.task.classes <= WIDEST else None

    def of(name: str, take: Callable[[Margins], NDArray[np.float64]]) -> Score:
        interval = None if drawn is None else percentiles(take(drawn))
        return _score(name, float(take(them)), number.answers, interval, share=True)

    weight = scoring.weight or np.nan
    yield of("micro F1", lambda m: m.micro.f1)
    yield of("macro F1", lambda m: m.macro.f1)
    exact = scoring.exact / weight
    interval = None if found.task.per_position else wilson(exact * number.effective, number.effective)
    yield _score("all labels right", exact, number.answers, interval, share=True)
    wrong = scoring.wrong / weight / found.task.classes
    yield _score("Hamming loss", wrong, number.answers, _of_share(found, 1 - wrong, number, turned=True),
                 share=True, direction="lower")  # fmt: skip
    loss = scoring.loss / weight
    yield _score("log loss", loss, number.answers, _of_values(found, 4, loss), direction="lower")


def _score(
    name: str, value: float, answers: int, interval: Interval | None, *, share: bool = False, direction: str = "higher"
) -> Score:  # fmt: skip
    if interval is None or not np.isfinite(value):
        return Score(name=name, value=value, answers=answers, share=share, direction=direction)
    return Score(
        name=name, value=value, answers=answers, share=share, direction=direction, low=interval.low,
        high=interval.high, method=interval.method,
    )  # fmt: skip


def _of_share(found: Predicted, share: float, number: Counted, *, turned: bool = False) -> Interval | None:
    """Return the interval of the share of answers that are right; where samples have many, by drawing samples."""
    if found.task.of_classes and not found.task.per_position:
        return wilson(share * number.effective, number.effective) if number.answers else None
    weight, right = found.by_sample[:, 1], found.by_sample[:, 3]
    values = weight * ((1 - right) if turned else right)
    return bootstrap(np.column_stack([weight, values]), weighted_mean, seed=SEED)


def weighted_mean(drawn: NDArray[Any]) -> NDArray[np.float64]:
    """Return the ratio of two columns summed over drawn rows; NaN where the first sums to 0."""
    total = drawn[..., 0].sum(1)
    empty = np.full(len(drawn), np.nan)
    return np.asarray(np.divide(drawn[..., 1].sum(1), total, out=empty, where=total > 0))


def _of_values(found: Predicted, column: int, value: float) -> Interval | None:
    """Return the interval of the mean of what answers are worth: all of them vary as the kept samples do."""
    weight, values = found.by_sample[:, 1], found.by_sample[:, column]
    if found.weighted or found.task.per_position:
        return bootstrap(np.column_stack([weight, weight * values]), weighted_mean, seed=SEED)
    return of_mean(value, float(np.std(values, ddof=1)), found.answers) if len(values) > 1 else None


def _drawn(matrix: NDArray[np.float64], number: Counted) -> Margins:
    cells = max(int(np.count_nonzero(matrix)), 1)
    draws = int(np.clip(WORK / cells, 100, 1000))
    return resampled(matrix, seed=SEED, draws=draws, samples=max(1, round(number.effective)))


def _drawn_labels(scoring: LabelScoring, draws: int = 1000) -> Margins | None:
    """Return what the scores of drawn samples are made of, from the kept answers."""
    kept = scoring.rows.in_order()[:RESAMPLED]
    if not len(kept):
        return None
    width = (kept.shape[1] - 1) // 2
    weight, there, said = kept[:, 0], kept[:, 1 : 1 + width] > 0, kept[:, 1 + width :] > 0.5  # noqa: PLR2004
    random = np.random.default_rng(SEED)
    parts: list[list[NDArray[np.float64]]] = [[], [], []]
    for _ in range(draws):
        often = np.bincount(random.integers(len(kept), size=len(kept)), minlength=len(kept)) * weight
        for part, which in zip(parts, (there & said, there, said), strict=True):
            part.append(often @ which)
    right, labels, predicted = (np.stack(part) for part in parts)
    return Margins(right=right, labels=labels, predicted=predicted)


def by_class(found: Predicted) -> ClassScores:
    """Return the scores of each class or label."""
    scoring = found.scoring
    if isinstance(scoring, ClassScoring):
        them = margins(scoring.matrix)
    else:
        them = Margins(right=scoring.right, labels=scoring.labels, predicted=scoring.predicted)
    number = counted(found)
    scale = number.effective / number.answers if number.answers and found.weighted else 1.0
    per_answer = number.answers / max(float(them.labels.sum()), 1e-300) if isinstance(scoring, ClassScoring) else 1.0
    ends = np.full((2, found.task.classes), np.nan)
    if not found.task.per_position:
        for index, (right, labels) in enumerate(zip(them.right, them.labels, strict=True)):
            factor = scale * (per_answer if found.weighted else 1.0)
            if (interval := wilson(right * factor, labels * factor)) is not None:
                ends[:, index] = interval.low, interval.high
    return ClassScores(
        support=them.labels, predicted=them.predicted, precision=them.precision, recall=them.recall, f1=them.f1,
        low=ends[0], high=ends[1],
    )  # fmt: skip


def confusions(scoring: ClassScoring) -> Confusions:
    """Return the occupied cells, an order of the classes, and the largest confusions."""
    matrix = scoring.matrix
    cells = np.flatnonzero(matrix)
    kept = cells[np.argsort(-matrix.ravel()[cells], kind="stable")[:CELLS]] if len(cells) > CELLS else cells
    labels, predicted = np.divmod(np.sort(kept), len(matrix))
    return Confusions(
        labels=labels.astype(np.int64), predicted=predicted.astype(np.int64), weight=matrix[labels, predicted],
        order=np.asarray(in_blocks(matrix), np.int64),
        largest=tuple((one.label, one.predicted, one.weight) for one in largest(matrix, CONFUSIONS)),
        left_out=len(cells) - len(kept),
    )  # fmt: skip


def ranking_curves(found: Predicted, names: Sequence[str]) -> tuple[RankingCurve, ...]:
    """Return the curve of the second of two classes, or of every class or label; () where columns were not kept."""
    kept = found.scoring.rows.in_order()
    classes = found.task.classes
    if classes > WIDEST or not len(kept):
        return ()
    weight = kept[:, 0] if found.weighted else None
    curves = []
    for index in [1] if found.task.kind == "binary" else range(classes):
        if found.task.of_classes:
            there, scores = kept[:, 1] == index, kept[:, 2 + index]
        else:
            there, scores = kept[:, 1 + index] > 0, kept[:, 1 + classes + index]
        told = ranking(scores, there, weight)
        if told is not None:
            curves.append(
                RankingCurve(
                    name=names[index], false=told.roc.x, true=told.roc.y, recall=told.precision_recall.x,
                    precision=told.precision_recall.y, auc=told.roc.area,
                    average_precision=told.precision_recall.area, positive=told.positive,
                )
            )  # fmt: skip
    return tuple(curves)


def curve_scores(found: Predicted, curves: Sequence[RankingCurve]) -> tuple[Score, ...]:
    """Return the areas, their means over classes or labels; the interval of one area by Hanley and McNeil 1982."""
    if not curves:
        return ()
    kept = len(found.scoring.rows.in_order())
    auc, precision = (float(np.mean([getattr(c, name) for c in curves])) for name in ("auc", "average_precision"))
    if found.task.kind != "binary":
        return _score("macro ROC AUC", auc, kept, None), _score("macro average precision", precision, kept, None)
    positive = curves[0].positive * kept
    return (
        _score("ROC AUC", auc, kept, _of_area(auc, positive, kept - positive)),
        _score("average precision", precision, kept, None),
    )


def _of_area(area: float, positive: float, negative: float) -> Interval | None:
    if min(positive, negative) < 2:
        return None
    first, second = area / (2 - area), 2 * area * area / (1 + area)
    spread = (
        area * (1 - area) + (positive - 1) * (first - area * area) + (negative - 1) * (second - area * area)
    ) / (positive * negative)  # fmt: skip
    reach = 1.96 * np.sqrt(max(spread, 0.0))
    return Interval(low=max(0.0, area - reach), high=min(1.0, area + reach), method="Hanley and McNeil")


def confidence(found: Predicted) -> Confidence | None:
    """Return how sure the answers are; None where there are none."""
    counts = found.scoring.calibration
    told = reliability(counts)
    if told is None:
        return None
    weight, total = told.weight, float(told.weight.sum())
    bins = len(weight)
    filled = np.flatnonzero(weight)
    of_all, of_right = (part.reshape(CONFIDENCES, -1).sum(1) for part in (counts[0], counts[2]))
    cooled, fitted = _temperature(found)
    return Confidence(
        bins=tuple(
            ConfidenceBin(
                low=index / bins, high=(index + 1) / bins, weight=float(weight[index]),
                confidence=float(told.confidence[index]), right=float(told.right[index]),
            )
            for index in filled.tolist()
        ),
        mean=float(counts[1].sum()) / total, accuracy=float(counts[2].sum()) / total, ece=told.expected_error,
        worst=told.largest_error, temperature=None if cooled is None else cooled.value,
        loss=None if cooled is None else cooled.before, mended=None if cooled is None else cooled.after, fitted=fitted,
        of_right=of_right, of_wrong=of_all - of_right,
    )  # fmt: skip


def _temperature(found: Predicted) -> tuple[Any, int]:
    """Return the temperature of the kept answers without regard to weights, and how many they are."""
    kept, classes = found.scoring.rows.in_order(), found.task.classes
    if not found.task.of_classes or classes > WIDEST:
        return None, 0
    shares, labels = kept[:, 2:].astype(np.float32), kept[:, 1].astype(np.int64)
    return temperature(np.log(np.maximum(shares, np.finfo(np.float32).tiny)), labels), len(kept)


def suspects(found: Predicted) -> tuple[int | None, NDArray[np.float64]]:
    """Return how many kept answers have a label that is likely wrong, and the confidence from which that is so.

    An answer is one where another class than its label is predicted with more confidence than is usual for that class:
    its mean probability over the answers of this label (confident learning: Northcutt, Jiang and Chuang 2021).

    Returns:
        number, None where it is not looked for; threshold of each class, float64, NaN for those without labels.
    """
    kept, classes = found.scoring.rows.in_order(), found.task.classes
    if not found.task.of_classes or classes > WIDEST or found.task.per_position or not len(kept):
        return None, np.full(classes, np.nan)
    labels, shares = kept[:, 1].astype(np.int64), kept[:, 2:]
    own = shares[np.arange(len(kept)), labels]
    with np.errstate(invalid="ignore"):
        usual = np.bincount(labels, own, classes) / np.bincount(labels, minlength=classes)
    said = shares.argmax(1)
    over = shares[np.arange(len(kept)), said] >= usual[said]  # NaN is never below
    return int(((said != labels) & over).sum()), usual
