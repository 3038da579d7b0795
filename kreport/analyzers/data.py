"""The Data section: what the samples and labels are like that everything else is measured on."""

from __future__ import annotations

from kreport.analyzers import Analyzer
from kreport.analyzers._data.measuring import measured
from kreport.analyzers._data.sentences import lede
from kreport.analyzers._data.stats import ColumnFacts, DataStats, InputFacts, LabelFacts
from kreport.analyzers._data.views import blocks, class_chart, facts
from kreport.document.blocks import Block, Row
from kreport.document.model import Section
from kreport.document.numbers import quantity
from kreport.inputs.batches import Batches
from kreport.probes.observers.data_seen import DataSeen, TrainSeen

__all__ = ["ColumnFacts", "Data", "DataStats", "InputFacts", "LabelFacts"]


class Data(Analyzer[DataStats]):
    """Looks at the samples themselves; needs no model that runs."""

    id = "data"
    title = "Data"
    order = 20

    def measure(self, seen: DataSeen, batches: Batches, train: TrainSeen | None) -> DataStats:
        """Turn what was seen into figures."""
        return measured(seen, batches, None if train is None else train.seen)

    def present(self, measured: DataStats) -> Section:
        """Show what it is, the classes, and one row a column."""
        charts = [c for i, label in enumerate(measured.labels) if (c := class_chart(label, measured, i)) is not None]
        head: list[Block] = [facts(measured)]
        if charts:
            head = [Row(blocks=(facts(measured), charts[0]), spans=(6, 6)), *charts[1:]]
        return Section(
            id=self.id, title=self.title, lede=lede(measured), count=quantity(measured.samples, "count"),
            blocks=(*head, *blocks(measured)),
        )  # fmt: skip
