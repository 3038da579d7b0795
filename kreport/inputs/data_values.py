"""One array as Keras would take it: 64-bit floats as ``floatx``, texts as texts, missing values as NaN."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.errors import KreportError


def is_array(value: Any) -> bool:
    """Tell whether a value is an array or tensor of some kind."""
    return not isinstance(value, np.generic) and (
        hasattr(value, "dtype") or hasattr(value, "to_numpy") or hasattr(value, "tocoo")
    )


def is_of_scalars(values: Any) -> bool:
    """Tell whether a list holds numbers or texts directly."""
    return not any(isinstance(one, list | tuple) or is_array(one) for one in values)


def standard(value: Any, argument: str) -> Any:
    """Return an array; texts, sparse and ragged ones as TensorFlow has them.

    Raises:
        KreportError: it is an array of Python objects that are neither numbers nor texts.
    """
    import keras
    import tensorflow as tf

    if value is None or isinstance(value, tf.SparseTensor | tf.RaggedTensor):
        return _composite(value)
    if hasattr(value, "tocoo"):
        coo = value.tocoo()
        indices = np.stack((coo.row, coo.col), 1).astype("int64")
        return tf.sparse.reorder(tf.SparseTensor(indices, coo.data.astype(keras.config.floatx()), coo.shape))
    if isinstance(value, tf.Tensor) and value.dtype == tf.string:
        return value
    array = _numpy(value)
    if array.dtype.kind == "O":
        array = _objects(array, argument)
    if array.dtype.kind in "US":
        return array.astype(object)
    return array.astype(keras.config.floatx()) if array.dtype == np.float64 else array


def _composite(value: Any) -> Any:
    import keras
    import tensorflow as tf

    return tf.cast(value, keras.config.floatx()) if value is not None and value.dtype == tf.float64 else value


def _numpy(value: Any) -> NDArray[Any]:
    if hasattr(value, "detach"):  # of PyTorch
        value = value.detach().cpu()
    if hasattr(value, "to_numpy"):
        value = value.to_numpy()
    return value.numpy() if hasattr(value, "numpy") else np.asarray(value)


def _objects(array: NDArray[Any], argument: str) -> NDArray[Any]:
    """Return an array of objects as numbers with NaN for what is missing, or as texts with "" for it."""
    values = array.ravel().tolist()
    present = [one for one in values if not _is_missing(one)]
    if present and all(isinstance(one, str | bytes) for one in present):
        texts = np.array(["" if _is_missing(one) else one for one in values], object)
        return texts.reshape(array.shape)
    try:
        numbers = np.array([np.nan if _is_missing(one) else float(one) for one in values])
    except (TypeError, ValueError):
        kind = next(type(one).__name__ for one in present if not isinstance(one, int | float))
        message = f"`{argument}` holds an array of Python objects ({kind}); arrays of numbers or texts are accepted."
        raise KreportError(message) from None
    whole = len(present) == len(values) and all(isinstance(one, int) for one in present)
    return (numbers.astype(np.int64) if whole else numbers).reshape(array.shape)


def _is_missing(value: Any) -> bool:
    kind = type(value).__name__
    return value is None or kind in ("NAType", "NaTType") or (isinstance(value, float) and math.isnan(value))
