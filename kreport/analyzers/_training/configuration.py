"""The compile settings as names and values."""

from __future__ import annotations

from collections.abc import Iterator

from kreport.document.blocks import Block, Definitions, Row
from kreport.document.numbers import plural, quantity
from kreport.document.text import CodeSpan, Name, Quiet, Span, Text, plain
from kreport.probes.training_config import OptimizerConfig, Part, Setting, TrainingConfig

SILENT = ("loss_scale_factor", "gradient_accumulation_steps", "use_ema", "ema_momentum", "ema_overwrite_frequency")
"""Settings that say nothing at their defaults, or while weights are not averaged."""


def configuration(config: TrainingConfig) -> list[Block]:
    """Return one list for the optimizers and one for what is compiled with them; nothing if there is neither."""
    optimizers = [_optimizer(found, alone=len(config.optimizers) == 1) for found in config.optimizers]
    lists = [block for block in (*optimizers, _compiled(config)) if block.items]
    if len(lists) == 2:
        return [Row(blocks=tuple(lists), spans=(6, 6))]
    return list(lists)


def _optimizer(optimizer: OptimizerConfig, *, alone: bool) -> Definitions:
    where: tuple[Span, ...] = () if alone else (" in ", Name(optimizer.role or "optimizer"))
    known = any(setting.default is not None for setting in optimizer.settings)
    return Definitions(
        title=(f"Optimizer: {optimizer.class_name}", *where),
        subtitle="Its arguments; in grey what the class has by default" if known else "Its arguments",
        items=tuple(_optimizer_items(optimizer)),
    )  # fmt: skip


def _optimizer_items(optimizer: OptimizerConfig) -> Iterator[tuple[Text, Text]]:
    now = ", now" if optimizer.iterations and optimizer.schedule else ""
    if optimizer.schedule:
        yield (CodeSpan("learning_rate"),), optimizer.schedule.class_name
        for setting in optimizer.schedule.settings:
            if setting.value is not None:
                yield ("schedule: ", CodeSpan(setting.name)), _value(setting)
    if optimizer.learning_rate is not None and (not optimizer.schedule or now):
        yield (CodeSpan("learning_rate"), now), number(optimizer.learning_rate)
    averaged = any(setting.name == "use_ema" and setting.value for setting in optimizer.settings)
    for setting in optimizer.settings:
        if setting.value is None or (setting.name in SILENT and not setting.value) or (
            setting.name.startswith("ema_") and not averaged
        ):  # fmt: skip
            continue
        yield (CodeSpan(setting.name),), _value(setting)
    if optimizer.loss_scale is not None:
        yield "loss scaled by", quantity(optimizer.loss_scale, "exact")
    if optimizer.iterations is not None:
        yield "steps made", quantity(optimizer.iterations, "exact")


def _compiled(config: TrainingConfig) -> Definitions:
    stored = "As the file has it: Keras could not restore it, so none of it is in force."
    return Definitions(
        title="Compiled with", subtitle="Losses, metrics and how steps run", items=tuple(_compiled_items(config)),
        note=stored if config.from_file else "",
    )  # fmt: skip


def _compiled_items(config: TrainingConfig) -> Iterator[tuple[Text, Text]]:
    for loss in config.losses:
        yield (("loss of ", Name(loss.output)) if loss.output else "loss"), _part(loss)
    if config.compiled and not config.losses:
        yield "loss", "none given"
    for label, parts in (("metrics", config.metrics), ("weighted metrics", config.weighted_metrics)):
        for output in dict.fromkeys(part.output for part in parts):
            names = [part for part in parts if part.output == output]
            yield ((f"{label} of ", Name(output)) if output else label), _listed(names)
    if config.own_train_step:
        yield "step", ("the class has its own ", CodeSpan("train_step"))
    if config.policy and (config.compiled or config.optimizers):
        yield "dtype policy", (CodeSpan(config.policy),)
    if config.jit_compile is not None:
        yield "steps run", _steps(config)


def _part(part: Part) -> tuple[Span, ...]:
    arguments = ", ".join(f"{setting.name} {plain(_value(setting))}" for setting in part.settings)
    return (Name(part.name), Quiet(f" {arguments}" if arguments else ""))


def _listed(parts: list[Part]) -> Text:
    spans: list[Span] = []
    for part in parts:
        spans += [", " if spans else "", *_part(part)]
    return tuple(spans)


def _steps(config: TrainingConfig) -> str:
    how = "eagerly" if config.run_eagerly else "compiled with XLA" if config.jit_compile else "as a graph, without XLA"
    many = config.steps_per_execution or 1
    return f"{how}, {plural(many, 'batch', 'batches')} a call" if many > 1 else how


def _value(setting: Setting) -> Text:
    value = setting.value
    if isinstance(value, bool):
        text = "yes" if value else "no"
    elif isinstance(value, int | float):
        text = number(value)
    else:
        text = str(value)
    return (Quiet(text),) if setting.default else text


def number(value: float) -> str:
    """Return a hyperparameter as people type it: 0.001, 1e-7, 10000."""
    return f"{value:.6g}".replace("e-0", "e-")
