"""What a prediction costs on this machine: calls of the model, traced as a graph, timed one by one."""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.errors import NotMeasuredError
from kreport.inputs.batches import rows
from kreport.inputs.environment import Machine, machine
from kreport.pipeline import without_paths
from kreport.probes import _keras, _keras_fit
from kreport.probes.graph import LayerGraph
from kreport.probes.observers.kept import KeptSamples
from kreport.probes.pass_memory import PassMemory, pass_memory
from kreport.probes.samples.seeing import as_tensors
from kreport.probes.tree import LayerTree

SINGLE, BATCH = 1, 32
"""Samples in a call: one, as a service gets them, and as many as Keras puts in a batch."""

WARM_UP = 3
"""Calls before the timed ones: the first ones allocate, and choose how to compute."""

FEWEST, MOST = 20, 200
"""Timed calls of one batch size: 20 are the fewest whose 5 and 95 % are not its ends."""

SECONDS = 1.0
"""After which no more than the fewest calls are timed; a first call that takes longer is the only one."""

PATIENCE = 5.0
"""Seconds that timed calls of one batch size take, at most (and the last of them)."""

MOST_FLOPS = 200e9
"""A model whose single sample takes more is not timed: about 10 s on two cores."""

ANSI = re.compile(r"\x1b\[[0-9;]*m")
"""Keras sets what it quotes in bold, for a terminal."""

TOO_LONG = "predictions were not timed: a single one takes too long"


@dataclass(frozen=True, kw_only=True, eq=False)
class TimedCalls:
    """Calls of the model on one batch.

    Attributes:
        size: samples in it.
        seconds: wall-clock time of each timed call in their order, float64 of shape ``(calls,)``.
    """

    size: int
    seconds: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class PredictionCost:
    """Wall-clock time and memory of forward passes in inference mode, from arrays to arrays in the host's memory.

    Attributes:
        batches: timed calls by batch size, smallest first: 1 and 32, or the one that the model is made for.
        fixed: whether it is made for batches of one size.
        memory: of one more call with the largest of these batches.
        machine: which one it was.
    """

    batches: tuple[TimedCalls, ...]
    fixed: bool
    memory: PassMemory
    machine: Machine


def prediction_cost(tree: LayerTree, kept: KeptSamples, graph: LayerGraph | None) -> PredictionCost:
    """Time the model on samples of the data, which are repeated to fill a batch; it stays as it is.

    Its call is traced once for each batch size, without XLA. ``predict`` is not called: it would leave a function in
    the model, and its time is mostly its own.

    Raises:
        NotMeasuredError: times would make two reports differ (SOURCE_DATE_EPOCH is set), the model is not built, cannot
            be traced, or takes too long.
    """
    if "SOURCE_DATE_EPOCH" in os.environ:
        message = "times are not taken when SOURCE_DATE_EPOCH is set"
        raise NotMeasuredError(message)
    if not _keras.is_ready(tree.model):
        message = "the model is not built"
        raise NotMeasuredError(message)
    if graph is not None and (graph.flops or 0) > MOST_FLOPS:
        raise NotMeasuredError(TOO_LONG)
    if not len(kept.index):
        message = "there are no samples"
        raise NotMeasuredError(message)
    return _cost(tree.model, kept)


def _cost(model: Any, kept: KeptSamples) -> PredictionCost:
    fixed = _keras_fit.batch_size_of(model)
    with _keras.draws_kept():
        call = _call(model, kept, fixed or SINGLE)
        timed = [TimedCalls(size=fixed or SINGLE, seconds=timed_calls(call))]
        size = SINGLE if fixed else _affordable(float(np.median(timed[0].seconds)))
        if size > SINGLE:
            call = _call(model, kept, size)
            timed.append(TimedCalls(size=size, seconds=timed_calls(call)))
        memory = pass_memory(call)
    return PredictionCost(batches=tuple(timed), fixed=fixed is not None, memory=memory, machine=machine())


def _affordable(single: float) -> int:
    """Return the samples of the larger batch: halved until a call that warms up and a timed one are within patience.

    That they take as many times longer as there are samples is the worst case.
    """
    size = BATCH
    while size > SINGLE and 2 * size * single > PATIENCE:
        size //= 2
    return size


def _call(model: Any, kept: KeptSamples, size: int) -> Callable[[], Any]:
    """Return what puts a batch through the model: arrays to tensors, a graph of its own, tensors to arrays."""
    import tensorflow as tf

    structure = rows(kept.x, np.arange(size) % len(kept.index))
    arrays = _fetched(tf.nest.flatten(structure, expand_composites=False))

    def forward(given: list[Any]) -> list[Any]:
        rest = iter(given)
        flat = [None if value is None else next(rest) for value in arrays]
        x = tf.nest.pack_sequence_as(structure, flat, expand_composites=False)
        with _keras.any_name(), _keras_fit.state(model):
            outputs = _keras_fit.called(model, x, training=False)
        return [t for t in tf.nest.flatten(outputs) if tf.is_tensor(t)]

    def tensors() -> list[Any]:
        return [t for t in as_tensors(arrays) if t is not None]

    specs = [tf.type_spec_from_value(t) for t in tensors()]
    with _Tracing():
        graph = tf.function(forward, autograph=False).get_concrete_function(specs)
    return lambda: _fetched(graph(tensors()))


class _Tracing(contextlib.AbstractContextManager[None]):
    """Turns what tracing raises into one sentence: a model that only runs eagerly is no failure of the report."""

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        if not isinstance(error, Exception):
            return
        lines = [ANSI.sub("", line).strip() for line in str(error).splitlines()]
        first = next((line for line in lines if line and "Exception encountered" not in line), "")
        message = f"the model cannot be traced as a graph ({without_paths(f'{type(error).__name__}: {first}')})"
        raise NotMeasuredError(message) from error


def _fetched(values: list[Any]) -> list[Any]:
    """Return arrays in place of tensors; sparse and ragged ones stay as they are, but what they hold is there."""
    import tensorflow as tf

    def array(value: Any) -> Any:
        if isinstance(value, tf.SparseTensor | tf.RaggedTensor):
            _fetched(tf.nest.flatten(value, expand_composites=True))
            return value
        return value.numpy() if tf.is_tensor(value) else value

    return [array(value) for value in values]


def timed_calls(call: Callable[[], object]) -> NDArray[np.float64]:
    """Return the seconds of each timed call in their order, float64 of shape ``(calls,)``; at least one.

    The first calls, which warm up, are none of them, unless the second takes too long to be repeated.
    """
    call()
    first = _took(call)
    if first > SECONDS:
        return np.array([first])
    for _ in range(WARM_UP - 2):
        call()
    found: list[float] = []
    start = time.perf_counter()
    while len(found) < MOST:
        found.append(_took(call))
        spent = time.perf_counter() - start
        if spent > PATIENCE or (spent > SECONDS and len(found) >= FEWEST):
            break
    return np.array(found)


def _took(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
