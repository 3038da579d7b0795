"""Charts of the Data section."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from kreport.analyzers._data.sentences import classes_title, lengths_title, noun, sampled, target_title
from kreport.analyzers._data.stats import ClassFacts, DataStats, InputFacts, LabelFacts
from kreport.analyzers._labels import cut
from kreport.charts.counts import Count, counts_chart
from kreport.charts.histogram import histogram_chart
from kreport.document.blocks import Chart
from kreport.document.numbers import plural, quantity
from kreport.document.text import plain

CLASSES = 20
"""Classes drawn; of more, the largest and the smallest."""

HALF = 0.5
"""What the edges of bins of whole numbers end on."""

DECADES = 30
"""Largest over smallest count from which the chart is logarithmic."""


def class_chart(label: LabelFacts, stats: DataStats, index: int) -> Chart | None:
    """Return the samples of each class; None without classes."""
    if not label.classes:
        return None
    title = classes_title(label, stats)
    shown, part = _shown(label)
    counted = noun(label, stats)
    train = f"; marks: by the shares of {label.train_labels:,} training {counted}" if label.train_labels else ""
    log = not label.several and label.most > DECADES * max(label.least, 1)
    scale = ", logarithmic" if log else ""
    subtitle = f"{counted.capitalize()} of each class, n = {label.labels:,}{scale}{part}{train}"
    return counts_chart(
        [
            Count(label=name, value=one.samples, other=one.train)
            for name, one in zip(_names(shown, stats), shown, strict=True)
        ],
        id=f"data-classes-{index}", title=title, subtitle=subtitle,
        alt=f"{plain(title)}: {label.least:,} to {label.most:,} {counted} a class.", total=label.labels,
        other_total=label.train_labels, log=log,
    )  # fmt: skip


def _shown(label: LabelFacts) -> tuple[list[ClassFacts], str]:
    if label.classes <= CLASSES and len(label.listed) <= CLASSES:
        return list(label.listed), ""
    order = sorted(label.listed, key=lambda c: (-c.samples, c.index))
    half = CLASSES // 2
    return [*order[:half], *order[-half:]], f"; the {half} largest and {half} smallest of {label.classes:,}"


def _names(shown: Sequence[ClassFacts], stats: DataStats) -> list[str]:
    """Return a name of each class that no other has: those that are equal once they are cut get their index."""
    known = len(stats.class_names)
    names = [cut(stats.class_names[one.index]) if 0 <= one.index < known else str(one.index) for one in shown]
    often = Counter(names)
    return [name if often[name] == 1 else f"{name} [{one.index}]" for name, one in zip(names, shown, strict=True)]


def length_chart(one: InputFacts, stats: DataStats, index: int) -> Chart:
    """Return the distribution of lengths."""
    assert one.lengths is not None  # noqa: S101 - told by the caller
    title = lengths_title(one, stats)
    least, _, median, _, most = one.lengths.quantiles
    unit = "Words of a text" if one.text is not None else "Positions without padding (zeros at either end)"
    return histogram_chart(
        one.lengths.counts.astype(float), one.lengths.edges.astype(np.float64) - HALF,
        id=f"data-lengths-{index}", title=title, subtitle=f"{unit}, n = {int(one.lengths.counts.sum()):,}",
        alt=f"{plain(title)}: {least:,} to {most:,}, median {plural(median, 'position')}.", whole=True,
    )  # fmt: skip


def target_chart(label: LabelFacts, stats: DataStats, index: int) -> Chart:
    """Return the distribution of the only target."""
    [target] = label.targets
    title = target_title(label, stats)
    edges = np.linspace(*target.ends, target.histogram.size + 1)
    whole = bool((edges % 1 == HALF).all())
    low, high = quantity(target.low), quantity(target.high)
    return histogram_chart(
        target.histogram.astype(float), edges, id=f"data-targets-{index}", title=title,
        subtitle=f"Labels by their value, n = {target.sampled:,}", alt=f"{plain(title)}, all from {low} to {high}.",
        note=sampled(label.targets), whole=whole,
    )  # fmt: skip
