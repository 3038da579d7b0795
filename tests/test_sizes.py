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


def pictures(number: int, side: int = 224) -> np.ndarray:
    """Return pictures with the structure of photographs: less contrast the finer the detail, float32 0 to 1."""
    rng = np.random.default_rng(0)
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(side), np.fft.fftfreq(side)))
    spectrum = np.fft.fft2(rng.normal(size=(number, 3, side, side))) / np.maximum(frequency, 1 / side)
    found = np.fft.ifft2(spectrum).real.transpose(0, 2, 3, 1)
    low, high = found.min((1, 2, 3), keepdims=True), found.max((1, 2, 3), keepdims=True)
    return ((found - low) / (high - low)).astype("float32")


def sizes(name: str, folder: Path, data: tuple[np.ndarray, np.ndarray] | None = None) -> tuple[int, int]:
    """Return the bytes of the interactive and of the static report of a ``keras.applications`` model."""
    model = getattr(keras.applications, name)(weights=None)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    made = kreport.report(model, history=history(), data=data)
    assert not [gap for gap in made.gaps if gap.failed]
    both = (made.save(folder / f"{live}.html", interactive=live).size_bytes for live in (True, False))
    return next(both), next(both)


@pytest.mark.slow
def test_resnet50(tmp_path: Path) -> None:
    interactive, static = sizes("ResNet50", tmp_path)
    assert interactive <= 750_000
    assert static <= 500_000


@pytest.mark.slow
def test_resnet50_with_data(tmp_path: Path) -> None:
    interactive, static = sizes("ResNet50", tmp_path, (pictures(24), np.arange(24) % 12))
    assert interactive <= 1_200_000
    assert static <= 900_000


@pytest.mark.slow
def test_efficientnet(tmp_path: Path) -> None:
    assert sizes("EfficientNetV2L", tmp_path)[0] <= 2_000_000
