"""The section's blocks: for every output what it scores, how sure it is, and where it goes wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kreport.analyzers._evaluation import pictures
from kreport.analyzers._evaluation.sentences import KINDS, answers, odd_note
from kreport.analyzers._evaluation.stats import EvaluationStats, OutputEvaluation
from kreport.analyzers._evaluation.tables import (
    baseline_table,
    class_table,
    compiled_table,
    confusion_table,
    generalisation_table,
    score_table,
    slice_table,
    target_table,
)
from kreport.analyzers._evaluation.worst import worst_samples
from kreport.document.blocks import Block, Notice, Prose, Row, Stack
from kreport.document.model import notice_of
from kreport.document.text import Name, Strong

TITLES = {
    "predictions": "Predictions beside labels", "compiled metrics": "Compiled loss and metrics",
    "slices": "Slices", "training data": "Training data beside these data",
    "baselines": "The network beside simple models", "worst samples": "The worst samples",
}  # fmt: skip
"""Of the parts of the section, where they failed."""


def blocks(stats: EvaluationStats) -> Iterator[Block]:
    """Yield the outputs one by one, then what is compiled."""
    for number, one in enumerate(stats.outputs):
        if one.several and one.scores:
            told = f": {KINDS[one.kind]}, {answers(one)}"
            yield Prose(text=(Strong("Output "), Name(one.output), told))
        yield from _output(one, f"evaluation-{number}")
    if stats.metrics:
        yield compiled_table(stats)
    for gap in stats.gaps:
        yield notice_of(gap, title=TITLES.get(gap.stage, gap.stage))


def _output(one: OutputEvaluation, key: str) -> Iterator[Block]:
    if not one.scores:
        yield Notice(title=f"The output {one.output!r} is not judged.", text=one.reason or "no valid answers")
        return
    if note := odd_note(one):
        yield Notice(title="Read with care.", text=note)
    for truth, residual, errors in pictures.residuals(one, key):
        yield from _beside(truth, [residual, errors])
    yield from _beside(pictures.confusion(one, key), pictures.reliability(one, key))
    if (worst := worst_samples(one)) is not None:
        yield worst
    rivals = None if one.baselines is None else baseline_table(one.baselines)
    by_class = [class_table(one), target_table(one)]
    if not any(by_class):
        yield from _beside(score_table(one), rivals)
    else:
        yield from _beside(by_class, [rivals, score_table(one)])
    sure = None if one.confidence is None or one.kind == "multi-label" else pictures.sureness(one.confidence, key)
    yield from _beside(confusion_table(one), sure)
    yield from _beside(*pictures.curves(one, key))
    for table in (generalisation_table(one), None if one.slices is None else slice_table(one.slices)):
        if table is not None:
            yield table


def _beside(*columns: Block | Sequence[Block | None] | None) -> Iterator[Block]:
    """Yield two columns of what there is, one alone at a column's width."""
    stacks: list[Block] = []
    for column in columns:
        found = [block for block in (column if isinstance(column, Sequence) else [column]) if block is not None]
        if found:
            stacks.append(found[0] if len(found) == 1 else Stack(blocks=tuple(found)))
    if stacks:
        yield Row(blocks=tuple(stacks), spans=(6,) * len(stacks))
