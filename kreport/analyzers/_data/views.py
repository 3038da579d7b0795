"""The Data section as blocks: what the data is, its classes, its columns, its lengths."""

from __future__ import annotations

from collections.abc import Iterator

from kreport.analyzers._data.charts import class_chart, length_chart
from kreport.analyzers._data.stats import DataStats, InputFacts, LabelFacts
from kreport.analyzers._data.tables import column_table, target_table
from kreport.document.blocks import Block, Chart, Definitions, Row
from kreport.document.numbers import plural, quantity, shape
from kreport.document.text import Name, Text

KINDS = {"class": "class index", "one-hot": "one column a class", "binary": "0 and 1", "values": "numbers"}


def blocks(stats: DataStats) -> Iterator[Block]:
    """Yield the section's blocks: facts beside the first chart, further charts in pairs, then tables."""
    charts = [*_charts(stats)]
    head = facts(stats)
    yield Row(blocks=(head, charts[0]), spans=(6, 6)) if charts else head
    for start in range(1, len(charts), 2):
        pair = tuple(charts[start : start + 2])
        yield Row(blocks=pair, spans=(6,) * len(pair))
    for one in stats.inputs:
        if (table := column_table(one, stats)) is not None:
            yield table
    for label in stats.labels:
        if (targets := target_table(label, stats)) is not None:
            yield targets


def _charts(stats: DataStats) -> Iterator[Chart]:
    for index, label in enumerate(stats.labels):
        if (classes := class_chart(label, stats, index)) is not None:
            yield classes
    for index, one in enumerate(stats.inputs):
        if one.lengths is not None and one.lengths.quantiles[0] < one.lengths.quantiles[-1]:
            yield length_chart(one, stats, index)


def facts(stats: DataStats) -> Definitions:
    """Return what the data is: source, samples, inputs, labels, what repeats, what was left out."""
    items: list[tuple[Text, Text]] = [("Source", stats.source), ("Samples", f"{stats.samples:,}")]
    items += [((Name(one.name),), _input(one)) for one in stats.inputs]
    for one in stats.inputs:
        name = (Name(one.name), " ") if len(stats.inputs) > 1 else ()
        for label, value in _about(one, stats):
            items.append(((*name, label) if name else f"{label[0].upper()}{label[1:]}", value))
    items += [(_label_name(one, stats), _label(one)) for one in stats.labels] or [("Labels", "none")]
    if stats.weights is not None and stats.weights.mean is not None:
        low, high = quantity(stats.weights.low), quantity(stats.weights.high)
        items.append(("Sample weights", f"{low} to {high}, mean {quantity(stats.weights.mean)}"))
    if stats.hashed:
        items.append(("Identical samples", _identical(stats)))
    if stats.train_samples is not None:
        items.append(("Compared with", f"{plural(stats.train_samples, 'sample')} of training data"))
        items += [("In the training data", _overlap(stats)), *_shifts(stats)]
    items += [("Note", _sentence(note)) for note in stats.notes]
    items += [("Note on the training data", _sentence(note)) for note in stats.train_notes if note not in stats.notes]
    return Definitions(items=tuple(items))


def _input(one: InputFacts) -> str:
    text = f"{shape(one.shape, batch=True)} {one.dtype}"
    if one.low is not None and one.high is not None and one.unit in ("channel", "feature"):
        text += f", {quantity(one.low)} to {quantity(one.high)}"
    return text


def _about(one: InputFacts, stats: DataStats) -> Iterator[tuple[str, str]]:
    if one.missing or one.infinite:
        parts = [f"{one.missing:,} NaN" if one.missing else "", f"{one.infinite:,} infinite" if one.infinite else ""]
        where = f" in {plural(one.incomplete, 'sample')}" if one.incomplete else ""
        yield "missing values", f"{', '.join(filter(None, parts))}{where}"
    if one.text is not None:
        yield "texts", f"{one.text.different:,} different of {one.text.texts:,}, {one.text.empty:,} empty"
    if one.vocabulary is not None:
        more = " or more" if one.vocabulary >= 100_000 else ""
        span = f", {one.low:,.0f} to {one.high:,.0f}" if one.low is not None and one.high is not None else ""
        yield ("different words" if one.text is not None else "different tokens"), f"{one.vocabulary:,}{more}{span}"
    if one.lengths is not None:
        least, _, median, _, most = one.lengths.quantiles
        unit = " words" if one.text is not None else ""
        yield "lengths", f"{least:,} to {most:,}{unit}, median {median:,}" if least < most else f"{most:,}{unit}"
        if one.text is None and one.lengths.padded:
            yield "padded", f"{quantity(one.lengths.padded / max(1, stats.samples), 'share')} of samples"
    if one.uniform:
        yield "samples of one value", f"{one.uniform:,}"


def _label_name(one: LabelFacts, stats: DataStats) -> Text:
    return ("Labels ", Name(one.name)) if len(stats.labels) > 1 else "Labels"


def _label(one: LabelFacts) -> str:
    text = f"{shape(one.shape, batch=True)} {one.dtype}, {'several of ' if one.several else ''}{KINDS[one.kind]}"
    if one.labels and one.shape and one.kind in ("class", "one-hot") and len(one.shape) > (one.kind == "one-hot"):
        text += f", {one.labels:,} in all"
    if one.soft:
        text += f", {one.soft:,} of them soft"
    if one.missing:
        text += f", {one.missing:,} NaN"
    return text if one.told else f"{text} (by their look)"


def _identical(stats: DataStats) -> str:
    among = "" if stats.hashed == stats.samples else f" among the first {stats.hashed:,}"
    return f"{stats.repeated:,} repeat an earlier one{among}"


def _overlap(stats: DataStats) -> str:
    share = quantity((stats.overlap or 0) / max(1, stats.hashed), "share")
    among = "" if stats.train_hashed == stats.train_samples else f", looked for in the first {stats.train_hashed:,}"
    return f"{stats.overlap or 0:,} samples ({share}){among}"


def _shifts(stats: DataStats) -> Iterator[tuple[Text, Text]]:
    for label in stats.labels:
        if label.shift is not None:
            yield (
                ("Shift of classes", *((" of ", Name(label.name)) if len(stats.labels) > 1 else ())),
                f"{quantity(label.shift, 'share')} of labels (total variation)",
            )


def _sentence(note: str) -> str:
    return f"{note[:1].upper()}{note[1:]}."
