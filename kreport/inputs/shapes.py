"""Input shapes, as the user gives them or as a batch shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kreport.errors import KreportError
from kreport.inputs.subject import InputShapes

ACCEPTED = "a shape without the batch axis such as (224, 224, 3), or a list or dict of shapes, is accepted"


def read_shapes(input_shape: object, data: object) -> InputShapes | None:
    """Return the shapes with an open batch axis in front, or None if neither argument is given.

    Raises:
        KreportError: ``input_shape`` holds something other than positive integers or None,
            or ``data`` has no shape.
    """
    if input_shape is not None:
        return InputShapes(shapes=_given(input_shape))
    if data is not None:
        return InputShapes(shapes=_of_batch(data[0] if isinstance(data, tuple) and len(data) in (2, 3) else data))
    return None


def _given(value: object) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        value = (value,)
    if isinstance(value, Mapping):
        return {str(name): _given(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        if all(item is None or (isinstance(item, int) and not isinstance(item, bool) and item > 0) for item in value):
            return (None, *value)
        if value and all(isinstance(item, list | tuple) for item in value):
            return [_given(item) for item in value]
    message = f"`input_shape` is {value!r}; {ACCEPTED}."
    raise KreportError(message)


def _of_batch(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _of_batch(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_of_batch(item) for item in value]
    shape = getattr(value, "shape", None)
    if shape is None or len(shape) == 0:
        accepted = "an array with a batch axis, or a list or dict of arrays, is accepted"
        message = f"`data` holds a {type(value).__name__} without a shape; {accepted}."
        raise KreportError(message)
    return (None, *(None if size is None else int(size) for size in tuple(shape)[1:]))
