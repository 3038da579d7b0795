"""What goes through the model at once stays within a budget, and parts make the same whole."""

import keras
import numpy as np
import pytest

from kreport.inputs.data import DataOptions, read_data
from kreport.inputs.subject import LossOf
from kreport.probes.layer_graph import layer_graph
from kreport.probes.observers.kept import KeptSamples
from kreport.probes.samples import budget, graphed
from kreport.probes.samples.attribution import attribution
from kreport.probes.samples.budget import at_once, held, in_parts
from kreport.probes.samples.classes import class_gradients
from kreport.probes.samples.telling import choice
from kreport.probes.sweep import Wanted, swept
from kreport.probes.tree import tree_of

L = keras.layers


@pytest.fixture
def rng():
    keras.utils.set_random_seed(4)
    return np.random.default_rng(4)


def known(model):
    tree = tree_of(model)
    return tree, layer_graph(tree, None)


def pictures():
    return keras.Sequential(
        [keras.Input((16, 16, 1)), L.Conv2D(4, 3, padding="same", activation="relu"), L.MaxPooling2D(),
         L.Conv2D(6, 3, activation="relu"), L.GlobalAveragePooling2D(), L.Dense(3, "softmax")]
    )  # fmt: skip


def test_outputs_of_all_layers_count():
    """Convolution, pooling, convolution, mean, classes; four bytes a value."""
    values = 16 * 16 * 4 + 8 * 8 * 4 + 6 * 6 * 6 + 6 + 3
    assert held(*known(pictures())) == 4 * values


def test_recurrent_and_attention_layers_hold_more_than_they_put_out():
    inputs = keras.Input((50, 8))
    recurrent = held(*known(keras.Model(inputs, L.LSTM(16)(inputs))))
    assert recurrent == 4 * (50 * 8 + 16 + budget.GATES * 50 * 16)
    attended = held(*known(keras.Model(inputs, L.MultiHeadAttention(2, 4)(inputs, inputs))))
    assert attended == 4 * (50 * 8 + 50 * 8 + budget.SCORES * 2 * 50 * 50)


def test_large_samples_go_through_one_by_one_and_small_ones_as_many_as_asked_for(monkeypatch):
    tree, graph = known(pictures())
    assert at_once(tree, graph, most=64) == 64
    monkeypatch.setattr(budget, "BYTES", 10 * held(tree, graph))
    assert at_once(tree, graph, most=64) == 10
    assert at_once(tree, graph, most=64, tape=True) == int(10 / budget.TAPE)
    assert at_once(tree, graph, most=3) == 3
    monkeypatch.setattr(budget, "BYTES", 1)
    assert at_once(tree, graph, most=64) == 1
    assert at_once(tree, None, most=64) == budget.UNKNOWN


@pytest.mark.parametrize(("size", "most", "parts"), [(5, 2, [2, 2, 1]), (4, 9, [4]), (3, 1, [1, 1, 1])])
def test_parts_are_consecutive(size, most, parts):
    found = list(in_parts(size, most))
    assert [len(part) for part in found] == parts
    assert np.concatenate(found).tolist() == list(range(size))


def everything(model, data):
    options = DataOptions(max_samples=512, batch_size=None, steps=None, target=None, embed=True, class_names=(),
                          class_weight=None)  # fmt: skip
    batches = read_data(data, model, options, argument="data")
    tree, graph = known(model)
    kept = swept(tree, batches, Wanted(kinds=frozenset({KeptSamples})), None, None).results[KeptSamples]
    chosen = choice(tree, kept, batches, graph)
    found = chosen.chosen.telling, attribution(tree, chosen, batches, graph), class_gradients(
        tree, kept, batches, LossOf(loss="sparse_categorical_crossentropy"), graph
    )  # fmt: skip
    assert not [gap.reason for one in found for gap in one.gaps]
    return found


def words():
    texts = ["good", "a bad film", "what a good good film this is", "bad", "not so good a film", "this is bad"]
    split = L.TextVectorization()  # texts are as long as the longest of their batch
    split.adapt(texts)
    inputs = keras.Input((), dtype="string")
    vectors = L.Embedding(split.vocabulary_size(), 6, mask_zero=True)(split(inputs))
    hidden = L.LSTM(5)(L.LSTM(5, return_sequences=True)(vectors))
    return keras.Model(inputs, L.Dense(2, "softmax")(hidden)), np.array(texts * 4)


@pytest.mark.parametrize("kind", ["pictures", "words"])
def test_one_by_one_is_the_same_as_all_at_once(rng, monkeypatch, kind):
    model, x = (pictures(), rng.uniform(size=(24, 16, 16, 1)).astype("float32")) if kind == "pictures" else words()
    y = rng.integers(0, 2, 24)
    whole = everything(model, (x, y))
    monkeypatch.setattr(budget, "BYTES", 1)
    apart = everything(model, (x, y))
    for view, other in zip(whole[0].layers, apart[0].layers, strict=True):
        assert (view.call, view.form, view.note) == (other.call, other.form, other.note)
        assert view.high == pytest.approx(other.high, rel=1e-4)
    for one, other in zip(whole[0].samples, apart[0].samples, strict=True):
        assert one.input.words == other.input.words
        np.testing.assert_array_equal(one.input.pixels, other.input.pixels)
    for one, other in zip(whole[1].samples, apart[1].samples, strict=True):
        assert one.score == pytest.approx(other.score, rel=1e-4)
        assert (np.abs(one.integrated.astype(float) - other.integrated) <= 1).all()
        if kind == "words":
            np.testing.assert_allclose(one.integrated, other.integrated, rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(whole[2].norms, apart[2].norms, rtol=1e-4)


def test_large_models_run_as_a_graph_and_say_the_same(rng, monkeypatch):
    model, data = pictures(), (rng.uniform(size=(24, 16, 16, 1)).astype("float32"), rng.integers(0, 3, 24))
    eager, traced = everything(model, data), []
    monkeypatch.setattr(graphed, "HEAVY", 1)
    monkeypatch.setattr(graphed.Graphed, "_traced", noting(graphed.Graphed._traced, traced))
    graph = everything(model, data)
    assert len(traced) == 2  # scores, and sums of losses
    np.testing.assert_allclose(eager[2].norms, graph[2].norms, rtol=1e-4)
    for one, other in zip(eager[1].samples, graph[1].samples, strict=True):
        assert (np.abs(one.integrated.astype(int) - other.integrated) <= 1).all()
        assert one.score == pytest.approx(other.score, rel=1e-4)


def noting(method, noted):
    def noted_method(self, given):
        noted.append(self)
        return method(self, given)

    return noted_method
