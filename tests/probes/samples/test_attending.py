"""Weights of attention layers by token: those of the layer, without padding; patches by their position."""

import keras
import numpy as np
import pytest

from kreport.probes.samples.attending import BESIDE, CELLS, LEVELS, POSITIONS, attention, heads
from kreport.probes.samples.inside import Output, Outputs
from kreport.probes.samples.seeing import Tokens, looked
from kreport.probes.samples.telling import seen_of
from kreport.probes.tree import tree_of

L = keras.layers
RANDOM = np.random.default_rng(3)


def outputs(values, form="heads"):
    one = Output(call="a", layer="a", form=form, shape=values.shape[1:], units=values.shape[1], values=values)
    return Outputs(layers=(one,))


def tokens(ids, mask=None, words=()):
    return Tokens(ids=np.asarray(ids), mask=mask, words=words, layer="embed")


def attentive():
    """Return a model with an attention layer and three texts, of which the first ends in padding."""
    keras.utils.set_random_seed(2)
    inputs = keras.Input((6,), dtype="int32")
    vectors = L.Embedding(9, 8, mask_zero=True)(inputs)
    layer = L.MultiHeadAttention(2, 4, name="attend")
    model = keras.Model(inputs, L.Dense(2)(L.GlobalAveragePooling1D()(layer(vectors, vectors))))
    x = RANDOM.integers(1, 9, (3, 6))
    x[0, 4:] = 0
    return model, x


def test_weights_are_those_of_the_layer_between_tokens_that_count():
    model, x = attentive()
    seen = seen_of(tree_of(model), x, 3, None)
    [view] = attention(seen.layers, seen.tokens)
    [scores] = looked(tree_of(model), x, 3).scores["attend"]
    np.testing.assert_allclose(view.weights, np.asarray(scores)[0].mean(0)[:4, :4], rtol=1e-5)
    assert view.queries == view.keys == tuple(str(i) for i in x[0, :4])
    assert (view.call, view.heads, view.of, view.note) == ("attend", 2, 2, "")


def test_long_texts_are_cut_and_say_so():
    ids = np.arange(1, 41)[None]
    [view] = attention(outputs(RANDOM.uniform(size=(1, 3, 40, 40)).astype("float32")), tokens(ids))
    assert view.weights.shape == (POSITIONS, POSITIONS)
    assert view.keys[-1] == str(POSITIONS)
    assert view.note == f"first {POSITIONS} of 40 tokens"


@pytest.mark.parametrize(("size", "names"), [(3, ("1", "2", "3")), (50, ("1–3", "4–6"))])
def test_patches_are_numbered_and_averaged_where_there_are_many(size, names):
    values = RANDOM.uniform(size=(2, 4, size, size)).astype("float32")
    [view] = attention(outputs(values), None)
    assert view.keys[: len(names)] == names
    assert len(view.keys) == view.weights.shape[1] <= POSITIONS
    block = -(-size // POSITIONS)
    np.testing.assert_allclose(view.weights[0, 0], values[0].mean(0)[:block, :block].mean(), rtol=1e-5)


def test_weights_between_two_sequences_have_positions():
    """Queries of one and keys of another: neither axis is that of the tokens alone."""
    values = RANDOM.uniform(size=(1, 2, 3, 5)).astype("float32")
    [view] = attention(outputs(values), tokens(np.ones((1, 5), int)))
    assert (view.queries, view.keys) == (("1", "2", "3"), ("1", "2", "3", "4", "5"))


def test_other_layers_have_none():
    assert attention(outputs(RANDOM.uniform(size=(1, 4, 4)).astype("float32"), form="time"), None) == ()


class TestHeads:
    def test_are_those_of_the_layer_for_every_telling_sample(self):
        model, x = attentive()
        seen = seen_of(tree_of(model), x, 3, None)
        views = heads(seen.layers, seen.tokens)
        [scores] = looked(tree_of(model), x, 3).scores["attend"]
        assert [view.sample for view in views] == [0, 1, 2]
        for view, weights, ids in zip(views, np.asarray(scores), x, strict=True):
            number = np.count_nonzero(ids)
            assert view.keys == view.queries == tuple(str(i) for i in ids[:number])
            np.testing.assert_allclose(view.weights, weights[:, :number, :number], atol=0.51 * view.high / LEVELS)

    def test_are_of_the_layer_that_looks_most_sharply(self):
        even, sharp = np.full((1, 2, 4, 4), 0.25, "float32"), np.eye(4, dtype="float32")[None, None].repeat(2, 1)
        layers = [
            Output(call=name, layer=name, form="heads", shape=(2, 4, 4), units=2, values=values)
            for name, values in (("even", even), ("sharp", sharp), ("after", even))
        ]
        [view] = heads(Outputs(layers=tuple(layers)), None)
        assert (view.call, view.keys, view.positions) == ("sharp", ("1", "2", "3", "4"), True)
        np.testing.assert_allclose(view.weights[0], np.eye(4))

    @pytest.mark.parametrize(("number", "samples"), [(2, 4), (4, 3), (8, 1), (16, 1)])
    def test_more_heads_are_shown_for_fewer_samples(self, number, samples):
        views = heads(outputs(RANDOM.uniform(size=(4, number, 40, 40)).astype("float32")), None)
        assert len(views) == samples
        assert sum(view.levels.size for view in views) <= max(CELLS, number * BESIDE**2)
        assert all(max(view.levels.shape[1:]) <= BESIDE for view in views)
        assert {view.note for view in views} == {"averages of blocks of positions"}

    def test_one_head_has_no_picture_of_its_own(self):
        assert heads(outputs(RANDOM.uniform(size=(1, 1, 4, 4)).astype("float32")), None) == ()
        assert heads(Outputs(layers=()), None) == ()
