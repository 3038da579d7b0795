"""The measurement of the Weights section."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kreport.document.blocks import LayerId
from kreport.inputs.training_log import TrainingLog
from kreport.tensors.distribution import LEVELS, Distribution
from kreport.tensors.filters import Filters
from kreport.tensors.spectra import Spectrum


@dataclass(frozen=True, kw_only=True, eq=False)
class Initial:
    """What the initializer draws, and how far the values are from it.

    Attributes:
        name: its class.
        std: standard deviation in theory; None for an orthogonal or unknown one.
        low, high: the 5 % and 95 % quantiles in theory.
        distance: Kolmogorov-Smirnov distance between the values and the theory, to 1/4096 (for a
            constant: the larger share of values on one side of it); None where there is no theory.
    """

    name: str
    std: float | None = None
    low: float | None = None
    high: float | None = None
    distance: float | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Matrix:
    """A kernel or embedding read as rows × columns.

    Attributes:
        rows, columns: inputs (height · width · channels for convolutions) and units; tokens and
            dimensions for an embedding.
        layout: ``conv``, ``transposed``, ``depthwise``, ``einsum``, ``embedding`` or ``dense``.
        field: number of spatial axes.
        units: its columns as filters; the rows (tokens) of an embedding. None with NaN or Inf.
        spectrum: singular values; None if left out.
        left_out: why there is no spectrum, or only its largest value; "" otherwise.
    """

    rows: int
    columns: int
    layout: str
    field: int
    units: Filters | None
    spectrum: Spectrum | None
    left_out: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class VariableStats:
    """One variable.

    Attributes:
        layer, name: whose it is, and its name in Keras.
        role: ``kernel``, ``embedding``, ``bias``, ``norm``, ``state`` or ``other``.
        shape, dtype, trainable: as the model has them; ``int4`` counts single values.
        values: its distribution; None if it is empty or holds no real numbers.
        initial: None if its initializer is not known.
        matrix: for kernels and embeddings.
    """

    layer: LayerId
    name: str
    role: str
    shape: tuple[int, ...]
    dtype: str
    trainable: bool
    values: Distribution | None
    initial: Initial | None = None
    matrix: Matrix | None = None

    @property
    def growth(self) -> float | None:
        """Standard deviation over that of the initializer, minus 1; kernels and embeddings only."""
        if self.matrix is None or self.initial is None or not self.initial.std or self.values is None:
            return None
        return None if self.values.std is None else self.values.std / self.initial.std - 1


@dataclass(frozen=True, kw_only=True, eq=False)
class KernelPicture:
    """A kernel as pixels.

    Attributes:
        layer, name: which variable.
        style: ``rgb`` (each filter scaled to its own range), ``filters`` or ``matrix``.
        pixels: uint8; ``(filters, height, width, 3)``, ``(filters, height, width)`` or ``(height, width)``.
            All but rgb are steps 0 to 8 of the diverging palette, 9 where a value is NaN.
        limit: the value at the ends of the palette; None for rgb.
        shown: index of each drawn filter; empty for a matrix.
        total: number of filters the kernel has, or 0.
        channels: input channels averaged over, or 1.
        block: rows and columns of the matrix that one cell is the mean of.
        main: drawn in the section, else in the layer explorer.
    """

    layer: LayerId
    name: str
    style: str
    pixels: NDArray[np.uint8]
    limit: float | None
    shown: tuple[int, ...] = ()
    total: int = 0
    channels: int = 1
    block: tuple[int, int] = (1, 1)
    main: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class WeightStats:
    """Every variable in tree order.

    Attributes:
        variables: one entry a variable.
        pictures: of some kernels.
        every: the explorer draws every so-manieth kernel, to stay within its bytes; 1 for all.
        spectra: whether singular values were asked for.
        log: the norms over the epochs of a training; with it alone there are no variables.
    """

    variables: tuple[VariableStats, ...]
    pictures: tuple[KernelPicture, ...] = ()
    every: int = 1
    spectra: bool = True
    log: TrainingLog | None = None

    @property
    def matrices(self) -> tuple[VariableStats, ...]:
        """The kernels and embeddings."""
        return tuple(variable for variable in self.variables if variable.matrix is not None)

    def rows(self) -> list[dict[str, object]]:
        """Return one row a variable with every figure."""
        return [_row(variable) for variable in self.variables]


def _row(v: VariableStats) -> dict[str, object]:
    d, i, m = v.values, v.initial, v.matrix
    spectrum, units = (m.spectrum, m.units) if m else (None, None)
    law = spectrum.power_law if spectrum else None
    return {
        "layer": v.layer, "variable": v.name, "role": v.role, "shape": v.shape, "dtype": v.dtype,
        "trainable": v.trainable,
        **{name: getattr(d, name, None) for name in ("size", "mean", "std")},
        "min": getattr(d, "low", None), "max": getattr(d, "high", None), "norm": getattr(d, "norm", None),
        **_quantiles(d),
        "zeros": getattr(d, "zeros", None), "nan": getattr(d, "nan", None), "inf": getattr(d, "inf", None),
        "initializer": getattr(i, "name", None), "initial_std": getattr(i, "std", None),
        "initializer_distance": getattr(i, "distance", None),
        "spectral_norm": getattr(spectrum, "largest", None), "stable_rank": getattr(spectrum, "stable_rank", None),
        "effective_rank": getattr(spectrum, "effective_rank", None),
        "spectrum_method": getattr(spectrum, "method", None),
        "alpha": getattr(law, "alpha", None), "alpha_distance": getattr(law, "distance", None),
        "filters": getattr(units, "count", None), "dead_filters": getattr(units, "dead", None),
        "duplicate_filters": getattr(units, "duplicates", None),
    }  # fmt: skip


def _quantiles(values: Distribution | None) -> dict[str, object]:
    found = values.quantiles if values and values.quantiles else (None,) * len(LEVELS)
    return {f"q{100 * level:02.0f}": quantile for level, quantile in zip(LEVELS, found, strict=True)}
