"""The Cost section: how long a prediction takes on this machine, where its time goes, the memory it needs."""

from __future__ import annotations

from kreport.analyzers import Analyzer
from kreport.analyzers._cost.sentences import lede, method
from kreport.analyzers._cost.stats import CostStats, latency, split_of
from kreport.analyzers._cost.views import figures, latency_charts, split_table
from kreport.document.blocks import Block, Definitions, Notice, Row
from kreport.document.model import Section
from kreport.document.numbers import quantity
from kreport.document.text import advice
from kreport.probes.graph import LayerGraph
from kreport.probes.layer_times import LayerTimes
from kreport.probes.prediction_cost import PredictionCost

__all__ = ["Cost", "CostStats"]

HALF, TABLE = 6, 7
"""Columns of the page, of its twelve, that a histogram takes, and the table."""


class Cost(Analyzer[CostStats]):
    """Reads the times of single calls, and those of layers in an eager pass."""

    id = "cost"
    title = "Cost of a prediction"
    order = 35

    def measure(self, cost: PredictionCost, times: LayerTimes | None, graph: LayerGraph | None) -> CostStats:
        """Put both together; they are not taken of each other: one is of a graph, the other of single operations."""
        return CostStats(
            batches=cost.batches, fixed=cost.fixed, memory=cost.memory, machine=cost.machine,
            split=split_of(times, graph),
        )  # fmt: skip

    def present(self, measured: CostStats) -> Section:
        """Show the figures, the times of calls side by side, the classes of layers, how it was measured."""
        charts = tuple(latency_charts(measured))
        blocks: list[Block] = [figures(measured)]
        if charts:
            blocks.append(Row(blocks=charts, spans=(HALF,) * len(charts)))
        split: Block = Notice(title="Times of layers not measured", text=advice(measured.split.missing))
        if measured.split.classes:
            split = split_table(measured.split)
        how = Definitions(title="How it was measured", items=tuple(method(measured)))
        blocks.append(Row(blocks=(split, how), spans=(TABLE, 12 - TABLE)))
        count = quantity(latency(measured.batches[0]), "seconds")
        return Section(id=self.id, title=self.title, lede=lede(measured), count=count, blocks=tuple(blocks))
