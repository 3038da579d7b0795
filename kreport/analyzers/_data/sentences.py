"""What the data is like, in sentences: pure functions of the measurement, with a neutral noun as the way out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from kreport.analyzers._data.stats import ColumnFacts, DataStats, InputFacts, LabelFacts
from kreport.document.numbers import plural, quantity, shape
from kreport.document.text import Name, Span, Strong, Text

IMBALANCED = 10
"""Majority over minority from which classes are called unequal (RULES D06: a note from 10)."""

NEARLY = 1.5
"""Majority over minority up to which classes are called balanced; a rule of thumb."""

OVERLAP = 0.01
"""Share of identical samples from which it is told first (RULES D07)."""

MOST = 3
"""Statements in the lede."""


def lede(stats: DataStats) -> Text:
    """Return the section's sentence: what is wrong with the data first, then what it is."""
    found = [*_wrong(stats)][:MOST]
    if len(found) < MOST:
        found.append(_plain(stats))
    spans: list[Span] = []
    for sentence in found:
        spans += [" " if spans else "", *sentence]
    return tuple(span for span in spans if span)


def _wrong(stats: DataStats) -> Iterator[list[Span]]:
    yield from _broken(stats)
    yield from _overlapping(stats)
    yield from _repeated(stats)
    yield from _unlabelled(stats)
    yield from _unequal(stats)
    yield from _drifted(stats)
    yield from _ordered(stats)
    yield from _constant(stats)


def _broken(stats: DataStats) -> Iterator[list[Span]]:
    for one in stats.inputs:
        count = one.missing + one.infinite
        if count:
            what = "NaN or infinite" if one.missing and one.infinite else "NaN" if one.missing else "infinite"
            where = f" in {plural(one.incomplete, 'sample')}" if one.incomplete else ""
            yield [
                Strong(f"{count:,} {'value is' if count == 1 else 'values are'} {what}"),
                where,
                *_worst(one, count),
                ".",
            ]
            return
    for label in stats.labels:
        if label.missing:
            yield [Strong(f"{plural(label.missing, 'label')} {'is' if label.missing == 1 else 'are'} NaN"), "."]
            return


def _worst(one: InputFacts, count: int) -> list[Span]:
    """Return where most of the missing values are: the column if it has a name, else the input."""
    worst = max(one.listed, key=lambda c: c.missing + c.infinite, default=None)
    if worst is None or not worst.name or one.holed > one.width // 2 > 0:
        return [", in ", Name(one.name)]
    most = worst.missing + worst.infinite
    return [", in " if most == count else f", {most:,} of them in ", Name(worst.name)]


def _overlapping(stats: DataStats) -> Iterator[list[Span]]:
    if stats.overlap and stats.overlap > OVERLAP * stats.hashed:
        share = quantity(stats.overlap / stats.hashed, "share")
        told = f"{share} of {plural(stats.hashed, 'sample')} stand in the training data too"
        yield [Strong(told), ": what is measured on them says too much."]


def _repeated(stats: DataStats) -> Iterator[list[Span]]:
    if stats.repeated and stats.repeated > OVERLAP * stats.hashed:
        verb = "repeats" if stats.repeated == 1 else "repeat"
        yield [Strong(f"{stats.repeated:,} of {stats.hashed:,} samples {verb} an earlier one"), "."]


def _unlabelled(stats: DataStats) -> Iterator[list[Span]]:
    for label in stats.labels:
        if label.absent and label.width and not _of_tokens(label, stats):
            text = f"{label.absent:,} of {plural(label.width, 'class', 'classes')}"
            yield [*_of(label, stats), Strong(f"{text} {'has' if label.absent == 1 else 'have'} no sample"), "."]
            return


def _of_tokens(label: LabelFacts, stats: DataStats) -> bool:
    """Tell whether classes are the tokens of a language, which are never equally frequent."""
    return noun(label, stats) == "labels" and any(one.unit in ("token", "text") for one in stats.inputs)


