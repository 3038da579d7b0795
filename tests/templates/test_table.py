"""blocks/table.html.j2"""

from __future__ import annotations

from kreport.document.blocks import Column, Dot, Swatch, Table, TableRow
from kreport.document.text import Name
from kreport.render.templates import render_block

HOSTILE = '<img src=x onerror="alert(1)">'


def table(*rows: TableRow, unit: str = "count") -> Table:
    return Table(title="t", columns=[Column(label="Layer", unit="name"), Column(label="FLOPs", unit=unit)], rows=rows)


def test_strings_of_the_user_stay_text() -> None:
    row = TableRow(cells=[Swatch(layer_kind="conv", text=(Name(HOSTILE, HOSTILE),)), HOSTILE])
    html = render_block(Table(title=HOSTILE, columns=[Column(label=HOSTILE)] * 2, rows=[row], note=HOSTILE))
    assert "<img" not in html
    assert html.count("&lt;img") == 7


def test_not_measured_is_a_dash_and_zero_is_zero() -> None:
    html = render_block(table(TableRow(cells=["a", None]), TableRow(cells=["b", 0])))
    assert ">–<" in html
    assert ">0<" in html


def test_number_columns_are_named_once_not_in_every_cell() -> None:
    html = render_block(table(TableRow(cells=["a", 2_345]), TableRow(cells=["b", 12])))
    assert '<table class="sticky1 r2"' in html
    assert "<td>2.3\u202fk</td>" in html


def test_a_layer_links_to_its_entry_only_where_there_is_one() -> None:
    row = TableRow(cells=[(Name("conv", "conv"),), 1])
    assert '<a href="#layer-3">conv</a>' in render_block(table(row), anchors={"conv": "layer-3"})
    assert "<a" not in render_block(table(row))


def test_columns_of_one_group_share_a_heading() -> None:
    columns = [Column(label="Metric"), Column(label="first", group="Training"), Column(label="last", group="Training")]
    html = render_block(Table(title="t", columns=columns, rows=[]))
    assert '<th colspan="2" class="sp" scope="colgroup">Training</th>' in html
    assert "Nothing to show." in html


def test_a_dot_stands_where_its_value_is_with_its_interval_and_the_number_behind_it() -> None:
    dot = Dot(value=0.75, start=0.5, end=1.0, low=0.6, high=0.9, mark=1.2, width=100)
    html = render_block(table(TableRow(cells=["a", dot]), unit="text"))
    assert html.count('stroke="currentColor"') == 3  # scale, interval and mark are seen where styles are forbidden
    assert '<circle cx="50" ' in html
    assert 'd="M20 5.5H80"' in html
    assert 'd="M100 0v11"' in html  # beyond the scale: at its end
    assert "<title>95 % interval 60.0\u202f% to 90.0\u202f%</title>" in html
    assert "</svg>75.0\u202f%</td>" in html
    assert 'data-value="0.75"' in html  # what the column is sorted by: the text of the cell holds the interval too


def test_a_dot_without_interval_or_range_is_drawn_too() -> None:
    html = render_block(table(TableRow(cells=["a", Dot(value=2.0, start=2.0, end=2.0, unit="number")]), unit="text"))
    assert '<circle cx="36" ' in html
    assert "<title>" not in html
