"""Data for the models of the zoo: random inputs that fit, and labels that fit the outputs."""

from __future__ import annotations

from typing import Any

import numpy as np

from kreport.document.model import Gap
from kreport.inputs.batches import Batch, Batches, rows
from kreport.inputs.subject import InputShapes
from kreport.probes import _keras, _keras_fit
from kreport.probes.building import input_specs
from kreport.probes.signature import takes_apart

SAMPLES = 12
OPEN = 6
WORDS = ("cat", "dog", "a cat and a dog")


def inputs_for(model: Any, input_shape: Any = None, samples: int = SAMPLES) -> Any | None:
    """Return random inputs in the structure the model's call takes; None where it never saw an input."""
    import tensorflow as tf

    specs = input_specs(model, None if input_shape is None else InputShapes(shapes=(None, *input_shape)))
    if isinstance(specs, Gap):
        return None
    fixed = _keras_fit.batch_size_of(model)
    random = np.random.default_rng(0)
    embedded = _largest_token(model)
    return tf.nest.map_structure(lambda spec: _values(spec, fixed or samples, random, embedded), specs)


def _largest_token(model: Any) -> int:
    sizes = [layer.input_dim for layer in model._flatten_layers() if type(layer).__name__ == "Embedding"]
    return min(sizes, default=0)


def _values(spec: Any, samples: int, random: np.random.Generator, tokens: int) -> Any:
    import tensorflow as tf

    if isinstance(spec, tf.RaggedTensorSpec):
        return tf.RaggedTensor.from_tensor(random.normal(size=(samples, 3)).astype("float32"), lengths=[1, 2, 3] * 4)
    shape = [samples, *(OPEN if size is None else size for size in spec.shape[1:])]
    if spec.dtype == tf.string:
        return tf.constant(random.choice(WORDS, shape))
    if tokens:
        return random.integers(0, tokens, shape).astype(spec.dtype.as_numpy_dtype)
    if spec.dtype.is_integer or spec.dtype.is_bool:
        return random.integers(0, 2, shape).astype(spec.dtype.as_numpy_dtype)
    values = tf.constant(random.normal(size=shape), spec.dtype)
    return tf.sparse.from_dense(values) if isinstance(spec, tf.SparseTensorSpec) else values.numpy()


def labels_for(model: Any, x: Any) -> Any | None:
    """Return labels that the compiled loss takes; None where no loss is compiled."""
    import keras
    import tensorflow as tf

    if getattr(model, "loss", None) is None:
        return None
    random = np.random.default_rng(1)
    outputs = _keras.pure_call(model, x)
    sparse = "sparse" in str(getattr(model.loss, "name", model.loss)).lower()

    def label(output: Any) -> Any:
        shape = tuple(output.shape)
        if sparse:
            return random.integers(0, shape[-1], shape[:-1])
        return tf.nn.softmax(tf.constant(random.normal(size=shape), "float32")).numpy()

    del keras
    return tf.nest.map_structure(label, outputs)


def loss_and_labels_for(model: Any, x: Any) -> tuple[Any, Any]:
    """Return a loss to hand over and labels for it; the compiled loss (None) where there is one."""
    import tensorflow as tf

    if not _keras.is_ready(model):
        return None, None
    if getattr(model, "loss", None) is not None or x is None:
        return None, None if x is None else labels_for(model, x)
    outputs = _keras.pure_call(model, **x) if takes_apart(model, x) else _keras.pure_call(model, x)
    flat = tf.nest.flatten(outputs)
    if not all(isinstance(part, tf.Tensor) and part.dtype.is_floating and part.shape.rank for part in flat):
        return None, None
    return (
        tf.nest.map_structure(lambda _: "mse", outputs),
        tf.nest.map_structure(lambda part: np.zeros(part.shape, "float32"), outputs),
    )


def batches_for(model: Any, input_shape: Any = None, *, batch_size: int = 5, **more: Any) -> Batches | None:
    """Return random data for a model in batches that do not come out even."""
    x = inputs_for(model, input_shape)
    if x is None:
        return None
    y = labels_for(model, x)
    fixed = _keras_fit.batch_size_of(model)
    return of_arrays(x, y, batch_size=fixed or batch_size, samples=fixed or SAMPLES, **more)


def of_arrays(
    x: Any, y: Any = None, sample_weight: Any = None, *, batch_size: int = 5, samples: int, **more: Any
) -> Batches:
    """Return arrays as data."""

    def read() -> Any:
        for start in range(0, samples, batch_size):
            chosen = np.arange(start, min(start + batch_size, samples))
            yield Batch(
                x=rows(x, chosen), y=rows(y, chosen), sample_weight=rows(sample_weight, chosen),
                start=start, size=len(chosen),
            )  # fmt: skip

    given = {"samples": samples, "max_samples": None} | more
    return Batches(
        source="arrays", batch_size=batch_size, labels=y is not None, weights=sample_weight is not None,
        input_names=("x",), read=read, **given,
    )  # fmt: skip
