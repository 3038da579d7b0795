"""Titles and ledes say what the numbers carry, and are plain nouns where they do not."""

from __future__ import annotations

import numpy as np
import pytest

from kreport.analyzers._weights.sentences import bands_title, lede, spectra_title
from kreport.analyzers._weights.stats import Initial, Matrix, VariableStats, WeightStats
from kreport.document.text import plain
from kreport.tensors.distribution import distribution
from kreport.tensors.filters import Filters
from kreport.tensors.spectra import spectrum

FINE = " No NaN, no dead filters, no duplicates."


def kernel(
    growth: float | None,
    *,
    name: str = "a",
    mean: float = 0.0,
    dead: int = 0,
    pairs: int | None = 0,
    distance: float = 0.5,
) -> VariableStats:
    values = np.random.default_rng(0).normal(size=400)
    values = (values - values.mean()) / values.std() * (1 + (growth or 0)) + mean
    initial = None if growth is None else Initial(name="HeNormal", std=1.0, low=-1.6, high=1.6, distance=distance)
    units = Filters(count=20, least=0, median=1, greatest=2, dead=dead, dead_at=tuple(range(dead)), duplicates=pairs)
    return VariableStats(
        layer=name,
        name="kernel",
        role="kernel",
        shape=(20, 20),
        dtype="float32",
        trainable=True,
        values=distribution(values)[0],
        initial=initial,
        matrix=Matrix(rows=20, columns=20, layout="dense", field=0, units=units, spectrum=None),
    )


@pytest.mark.parametrize(
    ("kernels", "sentence", "title"),
    [
        (
            [kernel(0.26), kernel(0.77, name="features")],
            "Both kernels have grown since initialisation, by 26 to 77\u202f% in standard deviation, most in features."
            + FINE,
            "Kernels stayed centred and widened",
        ),
        (
            [kernel(0.5, mean=1.0)],
            "The kernel has grown since initialisation, by 50\u202f% in standard deviation." + FINE,
            "Kernels widened",
        ),
        (
            [kernel(-0.3), kernel(-0.2, name="b"), kernel(-0.1, name="c")],
            "Every kernel has shrunk since initialisation, by 10 to 30\u202f% in standard deviation, most in a." + FINE,
            "Kernels stayed centred and narrowed",
        ),
        (
            [kernel(0.3), kernel(-0.5, name="b"), kernel(0.0)],
            "Of 3 kernels, 1 grew since initialisation and 1 shrank, most b (−50\u202f% in standard deviation)." + FINE,
            "Weight values by layer",
        ),
        (
            [kernel(0.0, distance=0.01)],
            "The kernels are still as their initializers draw them." + FINE,
            "Kernels as initialised",
        ),
        ([kernel(0.01)], "The kernels have kept the spread of their initialisation." + FINE, "Weight values by layer"),
        ([kernel(None, pairs=None)], "No NaN, no dead filters.", "Weight values by layer"),
        (
            [kernel(None, dead=1), kernel(None, dead=12, name="b")],
            "12 of 20 filters in b are dead, and 1 in 1 other kernel. No NaN, no duplicates.",
            "Weight values by layer",
        ),
        (
            [kernel(None, pairs=1)],
            "One pair of filters in a points the same way. No NaN, no dead filters.",
            "Weight values by layer",
        ),
    ],
)
def test_lede_and_title_say_what_was_measured(kernels, sentence, title) -> None:
    stats = WeightStats(variables=tuple(kernels))
    assert (plain(lede(stats)), bands_title(stats)) == (sentence, title)


@pytest.mark.parametrize(
    ("matrix", "std", "title"),
    [
        (np.random.default_rng(0).normal(size=(60, 40)), 1.0, "Spectra: as independent weights have them"),
        (
            np.random.default_rng(0).normal(size=(60, 40)) + np.eye(60, 40) * np.where(np.arange(40) < 3, 40, 0),
            1.0,
            "Spectra: a few strong directions, full rank kept",
        ),
        (
            np.random.default_rng(0).normal(size=(60, 3)) @ np.random.default_rng(1).normal(size=(3, 40)),
            None,
            "Spectra: some kernels use a small part of their rank",
        ),
        (np.random.default_rng(0).normal(size=(60, 40)), None, "Spectra"),
    ],
)
def test_spectra_are_titled_by_what_they_show(matrix, std, title) -> None:
    found = Matrix(rows=60, columns=40, layout="dense", field=0, units=None, spectrum=spectrum(matrix, None, std=std))
    shown = VariableStats(
        layer="a",
        name="kernel",
        role="kernel",
        shape=(60, 40),
        dtype="float32",
        trainable=True,
        values=None,
        matrix=found,
    )
    assert spectra_title([shown]) == title
