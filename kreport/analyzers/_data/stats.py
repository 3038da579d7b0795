"""What is measured of the data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, eq=False)
class ColumnFacts:
    """One feature, channel or target.

    Attributes:
        name: of the column, "" if it has none.
        count, missing, infinite, zeros: values that are numbers, NaN, ±∞, exactly 0.
        mean, std, low, high: of the numbers; None without one.
        histogram: share of the numbers in equal bins from low to high, scaled to 255, uint8.
        twin: index of an earlier column with the same values in every row; None without one.
        drift: Kolmogorov-Smirnov distance to the same column of the training data; None without it.
    """

    name: str
    count: int
    missing: int
    infinite: int
    zeros: int
    mean: float | None
    std: float | None
    low: float | None
    high: float | None
    histogram: NDArray[np.uint8]
    twin: int | None = None
    drift: float | None = None

    @property
    def constant(self) -> bool:
        """Whether all its numbers are the same."""
        return self.count > 0 and self.low == self.high


@dataclass(frozen=True, kw_only=True, eq=False)
class InputFacts:
    """One input of the model.

    Attributes:
        name: of the input; shape of a sample, None where sizes differ; dtype as read.
        unit: what its columns are: ``feature``, ``channel`` or ``token``.
        columns: the first 256; width: how many there are.
        lengths: quantiles (least, 25, 50, 75 %, greatest) of the samples' lengths; () where there is no such thing.
        texts, empty: number of texts, of empty ones.
    """

    name: str
    shape: tuple[int | None, ...]
    dtype: str
    unit: str
    columns: tuple[ColumnFacts, ...]
    width: int
    lengths: tuple[int, ...]
    texts: int
    empty: int


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelFacts:
    """One output's labels.

    Attributes:
        kind: ``class``, ``one-hot``, ``binary`` or ``values``.
        shape, dtype: of a sample's label.
        classes: (index, samples here, samples in the training data or None), by index; () for values.
        columns: by target, for values.
        ordered: whether the labels stand in order, all samples of a class together.
    """

    kind: str
    shape: tuple[int | None, ...]
    dtype: str
    classes: tuple[tuple[int, int, int | None], ...]
    columns: tuple[ColumnFacts, ...]
    ordered: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class DataStats:
    """The measurement of the section.

    Attributes:
        source: what the data was, in words; samples: how many; train_samples: how many the training data holds.
        inputs, labels: one each.
        repeated: samples whose inputs are identical to an earlier one's; hashed: among how many that was looked for.
        overlap: samples whose inputs stand in the training data too; None without it.
        critical: the Kolmogorov-Smirnov distance that 1 % of equal data exceed; None without training data.
        class_names: by index; weights: whether samples are weighted.
        embedded: whether samples, pictures of them or label texts stand in the report.
        notes: what was left out or worked around.
    """

    source: str
    samples: int
    train_samples: int | None
    inputs: tuple[InputFacts, ...]
    labels: tuple[LabelFacts, ...]
    repeated: int
    hashed: int
    overlap: int | None
    critical: float | None
    class_names: tuple[str, ...]
    weights: bool
    embedded: bool
    notes: tuple[str, ...]
