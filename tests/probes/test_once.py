"""Reductions: each is made once, and the model waits for them as long as that cannot go round in a circle."""

from __future__ import annotations

import pytest

tf = pytest.importorskip("tensorflow")

from kreport.probes.once import PACE, Once  # noqa: E402


def chain(length):
    """Return tensors of which each is made of the one before."""
    tensors = [tf.compat.v1.placeholder(tf.float32, [4])]
    for _ in range(length):
        tensors.append(tf.exp(tensors[-1]))
    return tensors[1:]


def test_a_reduction_is_made_once_a_key_and_tensor_also_behind_an_identity():
    with tf.Graph().as_default():
        [first, second] = chain(2)
        once, made = Once(), []

        def make(tensor):
            made.append(tensor)
            return tf.reduce_sum(tensor)

        found = [once.reduced("sum", t, make) for t in (first, tf.identity(first), second, first)]
        once.reduced("other", first, make)
    assert found[0] is found[1] is found[3] is not found[2]
    assert len(made) == 3


def test_the_model_waits_for_what_was_reduced_a_few_tensors_ago():
    with tf.Graph().as_default():
        tensors = chain(5)
        once = Once()
        sums = [once.reduced("sum", tensor, tf.reduce_sum) for tensor in tensors]
        once.keep_pace()
    for place, tensor in enumerate(tensors):
        expected = [sums[place - PACE].op] if place >= PACE else []
        assert list(tensor.op.control_inputs) == expected


def test_it_never_waits_for_what_is_made_of_itself_or_has_effects():
    with tf.Graph().as_default():
        tensors = chain(4)
        once = Once()
        once.reduced("later", tensors[0], lambda t: tf.reduce_sum(t + tensors[3]))
        once.reduced("effect", tensors[1], lambda t: tf.reduce_sum(t) + tf.random.uniform([]))
        drawn = once.reduced("drawn", tensors[1], lambda t: tf.random.uniform(tf.shape(t)))
        for tensor in tensors[2:]:
            once.reduced("sum", tensor, tf.reduce_sum)
        once.keep_pace()
    assert drawn.op.op_def.is_stateful
    assert list(tensors[2].op.control_inputs) == []
    assert drawn.op not in tensors[3].op.control_inputs


def test_without_a_graph_there_is_nothing_to_wait_for():
    once = Once()
    assert float(once.reduced("sum", tf.ones([3]), tf.reduce_sum)) == 3
    once.keep_pace()
