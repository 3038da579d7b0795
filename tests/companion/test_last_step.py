"""LastStep: the weights are kept once an epoch, right before the last step of the optimizer."""

import pytest

from kreport.companion.last_step import LastStep


def kept(one, starts):
    one.epoch()
    return [start for start in starts if one.begins(start)]


@pytest.mark.parametrize(
    ("steps", "per_call", "accumulated", "expected", "covered"),
    [
        (10, 1, 1, 9, 1),
        (10, 4, 1, 8, 2),
        (8, 4, 1, 4, 4),
        (10, 1, 3, 7, 3),
        (10, 4, 3, 4, 6),
        (2, 1, 5, 0, 2),
        (1, 1, 1, 0, 1),
    ],
)
def test_where_the_length_is_known(steps, per_call, accumulated, expected, covered):
    one = LastStep(steps=steps, per_call=per_call, accumulated=accumulated)
    for _ in range(2):
        assert kept(one, range(0, steps, per_call)) == [expected]
        assert one.covered == covered


def test_an_unknown_length_is_learned_from_the_epoch_before():
    one = LastStep(steps=None)
    assert kept(one, range(7)) == []
    assert one.covered == 0
    assert kept(one, range(7)) == [6]
    assert one.covered == 1


def test_a_longer_epoch_is_told_from_one_step():
    one = LastStep(steps=None)
    kept(one, range(5))
    assert kept(one, range(8)) == [4]
    assert one.covered == 4
    assert kept(one, range(8)) == [7]


def test_an_epoch_that_ends_early_brings_nothing_and_the_next_is_right():
    one = LastStep(steps=10)
    assert kept(one, range(6)) == []
    assert kept(one, range(6)) == [5]
