"""Points in the plane with the names of their groups."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kreport.charts.scatter import LETTER, LINE, SIDE, Cloud, scatter_chart


def chart(points, groups, names):
    cloud = Cloud(points=np.asarray(points, float), groups=np.asarray(groups), names=names)
    return scatter_chart(cloud, id="s", title="t", subtitle="s", alt="a")


def written(block):
    """The names that stand in the picture, with their places in px from the lower left."""
    points, *texts = block.spec["layer"]
    scales = [points["encoding"][key]["scale"]["domain"] for key in "xy"]
    return [
        (row["g"], *((row[key] - low) / (high - low) * SIDE for key, (low, high) in zip("xy", scales, strict=True)))
        for row in (texts[-1]["data"]["values"] if texts else ())
    ]


def test_every_point_has_the_colour_and_the_name_of_its_group():
    rows = chart([[0, 0], [1, 1], [2, 0]], [0, 7, -1], [str(i) for i in range(8)]).spec["layer"][0]["data"]["values"]
    assert {(row["x"], row["c"], row["g"]) for row in rows} == {(0, "0", "0"), (1, "1", "7"), (2, "none", "")}


def test_a_name_stands_at_the_middle_of_its_group():
    [(name, x, y)] = written(chart([[0, 0], [4, 1], [4, 1], [10, 2]], [0, 0, 0, -1], ["cat"]))
    assert name == "cat"
    np.testing.assert_allclose([x, y], [SIDE * (0.4 + 4) / 10.8, SIDE / 2], rtol=0.01)


@given(st.integers(0, 2**32 - 1), st.integers(1, 14))
def test_names_cover_neither_each_other_nor_the_edge(seed, number):
    rng = np.random.default_rng(seed)
    names = ["n" * int(size) for size in rng.integers(1, 30, number)]
    groups = rng.integers(0, number, 40)
    found = written(chart(rng.normal(size=(40, 2)), groups, names))
    assert found
    for index, (name, x, y) in enumerate(found):
        half = len(name) * LETTER / 2
        assert half - 1 <= x <= SIDE - half + 1
        assert 0 < y < SIDE
        for other, a, b in found[:index]:
            assert abs(y - b) >= LINE - 1 or abs(x - a) >= half + len(other) * LETTER / 2 - 1


def test_a_name_without_room_is_left_to_the_tooltip():
    names = [f"class number {index}" for index in range(9)]
    found = written(chart([[0, 0], *[[1, 1]] * 9, [2, 2]], [-1, *range(9), -1], names))
    assert [name for name, *_ in found] == names[:5]
