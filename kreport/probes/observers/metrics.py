"""The compiled loss and metrics over all of the data, as ``model.evaluate`` has them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from kreport.inputs.batches import Batch
from kreport.probes.observers._base import Mode, Observer, Seen


@dataclass(frozen=True, kw_only=True, eq=False)
class CompiledMetrics:
    """Values by name, in the order of ``model.evaluate``, over ``samples`` samples; () where nothing is compiled."""

    values: tuple[tuple[str, float], ...]
    samples: int


@dataclass(eq=False)
class Metrics(Observer[CompiledMetrics]):
    """Keeps the last values: the metrics' own states stream from batch to batch."""

    mode: ClassVar[Mode] = "prediction"
    _values: dict[str, float] = field(default_factory=dict)
    _samples: int = 0

    def reduce(self, seen: Seen) -> Any:
        """Return the values so far; a metric of several values (an F1 score per class) one by one."""
        import tensorflow as tf

        return {
            name: tf.convert_to_tensor(value)
            for name, value in seen.metrics.items()
            if isinstance(value, int | float) or tf.is_tensor(value)
        }

    def add(self, reduced: Any, batch: Batch) -> None:
        """Take in the values after one batch."""
        self._samples += batch.size
        values: dict[str, float] = {}
        for name, value in reduced.items():
            if value.ndim:
                values |= {f"{name} {index}": float(one) for index, one in enumerate(value.ravel())}
            else:
                values[name] = float(value)
        self._values = values

    def merge(self, other: Metrics) -> None:
        """Metrics cannot be merged by their values: their states would be needed.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError

    def result(self) -> CompiledMetrics:
        """Return the final values."""
        return CompiledMetrics(values=tuple(self._values.items()), samples=self._samples)
