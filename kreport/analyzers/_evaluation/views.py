"""The section's blocks: for every output what it scores, how sure it is, and where it goes wrong."""

from __future__ import annotations

from collections.abc import Iterator

from kreport.analyzers._evaluation.sentences import odd_note
from kreport.analyzers._evaluation.stats import EvaluationStats, OutputEvaluation
from kreport.analyzers._evaluation.tables import (
    baseline_table,
    class_table,
    compiled_table,
    confusion_table,
    generalisation_table,
    score_table,
    slice_table,
)
from kreport.document.blocks import Block, Notice
from kreport.document.model import notice_of

TITLES = {"predictions": "Predictions beside labels", "worst samples": "The worst samples"}


def blocks(stats: EvaluationStats) -> Iterator[Block]:
    """Yield the outputs one by one, then what is compiled."""
    for number, one in enumerate(stats.outputs):
        yield from _output(one, number)
    if stats.metrics:
        yield compiled_table(stats)
    for gap in stats.gaps:
        yield notice_of(gap, title=TITLES.get(gap.stage, gap.stage))


def _output(one: OutputEvaluation, number: int) -> Iterator[Block]:
    del number
    if not one.scores:
        yield Notice(title=f"Output {one.output!r} not judged.", text=one.reason or "no valid answers")
        return
    if note := odd_note(one):
        yield Notice(title="Read with care.", text=note)
    yield score_table(one)
    for table in (class_table(one), confusion_table(one), generalisation_table(one)):
        if table is not None:
            yield table
    if one.baselines is not None:
        yield baseline_table(one.baselines)
    if one.slices is not None:
        yield slice_table(one.slices)
