"""The user's data in any form that ``fit`` takes, as :class:`Batches`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kreport.errors import KreportError
from kreport.inputs.batches import MAX_SAMPLES, Batch, Batches, joined, rows, size_of
from kreport.inputs.data_arrays import read_arrays
from kreport.inputs.data_checks import Checks
from kreport.inputs.data_files import read_files
from kreport.inputs.data_options import class_names_of, class_weight_of, positive
from kreport.inputs.data_source import Raw, Source
from kreport.inputs.data_streams import is_stream, read_stream
from kreport.inputs.data_tables import is_table, read_table
from kreport.inputs.expected import unknown_output
from kreport.inputs.tasks import with_tasks

BATCH_SIZE = 32
"""Of arrays, as Keras has it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class DataOptions:
    """What the user says about data beside handing it over; see :func:`kreport.api.report`."""

    max_samples: int | None = MAX_SAMPLES
    batch_size: int | None = None
    steps: int | None = None
    target: str | None = None
    embed: bool = True
    class_names: Sequence[str] | Mapping[str, int] = ()
    class_weight: Mapping[int, float] | None = None
    loss: Any = None
    task: str | Mapping[str, str] | None = None


def read_data(data: Any, model: Any, options: DataOptions, *, argument: str = "data") -> Batches:
    """Return data in batches that fit the model.

    Args:
        data: arrays, tables, datasets, generators, or paths of files; see :func:`kreport.api.report`.
        model: what it is for; its inputs and its loss decide what fits.
        options: see :class:`DataOptions`.
        argument: which argument of the user's it is.

    Raises:
        KreportError: it does not fit; one sentence names the model's input, what it expects and what came.
    """
    positive(options.max_samples, "max_samples", or_none=True)
    positive(options.batch_size, "batch_size")
    positive(options.steps, "steps")
    names, class_weight = class_names_of(options.class_names), class_weight_of(options.class_weight)
    checks = Checks(model, argument, names, options.loss)
    outputs = with_tasks(checks.labels.outputs, options.task)
    size = checks.fixed_batch_size or options.batch_size or BATCH_SIZE
    source = _source(data, options, checks, size)
    first = next(_batches(source, checks), None)
    if first is None:
        few = f" as many as a batch of the model: {size}" if checks.fixed_batch_size else ""
        message = f"`{argument}` holds no samples{',' if few else ''}{few and ' or not'}{few}."
        raise KreportError(message)
    countable = source.full is not None and checks.fixed_batch_size is None
    most = source.full * first.size if source.samples is None and source.full and countable else source.samples
    return Batches(
        argument=argument, source=source.kind, samples=most, exact=source.samples is not None,
        max_samples=options.max_samples, batch_size=first.size if source.streams else size,
        labels=first.y is not None, weights=first.sample_weight is not None, outputs=outputs,
        otherwise=with_tasks((unknown_output(model, options.loss),), "" if outputs else options.task)[0],
        inputs=checks.specs, input_names=checks.input_names, feature_names=source.feature_names,
        class_names=names or source.class_names, class_weight=class_weight, embed=options.embed,
        repeatable=source.repeatable, same_order=_same_order(first, source, checks), lasting=not source.streams,
        notes=(*source.notes, *_notes(first, source, checks, names)),
        first=first, read=lambda: _batches(source, checks),
    )  # fmt: skip


def _source(data: Any, options: DataOptions, checks: Checks, size: int) -> Source:
    if isinstance(data, str | Path) or (
        isinstance(data, list | tuple) and data and all(isinstance(one, str | Path) for one in data)
    ):
        return read_files(data, checks, target=options.target, size=size)
    if is_table(data):
        return read_table(data, checks, target=options.target, size=size)
    if options.target is not None:
        message = f"`target` is {options.target!r}, which is for tables; `{checks.argument}` is none."
        raise KreportError(message)
    if is_stream(data):
        return read_stream(data, checks, steps=options.steps, size=size)
    return read_arrays(data, checks, size=size)


def _batches(source: Source, checks: Checks) -> Iterator[Batch]:
    """Yield the batches of a source from the start, each checked, in the structure that the model takes."""
    start = 0
    fixed = checks.fixed_batch_size
    for raw, labels, weight in source.read() if fixed is None else _regrouped(source.read(), fixed):
        x, y = checks.fitted(raw), checks.labels.numbers(labels)
        checks.check(x, y)
        size = size_of(x)
        if size:
            yield Batch(x=x, y=y, sample_weight=weight, start=start, size=size)
        start += size


def _regrouped(batches: Iterator[Raw], size: int) -> Iterator[Raw]:
    """Yield batches of exactly this size; what is left at the end is left out."""
    waiting: list[Raw] = []
    for batch in batches:
        waiting.append(batch)
        while sum(size_of(x) for x, _, _ in waiting) >= size:
            whole = waiting[0] if len(waiting) == 1 else tuple(joined([b[i] for b in waiting]) for i in range(3))
            number = size_of(whole[0])
            head, tail = np.arange(size), np.arange(size, number)
            yield whole if number == size else tuple(rows(part, head) for part in whole)
            waiting = [tuple(rows(part, tail) for part in whole)] if number > size else []


def _same_order(first: Batch, source: Source, checks: Checks) -> bool:
    """Tell whether a second reading begins with the same samples; looked at for what may shuffle anew."""
    if not source.streams or not source.repeatable:
        return True
    again = next(_batches(source, checks), None)
    return again is not None and _equal((first.x, first.y), (again.x, again.y))


def _equal(one: Any, other: Any) -> bool:
    import tensorflow as tf

    parts = [tf.nest.flatten(structure, expand_composites=True) for structure in (one, other)]
    return len(parts[0]) == len(parts[1]) and all(
        a is b or (a is not None and b is not None and _bytes(a) == _bytes(b)) for a, b in zip(*parts, strict=True)
    )


def _bytes(value: Any) -> Any:
    array = np.asarray(value)
    return array.tolist() if array.dtype.kind == "O" else (array.shape, array.tobytes())


def _notes(first: Batch, source: Source, checks: Checks, names: Sequence[str]) -> Iterator[str]:
    if source.streams and checks.fixed_batch_size is not None:
        yield f"the model takes batches of {first.size}: samples that do not fill one are left out"
    if checks.left_out:
        yield checks.left_out
    kinds = [output for output in checks.labels.outputs if output.kind in ("class", "one-hot", "binary")]
    if names and len(kinds) == 1 and kinds[0].width not in (None, 1, len(names)):
        yield f"class_names= has {len(names)} names, the output {kinds[0].name!r} {kinds[0].width} classes"
