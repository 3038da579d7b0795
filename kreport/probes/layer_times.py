"""How long each layer takes by itself: a few samples run eagerly, several times, with a clock around every call."""

from __future__ import annotations

import math
import os
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Self

import numpy as np

from kreport.document.blocks import LayerId
from kreport.document.model import Gap
from kreport.errors import NotMeasuredError
from kreport.inputs.batches import rows
from kreport.pipeline import contained
from kreport.probes import _keras, _keras_fit
from kreport.probes.cells import STEPS, steps_of
from kreport.probes.graph import LayerGraph
from kreport.probes.observers.kept import KeptSamples
from kreport.probes.samples.seeing import as_tensors, filled, through
from kreport.probes.tree import LayerTree

SAMPLES = 32
"""Samples in a pass, at most."""

FLOPS = 2e9
"""Of one pass, by taking fewer samples: about 0.1 s on two cores."""

MOST_FLOPS = 30e9
"""A model whose single sample takes more is not timed."""

REPEATS = 7
"""Timed passes, at most; fewer when :data:`SECONDS` are over."""

SECONDS = 1.0

PATIENCE = 3.0
"""Seconds after which the first pass is given up."""


TOO_LONG = "layers were not timed: a pass takes too long outside of a graph"


@dataclass(frozen=True, kw_only=True, eq=False)
class LayerTime:
    """Time of one layer in a forward pass, all its calls together, without what layers shown within it take.

    Attributes:
        layer: its id.
        seconds: median over the passes.
    """

    layer: LayerId
    seconds: float


@dataclass(frozen=True, kw_only=True, eq=False)
class LayerTimes:
    """Wall-clock times of an eager forward pass in inference mode; ``fit`` and ``predict`` run a graph instead.

    Attributes:
        layers: in tree order; only what was called.
        total: of a whole pass, median, seconds.
        samples: in a pass; passes: timed ones.
        gap: why there are none.
    """

    layers: tuple[LayerTime, ...] = ()
    total: float = 0.0
    samples: int = 0
    passes: int = 0
    gap: Gap | None = None


def layer_times(tree: LayerTree, kept: KeptSamples, graph: LayerGraph | None) -> LayerTimes:
    """Time every layer; the first pass only warms up, unless it takes more than a second."""
    found = contained("layer times", _times, tree, kept, graph)
    return LayerTimes(gap=found) if isinstance(found, Gap) else found


def _times(tree: LayerTree, kept: KeptSamples, graph: LayerGraph | None) -> LayerTimes:
    """Raise where times would make two reports differ (SOURCE_DATE_EPOCH is set), or take too long."""
    if "SOURCE_DATE_EPOCH" in os.environ:
        message = "times are not taken when SOURCE_DATE_EPOCH is set"
        raise NotMeasuredError(message)
    flops = (graph.flops if graph is not None else None) or 1
    if not _keras.is_ready(tree.model):
        message = "the model is not built"
        raise NotMeasuredError(message)
    if flops > MOST_FLOPS or steps_of(tree, kept) > STEPS:
        raise NotMeasuredError(TOO_LONG)
    size = int(max(1, min(SAMPLES, len(kept.index), FLOPS // flops)))
    x = as_tensors(filled(tree.model, rows(kept.x, np.arange(size)), size))
    first = _timed(tree, x, patience=PATIENCE)
    passes = [first] if first.total > SECONDS else []
    start = time.perf_counter()
    while not passes or (first not in passes and len(passes) < REPEATS and time.perf_counter() - start < SECONDS):
        passes.append(_timed(tree, x))
    called = {layer for clock in passes for layer in clock.seconds}
    return LayerTimes(
        layers=tuple(
            LayerTime(layer=layer, seconds=median(clock.seconds[layer] for clock in passes))
            for layer, _ in tree.entries if layer in called
        ),
        total=median(clock.total for clock in passes), samples=size, passes=len(passes),
    )  # fmt: skip


@dataclass(kw_only=True, eq=False)
class _Clock:
    """Seconds by layer; a built-in layer answers for what it calls."""

    tree: LayerTree
    wait: Callable[[], None]
    patience: float
    seconds: dict[LayerId, float] = field(default_factory=lambda: defaultdict(float))
    total: float = 0.0
    late: bool = False
    start: float = field(default_factory=time.perf_counter)
    _running: list[tuple[LayerId, float]] = field(default_factory=list)
    _closed: int = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        if self.late and error is not None:  # Keras has wrapped it
            raise NotMeasuredError(TOO_LONG) from error

    def call(self, target: Any, args: Any, kwargs: Any, call: Callable[..., Any]) -> Any:
        layer = self.tree.id_of.get(id(target))
        if layer is None or self._closed:
            return call(*args, **kwargs)
        if time.perf_counter() - self.start > self.patience:  # not within a loop, which TensorFlow would complain of
            self.late = True
            raise NotMeasuredError(TOO_LONG)
        closes = not _keras.shows_inside(target)
        self._tick()
        self._running.append((layer, time.perf_counter()))
        self._closed += closes
        try:
            return call(*args, **kwargs)
        finally:
            self._closed -= closes
            self._tick()
            self._running.pop()
            if self._running:
                self._running[-1] = (self._running[-1][0], time.perf_counter())

    def _tick(self) -> None:
        """Give the time since the last change to the layer that runs."""
        self.wait()
        if self._running:
            layer, since = self._running[-1]
            self.seconds[layer] += time.perf_counter() - since
            self._running[-1] = (layer, time.perf_counter())


def _timed(tree: LayerTree, x: Any, patience: float = math.inf) -> _Clock:
    clock = _Clock(tree=tree, wait=_waiting(), patience=patience)
    with clock, through(clock.call), _keras_fit.state(tree.model):
        _keras_fit.called(tree.model, x, training=False)
    clock.wait()
    clock.total = time.perf_counter() - clock.start
    return clock


def _waiting() -> Callable[[], None]:
    """Return what waits for the device: a GPU works on while Python goes ahead."""
    import tensorflow as tf

    if not tf.config.list_logical_devices("GPU"):
        return lambda: None
    return tf.test.experimental.sync_devices  # type: ignore[no-any-return]
