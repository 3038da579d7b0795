"""What the user says about data beside handing it over, checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from kreport.errors import KreportError


def positive(value: Any, name: str, *, or_none: bool = False) -> None:
    """Check a number of things.

    Raises:
        KreportError: it is neither None nor a positive integer.
    """
    if value is not None and (not isinstance(value, int | np.integer) or isinstance(value, bool) or value < 1):
        message = f"`{name}` is {value!r}; a positive number{' or None' if or_none else ''} is accepted."
        raise KreportError(message)


def class_names_of(names: Any) -> tuple[str, ...]:
    """Return names by class index, from a sequence or from a mapping name → index such as ``class_indices``.

    Raises:
        KreportError: it is something else.
    """
    if isinstance(names, Mapping):
        index = {str(name): number for name, number in names.items()}
        if sorted(index.values(), key=str) == sorted(range(len(index)), key=str):
            return tuple(sorted(index, key=lambda name: index[name]))
        if sorted(names, key=str) == sorted(range(len(names)), key=str):
            return tuple(str(names[number]) for number in range(len(names)))
    elif isinstance(names, np.ndarray | list | tuple) and np.ndim(names) == 1:
        return tuple(one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one) for one in names)
    message = (
        f"`class_names` is {names!r}; a list of names by class index, or a dict of name to index from 0, is accepted."
    )
    raise KreportError(message)


def class_weight_of(weights: Any) -> dict[int, float]:
    """Return class index → factor.

    Raises:
        KreportError: it is no mapping of class indices to numbers.
    """
    if weights is None:
        return {}
    if isinstance(weights, Mapping):
        pairs = list(weights.items())
        if all(isinstance(c, int | np.integer) and isinstance(f, int | float | np.number) for c, f in pairs):
            return {int(c): float(f) for c, f in pairs}
    message = f"`class_weight` is {weights!r}; a dict of class index to weight, as in fit, is accepted."
    raise KreportError(message)
