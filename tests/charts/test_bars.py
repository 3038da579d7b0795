"""Shares as bars."""

from kreport.charts.bars import Bar, share_bars


def chart(*labels):
    bars = [Bar(label=label, kind="conv", shares=(0.5, None), amounts=("1", "–")) for label in labels]
    return share_bars(bars, ("Parameters", "Compute"), id="where", title="t", subtitle="s", alt="a")


def rows(block):
    return [row for values in block.spec["hconcat"] for row in values["data"]["values"]]


def test_equal_names_keep_rows_of_their_own():
    assert len({row["row"] for row in rows(chart("x", "x"))}) == 2


def test_what_was_not_measured_is_a_dash():
    assert [row["text"] for row in rows(chart("x"))] == ["50.0\u202f%", "–"]


def test_names_are_data_and_drawable():
    block = chart("a\x00\ud800\n'];alert(1)//")
    assert rows(block)[0]["name"] == "a   '];alert(1)//"
    axis = block.spec["hconcat"][0]["layer"][0]["encoding"]["y"]["axis"]
    assert axis["labelExpr"] == "slice(datum.label, 3)"  # an expression never holds a name


def test_only_the_first_panel_has_names():
    first, second = chart("x").spec["hconcat"]
    assert first["layer"][0]["encoding"]["y"]["axis"] is not None
    assert second["layer"][0]["encoding"]["y"]["axis"] is None
