"""The Data section as blocks: what the data is, its classes, its columns, its lengths."""

from __future__ import annotations

from collections.abc import Iterator

from kreport.analyzers._data.charts import class_chart, length_chart, target_chart
from kreport.analyzers._data.sentences import described
from kreport.analyzers._data.stats import DataStats, InputFacts, LabelFacts
from kreport.analyzers._data.tables import column_table, single_table, target_table
from kreport.document.blocks import Block, Chart, Definitions, Row, Stack
from kreport.document.numbers import plural, quantity, shape
from kreport.document.text import Name, Text
from kreport.probes.observers._data_inputs import WORDS

FEW = 5
"""Classes up to which a second chart fits below theirs, beside the facts."""


def blocks(stats: DataStats) -> Iterator[Block]:
    """Yield the section's blocks: facts beside the first charts, further charts in pairs, then tables."""
    charts = [*_charts(stats)]
    few = bool(stats.labels) and 0 < stats.labels[0].classes <= FEW
    beside, rest = (charts[:2], charts[2:]) if few else (charts[:1], charts[1:])
    head = facts(stats)
    right = beside if len(beside) < 2 else [Stack(blocks=tuple(beside))]
    yield Row(blocks=(head, *right), spans=(6,) * (1 + len(right)))
    for start in range(0, len(rest), 2):
        pair = tuple(rest[start : start + 2])
        yield Row(blocks=pair, spans=(6,) * len(pair))
    singles = _singles(stats)
    if singles:
        yield single_table(singles, stats)
    for one in stats.inputs:
        if one not in singles and (table := column_table(one, stats)) is not None:
            yield table
    for label in stats.labels:
        if (targets := target_table(label, stats)) is not None:
            yield targets


def _charts(stats: DataStats) -> Iterator[Chart]:
    for index, label in enumerate(stats.labels):
        if (classes := class_chart(label, stats, index)) is not None:
            yield classes
        if len(label.targets) == 1 and label.targets[0].histogram.size and not label.same_as:
            yield target_chart(label, stats, index)
    for index, one in enumerate(stats.inputs):
        if one.lengths is not None and one.lengths.quantiles[0] < one.lengths.quantiles[-1]:
            yield length_chart(one, stats, index)


def _singles(stats: DataStats) -> list[InputFacts]:
    """Return the inputs of one feature each, where there are several."""
    singles = [one for one in stats.inputs if one.single and one.listed]
    return singles if len(singles) > 1 else []


def facts(stats: DataStats) -> Definitions:
    """Return what the data is: source, samples, inputs, labels, what repeats, what was left out."""
    items: list[tuple[Text, Text]] = [("Source", stats.source), ("Samples", f"{stats.samples:,}")]
    singles = _singles(stats)
    if singles:
        items.append(
            (f"{len(singles):,} inputs", f"1 feature each, {', '.join(sorted({one.dtype for one in singles}))}")
        )
    for one in stats.inputs:
        if one not in singles:
            items.append(((Name(one.name),), _input(one)))
        name = (Name(one.name), " ") if len(stats.inputs) > 1 else ()
        for label, value in _about(one, stats):
            items.append(((*name, label) if name else f"{label[0].upper()}{label[1:]}", value))
    items += [(_label_name(one, stats), _label(one)) for one in stats.labels] or [("Labels", "none")]
    if stats.weights is not None and stats.weights.mean is not None:
        low, high = quantity(stats.weights.low), quantity(stats.weights.high)
        text = f"{low} to {high}, mean {quantity(stats.weights.mean)}" if low != high else f"{low} each"
        items.append(("Sample weights", text))
    if stats.hashed:
        items.append(("Identical samples", _identical(stats)))
    if stats.train_samples is not None:
        items.append(("Compared with", f"{plural(stats.train_samples, 'sample')} of training data"))
        items += [("In the training data", _overlap(stats)), *_shifts(stats)]
    items += [("Note", _sentence(note)) for note in stats.notes]
    items += [("Note on the training data", _sentence(note)) for note in stats.train_notes if note not in stats.notes]
    return Definitions(items=tuple(items))


