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
from kreport.tensors.intervals import wilson

KINDS = {
    "binary": "two classes", "multi-class": "one of several classes", "multi-label": "several labels",
    "regression": "numbers", "reconstruction": "the values of its input",
}  # fmt: skip

FEW = 20
"""Mistakes up to which they are told one by one."""

MENDED = 0.01
"""Share of the log loss that a temperature must take off to be named; a rule of thumb."""

SURE = 0.02
"""Difference of confidence and accuracy from which a model is called too sure, or not sure enough; a rule of thumb."""

BIASED = 0.1
"""Mean error, as a share of the root mean square error, from which predictions are called too high or too low."""

TREND = 0.3
"""Correlation of error and prediction from which high and low predictions are told apart; a rule of thumb."""

WEAK = 0.8
"""Accuracy below which a model says little about labels; a rule of thumb."""

OUTSIDE = 40
"""One in so many 95 % intervals lies wholly on the bad side of the truth by chance."""

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
    """Return ``97.2–99.3 %``; "" where there is none, or where draws that are all alike say nothing."""
    if low is None or high is None or not np.isfinite(low + high) or low == high:
        return ""
    unit = "share" if share else "number"
    first, second = quantity(low, unit), quantity(high, unit)
    if share and not low < 0:
        first = first.removesuffix("%").rstrip()
    return f"{first} to {second}" if low < 0 else f"{first}–{second}"


def titled_class(one: OutputEvaluation, number: int) -> str:
    """Return the name of a class, label or target at the start of a sentence: ``Class 2`` where it is a number."""
    name = one.classes[number]
    noun = {"multi-label": "Label", "regression": "Target"}.get(one.kind, "Class")
    return f"{noun} {name}" if name.isdigit() else name


def lede(stats: EvaluationStats) -> Text:
    """Return the section's sentences."""
    judged = [one for one in stats.outputs if one.headline is not None]
    if len(judged) == 1:
        return (*_of_output(judged[0]), *_left_out(judged[0]))
    if judged:
        return tuple(_of_several(judged))
    headline = stats.headline
    if headline is None:
        return "No metrics."
    if any(one.bad for one in stats.outputs):
        return (Strong("No prediction is a number"), f": {titled(headline.name)} {written(headline)} means nothing.")
    return (Strong(f"{titled(headline.name)} {written(headline)}"), f" on {plural(stats.samples, 'sample')}.")


def _left_out(one: OutputEvaluation) -> Iterator[Span]:
    if one.bad:
        yield " "
        yield Strong(f"{plural(one.bad, 'more prediction')} {'is no number' if one.bad == 1 else 'are no numbers'}")
        yield "."


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
    elif len(one.targets) > 1:
        yield from _of_targets(one)
    else:
        error = others.get("MAE")
        yield f"; predictions are off by {told(error)} on average." if error is not None and error is not score else "."


def _of_targets(one: OutputEvaluation) -> Iterator[Span]:
    """Say how far the targets lie apart: a mean error over several units says nothing."""
    known = sorted((t.r2, t.name) for t in one.targets if t.r2 is not None)
    if len(known) < 2:
        yield "."
        return
    (least, worst), (most, best) = known[0], known[-1]
    yield f", the mean of {len(one.targets)} targets, from {quantity(least)} ({worst}) to {quantity(most)} ({best})."


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
        if one.answers == 1:
            yield Strong(f"The only sample is {'right' if right else 'wrong'}")
        else:
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
    """Return what stands out of the confusions, or how many mistakes there are."""
    if (mixed := mixed_up(one)) is not None:
        return mixed
    found = one.confusions
    if found is None:
        return "Labels and predictions"
    wrong = float(found.weight[found.labels != found.predicted].sum())
    if not wrong:
        return "No mistakes"
    if len(one.classes) == 2:
        return _of_two(one)
    if not found.largest or one.weighted:
        return f"{quantity(wrong / float(found.weight.sum()), 'share')} of the weight are mistakes"
    label, said, most = found.largest[0]
    number = plural(round(wrong), "mistake")
    if most < 2:
        return f"{number}, no two alike"
    return f"{number}, most often {one.classes[label]} taken for {one.classes[said]} ({round(most):,} times)"


def _of_two(one: OutputEvaluation) -> str:
    found, (first, second) = one.confusions, one.classes
    assert found is not None  # noqa: S101 - known by the caller
    matrix = found.matrix(2)
    if one.weighted:
        shares = (quantity(float(matrix[k, 1 - k] / matrix.sum()), "share") for k in (0, 1))
        return f"By weight, {next(shares)} are {first} taken for {second}, {next(shares)} the reverse"
    a, b = round(float(matrix[0, 1])), round(float(matrix[1, 0]))
    take = "takes" if b == 1 else "take"
    return f"{plural(a, 'mistake takes', 'mistakes take')} {first} for {second}, {b:,} {take} {second} for {first}"


def confidence_title(found: Confidence, *, labels: bool = False) -> str:
    """Return whether the model is too sure; of several labels, whether their probabilities are too high.

    A difference that lies within the 95 % Wilson interval of the accuracy is none.
    """
    stated, right = quantity(found.mean, "share"), quantity(found.accuracy, "share")
    number = sum(b.weight for b in found.bins)
    within = wilson(found.accuracy * number, number)
    apart = found.mean - found.accuracy
    by_chance = within is not None and within.low <= found.mean <= within.high
    fits = abs(apart) < SURE or by_chance
    if labels:
        word = "right on the whole" if fits else f"too {'high' if apart > 0 else 'low'}"
        return f"Probabilities are {word}: {stated} stated, {right} there"
    if fits:
        return f"As sure as it is right: {stated} stated, {right} right"
    return f"{'Too sure' if apart > 0 else 'Not sure enough'}: {stated} stated, {right} right"


