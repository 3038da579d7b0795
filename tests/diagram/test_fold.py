"""Equal stretches become one part with a count, and only those."""

import pytest

from kreport.diagram import fold_model
from kreport.diagram.fold import span


def shape(parts):
    """Return (label, repeats, what differs) of groups and repeats, depth first."""
    found = []
    for part in parts:
        if part.children or part.repeats > 1:
            found.append((part.label, part.repeats, part.varies))
        found += shape(part.children)
    return found


def test_equal_named_blocks_are_one(builder):
    x = builder.input("image", (None, 8, 8, 16))
    for number in (1, 2, 3):
        x = builder.block(f"block{number}", x)
    builder.add("head", after=(x,))
    assert shape(fold_model(builder.graph()).parts) == [("block1…3", 3, "")]


def test_stages_of_a_resnet_fold_to_projection_and_identity_blocks(builder):
    x = builder.input("image", (None, 8, 8, 8))
    for stage, (filters, blocks) in enumerate(((16, 3), (32, 4), (64, 6), (128, 3)), start=2):
        for number in range(1, blocks + 1):
            x = builder.block(f"conv{stage}_block{number}", x, filters)
    builder.add("head", after=(x,))
    folded = shape(fold_model(builder.graph()).parts)
    assert [entry for entry in folded if entry[1] > 1] == [
        ("conv2_block2…3", 2, ""),
        ("conv3_block2…4", 3, ""),
        ("conv4_block2…6", 5, ""),
        ("conv5_block2…3", 2, ""),
    ]


def test_names_do_not_matter_for_a_repeat(builder):
    x = builder.input("image", (None, 8, 8, 16))
    for name in ("<>", "{|}", "--", ""):
        x = builder.block(name, x)
    builder.add("head", after=(x,))
    [(_, repeats, _)] = shape(fold_model(builder.graph()).parts)
    assert repeats == 4


def test_small_models_show_growing_widths_long_ones_fold_them(builder):
    x = builder.input("image", (None, 8, 8, 4))
    for number in range(20):
        x = builder.block(f"block{number}", x, 4 + 4 * number)
    builder.add("head", after=(x,))
    assert shape(fold_model(builder.graph()).parts) == [("block0…19", 20, "widths 4…80")]


def test_growing_widths_of_a_few_blocks_are_all_drawn(builder):
    x = builder.input("image", (None, 8, 8, 4))
    for number in range(3):
        x = builder.block(f"block{number}", x, 4 + 4 * number)
    builder.add("head", after=(x,))
    assert [repeats for _, repeats, _ in shape(fold_model(builder.graph()).parts)] == [1, 1, 1]


def test_a_result_read_from_outside_keeps_its_copy_apart(builder):
    x = builder.input("image", (None, 8, 8, 16))
    skip = None
    for number in (1, 2, 3, 4):
        x = builder.block(f"block{number}", x)
        skip = skip or x
    builder.add("join", "Concatenate", "merge", after=(skip, x))
    assert ("block2…4", 3, "") in shape(fold_model(builder.graph()).parts)


def test_other_settings_are_no_copy(builder):
    x = builder.input("image", (None, 8, 8, 16))
    x = builder.block("block1", x)
    x = builder.block("block2", x, activation="tanh")
    builder.add("head", after=(x,))
    assert all(repeats == 1 for _, repeats, _ in shape(fold_model(builder.graph()).parts))


def test_a_fan_out_of_equal_branches_is_one_node(builder):
    source = builder.input()
    branches = tuple(builder.add(f"branch_{number}", after=(source,), parameters=7) for number in range(300))
    builder.add("join", "Concatenate", "merge", after=branches)
    folded = fold_model(builder.graph())
    assert [part.repeats for part in folded.parts] == [1, 300, 1]


def test_calls_of_one_layer_fold_and_say_so(builder):
    builder.layer("block", "Refine", "other")
    builder.layer("dense", parent="block", parameters=9)
    builder.layer("norm", "LayerNormalization", "norm", parent="block", parameters=2)
    x = builder.input()
    for _ in range(4):
        outer = builder.call("block", (x,))
        x = builder.call("block / dense", (x,), parent=outer)
        x = builder.call("block / norm", (x, builder.calls[-1].inputs[0].source), parent=outer)
    builder.add("head", after=(x,))
    assert shape(fold_model(builder.graph()).parts) == [("block", 4, "shared weights")]


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("block1", "block3", "block1…3"),
        ("conv4_block2", "conv4_block6", "conv4_block2…6"),
        ("block9", "block12", "block9…12"),
        ("stem", "head", "stem … head"),
        ("add", "add_46", "add … add_46"),
        ("x", "x", "x"),
        ("", "b", " … b"),
    ],
)
def test_span(first, last, expected):
    assert span(first, last) == expected
