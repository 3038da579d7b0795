"""What an output scores, in at most six figures at the top of its part."""

from __future__ import annotations

from collections.abc import Iterator

from kreport.analyzers._evaluation.comparisons import Baselines
from kreport.analyzers._evaluation.sentences import answers, interval
from kreport.analyzers._evaluation.stats import OutputEvaluation, Score
from kreport.analyzers._metric_names import titled
from kreport.document.blocks import KeyFigure, KeyFigures
from kreport.document.numbers import plural, quantity

NAMED = {
    "binary": ("accuracy", "F1", "ROC AUC", "log loss"),
    "multi-class": ("accuracy", "macro F1", "macro ROC AUC", "log loss"),
    "multi-label": ("micro F1", "all labels right", "macro ROC AUC", "Hamming loss"),
    "regression": ("R²", "MAE", "RMSE"),
    "reconstruction": ("R²", "MAE", "RMSE"),
}
"""Scores that stand at the top, by task; the others are in the table of all."""

MEANINGS = {
    "F1": "of precision and recall", "macro F1": "mean over the classes", "macro ROC AUC": "0.5 is chance",
    "ROC AUC": "0.5 is chance", "micro F1": "over all labels together", "Hamming loss": "labels that are wrong",
    "R²": "0 is the mean of the labels", "MAE": "mean absolute error", "RMSE": "root mean square error",
    "log loss": "lower is better",
}  # fmt: skip
"""What a reader may want to be told of them."""


def key_figures(one: OutputEvaluation) -> KeyFigures:
    """Return the scores a reader looks for, how well confidence is calibrated, and the best of the simple models."""
    scores = {score.name: score for score in one.scores}
    several = len(one.targets) > 1  # of several units: their mean error says nothing
    found = [_figure(one, scores[name]) for name in NAMED[one.kind][: 1 if several else None] if name in scores]
    return KeyFigures(figures=[*found, *_errors(one), *_ends(one), *_calibration(one), *_simple(one.baselines)])


def _figure(one: OutputEvaluation, score: Score) -> KeyFigure:
    within = interval(score.low, score.high, share=score.share)
    first = score is one.scores[0]
    context = [f"{'95 % ' if first else ''}interval {within}"] if within else []
    if first:
        context.append(answers(one))
    elif score.name in MEANINGS:
        context.append(MEANINGS[score.name])
    return KeyFigure(
        label=titled(score.name), value=score.value, unit="share" if score.share else "number", context=context
    )


def _errors(one: OutputEvaluation) -> Iterator[KeyFigure]:
    if len(one.targets) == 1 and one.targets[0].quantiles:
        yield KeyFigure(
            label="95 % of errors below", value=one.targets[0].quantiles[2],
            context=(f"half of them below {quantity(one.targets[0].quantiles[0])}",),
        )  # fmt: skip


def _ends(one: OutputEvaluation) -> Iterator[KeyFigure]:
    known = sorted(((t.r2, t.name) for t in one.targets if t.r2 is not None), key=lambda pair: pair[0])
    if len(known) > 1:
        yield KeyFigure(label="Least R²", value=known[0][0], context=(f"target {known[0][1]}",))
        yield KeyFigure(label="Largest R²", value=known[-1][0], context=(f"target {known[-1][1]}",))


def _calibration(one: OutputEvaluation) -> Iterator[KeyFigure]:
    found = one.confidence
    if found is not None:
        yield KeyFigure(label="Calibration error", value=found.ece, context=("0 is best", "in 15 bins"))


def _simple(found: Baselines | None) -> Iterator[KeyFigure]:
    known = [] if found is None else [one for one in found.rivals[1:] if one.value is not None]
    if found is None or not known:
        return
    best = max(known, key=lambda one: one.value or 0.0)
    yield KeyFigure(
        label="Best simple model", value=best.value, unit="share" if found.share else "number",
        context=(best.name, f"{found.score}, {plural(found.samples, 'sample')}"),
    )  # fmt: skip
