"""Training histories as people have them become runs over epochs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kreport.inputs.history_fits import Fit, continued_names, joined
from kreport.inputs.history_numbers import settled
from kreport.inputs.history_sources import runs_of


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


def read_history(source: object) -> History:
    """Return the runs that ``source`` holds.

    Args:
        source: what ``fit`` returned, a dict of lists, a DataFrame, or the path of a CSVLogger ``.csv``, a
            ``.json`` or a ``.jsonl`` file (the content decides, not the suffix); a list of them is
            consecutive fits of one training, a mapping name → history is separate runs.

    Raises:
        KreportError: it is none of them, or a file cannot be read; one sentence says which and where.
    """
    notes: list[str] = []
    by_name = runs_of(source, notes)
    logged = [list(_logged(fit)) for fits in by_name.values() for fit in fits]
    renamed = dict(pair for names_of in continued_names(logged) for pair in names_of.items())
    notes += [f"{old} continues {new}: Keras numbers metrics anew." for old, new in renamed.items()
              if not old.startswith("val_")]  # fmt: skip
    runs = tuple(_run(name, fits, renamed, notes) for name, fits in by_name.items())
    if not any(len(run.epochs) for run in runs):
        notes.append("The history holds no epochs.")
    return History(runs=runs, notes=tuple(dict.fromkeys(notes)))


def _logged(fit: Fit) -> Iterator[str]:
    """Yield the columns that hold anything."""
    return (name for name, values in fit.columns.items() if not (values.absent | values.blank).all())


def _run(name: str, fits: Sequence[Fit], renamed: Mapping[str, str], notes: list[str]) -> Run:
    named = [
        replace(fit, columns={renamed.get(column, column): fit.columns[column] for column in _logged(fit)})
        for fit in fits
    ]
    epochs, found, rows = joined(named, notes)
    kept = {column: settled(column, values) for column, values in found.items()}
    # CSVLogger invents val_ columns for whatever a callback adds: they say nothing and need no word.
    unused = {c for fit in fits for c in fit.columns} - set(kept) - set(renamed)
    if len(epochs):
        notes += [
            f"{column} holds no value and was left out." for column in sorted(unused) if not column.startswith("val_")
        ]
    return Run(
        name=name,
        epochs=epochs,
        columns={column: values.numbers for column, values in kept.items()},
        absent={column: values.absent for column, values in kept.items()},
        fits=rows,
    )
