"""Training histories as people have them become runs over epochs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Run:
    """One training: one curve a column.

    Attributes:
        name: "" for the only run.
        epochs: int64, ``(rows,)``, counted from 1, rising.
        columns: name → float64 ``(rows,)``; NaN where the column has a NaN *or* no value.
        absent: name → bool ``(rows,)``: True where there is no value at all (``validation_freq``).
        fits: rows of each consecutive ``fit`` this training consists of.
    """

    name: str
    epochs: NDArray[np.int64]
    columns: dict[str, NDArray[np.float64]]
    absent: dict[str, NDArray[np.bool_]]
    fits: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class History:
    """One or several runs on one epoch axis; ``notes`` name what could not be attributed."""

    runs: tuple[Run, ...]
    notes: tuple[str, ...] = ()
