"""The Activations section: what every layer puts out, and where units live on their activation functions."""

from __future__ import annotations

from dataclasses import replace

from kreport.analyzers import Analyzer
from kreport.analyzers._activations.explorer import layer_blocks
from kreport.analyzers._activations.measuring import measured
from kreport.analyzers._activations.representation import representation_blocks
from kreport.analyzers._activations.representing import represented
from kreport.analyzers._activations.sentences import lede
from kreport.analyzers._activations.stats import ActivationStats, Curve, FunctionUse, LayerOutput
from kreport.analyzers._activations.tables import main_outputs, output_table
from kreport.analyzers._activations.views import depth_chart, function_charts
from kreport.document.blocks import Block, Row
from kreport.document.model import Section
from kreport.inputs.batches import Batches
from kreport.probes.graph import LayerGraph
from kreport.probes.observers.activations import ActivationValues
from kreport.probes.observers.features import Features
from kreport.probes.observers.functions import FunctionValues
from kreport.probes.sweep import Sweep

__all__ = ["ActivationStats", "Activations", "Curve", "FunctionUse", "LayerOutput"]


class Activations(Analyzer[ActivationStats]):
    """Reads what the sweep observed of every call."""

    id = "activations"
    title = "Activations"
    order = 70

    def measure(
        self,
        values: ActivationValues,
        functions: FunctionValues | None,
        features: Features | None,
        graph: LayerGraph | None,
        sweep: Sweep,
        batches: Batches,
    ) -> ActivationStats:
        """Turn streams into figures."""
        found = measured(values, functions, graph, sweep)
        return found if features is None else replace(found, representation=represented(features, batches))

    def present(self, measured: ActivationStats) -> Section:
        """Show functions with their inputs, outputs over depth, and the table of calls."""
        return Section(
            id=self.id, title=self.title, lede=lede(measured), count=f"{len(main_outputs(measured)):,}",
            blocks=tuple(_blocks(measured)), layers=layer_blocks(measured),
        )  # fmt: skip


def _blocks(stats: ActivationStats) -> list[Block]:
    charts = [*function_charts(stats), *([depth] if (depth := depth_chart(stats)) else [])]
    rows: list[Block] = [
        Row(blocks=tuple(charts[i : i + 2]), spans=(6, 6)[: len(charts[i : i + 2])]) for i in range(0, len(charts), 2)
    ]
    shown = [] if stats.representation is None else representation_blocks(stats.representation)
    return [*rows, output_table(stats), *shown]
