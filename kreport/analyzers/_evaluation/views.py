"""The section's blocks: for every output what it scores, where it goes wrong, and how far it can be trusted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kreport.analyzers._evaluation import pictures
from kreport.analyzers._evaluation.figures import key_figures
from kreport.analyzers._evaluation.sentences import KINDS, answers, not_judged, odd_note
from kreport.analyzers._evaluation.stats import EvaluationStats, OutputEvaluation
from kreport.analyzers._evaluation.tables import (
    baseline_table,
    class_table,
    compiled_table,
    confusion_table,
    score_table,
    slice_table,
    target_table,
)
from kreport.analyzers._evaluation.worst import without_inputs, worst_samples
from kreport.document.blocks import Block, Chart, Disclosure, Heading, Notice, Row, Stack, Table
from kreport.document.model import notice_of
from kreport.document.numbers import plural
from kreport.document.text import Name

TITLES = {
    "predictions": "Predictions beside labels", "compiled metrics": "Compiled loss and metrics",
    "slices": "Slices", "training data": "Training data beside these data",
    "baselines": "The network beside simple models", "worst samples": "The worst samples",
}  # fmt: skip
"""Of the parts of the section, where they failed."""

CLASSES = frozenset({"binary", "multi-class", "multi-label"})
"""Tasks whose answers are right or wrong."""

COMPACT = 3
"""Classes up to which the matrix leaves room for the table of classes beneath it."""


def blocks(stats: EvaluationStats) -> Iterator[Block]:
    """Yield the outputs one by one, then what is compiled; of one output, this stands where there is room."""
    compiled = compiled_table(stats) if stats.metrics else None
    judged = [one for one in stats.outputs if one.scores]
    alone = len(judged) == 1
    for number, one in enumerate(stats.outputs):
        if one.several and one.scores:
            yield Heading(title=("Output ", Name(one.output)), text=f"Predicts {KINDS[one.kind]}; {answers(one)}")
        yield from _output(one, f"evaluation-{number}", compiled if alone else None)
    if stats.not_compared and judged:
        yield Notice(title="Simple models not fitted.", text=_sentence(stats.not_compared))
    if compiled is not None and not alone:
        if judged:
            yield Heading(title="All outputs together")
        yield from _beside(compiled)
    for gap in stats.gaps:
        yield notice_of(gap, title=TITLES.get(gap.stage, gap.stage))


def _output(one: OutputEvaluation, key: str, compiled: Table | None) -> Iterator[Block]:
    if not one.scores:
        yield Notice(title=f"The output {one.output!r} is not judged.", text=not_judged(one))
        return
    yield key_figures(one)
    if note := odd_note(one):
        yield Notice(title="Read with care.", text=note)
    room = one.kind in CLASSES or one.baselines is not None or len(one.targets) > 1
    beside = compiled if one.generalisation and room else None  # the table of scores takes the whole width then
    yield from _classes(one, key, beside) if one.kind in CLASSES else _numbers(one, key, beside)
    details = tuple(_details(one, key, compiled if beside is None else None))
    if one.several:
        yield Disclosure(title=("More of ", Name(one.output)), summary="slices, curves, all scores", blocks=details)
    else:
        yield from details


def _details(one: OutputEvaluation, key: str, compiled: Table | None) -> Iterator[Block]:
    if one.slices is not None:
        yield slice_table(one.slices)
    yield from _beside(*pictures.curves(one, key))
    if one.generalisation:
        yield score_table(one)
        yield from _beside(compiled)
    else:
        yield from _beside(score_table(one), compiled)


def _numbers(one: OutputEvaluation, key: str, compiled: Table | None) -> Iterator[Block]:
    """Yield targets, residuals and the worst samples; only the target that is told worst is drawn at once."""
    several = target_table(one)
    if several is not None:
        yield from _beside(several, _rivals(one))
    figures = [block for charts in pictures.residuals(one, key) for block in _beside(charts[:1], charts[1:])]
    yield from figures[:1]
    if len(figures) > 1:
        names = ", ".join(target.name for target in pictures.drawn(one)[1:])
        yield Disclosure(
            title=f"Residuals of {plural(len(figures) - 1, 'more target')}", summary=names, blocks=figures[1:]
        )
    if (worst := worst_samples(one, key)) is not None:
        yield worst
    yield from _beside(_rivals(one) if several is None else None, compiled)


def _classes(one: OutputEvaluation, key: str, compiled: Table | None) -> Iterator[Block]:
    """Yield where it goes wrong on the left, how far it can be trusted on the right; then samples and classes."""
    by_class, matrix, confusions = class_table(one), pictures.confusion(one, key), confusion_table(one)
    sure = _sureness(one, key)
    small = matrix is None or len(one.classes) <= COMPACT
    worst, rivals = worst_samples(one, key), _rivals(one)
    left = [matrix, by_class, rivals, compiled] if small else [matrix, confusions]
    yield from _beside(left, [pictures.reliability(one, key), sure, confusions if small else None])
    narrow = worst is not None and without_inputs(one)
    if worst is not None and not narrow:
        yield worst
    if small:
        yield from _beside(worst if narrow else None)
    elif narrow:
        yield from _beside(by_class, worst, spans=(7, 5))
        yield from _beside(rivals, compiled)
    else:
        yield from _beside(by_class, [rivals, compiled], spans=(7, 5))


def _rivals(one: OutputEvaluation) -> Table | None:
    return None if one.baselines is None else baseline_table(one.baselines)


def _sureness(one: OutputEvaluation, key: str) -> Chart | None:
    if one.confidence is None or one.kind == "multi-label":
        return None
    return pictures.sureness(one.confidence, key)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _beside(*columns: Block | Sequence[Block | None] | None, spans: tuple[int, int] = (6, 6)) -> Iterator[Block]:
    """Yield two columns of what there is, one alone at a column's width."""
    stacks: list[Block] = []
    for column in columns:
        found = [block for block in (column if isinstance(column, Sequence) else [column]) if block is not None]
        if found:
            stacks.append(found[0] if len(found) == 1 else Stack(blocks=tuple(found)))
    if stacks:
        yield Row(blocks=tuple(stacks), spans=spans[: len(stacks)])
