"""The Activations section: what every layer puts out, and where units live on their activation functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kreport.analyzers import Analyzer
from kreport.analyzers._activations.details import details
from kreport.analyzers._activations.explorer import layer_blocks
from kreport.analyzers._activations.measuring import Observed, measured
from kreport.analyzers._activations.over_time import kept_log, over_time_blocks
from kreport.analyzers._activations.representation import representation_blocks
from kreport.analyzers._activations.representing import represented
from kreport.analyzers._activations.samples import telling_blocks
from kreport.analyzers._activations.sentences import lede
from kreport.analyzers._activations.stats import ActivationStats, Curve, FunctionUse, LayerOutput, NormFit
from kreport.analyzers._activations.tables import main_outputs, output_table
from kreport.analyzers._activations.views import depth_chart, function_charts
from kreport.analyzers._over_time import section_from_log
from kreport.charts.theme import height_of
from kreport.document.blocks import Block, Chart, Row, Stack
from kreport.document.model import Gap, Section, notice_of
from kreport.document.text import advice
from kreport.errors import NotMeasuredError
from kreport.inputs.batches import Batches
from kreport.inputs.training_log import TrainingLog
from kreport.pipeline import contained
from kreport.probes.cells import CellValues
from kreport.probes.graph import LayerGraph
from kreport.probes.layer_times import LayerTimes
from kreport.probes.observers.activations import ActivationValues
from kreport.probes.observers.features import Features
from kreport.probes.observers.functions import FunctionValues
from kreport.probes.observers.norms import NormInputs
from kreport.probes.samples.telling import TellingSamples
from kreport.probes.sweep import Sweep

__all__ = ["ActivationStats", "Activations", "Curve", "FunctionUse", "LayerOutput", "NormFit"]

TITLES = {
    "FunctionValues": "Inputs of activation functions", "NormInputs": "Inputs of batch normalisation",
    "recurrent cells": "Functions within recurrent cells", "layer times": "Eager time by layer",
    "representation": "Representation over depth",
}  # fmt: skip
"""What a part is called that is missing."""

CAPTION = 130.0
"""About the height of what stands above and below a chart, px."""

ADVICE = "pass model= and data= (inputs, as the model takes them)"


class Activations(Analyzer[ActivationStats]):
    """Reads what the sweep observed of every call."""

    id = "activations"
    title = "Activations"
    order = 70

    def measure(  # noqa: PLR0913, PLR0917 - its parameters are what it needs
        self,
        values: ActivationValues,
        functions: FunctionValues | None,
        norms: NormInputs | None,
        cells: CellValues | None,
        times: LayerTimes | None,
        features: Features | None,
        telling: TellingSamples | None,
        graph: LayerGraph | None,
        sweep: Sweep,
        batches: Batches,
        log: TrainingLog | None,
    ) -> ActivationStats:
        """Turn streams into figures."""
        seen = Observed(
            values=values, functions=functions, norms=norms, cells=cells, times=times, graph=graph, sweep=sweep
        )
        found = replace(measured(seen), log=kept_log(log), telling=telling)
        shown = None if features is None else contained("representation", represented, features, batches)
        if isinstance(shown, Gap):
            return replace(found, gaps=(*found.gaps, shown))
        return replace(found, representation=shown)

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
    blocks = _beside([*function_charts(stats), *([depth] if (depth := depth_chart(stats)) else [])])
    blocks += telling_blocks(stats.telling) if stats.telling is not None else []
    blocks += [output_table(stats), *details(stats)]
    blocks += over_time_blocks(stats.log) if stats.log is not None else []
    blocks += representation_blocks(stats.representation) if stats.representation is not None else []
    return [*blocks, *(notice_of(gap, title=TITLES.get(gap.stage, gap.stage)) for gap in stats.gaps)]


def _beside(charts: Sequence[Chart]) -> list[Block]:
    """Return charts in two columns of about the same height, each in its order; one alone has a column's width."""
    columns: tuple[list[Chart], list[Chart]] = ([], [])
    heights = [0.0, 0.0]
    for chart in charts:
        place = 0 if heights[0] <= heights[1] else 1
        columns[place].append(chart)
        heights[place] += CAPTION + height_of(chart.spec)
    shown = [column for column in columns if column]
    return [Row(blocks=tuple(Stack(blocks=tuple(c)) for c in shown), spans=(6,) * len(shown))] if shown else []
