"""Copies of models that are not built: made by configuration, believed only when they are alike."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np

from kreport.probes import _keras

_PLAIN = (bool, int, float, str, bytes, type(None))


def ways_to_copy() -> tuple[Callable[[Any], Any], ...]:
    """Return functions that copy a model, the most faithful first; each raises what it likes."""
    import keras

    return copy.deepcopy, keras.models.clone_model, constructed_again


def constructed_again(model: Any) -> Any:
    """Return a new object of the model's class, its layers named alike.

    Arguments that Keras did not keep are taken from plain attributes of the same name.

    Raises:
        TypeError: an argument is not known, or the new object holds other layers.
    """
    names = inspect.signature(type(model).__init__).parameters
    found = {name: vars(model)[name] for name in names if _is_plain(vars(model).get(name, model))}
    made = type(model)(**(_keras.kept_arguments(model) | found))
    for old, new in _pairs(model, made):
        new.name = old.name
    return made


def check_alike(model: Any, made: Any) -> None:
    """Compare settings: a class whose arguments Keras does not keep is copied with its defaults, silently.

    Raises:
        TypeError: some layer has another plain attribute, function or array than its original.
    """
    for old, new in _pairs(model, made):
        ours, theirs = _settings(old), _settings(new)
        for name in ours:
            if name not in theirs or not _equal(ours[name], theirs[name]):
                message = f"its constructor arguments are not known: {name!r} differs on a copy"
                raise TypeError(message)


def _pairs(model: Any, made: Any) -> list[tuple[Any, Any]]:
    pairs, waiting = [], [(model, made)]
    seen: set[int] = set()
    while waiting:
        old, new = waiting.pop()
        if id(old) in seen:
            continue
        seen.add(id(old))
        inner = _keras.children(old), _keras.children(new)
        if type(old) is not type(new) or len(inner[0]) != len(inner[1]):
            message = "its constructor does not make the same layers again"
            raise TypeError(message)
        pairs.append((old, new))
        waiting.extend(zip(*inner, strict=True))
    return pairs


def _settings(layer: Any) -> dict[str, Any]:
    return {
        name: value
        for name, value in vars(layer).items()
        if not name.startswith("_")
        and name not in ("name", "built", "build", "call", "quantize")
        and (_is_plain(value) or isinstance(value, FunctionType | np.ndarray))
    }


def _is_plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(_is_plain(item) for item in value)
    if isinstance(value, dict):
        return all(_is_plain(item) for item in value.values())
    return isinstance(value, _PLAIN)


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray):
        return isinstance(other, np.ndarray) and bool(np.array_equal(one, other))
    if isinstance(one, list | tuple):
        return isinstance(other, list | tuple) and list(one) == list(other)  # a configuration turns tuples into lists
    return bool(one == other)
