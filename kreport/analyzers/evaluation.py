"""The Evaluation section: how good every output is, how sure that is, and where it goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from kreport.analyzers import Analyzer
from kreport.analyzers._evaluation.measuring import evaluated, generalised, with_inputs, with_slices
from kreport.analyzers._evaluation.rivalling import with_baselines
from kreport.analyzers._evaluation.sentences import interval, lede, told, written
from kreport.analyzers._evaluation.stats import EvaluationStats, Metric, OutputEvaluation
from kreport.analyzers._training.names import direction, may_be_share
from kreport.document.model import Gap, Section
from kreport.errors import NotMeasuredError
from kreport.inputs.batches import Batches
from kreport.pipeline import contained
from kreport.probes.observers.metrics import CompiledMetrics
from kreport.probes.observers.predictions import NO_LABELS, Predictions
from kreport.probes.on_train import OnTrain
from kreport.probes.rivals import Comparison
from kreport.probes.samples.hardest import WorstInputs
from kreport.probes.sweep import Sweep

__all__ = ["Evaluation", "EvaluationStats", "Metric", "interval", "told", "written"]


class Evaluation(Analyzer[EvaluationStats]):
    """Reads the predictions of every batch, and what the model's own test step said of them."""

    id = "evaluation"
    title = "Evaluation"
    order = 30

    def measure(
        self,
        metrics: CompiledMetrics | None,
        predictions: Predictions | None,
        worst: WorstInputs | None,
        train: OnTrain | None,
        comparison: Comparison | None,
        batches: Batches,
        sweep: Sweep,
    ) -> EvaluationStats:
        """Score every output.

        Raises:
            NotMeasuredError: there are no labels, or nothing that could be done with them.
        """
        values, gaps = () if metrics is None else metrics.values, [*_failed(sweep)]
        found = () if predictions is None else contained("predictions", evaluated, predictions, batches)
        outputs = () if isinstance(found, Gap) else found
        gaps += [found] if isinstance(found, Gap) else []
        if not values and not any(one.scores for one in outputs) and not gaps:
            raise NotMeasuredError(_needs(batches, sweep, outputs))
        parts: tuple[tuple[str, Any, Callable[..., tuple[OutputEvaluation, ...]]], ...] = (
            ("slices", predictions, with_slices),
            ("training data", None if train is None else train.predictions, generalised),
            ("baselines", None if comparison is None else comparison.rivals, with_baselines),
            ("worst samples", None if worst is None else worst.inputs, with_inputs),
        )
        for stage, part, add in parts if outputs else ():
            missing = part is None or isinstance(part, Gap)
            made = part if missing else contained(stage, add, outputs, part)
            outputs = outputs if missing or isinstance(made, Gap) else made
            gaps += [replace(made, stage=stage)] if isinstance(made, Gap) and made.failed else []
        rivals = None if comparison is None else comparison.rivals
        return EvaluationStats(
            metrics=tuple(
                Metric(name=name, value=value, direction=direction(name), share=may_be_share(name) and 0 <= value <= 1)
                for name, value in sorted(values, key=lambda pair: pair[0] != "loss")
            ),
            samples=max([0 if metrics is None else metrics.samples, *(one.samples for one in outputs)]),
            notes=sweep.notes, outputs=outputs, gaps=(*gaps, *(() if worst is None else worst.gaps)),
            not_compared=rivals.reason if isinstance(rivals, Gap) and not rivals.failed else "",
        )  # fmt: skip

    def present(self, measured: EvaluationStats) -> Section:
        """Show every output by itself."""
        from kreport.analyzers._evaluation.views import blocks

        score, metric = measured.score, measured.headline
        count = told(score) if score is not None else "" if metric is None else written(metric)
        return Section(
            id=self.id, title=self.title, lede=lede(measured), count=count, blocks=tuple(blocks(measured))
        )  # fmt: skip


def _failed(sweep: Sweep) -> Iterator[Gap]:
    """Yield what failed of what the section is made from."""
    for kind, stage in ((Predictions, "predictions"), (CompiledMetrics, "compiled metrics")):
        found = sweep.results.get(kind)
        if isinstance(found, Gap) and found.failed:
            yield replace(found, stage=stage)


def _needs(batches: Batches, sweep: Sweep, outputs: tuple[OutputEvaluation, ...]) -> str:
    return next(_reasons(batches, sweep, outputs))


def _reasons(batches: Batches, sweep: Sweep, outputs: tuple[OutputEvaluation, ...]) -> Iterator[str]:
    if not batches.labels:
        yield NO_LABELS
    if isinstance(found := sweep.results.get(Predictions), Gap):
        yield found.reason
    yield from (one.reason for one in outputs if one.reason)
    yield from (note for note in sweep.notes if "metrics" in note)
    yield "evaluation needs a loss: compile the model or pass loss="
