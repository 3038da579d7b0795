"""The Gradients section: how the loss reaches every weight, how noisily, and how large the next step would be."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from kreport.analyzers import Analyzer
from kreport.analyzers._gradients.attribution import attribution_blocks
from kreport.analyzers._gradients.class_gradients import class_gradient_blocks
from kreport.analyzers._gradients.explorer import layer_blocks
from kreport.analyzers._gradients.losses import sample_losses
from kreport.analyzers._gradients.measuring import ends_in_probabilities, of_calls, of_inputs, of_losses, of_weights
from kreport.analyzers._gradients.over_time import kept_log, over_time_blocks
from kreport.analyzers._gradients.sentences import lede, noise_text, updates_text
from kreport.analyzers._gradients.stats import (
    GradientStats,
    HardSample,
    LayerGradient,
    NoiseScale,
    OutputGradient,
    OutputPull,
    SampleLoss,
    VariableGradient,
)
from kreport.analyzers._gradients.tables import hardest, pulls_table, variable_table
from kreport.analyzers._gradients.views import backflow_chart, flow_chart, losses_chart
from kreport.analyzers._over_time import section_from_log
from kreport.analyzers._verdicts import quoted
from kreport.document.blocks import Block, Prose, Row, Stack
from kreport.document.model import Gap, Section, notice_of
from kreport.document.text import advice
from kreport.errors import NotMeasuredError
from kreport.inputs.batches import Batches
from kreport.inputs.training_log import TrainingLog
from kreport.probes.graph import LayerGraph
from kreport.probes.observers.backflow import Backflow
from kreport.probes.observers.gradients import WeightGradients
from kreport.probes.observers.sample_losses import SampleLosses
from kreport.probes.output_losses import OutputLosses
from kreport.probes.samples.attribution import Attribution
from kreport.probes.samples.classes import ClassGradients
from kreport.probes.samples.hardest import HardestSamples
from kreport.probes.sweep import Sweep

__all__ = [
    "GradientStats", "Gradients", "HardSample", "LayerGradient", "NoiseScale", "OutputGradient", "OutputPull",
    "SampleLoss", "VariableGradient",
]  # fmt: skip

ADVICE = "pass model= and data= (inputs and labels, as fit takes them)"


class Gradients(Analyzer[GradientStats]):
    """Reads what the sweep observed of the backward pass, and what smaller passes found out beside it."""

    id = "gradients"
    title = "Gradients"
    order = 80

    def measure(  # noqa: PLR0913, PLR0917 - its parameters are what it needs
        self,
        sweep: Sweep,
        batches: Batches,
        gradients: WeightGradients | None,
        backflow: Backflow | None,
        losses: SampleLosses | None,
        pulls: OutputLosses | None,
        attribution: Attribution | None,
        classes: ClassGradients | None,
        hard: HardestSamples | None,
        graph: LayerGraph | None,
        log: TrainingLog | None,
    ) -> GradientStats:
        """Turn gradients into figures; nothing holds on to them."""
        if gradients is None:
            gap = sweep.results.get(WeightGradients)
            missing = gap if isinstance(gap, Gap) else Gap(self.id, "nothing was observed", failed=True)
            if attribution is None or not attribution.samples:
                return cast("GradientStats", replace(missing, stage=self.id))  # the pipeline takes a gap for any value
            found = GradientStats(missing=missing)
        else:
            found = of_weights(gradients, graph)
        return replace(
            found,
            outputs=() if backflow is None else of_calls(backflow, graph),
            inputs=() if backflow is None else of_inputs(backflow, batches),
            probabilities=ends_in_probabilities(graph),
            sample_losses=None if losses is None else sample_losses(losses, batches.class_names, hard),
            pulls=of_losses(pulls),
            pull_samples=0 if pulls is None else pulls.samples,
            attribution=attribution,
            classes=classes,
            notes=sweep.notes,
            log=kept_log(log),
        )

    def recall(self, log: TrainingLog) -> GradientStats:
        """Say what the log of the training tells without model or data."""
        if (told := kept_log(log)) is None:
            raise NotMeasuredError(ADVICE)
        return GradientStats(log=told)

    def present(self, measured: GradientStats) -> Section:
        """Show the flow, steps and noise, losses of samples and outputs, attribution, and the table of variables."""
        if measured.log is not None and not measured.variables and measured.missing is None:
            return section_from_log(self.id, self.title, over_time_blocks(measured.log), advice(ADVICE))
        return Section(
            id=self.id, title=self.title, lede=lede(measured), blocks=tuple(_blocks(measured)),
            count=f"{len(measured.variables):,}" if measured.variables else "", layers=layer_blocks(measured),
        )  # fmt: skip


def _blocks(stats: GradientStats) -> list[Block]:
    charts = [chart for chart in (flow_chart(stats), backflow_chart(stats)) if chart is not None]
    said = _said(stats)
    columns: list[Block] = [*charts]
    if len(charts) == 2 and said:  # what is said stands in the room below the first
        columns[0] = Stack(blocks=(charts[0], *said))
    elif said:
        columns.append(Stack(blocks=tuple(said)))
    blocks: list[Block] = [Row(blocks=tuple(columns), spans=(6,) * len(columns))] if columns else []
    if stats.missing is not None:
        blocks.append(notice_of(stats.missing, title="Gradients of weights"))
    blocks += over_time_blocks(stats.log) if stats.log is not None else []
    if stats.pulls:
        blocks.append(pulls_table(stats))
    if stats.sample_losses is not None:
        blocks += _losses(stats.sample_losses)
    blocks += attribution_blocks(stats.attribution) if stats.attribution is not None else []
    if stats.classes is not None and (stats.classes.classes or stats.missing is None):  # one reason is said once
        blocks += class_gradient_blocks(stats.classes)
    if stats.variables:
        blocks.append(variable_table(stats))
    return blocks


def _losses(losses: SampleLoss) -> list[Block]:
    """Return how losses are spread beside the hardest samples, which get the whole width where they are texts."""
    chart, hard = losses_chart(losses), hardest(losses)
    missing = [notice_of(gap, title="Pictures or texts of the hardest samples") for gap in losses.gaps]
    if any(one.input is not None and quoted(one.input) for one in losses.hardest):
        return [Row(blocks=(chart,), spans=(6,)), hard, *missing]
    return [Row(blocks=(chart, hard), spans=(6, 6)), *missing]


def _said(stats: GradientStats) -> list[Block]:
    """Return what is said of the batch size and of the next step."""
    texts = [] if stats.noise is None else [noise_text(stats.noise)]
    return [Prose(text=text) for text in (*texts, updates_text(stats)) if text]
