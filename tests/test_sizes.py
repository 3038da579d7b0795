"""The sizes a report may have, with nothing thinned away to get there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

keras = pytest.importorskip("keras")

import kreport  # noqa: E402


def history(epochs: int = 50) -> dict[str, list[float]]:
    """Return a training that gets slower and noisier, as they do."""
    noise, epoch = np.random.default_rng(0), np.arange(epochs)
    return {
        "loss": (6 * np.exp(-epoch / 15) + 0.1 * noise.random(epochs)).tolist(),
        "val_loss": (6 * np.exp(-epoch / 17) + 0.3 + 0.2 * noise.random(epochs)).tolist(),
        "accuracy": (1 - np.exp(-epoch / 12)).tolist(),
        "val_accuracy": (0.9 - 0.9 * np.exp(-epoch / 14) + 0.02 * noise.random(epochs)).tolist(),
        "learning_rate": (1e-3 * 0.5 ** (epoch // 15)).tolist(),
    }


def sizes(name: str, folder: Path) -> tuple[int, int]:
    """Return the bytes of the interactive and of the static report of a ``keras.applications`` model."""
    model = getattr(keras.applications, name)(weights=None)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    made = kreport.report(model, history=history())
    both = (made.save(folder / f"{live}.html", interactive=live).size_bytes for live in (True, False))
    return next(both), next(both)


@pytest.mark.slow
def test_resnet50(tmp_path: Path) -> None:
    interactive, static = sizes("ResNet50", tmp_path)
    assert interactive <= 750_000
    assert static <= 500_000


@pytest.mark.slow
def test_efficientnet(tmp_path: Path) -> None:
    assert sizes("EfficientNetV2L", tmp_path)[0] <= 2_000_000
