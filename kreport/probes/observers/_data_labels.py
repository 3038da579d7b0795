"""The labels of one output, batch after batch: classes where they are classes, columns where they are numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.inputs.expected import LabelKind, OutputSpec
from kreport.tensors.columns import Columns

CLASSES = 100_000
"""Different classes counted."""

SMALL = 1000
"""Whole numbers up to which labels without a loss that tells are taken for classes."""


@dataclass(kw_only=True, eq=False)
class LabelSeen:
    """The labels of one output.

    Attributes:
        name: of the output.
        kind: ``class`` (one index), ``one-hot`` (one column a class), ``binary`` (0 and 1), ``values``; "" at first.
        told: whether the loss says so; else the labels themselves are looked at.
        width: number of classes the output has, None if it is not known.
        shape: of a sample's label, None where sizes differ; dtype as read.
        classes: class or column → how often.
        positions: labels counted, more than samples where each position has one.
        ignored: the class that the loss leaves out, None without; left_out: labels of it, which are not counted.
        soft: rows of one-hot labels that are not one 1 and zeros.
        columns: statistics of the numbers themselves; None for texts.
        changes: how often a sample's class differs from the one before; first, last: classes at the ends.
    """

    name: str
    kind: LabelKind
    told: bool
    width: int | None
    shape: tuple[int | None, ...]
    dtype: str
    classes: Counter[int] = field(default_factory=Counter)
    positions: int = 0
    ignored: int | None = None
    left_out: int = 0
    soft: int = 0
    columns: Columns | None = None
    changes: int = 0
    first: int | None = None
    last: int | None = None

    @classmethod
    def of(cls, output: OutputSpec, label: NDArray[Any]) -> LabelSeen:
        """Return labels of which nothing has been seen; ``label`` is a first batch of them."""
        kind, usable = output.kind, label.dtype.kind in "biuf"
        if kind in ("one-hot", "binary") and not usable:
            kind = ""
        if kind == "binary" and not _is_binary(label):
            kind = "values"  # pixels between 0 and 1, as autoencoders are trained on
        if kind == "values" and (output.width or 1) > 1 and _content(label) in ("one-hot", "binary"):
            kind = ""  # a classifier trained on squared errors, unless later labels are other numbers
        width = int(label.shape[-1]) if label.ndim > 1 else 1
        return cls(
            name=output.name, kind=kind or _content(label), told=bool(kind), width=output.width,
            shape=tuple(label.shape[1:]), dtype=str(label.dtype), ignored=output.ignored,
            columns=Columns(width=width) if usable else None,
        )  # fmt: skip

    def add(self, label: NDArray[Any], start: int) -> None:
        """Take in a batch of labels, of which the first has the index ``start``."""
        self.shape = tuple(a if a == b else None for a, b in zip(self.shape, label.shape[1:], strict=False))
        if self.columns is None or not label.size:
            return
        rows = label.reshape(-1, self.columns.width)
        self.columns.add(rows, start * max(1, len(rows) // len(label)))
        if not self.told and self.kind != "values":
            self.kind = _common(self.kind, _content(label))
        if self.told and self.kind == "binary" and not _is_binary(label):
            self.kind = "values"
        if self.kind == "class" or (self.kind == "binary" and self.columns.width == 1):
            self._add_classes(label)
        elif self.kind in ("one-hot", "binary"):
            self._add_columns(label.reshape(-1, self.columns.width))

    def _add_classes(self, label: NDArray[Any]) -> None:
        flat = label.reshape(-1)
        flat = np.round(flat[np.isfinite(flat)]).astype(np.int64) if flat.dtype.kind == "f" else flat.astype(np.int64)
        if self.ignored is not None:
            counted = flat[flat != self.ignored]
            self.left_out += len(flat) - len(counted)
            flat = counted
        if len(self.classes) < CLASSES:
            self.classes.update(
                dict(zip(*(part.tolist() for part in np.unique(flat, return_counts=True)), strict=True))
            )
        self.positions += len(flat)
        if label.size == len(label):
            self._follow(flat)

    def _add_columns(self, rows: NDArray[Any]) -> None:
        if self.kind == "one-hot":
            hard = np.isin(rows, (0, 1)).all(1) & (rows.sum(1) == 1)
            self.soft += int((~hard).sum())
            self._add_places(rows.argmax(1))
        else:
            for index, count in enumerate((rows > 0.5).sum(0).tolist()):  # noqa: PLR2004 - nearer to 1 than to 0
                self.classes[index] += count
            self.positions += len(rows)

    def _add_places(self, places: NDArray[np.intp]) -> None:
        self.classes.update(places.tolist())
        self.positions += len(places)
        self._follow(places)

    def _follow(self, classes: NDArray[Any]) -> None:
        if not len(classes):
            return
        self.changes += int((classes[1:] != classes[:-1]).sum())
        if self.last is not None:
            self.changes += int(classes[0]) != self.last
        self.first = int(classes[0]) if self.first is None else self.first
        self.last = int(classes[-1])

    def merge(self, other: LabelSeen) -> None:
        """Take in the labels of samples that come after these."""
        if other.kind != self.kind:
            self.kind = _common(self.kind, other.kind)
        self.classes.update(other.classes)
        if self.columns is not None and other.columns is not None:
            self.columns.merge(other.columns)
        self.shape = tuple(a if a == b else None for a, b in zip(self.shape, other.shape, strict=False))
        self.positions, self.soft = self.positions + other.positions, self.soft + other.soft
        self.left_out += other.left_out
        self.changes += other.changes + (self.last is not None and other.first is not None and self.last != other.first)
        self.first = other.first if self.first is None else self.first
        self.last = self.last if other.last is None else other.last


def _common(one: LabelKind, other: LabelKind) -> LabelKind:
    """Return what labels are of which some look like this and some like that."""
    if one == other:
        return one
    return "binary" if {one, other} == {"binary", "one-hot"} else "values"


def _is_binary(label: NDArray[Any]) -> bool:
    """Tell whether all labels that are not missing are 0 or 1."""
    return bool((np.isin(label, (0, 1)) | (label != label)).all())  # noqa: PLR0124 - NaN is not equal to itself


def _content(label: NDArray[Any]) -> LabelKind:
    """Return what labels look like, for want of a loss that tells."""
    if label.dtype.kind not in "biuf":
        return "values"
    whole = label.dtype.kind in "iub" or bool(np.all(label == np.round(label)))
    flat = label.reshape(len(label), -1)
    if flat.shape[1] == 1:
        small = bool(label.size) and float(label.min()) >= 0 and float(label.max()) < SMALL
        return "class" if whole and small else "values"
    if label.ndim == 2 and whole and bool(np.isin(label, (0, 1)).all()):
        return "one-hot" if bool((flat.sum(1) == 1).all()) else "binary"
    return "values"
