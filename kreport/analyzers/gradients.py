"""The Gradients section: how the loss reaches every weight, how noisily, and how large the next step would be."""

from __future__ import annotations

from dataclasses import replace

from kreport.analyzers import Analyzer
from kreport.analyzers._gradients.explorer import layer_blocks
from kreport.analyzers._gradients.measuring import measured
from kreport.analyzers._gradients.over_time import kept_log, over_time_blocks
from kreport.analyzers._gradients.sentences import lede, noise_text, updates_text
from kreport.analyzers._gradients.stats import (
    GradientStats,
    NoiseScale,
    OutputGradient,
    SampleLoss,
    VariableGradient,
)
from kreport.analyzers._gradients.tables import variable_table
from kreport.analyzers._gradients.views import backflow_chart, flow_chart, losses_chart
from kreport.analyzers._over_time import section_from_log
from kreport.document.blocks import Block, Prose, Row
from kreport.document.model import Section
from kreport.document.text import advice
from kreport.errors import NotMeasuredError
from kreport.inputs.batches import Batches
from kreport.inputs.training_log import TrainingLog
from kreport.probes.graph import LayerGraph
from kreport.probes.observers.backflow import Backflow
from kreport.probes.observers.features import Features
from kreport.probes.observers.gradients import WeightGradients
from kreport.probes.sweep import Sweep

__all__ = ["GradientStats", "Gradients", "NoiseScale", "OutputGradient", "SampleLoss", "VariableGradient"]


ADVICE = "pass model= and data= (inputs and labels, as fit takes them)"


class Gradients(Analyzer[GradientStats]):
    """Reads what the sweep observed of the backward pass."""

    id = "gradients"
    title = "Gradients"
    order = 80

    def measure(
        self,
        gradients: WeightGradients,
        backflow: Backflow | None,
        features: Features | None,
        graph: LayerGraph | None,
        sweep: Sweep,
        batches: Batches,
        log: TrainingLog | None,
    ) -> GradientStats:
        """Turn gradients into figures; nothing holds on to them."""
        return replace(measured(gradients, backflow, features, graph, sweep, batches), log=kept_log(log))

    def recall(self, log: TrainingLog) -> GradientStats:
        """Say what the log of the training tells without model or data."""
        if (told := kept_log(log)) is None:
            raise NotMeasuredError(ADVICE)
        return GradientStats(
            variables=(), frozen=(), outputs=(), inputs=(), samples=0, batches=0, batch_size=0, loss=None, noise=None,
            sample_losses=None, no_update="", notes=(), log=told,
        )  # fmt: skip

    def present(self, measured: GradientStats) -> Section:
        """Show the flow, the table of variables, the noise and the losses of single samples."""
        if measured.log is not None and not measured.variables:
            return section_from_log(self.id, self.title, over_time_blocks(measured.log), advice(ADVICE))
        return Section(
            id=self.id, title=self.title, lede=lede(measured), count=f"{len(measured.variables):,}",
            blocks=tuple(_blocks(measured)), layers=layer_blocks(measured),
        )  # fmt: skip


def _blocks(stats: GradientStats) -> list[Block]:
    charts = [chart for chart in (flow_chart(stats), backflow_chart(stats)) if chart is not None]
    blocks: list[Block] = [Row(blocks=tuple(charts), spans=(6,) * len(charts))] if charts else []
    blocks += over_time_blocks(stats.log) if stats.log is not None else []
    blocks.append(variable_table(stats))
    if updates := updates_text(stats):
        blocks.append(Prose(text=updates))
    if stats.noise is not None:
        blocks.append(Prose(text=noise_text(stats.noise, stats)))
    if stats.sample_losses is not None:
        blocks.append(losses_chart(stats.sample_losses))
    return blocks
