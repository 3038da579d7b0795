"""Weights: numbers equal NumPy's on the same arrays, and the section needs no TensorFlow."""

from __future__ import annotations

import json
import subprocess
import sys

import ml_dtypes
import numpy as np
import pytest

from kreport.analyzers.weights import Weights, WeightStats
from kreport.document.blocks import Chart, Images, Table
from kreport.document.codec import canonical, decode, rounded
from kreport.document.model import Section
from kreport.document.text import plain
from kreport.probes.weights import WeightSweep, WeightTensor, role_of
from kreport.tensors.distribution import LEVELS
from kreport.tensors.initializers import Theory


def tensor(name: str, values: np.ndarray, *, layer: str = "layer", **more: object) -> WeightTensor:
    dtype = str(values.dtype)
    role = role_of(name, values.shape, dtype)
    inputs = (0,) if role == "embedding" else tuple(range(max(0, values.ndim - 1)))
    return WeightTensor(
        **{
            "layer": layer,
            "name": name,
            "role": role,
            "shape": values.shape,
            "dtype": dtype,
            "trainable": True,
            "layout": "embedding" if role == "embedding" else "dense",
            "inputs": inputs,
            "read": lambda: values,
        }
        | more
    )


def conv(layer: str, values: np.ndarray, scale: float | None = None) -> WeightTensor:
    theory = None if scale is None else Theory(kind="uniform", scale=scale)
    return tensor("kernel", values, layer=layer, layout="conv", field=2, theory=theory, initializer="GlorotUniform")


def measure(*tensors: WeightTensor) -> WeightStats:
    return Weights().measure(WeightSweep(tensors=tensors))


def present(stats: WeightStats) -> Section:
    return Weights().present(rounded(stats))


def uniform(*shape: int, scale: float = 0.1, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-scale, scale, shape).astype(np.float32)


def trained() -> tuple[WeightTensor, ...]:
    head = uniform(3, 3, 16, 32, seed=2) * 1.5
    head[..., [3, 7]] = 0
    return (
        conv("stem", uniform(3, 3, 1, 16) * 1.4, scale=0.1),
        conv("head", head, scale=0.1),
        tensor("bias", uniform(32), layer="head"),
        tensor("gamma", 1 + uniform(16), layer="bn"),
        tensor("kernel", uniform(64, 10) * 1.3, layer="out", theory=Theory(kind="uniform", scale=0.1), initializer="G"),
    )


def test_figures_are_those_of_numpy() -> None:
    values = uniform(3, 3, 4, 8)
    [found] = measure(conv("a", values, scale=0.1)).variables
    wide = values.astype(np.float64)
    sigma = np.linalg.svd(wide.reshape(36, 8), compute_uv=False)
    np.testing.assert_allclose(found.values.quantiles, np.quantile(wide, LEVELS))
    np.testing.assert_allclose(
        [found.values.mean, found.values.std, found.values.norm], [wide.mean(), wide.std(), np.linalg.norm(wide)]
    )
    np.testing.assert_allclose(found.matrix.spectrum.values, sigma)
    np.testing.assert_allclose(found.matrix.spectrum.stable_rank, (wide**2).sum() / sigma[0] ** 2)
    np.testing.assert_allclose(found.matrix.units.median, np.median(np.linalg.norm(wide.reshape(36, 8), axis=0)))
    assert found.growth == pytest.approx(wide.std() / (0.1 / np.sqrt(3)) - 1)


def test_rows_have_every_figure_of_every_variable() -> None:
    rows = measure(*trained()).rows()
    assert [row["layer"] for row in rows] == ["stem", "head", "head", "bn", "out"]
    assert rows[1]["dead_filters"] == 2
    assert rows[0]["q50"] == pytest.approx(np.median(trained()[0].read()), abs=1e-6)
    assert all(set(row) == set(rows[0]) for row in rows)
    assert rows[3]["spectral_norm"] is None


def test_the_section_shows_one_row_a_kernel_and_one_a_kind() -> None:
    section = present(measure(*trained()))
    kernels, kinds = (block for block in section.blocks if isinstance(block, Table))
    assert [plain(row.cells[0]) for row in kernels.rows] == ["stem/kernel", "head/kernel", "out/kernel"]
    assert [row.cells[0] for row in kinds.rows] == ["bias", "gamma"]
    assert section.count == "5.4\u202fk"
    assert set(section.layers) == {"stem", "head", "bn", "out"}


