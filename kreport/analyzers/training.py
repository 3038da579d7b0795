"""The Training section: how the metrics went, where they were best, and how the model is compiled."""

from __future__ import annotations

from kreport.analyzers import Analyzer
from kreport.analyzers._training.configuration import configuration
from kreport.analyzers._training.curves import Best, Metric, RunCurves, Series, TrainingCurves
from kreport.analyzers._training.measuring import curves_of, headline
from kreport.analyzers._training.sentences import lede
from kreport.analyzers._training.tables import metrics_table
from kreport.analyzers._training.views import charts
from kreport.document.blocks import Block, Notice
from kreport.document.model import Section
from kreport.document.numbers import plural
from kreport.document.text import CodeSpan
from kreport.errors import NotMeasuredError
from kreport.inputs.history import History
from kreport.probes.training_config import TrainingConfig

__all__ = ["Best", "Metric", "RunCurves", "Series", "Training", "TrainingCurves"]

ADVICE = "pass history= (the object that fit returns, or its CSV or JSON log)"


class Training(Analyzer[TrainingCurves]):
    """Summarises the history; shows the compile settings with or without one."""

    id = "training"
    title = "Training"
    order = 40

    def measure(self, history: History | None, config: TrainingConfig | None) -> TrainingCurves:
        """Pair the columns by split, summarise them exactly and thin them for drawing."""
        told = config is not None and (config.compiled or bool(config.optimizers))
        if history is None and not told:
            raise NotMeasuredError(ADVICE)
        runs = history.runs if history else ()
        curves = tuple(curves_of(run) for run in runs)
        return TrainingCurves(
            curves=curves, config=config, headline=headline(curves), notes=history.notes if history else ()
        )

    def present(self, measured: TrainingCurves) -> Section:
        """Show curves, the table of metrics and the configuration."""
        return Section(
            id=self.id, title=self.title, lede=lede(measured), count=_count(measured), blocks=tuple(_blocks(measured))
        )


def _blocks(measured: TrainingCurves) -> list[Block]:
    blocks: list[Block] = []
    if not measured.epochs and measured.notes:
        blocks.append(Notice(title="Curves not measured", text=" ".join(measured.notes)))
    elif not measured.curves:
        arguments = ("pass ", CodeSpan("history="), " (what fit returned, or its CSV or JSON log) to see the curves.")
        blocks.append(Notice(title="Curves not measured", text=arguments))
    else:
        blocks += charts(measured)
        blocks.append(metrics_table(measured))
    if measured.config is not None:
        blocks += configuration(measured.config)
    return blocks


def _count(measured: TrainingCurves) -> str:
    if measured.runs > 1:
        return plural(measured.runs, "run")
    return plural(measured.epochs, "epoch") if measured.curves else ""
