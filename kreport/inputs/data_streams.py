"""Datasets and generators: batches that come one after another."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from kreport.errors import KreportError
from kreport.inputs.data_arrays import unpacked
from kreport.inputs.data_checks import Checks
from kreport.inputs.data_source import Raw, Source
from kreport.inputs.data_values import standard

UNTIL = 1000
"""Batches after which a generator that has not ended is left, unless ``steps=`` says how many to read."""


def is_stream(data: Any) -> bool:
    """Tell whether this is a dataset, a ``PyDataset``, a data loader or a generator."""
    import keras
    import tensorflow as tf

    loader = type(data).__name__ == "DataLoader" and hasattr(data, "__iter__")
    return (
        isinstance(data, tf.data.Dataset | keras.utils.PyDataset | Iterator)
        or loader
        or inspect.isgeneratorfunction(data)
    )


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
    if inspect.isgeneratorfunction(data):
        return _again("generator function", data, checks, steps)
    number = len(data) if hasattr(data, "__len__") else None
    source = _again(type(data).__name__, data.__iter__, checks, steps or number)
    return Source(
        kind=source.kind, samples=None, full=number if steps is None else _least(number, steps), streams=True,
        notes=() if steps is None else (f"the first {steps:,} batches",), read=source.read,
    )  # fmt: skip


def _least(number: int | None, steps: int) -> int:
    return steps if number is None else min(number, steps)


def _dataset(data: Any, checks: Checks, steps: int | None, size: int) -> Source:
    import tensorflow as tf

    number = _cardinality(data)
    names = tuple(str(name) for name in getattr(data, "class_names", ()) or ())
    if int(data.cardinality()) == int(tf.data.INFINITE_CARDINALITY) and steps is None:
        message = (
            f"`{checks.argument}` is a tf.data.Dataset that never ends: pass steps= to say how many batches to read."
        )
        raise KreportError(message)
    single = _is_unbatched(data, checks)
    taken = data.batch(size) if single else data
    taken = taken if steps is None else taken.take(steps)
    samples = number if single and number is not None and steps is None else None
    return Source(
        kind="tf.data.Dataset", samples=samples, full=_cardinality(taken), streams=True, class_names=names,
        notes=() if steps is None else (f"the first {steps:,} batches of the dataset",),
        read=lambda: _raw(iter(taken), checks),
    )  # fmt: skip


def _cardinality(data: Any) -> int | None:
    number = int(data.cardinality())
    return number if number >= 0 else None


def _is_unbatched(data: Any, checks: Checks) -> bool:
    """Tell whether elements are single samples: their inputs have one axis less than the model's."""
    import tensorflow as tf

    x, _, _ = unpacked(data.element_spec)
    if isinstance(x, Mapping):
        parts = [x[name] for name in checks.input_names if name in x]
    else:
        parts = tf.nest.flatten(x, expand_composites=False)
    if not checks.specs or len(checks.specs) != len(parts):
        return False
    ranks = [(part.shape.rank, spec.rank) for part, spec in zip(parts, checks.specs, strict=True)]
    return all(have is not None and want is not None and have == want - 1 for have, want in ranks) and not all(
        have == 1 and spec.shape is not None and spec.shape[-1] == 1  # a batch of shape (n,) for an input (None, 1)
        for (have, _), spec in zip(ranks, checks.specs, strict=True)
    )


def _sequence(data: Any, checks: Checks, steps: int | None) -> Source:
    number = data.num_batches
    if number is None and steps is None:
        message = f"`{checks.argument}` is a PyDataset without a length: pass steps= to say how many batches to read."
        raise KreportError(message)
    count = number if steps is None else _least(number, steps)
    names = getattr(data, "class_indices", None)
    return Source(
        kind="PyDataset", samples=None, full=count, streams=True,
        class_names=tuple(sorted(map(str, names), key=lambda n: names[n])) if isinstance(names, Mapping) else (),
        notes=() if steps is None else (f"the first {count:,} batches",),
        read=lambda: _raw((data[index] for index in range(count)), checks),
    )  # fmt: skip


def _again(kind: str, begin: Callable[[], Any], checks: Checks, steps: int | None) -> Source:
    """What can be begun anew for each reading."""
    return Source(
        kind=kind, samples=None, streams=True, notes=(_told(steps),),
        read=lambda: _raw(islice(iter(begin()), steps or UNTIL), checks),
    )  # fmt: skip


def _told(steps: int | None) -> str:
    return f"at most {UNTIL:,} batches are read without steps=" if steps is None else f"the first {steps:,} batches"


def _once(data: Iterator[Any], checks: Checks, steps: int | None) -> Source:
    """A generator is read once: its first batch is looked at and put back, the rest is read when its turn comes."""
    batches = _raw(islice(data, steps or UNTIL), checks)
    first: list[Raw] = list(islice(batches, 1))

    def read() -> Iterator[Raw]:
        yield from first
        yield from batches

    note = f"a generator is read once: {_told(steps)}"
    return Source(kind="generator", samples=None, streams=True, repeatable=False, notes=(note,), read=read)


def _raw(elements: Iterator[Any], checks: Checks) -> Iterator[Raw]:
    for element in elements:
        x, y, weight = unpacked(tuple(element) if isinstance(element, list) and len(element) in (2, 3) else element)
        yield _arrays(x, checks), _arrays(y, checks), _arrays(weight, checks)


def _arrays(value: Any, checks: Checks) -> Any:
    """Return dense tensors as arrays; texts, sparse and ragged ones stay."""
    import tensorflow as tf

    return tf.nest.map_structure(lambda part: standard(part, checks.argument), value, expand_composites=False)
