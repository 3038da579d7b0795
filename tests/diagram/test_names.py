"""Groups told by names."""

import pytest

from kreport.diagram.names import Sibling, name_groups, prefix_length, shared_beginning, words


@pytest.mark.parametrize(
    ("name", "class_name", "expected"),
    [
        ("conv2_block1_out", "Activation", ("conv", "2", "block", "1", "out")),
        ("block1a_se", "Conv2D", ("block", "1", "a", "se")),
        ("conv2d_7", "Conv2D", ()),
        ("batch_normalization", "BatchNormalization", ()),
        ("слой1", "Dense", ("слой", "1")),
        ("", "Dense", ()),
        ("{|}<>", "Dense", ()),
    ],
)
def test_words(name, class_name, expected):
    assert words(name, class_name) == expected


def test_prefix_length_counts_characters():
    assert prefix_length("conv2_block1_out", ("conv", "2", "block", "1")) == len("conv2_block1")


def test_shared_beginning_leaves_each_name_a_word():
    assert shared_beginning(["block2a_conv", "block2b_conv"]) == "block2"
    assert shared_beginning(["stem", "head"]) == ""
    assert shared_beginning(["x", "x"]) == ""


def siblings(*names):
    return [Sibling(name=name, class_name="Dense", keys=(key,)) for key, name in enumerate(names)]


CHAIN = {key: {key - 1} if key else set() for key in range(20)}


def test_a_number_makes_groups_but_what_it_numbers_does_not():
    names = [f"block_{number}_{part}" for number in (1, 2, 3) for part in ("expand", "filter", "project")]
    groups = name_groups(siblings("input", *names, "head", "out"), CHAIN)
    assert groups[1] == (("block", "1"),)
    assert groups[0] == groups[-1] == ()


def test_members_that_are_left_and_come_back_to_are_no_group():
    groups = name_groups(siblings("in", "a_x", "a_y", "other", "a_z", "out", "end"), CHAIN)
    assert set(groups) == {()}


def test_members_that_do_not_hang_together_are_no_group():
    reads = {0: set(), 1: {0}, 2: {0}, 3: {0}, 4: {1, 2, 3}, 5: {4}, 6: {5}}
    groups = name_groups(siblings("in", "a_x", "a_y", "a_z", "out", "more", "end"), reads)
    assert set(groups) == {()}
