"""The Gradients section: how the loss reaches every weight, how noisily, and how large the next step would be."""

from __future__ import annotations

from kreport.analyzers import Analyzer
from kreport.analyzers._gradients.explorer import layer_blocks
from kreport.analyzers._gradients.measuring import measured
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
from kreport.document.blocks import Block, Prose, Row
from kreport.document.model import Section
from kreport.inputs.batches import Batches
from kreport.probes.graph import LayerGraph
from kreport.probes.observers.backflow import Backflow
from kreport.probes.observers.features import Features
from kreport.probes.observers.gradients import WeightGradients
from kreport.probes.sweep import Sweep

__all__ = ["GradientStats", "Gradients", "NoiseScale", "OutputGradient", "SampleLoss", "VariableGradient"]


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
    ) -> GradientStats:
        """Turn gradients into figures; nothing holds on to them."""
        return measured(gradients, backflow, features, graph, sweep, batches)

    def present(self, measured: GradientStats) -> Section:
        """Show the flow, the table of variables, the noise and the losses of single samples."""
        return Section(
            id=self.id, title=self.title, lede=lede(measured), count=f"{len(measured.variables):,}",
            blocks=tuple(_blocks(measured)), layers=layer_blocks(measured),
        )  # fmt: skip


def _blocks(stats: GradientStats) -> list[Block]:
    charts = [chart for chart in (flow_chart(stats), backflow_chart(stats)) if chart is not None]
    blocks: list[Block] = [Row(blocks=tuple(charts), spans=(6,) * len(charts))] if charts else []
    blocks.append(variable_table(stats))
    if updates := updates_text(stats):
        blocks.append(Prose(text=updates))
    if stats.noise is not None:
        blocks.append(Prose(text=noise_text(stats.noise, stats)))
    if stats.sample_losses is not None:
        blocks.append(losses_chart(stats.sample_losses))
    return blocks
