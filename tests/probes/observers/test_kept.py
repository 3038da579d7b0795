"""Kept samples: spread evenly, numbered as in the data, few enough, and the same in parts as in one piece."""

import keras
import numpy as np
import pytest

from kreport.inputs.batches import Batch, Batches
from kreport.probes.observers import kept as module
from kreport.probes.observers.kept import Keeper, telling_output


def batches(samples, max_samples=512, size=4):
    return Batches(
        source="arrays", samples=samples, max_samples=max_samples, batch_size=size, labels=True, weights=False,
        input_names=("x",), read=lambda: iter(()),
    )  # fmt: skip


def fed(keeper, ordinals, size=4):
    for start in range(0, len(ordinals), size):
        some = np.asarray(ordinals[start : start + size])
        batch = Batch(x=some[:, None] * 1.0, y=some, start=int(some[0]), size=len(some), places=some)
        keeper.add({"outputs": some[:, None] * 10.0, "losses": some * 0.5}, batch)
    return keeper


def started(known, **changes):
    keeper = Keeper()
    keeper.start(None, batches(known, **changes))
    return keeper


def test_everything_is_kept_in_order_where_there_is_room():
    found = fed(started(10), range(10)).result()
    assert found.index.tolist() == list(range(10))
    np.testing.assert_array_equal(found.x[:, 0], np.arange(10))
    np.testing.assert_array_equal(found.outputs[:, 0], np.arange(10) * 10)
    np.testing.assert_array_equal(found.losses, np.arange(10) * 0.5)
    assert (found.of, found.limited) == (10, False)


def test_samples_that_were_chosen_of_many_bear_their_own_numbers():
    data = batches(100, max_samples=7)
    chosen = [i for i in range(100) if len(data.chosen(Batch(x=None, start=i, size=1)))]
    found = fed(started(100, max_samples=7), chosen).result()
    assert found.index.tolist() == chosen


def test_large_samples_are_fewer_and_spread(monkeypatch):
    monkeypatch.setattr(module, "BYTES", 16 * 20)  # a sample of x and y has 16 bytes
    found = fed(started(100), range(100)).result()
    assert found.index.tolist() == list(range(0, 100, 5))
    assert found.limited


def test_of_unknown_length_the_first_are_kept(monkeypatch):
    monkeypatch.setattr(module, "SAMPLES", 9)
    found = fed(started(None, max_samples=None), range(40)).result()
    assert found.index.tolist() == list(range(9))
    assert found.of == 40


def test_parts_are_merged_in_their_order():
    first, second = fed(started(None, max_samples=None), range(4)), started(None, max_samples=None)
    second._met = 4
    fed(second, range(4, 8))
    second._met = 4
    second.merge(first)
    found = second.result()
    assert found.index.tolist() == list(range(8))
    np.testing.assert_array_equal(found.x[:, 0], np.arange(8))


def test_nothing_seen_is_nothing_kept():
    found = started(10).result()
    assert len(found.index) == 0
    assert found.outputs is None


@pytest.mark.parametrize(
    ("shapes", "activations", "place"),
    [
        pytest.param([(2, 3)], [None], 0, id="one"),
        pytest.param([(2, 5, 5, 1), (2, 3)], [None, None], 1, id="flat before a map"),
        pytest.param([(2, 1), (2, 3)], [None, "softmax"], 1, id="a classifier before a value"),
        pytest.param([(2, 5, 5, 1)], [None], 0, id="no flat one"),
    ],
)
def test_the_output_that_looks_like_a_classifier_is_read(shapes, activations, place):
    import tensorflow as tf

    made = [
        keras.activations.get(name)(tf.ones(shape)) if name else tf.ones(shape)
        for shape, name in zip(shapes, activations, strict=True)
    ]
    assert telling_output(made) == place