def _unequal(stats: DataStats) -> Iterator[list[Span]]:
    for label in stats.labels:
        if (
            label.uneven
            and not label.several
            and label.most > IMBALANCED * label.least
            and not _of_tokens(label, stats)
        ):
            times = quantity(round(label.most / label.least, 1))
            the = "the" if len(stats.labels) > 1 else "The"
            text = f"{the} largest of {label.classes:,} classes has {times} times the {noun(label, stats)}"
            yield [*_of(label, stats), Strong(text), " of the smallest."]
            return


def _drifted(stats: DataStats) -> Iterator[list[Span]]:
    for one in stats.inputs:
        if one.drifted:
            what: list[Span] = [Strong(f"{one.drifted:,} of {plural(one.width, one.unit)}")]
            verb = "is" if one.drifted == 1 else "are"
            if one.width == 1:
                what, verb = [Strong("The values of "), Name(one.name)], "are"
            yield [*what, Strong(f" {verb} distributed otherwise than in the training data"), *_farthest(one), "."]
            return
        if one.lengths is not None and one.lengths.drifted:
            yield _other_lengths(one)
            return
    for label in stats.labels:
        if label.shifted:
            share = quantity(label.shift, "share")
            told = "Classes have other shares than in the training data"
            yield [*_of(label, stats), Strong(told), f": {share} of labels would have to change."]
            return
        if any(c.drifted for c in label.targets) and not label.same_as:
            yield [*_of(label, stats), Strong("Targets are distributed otherwise than in the training data"), "."]
            return


def _other_lengths(one: InputFacts) -> list[Span]:
    """Return that lengths are not those of the training data, and how these differ if their medians do."""
    what: list[Span] = ["Texts of " if one.unit == "text" else "Sequences of ", Name(one.name)]
    median, other = (0, 0) if one.lengths is None else (one.lengths.quantiles[2], one.lengths.train_median or 0)
    if median == other:
        return [*what, Strong(" have other lengths than in the training data"), "."]
    told = f" are {'longer' if median > other else 'shorter'} than in the training data"
    unit = plural(median, "word" if one.unit == "text" else "position")
    return [*what, Strong(told), f": a median of {unit} instead of {other:,}."]


def _farthest(one: InputFacts) -> list[Span]:
    worst = max(one.listed, key=lambda c: c.drift or 0.0, default=None)
    if worst is None or not worst.name or one.width == 1:
        return []
    return [", most of all " if (one.drifted or 0) > 1 else ": ", Name(worst.name)]


def _ordered(stats: DataStats) -> Iterator[list[Span]]:
    if any(label.ordered for label in stats.labels):
        yield ["Samples stand ", Strong("sorted by class"), "."]


def _constant(stats: DataStats) -> Iterator[list[Span]]:
    for one in stats.inputs:
        if one.width == 1 or not (one.constant or one.twins or one.blank):
            continue
        parts = [f"{one.blank:,} {'holds' if one.blank == 1 else 'hold'} no number"] if one.blank else []
        parts += [f"{one.constant:,} {'is' if one.constant == 1 else 'are'} constant"] if one.constant else []
        parts += [f"{one.twins:,} {'repeats' if one.twins == 1 else 'repeat'} another"] if one.twins else []
        yield [f"Of {plural(one.width, one.unit)}, ", Strong(" and ".join(parts)), "."]
        return


def _plain(stats: DataStats) -> list[Span]:
    """Return what the data is: how much, in which classes."""
    number = plural(stats.samples, "sample")
    label = next((one for one in stats.labels if one.classes > 1 and not one.several), None)
    if label is not None and label.labels == stats.samples:
        classes = f"{label.classes:,}"
        if label.most <= NEARLY * label.least:
            return [f"{number} in {classes} balanced classes."]
        return [f"{number} in {classes} classes of {label.least:,} to {label.most:,}."]
    several = next((one for one in stats.labels if one.several and one.labels), None)
    if several is not None and len(several.listed) == several.classes:
        held = sum(c.samples for c in several.listed) / several.labels
        return [f"{number} with {quantity(held)} of {several.width or several.classes:,} labels on average."]
    if len(stats.inputs) > 1 and all(one.unit == "feature" for one in stats.inputs):
        width = sum(one.width for one in stats.inputs)
        return [f"{number} of {plural(width, 'feature')} in {len(stats.inputs):,} inputs."]
    what = " and ".join(described(one) for one in stats.inputs[:2])
    more = f" and {plural(len(stats.inputs) - 2, 'further input')}" if len(stats.inputs) > 2 else ""
    return [f"{number} of {what}{more}." if what else f"{number}."]


