"""Data from files, told apart by content: NumPy archives and arrays, tables, a folder of images by class."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from kreport.errors import KreportError
from kreport.inputs.data_arrays import read_arrays
from kreport.inputs.data_checks import Checks
from kreport.inputs.data_images import read_images
from kreport.inputs.data_source import Source
from kreport.inputs.data_tables import read_table

ACCEPTED = ".npz, .npy (inputs, then labels), .csv, .parquet, or a folder with one folder of images a class is accepted"

LABELS = ("y", "labels", "targets", "y_val", "y_test")
INPUTS = ("x", "inputs", "images", "data", "x_val", "x_test")
WEIGHTS = ("sample_weight", "w")
"""Names of arrays in a ``.npz``; arrays named as the model's inputs and outputs come first."""

DELIMITERS = ",;\t|"


def read_files(data: Any, checks: Checks, *, target: str | None, size: int) -> Source:
    """Return what the files hold. Nothing is unpickled.

    Raises:
        KreportError: there is no such file, or it holds something else.
    """
    paths = [Path(one) for one in (data if isinstance(data, list | tuple) else [data])]
    for path in paths:
        if not path.exists():
            message = f"`{checks.argument}` names {str(path.name)!r}, which does not exist; {ACCEPTED}."
            raise KreportError(message)
    kinds = [_kind(path, checks) for path in paths]
    if target is not None and kinds[0] not in ("text", "parquet"):
        message = f"`target` is {target!r}, which is for tables; {paths[0].name!r} is none."
        raise KreportError(message)
    if kinds == ["folder"]:
        return read_images(paths[0], checks, size=size)
    if kinds == ["npz"]:
        return read_arrays(_archive(paths[0], checks), checks, size=size)
    if set(kinds) == {"npy"} and len(kinds) <= 3:
        arrays = [_loaded(path, checks) for path in paths]
        return read_arrays(tuple(arrays) if len(arrays) > 1 else arrays[0], checks, size=size)
    if kinds in (["text"], ["parquet"]):
        return _table(paths[0], kinds[0], checks, target, size)
    names = ", ".join(repr(path.name) for path in paths)
    message = f"`{checks.argument}` names {names}; {ACCEPTED}."
    raise KreportError(message)


def _kind(path: Path, checks: Checks) -> str:
    if path.is_dir():
        return "folder"
    try:
        with path.open("rb") as file:
            start = file.read(4096)
    except OSError as error:
        message = f"`{checks.argument}`: {path.name!r} cannot be read ({error.strerror})."
        raise KreportError(message) from error
    for magic, kind in ((b"\x93NUMPY", "npy"), (b"PK\x03\x04", "npz"), (b"PAR1", "parquet")):
        if start.startswith(magic):
            return kind
    if path.suffix.lower() in (".npy", ".npz", ".parquet"):
        message = f"`{checks.argument}`: {path.name!r} is no {path.suffix} file by its content; {ACCEPTED}."
        raise KreportError(message)
    return "text" if start and b"\x00" not in start else "unknown"


def _loaded(path: Path, checks: Checks) -> Any:
    try:
        return np.load(path, allow_pickle=False, mmap_mode="r" if path.suffix == ".npy" else None)
    except (ValueError, OSError, EOFError) as error:
        objects = any(word in str(error) for word in ("pickle", "Object arrays", "Python objects"))
        why = "it holds Python objects, which are not unpickled" if objects else "it is damaged"
        message = f"`{checks.argument}`: {path.name!r} cannot be read, {why}; {ACCEPTED}."
        raise KreportError(message) from error


def _archive(path: Path, checks: Checks) -> Any:
    import zipfile

    try:
        stored = _loaded(path, checks)
    except zipfile.BadZipFile as error:
        message = f"`{checks.argument}`: {path.name!r} cannot be read, it is damaged; {ACCEPTED}."
        raise KreportError(message) from error
    with stored:
        names = list(stored.files)
        x = _found(checks.input_names, INPUTS, names)
        y = _found([output.name for output in checks.labels.outputs], LABELS, names)
        if x is None:
            message = (
                f"`{checks.argument}`: {path.name!r} holds {', '.join(names) or 'nothing'}; inputs are looked for as "
                f"{', '.join((*checks.input_names, *INPUTS))}, labels as {', '.join(LABELS)}."
            )
            raise KreportError(message)
        weight = next((name for name in WEIGHTS if name in names), None)
        try:
            return tuple(_taken(stored, part) for part in (x, y, weight))
        except ValueError as error:
            message = f"`{checks.argument}`: {path.name!r} holds Python objects, which are not unpickled; {ACCEPTED}."
            raise KreportError(message) from error


def _found(wanted: Any, usual: tuple[str, ...], names: list[str]) -> Any:
    """Return the names of all that is wanted, else the first usual name that is there, else None."""
    if wanted and all(name in names for name in wanted):
        return list(wanted)
    return next((name for name in usual if name in names), None)


def _taken(stored: Any, names: Any) -> Any:
    if isinstance(names, list):
        return {name: stored[name] for name in names}
    return None if names is None else stored[names]


def _table(path: Path, kind: str, checks: Checks, target: str | None, size: int) -> Source:
    import pandas as pd

    try:
        frame = pd.read_parquet(path) if kind == "parquet" else _csv(path)
    except ImportError as error:
        message = f"`{checks.argument}`: reading {path.name!r} needs a package: pip install pyarrow."
        raise KreportError(message) from error
    except (ValueError, OSError, pd.errors.ParserError) as error:
        message = f"`{checks.argument}`: {path.name!r} is no table that can be read ({str(error).splitlines()[0]})."
        raise KreportError(message) from error
    first = frame.columns[0] if len(frame.columns) else None
    index = str(first).startswith("Unnamed") and frame[first].tolist() == list(range(len(frame)))
    source = read_table(frame.drop(columns=first) if index else frame, checks, target=target, size=size)
    notes = ("the first column, without a name, numbers the rows: left out", *source.notes) if index else source.notes
    return Source(
        kind=source.kind, samples=source.samples, feature_names=source.feature_names, notes=notes, read=source.read
    )


def _csv(path: Path) -> Any:
    """Read a table of text: the delimiter is the commonest in its first line, with ``;`` decimals may have a comma."""
    import pandas as pd

    with path.open(encoding="utf-8-sig", errors="replace") as file:
        header, row = file.readline(), file.readline()
    delimiter = max(DELIMITERS, key=header.count)
    decimal = "," if delimiter == ";" and "," in row and "." not in row else "."
    return pd.read_csv(path, sep=delimiter, decimal=decimal, encoding="utf-8-sig", encoding_errors="replace")
