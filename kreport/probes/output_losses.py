"""How strongly each of several losses pulls at the weights they share: one batch, one gradient a loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from kreport.errors import NotMeasuredError
from kreport.inputs.batches import Batches, rows
from kreport.inputs.subject import LossOf
from kreport.probes import _keras, _keras_calls, _keras_fit
from kreport.probes.observers.kept import KeptSamples
from kreport.probes.train_step import is_recorded
from kreport.probes.tree import LayerTree

SAMPLES = 32
"""Of the one batch."""

MOST = 12
"""More losses than this are not told apart."""


@dataclass(frozen=True, kw_only=True, eq=False)
class OutputLoss:
    """One compiled loss.

    Attributes:
        name: of its output, as compiled.
        value: of the batch, times its weight; weight: its factor in the loss of the model.
        norm: L2 of the gradient of the weighted loss on the variables that several losses reach.
    """

    name: str
    value: float
    weight: float
    norm: float


@dataclass(frozen=True, kw_only=True, eq=False)
class OutputLosses:
    """The compiled losses of a model with several, in training mode.

    Attributes:
        losses: in the order of the outputs.
        shared: values of the variables that several losses reach.
        samples: of the batch.
    """

    losses: tuple[OutputLoss, ...]
    shared: int
    samples: int


def output_losses(tree: LayerTree, kept: KeptSamples, batches: Batches, loss: LossOf | None) -> OutputLosses:
    """Return the gradient norm of each loss on what they share.

    Raises:
        NotMeasuredError: there is one loss, or losses cannot be told apart.
    """
    model = tree.model
    if is_recorded(model, loss) or _keras_fit.has_own_loss(model) or not batches.labels or not len(kept.index):
        message = "losses of single outputs cannot be told apart"
        raise NotMeasuredError(message)
    chosen = np.arange(min(SAMPLES, len(kept.index)))
    x, y, weight = (rows(part, chosen) for part in (kept.x, kept.y, kept.sample_weight))
    with _keras_fit.ready_to_test(model, x, y, weight, loss=None if loss is None else loss.loss):
        names, weights = _keras_fit.loss_names(model), _keras_fit.loss_weights(model)
        if not 1 < len(names) <= MOST:
            message = "the model has one loss"
            raise NotMeasuredError(message)
        values, gradients = _gradients(model, x, y, weight, weights)
    reached = [sum(gradient[index] is not None for gradient in gradients) for index in range(len(gradients[0]))]
    shared = [index for index, number in enumerate(reached) if number > 1]
    return OutputLosses(
        losses=tuple(
            OutputLoss(name=name, value=value, weight=factor, norm=_norm([gradient[i] for i in shared]))
            for name, value, factor, gradient in zip(names, values, weights, gradients, strict=True)
        ),
        shared=sum(int(np.prod(model.trainable_variables[i].shape)) for i in shared), samples=len(chosen),
    )  # fmt: skip


def _gradients(model: Any, x: Any, y: Any, weight: Any, factors: list[float]) -> tuple[list[float], list[list[Any]]]:
    """Return the weighted value of each loss, and its gradient for each trainable variable."""
    import tensorflow as tf

    scale = _keras.loss_scale(getattr(model, "optimizer", None)) or 1.0
    values = _keras_fit.trainable_values(model)
    x, y, weight = (tf.nest.map_structure(_tensor, part) for part in (x, y, weight))
    with _keras_calls.call_hook(lambda _target, args, kwargs, call: call(*args, **kwargs)):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(values)
            with _keras_fit.state(model, trainable=values), _keras_fit.unreduced() as seen:
                outputs = _keras_fit.called(model, x, training=True)
                _keras_fit.loss_of(model, x, y, outputs, weight, training=True)
            if len(seen.averages) != len(factors):
                message = "losses of single outputs cannot be told apart"
                raise NotMeasuredError(message)
            losses = [tf.cast(term, tf.float32) * factor for term, factor in zip(seen.averages, factors, strict=True)]
            scaled = [loss * scale for loss in losses]
        return [float(loss) for loss in losses], [
            [
                None if g is None else tf.cast(tf.convert_to_tensor(g), tf.float32) / scale
                for g in tape.gradient(s, values)
            ]
            for s in scaled
        ]


def _tensor(value: Any) -> Any:
    import tensorflow as tf

    return value if value is None or not isinstance(value, np.ndarray) else tf.convert_to_tensor(value)


def _norm(gradients: list[Any]) -> float:
    return float(np.sqrt(sum(float(np.square(g.numpy().astype(np.float64)).sum()) for g in gradients if g is not None)))
