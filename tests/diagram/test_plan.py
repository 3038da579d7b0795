"""How much is shown at once."""

from kreport.diagram import fold_model
from kreport.diagram.plan import READABLE, opened


def model(builder, blocks):
    x = builder.input("image", (None, 8, 8, 16))
    for number in range(blocks):
        x = builder.block(f"block{number}", x)
        x = builder.add(f"step{number}", f"Step{number}", "shape", after=(x,), shape=(None, 8, 8, 16))
    builder.add("head", after=(x,))
    return fold_model(builder.graph()).parts


def test_groups_are_open_while_all_of_them_fit(builder):
    parts = model(builder, 6)
    assert len(opened(parts)) == 6


def test_groups_are_closed_together_when_they_do_not_fit(builder):
    parts = model(builder, 14)
    assert sum(bool(part.children) for part in parts) == 14
    assert opened(parts) == frozenset()
    assert len(parts) <= READABLE


def test_parts_follow_one_another_without_gaps(builder):
    parts = model(builder, 6)

    def whole(row, start, stop):
        for part in row:
            assert part.start == start
            if part.children:
                whole(part.children, part.start, part.copy_stop)
            start = part.stop
        assert start == stop

    whole(parts, 0, parts[-1].stop)
    assert parts[-1].stop == 1 + 6 * 4 + 1
