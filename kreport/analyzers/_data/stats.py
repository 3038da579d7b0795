"""What is measured of the data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, eq=False)
class ColumnFacts:
    """One feature, channel or target.

    Attributes:
        index: of the column; name: its name, "" if it has none.
        count, missing, infinite, zeros: values that are numbers, NaN, ±∞, exactly 0.
        mean, std, low, high: of the numbers; None without one.
        sampled: numbers that distribution and drift come from: a random choice, or all.
        quartiles: of those: 25, 50, 75 %; () without one.
        histogram: of those, in equal bins between ``ends``, uint16; empty for a constant, and for columns not shown.
        twin: index of an earlier column with the same values in every row; None without one.
        drift: Kolmogorov-Smirnov distance to the same column of the training data, 0 to 1; None without it.
        drifted: whether that is more than chance and matters; see :mod:`kreport.analyzers._data.drifting`.
    """

    index: int
    name: str
    count: int
    missing: int
    infinite: int
    zeros: int
    mean: float | None
    std: float | None
    low: float | None
    high: float | None
    sampled: int
    quartiles: tuple[float, ...]
    histogram: NDArray[np.uint16]
    ends: tuple[float, float]
    twin: int | None = None
    drift: float | None = None
    drifted: bool = False

    @property
    def constant(self) -> bool:
        """Whether all its numbers are the same."""
        return self.count > 1 and self.low == self.high


@dataclass(frozen=True, kw_only=True, eq=False)
class TextFacts:
    """What texts are like.

    Attributes:
        texts, empty: how many, and how many without a word.
        different: different texts, counted up to 100,000.
    """

    texts: int
    empty: int
    different: int


@dataclass(frozen=True, kw_only=True, eq=False)
class LengthFacts:
    """How long sequences are, without the zeros at either end that pad them.

    Attributes:
        quantiles: least, 25, 50, 75 %, greatest.
        padded: samples shorter than the axis, or than the longest where that is open.
        edges, counts: histogram: int64 of shape ``(bins + 1,)`` and ``(bins,)``.
        cut: samples exactly as long as the axis, which may have been cut off; None where the axis is open.
        train_median: of the training data; None without it.
        drifted: whether lengths are distributed otherwise there, by more than chance and as much as matters.
    """

    quantiles: tuple[int, ...]
    padded: int
    edges: NDArray[np.int64]
    counts: NDArray[np.int64]
    cut: int | None
    train_median: int | None = None
    drifted: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class InputFacts:
    """One input of the model.

    Attributes:
        name: of the input; shape: of a sample, None where sizes differ; dtype as read.
        unit: what its last axis holds: ``feature``, ``channel``, ``token`` or ``text``.
        width: number of columns; listed: at most 256 of them, those that stand out first, in their order.
        low, high: over all columns; None without a number.
        missing, infinite: values that are NaN, ±∞; incomplete: samples with one.
        uniform: pictures, series all of whose values are the same.
        holed, blank, constant, twins, drifted: number of columns that have missing values, no number at all, are
            constant, equal to an earlier one, distributed otherwise than in the training data (None without it).
        critical: the Kolmogorov-Smirnov distance from which a column without missing values counts as drifted; None
            without training data.
        vocabulary: different tokens or words, counted up to 100,000; None for numbers.
        unseen: how many of them are not in the training data; None without it, and where not all were counted.
        lengths, text: of sequences, of texts; None elsewhere.
    """

    name: str
    shape: tuple[int | None, ...]
    dtype: str
    unit: str
    width: int
    listed: tuple[ColumnFacts, ...]
    low: float | None
    high: float | None
    missing: int
    infinite: int
    incomplete: int
    uniform: int
    holed: int
    blank: int
    constant: int
    twins: int
    drifted: int | None
    critical: float | None
    vocabulary: int | None
    unseen: int | None
    lengths: LengthFacts | None
    text: TextFacts | None

    @property
    def single(self) -> bool:
        """Whether it is one column of a table that comes as inputs of one feature each."""
        return self.unit == "feature" and self.width == 1


@dataclass(frozen=True, kw_only=True, eq=False)
class ClassFacts:
    """One class: its index, its samples here, its samples in the training data (None without it)."""

    index: int
    samples: int
    train: int | None


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelFacts:
    """One output's labels.

    Attributes:
        name: of the output.
        kind: ``class``, ``one-hot``, ``binary`` (0 and 1), ``values``; told: whether the loss says so.
        shape, dtype: of a sample's label; width: classes the output has, None if it is not known.
        listed: classes by index: all of up to 200, else the 100 with the most and the 100 with the fewest samples.
        classes: how many have any; absent: how many of the output's classes have none, None if that is not known.
        most, least: samples of the largest and the smallest class that has any; 0 without classes.
        labels: labels counted: samples, or positions where each has its own; train_labels: in the training data.
        soft: one-hot labels that are not one 1 and zeros.
        several: whether a sample may have several of the classes.
        missing: labels that are NaN; ignored: those of the class that the loss leaves out, which are not counted.
        same_as: the input whose values they are, as of an autoencoder; "" if they are none's.
        targets: by target, for values.
        uneven: whether the classes that have samples differ in size by more than chance.
        ordered: whether the samples stand sorted by class.
        shift: share of labels that would have to change class for the shares of the training data; None without it.
        shifted: whether that is more than chance and matters.
        critical: as of inputs, for targets.
    """

    name: str
    kind: str
    told: bool
    shape: tuple[int | None, ...]
    dtype: str
    width: int | None
    listed: tuple[ClassFacts, ...]
    classes: int
    absent: int | None
    most: int
    least: int
    labels: int
    train_labels: int | None
    soft: int
    several: bool
    missing: int
    ignored: int
    same_as: str
    targets: tuple[ColumnFacts, ...]
    uneven: bool
    ordered: bool
    shift: float | None
    shifted: bool
    critical: float | None


@dataclass(frozen=True, kw_only=True, eq=False)
class DataStats:
    """The measurement of the section.

    Attributes:
        source: what the data was, in words; samples: how many; train_samples: how many the training data holds.
        inputs, labels: one each.
        weights: sample weights as one column; None without.
        repeated: samples whose inputs are identical to an earlier one's; hashed: among how many that was looked for.
        overlap: samples whose inputs stand in the training data too; None without it; train_hashed: among how many.
        class_names: by index, () where label texts may not stand in the report.
        embedded: whether samples, pictures of them or label texts may stand in the report.
        notes: what was left out or worked around; train_notes: of the training data.
    """

    source: str
    samples: int
    train_samples: int | None
    inputs: tuple[InputFacts, ...]
    labels: tuple[LabelFacts, ...]
    weights: ColumnFacts | None
    repeated: int
    hashed: int
    overlap: int | None
    train_hashed: int | None
    class_names: tuple[str, ...]
    embedded: bool
    notes: tuple[str, ...]
    train_notes: tuple[str, ...]