def confidence_note(found: Confidence) -> str:
    """Return the calibration error, and the temperature that would mend it."""
    error, most = quantity(found.ece), f"{quantity(100 * found.worst)} points"
    told_of_bins = f"Expected calibration error {error} in 15 bins of equal width (Guo et al. 2017)"
    worst = max(found.bins, key=lambda b: abs(b.confidence - b.right), default=None)
    of = "" if worst is None else f", of {_answers_of(worst.weight)}"
    parts = [f"{told_of_bins}; the largest difference is {most}{of}."]
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


def _answers_of(weight: float) -> str:
    """Return how many answers a bin has; a sum of sample weights is no number of answers."""
    return plural(int(weight), "answer") if float(weight).is_integer() else f"weight {quantity(weight)}"


def truth_title(target: TargetScores) -> str:
    """Return how much of the variance is explained."""
    if target.r2 is None:
        return f"Off by {quantity(target.mae)} on average"
    if target.r2 <= 0:
        return f"No better than the mean of the labels: R² {quantity(target.r2)}"
    return f"Predictions explain {quantity(target.r2, 'share')} of the variance"


def residual_title(target: TargetScores) -> str:
    """Return whether predictions are too high or too low: as a whole, or at the ends of their range."""
    if abs(target.bias) >= BIASED * target.rmse:
        return f"Predictions are too {'high' if target.bias > 0 else 'low'} by {quantity(abs(target.bias))} on average"
    if target.trend is not None and abs(target.trend) >= TREND:
        first, second = ("high", "low") if target.trend > 0 else ("low", "high")
        return f"High predictions are too {first}, low ones too {second}"
    return "Predictions are neither too high nor too low on the whole"


def class_title(one: OutputEvaluation) -> str:
    """Return which class is missed most often, where one is; else the range of the recall."""
    found = one.by_class
    known = np.flatnonzero(found.support > 0) if found is not None else np.zeros(0)
    if found is None or len(known) < 2:
        return "Labels" if one.kind == "multi-label" else "Classes"
    recall = found.recall[known]
    worst, best = int(known[recall.argmin()]), int(known[recall.argmax()])
    others = float(np.average(recall, weights=found.support[known]))
    least, most = quantity(float(recall.min()), "share"), quantity(float(recall.max()), "share")
    if found.high[worst] < others:
        return f"{titled_class(one, worst)} is missed most often: recall {least}"
    if least == most:
        return f"Recall is {least} for every {'label' if one.kind == 'multi-label' else 'class'}"
    return f"Recall is between {least} ({one.classes[worst]}) and {most} ({one.classes[best]})"


def slices_title(found: Slices) -> str:
    """Return where the model is worse than elsewhere, beyond the interval."""
    first = found.worst[0]
    higher = found.share
    stands_out = first.high < found.overall if higher else first.low > found.overall
    if not stands_out:
        return "No slice stands out by more than chance"
    value = quantity(first.value, "share" if found.share else "number")
    overall = quantity(found.overall, "share" if found.share else "number")
    return f"Worse where {first.column} is {first.range.removeprefix('= ')}: {value}, overall {overall}"


def slices_note(found: Slices) -> str:
    """Return how many slices look bad by chance."""
    chance = found.tested / OUTSIDE
    if chance < 1:
        return "Bars: 95 % intervals; the tick is the value of all samples."
    return (
        f"Bars: 95 % intervals; the tick is the value of all samples. Of {found.tested} slices, about {round(chance)}"
        f" would seem worse by chance alone."
    )


def baselines_title(found: Baselines) -> str:
    """Return whether the network earns its keep."""
    if found.ahead is None:
        return "The network beside simple models"
    best = max(found.rivals[1:], key=lambda one: -np.inf if one.value is None else one.value)
    low, high = found.ahead
    name = the_rival(best.name)
    unit = "share" if found.share else "number"
    values = f"{quantity(found.rivals[0].value, unit)} against {quantity(best.value, unit)}"
    if low > 0:
        return f"The network is better than {name}: {values}"
    if high < 0:
        values = f"{quantity(best.value, unit)} against {quantity(found.rivals[0].value, unit)}"
        return f"{name[:1].upper()}{name[1:]} is better: {values}"
    return f"The network is no better than {name}: {values}"


def the_rival(name: str) -> str:
    """Return the name of a baseline within a sentence."""
    return name if name.endswith("regression") else f"the {name}"


def not_judged(one: OutputEvaluation) -> str:
    """Return why an output has no scores."""
    if one.reason:
        return one.reason
    return "All predictions are NaN or infinite." if one.bad else "No sample has a valid label."


def odd_note(one: OutputEvaluation) -> str:
    """Return what was found odd about the outputs; "" where nothing was."""
    parts = []
    if one.odd:
        parts.append(
            "The loss takes these outputs for probabilities, but they lie outside 0 and 1: they were read as logits."
            " Pass from_logits=True to the loss, or end the model with a softmax or sigmoid."
        )
    if one.bad:
        are = "is no number (NaN or infinite) and is" if one.bad == 1 else "are no numbers (NaN or infinite) and are"
        parts.append(f"{plural(one.bad, 'prediction')} {are} left out of all but the compiled metrics.")
    if one.unknown:
        verb = "is" if one.unknown == 1 else "are"
        parts.append(f"{plural(one.unknown, 'answer')} without a valid label {verb} left out.")
    return " ".join(parts)
