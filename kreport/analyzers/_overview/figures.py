"""The key figures: six at most, each with its context."""

from __future__ import annotations

from collections.abc import Iterator

from kreport.analyzers._metric_names import said, titled
from kreport.analyzers._overview.units import units
from kreport.analyzers.architecture import Architecture
from kreport.analyzers.evaluation import EvaluationStats, interval
from kreport.analyzers.training import TrainingCurves
from kreport.document.blocks import KeyFigure
from kreport.document.numbers import plural, quantity, shape
from kreport.document.report import SubjectSummary

MOST = 6


def key_figures(
    subject: SubjectSummary, architecture: Architecture | None, training: TrainingCurves | None,
    evaluation: EvaluationStats | None,
) -> tuple[KeyFigure, ...]:  # fmt: skip
    """Return score, best score, parameters, compute, size, activations and depth, as far as they were measured."""
    found = [
        *(_evaluation(evaluation) if evaluation else ()),
        *(_training(training) if training else ()),
        *(_structure(subject, architecture) if architecture else ()),
    ]
    return tuple(found[:MOST])


def _evaluation(evaluation: EvaluationStats) -> Iterator[KeyFigure]:
    if (score := evaluation.score) is not None:
        within = interval(score.low, score.high, share=score.share)
        yield KeyFigure(
            label=titled(score.name), value=score.value, unit="share" if score.share else "number",
            context=(f"on {plural(score.answers, 'answer' if evaluation.per_position else 'sample')} of data=",
                     f"95 % interval {within}" if within else ""),
        )  # fmt: skip
        return
    metric = evaluation.headline
    if metric is not None:
        yield KeyFigure(
            label=titled(metric.name), value=metric.value,
            unit="share" if metric.share else "number",
            context=(f"on {plural(evaluation.samples, 'sample')} of data=", "as compiled"),
        )  # fmt: skip


def _training(training: TrainingCurves) -> Iterator[KeyFigure]:
    best = training.headline
    if best is None:
        return
    context = (f"{best.split}, at epoch {best.epoch}", f"best of {plural(training.epochs, 'epoch')}")
    yield KeyFigure(
        label=f"Best {said(best.metric)}",
        value=best.value,
        unit="share" if best.share else "number",
        context=context,
    )


def _structure(subject: SubjectSummary, facts: Architecture) -> Iterator[KeyFigure]:
    fixed = facts.parameters - facts.trainable_parameters
    yield KeyFigure(
        label="Parameters",
        value=facts.parameters,
        unit="count",
        context=(_where(facts), f"{quantity(fixed, 'count')} not trainable" if fixed else "all trainable"),
    )
    yield KeyFigure(
        label="Compute",
        value=facts.flops,
        unit="flops",
        context=("per sample, forward", "1 MAC = 2 FLOPs") if facts.flops is not None else ("not counted", ""),
    )
    size = sum(size_bytes for _, size_bytes in facts.weight_bytes)
    dtypes = ", ".join(dtype for dtype, _ in facts.weight_bytes[:2])
    on_disk = f"file {quantity(subject.size_bytes, 'bytes')}" if subject.size_bytes else ""
    yield KeyFigure(
        label="Size", value=size, unit="bytes", context=(f"weights, {dtypes}" if dtypes else "weights", on_disk)
    )
    yield KeyFigure(
        label="Activations",
        value=facts.activation_bytes,
        unit="bytes",
        context=("all outputs, per sample", "") if facts.activation_bytes is not None else ("sizes are open", ""),
    )
    yield KeyFigure(
        label="Depth",
        value=facts.longest_path if facts.longest_path is not None else len(facts.layers),
        unit="exact",
        context=("calls on the longest path", plural(len(facts.layers), "layer"))
        if facts.longest_path
        else ("layers", ""),
    )
    if len(facts.input_shapes) == len(facts.output_shapes) == 1:
        yield KeyFigure(
            label="Input",
            value=shape(facts.input_shapes[0][1]),
            context=(f"to {shape(facts.output_shapes[0][1])}", "without the batch axis"),
        )


def _where(facts: Architecture) -> str:
    if not facts.layers or not facts.parameters:
        return ""
    share = max(layer.parameters for layer in units(facts)) / facts.parameters
    return f"{quantity(share, 'share')} in one layer"
