"""The overview: what the model is, how good it got, what is missing; one screen."""

from __future__ import annotations

from collections.abc import Iterator

from kreport.analyzers import Analyzer
from kreport.analyzers._labels import cut
from kreport.analyzers._overview.figures import key_figures
from kreport.analyzers._overview.ribbon import ribbon
from kreport.analyzers._overview.sentences import environment_line, facts_line, verdict
from kreport.analyzers._overview.units import units
from kreport.analyzers.architecture import Architecture
from kreport.analyzers.data import DataStats
from kreport.analyzers.evaluation import EvaluationStats
from kreport.analyzers.training import TrainingCurves
from kreport.charts.spark import loss_spark
from kreport.document.blocks import (
    Block,
    Column,
    Definitions,
    Facts,
    Headline,
    KeyFigures,
    Notice,
    Row,
    Stack,
    Swatch,
    Table,
    TableRow,
)
from kreport.document.model import Section
from kreport.document.report import Environment, SubjectSummary, Timings
from kreport.document.text import Name, advice
from kreport.pipeline import Gaps

LARGEST = 5
"""Layers in the table of the largest ones."""

NAME = 22
"""Characters of the name of a layer or class that fit its table."""


class Overview(Analyzer[None]):
    """Measures nothing; says first what the other sections found."""

    id = "overview"
    title = "Overview"
    order = 0

    def present(  # noqa: PLR0913, PLR0917 - what it shows
        self,
        subject: SubjectSummary,
        environment: Environment,
        gaps: Gaps,
        timings: Timings | None,
        architecture: Architecture | None,
        training: TrainingCurves | None,
        evaluation: EvaluationStats | None,
        data: DataStats | None,
    ) -> Section:
        """Fit name, verdict, figures and what is missing on one screen."""
        blocks: list[Block] = [
            Headline(
                name=subject.name,
                facts=facts_line(subject, architecture, training),
                verdict=verdict(subject, architecture, training, evaluation),
            )
        ]
        if figures := key_figures(subject, architecture, training, evaluation):
            blocks.append(KeyFigures(figures=figures))
        left, right = tuple(_left(gaps, architecture, subject)), tuple(_right(architecture, training))
        if left and right:
            blocks.append(Row(blocks=(Stack(blocks=left), Stack(blocks=right)), spans=(7, 5)))
        else:
            blocks.extend((*left, *right))
        blocks.append(Facts(items=tuple(environment_line(subject, environment, timings, data))))
        return Section(id=self.id, title=self.title, blocks=tuple(blocks))


def _left(gaps: Gaps, architecture: Architecture | None, subject: SubjectSummary) -> Iterator[Block]:
    if architecture is not None and architecture.parameters:
        yield _largest(architecture)
    missing = [(f"{gap.stage[:1].upper()}{gap.stage[1:]}", advice(gap.reason)) for gap in gaps.gaps]
    if architecture is not None and architecture.missing:
        missing.append(("Compute", advice(architecture.missing)))
    if missing:
        yield Definitions(title="Not measured", items=tuple(missing))
    if subject.notes:
        yield Notice(title="While reading the file", text=" ".join(subject.notes))


def _largest(architecture: Architecture) -> Table:
    layers = sorted(units(architecture), key=lambda layer: -layer.parameters)[:LARGEST]
    return Table(
        title="Largest layers",
        columns=[
            Column(label="Layer"),
            Column(label="Class"),
            Column(label="Parameters", unit="count"),
            Column(label="Share", unit="bar"),
        ],
        rows=[
            TableRow(
                cells=[
                    Swatch(layer_kind=layer.kind, text=(Name(cut(layer.id, NAME), layer.id),)),
                    cut(layer.class_name, NAME),
                    layer.parameters,
                    layer.parameters / architecture.parameters,
                ]
            )
            for layer in layers
            if layer.parameters
        ],
        sort=False,
    )


def _right(architecture: Architecture | None, training: TrainingCurves | None) -> Iterator[Block]:
    if training is not None and (spark := loss_spark(training)) is not None:
        yield spark
    if architecture is not None and (strip := ribbon(architecture)) is not None:
        yield strip
