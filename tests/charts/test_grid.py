"""Rows by columns in nine steps."""

import numpy as np

from kreport.charts.grid import Grid, grid_chart, grids_chart


def chart(values, rows=("a", "b"), columns=("0", "1"), **more):
    grid = Grid(values=np.asarray(values, float), rows=rows, columns=columns, low=-1.0, high=1.0, **more)
    return grid_chart(grid, id="g", title="t", subtitle="s", alt="a")


def cells(block):
    return block.spec["data"]["values"]


def test_steps_are_ninths_of_the_range_and_blanks_are_left_out():
    found = {(cell["y"], cell["c"]): cell["s"] for cell in cells(chart([[-1, 1], [0, np.nan]]))}
    assert found == {("a", "0"): 0, ("a", "1"): 8, ("b", "0"): 4}


def test_names_above_are_turned_where_they_are_long():
    assert chart([[0, 0], [0, 0]]).spec["encoding"]["x"]["axis"]["labelAngle"] == 0
    assert chart([[0, 0], [0, 0]], columns=("aeroplane", "cat")).spec["encoding"]["x"]["axis"]["labelAngle"] == -90


def test_an_expression_never_holds_a_name():
    block = chart([[0, 0], [0, 0]], columns=("'];", "'];"))
    assert block.spec["encoding"]["x"]["axis"]["labelExpr"] == "slice(datum.label, 2)"
    assert len({cell["x"] for cell in cells(block)}) == 2


def test_names_of_small_cells_beside_each_other_are_turned_sooner():
    grid = Grid(values=np.eye(2), rows=("9", "10"), columns=("9", "10"), low=0.0, high=1.0, heading="Head 1")
    block = grids_chart([grid, grid], id="g", title="t", subtitle="s", alt="a")
    axes = [panel["encoding"]["x"]["axis"]["labelAngle"] for panel in block.spec["hconcat"]]
    assert (axes, block.wide) == ([-90, -90], True)
    assert grid_chart(grid, id="g", title="t", subtitle="s", alt="a").spec["encoding"]["x"]["axis"]["labelAngle"] == 0
