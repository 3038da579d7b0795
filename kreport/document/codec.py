"""Measurements to JSON and back without loss, told by their annotations."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

T = TypeVar("T")

DIGITS = 7
"""Significant digits of every float in a report."""

_PACKED = {"uint8", "bool"}  # pictures and masks go as hexadecimal text, numbers as numbers


def canonical(value: object) -> str:
    """Return the one JSON text of a value: sorted keys, no blanks, no bare NaN, ASCII (lone surrogates survive)."""
    return json.dumps(encode(value), ensure_ascii=True, allow_nan=False, sort_keys=True, separators=(",", ":"))


def encode(value: Any) -> Any:
    """Return ``value`` as JSON types.

    Raises:
        TypeError: it holds something that is no plain number, string, tuple, mapping, array or dataclass.
    """
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return _encode_float(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: encode(getattr(value, field.name)) for field in fields(value) if field.compare}
    if isinstance(value, np.ndarray):
        return _encode_array(value)
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [encode(item) for item in value]
    if isinstance(value, np.generic):
        return encode(value.item())
    message = f"{type(value).__name__} cannot stand in a measurement"
    raise TypeError(message)


def _encode_float(value: float) -> float | dict[str, str]:
    if math.isfinite(value):
        return value
    return {"float": "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"}


def _encode_array(array: np.ndarray[Any, Any]) -> dict[str, Any]:
    name = array.dtype.name
    flat = array.ravel()
    if name in _PACKED:
        data: Any = flat.astype(np.uint8).tobytes().hex()
    elif flat.dtype.kind == "f":
        data = [_encode_float(float(item)) for item in flat]
    else:
        data = flat.tolist()
    return {"dtype": name, "shape": list(array.shape), "data": data}


def decode(kind: Any, value: Any) -> Any:
    """Return the ``kind`` that :func:`encode` made ``value`` from; unknown keys are ignored."""
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return _decode_union(get_args(kind), value)
    if kind is float:
        return _decode_float(value)
    if kind in (int, str, bool, NoneType, object, Any):
        return value
    if _is_array(kind, origin):
        return _decode_array(value)
    if origin is tuple:
        return _decode_tuple(get_args(kind), value)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        _, item = get_args(kind)
        return {key: decode(item, entry) for key, entry in value.items()}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    if isinstance(kind, type) and is_dataclass(kind):
        hints = _hints(kind)
        return kind(**{name: decode(hints[name], value[name]) for name in hints if name in value})
    message = f"{kind} cannot stand in a measurement"
    raise TypeError(message)


def _is_array(kind: Any, origin: Any) -> bool:
    # NumPy 2.5 made NDArray a type alias, whose value has the array as its origin.
    alias = getattr(origin, "__value__", origin)
    return np.ndarray in (kind, alias, get_origin(alias))


@cache
def _hints(kind: type) -> dict[str, Any]:
    stored = {field.name for field in fields(kind) if field.compare}
    return {name: hint for name, hint in get_type_hints(kind).items() if name in stored}


def _decode_float(value: Any) -> float:
    return float(value["float"]) if isinstance(value, dict) else float(value)


def _decode_union(kinds: tuple[Any, ...], value: Any) -> Any:
    if value is None:
        return None
    for kind in kinds:
        if kind is not NoneType and _fits(kind, value):
            return decode(kind, value)
    message = f"{value!r} is none of {kinds}"
    raise TypeError(message)


def _fits(kind: Any, value: Any) -> bool:
    if kind is float:
        return (isinstance(value, float | int) and not isinstance(value, bool)) or (
            isinstance(value, dict) and set(value) == {"float"}
        )
    if kind in (int, bool, str):
        return type(value) is kind
    if get_origin(kind) is tuple:
        return isinstance(value, list)
    return isinstance(value, dict)


def _decode_tuple(kinds: tuple[Any, ...], value: list[Any]) -> tuple[Any, ...]:
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return tuple(decode(kinds[0], item) for item in value)
    return tuple(decode(kind, item) for kind, item in zip(kinds, value, strict=True))


def _decode_array(value: dict[str, Any]) -> np.ndarray[Any, Any]:
    if value["dtype"] in _PACKED:
        flat = np.frombuffer(bytes.fromhex(value["data"]), np.uint8).astype(value["dtype"])
    elif value["dtype"].startswith("float"):
        flat = np.array([_decode_float(item) for item in value["data"]], value["dtype"])
    else:
        flat = np.array(value["data"], value["dtype"])
    return flat.reshape(value["shape"])


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def rounded(value: T) -> T:
    """Return ``value`` with every float at :data:`DIGITS` significant digits, so that memory equals file."""
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")  # type: ignore[return-value]
    if isinstance(value, np.ndarray):
        if value.dtype.kind != "f" or value.size == 0:
            return value
        text = np.char.mod(f"%.{DIGITS}g", value.astype(np.float64))
        return text.astype(value.dtype)  # type: ignore[return-value]
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{name: rounded(getattr(value, name)) for name in _names(type(value))})
    if isinstance(value, tuple):
        return tuple(rounded(item) for item in value)  # type: ignore[return-value]
    if isinstance(value, Mapping):
        return {key: rounded(item) for key, item in value.items()}  # type: ignore[return-value]
    return value
