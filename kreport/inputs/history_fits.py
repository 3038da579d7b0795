"""Fits become one training: epochs counted on, metrics that Keras renamed joined, nothing shifted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from kreport.inputs.history_numbers import Values

EPOCH_NAMES = frozenset({"epoch", "epochs"})
INDEX_NAMES = frozenset({"", "index", "unnamed: 0"})
"""Headings of a column that a DataFrame's index left behind."""

NUMBERED = frozenset(
    {
        *("auc", "precision", "recall", "mean_io_u", "io_u", "binary_io_u", "one_hot_io_u", "one_hot_mean_io_u"),
        *("true_positives", "true_negatives", "false_positives", "false_negatives", "mean", "sum"),
        *("precision_at_recall", "recall_at_precision", "sensitivity_at_specificity", "specificity_at_sensitivity"),
    }
)
"""Metrics of Keras that get a number when the same process has made one before."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Fit:
    """What one call of ``fit`` logged.

    Attributes:
        columns: name → values, all of one length.
        rows: that length.
        epochs: int64 ``(rows,)`` as logged, rising; None if they were not.
        from_one: True when ``epochs`` count from 1 for certain; otherwise a 0 anywhere tells.
    """

    columns: Mapping[str, Values]
    rows: int
    epochs: NDArray[np.int64] | None = None
    from_one: bool = False


Part = tuple[NDArray[np.int64], Fit]
"""A fit and its epochs, counted from 1 through the whole training."""


def fits_of(columns: Mapping[str, Values], notes: list[str], *, epochs: Sequence[int] | None = None) -> list[Fit]:
    """Return the fits a table of rows holds: a new one begins where its epochs do not rise.

    Args:
        columns: name → values; a column of epochs is found by its name.
        notes: what could not be used is named here.
        epochs: counted from 0, where the source has them apart.
    """
    rest = dict(columns)
    rows = max((len(values.numbers) for values in rest.values()), default=0)
    counted = _epochs(rest, notes)
    if epochs is not None and len(epochs) == rows:
        whole = Fit(columns=rest, rows=rows, epochs=np.array(epochs, np.int64) + 1, from_one=True)
    else:
        whole = Fit(columns=rest, rows=rows, epochs=counted)
    return _parts(whole, notes) if whole.epochs is not None and rows else [whole]


def _epochs(columns: dict[str, Values], notes: list[str]) -> NDArray[np.int64] | None:
    """Take the column of epochs out and return it as integers."""
    for name in [name for name in columns if name.strip().casefold() in EPOCH_NAMES | INDEX_NAMES]:
        numbers, absent, blank = columns[name]
        index = name.strip().casefold() in INDEX_NAMES
        whole = len(numbers) > 0 and bool(np.all(np.isfinite(numbers))) and bool(np.all(numbers == np.round(numbers)))
        if index and not (whole and np.all(np.diff(numbers) == 1) and numbers[0] in (0, 1)):
            continue
        del columns[name]
        if whole and not absent.any() and not blank.any() and numbers.min() >= 0:
            for left in [other for other in columns if other.strip().casefold() in INDEX_NAMES]:
                del columns[left]
            return numbers.astype(np.int64)
        if len(numbers):
            notes.append(f"The column {name} does not hold whole numbers, so epochs are counted row by row.")
    return None


def _parts(whole: Fit, notes: list[str]) -> list[Fit]:
    epochs = whole.epochs
    if epochs is None or np.all(np.diff(epochs) > 0):
        return [whole]
    if len(np.unique(epochs)) == len(epochs):
        notes.append("The rows were not in the order of their epochs and have been sorted.")
        return [_rows(whole, np.argsort(epochs))]
    starts = [0, *(np.flatnonzero(np.diff(epochs) <= 0) + 1).tolist(), len(epochs)]
    return [_rows(whole, slice(a, b)) for a, b in pairwise(starts)]


def _rows(fit: Fit, chosen: slice | NDArray[np.int64]) -> Fit:
    epochs = None if fit.epochs is None else fit.epochs[chosen]
    columns = {name: values.rows(chosen) for name, values in fit.columns.items()}
    return replace(fit, columns=columns, epochs=epochs, rows=fit.rows if epochs is None else len(epochs))


def placed(columns: Mapping[str, Values], notes: list[str], *, rows: int | None = None) -> dict[str, Values]:
    """Give lists of unequal length their epochs; what cannot be told is left out and named.

    ``fit(validation_freq=f)`` validates after epochs f, 2f, … so m values of n epochs belong to an f
    with ``n // f == m``. Where several f fit, one that divides n is taken, and said.
    """
    longest = max([rows or 0, *(len(values.numbers) for values in columns.values())], default=0)
    found: dict[str, Values] = {}
    for name, values in columns.items():
        count = len(values.numbers)
        if count == longest:
            found[name] = values
        elif count and (step := _frequency(name, count, longest, notes)):
            numbers, absent = np.full(longest, np.nan), np.ones(longest, bool)
            places = np.arange(1, count + 1) * step - 1
            numbers[places], absent[places] = values.numbers, values.absent
            found[name] = Values(numbers, absent, np.zeros(longest, bool))
    return found


def _frequency(name: str, count: int, rows: int, notes: list[str]) -> int | None:
    values = f"{name} has {count} value{'s' * (count > 1)} for {rows} epochs"
    steps = [step for step in range(2, rows + 1) if rows // step == count] if name.startswith("val_") else []
    if len(steps) == 1:
        return steps[0]
    if steps and rows % count == 0:
        step = rows // count
        notes.append(f"{values}: taken as one after every {step} epochs, though other frequencies fit too.")
        return step
    notes.append(f"{values}; which epochs they belong to cannot be told, so they are left out.")
    return None


def joined(fits: Sequence[Fit], notes: list[str]) -> tuple[NDArray[np.int64], dict[str, Values], tuple[int, ...]]:
    """Return epochs from 1, columns and rows a fit of one training that went through ``fits``."""
    logged = [fit.epochs for fit in fits if fit.epochs is not None and not fit.from_one and fit.rows]
    shift = 1 if logged and min(int(epochs[0]) for epochs in logged) == 0 else 0
    parts: list[Part] = []
    for fit in fits:
        last = int(parts[-1][0][-1]) if parts else 0
        epochs = fit.epochs
        if epochs is None:
            epochs = np.arange(last + 1, last + 1 + fit.rows, dtype=np.int64)
        elif not fit.from_one:
            epochs = epochs + shift
        if not len(epochs):
            continue
        if parts and epochs[0] <= last:
            first = int(parts[0][0][0])
            if epochs[0] <= max(1, first):
                epochs = epochs - epochs[0] + last + 1
            else:
                parts = _without(parts, int(epochs[0]), notes)
        parts.append((epochs, fit))
    return _stacked(parts)


def _without(parts: list[Part], start: int, notes: list[str]) -> list[Part]:
    # A training that went on from an earlier checkpoint: the later rows are what it became.
    kept, last = [], int(parts[-1][0][-1])
    for epochs, fit in parts:
        chosen = np.flatnonzero(epochs < start)
        if len(chosen):
            kept.append((epochs[chosen], _rows(replace(fit, epochs=epochs), chosen)))
    span = f"Epoch {start} was" if start == last else f"Epochs {start} to {last} were"
    notes.append(f"{span} logged more than once; the later rows are shown.")
    return kept


def _stacked(parts: Sequence[Part]) -> tuple[NDArray[np.int64], dict[str, Values], tuple[int, ...]]:
    names = list(dict.fromkeys(name for _, fit in parts for name in fit.columns))
    columns = {name: _concatenated([_of(fit, name, len(epochs)) for epochs, fit in parts]) for name in names}
    epochs = np.concatenate([epochs for epochs, _ in parts]) if parts else np.zeros(0, np.int64)
    return epochs, columns, tuple(len(epochs) for epochs, _ in parts)


def _of(fit: Fit, name: str, rows: int) -> Values:
    missing = Values(np.full(rows, np.nan), np.ones(rows, bool), np.zeros(rows, bool))
    return fit.columns.get(name, missing)


def _concatenated(parts: list[Values]) -> Values:
    return Values(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def continued_names(names: Sequence[Iterable[str]]) -> tuple[dict[str, str], ...]:
    """Say, for each fit, which of its columns go by another name in the others: ``auc_1`` continues ``auc``.

    Keras numbers metrics without a name of their own per process. Names that stand beside each other in
    one fit are different metrics; so are names that share no origin, such as ``hits_at_1`` and ``hits_at_5``.

    Args:
        names: the column names of each fit.
    """
    by_base: dict[str, list[dict[int, str]]] = {}
    for columns in names:
        groups: dict[str, dict[int, str]] = {}
        for name in columns:
            base, number = _numbered(name)
            groups.setdefault(base, {})[number] = name
        for base, group in groups.items():
            by_base.setdefault(base, []).append(group)
    renamed: dict[str, str] = {}
    for base, found in by_base.items():
        renamed |= _continued(base, found)
    return tuple({name: renamed[name] for name in columns if name in renamed} for columns in names)


def _numbered(name: str) -> tuple[str, int]:
    match = re.fullmatch(r"(.+?)_(\d+)", name)
    return (match[1], int(match[2])) if match else (name, 0)


def _continued(base: str, groups: list[dict[int, str]]) -> dict[str, str]:
    sets = {tuple(sorted(group)) for group in groups}
    sizes = {len(numbers) for numbers in sets}
    if len(sets) < 2 or len(sizes) > 1 or sum(map(len, sets)) != len({n for numbers in sets for n in numbers}):
        return {}
    contiguous = all(numbers[-1] - numbers[0] == len(numbers) - 1 for numbers in sets)
    automatic = any(f"_{base}".endswith(f"_{name}") for name in NUMBERED)
    if not contiguous or not (any(0 in numbers for numbers in sets) or automatic):
        return {}
    names = {number: name for group in groups for number, name in group.items()}
    first, *others = sorted(sets)
    return {names[n]: names[to] for numbers in others for n, to in zip(numbers, first, strict=True)}
