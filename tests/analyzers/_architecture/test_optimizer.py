"""Optimizer state: read from its variables, told by class before it has any."""

from types import SimpleNamespace

import pytest

from kreport.analyzers._architecture.optimizer import optimizer_state


def optimizer(name, **more):
    return type(name, (), {"variables": [], "built": False} | more)()


def variable(name, *shape, dtype="float32"):
    return SimpleNamespace(name=name, shape=shape, dtype=dtype)


def state(made, trainable_bytes=400, weights=2):
    model = SimpleNamespace(optimizer=made, trainable_variables=[None] * weights)
    return optimizer_state(model, trainable_bytes)


def test_slots_are_read_from_a_built_optimizer():
    kept = [variable("iteration", dtype="int64"), variable("learning_rate")]
    kept += [variable(f"m{n}", 10, 5) for n in range(4)]
    found = state(optimizer("Adam", variables=kept, built=True))
    assert (found.name, found.slots, found.size_bytes, found.measured) == ("Adam", 2, 800, True)


@pytest.mark.parametrize(
    ("made", "slots"),
    [
        (optimizer("Adam"), 2),
        (optimizer("SGD"), 0),
        (optimizer("SGD", momentum=0.9), 1),
        (optimizer("RMSprop", momentum=0.0, centered=True), 2),
    ],
)
def test_before_the_first_step_the_class_tells(made, slots):
    found = state(made)
    assert (found.slots, found.size_bytes, found.measured) == (slots, 400 * slots, False)


def test_an_unknown_class_is_not_guessed():
    found = state(optimizer("Mine"))
    assert (found.slots, found.size_bytes) == (None, None)


def test_no_optimizer_no_state():
    assert optimizer_state(SimpleNamespace(), 400) is None
