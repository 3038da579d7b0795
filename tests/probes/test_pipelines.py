"""Copies of pipelines: whoever reads one is not felt by whoever reads the original."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kreport.probes import pipelines
from kreport.probes.pipelines import copied, is_changed_by_reading

X = np.arange(20, dtype="float32")


def numbers():
    return tf.data.Dataset.from_tensor_slices(X)


def shuffled(seed=None):
    return numbers().shuffle(20, seed=seed)


def drawn_from_keras():
    seeds = keras.random.SeedGenerator(1)
    return numbers().map(lambda v: v + keras.random.uniform((), seed=seeds))


def drawn_from_tensorflow():
    generator = tf.random.Generator.from_seed(1)
    return numbers().map(lambda v: v + generator.uniform([]))


def looked_up():
    table = keras.layers.StringLookup(vocabulary=[str(i) for i in range(20)])
    return shuffled().map(lambda v: table(tf.strings.as_string(tf.cast(v, tf.int32))))


def from_a_generator():
    return tf.data.Dataset.from_generator(lambda: iter(X), output_signature=tf.TensorSpec([], tf.float32)).shuffle(20)


KINDS = {
    "unseeded": shuffled,
    "seeded": lambda: shuffled(5),
    "seeds of Keras": drawn_from_keras,
    "a generator of TensorFlow": drawn_from_tensorflow,
    "a table": looked_up,
    "a Python generator": from_a_generator,
    "a Python function": lambda: shuffled().map(lambda v: tf.py_function(lambda t: t * 2, [v], tf.float32)),
    "a shuffled cache": lambda: shuffled().cache(),
    "two readers": lambda: tf.data.Dataset.zip((shuffled(1).repeat(2), shuffled(2).repeat(2))),
    "random numbers": lambda: tf.data.Dataset.random(seed=3, rerandomize_each_iteration=True).take(10),
}


def epochs(pipeline, count=2):
    flat = [[np.asarray(tf.nest.flatten(element)[0]).tolist() for element in pipeline] for _ in range(count)]
    return repr(flat)


@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
def test_reading_a_copy_changes_nothing(make):
    def made():
        keras.utils.set_random_seed(3)
        return make().batch(4).prefetch(2)

    untouched, read, watched = epochs(made()), made(), made()
    assert is_changed_by_reading(watched)
    list(read)
    assert epochs(read) != untouched or make is KINDS["a shuffled cache"]
    copy = copied(watched)
    next(iter(copy))
    assert epochs(copy, 1) != "[[]]"
    assert epochs(watched) == untouched


def test_a_copy_has_the_same_elements_in_one_order():
    pipeline = shuffled().batch(6)
    pipeline.class_names = ["a", "b"]
    copy = copied(pipeline)
    assert sorted(np.concatenate(list(copy.as_numpy_iterator()))) == X.tolist()
    assert epochs(copy, 1) == epochs(copy, 1)
    assert (copy.element_spec, int(copy.cardinality())) == (pipeline.element_spec, 4)
    assert copy.class_names == ["a", "b"]


def test_a_file_that_caches_is_left_to_the_training(tmp_path):
    pipeline = shuffled().cache(str(tmp_path / "cache"))
    next(iter(copied(pipeline)))
    assert not list(tmp_path.iterdir())


def test_what_nobody_feels_is_said_to_be_so():
    assert not is_changed_by_reading(numbers().map(lambda v: v + 1).batch(4).prefetch(2))


def test_large_arrays_are_not_copied(monkeypatch):
    monkeypatch.setattr(pipelines, "LARGEST", 79)
    assert copied(shuffled()) is None
    monkeypatch.setattr(pipelines, "LARGEST", 80)
    assert copied(shuffled()) is not None
