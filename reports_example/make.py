"""Make the example reports: a demonstration CNN, ResNet50, a transformer, a recurrent network, an autoencoder, a table.

python reports_example/make.py                   # into this folder
python reports_example/make.py --into FOLDER --epochs 1
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("SOURCE_DATE_EPOCH", "1795593600")  # the same bytes whenever they are made

import keras
import numpy as np

import kreport
from kreport.demo import demo, digits

LIMIT = 1_000_000
"""Bytes that an example may take."""


def demo_cnn(_: int) -> dict[str, Any]:
    """Return the model that ``kreport demo`` trains."""
    made = demo()
    return {
        "model": made.model,
        "history": made.history,
        "data": (made.x_val, made.y_val),
        "train_data": (made.x_train, made.y_train),
    }


def resnet50(_: int) -> dict[str, Any]:
    """Return ResNet50 as ``keras.applications`` builds it, with random weights and no training."""
    return {"model": keras.applications.ResNet50(weights=None)}


class Positions(keras.layers.Layer):
    """Adds a learned vector to each token: a layer of one's own, as many models have."""

    def build(self, shape: Any) -> None:
        """Add one vector a position."""
        self.table = self.add_weight(shape=shape[1:], initializer="truncated_normal", name="embeddings")

    def call(self, tokens: Any) -> Any:
        """Return the tokens, each with its position's vector added."""
        return tokens + self.table


def transformer(epochs: int) -> dict[str, Any]:
    """Train a small vision transformer on the digits: sixteen patches of 2×2 pixels are its tokens."""
    layers = keras.layers
    image = keras.Input((8, 8, 1), name="image")
    x = layers.Conv2D(32, 2, strides=2, name="patches")(image)
    x = layers.Reshape((16, 32), name="tokens")(x)
    x = Positions(name="positions")(x)
    for block in range(1, 5):
        name = f"block{block}"
        y = layers.LayerNormalization(name=f"{name}_norm1")(x)
        y = layers.MultiHeadAttention(4, 8, name=f"{name}_attention")(y, y)
        x = layers.Add(name=f"{name}_add1")([x, y])
        y = layers.LayerNormalization(name=f"{name}_norm2")(x)
        y = layers.Dense(64, "gelu", name=f"{name}_up")(y)
        y = layers.Dense(32, name=f"{name}_down")(y)
        x = layers.Add(name=f"{name}_add2")([x, y])
    x = layers.GlobalAveragePooling1D(name="pool")(layers.LayerNormalization(name="norm")(x))
    model = keras.Model(image, layers.Dense(10, "softmax", name="digit")(x), name="digits_transformer")
    schedule = keras.optimizers.schedules.CosineDecay(2e-3, decay_steps=epochs * 38)
    model.compile(keras.optimizers.AdamW(schedule), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return _trained(model, epochs, lambda images: images)


def recurrent(epochs: int) -> dict[str, Any]:
    """Train a bidirectional LSTM that reads a digit row by row."""
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((8, 8), name="rows"),
            layers.Bidirectional(layers.LSTM(32, return_sequences=True), name="reader"),
            layers.LSTM(32, name="summary"),
            layers.Dropout(0.2, name="dropout"),
            layers.Dense(10, "softmax", name="digit"),
        ],
        name="digits_lstm",
    )
    model.compile("rmsprop", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return _trained(model, epochs, lambda images: images[..., 0])


def autoencoder(epochs: int) -> dict[str, Any]:
    """Train a dense autoencoder that squeezes a digit through eight numbers: its labels are its inputs."""
    layers = keras.layers
    image = keras.Input((64,), name="pixels")
    code = layers.Dense(8, name="code")(layers.Dense(32, "relu", name="encoder")(image))
    pixels = layers.Dense(64, "sigmoid", name="reconstruction")(layers.Dense(32, "relu", name="decoder")(code))
    model = keras.Model(image, pixels, name="digits_autoencoder")
    model.compile("adam", "binary_crossentropy", metrics=["mae"])
    return _trained(model, epochs, lambda images: images.reshape(len(images), 64), labelled=False)


def tabular(epochs: int) -> dict[str, Any]:
    """Train a dense network on a table of 442 patients: how far their diabetes has come after a year."""
    from sklearn.datasets import load_diabetes

    layers = keras.layers
    table = load_diabetes(as_frame=True).frame
    train, val = table.iloc[::2], table.iloc[1::2]
    norm = layers.Normalization(name="norm")
    norm.adapt(train.drop(columns="target").to_numpy("float32"))
    model = keras.Sequential(
        [
            keras.Input((10,), name="patient"),
            norm,
            layers.Dense(32, "relu", name="hidden"),
            layers.Dropout(0.3, name="dropout"),
            layers.Dense(1, name="progression"),
        ],
        name="diabetes",
    )
    model.compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae"])
    parts = [(part.drop(columns="target"), part["target"]) for part in (train, val)]
    history = model.fit(*parts[0], validation_data=parts[1], epochs=3 * epochs, batch_size=32, verbose=0)
    return {"model": model, "history": history, "data": val, "train_data": train, "target": "target"}


def _trained(model: Any, epochs: int, shaped: Callable[[Any], Any], *, labelled: bool = True) -> dict[str, Any]:
    images, labels = digits()
    order = np.random.default_rng(0).permutation(len(images))
    train, val = order[:1200], order[1200:]
    x, x_val = shaped(images[train]), shaped(images[val])
    y, y_val = (labels[train], labels[val]) if labelled else (x, x_val)
    history = model.fit(x, y, validation_data=(x_val, y_val), epochs=epochs, batch_size=32, verbose=0)
    return {"model": model, "history": history, "data": (x_val, y_val), "train_data": (x, y)}


EXAMPLES = {
    "demo-cnn": demo_cnn,
    "resnet50": resnet50,
    "transformer": transformer,
    "recurrent": recurrent,
    "autoencoder": autoencoder,
    "tabular": tabular,
}


def main() -> None:
    """Make every example, refuse one that is too large."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--into", type=Path, default=Path(__file__).parent)
    parser.add_argument("--epochs", type=int, default=20)
    options = parser.parse_args()
    for name, make in EXAMPLES.items():
        keras.utils.clear_session()
        keras.utils.set_random_seed(0)
        path = options.into / f"{name}.html"
        report = kreport.report(**make(options.epochs), output=path, strict=True)
        size = path.stat().st_size
        print(f"{path.name:18} {size / 1000:6.0f} KB  {report.headline}")
        if size > LIMIT:
            message = f"{path.name} is larger than {LIMIT:,} bytes"
            raise SystemExit(message)


if __name__ == "__main__":
    main()
