"""Tables: numeric columns become features, columns named as inputs become inputs, a named column the labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kreport.document.numbers import plural
from kreport.errors import KreportError
from kreport.inputs.data_arrays import read_arrays, unpacked
from kreport.inputs.data_checks import Checks
from kreport.inputs.data_source import Source

SHOWN = 8
"""Columns named in a sentence."""


def is_table(data: Any) -> bool:
    """Tell whether the inputs are a DataFrame (of pandas, or one that can become one)."""
    x, _, _ = unpacked(data)
    return hasattr(x, "columns") and (hasattr(x, "iloc") or hasattr(x, "to_pandas"))


def read_table(data: Any, checks: Checks, *, target: str | None, size: int) -> Source:
    """Return a table in batches; the columns that are no numbers are left out if the others fit the model.

    Raises:
        KreportError: the target is no column, or the columns are not what the model takes.
    """
    x, y, weight = unpacked(data)
    x = x.to_pandas() if not hasattr(x, "iloc") else x
    if target is not None:
        if target not in x.columns:
            message = f"`target` is {target!r}; `{checks.argument}` has the columns {_listed(x.columns)}."
            raise KreportError(message)
        x, y = x.drop(columns=target), x[target]
    columns = list(x.columns)
    inputs: Any
    names: tuple[Any, ...] = ()
    if len(checks.specs) > 1 or (checks.specs and checks.specs[0].name in columns and checks.specs[0].shape == (None,)):
        inputs = _named(x, checks)
    elif checks.specs and checks.specs[0].dtype == "string":
        inputs = _texts(x, checks)
    else:
        names = tuple(name for name in columns if _is_number(x[name]))
        inputs = _numbers(x, names, checks)
    source = read_arrays((inputs, _labels(y), _labels(weight)), checks, size=size)
    used = names or (tuple(inputs) if isinstance(inputs, dict) else ())
    unused = [name for name in columns if str(name) not in map(str, used)] if used else []
    return Source(
        kind="table", samples=source.samples, feature_names=tuple(map(str, names)), read=source.read,
        notes=(*((f"{_told(x, unused, numbers=bool(names))}: left out",) if unused else ()), *source.notes),
    )  # fmt: skip


def _named(x: Any, checks: Checks) -> dict[str, Any]:
    """Return one column for each input."""
    missing = [spec.name for spec in checks.specs if spec.name not in x.columns]
    if missing:
        message = (
            f"`{checks.argument}` has no column for {', '.join(map(repr, missing[:SHOWN]))}, which the model"
            f" {str(checks.model.name)!r} takes; it has {_listed(x.columns)}."
        )
        raise KreportError(message)
    return {spec.name: _values(x[spec.name], spec.dtype) for spec in checks.specs}


def _texts(x: Any, checks: Checks) -> Any:
    """Return the columns of text that a model of one text input takes."""
    name = checks.specs[0].name
    texts = [name] if name in x.columns else [one for one in x.columns if not _is_number(x[one])]
    width = checks.specs[0].shape[-1] if checks.specs[0].rank == 2 and checks.specs[0].shape else 1
    if not texts or (width is not None and len(texts) != width):
        message = (
            f"`{checks.argument}` has {plural(len(texts), 'column')} of text ({_listed(texts)}) for {checks.specs[0]}."
        )
        raise KreportError(message)
    values = [_values(x[one], "string") for one in texts]
    return np.stack(values, 1) if checks.specs[0].rank == 2 else values[0]


def _numbers(x: Any, names: Sequence[Any], checks: Checks) -> Any:
    """Return the numeric columns side by side."""
    shape = checks.specs[0].shape if checks.specs else None
    other = [name for name in x.columns if name not in names]
    width = shape[-1] if shape else None
    if shape is not None and len(shape) == 2 and width not in (None, len(names)):
        told = f"{_told(x, other, numbers=True)}; " if other else ""
        hint = "; name the column of the labels with target=" if len(names) == (width or 0) + 1 else ""
        message = (
            f"{told}the model takes {plural(width or 0, 'number')} a row and `{checks.argument}` has {len(names)}"
            f"{f' ({_listed(names)})' if names else ''}{hint}."
        )
        raise KreportError(message)
    return np.stack([_values(x[name], "float32") for name in names], 1) if names else np.zeros((len(x), 0), np.float32)


def _is_number(column: Any) -> bool:
    import pandas as pd

    return bool(pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype))


def _values(column: Any, dtype: str) -> Any:
    if dtype == "string" or not _is_number(column):
        texts = column.astype(object).to_numpy()
        return np.array(["" if one is None or one != one else str(one) for one in texts], object)  # noqa: PLR0124 - NaN
    if dtype.startswith(("int", "uint")) and not column.isna().any():
        return column.to_numpy(dtype=np.int64)
    return column.to_numpy(dtype=np.float32, na_value=np.nan)


def _labels(y: Any) -> Any:
    """Return labels of a column: whole numbers stay whole, texts stay texts."""
    if y is None or not hasattr(y, "to_numpy") or not hasattr(y, "dtype"):
        return y
    if not _is_number(y):
        return y.astype(object).to_numpy()
    return _values(y, str(y.dtype).lower())


def _listed(names: Sequence[Any]) -> str:
    shown = ", ".join(f"`{name}`" for name in list(names)[:SHOWN])
    return f"{shown} and {len(names) - SHOWN} more" if len(names) > SHOWN else shown


def _told(table: Any, names: Sequence[Any], *, numbers: bool) -> str:
    shown = list(names)[:SHOWN]
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    if not numbers:
        return f"{_listed(names)} {'is no input' if len(names) == 1 else 'are no inputs'} of the model"
    kinds = ", ".join(f"`{name}` ({_kind(table[name])})" for name in shown) + more
    return f"column {kinds} is no number" if len(names) == 1 else f"columns {kinds} are no numbers"


def _kind(column: Any) -> str:
    import pandas as pd

    if pd.api.types.is_datetime64_any_dtype(column.dtype) or _reads_as_dates(column):
        return "date"
    return "category" if isinstance(column.dtype, pd.CategoricalDtype) or column.nunique() < len(column) else "text"


def _reads_as_dates(column: Any) -> bool:
    first = str(column.iloc[0]) if len(column) else ""
    return len(first) >= 8 and first[:4].isdigit() and first[4] in "-/."
