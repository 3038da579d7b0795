"""A small convolutional network, trained within seconds on real handwritten digits that come with the package."""

from __future__ import annotations

from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

EPOCHS = 18
TRAINED_ON = 800
"""Images; the other 997 are for validation. Few on purpose: a report is more telling when not all is perfect."""

SEED = 7


class Demo(NamedTuple):
    """A trained model and what belongs to it.

    Attributes:
        model: a compiled ``keras.Model`` of 31 layers called ``digits_resnet``.
        history: what its ``fit`` returned.
        x_val: images that it was not trained on, float32, ``(997, 8, 8, 1)``, 0 to 1.
        y_val: their digits, uint8, ``(997,)``.
        x_train, y_train: the 800 that it was trained on.
    """

    model: Any
    history: Any
    x_val: NDArray[np.float32]
    y_val: NDArray[np.uint8]
    x_train: NDArray[np.float32]
    y_train: NDArray[np.uint8]


def demo() -> Demo:
    """Train the demonstration model; the same seed and machine give the same model."""
    import keras

    images, labels = digits()
    keras.utils.set_random_seed(SEED)
    order = np.random.default_rng(SEED).permutation(len(images))
    train, val = order[:TRAINED_ON], order[TRAINED_ON:]
    model = digits_resnet()
    model.compile(
        optimizer=keras.optimizers.Adam(0.007),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    slower = keras.callbacks.ReduceLROnPlateau(factor=0.3, patience=1, min_lr=1e-5)
    history = model.fit(
        images[train],
        labels[train],
        validation_data=(images[val], labels[val]),
        epochs=EPOCHS,
        batch_size=32,
        callbacks=[slower],
        verbose=0,
    )
    return Demo(model, history, images[val], labels[val], images[train], labels[train])


def digits() -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Return all images, float32, ``(1797, 8, 8, 1)``, 0 to 1, and their digits."""
    with (files("kreport") / "data" / "digits.npz").open("rb") as file, np.load(file) as stored:
        return (stored["images"][..., np.newaxis] / np.float32(16)).astype(np.float32), stored["labels"]


def digits_resnet() -> Any:
    """Return the untrained model: a stem, three residual blocks, a head."""
    import keras
    from keras import layers

    image = keras.Input((8, 8, 1), name="image")
    x = _conv_norm(image, "stem", "")
    x = layers.Activation("relu", name="stem_relu")(x)
    for block in ("block1", "block2", "block3"):
        shortcut = x
        x = _conv_norm(x, block, "1")
        x = layers.Activation("relu", name=f"{block}_relu1")(x)
        x = _conv_norm(x, block, "2")
        x = layers.Add(name=f"{block}_add")([shortcut, x])
        x = layers.Activation("relu", name=f"{block}_relu2")(x)
    x = layers.MaxPooling2D(name="pool")(x)
    x = layers.Conv2D(32, 3, padding="same", activation="relu", name="head_conv")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(64, activation="tanh", name="features")(x)
    x = layers.Dropout(0.2, name="dropout")(x)
    digit = layers.Dense(10, activation="softmax", name="digit")(x)
    return keras.Model(image, digit, name="digits_resnet")


def _conv_norm(x: Any, block: str, number: str) -> Any:
    from keras import layers

    x = layers.Conv2D(16, 3, padding="same", use_bias=False, name=f"{block}_conv{number}")(x)
    return layers.BatchNormalization(momentum=0.9, name=f"{block}_bn{number}")(x)
