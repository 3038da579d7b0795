"""What samples are told apart by, beside their class: brightness, length, columns of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.inputs.batches import Batch, Batches
from kreport.probes.observers.data_seen import token_inputs
from kreport.probes.samples.inputs import Primary, column_names, columns_of, primary_of
from kreport.probes.tree import LayerTree

COLUMNS = 40
"""Of a table, at most."""

FIGURES = {
    "image": ("brightness", "contrast"), "series": ("mean", "spread"), "tokens": ("length",), "text": ("length",),
}  # fmt: skip
"""What is looked at of each kind of input."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Slicing:
    """Which figures of a sample's input are looked at.

    Attributes:
        names: one each, as they are shown.
    """

    names: tuple[str, ...]
    _primary: Primary | None = None

    @classmethod
    def of(cls, tree: LayerTree, batches: Batches) -> Slicing:
        """Choose by what the first batch holds; nothing where no data was looked at."""
        if batches.first is None:
            return cls(names=())
        x = batches.first.x
        tokens = token_inputs(tree, batches)
        place = next((index for index, name in enumerate(batches.input_names) if name in tokens), None)
        primary = primary_of(x, batches, place)
        if primary.kind == "table":
            return cls(names=column_names(x, primary, batches)[:COLUMNS], _primary=primary)
        return cls(names=FIGURES.get(primary.kind, ()), _primary=primary)

    def columns(self, batch: Batch) -> NDArray[np.float64]:
        """Return the figures of each sample, float64 of shape ``(samples, names)``."""
        if self._primary is None or not self.names:
            return np.zeros((batch.size, 0))
        if self._primary.kind == "table":
            return columns_of(batch.x, self._primary)[:, : len(self.names)]
        import tensorflow as tf

        value = tf.nest.flatten(batch.x, expand_composites=False)[self._primary.place]
        if self._primary.kind == "text":
            texts = np.asarray(value).reshape(batch.size, -1)
            return np.array([[sum(len(_text(one)) for one in row)] for row in texts.tolist()], np.float64)
        if isinstance(value, tf.RaggedTensor):  # of tokens; of anything else no figure is looked at
            return np.asarray(value.row_lengths(), np.float64)[:, None]
        flat = np.asarray(value).reshape(batch.size, -1)
        if self._primary.kind == "tokens":
            return np.asarray((flat != 0).sum(1, keepdims=True), np.float64)
        return np.stack([flat.mean(1, dtype=np.float64), flat.std(1, dtype=np.float64)], 1)


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
