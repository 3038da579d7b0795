"""blocks/table.html.j2"""

from __future__ import annotations

from kreport.document.blocks import Column, Swatch, Table, TableRow
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
