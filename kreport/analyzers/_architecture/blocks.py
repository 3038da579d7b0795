"""The blocks of the section apart from tables and diagrams: chart, facts, notices."""

from __future__ import annotations

from collections.abc import Iterator

from kreport.analyzers._architecture.facts import Architecture, OptimizerState, Stage
from kreport.analyzers._architecture.sentences import chart_title, holder
from kreport.charts.bars import Bar, share_bars
from kreport.document.blocks import Block, Chart, Definitions, Notice
from kreport.document.numbers import plural, quantity, shape
from kreport.document.text import CodeSpan, Name, Span, Text, advice, plain

BATCH = 32
"""Samples the training memory is told for."""


def where_chart(facts: Architecture) -> Chart | None:
    """Return shares of parameters, compute and activations by stretch; None with nothing to compare."""
    stages = facts.stages
    whole = (
        sum(stage.parameters for stage in stages),
        sum(stage.flops or 0 for stage in stages),
        sum(stage.activation_bytes or 0 for stage in stages),
    )
    if len(stages) < 2 or not whole[0]:
        return None
    panels = [name for name, amount in zip(("Parameters", "Compute", "Activations"), whole, strict=True) if amount]
    kept = [index for index, amount in enumerate(whole) if amount]
    bars = [_bar(stage, whole, kept) for stage in stages]
    title = chart_title(stages)
    amounts = (
        f"{quantity(whole[0], 'count')} parameters",
        quantity(whole[1], "flops"),
        f"{quantity(whole[2], 'bytes')} of activations",
    )
    told = ", ".join(amounts[index] for index in kept)
    per_sample = " per sample" if len(kept) > 1 else ""
    return share_bars(
        bars,
        panels,
        id="architecture-where",
        title=title,
        subtitle=f"Share of the whole: {told}{per_sample}, input at the top",
        alt=_alt(title, stages),
    )


def _bar(stage: Stage, whole: tuple[int, int, int], kept: list[int]) -> Bar:
    amounts = (stage.parameters, stage.flops, stage.activation_bytes)
    units = ("count", "flops", "bytes")
    shares = tuple(_part(amounts[index], whole[index]) for index in kept)
    told = tuple(quantity(amounts[index], units[index]) for index in kept)
    label = f"{stage.label} ×{stage.repeats}" if stage.repeats > 1 else stage.label
    return Bar(label=label, kind=stage.kind, shares=shares, amounts=told)


def _part(amount: int | None, whole: int) -> float | None:
    return None if amount is None else amount / whole


def _alt(title: Text, stages: tuple[Stage, ...]) -> str:
    heavy = holder(stages, lambda stage: stage.parameters)
    more = f"; {heavy[0].label} holds {quantity(heavy[1], 'share')} of the parameters" if heavy else ""
    return f"{plain(title)}: bars for {plural(len(stages), 'stretch', 'stretches')} of the model{more}"


def facts_block(facts: Architecture) -> Definitions:
    """Return the figures of the whole model."""
    return Definitions(title="Facts", items=tuple(_items(facts)), note="1 MAC = 2 FLOPs.")


def _items(facts: Architecture) -> Iterator[tuple[Text, Text]]:
    fixed = facts.parameters - facts.trainable_parameters
    yield "Trainable, not trainable", f"{facts.trainable_parameters:,} and {fixed:,}"
    if facts.weight_bytes:
        sizes = [f"{quantity(size, 'bytes')} {dtype}" for dtype, size in facts.weight_bytes]
        yield "Weights", ", ".join(sizes)
    if facts.optimizer:
        yield f"Optimizer state ({facts.optimizer.name})", _optimizer(facts.optimizer)
    memory = training_bytes(facts)
    if memory is not None:
        yield f"Memory to train one batch of {BATCH}", f"{quantity(memory, 'bytes')}, estimated"
    if facts.flops is not None:
        yield "Compute of one sample", quantity(facts.flops, "flops")
    if facts.longest_path is not None:
        yield "Longest path", plural(facts.longest_path, "layer")
    if facts.receptive_field:
        yield "Receptive field at the last convolution", _field(facts)
    for noun, shapes in (("Input", facts.input_shapes), ("Output", facts.output_shapes)):
        yield from _ends(noun, shapes)
    if facts.flops is not None:
        yield "Operations not counted", _uncounted(facts)
    for note in facts.loops:
        yield "Loops", note


def _optimizer(state: OptimizerState) -> str:
    if state.size_bytes is None:
        return "not known before the first step"
    slots = "" if state.slots is None else f", {plural(state.slots, 'slot')} per weight"
    return f"{quantity(state.size_bytes, 'bytes')}{slots}{'' if state.measured else ', estimated by class'}"


def training_bytes(facts: Architecture) -> int | None:
    """Return weights + gradients + optimizer state + all activations of a batch; None if a part is not known.

    A framework frees some activations early and needs working memory: an estimate, no bound.
    """
    state = facts.optimizer.size_bytes if facts.optimizer else None
    if state is None or facts.activation_bytes is None:
        return None
    return sum(size for _, size in facts.weight_bytes) + facts.gradient_bytes + state + BATCH * facts.activation_bytes


def _field(facts: Architecture) -> Text:
    sides = shape(facts.receptive_field, batch=True)
    first = facts.traced_shapes or facts.input_shapes
    return f"{sides}, input is {shape(first[0][1][:-1])}" if len(first) == 1 else sides


def _ends(noun: str, shapes: tuple[tuple[str, tuple[int | None, ...]], ...]) -> Iterator[tuple[Text, Text]]:
    if len(shapes) == 1:
        yield noun, shape(shapes[0][1])
    elif shapes:
        spans: list[Span] = []
        for name, each in shapes[:8]:
            spans += [", ", Name(name), f" {shape(each)}"]
        more = f" and {len(shapes) - 8} more" if len(shapes) > 8 else ""
        yield f"{noun}s", (*spans[1:], more)


def _uncounted(facts: Architecture) -> Text:
    return ", ".join(f"{op} ×{count}" if count > 1 else op for op, count in facts.uncounted) or "none"


def notices(facts: Architecture) -> list[Block]:
    """Return what is missing, and what Keras does not see."""
    found: list[Block] = []
    if facts.missing:
        found.append(Notice(title="Not everything could be traced", text=advice(facts.missing)))
    if facts.undrawn:
        found.append(Notice(title="Data flow could not be drawn", text=facts.undrawn, failed=True))
    if facts.untracked:
        text: Text = (
            *("Called, but not an attribute of the model, so neither saved nor trained: ",),
            *(CodeSpan(", ".join(facts.untracked[:8])),),
        )
        found.append(Notice(title=f"{plural(len(facts.untracked), 'layer')} not tracked by the model", text=text))
    if facts.raw_variables:
        text = ("Plain tf.Variable attributes, in no count above: ", CodeSpan(", ".join(facts.raw_variables[:8])))
        found.append(Notice(title=f"{plural(len(facts.raw_variables), 'variable')} that Keras does not see", text=text))
    return found
