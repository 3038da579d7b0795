"""The compiled loss and metrics over all of the data, as ``model.evaluate`` has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from kreport.inputs.batches import Batch, Batches
from kreport.probes import _keras_fit
from kreport.probes.observers._base import Mode, Observer, Seen
from kreport.probes.tree import LayerTree


@dataclass(frozen=True, kw_only=True, eq=False)
class CompiledMetrics:
    """Values by name, in the order of ``model.evaluate``, over ``samples`` samples; () where nothing is compiled."""

    values: tuple[tuple[str, float], ...]
    samples: int


@dataclass(eq=False)
class Metrics(Observer[CompiledMetrics]):
    """Keeps the last values and states: the metrics' own states stream from batch to batch."""

    mode: ClassVar[Mode] = "prediction"
    _model: Any = None
    _metrics: Sequence[Any] = ()
    _values: Mapping[str, Any] = field(default_factory=dict)
    _states: Sequence[NDArray[Any]] = ()
    _samples: int = 0

    def start(self, tree: LayerTree, batches: Batches) -> None:
        """Remember the model."""
        del batches
        self._model = tree.model

    def reduce(self, seen: Seen) -> Any:
        """Return the values so far, and the states they come from."""
        import tensorflow as tf

        self._metrics = tuple(self._model.metrics)  # those that see the data: what was not built is a copy meanwhile
        values = {
            name: tf.convert_to_tensor(value)
            for name, value in seen.metrics.items()
            if isinstance(value, int | float) or tf.is_tensor(value)
        }
        return {"values": values, "states": list(seen.metric_states)}

    def add(self, reduced: Any, batch: Batch) -> None:
        """Take in the values after one batch."""
        self._samples += batch.size
        self._values, self._states = reduced["values"], reduced["states"]

    def merge(self, other: Metrics) -> None:
        """Add the states of other samples, as Keras itself does with those of replicas (``aggregation="sum"``)."""
        self._samples += other._samples
        self._metrics = self._metrics or other._metrics
        if not self._states or not other._states:
            self._values, self._states = self._values or other._values, self._states or other._states
            return
        self._states = [one + two for one, two in zip(self._states, other._states, strict=True)]
        self._values = _keras_fit.metric_results(self._metrics, self._states)

    def result(self) -> CompiledMetrics:
        """Return the final values; a metric of several values (an F1 score per class) one by one."""
        found: list[tuple[str, float]] = []
        for name, value in self._values.items():
            numbers = np.asarray(value, np.float64)
            each = [(f"{name} {index}", float(one)) for index, one in enumerate(numbers.ravel())]
            found += each if numbers.ndim else [(name, float(numbers))]
        return CompiledMetrics(values=tuple(found), samples=self._samples)
