"""The sentences of the overview: pure functions of measurements, neutral when the numbers do not carry more."""

from __future__ import annotations

from collections.abc import Iterator

from kreport.analyzers._metric_names import said, titled
from kreport.analyzers._overview.task import task
from kreport.analyzers._overview.units import units
from kreport.analyzers.architecture import Architecture
from kreport.analyzers.data import DataStats
from kreport.analyzers.evaluation import EvaluationStats, interval, told, written
from kreport.analyzers.training import Best, TrainingCurves
from kreport.document.numbers import plural, quantity
from kreport.document.report import Environment, SubjectSummary, Timings
from kreport.document.text import Name, Span, Strong, Text

LEAST = 1e-3
"""Seconds of a pass from which its time is told: the rest had nothing to do."""

MOST_OF_IT = 0.5
"""Share of the parameters from which one layer is named."""


def facts_line(subject: SubjectSummary, architecture: Architecture | None, training: TrainingCurves | None) -> Text:
    """Return task, kind of model, layers, epochs and optimizer in one line."""
    config = training.config if training else None
    parts = [
        task(architecture, config.loss_names if config else ()) if architecture else "",
        subject.class_name,
        plural(len(architecture.layers), "layer") if architecture else "",
        _trained(training),
    ]
    return " · ".join(part for part in parts if part)


def _trained(training: TrainingCurves | None) -> str:
    if training is None:
        return ""
    optimizer = training.config.optimizer_name if training.config else ""
    if not training.epochs:
        return f"compiled with {optimizer}" if optimizer else ""
    if training.runs > 1:
        return f"{plural(training.runs, 'run')} of up to {plural(training.epochs, 'epoch')}"
    return f"trained {plural(training.epochs, 'epoch')}" + (f" with {optimizer}" if optimizer else "")


def verdict(
    subject: SubjectSummary, architecture: Architecture | None, training: TrainingCurves | None,
    evaluation: EvaluationStats | None = None,
) -> Text:  # fmt: skip
    """Return the sentence a reader takes away: how good it is, best score and when, else what the model is."""
    spans: list[Span] = []
    if evaluation is not None and (main := evaluation.score) is not None:
        within = interval(main.low, main.high, share=main.share)
        where = f"{f' ({within})' if within else ''} on {plural(evaluation.samples, 'sample')}."
        spans += [Strong(f"{titled(main.name)} {told(main)}{where}"), " "]
    elif evaluation is not None and evaluation.headline is not None:
        name, value = titled(evaluation.headline.name), written(evaluation.headline)
        spans += [Strong(f"{name} {value} on {plural(evaluation.samples, 'sample')}."), " "]
    if training is not None and training.headline is not None:
        spans += [Strong(best(training.headline, training.epochs)), " "]
    if architecture is not None and architecture.layers:
        spans += _model(architecture, strong=not spans)
    elif not spans:
        spans.append(Strong(f"{subject.class_name} model."))
    return tuple(spans)


def best(headline: Best, epochs: int) -> str:
    """Return the best score in words."""
    value = score(headline)
    name, where = said(headline.metric), f" in {headline.run}" if headline.run else f" of {epochs}"
    return f"Best {headline.split} {name} {value} at epoch {headline.epoch}{where}."


def score(headline: Best) -> str:
    """Return a best score as its metric is written: a share in percent, anything else as a number."""
    return quantity(headline.value, "share" if headline.share else "number")


def _model(architecture: Architecture, *, strong: bool) -> Iterator[Span]:
    size = f"{quantity(architecture.parameters, 'count')} parameters in {plural(len(architecture.layers), 'layer')}"
    rest = f", {quantity(architecture.flops, 'flops')} a sample." if architecture.flops else "."
    yield Strong(size + ".") if strong and rest == "." else Strong(size) if strong else size
    if not (strong and rest == "."):
        yield rest
    heavy = max(units(architecture), key=lambda layer: layer.parameters)
    share = heavy.parameters / architecture.parameters if architecture.parameters else 0.0
    if share >= MOST_OF_IT and len(architecture.layers) > 2:
        yield " "
        yield Name(heavy.name, heavy.id)
        yield f" holds {quantity(share, 'share')} of them."


def environment_line(
    subject: SubjectSummary, environment: Environment, timings: Timings | None, data: DataStats | None = None
) -> Iterator[tuple[str, Text]]:
    """Yield label and value of everything that says where the report comes from."""
    for name, version in environment.versions:
        if name != "kreport":
            yield name, version
    yield "device", environment.device
    yield "policy", environment.policy
    if subject.file:
        yield "file", (Name(subject.file),)
        yield "sha256", (Name(subject.sha256[:12]),)
    if subject.fingerprint:
        yield "weights", (Name(subject.fingerprint),)
    if subject.unchanged is not None:
        yield "", "unchanged by this report" if subject.unchanged else "changed while this report was made"
    if data is not None:
        yield "samples inside", "some, and pictures made from them" if data.embedded else "none"
    if timings is not None:
        yield "measured in", quantity(sum(seconds for _, seconds in timings.seconds), "seconds")
        for name, seconds in timings.passes:
            if seconds >= LEAST:
                yield name, quantity(seconds, "seconds")
