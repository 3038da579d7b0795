"""Gradients by class as blocks: who pulls hardest at which kernel, and who pulls together."""

from __future__ import annotations

import numpy as np

from kreport.analyzers._labels import cut, numbered, variable_labels
from kreport.charts.grid import Grid, grid_chart
from kreport.document.blocks import Block, Chart, Ramp, Row
from kreport.document.model import notice_of
from kreport.document.numbers import quantity
from kreport.probes.samples.classes import ClassGradients

HARDER = 2.0
"""A class pulls harder when its gradient is so many times the median one; a rule of thumb."""

APART, TOGETHER = -0.5, 0.5
"""Cosines below and above which two classes are named; a rule of thumb."""

FEWEST = 3
"""Classes from which cosines say something: two always pull opposite ways where the gradient of both together is 0."""

NAME = 22


def class_gradient_blocks(found: ClassGradients) -> list[Block]:
    """Return norms by kernel and class beside cosines between classes, and what is missing."""
    missing: list[Block] = [notice_of(gap, title="Gradients by class") for gap in found.gaps]
    if not found.classes:
        return missing
    charts: list[Block] = [chart for chart in (_norms(found), _cosines(found)) if chart is not None]
    return [Row(blocks=tuple(charts), spans=(6, 6)[: len(charts)]), *missing]


def norms_title(found: ClassGradients) -> str:
    """Return which class pulls hardest, where one does."""
    median = float(np.median(found.norms))
    place = int(found.norms.argmax())
    if median > 0 and found.norms[place] >= HARDER * median:
        times = quantity(float(found.norms[place] / median))
        return f"Gradients by class: {found.classes[place]} pulls {times} times as hard as the median class"
    return "Gradients by class"


def cosines_title(found: ClassGradients) -> str:
    """Return which two classes work against each other or pull together most, where any do."""
    pairs = [
        (float(found.cosines[i, j]), found.classes[j], found.classes[i])
        for i in range(len(found.classes))
        for j in range(i)
        if np.isfinite(found.cosines[i, j])
    ]
    noun = "Classes against each other"
    if not pairs:
        return noun
    low, high = min(pairs), max(pairs)
    if low[0] < APART and -low[0] >= high[0]:
        return f"{noun}: {low[1]} and {low[2]} pull opposite ways"
    if high[0] > TOGETHER:
        return f"{noun}: {high[1]} and {high[2]} pull together"
    return noun


def _norms(found: ClassGradients) -> Chart | None:
    if not found.kernels:
        return None
    values = np.array([kernel.norms for kernel in found.kernels])
    largest = values.max(1, keepdims=True)
    shares = np.divide(values, largest, out=np.zeros_like(values), where=largest > 0)
    title = norms_title(found)
    part = f"{len(found.kernels)} of {found.of} kernels" if len(found.kernels) < found.of else "kernels"
    labels = variable_labels([(kernel.layer, kernel.name) for kernel in found.kernels], NAME + 4)
    samples = _samples(found)
    return grid_chart(
        Grid(
            values=shares, rows=labels, columns=[cut(name, NAME) for name in found.classes], low=0.0, high=1.0,
            what="share of the largest in the row", row="kernel", column="class",
        ),
        id="gradients-by-class", title=title, ramp=Ramp(palette="sequential", low="0", high="largest of the row"),
        subtitle=f"‖∂L/∂w‖ of {part} (rows, input at the top) for the samples of each class (columns), {samples}",
        alt=f"{title}. {_told(found)}.", note=_note(found),
    )  # fmt: skip


def _cosines(found: ClassGradients) -> Chart | None:
    if len(found.classes) < FEWEST or not np.isfinite(found.cosines).any():
        return None
    title = cosines_title(found)
    names = [cut(name, NAME) for name in found.classes]
    every = "" if found.every == 1 else f" Over every {found.every}th value."
    return grid_chart(
        Grid(
            values=found.cosines, rows=numbered(names), columns=names, low=-1.0, high=1.0, palette="diverging",
            what="cosine", row="class", column="class",
        ),
        id="gradients-classes", title=title, ramp=Ramp(palette="diverging", low="−1, opposite", high="1, the same"),
        subtitle="Cosine between the gradients of two classes, all trainable variables", alt=f"{title}.",
        note=f"Below 0 a step that helps one class hurts the other.{every}",
    )  # fmt: skip


def _samples(found: ClassGradients) -> str:
    low, high = int(found.samples.min()), int(found.samples.max())
    return f"{low} samples each" if low == high else f"{low} to {high} samples each"


def _told(found: ClassGradients) -> str:
    parts = zip(found.classes, found.norms.tolist(), strict=True)
    return ", ".join(f"{name}: {quantity(norm)}" for name, norm in parts)


def _note(found: ClassGradients) -> str:
    parts = ["Mean compiled loss, inference mode, without regularisers and weights."]
    if found.known > len(found.classes):
        parts.append(f"The {len(found.classes)} most frequent of {found.known} classes.")
    parts.append(f"All variables together: {_told(found)}.")
    return " ".join(parts)
