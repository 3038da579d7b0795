"""Attributions: what is derived by hand for linear models, finite differences elsewhere; the model stays as it is."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kreport.document.model import Gap
from kreport.inputs.data import DataOptions, read_data
from kreport.probes.fingerprint import fingerprint
from kreport.probes.layer_graph import layer_graph
from kreport.probes.observers.kept import KeptSamples
from kreport.probes.samples.attribution import attribution, target_of
from kreport.probes.samples.cam import stretched
from kreport.probes.samples.scoring import Score
from kreport.probes.samples.telling import choice
from kreport.probes.sweep import Wanted, swept
from kreport.probes.tree import tree_of
from kreport.tensors.thumbnails import scale_of, steps

L = keras.layers


def options(**changes):
    given = {"max_samples": 512, "batch_size": None, "steps": None, "target": None, "embed": True, "class_names": (),
             "class_weight": None}  # fmt: skip
    return DataOptions(**{**given, **changes})


def looked_at(model, data, **changes):
    batches = read_data(data, model, options(**changes), argument="data")
    tree, before = tree_of(model), fingerprint(model)
    sweep = swept(tree, batches, Wanted(kinds=frozenset({KeptSamples})), None, None)
    graph = layer_graph(tree, None)
    chosen = choice(tree, sweep.results[KeptSamples], batches, graph)
    found = attribution(tree, chosen, batches, graph)
    assert fingerprint(model) == before
    assert not [gap.details for gap in found.gaps if gap.failed]
    return tree, chosen.chosen, found


@pytest.fixture
def rng():
    keras.utils.set_random_seed(1)
    return np.random.default_rng(0)


def test_of_a_linear_classifier_they_are_weights_times_distance_to_the_mean(rng):
    model = keras.Sequential([keras.Input((5,)), L.Dense(3, "softmax")])
    model.compile(loss="sparse_categorical_crossentropy")
    x, y = rng.normal(size=(40, 5)).astype("float32"), rng.integers(0, 3, 40)
    _, chosen, found = looked_at(model, (x, y))
    kernel = model.layers[0].kernel.numpy()
    order = [int(word.split()[1]) for word in found.samples[0].input.words]
    for one in found.samples:
        weights = kernel[:, int(one.verdict.said)]
        expected = weights * (x[one.verdict.index] - x.mean(0))
        np.testing.assert_allclose(one.integrated, expected[order], rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(one.saliency, np.abs(weights)[order], rtol=1e-5)
        logit = x[one.verdict.index] @ weights + model.layers[0].bias.numpy()[int(one.verdict.said)]
        np.testing.assert_allclose(one.score, logit, rtol=1e-4)
        assert one.error < 1e-4
    assert found.score == "logit of the class said"
    assert found.baseline == "the mean of 40 samples"
    assert len(found.samples) == len(chosen.picks) == 3


def test_gradients_are_those_of_finite_differences(rng):
    model = keras.Sequential(
        [keras.Input((6, 6, 1), dtype="float64"), L.Conv2D(4, 3, activation="tanh", dtype="float64"),
         L.Flatten(dtype="float64"), L.Dense(3, "softmax", dtype="float64")]
    )  # fmt: skip
    model.compile(loss="sparse_categorical_crossentropy")
    tree, chosen, _ = looked_at(model, (rng.uniform(size=(20, 6, 6, 1)), rng.integers(0, 3, 20)))
    score = Score(tree=tree, x=chosen.x, target=target_of(chosen), places=(0,))
    x = np.asarray(chosen.x, np.float64)
    _, [slopes] = score.gradients([x], np.arange(len(x)))
    for place in ((0, 0), (2, 3), (5, 5)):
        moved = [x.copy(), x.copy()]
        moved[0][:, *place], moved[1][:, *place] = moved[0][:, *place] + 1e-3, moved[1][:, *place] - 1e-3
        up, down = (score.gradients([m], np.arange(len(x)))[0] for m in moved)
        np.testing.assert_allclose(slopes[:, *place, 0], (up - down) / 2e-3, rtol=1e-2, atol=1e-4)


def test_pictures_are_steps_of_a_palette_and_the_sum_is_complete(rng):
    model = keras.Sequential(
        [keras.Input((12, 12, 3)), L.Rescaling(1 / 255), L.Conv2D(8, 3, activation="relu"), L.BatchNormalization(),
         L.ReLU(name="last"), L.GlobalAveragePooling2D(), L.Dense(4, "softmax")]
    )  # fmt: skip
    model.compile(loss="sparse_categorical_crossentropy")
    x = rng.integers(0, 256, (30, 12, 12, 3)).astype("uint8")
    _, _, found = looked_at(model, (x, rng.integers(0, 4, 30)))
    assert (found.kind, found.baseline, found.layer, found.map_size) == ("image", "a black picture", "last", (10, 10))
    for one in found.samples:
        assert one.saliency.shape == one.integrated.shape == one.cam.shape == (12, 12)
        assert {one.saliency.dtype, one.integrated.dtype, one.cam.dtype} == {np.dtype(np.uint8)}
        assert one.integrated.max() <= 8
        assert one.error < 0.05


def test_grad_cam_is_that_of_a_plain_tape(rng):
    maps = L.Conv2D(6, 3, activation="relu")
    head = keras.Sequential([L.GlobalAveragePooling2D(), L.Dense(3)])
    inputs = keras.Input((8, 8, 1))
    model = keras.Model(inputs, head(maps(inputs)))
    model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    x, y = rng.uniform(size=(16, 8, 8, 1)).astype("float32"), rng.integers(0, 3, 16)
    _, _, found = looked_at(model, (x, y))
    for one in found.samples:
        with tf.GradientTape() as tape:
            features = maps(x[[one.verdict.index]])
            tape.watch(features)
            score = head(features)[0, int(one.verdict.said)]
        weights = tape.gradient(score, features).numpy().mean((1, 2))
        cam = np.maximum((features.numpy() * weights[:, None, None]).sum(-1), 0)[0]
        cam = stretched(cam, (8, 8))
        np.testing.assert_array_equal(one.cam, steps(cam, 0.0, scale_of(cam)[1]))
    assert found.score == "logit of the class said"


def test_tokens_are_explained_through_their_embedding(rng):
    inputs = keras.Input((7,), dtype="int32")
    vectors = L.Embedding(11, 4, mask_zero=True)
    hidden = L.GlobalAveragePooling1D()(vectors(inputs))
    dense = L.Dense(1, "sigmoid")
    model = keras.Model(inputs, dense(hidden))
    model.compile(loss="binary_crossentropy")
    x = rng.integers(1, 11, (24, 7))
    x[:, 5:] = 0
    _, _, found = looked_at(model, (x, rng.integers(0, 2, 24)))
    assert (found.kind, found.baseline) == ("tokens", "the zero vector for every token")
    for one in found.samples:
        ids = x[one.verdict.index][:5]
        sign = 1 if one.verdict.said == "1" else -1
        expected = sign * (vectors.embeddings.numpy()[ids] / 5) @ dense.kernel.numpy()[:, 0]
        np.testing.assert_allclose(one.integrated, expected, rtol=1e-4, atol=1e-6)
        assert one.input.words == tuple(str(i) for i in ids)


def test_series_are_curves(rng):
    model = keras.Sequential([keras.Input((20, 2)), L.Conv1D(4, 3, activation="relu"), L.LSTM(4), L.Dense(1)])
    model.compile(loss="mse")
    _, _, found = looked_at(model, (rng.normal(size=(12, 20, 2)), rng.normal(size=12)))
    assert (found.kind, found.score, found.layer) == ("series", "output", "")
    for one in found.samples:
        assert one.saliency.shape == one.integrated.shape == (20,)
        np.testing.assert_allclose(one.integrated.sum(), one.score - one.base, rtol=0.05, atol=1e-4)


def test_columns_of_several_inputs_are_one_table(rng):
    one, two = keras.Input((1,), name="age"), keras.Input((2,), name="place")
    model = keras.Model([one, two], L.Dense(1)(L.Concatenate()([one, two])))
    model.compile(loss="mse")
    x = {"age": rng.normal(size=(9, 1)), "place": rng.normal(size=(9, 2))}
    _, _, found = looked_at(model, (x, rng.normal(size=9)))
    assert set(found.samples[0].input.words) == {"age", "place 0", "place 1"}
    assert found.samples[0].error < 1e-4


@pytest.mark.parametrize(
    ("make", "data", "reason"),
    [
        pytest.param(
            lambda: keras.Sequential([keras.Input((8, 8, 1)), L.Conv2D(1, 3, padding="same")]),
            lambda rng: rng.normal(size=(6, 8, 8, 1)),
            "needs an output of classes or values",
            id="a picture comes out",
        ),
        pytest.param(
            lambda: keras.Sequential(
                [keras.Input((3,), dtype="int32"), L.CategoryEncoding(5), L.Dense(2, "softmax")]
            ),
            lambda rng: rng.integers(0, 5, (6, 3)),
            "does not follow the input by gradients",
            id="whole numbers are looked up",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_explained_says_why(rng, make, data, reason):
    _, _, found = looked_at(make(), data(rng))
    [gap] = found.gaps
    assert not gap.failed
    assert reason in gap.reason
    assert found.samples == ()


def test_nothing_of_the_samples_is_shown_when_they_may_not_be(rng):
    model = keras.Sequential([keras.Input((5,)), L.Dense(3, "softmax")])
    _, chosen, found = looked_at(model, rng.normal(size=(6, 5)), embed=False)
    assert isinstance(chosen, Gap)
    assert found.samples == ()
    assert found.gaps[0].reason == "not shown: samples=False"
