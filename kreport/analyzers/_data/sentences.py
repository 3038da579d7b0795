"""What the data is like, in sentences: pure functions of the measurement, with a neutral noun as the way out."""

from __future__ import annotations

from kreport.analyzers._data.stats import DataStats, InputFacts, LabelFacts
from kreport.document.numbers import plural, quantity, shape
from kreport.document.text import Name, Span, Strong, Text

IMBALANCED = 10
"""Majority over minority from which classes are called unequal (RULES D06: a note from 10)."""

NEARLY = 1.5
"""Majority over minority up to which classes are called balanced; a rule of thumb."""

OVERLAP = 0.01
"""Share of samples found in the training data from which it is told first (RULES D07)."""


def lede(stats: DataStats) -> Text:
    """Return the section's sentence: what is wrong with the data first, else what it is."""
    spans: list[Span] = []
    for found in (_broken(stats), _overlap(stats), _repeated(stats), _classes(stats), _ordered(stats)):
        if found:
            spans += [" " if spans else "", *found]
    return tuple(spans) or _plain(stats)


def _plain(stats: DataStats) -> Text:
    inputs = ", ".join(f"{shape(one.shape, batch=True)} {one.dtype}" for one in stats.inputs[:3])
    return f"{plural(stats.samples, 'sample')} of {inputs or 'no input'}."


def _broken(stats: DataStats) -> list[Span]:
    bad = [(one, sum(c.missing + c.infinite for c in one.columns)) for one in stats.inputs]
    bad = [(one, count) for one, count in bad if count]
    if not bad:
        return []
    one, count = bad[0]
    return [
        Strong(f"{count:,} {'value is' if count == 1 else 'values are'} NaN or infinite"),
        " in ",
        Name(one.name),
        ".",
    ]


def _overlap(stats: DataStats) -> list[Span]:
    if not stats.overlap or stats.overlap <= OVERLAP * stats.hashed:
        return []
    share = quantity(stats.overlap / stats.hashed, "share")
    return [Strong(f"{share} of the samples stand in the training data too"), ": figures on them say too much."]


def _repeated(stats: DataStats) -> list[Span]:
    if not stats.repeated or stats.repeated <= OVERLAP * stats.hashed:
        return []
    return [Strong(f"{plural(stats.repeated, 'sample')} of {stats.hashed:,} repeat an earlier one"), "."]


def counts(label: LabelFacts) -> list[int]:
    """Return the samples of each class that has any."""
    return [count for _, count, _ in label.classes if count]


def _classes(stats: DataStats) -> list[Span]:
    label = next((one for one in stats.labels if one.kind in ("class", "one-hot") and len(counts(one)) > 1), None)
    if label is None:
        return []
    most, least = max(counts(label)), min(counts(label))
    number = len(counts(label))
    if most > IMBALANCED * least:
        return [
            Strong(f"The largest of {number} classes has {quantity(most / least)} times the samples"),
            " of the smallest.",
        ]
    if most <= NEARLY * least:
        return [f"{plural(stats.samples, 'sample')} in {number} balanced classes."]
    return [f"{plural(stats.samples, 'sample')} in {number} classes of {least:,} to {most:,}."]


def _ordered(stats: DataStats) -> list[Span]:
    if not any(label.ordered for label in stats.labels):
        return []
    return ["Labels stand ", Strong("in order"), ", all samples of a class together."]


def classes_title(stats: DataStats, label: LabelFacts) -> str:
    """Return the title of the chart of classes."""
    known = counts(label)
    if len(known) < 2:
        return "Classes" if known else "No labels"
    ratio = max(known) / min(known)
    number = len(known)
    if label.kind == "binary":
        return f"{number} labels, on {quantity(sum(known) / max(1, stats.samples))} of which a sample has on average"
    if ratio <= NEARLY:
        return f"{number} balanced classes"
    return f"{number} classes, the largest {quantity(ratio)} times the smallest"


def columns_title(one: InputFacts) -> str:
    """Return the title of the table of an input's columns."""
    noun = {"token": "Tokens"}.get(one.unit, plural(one.width, one.unit))
    constant = [c for c in one.columns if c.constant]
    twins = [c for c in one.columns if c.twin is not None]
    parts = [plural(len(found), word) for found, word in ((constant, "constant"), (twins, "copy of another")) if found]
    said = [text.replace("constants", "constant").replace("copy of anothers", "copies of others") for text in parts]
    return f"{noun}: {', '.join(said)}" if said else noun
