"""Private names of Keras around a train step: run it, keep what optimizers are given, let nothing be applied."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from kreport.probes import _keras, _keras_calls, _keras_fit


def times(gradient: Any, factor: Any) -> Any:
    """Return a gradient, dense or of some rows, times a number, as float32."""
    import tensorflow as tf

    if isinstance(gradient, tf.IndexedSlices):
        return tf.IndexedSlices(times(gradient.values, factor), gradient.indices, gradient.dense_shape)
    return tf.cast(gradient, tf.float32) * factor


@contextlib.contextmanager
def steps_recorded() -> Iterator[list[tuple[Any, list[Any], list[Any]]]]:
    """Within the context optimizers change nothing: yields (optimizer, gradients, variables) of each step they got.

    Gradients are as they were handed over, before clipping, without the loss scale of half precision.
    """
    from keras.src.optimizers.base_optimizer import BaseOptimizer
    from keras.src.optimizers.loss_scale_optimizer import LossScaleOptimizer

    steps: list[tuple[Any, list[Any], list[Any]]] = []

    def noted(self: Any, grads: Any, trainable_variables: Any = None) -> None:
        given = self._trainable_variables if trainable_variables is None else trainable_variables
        steps.append((self, list(grads), list(given)))

    def unscaled(self: Any, grads: Any, trainable_variables: Any = None) -> None:
        scale = _keras.loss_scale(self) or 1.0
        noted(self, [None if g is None else times(g, 1.0 / scale) for g in grads], trainable_variables)

    kept = [(kind, kind.apply) for kind in (BaseOptimizer, LossScaleOptimizer)]
    for (kind, _), stand_in in zip(kept, (noted, unscaled), strict=True):
        kind.apply = stand_in
    try:
        yield steps
    finally:
        for kind, apply in kept:
            kind.apply = apply


@contextlib.contextmanager
def tapes_followed(trainable: Sequence[Any]) -> Iterator[dict[int, list[Any]]]:
    """Within the context a tape that is asked for ∂L/∂w also gives ∂L/∂a of every call so far.

    Yields:
        id of an output → what it got, one gradient a question; logits stand for the probabilities made from them.
    """
    import tensorflow as tf

    weights = {id(one) for variable in trainable for one in (variable, variable.value)}
    flows: dict[int, list[Any]] = {}
    outputs: list[Any] = []  # kept, so that no other tensor gets the id of one
    ask = tf.GradientTape.gradient

    def noted(target: Any, args: Any, kwargs: Any, call: Any) -> Any:
        del target
        made = call(*args, **kwargs)
        outputs.extend(t for t in tf.nest.flatten(made)[:1] if isinstance(t, tf.Tensor) and t.dtype.is_floating)
        return made

    def gradient(self: Any, target: Any, sources: Any, *args: Any, **kwargs: Any) -> Any:
        if not weights & {id(source) for source in tf.nest.flatten(sources)}:
            return ask(self, target, sources, *args, **kwargs)
        asked = list(outputs)
        of_weights, of_calls = ask(self, target, [sources, [_keras_fit.logits_of(t) for t in asked]], *args, **kwargs)
        for tensor, flow in zip(asked, of_calls, strict=True):
            if flow is not None:
                flows.setdefault(id(tensor), []).append(flow)
        return of_weights

    tf.GradientTape.gradient = gradient
    try:
        with _keras_calls.call_hook(noted):
            yield flows
    finally:
        tf.GradientTape.gradient = ask


@contextlib.contextmanager
def fixed_draws(seed: int) -> Iterator[None]:
    """Within the context Python, NumPy, TensorFlow and Keras draw from ``seed``; afterwards they go on as before."""
    import keras
    from keras.src.backend.common import global_state
    from tensorflow.python.eager import context
    from tensorflow.python.ops import stateful_random_ops

    eager: Any = context.context()
    with _keras.draws_kept():
        kept = {name: getattr(eager, name, None) for name in ("_seed", "_rng")}
        generator = stateful_random_ops.global_generator
        state = None if generator is None else generator.state.numpy()
        random.seed(seed)
        np.random.seed(seed)  # noqa: NPY002 - the generator a user's code may use
        # Not tf.random.set_seed: it also resets operations that hold a seed of their own.
        eager._seed, eager._rng = seed, random.Random(seed)  # noqa: S311, SLF001
        global_state.set_global_attribute("global_seed_generator", keras.random.SeedGenerator(seed))
        try:
            yield
        finally:
            eager._seed, eager._rng = kept["_seed"], kept["_rng"]  # noqa: SLF001
            if generator is None:
                stateful_random_ops.global_generator = None
            else:
                generator.state.assign(state)
