"""Input shapes, as the user gives them or as a batch shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kreport.errors import KreportError
from kreport.inputs.subject import InputShapes

ACCEPTED = "a shape without the batch axis such as (224, 224, 3), or a list or dict of shapes, is accepted"


def read_shapes(input_shape: object, inputs: object) -> InputShapes | None:
    """Return the shapes with an open batch axis in front, or None if there is nothing to tell them from.

    Args:
        input_shape: what the user says.
        inputs: of a batch: an array, or a list, tuple or dict of arrays.

    Raises:
        KreportError: ``input_shape`` holds something other than positive integers or None.
    """
    if input_shape is not None:
        return InputShapes(shapes=_given(input_shape))
    return InputShapes(shapes=_of_batch(inputs)) if has_shapes(inputs) else None


def has_shapes(inputs: object) -> bool:
    """Tell whether these are arrays with a batch axis, in any structure."""
    if isinstance(inputs, Mapping):
        return bool(inputs) and all(map(has_shapes, inputs.values()))
    if isinstance(inputs, list | tuple):
        return bool(inputs) and all(map(has_shapes, inputs))
    shape = getattr(inputs, "shape", None)
    return shape is not None and getattr(shape, "rank", 0) is not None and len(shape) > 0


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
    return (None, *(None if size is None else int(size) for size in tuple(value.shape)[1:]))
