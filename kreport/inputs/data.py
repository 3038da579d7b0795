"""The user's data in any form that ``fit`` takes, as :class:`Batches`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kreport.errors import KreportError
from kreport.inputs.batches import MAX_SAMPLES, Batch, Batches, size_of
from kreport.inputs.data_arrays import read_arrays
from kreport.inputs.data_checks import Checks
from kreport.inputs.data_files import read_files
from kreport.inputs.data_source import Source
from kreport.inputs.data_streams import is_stream, read_stream
from kreport.inputs.data_tables import is_table, read_table

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
    class_names: Sequence[str] = ()
    class_weight: Mapping[int, float] | None = None


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
    _check_options(options)
    checks = Checks(model, argument, tuple(options.class_names))
    size = checks.fixed_batch_size or options.batch_size or BATCH_SIZE
    source = _source(data, options, checks, size)
    first = next(iter(source.read()), None)
    if first is None:
        message = f"`{argument}` holds no samples."
        raise KreportError(message)
    checks.check(*first)
    return Batches(
        argument=argument, source=source.kind, samples=source.samples, max_samples=options.max_samples, batch_size=size,
        labels=first[1] is not None, weights=first[2] is not None, input_names=checks.input_names,
        feature_names=source.feature_names, class_names=tuple(options.class_names) or source.class_names,
        class_weight=dict(options.class_weight or {}), embed=options.embed, repeatable=source.repeatable,
        notes=(*source.notes, *checks.notes), read=lambda: _batches(source, checks),
    )  # fmt: skip


def _source(data: Any, options: DataOptions, checks: Checks, size: int) -> Source:
    if isinstance(data, str | Path) or (
        isinstance(data, list | tuple) and data and all(isinstance(one, str | Path) for one in data)
    ):
        return read_files(data, checks, target=options.target, size=size)
    if is_stream(data):
        return read_stream(data, checks, steps=options.steps, size=size)
    if is_table(data):
        return read_table(data, checks, target=options.target, size=size)
    return read_arrays(data, checks, size=size)


def _batches(source: Source, checks: Checks) -> Iterator[Batch]:
    start = 0
    for raw, labels, weight in source.read():
        x, y = checks.fitted(raw), checks.labels(labels)
        size = size_of(x)
        if checks.fixed_batch_size is not None and size != checks.fixed_batch_size:
            continue  # said in a note: such a model takes whole batches only
        if size:
            yield Batch(x=x, y=y, sample_weight=weight, start=start, size=size)
        start += size


def _check_options(options: DataOptions) -> None:
    for name in ("max_samples", "batch_size", "steps"):
        value = getattr(options, name)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
            message = (
                f"`{name}` is {value!r}; a positive number{' or None' if name == 'max_samples' else ''} is accepted."
            )
            raise KreportError(message)
