"""Arrays and tensors in a structure: one, a list, a dict; with labels and sample weights as a tuple."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from kreport.errors import KreportError
from kreport.inputs.batches import rows, size_of
from kreport.inputs.data_checks import Checks
from kreport.inputs.data_source import Raw, Source
from kreport.inputs.data_values import is_array, is_of_scalars, standard
from kreport.inputs.expected import shape_of

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
    y, weight = (_structure(part, checks, several=checks.labels.several) for part in (y, weight))
    if _is_list_of_samples(x, checks):
        return _of_different_sizes(x, y, weight, size)
    x = _structure(x, checks, several=len(checks.specs) != 1)
    samples = _number(x, y, weight, checks)
    checks.labels.check(checks.labels.numbers(y), all_of_them=True)

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


def _structure(value: Any, checks: Checks, *, several: bool) -> Any:
    """Return arrays in their structure; a list of numbers is one array, a list of arrays several."""
    if value is None or is_array(value):
        made = standard(value, checks.argument)
        if made is not None and not shape_of(made):
            message = f"`{checks.argument}` holds a single value; {ACCEPTED}."
            raise KreportError(message)
        return made
    if isinstance(value, Mapping):
        return {name: _structure(part, checks, several=False) for name, part in value.items()}
    if isinstance(value, list | tuple) and value:
        if any(is_array(part) or isinstance(part, Mapping) for part in value) or (several and not is_of_scalars(value)):
            return [_structure(part, checks, several=False) for part in value]
        return standard(_rectangular(value, checks), checks.argument)
    message = f"`{checks.argument}` holds a value of the type {type(value).__name__} without a shape; {ACCEPTED}."
    raise KreportError(message)


def _rectangular(value: Any, checks: Checks) -> Any:
    try:
        return np.asarray(value)
    except ValueError as error:
        message = f"`{checks.argument}` holds lists of different lengths; pad them, or pass a tf.RaggedTensor."
        raise KreportError(message) from error


def _number(x: Any, y: Any, weight: Any, checks: Checks) -> int:
    import tensorflow as tf

    sizes = {}
    for role, part in (("inputs", x), ("labels", y), ("sample weights", weight)):
        for index, leaf in enumerate(tf.nest.flatten(part, expand_composites=False) if part is not None else ()):
            if leaf is not None:
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
    """Tell whether a list holds single samples, as a rule of different sizes, for the only input."""
    if not isinstance(x, list) or len(checks.specs) != 1 or not x or not all(isinstance(one, np.ndarray) for one in x):
        return False
    rank = checks.specs[0].rank
    return rank is not None and rank > 1 and all(one.ndim == rank - 1 for one in x)


def _of_different_sizes(x: list[Any], y: Any, weight: Any, size: int) -> Source:
    groups: dict[tuple[int, ...], list[int]] = {}
    for index, one in enumerate(x):
        groups.setdefault(one.shape, []).append(index)

    def read() -> Iterator[Raw]:
        for members in groups.values():
            for start in range(0, len(members), size):
                chosen = np.array(members[start : start + size])
                stacked = np.stack([x[index] for index in chosen])
                yield standard(stacked, "data"), rows(y, chosen), rows(weight, chosen)

    note = f"{len(x):,} samples of {len(groups):,} sizes, grouped by size" if len(groups) > 1 else ""
    return Source(kind="NumPy arrays", samples=len(x), notes=(note,) if note else (), read=read)
