"""Whatever a user calls a history is taken apart into the fits of its runs."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from kreport.errors import KreportError
from kreport.inputs.history_files import ACCEPTED, json_of, refused, text_of
from kreport.inputs.history_fits import EPOCH_NAMES, Fit, fits_of, placed
from kreport.inputs.history_numbers import NotANumberError, Values, columns, parse
from kreport.inputs.history_tables import tables_of


def runs_of(source: object, notes: list[str], *, place: str = "history") -> dict[str, list[Fit]]:
    """Return the fits of each run by the run's name; "" is the name of the only one.

    Args:
        source: see :func:`kreport.inputs.history.read_history`.
        notes: what could not be used is named here.
        place: how the user calls it, for sentences.

    Raises:
        KreportError: it is no history.
    """
    if isinstance(source, str | os.PathLike):
        source = _content(source, place, notes)
        if isinstance(source, _Fits):
            return {"": source}
    if isinstance(source, Mapping) and _separate(source):
        found = {}
        for name, value in source.items():
            said: list[str] = []
            found[str(name)] = _fits(value, _place(place, name), said)
            notes += [f"{name}: {note}" for note in said]
        return found
    return {"": _fits(source, place, notes)}


class _Fits(list[Fit]):
    """Fits that a file of rows holds, told apart from JSON lists."""


def _content(source: str | os.PathLike[str], place: str, notes: list[str]) -> Any:
    """Return the fits of a CSV file or the value of a JSON file."""
    path = Path(os.fspath(source))
    if not path.name:
        raise refused(place, "an empty text" if not str(source) else f"{str(source)!r}, which names no file")
    text = text_of(path, notes)
    if re.match(r"\s*[{\[]", text):
        return json_of(path, text)
    return _Fits(fit for table in tables_of(path, text, notes) for fit in fits_of(table, notes))


def _fits(source: Any, place: str, notes: list[str]) -> list[Fit]:
    """Return the consecutive fits of one training."""
    if isinstance(source, str | os.PathLike):
        source = _content(source, place, notes)
        if isinstance(source, _Fits):
            return source
    logged = getattr(source, "history", None)
    if isinstance(logged, Mapping):
        return _of_lists(logged, f"{place}.history", notes, epochs=getattr(source, "epoch", None))
    if hasattr(logged, "history"):
        raise refused(place, "a model")
    if isinstance(source, Mapping):
        return _of_mapping(source, place, notes)
    if hasattr(source, "columns") and hasattr(source, "to_numpy"):
        return _of_frame(source, place, notes)
    if isinstance(source, list | tuple):
        return _of_list(source, place, notes)
    raise refused(place, "None" if source is None else _kind(source))


def _of_list(source: Sequence[Any], place: str, notes: list[str]) -> list[Fit]:
    if not source:
        raise refused(place, f"an empty {type(source).__name__}")
    if all(isinstance(item, Mapping) and item and not any(map(_is_column, item.values())) for item in source):
        return _of_records(source, place, notes)
    if isinstance(source[0], int | float | bool | None) or (isinstance(source[0], str) and _is_number(source[0])):
        what = f"{_kind(source)} of single values, such as {source[0]!r}, without a metric's name"
        raise refused(place, what)
    return [fit for index, item in enumerate(source) for fit in _fits(item, f"{place}[{index}]", notes)]


def _of_mapping(source: Mapping[Any, Any], place: str, notes: list[str]) -> list[Fit]:
    if _separate(source):
        names = ", ".join(map(str, list(source)[:3]))
        message = f"`{place}` holds several runs ({names}); one training is accepted there."
        raise KreportError(message)
    if isinstance(source.get("history"), Mapping) and set(source) <= {"history", "params", "epoch", "model"}:
        return _of_lists(source["history"], f"{place}['history']", notes, epochs=source.get("epoch"))
    if set(source) == {"columns", "index", "data"} and _is_rows(source["data"], source["columns"]):  # orient="split"
        rows = [dict(zip(map(str, source["columns"]), row, strict=False)) for row in source["data"]]
        return _of_records(rows, place, notes)
    if source and all(_is_indexed(value) for value in source.values()):  # DataFrame.to_json()
        source = {name: [value[key] for key in sorted(value, key=int)] for name, value in source.items()}
    return _of_lists(source, place, notes)


def _of_records(source: Sequence[Mapping[Any, Any]], place: str, notes: list[str]) -> list[Fit]:
    names = dict.fromkeys(name for row in source for name in row)
    return _of_lists({name: [row.get(name) for row in source] for name in names}, place, notes)


def _of_frame(source: Any, place: str, notes: list[str]) -> list[Fit]:
    found: dict[str, Values] = {}
    epochs = _index_epochs(source)
    for position, name in enumerate(source.columns):
        text = "_".join(map(str, name)) if isinstance(name, tuple) else str(name)
        cells = source.iloc[:, position] if hasattr(source, "iloc") else source[name]
        if text in found:
            notes.append(f"Column {position + 1} ({text}) was left out: a name of its own is needed.")
            continue
        for key, values in _read(text, cells, _place(place, text), notes).items():
            nothing = np.isnan(values.numbers) & ~values.absent
            found[key] = Values(values.numbers, values.absent, values.blank | nothing)
    if epochs is not None and not any(name.casefold() in EPOCH_NAMES for name in found):
        found["epoch"] = epochs
    return fits_of(found, notes)


def _index_epochs(frame: Any) -> Values | None:
    """Return the index of a DataFrame where it counts epochs: it is called so, or begins again (``pd.concat``)."""
    index = getattr(frame, "index", None)
    if index is None or getattr(getattr(index, "dtype", None), "kind", "") not in "iu" or not len(index):
        return None
    rows = np.asarray(index)
    named = str(index.name).casefold() in EPOCH_NAMES
    restarts = rows[0] == 0 and bool(np.all((np.diff(rows) == 1) | (rows[1:] == 0))) and not index.is_unique
    return Values.of(rows) if named or restarts else None


def _of_lists(source: Mapping[Any, Any], place: str, notes: list[str], *, epochs: Any = None) -> list[Fit]:
    found: dict[str, Values] = {}
    for name, cells in source.items():
        if not _is_column(cells):
            what = f"{_described(cells)}, where a list with one value an epoch belongs"
            raise refused(_place(place, name), what)
        found |= _read(str(name), cells, _place(place, name), notes)
    if source and not found and any(len(cells) for cells in source.values()):
        message = f"`{place}` holds no numbers; {ACCEPTED}."
        raise KreportError(message)
    counted = _whole(epochs)
    return fits_of(placed(found, notes, rows=len(counted) if counted else None), notes, epochs=counted)


def _read(name: str, cells: Any, place: str, notes: list[str]) -> dict[str, Values]:
    cells = cells.to_numpy() if hasattr(cells, "to_numpy") else cells
    try:
        made, note = columns(name.strip(), cells if isinstance(cells, np.ndarray) else list(cells))
    except NotANumberError as error:
        message = f"`{place}` has {_described(error.cell)} at position {error.position}; numbers are accepted there."
        raise KreportError(message) from None
    if note:
        notes.append(note)
    return made


def _separate(source: Mapping[Any, Any]) -> bool:
    """Tell a mapping of runs from a dict of lists."""
    if not source or set(source) <= {"history", "params", "epoch", "model"} or all(map(_is_indexed, source.values())):
        return False
    return all(map(_is_history, source.values()))


def _is_history(value: Any) -> bool:
    if isinstance(value, str):
        return not _is_number(value) and (Path(value).suffix != "" or os.sep in value)
    if isinstance(value, list | tuple):
        return bool(value) and _is_history(value[0])
    frame = hasattr(value, "columns") and hasattr(value, "to_numpy")
    return isinstance(value, Mapping | os.PathLike) or isinstance(getattr(value, "history", None), Mapping) or frame


def _whole(epochs: Any) -> list[int] | None:
    """Return the epochs that the callback counted, if that is what they are."""
    if not isinstance(epochs, list | tuple) or not all(isinstance(epoch, int | np.integer) for epoch in epochs):
        return None
    rising = all(a < b for a, b in pairwise(epochs))
    return [int(epoch) for epoch in epochs] if rising and min(epochs, default=0) >= 0 else None


def _is_column(value: Any) -> bool:
    return (
        isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping) and getattr(value, "ndim", 1) > 0
    )


def _is_indexed(value: Any) -> bool:
    # What pandas makes of a column in JSON: {"0": 0.9, "1": 0.6}.
    keys = isinstance(value, Mapping) and value and all(str(key).isdecimal() for key in value)
    return bool(keys) and not any(isinstance(item, Mapping | list) for item in value.values())


def _is_rows(rows: Any, names: Any) -> bool:
    return isinstance(rows, list) and isinstance(names, list) and all(isinstance(row, list) for row in rows)


def _is_number(text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True


def _described(value: Any) -> str:
    text = repr(value)
    if isinstance(value, str | int | float | bool | None):
        return text if len(text) <= 40 else f"{text[:38]}…{text[-1]}"
    return _kind(value)


def _kind(value: object) -> str:
    name = type(value).__name__
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


def _place(place: str, name: object) -> str:
    return f"{place}[{name!r}]"
