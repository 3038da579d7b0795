"""What the section says in words; a plain noun where nothing can be said."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kreport.analyzers._evaluation.comparisons import Baselines, Slices
from kreport.analyzers._evaluation.stats import (
    Confidence,
    EvaluationStats,
    Metric,
    OutputEvaluation,
    Score,
    TargetScores,
)
from kreport.analyzers._labels import worded
from kreport.analyzers._metric_names import titled
from kreport.document.numbers import plural, quantity
from kreport.document.text import Name, Span, Strong, Text

KINDS = {
    "binary": "two classes", "multi-class": "one of several classes", "multi-label": "several labels",
    "regression": "numbers", "reconstruction": "the values of its input",
}  # fmt: skip

MENDED = 0.01
"""Share of the log loss that a temperature must take off to be named; a rule of thumb."""

SURE = 0.02
"""Difference of confidence and accuracy from which a model is called too sure, or not sure enough; a rule of thumb."""

BIASED = 0.1
"""Mean error, as a share of the root mean square error, from which predictions are called too high or too low."""

STANDS_OUT = 0.25
"""Share of the mistakes from which two classes that are mixed up are named; a rule of thumb."""

FEWEST = 2.0
"""Mistakes from which they are."""


def written(metric: Metric) -> str:
    """Return the value in words: a share in percent, anything else as a number."""
    return quantity(metric.value, "share" if metric.share else "number")


def told(score: Score) -> str:
    """Return ``98.3 %``."""
    return quantity(score.value, "share" if score.share else "number")


def interval(low: float | None, high: float | None, *, share: bool) -> str:
    """Return ``97.2–99.3 %``; "" where there is none."""
    if low is None or high is None or not np.isfinite(low + high):
        return ""
    unit = "share" if share else "number"
    first, second = quantity(low, unit), quantity(high, unit)
    if share and not low < 0:
        first = first.removesuffix("%").rstrip()
    return f"{first} to {second}" if low < 0 else f"{first}–{second}"


def lede(stats: EvaluationStats) -> Text:
    """Return the section's sentences."""
    judged = [one for one in stats.outputs if one.headline is not None]
    if len(judged) == 1:
        return tuple(_of_output(judged[0]))
    if judged:
        return tuple(_of_several(judged))
    headline = stats.headline
    if headline is None:
        return "No metrics."
    return (Strong(f"{titled(headline.name)} {written(headline)}"), f" on {plural(stats.samples, 'sample')}.")


def _of_several(outputs: list[OutputEvaluation]) -> Iterator[Span]:
    for number, one in enumerate(outputs):
        score = one.headline
        assert score is not None  # noqa: S101 - chosen by the caller
        yield "; " if number else ""
        yield Name(one.output)
        yield ": "
        yield Strong(f"{score.name} {told(score)}")
    yield "."


def _of_output(one: OutputEvaluation) -> Iterator[Span]:
    if one.kind in ("binary", "multi-class"):
        yield from _of_classes(one)
        return
    score = one.headline
    assert score is not None  # noqa: S101 - chosen by the caller
    within = interval(score.low, score.high, share=score.share)
    yield Strong(f"{titled(score.name)} {told(score)}")
    yield f" ({within})" if within else ""
    yield f" over {answers(one)}"
    others = {other.name: other for other in one.scores}
    if one.kind == "multi-label":
        exact = others["all labels right"]
        yield f"; all {len(one.classes)} labels are right for {told(exact)} of them."
    else:
        error = others.get("MAE")
        yield f"; predictions are off by {told(error)} on average." if error is not None and error is not score else "."


def answers(one: OutputEvaluation) -> str:
    """Return ``540 samples``, or ``7,200 positions of 540 samples``."""
    if one.per_position:
        return f"{plural(one.answers, 'position')} of {plural(one.samples, 'sample')}"
    return plural(one.answers, "sample")


def _of_classes(one: OutputEvaluation) -> Iterator[Span]:
    accuracy = one.scores[0]
    if one.weighted or one.per_position:
        yield Strong(f"{told(accuracy)} of {answers(one)} are right")
        yield ", by weight" if one.weighted else ""
    else:
        right = round(accuracy.value * one.answers)
        yield Strong(f"{right:,} of {answers(one)} {'is' if right == 1 else 'are'} right")
        yield f": {told(accuracy)}"
    within = interval(accuracy.low, accuracy.high, share=True)
    yield f" ({within})." if within else "."
    if (mix := mixed_up(one)) is not None:
        yield f" {mix}."
    if one.confidence is not None:
        yield f" Its mean confidence is {quantity(one.confidence.mean, 'share')}."