def _input(one: InputFacts) -> str:
    text = described(one) if one.dtype == "text" else f"{described(one)}, {one.dtype}"
    if one.low is not None and one.high is not None and one.unit in ("channel", "feature"):
        low, high = quantity(one.low), quantity(one.high)
        text += f", {low} to {high}" if one.low < one.high else f", all {low}"
    return text


def _about(one: InputFacts, stats: DataStats) -> Iterator[tuple[str, str]]:
    if one.missing or one.infinite:
        parts = [f"{one.missing:,} NaN" if one.missing else "", f"{one.infinite:,} infinite" if one.infinite else ""]
        where = f" in {plural(one.incomplete, 'sample')}" if one.incomplete else ""
        yield "missing values", f"{', '.join(filter(None, parts))}{where}"
    if one.text is not None:
        yield "texts", f"{one.text.different:,} different of {one.text.texts:,}, {one.text.empty:,} empty"
    if one.vocabulary is not None:
        more = " or more" if one.vocabulary >= WORDS else ""
        span = f" from {one.low:,.0f} to {one.high:,.0f}" if one.low is not None and one.high is not None else ""
        new = "" if one.unseen is None else f", {one.unseen:,} of them not in the training data"
        yield (
            ("different words" if one.text is not None else "different tokens"),
            f"{one.vocabulary:,}{more}{span}{new}",
        )
    if one.lengths is not None:
        least, _, median, _, most = one.lengths.quantiles
        unit = " words" if one.text is not None else ""
        there = "" if one.lengths.train_median is None else f" ({one.lengths.train_median:,} in the training data)"
        yield "lengths", f"{least:,} to {most:,}{unit}, median {median:,}{there}" if least < most else f"{most:,}{unit}"
        if one.text is None and one.lengths.padded:
            yield "padded", _share(one.lengths.padded, stats.samples)
    if one.uniform:
        yield "samples of one value", _share(one.uniform, stats.samples)


def _label_name(one: LabelFacts, stats: DataStats) -> Text:
    return ("Labels ", Name(one.name)) if len(stats.labels) > 1 else "Labels"


def _label(one: LabelFacts) -> Text:
    if one.same_as:
        return (f"{_kind(one)}, {one.dtype}: those of ", Name(one.same_as))
    text = f"{_kind(one)}, {one.dtype}"
    if one.soft:
        text += f", {one.soft:,} of them soft"
    if one.missing:
        text += f", {one.missing:,} NaN"
    if one.ignored:
        text += f"; {one.ignored:,} left out, as the loss does"
    return text if one.told else f"{text} (by their look)"


def _kind(one: LabelFacts) -> str:
    """Return what a label is, and at how many positions of a sample."""
    sizes = one.shape
    if one.kind == "values":
        return "1 number" if sizes in ((), (1,)) else f"{shape(sizes, batch=True)} numbers"
    if one.kind == "binary" and one.several:
        return f"0 or 1 for each of {plural(sizes[-1] or 1, 'label')}"
    what = "class index" if one.kind == "class" else "0 or 1"
    if one.kind == "one-hot":
        what, sizes = f"one of {sizes[-1] or 1:,} columns", sizes[:-1]
    where = "" if sizes in ((), (1,)) else f" at {shape(sizes, batch=True)} positions"
    return f"{what}{where}"


def _identical(stats: DataStats) -> str:
    first = "" if stats.hashed == stats.samples else "the first "
    return f"{stats.repeated:,} of {first}{stats.hashed:,} repeat an earlier one"


def _overlap(stats: DataStats) -> str:
    if not stats.hashed or not stats.train_hashed:
        return "not looked for"
    among = "" if stats.train_hashed == stats.train_samples else f", looked for in the first {stats.train_hashed:,}"
    return f"{_share(stats.overlap or 0, stats.hashed)}{among}"


def _share(part: int, whole: int) -> str:
    return f"{part:,} of {whole:,} ({quantity(part / max(1, whole), 'share')})"


def _shifts(stats: DataStats) -> Iterator[tuple[Text, Text]]:
    for label in stats.labels:
        if label.shift is not None:
            yield (
                ("Shift of classes", *((" of ", Name(label.name)) if len(stats.labels) > 1 else ())),
                f"{quantity(label.shift, 'share')} of labels would have to change",
            )


def _sentence(note: str) -> str:
    return f"{note[:1].upper()}{note[1:]}."
