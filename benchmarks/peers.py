"""The models and plain passes that the sweep is measured against."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from kreport.inputs.batches import Batch, Batches

SAMPLES = {"cnn": 6000, "lstm": 1000, "transformer": 1000, "ResNet50": 128}
BATCH = {"cnn": 64, "lstm": 32, "transformer": 32, "ResNet50": 32}


def model_of(name: str) -> tuple[Any, Any, Any]:
    """Return a compiled model, inputs and labels."""
    import keras

    keras.utils.set_random_seed(1)
    random, samples = np.random.default_rng(1), SAMPLES[name]
    x, classes = _inputs(name, random, samples)
    model = {"cnn": _cnn, "lstm": _lstm, "transformer": _transformer, "ResNet50": _resnet}[name]()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, x, random.integers(0, classes, samples)


def _inputs(name: str, random: np.random.Generator, samples: int) -> tuple[Any, int]:
    if name == "transformer":
        return random.integers(0, 1000, (samples, 64)), 5
    shape = {"cnn": (28, 28, 1), "lstm": (60, 8), "ResNet50": (96, 96, 3)}[name]
    return random.uniform(size=(samples, *shape)).astype("float32"), 10


def _cnn() -> Any:
    import keras
    from keras import layers

    return keras.Sequential([
        keras.Input((28, 28, 1)), layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(),
        layers.Conv2D(64, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten(), layers.Dropout(0.5),
        layers.Dense(10, activation="softmax"),
    ])  # fmt: skip


def _lstm() -> Any:
    import keras
    from keras import layers

    return keras.Sequential([
        keras.Input((60, 8)), layers.LSTM(64, return_sequences=True), layers.LSTM(32),
        layers.Dense(10, activation="softmax"),
    ])  # fmt: skip


def _transformer() -> Any:
    import keras
    from keras import layers

    tokens = keras.Input((64,), dtype="int32")
    hidden = layers.Embedding(1000, 64)(tokens)
    for _ in range(4):
        attended = layers.MultiHeadAttention(4, 16)(hidden, hidden)
        hidden = layers.LayerNormalization()(layers.Add()([hidden, attended]))
        wide = layers.Dense(64)(layers.Dense(256, activation="gelu")(hidden))
        hidden = layers.LayerNormalization()(layers.Add()([hidden, wide]))
    pooled = layers.GlobalAveragePooling1D()(hidden)
    return keras.Model(tokens, layers.Dense(5, activation="softmax")(pooled))


def _resnet() -> Any:
    import keras

    return keras.applications.ResNet50(weights=None, input_shape=(96, 96, 3), classes=10)


def plain_gradient(model: Any) -> Callable[[Any, Any], Any]:
    """Return the traced function anyone would write: loss in training mode, its gradient."""
    import tensorflow as tf

    @tf.function(reduce_retracing=True)
    def gradient(x: Any, y: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = model.compute_loss(x=x, y=y, y_pred=model(x, training=True))
        return tape.gradient(loss, model.trainable_variables)

    return gradient


def batches_of(x: Any, y: Any, size: int, **more: Any) -> Batches:
    """Return arrays as kreport reads them, all of them chosen unless ``more`` says otherwise."""

    def read() -> Iterator[Batch]:
        for start in range(0, len(y), size):
            part = slice(start, start + size)
            yield Batch(x=x[part], y=y[part], start=start, size=len(y[part]))

    given = {"max_samples": None, "lasting": True} | more
    return Batches(source="arrays", samples=len(y), batch_size=size, labels=True, weights=False, input_names=("x",),
                   read=read, **given)  # fmt: skip
