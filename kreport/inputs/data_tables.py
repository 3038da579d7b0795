"""Tables: their numeric columns become features, a named column the labels."""

from __future__ import annotations

from typing import Any

import numpy as np

from kreport.document.numbers import plural
from kreport.errors import KreportError
from kreport.inputs.data_arrays import read_arrays, unpacked
from kreport.inputs.data_checks import Checks
from kreport.inputs.data_source import Source


def is_table(data: Any) -> bool:
    """Tell whether the inputs are a DataFrame (of pandas, or one that can become one)."""
    x, _, _ = unpacked(data)
    return hasattr(x, "columns") and (hasattr(x, "iloc") or hasattr(x, "to_pandas"))


def read_table(data: Any, checks: Checks, *, target: str | None, size: int) -> Source:
    """Return a table in batches; the columns that are no numbers are left out if the others fit the model.

    Raises:
        KreportError: the target is no column, or the numeric columns are not as many as the model's features.
    """
    x, y, weight = unpacked(data)
    x = x.to_pandas() if not hasattr(x, "iloc") else x
    if target is not None:
        if target not in x.columns:
            names = ", ".join(f"`{name}`" for name in x.columns)
            message = f"`target` is {target!r}; `{checks.argument}` has the columns {names}."
            raise KreportError(message)
        x, y = x.drop(columns=target), x[target]
    if len(checks.specs) > 1 and all(spec.name in x.columns for spec in checks.specs):
        inputs: Any = {spec.name: _column(x[spec.name])[:, None] for spec in checks.specs}
        source = read_arrays((inputs, _labels(y), _labels(weight)), checks, size=size)
        return _as_table(source, (), ())
    numeric = [name for name in x.columns if _is_number(x[name])]
    other = [name for name in x.columns if name not in numeric]
    width = checks.specs[0].shape[-1] if len(checks.specs) == 1 and checks.specs[0].shape else None
    notes: tuple[str, ...] = ()
    if other:
        told = _told(x, other)
        if width is None or width != len(numeric):
            message = f"{told}; the model takes {plural(width or 0, 'number')} a row and the table has {len(numeric)}."
            raise KreportError(message)
        notes = (f"{told}: left out",)
    values = np.stack([_column(x[name]) for name in numeric], 1) if numeric else np.zeros((len(x), 0), np.float32)
    source = read_arrays((values, _labels(y), _labels(weight)), checks, size=size)
    return _as_table(source, tuple(str(name) for name in numeric), notes)


def _as_table(source: Source, names: tuple[str, ...], notes: tuple[str, ...]) -> Source:
    return Source(
        kind="table", samples=source.samples, feature_names=names, notes=(*notes, *source.notes), read=source.read
    )


def _is_number(column: Any) -> bool:
    import pandas as pd

    return bool(pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype))


def _column(column: Any) -> Any:
    return column.to_numpy(dtype=np.float32, na_value=np.nan)


def _labels(y: Any) -> Any:
    if y is None or not hasattr(y, "to_numpy"):
        return y
    return _column(y) if hasattr(y, "dtype") and _is_number(y) else y.to_numpy()


def _told(table: Any, names: list[Any]) -> str:
    kinds = ", ".join(f"`{name}` ({_kind(table[name])})" for name in names)
    return f"column {kinds} is no number" if len(names) == 1 else f"columns {kinds} are no numbers"


def _kind(column: Any) -> str:
    import pandas as pd

    if pd.api.types.is_datetime64_any_dtype(column.dtype) or _reads_as_dates(column):
        return "date"
    return "category" if isinstance(column.dtype, pd.CategoricalDtype) or column.nunique() < len(column) else "text"


def _reads_as_dates(column: Any) -> bool:
    first = str(column.iloc[0]) if len(column) else ""
    return len(first) >= 8 and first[:4].isdigit() and first[4] in "-/."
