"""Telling samples: layers chosen by what they show, pictures that are the outputs themselves, attention weights."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kreport.document.codec import canonical, decode, encode, rounded
from kreport.document.model import Gap
from kreport.inputs.data import DataOptions, read_data
from kreport.probes.fingerprint import fingerprint
from kreport.probes.layer_graph import layer_graph
from kreport.probes.observers.kept import KeptSamples
from kreport.probes.samples.seeing import looked
from kreport.probes.samples.stages import shown_calls
from kreport.probes.samples.telling import TellingSamples, choice, telling_samples
from kreport.probes.sweep import Wanted, swept
from kreport.probes.tree import tree_of
from kreport.tensors.thumbnails import steps
from tests.models import ZOO
from tests.zoo_data import inputs_for

L = keras.layers


@pytest.fixture
def rng():
    keras.utils.set_random_seed(5)
    return np.random.default_rng(5)


def told(model, data, **changes):
    given = {"max_samples": 512, "batch_size": None, "steps": None, "target": None, "embed": True, "class_names": (),
             "class_weight": None}  # fmt: skip
    batches = read_data(data, model, DataOptions(**{**given, **changes}), argument="data")
    tree, before = tree_of(model), fingerprint(model)
    sweep = swept(tree, batches, Wanted(kinds=frozenset({KeptSamples})), None, None)
    found = telling_samples(choice(tree, sweep.results[KeptSamples], batches, layer_graph(tree, None)))
    assert fingerprint(model) == before
    assert not [gap.details for gap in found.gaps if gap.failed]
    assert canonical(decode(TellingSamples, encode(rounded(found)))) == canonical(rounded(found))
    return found


def shown(model, x):
    return [(one.call.id, one.form) for one in shown_calls(looked(tree_of(model), x, len(x)))]


def convolutional():
    return keras.Sequential(
        [keras.Input((16, 16, 1)), L.Conv2D(4, 3, padding="same", name="c1"), L.BatchNormalization(name="n1"),
         L.ReLU(name="a1"), L.MaxPooling2D(name="p1"), L.Conv2D(12, 3, padding="same", activation="relu", name="c2"),
         L.Dropout(0.2), L.GlobalAveragePooling2D(), L.Dense(5, "tanh", name="d1"),
         L.Dense(3, "softmax", name="out")]
    )  # fmt: skip


def test_layers_stand_for_what_leads_to_them(rng):
    """A convolution is shown after its normalisation and activation; shares stand at the end of the row."""
    assert shown(convolutional(), rng.uniform(size=(2, 16, 16, 1))) == [("a1", "maps"), ("c2", "maps"), ("d1", "units")]


def test_at_most_five_layers_are_shown_and_the_ends_of_stages_first(rng):
    layers = [keras.Input((32, 32, 1))]
    for stage in range(4):
        layers += [L.Conv2D(2, 3, padding="same", activation="relu", name=f"s{stage}_{i}") for i in range(3)]
        layers.append(L.MaxPooling2D())
    model = keras.Sequential([*layers, L.Flatten(), L.Dense(6, "relu", name="d"), L.Dense(2, "softmax")])
    assert [name for name, _ in shown(model, rng.uniform(size=(1, 32, 32, 1)))] == ["s0_2", "s1_2", "s2_2", "s3_2", "d"]


def test_attention_is_shown_by_its_weights(rng):
    inputs = keras.Input((6,), dtype="int32")
    vectors = L.Embedding(9, 8, name="embed")(inputs)
    attention = L.MultiHeadAttention(2, 4, name="attend")
    hidden = attention(vectors, vectors, use_causal_mask=True)
    model = keras.Model(inputs, L.Dense(2, "softmax")(L.GlobalAveragePooling1D()(hidden)))
    x, y = rng.integers(1, 9, (8, 6)), rng.integers(0, 2, 8)
    model.compile(loss="sparse_categorical_crossentropy")
    found = told(model, (x, y))
    view = next(one for one in found.layers if one.call == "attend")
    assert (view.form, view.low) == ("heads", 0.0)
    picked = x[[one.verdict.index for one in found.samples]]
    e = model.get_layer("embed")(picked)
    _, scores = attention(e, e, use_causal_mask=True, return_attention_scores=True)
    for pixels, expected in zip(view.pixels, np.asarray(scores), strict=True):
        np.testing.assert_array_equal(pixels, steps(expected, 0.0, view.high))
        assert (np.triu(pixels[0], 1) == 0).all()


def test_pictures_are_the_outputs_themselves(rng):
    model = convolutional()
    model.compile(loss="sparse_categorical_crossentropy")
    x, y = rng.uniform(size=(20, 16, 16, 1)).astype("float32"), rng.integers(0, 3, 20)
    found = told(model, (x, y))
    index = [one.verdict.index for one in found.samples]
    view = next(one for one in found.layers if one.call == "d1")
    part = keras.Model(model.inputs, model.get_layer("d1").output)
    for pixels, expected in zip(view.pixels, part.predict(x[index], verbose=0), strict=True):
        np.testing.assert_array_equal(pixels.ravel(), steps(expected.astype(np.float64), view.low, view.high))
    maps = next(one for one in found.layers if one.call == "c2")
    assert maps.note == "first 8 of 12 maps"
    assert {pixels.shape for pixels in maps.pixels} == {(8, 8, 8)}
    shares = model.predict(x[index], verbose=0)
    for one, row in zip(found.samples, shares, strict=True):
        np.testing.assert_allclose(one.verdict.shares, row, rtol=1e-5)
        assert one.verdict.said == str(row.argmax())
        assert one.verdict.truth == str(y[one.verdict.index])
        assert one.input.pixels.shape == (16, 16)


def test_an_autoencoder_shows_what_it_makes_of_its_input(rng):
    model = keras.Sequential(
        [keras.Input((8, 8, 1)), L.Conv2D(3, 3, padding="same", activation="relu", name="inside"),
         L.Conv2D(1, 3, padding="same", activation="sigmoid")]
    )  # fmt: skip
    model.compile(loss="mse")
    x = rng.uniform(size=(9, 8, 8, 1))
    found = told(model, (x, x))
    assert [one.verdict.why for one in found.samples] == ["Highest loss", "Lowest loss"]
    assert [view.call for view in found.layers] == ["inside"]
    assert all(one.output is not None and one.output.pixels.shape == (8, 8) for one in found.samples)


def test_sequences_have_units_down_and_steps_to_the_right(rng):
    model = keras.Sequential([keras.Input((10, 2)), L.LSTM(40, return_sequences=True, name="l"), L.LSTM(3), L.Dense(1)])
    model.compile(loss="mse")
    found = told(model, (rng.normal(size=(7, 10, 2)), rng.normal(size=7)))
    view = next(one for one in found.layers if one.call == "l")
    assert (view.form, view.note) == ("time", "first 32 of 40 units")
    assert view.pixels[0].shape == (32, 10)
    assert found.samples[0].input.kind == "series"


def test_words_come_from_the_vocabulary_that_the_model_holds():
    texts = ["a good film", "a bad film indeed", "good", "bad bad"]
    words = L.TextVectorization(output_sequence_length=5)
    words.adapt(texts)
    model = keras.Sequential(
        [keras.Input((), dtype="string"), words, L.Embedding(10, 4, mask_zero=True), L.GlobalAveragePooling1D(),
         L.Dense(2, "softmax")]
    )  # fmt: skip
    found = told(model, tf.constant(texts))
    assert {one.input.words[0] for one in found.samples} <= set(texts)
    assert {one.input.kind for one in found.samples} == {"text"}


def test_classes_bear_their_names_and_only_the_largest_of_many_are_shown(rng):
    model = keras.Sequential([keras.Input((4,)), L.Dense(20, "softmax")])
    names = tuple(f"kind {index}" for index in range(20))
    found = told(model, (rng.normal(size=(9, 4)), rng.integers(0, 20, 9)), class_names=names)
    verdict = found.samples[0].verdict
    assert len(verdict.classes) == 5
    assert verdict.classes[0] == verdict.said
    assert (np.diff(verdict.shares) <= 0).all()


def test_nothing_of_a_sample_is_kept_when_it_may_not_be_shown(rng):
    model = keras.Sequential([keras.Input((4,)), L.Dense(2, "softmax")])
    found = told(model, (rng.normal(size=(9, 4)), rng.integers(0, 2, 9)), embed=False, class_names=("secret", "word"))
    assert found.samples == ()
    assert found.gaps == (Gap("telling samples", "not shown: samples=False"),)
    assert "secret" not in canonical(found)


def test_a_stateful_model_of_fixed_batches_is_filled_up(rng):
    model = keras.Sequential([keras.Input(batch_shape=(4, 6, 2)), L.LSTM(3, stateful=True), L.Dense(1, "sigmoid")])
    found = told(model, (rng.normal(size=(8, 6, 2)), rng.integers(0, 2, 8)))
    assert 1 <= len(found.samples) <= 3
    assert all(len(view.pixels) == len(found.samples) for view in found.layers)


@pytest.mark.parametrize("name", ["ragged_input", "zero_length_axis"])
def test_inputs_that_cannot_be_shown_are_left_out(name):
    """Nothing fails: what the model says is told without its input."""
    model = ZOO[name].make()
    found = told(model, (inputs_for(model), None))
    assert [one.input.kind for one in found.samples] == ["other"] * len(found.samples)
    assert found.samples
