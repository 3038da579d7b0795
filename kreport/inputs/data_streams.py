"""Datasets and generators: batches that come one after another."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np

from kreport.errors import KreportError
from kreport.inputs.data_arrays import unpacked
from kreport.inputs.data_checks import Checks
from kreport.inputs.data_source import Raw, Source


def is_stream(data: Any) -> bool:
    """Tell whether this is a dataset, a ``PyDataset``, a data loader or a generator."""
    import keras
    import tensorflow as tf

    kinds = (tf.data.Dataset, tf.distribute.DistributedDataset, keras.utils.PyDataset, Iterator)
    loader = type(data).__name__ == "DataLoader" and hasattr(data, "__iter__")
    return isinstance(data, kinds) or loader or _is_generator_function(data)


def _is_generator_function(data: Any) -> bool:
    import inspect

    return inspect.isgeneratorfunction(data)


def read_stream(data: Any, checks: Checks, *, steps: int | None, size: int) -> Source:
    """Return the batches of a stream.

    Raises:
        KreportError: it does not end and ``steps=`` was not given.
    """
    import keras
    import tensorflow as tf

    if isinstance(data, tf.data.Dataset):
        return _dataset(data, checks, steps, size)
    if isinstance(data, keras.utils.PyDataset):
        return _sequence(data, checks, steps)
    if isinstance(data, Iterator):
        return _once(data, checks, steps)
    again = data if _is_generator_function(data) else data.__iter__
    kind = "generator function" if _is_generator_function(data) else type(data).__name__
    if steps is None and _is_generator_function(data):
        raise KreportError(_endless(checks, kind))
    return Source(kind=kind, samples=None, read=lambda: _raw(islice(iter(again()), steps)))


def _endless(checks: Checks, kind: str) -> str:
    return f"`{checks.argument}` is a {kind} that may never end: pass steps= to say how many batches to read."


def _dataset(data: Any, checks: Checks, steps: int | None, size: int) -> Source:
    import tensorflow as tf

    if _is_unbatched(data, checks):
        data = data.batch(size, drop_remainder=checks.fixed_batch_size is not None)
    if int(data.cardinality()) == int(tf.data.INFINITE_CARDINALITY) and steps is None:
        raise KreportError(_endless(checks, "tf.data.Dataset"))
    taken = data if steps is None else data.take(steps)
    names = tuple(str(name) for name in getattr(data, "class_names", ()) or ())
    return Source(
        kind="tf.data.Dataset", samples=None, class_names=names, read=lambda: _raw(iter(taken)),
        notes=() if steps is None else (f"the first {steps:,} batches of the dataset",),
    )  # fmt: skip


def _is_unbatched(data: Any, checks: Checks) -> bool:
    import tensorflow as tf

    x, _, _ = unpacked(data.element_spec)
    specs = tf.nest.flatten(x, expand_composites=False)
    if not checks.specs or not specs or len(checks.specs) != len(specs):
        return False
    rank, wanted = specs[0].shape.rank, checks.specs[0].rank
    return rank is not None and wanted is not None and rank == wanted - 1


def _sequence(data: Any, checks: Checks, steps: int | None) -> Source:
    number = steps if steps is not None else data.num_batches
    if number is None:
        raise KreportError(_endless(checks, "PyDataset without a length"))
    return Source(kind="PyDataset", samples=None, read=lambda: _raw(data[index] for index in range(number)))


def _once(data: Iterator[Any], checks: Checks, steps: int | None) -> Source:
    """A generator is read once: its first batch is looked at and put back, the rest is read when its turn comes."""
    if steps is None:
        raise KreportError(_endless(checks, "generator"))
    batches = _raw(islice(data, steps))
    first: list[Raw] = list(islice(batches, 1))
    state = {"begun": False}

    def read() -> Iterator[Raw]:
        yield from first
        if not state["begun"]:
            for batch in batches:
                state["begun"] = True
                yield batch

    note = f"a generator is read once: {steps:,} batches of it"
    return Source(kind="generator", samples=None, repeatable=False, notes=(note,), read=read)


def _raw(elements: Iterator[Any]) -> Iterator[Raw]:
    for element in elements:
        x, y, weight = unpacked(element)
        yield _arrays(x), _arrays(y), _arrays(weight)


def _arrays(value: Any) -> Any:
    """Return dense tensors as arrays; texts, sparse and ragged ones stay."""
    import keras
    import tensorflow as tf

    if value is None:
        return None

    def array(part: Any) -> Any:
        if isinstance(part, tf.Tensor):
            return part if part.dtype == tf.string else part.numpy()
        if tf.is_tensor(part) or part is None:
            return part
        made = part.detach().cpu().numpy() if hasattr(part, "detach") else np.asarray(part)
        return made.astype(keras.config.floatx()) if made.dtype == np.float64 else made

    return tf.nest.map_structure(array, value, expand_composites=False)
