"""Scores of outputs whose answers are classes: all of them by their confusion matrix, curves by kept ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from kreport.analyzers._evaluation.spread import SEED, Counted, counted, of_values, of_weighted, score
from kreport.analyzers._evaluation.stats import ClassScores, Confusions, Score
from kreport.probes.observers._scoring import LIKELY, TOP, WIDEST, ClassScoring, LabelScoring
from kreport.probes.observers.predictions import FIRST, SECOND, Predicted
from kreport.tensors.confusion import Margins, in_blocks, largest, margins, resampled
from kreport.tensors.intervals import DRAWS, Interval, percentiles, wilson

CELLS = 4000
"""Of a confusion matrix that are told, at most."""

CONFUSIONS = 12
"""Listed, at most."""

FEWEST_FOR_TOP = 10
"""Classes from which the share of labels among the five likeliest is told."""

RESAMPLED = 4000
"""Answers with several labels that are drawn from, at most."""

WORK = 5e7
"""Cells drawn for the intervals of a large matrix, as long as there are :data:`FEWEST_DRAWS`: some three seconds."""

FEWEST_DRAWS = 100
"""Of these intervals, however large the matrix is; their ends then vary by a tenth of their length."""


def class_scores(found: Predicted) -> tuple[Score, ...]:
    """Return accuracy first, then what else the answers say."""
    return tuple(_class_scores(found, found.scoring, counted(found)))


def _class_scores(found: Predicted, scoring: ClassScoring, number: Counted) -> Iterator[Score]:
    all_of_them, single = margins(scoring.matrix), not found.task.per_position
    total = float(all_of_them.labels.sum())
    drawn = _drawn(scoring.matrix, number) if single else None

    def of(name: str, take: Callable[[Margins], NDArray[np.float64]], *, share: bool = True) -> Score:
        interval = None if drawn is None else percentiles(take(drawn))
        return score(name, float(take(all_of_them)), number.answers, interval, share=share)

    accuracy = float(all_of_them.accuracy)
    yield score("accuracy", accuracy, number.answers, _of_share(found, accuracy, number), share=True)
    yield of("balanced accuracy", lambda m: m.balanced_accuracy)
    if found.task.kind == "binary":
        yield from _of_second(all_of_them, number, single=single)
        yield of("F1", lambda m: m.f1[..., 1])
    else:
        yield of("macro F1", lambda m: m.macro.f1)
        yield of("weighted F1", lambda m: m.weighted.f1)
    yield of("Matthews correlation", lambda m: m.matthews, share=False)
    if found.task.classes >= FEWEST_FOR_TOP:
        share = scoring.top / total
        interval = wilson(share * number.effective, number.effective) if single else None
        yield score(f"top-{TOP} accuracy", share, number.answers, interval, share=True)
    loss = scoring.loss / total
    yield score("log loss", loss, number.answers, of_values(found, SECOND, loss), direction="lower")
    yield score("Brier score", scoring.brier / total, number.answers, None, direction="lower")


def _of_second(them: Margins, number: Counted, *, single: bool) -> Iterator[Score]:
    """Yield precision and recall of the second of two classes: shares of what is predicted as it, and of its labels."""
    scale = number.effective / float(them.labels.sum())
    right = float(them.right[1]) * scale
    for name, of, value in (
        ("precision", them.predicted[1], them.precision[1]), ("recall", them.labels[1], them.recall[1]),
    ):  # fmt: skip
        interval = wilson(right, float(of) * scale) if single else None
        yield score(name, float(value), number.answers, interval, share=True)


def label_scores(found: Predicted) -> tuple[Score, ...]:
    """Return the F1 scores first."""
    return tuple(_label_scores(found, found.scoring, counted(found)))


def _label_scores(found: Predicted, scoring: LabelScoring, number: Counted) -> Iterator[Score]:
    them = Margins(right=scoring.right, labels=scoring.labels, predicted=scoring.predicted)
    drawn = _drawn_labels(scoring) if not found.task.per_position and found.task.classes <= WIDEST else None

    def of(name: str, take: Callable[[Margins], NDArray[np.float64]]) -> Score:
        interval = None if drawn is None else percentiles(take(drawn))
        return score(name, float(take(them)), number.answers, interval, share=True)

    yield of("micro F1", lambda m: m.micro.f1)
    yield of("macro F1", lambda m: m.macro.f1)
    exact = scoring.exact / scoring.weight
    interval = None if found.task.per_position else wilson(exact * number.effective, number.effective)
    yield score("all labels right", exact, number.answers, interval, share=True)
    wrong = scoring.wrong / scoring.weight / found.task.classes
    yield score("Hamming loss", wrong, number.answers, _of_share(found, 1 - wrong, number, turned=True),
                 share=True, direction="lower")  # fmt: skip
    loss = scoring.loss / scoring.weight
    yield score("log loss", loss, number.answers, of_values(found, SECOND, loss), direction="lower")


def _of_share(found: Predicted, share: float, number: Counted, *, turned: bool = False) -> Interval | None:
    """Return the interval of the share of answers that are right; where samples have many, by drawing samples."""
    if found.task.of_classes and not found.task.per_position:
        return wilson(share * number.effective, number.effective)
    right = found.by_sample[:, FIRST]
    return of_weighted(found, 1 - right, 1 - share) if turned else of_weighted(found, right, share)


def _drawn(matrix: NDArray[np.float64], number: Counted) -> Margins:
    cells = max(int(np.count_nonzero(matrix)), 1)
    draws = int(np.clip(WORK / cells, FEWEST_DRAWS, DRAWS))
    return resampled(matrix, seed=SEED, draws=draws, samples=max(1, round(number.effective)))


def _drawn_labels(scoring: LabelScoring) -> Margins | None:
    """Return what the scores of drawn samples are made of, from the kept answers."""
    kept = scoring.rows.in_order()[:RESAMPLED]
    if not len(kept):
        return None
    width = (kept.shape[1] - 1) // 2
    weight, there, said = kept[:, 0], kept[:, 1 : 1 + width] > 0, kept[:, 1 + width :] > LIKELY
    random = np.random.default_rng(SEED)
    parts: list[list[NDArray[np.float64]]] = [[], [], []]
    for _ in range(DRAWS):
        often = np.bincount(random.integers(len(kept), size=len(kept)), minlength=len(kept)) * weight
        for part, which in zip(parts, (there & said, there, said), strict=True):
            part.append(often @ which)
    right, labels, predicted = (np.stack(part) for part in parts)
    return Margins(right=right, labels=labels, predicted=predicted)


def by_class(found: Predicted) -> ClassScores:
    """Return the scores of each class or label."""
    scoring = found.scoring
    if isinstance(scoring, ClassScoring):
        them, total = margins(scoring.matrix), float(scoring.matrix.sum())
    else:
        them = Margins(right=scoring.right, labels=scoring.labels, predicted=scoring.predicted)
        total = scoring.weight
    scale = counted(found).effective / total
    ends = np.full((2, found.task.classes), np.nan)
    for index, (right, labels) in enumerate(zip(them.right, them.labels, strict=True)):
        interval = None if found.task.per_position else wilson(float(right) * scale, float(labels) * scale)
        if interval is not None:
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