def mixed_up(one: OutputEvaluation) -> str | None:
    """Return which two classes most mistakes mix up; None where no two stand out, or there are only two classes."""
    found = one.confusions
    if found is None or len(one.classes) < 3 or not found.largest or found.left_out:
        return None
    wrong = found.labels != found.predicted
    total = float(found.weight[wrong].sum())
    pairs: dict[tuple[int, int], float] = {}
    for label, said, weight in zip(
        found.labels[wrong].tolist(), found.predicted[wrong].tolist(), found.weight[wrong].tolist(), strict=True
    ):
        key = (min(label, said), max(label, said))
        pairs[key] = pairs.get(key, 0.0) + weight
    (first, second), most = max(pairs.items(), key=lambda pair: pair[1])
    if most < max(FEWEST, STANDS_OUT * total):
        return None
    names = f"{one.classes[first]} with {one.classes[second]}"
    if one.weighted or one.per_position:
        return f"{quantity(most / total, 'share')} of the mistakes mix up {names}"
    number, all_of_them = worded(round(most)), worded(round(total))
    if most == total:
        return f"{'Both' if most == FEWEST else f'All {number}'} mistakes mix up {names}"
    return f"{number[:1].upper()}{number[1:]} of the {all_of_them} mistakes mix up {names}"


def confusion_title(one: OutputEvaluation) -> str:
    """Return what stands out of the confusions."""
    return mixed_up(one) or "Labels and predictions"


def confidence_title(found: Confidence, *, labels: bool = False) -> str:
    """Return whether the model is too sure; of several labels, whether their probabilities are too high."""
    stated, right = quantity(found.mean, "share"), quantity(found.accuracy, "share")
    apart = found.mean - found.accuracy
    if labels:
        word = "as high as they should be" if abs(apart) < SURE else f"too {'high' if apart > 0 else 'low'}"
        return f"Probabilities are {word}: {stated} in the mean, {right} of the labels are there"
    if abs(apart) < SURE:
        return f"As sure as it is right: {stated} stated, {right} right"
    return f"{'Too sure' if apart > 0 else 'Not sure enough'}: {stated} stated, {right} right"


def confidence_note(found: Confidence) -> str:
    """Return the calibration error, and the temperature that would mend it."""
    error, most = quantity(found.ece), quantity(found.worst, "share")
    told_of_bins = f"Expected calibration error {error} in 15 bins of equal width (Guo et al. 2017)"
    parts = [f"{told_of_bins}; the largest difference in a bin is {most}."]
    if found.temperature is None or found.loss is None or found.mended is None:
        return parts[0]
    if found.mended > (1 - MENDED) * found.loss:
        parts.append("Dividing the logits by a temperature would not mend it.")
    else:
        parts.append(
            f"Logits divided by {quantity(found.temperature)} would bring the log loss from {quantity(found.loss)} to"
            f" {quantity(found.mended)} on these {plural(found.fitted, 'answer')}."
        )
    return " ".join(parts)


def residual_title(target: TargetScores) -> str:
    """Return whether predictions are too high or too low as a whole, beyond a tenth of the usual error."""
    if abs(target.bias) < BIASED * target.rmse:
        return "Predictions are neither too high nor too low on the whole"
    return f"Predictions are too {'high' if target.bias > 0 else 'low'} by {quantity(abs(target.bias))} on average"


def class_title(one: OutputEvaluation) -> str:
    """Return which class is missed most often, where one is."""
    found = one.by_class
    known = np.flatnonzero(found.support > 0) if found is not None else np.zeros(0)
    if found is None or len(known) < 2:
        return "Classes"
    noun = "label" if one.kind == "multi-label" else "class"
    worst = known[found.recall[known].argmin()]
    others = float(np.average(found.recall[known], weights=found.support[known]))
    if not found.high[worst] < others:
        return f"{'Labels' if noun == 'label' else 'Classes'} one by one"
    return f"{one.classes[worst]} is missed most often"


def slices_title(found: Slices) -> str:
    """Return where the model is worse than elsewhere, beyond the interval."""
    first = found.worst[0]
    higher = found.share
    stands_out = first.high < found.overall if higher else first.low > found.overall
    if not stands_out:
        return "No slice stands out"
    value = quantity(first.value, "share" if found.share else "number")
    return f"Worse where {first.column} is {first.range.removeprefix('= ')}: {value}"


def baselines_title(found: Baselines) -> str:
    """Return whether the network earns its keep."""
    if found.ahead is None:
        return "The network beside simple models"
    best = max(found.rivals[1:], key=lambda one: -np.inf if one.value is None else one.value)
    low, high = found.ahead
    if low > 0:
        return f"The network is better than {best.name}"
    return f"{best.name[:1].upper()}{best.name[1:]} {'is better' if high < 0 else 'does as well'}"


def odd_note(one: OutputEvaluation) -> str:
    """Return what was found odd about the outputs; "" where nothing was."""
    parts = []
    if one.odd:
        parts.append(
            "The loss takes these outputs for probabilities, but they lie outside 0 and 1: they were read as logits."
            " Pass from_logits=True to the loss, or end the model with a softmax or sigmoid."
        )
    if one.bad:
        parts.append(f"{plural(one.bad, 'prediction')} {'is' if one.bad == 1 else 'are'} no number and left out.")
    if one.unknown:
        verb = "is" if one.unknown == 1 else "are"
        parts.append(f"{plural(one.unknown, 'answer')} without a valid label {verb} left out.")
    return " ".join(parts)
