"""Arrays and tensors in a structure: one, a list, a dict; with labels and sample weights as a tuple."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from kreport.errors import KreportError
from kreport.inputs.batches import rows, size_of
from kreport.inputs.data_checks import Checks
from kreport.inputs.data_source import Raw, Source

ACCEPTED = (
    "arrays or tensors (one, a list, a dict), a tuple of inputs and labels, a DataFrame, a tf.data.Dataset, a "
    "PyDataset, a generator or a path is accepted"
)


def unpacked(data: Any) -> Raw:
    """Return inputs, labels and weights: a tuple of two or three is taken apart, as ``fit`` does."""
    if isinstance(data, tuple) and len(data) in (2, 3):
        x, y, weight = (*data, None)[:3]
        return x, y, weight
    if isinstance(data, tuple) and len(data) == 1:
        return data[0], None, None
    return data, None, None


def read_arrays(data: Any, checks: Checks, *, size: int) -> Source:
    """Return arrays in batches.

    Raises:
        KreportError: it is nothing that can be read, or parts have different numbers of samples.
    """
    x, y, weight = unpacked(data)
    if _is_list_of_samples(x, checks):
        return _of_different_sizes(x, y, weight, size)
    x, y, weight = (_standard(part, checks) for part in (x, y, weight))
    samples = _number(x, y, weight, checks)

    def read() -> Iterator[Raw]:
        for start in range(0, samples, size):
            chosen = np.arange(start, min(start + size, samples))
            yield rows(x, chosen), rows(y, chosen), rows(weight, chosen)

    notes: tuple[str, ...] = ()
    if checks.fixed_batch_size and samples % size:
        notes = (f"the model takes batches of {size}: the last {samples % size} samples are left out",)
    return Source(kind=_kind(x), samples=samples - (samples % size if notes else 0), notes=notes, read=read)


def _kind(x: Any) -> str:
    first = x
    while isinstance(first, Mapping | list):
        first = next(iter(first.values())) if isinstance(first, Mapping) else first[0]
    return "NumPy arrays" if isinstance(first, np.ndarray) else "tensors"


def _standard(value: Any, checks: Checks) -> Any:
    """Return arrays as Keras would take them: 64-bit floats as ``floatx``, texts as tensors."""
    import keras
    import tensorflow as tf

    if value is None or tf.is_tensor(value):
        return value
    if isinstance(value, Mapping):
        return {str(name): _standard(part, checks) for name, part in value.items()}
    if isinstance(value, list | tuple):
        if value and all(getattr(part, "shape", ()) or isinstance(part, Mapping | list | tuple) for part in value):
            return [_standard(part, checks) for part in value]
        value = np.asarray(value)
    if hasattr(value, "to_numpy"):
        value = value.to_numpy()
    if hasattr(value, "tocoo"):
        coo = value.tocoo()
        indices = np.stack((coo.row, coo.col), 1).astype("int64")
        return tf.sparse.reorder(tf.SparseTensor(indices, coo.data.astype(keras.config.floatx()), coo.shape))
    if not isinstance(value, np.ndarray) and hasattr(value, "__array__"):
        value = np.asarray(value)
    if not isinstance(value, np.ndarray):
        message = f"`{checks.argument}` holds a {type(value).__name__}; {ACCEPTED}."
        raise KreportError(message)
    if value.dtype.kind in "OUS":
        return _texts(value, checks)
    return value.astype(keras.config.floatx()) if value.dtype == np.float64 else value


def _texts(value: np.ndarray[Any, Any], checks: Checks) -> Any:
    if value.size and not isinstance(value.ravel()[0], str | bytes):
        kind = type(value.ravel()[0]).__name__
        message = (
            f"`{checks.argument}` holds an array of Python objects ({kind}); arrays of numbers or texts are accepted."
        )
        raise KreportError(message)
    return value


def _number(x: Any, y: Any, weight: Any, checks: Checks) -> int:
    import tensorflow as tf

    sizes = {}
    for role, part in (("inputs", x), ("labels", y), ("sample weights", weight)):
        for index, leaf in enumerate(tf.nest.flatten(part, expand_composites=False) if part is not None else ()):
            sizes[f"{role} {index + 1}" if index else role] = size_of(leaf)
    if len(set(sizes.values())) > 1:
        told = ", ".join(f"{size:,} in {name}" for name, size in sizes.items())
        message = (
            f"`{checks.argument}` has different numbers of samples: {told}; a tuple of two is inputs and labels,"
            " several inputs are a list or a dict."
        )
        raise KreportError(message)
    return next(iter(sizes.values()), 0)


def _is_list_of_samples(x: Any, checks: Checks) -> bool:
    """Tell whether a list holds single samples of different sizes for the only input."""
    if not isinstance(x, list) or len(checks.specs) != 1 or not x or not all(isinstance(one, np.ndarray) for one in x):
        return False
    rank = checks.specs[0].rank
    return rank is not None and all(one.ndim == rank - 1 for one in x) and len(x) > 1


def _of_different_sizes(x: list[Any], y: Any, weight: Any, size: int) -> Source:
    groups: dict[tuple[int, ...], list[int]] = {}
    for index, one in enumerate(x):
        groups.setdefault(one.shape, []).append(index)

    def read() -> Iterator[Raw]:
        for members in groups.values():
            for start in range(0, len(members), size):
                chosen = np.array(members[start : start + size])
                stacked = np.stack([x[index] for index in chosen])
                stacked = stacked.astype("float32") if stacked.dtype == np.float64 else stacked
                yield stacked, rows(_array(y), chosen), rows(_array(weight), chosen)

    note = f"{len(x):,} samples of {len(groups):,} sizes, grouped by size" if len(groups) > 1 else ""
    return Source(kind="NumPy arrays", samples=len(x), notes=(note,) if note else (), read=read)


def _array(value: Any) -> Any:
    return None if value is None else np.asarray(value)