def described(one: InputFacts) -> str:
    """Return what a sample is: ``6 features``, ``28×28×1``, ``50 tokens``, ``one text``."""
    if one.unit == "text":
        return "one text" if one.shape in ((), (1,)) else f"{shape(one.shape, batch=True)} texts"
    if one.unit == "channel":
        return shape(one.shape, batch=True)
    if one.unit == "token" and one.shape[-1:] == (None,):
        return "tokens"
    return plural(int(np.prod([size or 1 for size in one.shape])), one.unit)


def noun(label: LabelFacts, stats: DataStats) -> str:
    """Return what is counted by class: samples, or labels where a sample has many."""
    return "samples" if label.labels == stats.samples else "labels"


def _of(label: LabelFacts, stats: DataStats) -> list[Span]:
    return [Name(label.name), ": "] if len(stats.labels) > 1 else []


def classes_title(label: LabelFacts, stats: DataStats) -> Text:
    """Return the title of the chart of classes."""
    of: list[Span] = [" of ", Name(label.name)] if len(stats.labels) > 1 else []
    if not label.classes:
        return ("Classes", *of)
    if label.several:
        held = sum(c.samples for c in label.listed) / max(1, label.labels)
        if len(label.listed) < label.classes:
            return (f"{label.classes:,} labels", *of)
        return (f"{plural(label.classes, 'label')}", *of, f", {quantity(held)} a sample on average")
    if label.classes == 1:
        return ("One class only", *of)
    if label.most <= NEARLY * label.least:
        return (f"{label.classes:,} balanced classes", *of)
    times = quantity(round(label.most / label.least, 1))
    return (f"{label.classes:,} classes", *of, f", the largest {times} times the smallest")


def columns_title(one: InputFacts, stats: DataStats) -> Text:
    """Return the title of the table of an input's columns."""
    of: list[Span] = [" of ", Name(one.name)] if len(stats.inputs) > 1 else []
    said = [
        f"{number:,} {word}"
        for number, word in (
            (one.holed, "with missing values"),
            (one.constant, "constant"),
            (one.twins, "equal to another"),
            (one.drifted or 0, "drifted"),
        )
        if number and one.width > 1
    ]
    title = plural(one.width, one.unit)
    return (title, *of, f": {', '.join(said)}") if said else (title, *of)


def lengths_title(one: InputFacts, stats: DataStats) -> Text:
    """Return the title of the chart of lengths."""
    of: list[Span] = [" of ", Name(one.name)] if len(stats.inputs) > 1 else []
    if one.lengths is None:
        return ("Lengths", *of)
    least, _, median, _, most = one.lengths.quantiles
    if least == most:
        return ("All sequences", *of, f" are {most:,} long")
    axis = one.shape[0] if one.shape and one.unit != "text" else None
    if one.lengths.cut and axis is not None and one.lengths.cut > OVERLAP * stats.samples:
        share = quantity(one.lengths.cut / stats.samples, "share")
        return (f"{share} of sequences", *of, f" fill all {axis:,} positions")
    return ("Lengths", *of, f": half are {median:,} or shorter")


def target_title(label: LabelFacts, stats: DataStats) -> Text:
    """Return the title of the distribution of a single target."""
    of: list[Span] = [" of ", Name(label.name)] if len(stats.labels) > 1 else []
    [target] = label.targets
    if target.drifted:
        return ("Targets", *of, " are distributed otherwise than in the training data")
    if not target.quartiles:
        return ("Targets", *of)
    low, _, high = target.quartiles
    return ("Half of the targets", *of, f" lie from {quantity(low)} to {quantity(high)}")


def sampled(columns: Sequence[ColumnFacts]) -> str:
    """Return what distributions come from where that is not every value, else ""."""
    most = max((c.sampled for c in columns), default=0)
    if all(c.sampled == c.count for c in columns):
        return ""
    return f"Distributions are those of {most:,} values each, chosen at random."
