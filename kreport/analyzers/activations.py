"""The Activations section: what every layer puts out, and where units live on their activation functions."""

from __future__ import annotations

from dataclasses import replace

from kreport.analyzers import Analyzer
from kreport.analyzers._activations.explorer import layer_blocks
from kreport.analyzers._activations.measuring import measured
from kreport.analyzers._activations.over_time import kept_log, over_time_blocks
from kreport.analyzers._activations.representation import representation_blocks
from kreport.analyzers._activations.representing import represented
from kreport.analyzers._activations.sentences import lede
from kreport.analyzers._activations.stats import ActivationStats, Curve, FunctionUse, LayerOutput
from kreport.analyzers._activations.tables import main_outputs, output_table
from kreport.analyzers._activations.views import depth_chart, function_charts
from kreport.analyzers._over_time import section_from_log
from kreport.document.blocks import Block, Row
from kreport.document.model import Section
from kreport.document.text import advice
from kreport.errors import NotMeasuredError
from kreport.inputs.batches import Batches
from kreport.inputs.training_log import TrainingLog
from kreport.probes.graph import LayerGraph
from kreport.probes.observers.activations import ActivationValues
from kreport.probes.observers.features import Features
from kreport.probes.observers.functions import FunctionValues
from kreport.probes.sweep import Sweep

__all__ = ["ActivationStats", "Activations", "Curve", "FunctionUse", "LayerOutput"]


ADVICE = "pass model= and data= (inputs, as the model takes them)"


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
        log: TrainingLog | None,
    ) -> ActivationStats:
        """Turn streams into figures."""
        found = replace(measured(values, functions, graph, sweep), log=kept_log(log))
        return found if features is None else replace(found, representation=represented(features, batches))

    def recall(self, log: TrainingLog) -> ActivationStats:
        """Say what the log of the training tells without model or data."""
        if (told := kept_log(log)) is None:
            raise NotMeasuredError(ADVICE)
        return ActivationStats(outputs=(), functions=(), curves=(), samples=0, read=0, notes=(), log=told)

    def present(self, measured: ActivationStats) -> Section:
        """Show functions with their inputs, outputs over depth, and the table of calls."""
        if measured.log is not None and not measured.outputs:
            return section_from_log(self.id, self.title, over_time_blocks(measured.log), advice(ADVICE))
        return Section(
            id=self.id, title=self.title, lede=lede(measured), count=f"{len(main_outputs(measured)):,}",
            blocks=tuple(_blocks(measured)), layers=layer_blocks(measured),
        )  # fmt: skip


def _blocks(stats: ActivationStats) -> list[Block]:
    charts = [*function_charts(stats), *([depth] if (depth := depth_chart(stats)) else [])]
    rows: list[Block] = [
        Row(blocks=tuple(charts[i : i + 2]), spans=(6, 6)[: len(charts[i : i + 2])]) for i in range(0, len(charts), 2)
    ]
    rows += over_time_blocks(stats.log) if stats.log is not None else []
    shown = [] if stats.representation is None else representation_blocks(stats.representation)
    return [*rows, output_table(stats), *shown]
