"""The hardest samples as they are shown, and nothing of any sample where none may be."""

from __future__ import annotations

import re

import keras
import numpy as np
import pytest

import kreport
from kreport.document.codec import canonical
from kreport.probes.observers.kept import KeptSamples
from kreport.probes.observers.sample_losses import HARDEST, SampleLosses
from kreport.probes.samples.hardest import hardest_samples
from kreport.probes.samples.telling import choice
from kreport.probes.sweep import Wanted, swept
from kreport.probes.tree import tree_of
from kreport.tensors.thumbnails import levels
from tests.zoo_data import of_arrays

L = keras.layers
NAMES = ("heron", "magpie", "wagtail")


@pytest.fixture
def rng():
    keras.utils.set_random_seed(8)
    return np.random.default_rng(8)


def found(model, x, y, **more):
    tree, batches = tree_of(model), of_arrays(x, y, samples=len(y), batch_size=8, **more)
    results = swept(tree, batches, Wanted(kinds=frozenset({KeptSamples, SampleLosses})), None, None).results
    chosen = choice(tree, results[KeptSamples], batches, None)
    return results[SampleLosses], hardest_samples(tree, results[SampleLosses], chosen, batches, None).inputs


def of_pictures():
    model = keras.Sequential(
        [keras.Input((6, 6, 1)), L.Conv2D(4, 3, activation="relu"), L.Flatten(), L.Dense(3, "softmax")]
    )
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


def test_pictures_are_those_of_the_samples(rng):
    x, y = rng.uniform(size=(40, 6, 6, 1)).astype("float32"), rng.integers(0, 3, 40)
    losses, inputs = found(of_pictures(), x, y)
    assert len(inputs) == len(losses.hardest) == HARDEST
    for one, view in zip(losses.hardest, inputs, strict=True):
        np.testing.assert_array_equal(view.pixels, levels(x[one.index, ..., 0], 0.0, 1.0))


def test_tokens_are_named_and_padding_is_left_out(rng):
    model = keras.Sequential([keras.Input((6,), dtype="int32"), L.Embedding(20, 4, mask_zero=True),
                              L.GlobalAveragePooling1D(), L.Dense(1, "sigmoid")])  # fmt: skip
    model.compile("sgd", "binary_crossentropy")
    x, y = rng.integers(1, 20, (24, 6)), rng.integers(0, 2, 24)
    x[:, 4:] = 0
    losses, inputs = found(model, x, y)
    assert [view.words for view in inputs] == [tuple(str(i) for i in x[one.index, :4]) for one in losses.hardest]
    shares = model.predict(x, verbose=0)[:, 0]
    for one in losses.hardest:
        assert one.said == float(shares[one.index] > 0.5)
        assert one.share == pytest.approx(max(shares[one.index], 1 - shares[one.index]), rel=1e-5)


def test_rows_of_a_table_are_not_shown(rng):
    model = keras.Sequential([keras.Input((4,)), L.Dense(3, "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    assert found(model, rng.normal(size=(20, 4)), rng.integers(0, 3, 20))[1] == ()


def test_none_are_shown_when_they_may_not_be(rng):
    losses, inputs = found(of_pictures(), rng.uniform(size=(20, 6, 6, 1)), rng.integers(0, 3, 20), embed=False)
    assert inputs == ()
    assert {one.x for one in losses.hardest} == {None}


@pytest.mark.parametrize("samples", [True, False])
def test_a_report_holds_pictures_and_labels_only_with_leave(rng, tmp_path, *, samples):
    x, y = rng.uniform(size=(48, 6, 6, 1)).astype("float32"), rng.integers(0, 3, 48)
    model = of_pictures()
    made = kreport.report(
        model, data=(x, y), class_names=NAMES, samples=samples, only=["activations", "gradients"],
        output=tmp_path / "r.html",
    )  # fmt: skip
    page, stored = (tmp_path / "r.html").read_text("utf-8"), canonical(made.measurements["gradients"])
    stored += canonical(made.measurements["activations"])
    assert not [gap for gap in made.gaps if gap.failed]
    assert any(name in page for name in NAMES) == samples
    assert any(name in stored for name in NAMES) == samples
    assert bool(re.findall(r'<img class="px" src="data:image/png', page)) == samples
    drawn = [canonical(levels(one[..., 0], 0.0, 1.0)) for one in x]
    assert any(picture in stored for picture in drawn) == samples
    assert ("samples=False" in page) == (not samples)
    gradients = made.measurements["gradients"]
    for hard in gradients.sample_losses.hardest:
        assert (hard.input is not None) == samples
        assert bool(hard.label or hard.said) == samples
