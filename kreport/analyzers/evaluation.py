"""The Evaluation section: the compiled loss and metrics over all of the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kreport.analyzers import Analyzer
from kreport.analyzers._metric_names import titled
from kreport.analyzers._training.names import direction, may_be_share
from kreport.document.blocks import Column, Table, TableRow
from kreport.document.model import Section
from kreport.document.numbers import plural, quantity
from kreport.document.text import Strong, Text
from kreport.errors import NotMeasuredError
from kreport.inputs.batches import Batches
from kreport.probes.observers.metrics import CompiledMetrics
from kreport.probes.prepared import NO_LABELS
from kreport.probes.sweep import Sweep

BETTER = {"higher": "higher is better", "lower": "lower is better", "unknown": ""}


@dataclass(frozen=True, kw_only=True, eq=False)
class Metric:
    """One compiled metric.

    Attributes:
        name: as Keras has it.
        value: over all samples.
        direction: ``higher`` or ``lower`` is better, or ``unknown``.
        share: whether it is written in percent.
    """

    name: str
    value: float
    direction: str
    share: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class EvaluationStats:
    """The measurement of the section: loss and metrics as ``model.evaluate`` has them.

    Attributes:
        metrics: the loss first.
        samples: how many they are over: all of the data.
        notes: how the pass was made where that matters.
    """

    metrics: tuple[Metric, ...]
    samples: int
    notes: tuple[str, ...]

    @property
    def headline(self) -> Metric | None:
        """The metric a reader looks for first: one in percent, else the first that is not the loss, else the loss."""
        others = [metric for metric in self.metrics if metric.name != "loss"]
        return next(
            (metric for metric in others if metric.share), others[0] if others else next(iter(self.metrics), None)
        )

    def rows(self) -> list[dict[str, Any]]:
        """Return one row a metric for a table."""
        return [
            {"metric": m.name, "value": m.value, "direction": m.direction, "samples": self.samples}
            for m in self.metrics
        ]  # fmt: skip


class Evaluation(Analyzer[EvaluationStats]):
    """Reads what the model's own test step said of every batch."""

    id = "evaluation"
    title = "Evaluation"
    order = 30

    def measure(self, metrics: CompiledMetrics, batches: Batches, sweep: Sweep) -> EvaluationStats:
        """Name the values.

        Raises:
            NotMeasuredError: there are no labels, or no loss.
        """
        if not metrics.values:
            raise NotMeasuredError(_needs(batches, sweep))
        return EvaluationStats(
            metrics=tuple(
                Metric(name=name, value=value, direction=direction(name), share=may_be_share(name) and 0 <= value <= 1)
                for name, value in sorted(metrics.values, key=lambda pair: pair[0] != "loss")
            ),
            samples=metrics.samples, notes=sweep.notes,
        )  # fmt: skip

    def present(self, measured: EvaluationStats) -> Section:
        """Show one row a metric."""
        columns = [Column(label="Metric", unit="name"), Column(label="Value"), Column(label="Direction")]
        rows = [TableRow(cells=(m.name, written(m), BETTER[m.direction])) for m in measured.metrics]
        table = Table(
            title="Compiled loss and metrics", columns=columns, rows=rows, sort=False,
            subtitle=f"As model.evaluate has them, inference mode, over all {plural(measured.samples, 'sample')}",
        )  # fmt: skip
        headline = measured.headline
        count = "" if headline is None else written(headline)
        return Section(id=self.id, title=self.title, lede=lede(measured), count=count, blocks=(table,))


def _needs(batches: Batches, sweep: Sweep) -> str:
    if not batches.labels:
        return NO_LABELS.replace("gradients need", "evaluation needs")
    reasons = [note for note in sweep.notes if "metrics" in note]
    return reasons[0] if reasons else "evaluation needs a loss: compile the model or pass loss="


def written(metric: Metric) -> str:
    """Return the value in words: a share in percent, anything else as a number."""
    return quantity(metric.value, "share" if metric.share else "number")


def lede(stats: EvaluationStats) -> Text:
    """Return the section's sentence."""
    headline = stats.headline
    if headline is None:
        return "No metrics."
    return (Strong(f"{titled(headline.name)} {written(headline)}"), f" on {plural(stats.samples, 'sample')}.")
