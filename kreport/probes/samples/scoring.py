"""The score of what a model says of some samples, and its gradient with respect to what goes in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.errors import NotMeasuredError
from kreport.inputs.batches import rows
from kreport.probes import _keras, _keras_fit
from kreport.probes.samples.graphed import Graphed
from kreport.probes.samples.seeing import as_tensors, filled, through
from kreport.probes.tree import LayerTree

NO_GRADIENT = "the score does not follow the input by gradients: it is cast to whole numbers or looked up"


@dataclass(frozen=True, kw_only=True, eq=False)
class Target:
    """Which number is explained: one of each sample's outputs.

    Attributes:
        output: place of the output among the flattened ones.
        column: of each sample, int64 of shape ``(samples,)``.
        sign: −1 where the score is for the opposite, as of a sigmoid that says no; float64 of shape ``(samples,)``.
    """

    output: int
    column: NDArray[np.int64]
    sign: NDArray[np.float64]

    def of(self, outputs: Any, column: Any, sign: Any) -> Any:
        """Return the score of each row, float32: the logit where the model makes its output of one.

        ``column`` and ``sign`` are those of the rows; further rows of the outputs are left out.
        """
        import tensorflow as tf

        first = [t for t in tf.nest.flatten(outputs) if tf.is_tensor(t)][self.output]
        values = tf.cast(_keras_fit.logits_of(first), tf.float32)
        values = tf.reshape(values, [tf.shape(values)[0], -1])[: tf.shape(column)[0]]
        return tf.gather(values, column, axis=1, batch_dims=1) * tf.cast(sign, tf.float32)


@dataclass(eq=False)
class Score:
    """Scores of samples whose inputs are moved.

    Attributes:
        tree: of the model.
        x: the samples, in the structure the model takes.
        target: what is explained.
        places: which of the flattened inputs move; () where the outputs of ``embedding`` do.
        embedding: the layer whose first call in a pass puts out what is handed over.
        flops: of one sample forward, None if not known.
    """

    tree: LayerTree
    x: Any
    target: Target
    places: Sequence[int] = ()
    embedding: Any = None
    flops: int | None = None
    _waiting: list[Any] = field(default_factory=list)
    _pass: Graphed | None = None
    _structure: Any = None
    _moving: int = 0

    def gradients(
        self, values: Sequence[NDArray[Any]], who: NDArray[np.intp]
    ) -> tuple[NDArray[np.float64], list[NDArray[np.float64]]]:
        """Return the scores and their gradients with respect to ``values``; see :mod:`kreport.probes.samples.paths`.

        Raises:
            NotMeasuredError: the score does not follow the values.
        """
        import tensorflow as tf

        size, model = len(who), self.tree.model
        moved = [tf.convert_to_tensor(filled(model, np.asarray(v, kind), size))
                 for v, kind in zip(values, self._kinds(len(values)), strict=True)]  # fmt: skip
        self._structure = as_tensors(filled(model, rows(self.x, who), size))
        whole = tf.nest.flatten(self._structure, expand_composites=False)
        picked = [tf.constant(self.target.column[who]), tf.constant(self.target.sign[who], tf.float32)]
        if self._pass is None:
            self._pass = Graphed(self.tree, self._run, flops=self.flops, loose=2)
        self._moving = len(moved)
        score, found = self._pass([*picked, *moved, *whole])
        if all(one is None for one in found):
            raise NotMeasuredError(NO_GRADIENT)
        slopes = [
            np.zeros(v.shape) if one is None else np.asarray(one, np.float64)[:size]
            for one, v in zip(found, values, strict=True)
        ]
        return np.asarray(score, np.float64), slopes

    def _run(self, tensors: list[Any]) -> tuple[Any, list[Any]]:
        import tensorflow as tf

        column, sign, *rest = tensors
        moved, whole = rest[: self._moving], rest[self._moving :]
        self._waiting = [] if self.embedding is None else list(moved)
        with tf.GradientTape() as tape:
            tape.watch(moved)
            for place, value in zip(self.places, moved if self.places else (), strict=True):
                whole[place] = tf.reshape(value, [-1, *whole[place].shape[1:]])
            x = tf.nest.pack_sequence_as(self._structure, whole, expand_composites=False)
            with _keras_fit.state(self.tree.model), through(self._substituted):
                outputs = _keras_fit.called(self.tree.model, x, training=False)
            score = self.target.of(outputs, column, sign)
            total = tf.reduce_sum(score)
        return score, tape.gradient(total, moved)

    def _kinds(self, number: int) -> list[Any]:
        """Return the dtype of each input that moves: its own where that is a float."""
        import tensorflow as tf

        flat = tf.nest.flatten(self.x, expand_composites=False)
        own = [np.asarray(flat[place]).dtype for place in self.places] or [np.dtype(np.float32)] * number
        return [kind if kind.kind == "f" else np.dtype(np.float32) for kind in own]

    def _substituted(self, target: Any, args: Any, kwargs: Any, call: Callable[..., Any]) -> Any:
        import tensorflow as tf

        outputs = call(*args, **kwargs)
        if target is not self.embedding or not self._waiting:
            return outputs
        moved = self._waiting.pop()
        if outputs.shape[1] is None or moved.shape[1] != outputs.shape[1]:
            moved = moved[:, : tf.shape(outputs)[1]]  # texts are as long as the longest beside them
        return _keras.kept_marks(outputs, tf.cast(moved, outputs.dtype))