def test_pictures_show_the_first_filters_and_the_dead_ones() -> None:
    section = present(measure(*trained()))
    images = [block for block in section.blocks[0].blocks[1].blocks if isinstance(block, Images)]
    assert [plain(block.title) for block in images] == ["16 filters of stem", "32 filters of head, two dead"]
    assert [index for index, tile in enumerate(images[1].pictures) if tile.label == "dead"] == [3, 7]
    assert "filters 3, 7" in plain(images[1].note)
    assert images[0].high == -images[0].low


def test_rgb_filters_have_no_scale() -> None:
    section = present(measure(conv("stem", uniform(5, 5, 3, 8))))
    images = section.blocks[0].blocks[1].blocks[0]
    assert (images.palette, images.low, images.pictures[0].pixels.shape) == ("rgb", None, (5, 5, 3))


def test_a_large_embedding_is_drawn_as_block_means() -> None:
    section = present(measure(tensor("embeddings", uniform(5000, 96))))
    images = section.blocks[0].blocks[1].blocks[0]
    assert images.pictures[0].pixels.shape == (48, 48)
    assert plain(images.subtitle) == "5,000 tokens down, 96 dimensions across; a cell is the mean over 105×2 weights"


def test_the_measurement_comes_back_from_json() -> None:
    stats = rounded(measure(*trained()))
    text = canonical(stats)
    back = decode(WeightStats, json.loads(text))
    assert canonical(back) == text
    assert plain(Weights().present(back).lede) == plain(Weights().present(stats).lede)


@pytest.mark.parametrize(
    "values",
    [
        np.full((4, 3), np.nan, np.float32),
        np.array([[1, np.inf], [np.nan, 2]], np.float32),
        np.zeros((3, 3, 2, 4), np.float32),
        np.ones((5, 5), np.float32),
        np.ones((1, 1), np.float32),
        np.zeros((0, 4), np.float32),
        np.zeros((), np.float32),
        np.full((40, 40), 6e4, np.float16),
        uniform(9, 9).astype(ml_dtypes.bfloat16),
        np.arange(-8, 8, dtype=np.int8).reshape(4, 4),
        np.array([[True, False]]),
        np.array([["a"]], dtype=object),
        np.array([[1j, 2]]),
        uniform(1, 500),
        uniform(500, 1),
        np.full((300, 300), 1e-300),
        uniform(3, 3, 3, 3, 3, 3),
    ],
    ids=lambda values: f"{values.dtype}-{'x'.join(map(str, values.shape))}",
)
@pytest.mark.parametrize("name", ["kernel", "embeddings", "bias"])
def test_no_defect_stops_the_section(values: np.ndarray, name: str) -> None:
    stats = rounded(measure(tensor(name, values)))
    section = Weights().present(stats)
    assert section.title == "Weights"
    assert plain(section.lede)
    assert decode(WeightStats, json.loads(canonical(stats))).variables[0].shape == values.shape


def test_what_is_not_finite_comes_first() -> None:
    broken = uniform(8, 8)
    broken[0, :3] = np.nan
    lede = plain(present(measure(tensor("kernel", broken, layer="bad"), *trained())).lede)
    assert lede.startswith("3 values are NaN or infinite, in bad. Two of 32 filters in head are dead. ")


def test_quantised_kernels_have_no_spectrum_and_say_why() -> None:
    [found] = measure(tensor("kernel", np.arange(-60, 60, dtype=np.int8).reshape(12, 10))).variables
    assert found.matrix.spectrum is None
    assert found.matrix.left_out == "integers; their scales are kept apart"


def test_a_model_without_weights_says_so() -> None:
    section = present(measure())
    assert (plain(section.lede), section.blocks) == ("The model has no weights.", ())


def test_many_kernels_stay_few_rows_and_few_pictures() -> None:
    stats = measure(*(conv(f"block{i}", uniform(3, 3, 2, 9, seed=i), scale=0.1) for i in range(200)))
    section = present(stats)
    depth = section.blocks[0].blocks[0]
    assert isinstance(depth, Chart)
    assert "every 5th of 200 kernels" in plain(depth.subtitle)
    assert len(stats.pictures) <= 62
    assert stats.every == 4


def test_spectra_can_be_left_out() -> None:
    class Plain(Weights):
        spectra = False

    [found] = Plain().measure(WeightSweep(tensors=trained()[:1])).variables
    assert found.matrix.spectrum is None
    assert found.matrix.units.duplicates is None
    assert found.values.std > 0


def test_the_section_needs_no_tensorflow() -> None:
    code = "import sys, kreport.analyzers.weights; print([m for m in ('tensorflow', 'keras') if m in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )
