"""Places from Graphviz: exact sizes, arrows that touch, nothing overlapping, nothing printed."""

import itertools

from kreport.diagram.layout import Arrow, Box, laid_out

SIZES = [(214.0, 42.0), (104.0, 42.0), (214.0, 42.0), (120.0, 28.0)]
ARROWS = [Arrow(source=0, target=1), Arrow(source=0, target=2, label=(50.0, 14.0)), Arrow(source=1, target=3)]
ARROWS += [Arrow(source=2, target=3), Arrow(source=2, target=3)]


def overlap(one, other):
    return (
        one[0] < other[0] + other[2] - 0.2
        and other[0] < one[0] + one[2] - 0.2
        and one[1] < other[1] + other[3] - 0.2
        and other[1] < one[1] + one[3] - 0.2
    )


def touches(frame, x, y):
    left, top, width, height = frame
    return left - 1 <= x <= left + width + 1 and top - 1 <= y <= top + height + 1


def test_sizes_are_kept_and_nothing_overlaps():
    layout = laid_out(SIZES, ARROWS, [], down=True)
    assert [frame[2:] for frame in layout.boxes] == SIZES
    assert not any(overlap(one, other) for one, other in itertools.combinations(layout.boxes, 2))


def test_arrows_begin_and_end_at_their_boxes():
    for down in (True, False):
        layout = laid_out(SIZES, ARROWS, [], down=down)
        for arrow, points in zip(ARROWS, layout.arrows, strict=True):
            assert touches(layout.boxes[arrow.source], *points[:2])
            assert touches(layout.boxes[arrow.target], *points[-2:])
            assert (len(points) // 2 - 1) % 3 == 0


def test_twin_arrows_have_ways_of_their_own():
    layout = laid_out(SIZES, ARROWS, [], down=True)
    assert layout.arrows[-1] != layout.arrows[-2]


def test_clusters_hold_their_boxes():
    inner = Box(boxes=(1,), clusters=(), heading=(60.0, 18.0))
    layout = laid_out(SIZES, ARROWS, [Box(boxes=(0,), clusters=(inner,), heading=(60.0, 18.0))], down=True)
    outer, nested = layout.clusters
    for frame, box in ((outer, 0), (outer, 1), (nested, 1)):
        assert overlap(frame, layout.boxes[box])
        assert touches(frame, *layout.boxes[box][:2])
    assert touches(outer, *nested[:2])


def test_the_same_graph_has_the_same_places():
    assert laid_out(SIZES, ARROWS, [], down=True).arrows == laid_out(SIZES, ARROWS, [], down=True).arrows


def test_graphviz_prints_nothing(capfd):
    laid_out(SIZES, ARROWS, [], down=True)
    assert capfd.readouterr() == ("", "")
