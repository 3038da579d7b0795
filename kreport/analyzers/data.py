"""The Data section: what the samples and labels are like that everything else is measured on."""

from __future__ import annotations

from kreport.analyzers import Analyzer
from kreport.analyzers._data.measuring import measured
from kreport.analyzers._data.sentences import lede
from kreport.analyzers._data.stats import (
    ClassFacts,
    ColumnFacts,
    DataStats,
    InputFacts,
    LabelFacts,
    LengthFacts,
    TextFacts,
)
from kreport.analyzers._data.views import blocks
from kreport.document.model import Section
from kreport.document.numbers import quantity
from kreport.inputs.batches import Batches, TrainBatches
from kreport.probes.observers.data_seen import DataSeen, TrainSeen

__all__ = [
    "ClassFacts",
    "ColumnFacts",
    "Data",
    "DataStats",
    "InputFacts",
    "LabelFacts",
    "LengthFacts",
    "TextFacts",
]


class Data(Analyzer[DataStats]):
    """Looks at the samples themselves; needs no model that runs."""

    id = "data"
    title = "Data"
    order = 20

    def measure(
        self, seen: DataSeen, batches: Batches, train: TrainSeen | None, train_batches: TrainBatches | None
    ) -> DataStats:
        """Turn what was seen into figures."""
        return measured(seen, batches, None if train is None else train.seen, train_batches)

    def present(self, measured: DataStats) -> Section:
        """Show what it is, the classes, and one row a column."""
        return Section(
            id=self.id, title=self.title, lede=lede(measured), count=quantity(measured.samples, "count"),
            blocks=tuple(blocks(measured)),
        )  # fmt: skip
