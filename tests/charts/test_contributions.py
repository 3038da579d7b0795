"""Signed contributions of features and steps."""

import numpy as np

from kreport.charts.contributions import Panel, Texts, feature_bars, series_bars

AROUND = Texts(id="c", title="t", subtitle="s", alt="a")


def panel(shares, values=None, title="Most confident"):
    return Panel(title=title, values=np.asarray(shares if values is None else values, float), shares=np.asarray(shares))


def data(spec):
    found = [spec["data"]["values"]] if "data" in spec else []
    for key in ("hconcat", "vconcat", "layer"):
        for part in spec.get(key, ()):
            found += data(part)
    return found


def test_every_feature_has_a_bar_with_its_sign_and_its_value():
    rows = data(feature_bars([panel([0.5, -0.2], [3.0, 4.0])], ["age", "size"], AROUND).spec)[0]
    assert [(row["name"], row["v"], row["sign"], row["text"]) for row in rows] == [
        ("age", 0.5, "for", "3"),
        ("size", -0.2, "against", "4"),
    ]


def test_panels_share_one_scale():
    spec = feature_bars([panel([1.0]), panel([10.0])], ["a"], AROUND).spec
    domains = {tuple(p["layer"][0]["encoding"]["x"]["scale"]["domain"]) for p in spec["hconcat"]}
    assert len(domains) == 1


def test_equal_names_keep_bars_of_their_own_and_stay_data():
    spec = feature_bars([panel([1.0, 2.0])], ["'];", "'];"], AROUND).spec
    assert len({row["row"] for row in data(spec)[0]}) == 2
    axis = spec["hconcat"][0]["layer"][0]["encoding"]["y"]["axis"]
    assert axis["labelExpr"] == "slice(datum.label, 2)"


def test_a_series_stands_above_the_shares_of_its_steps():
    spec = series_bars([panel([0.1, -0.3, 0.0], [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])], AROUND).spec
    curve, bars = data(spec)
    assert {(row["c"], row["t"], row["v"]) for row in curve} >= {("0", 0, 1.0), ("1", 2, 6.0)}
    assert sorted((row["t"], row["v"], row["sign"]) for row in bars) == [
        (0, 0.1, "for"),
        (1, -0.3, "against"),
        (2, 0.0, "for"),
    ]


def test_nothing_that_counts_is_drawn_all_the_same():
    assert feature_bars([panel([0.0, 0.0])], ["a", "b"], AROUND).spec["hconcat"]


def test_plots_of_series_stand_on_one_line_and_titles_above_them():
    spec = series_bars([panel([0.1, -0.3], [1.0, 2.0]), panel([0.2, 0.3], [3.0, 0.0])], AROUND).spec
    curves, bars = spec["vconcat"]
    assert curves["bounds"] == bars["bounds"] == "flush"
    domains = {tuple(one["encoding"]["y"]["scale"]["domain"]) for one in curves["hconcat"]}
    [(low, high)] = domains
    assert low < 0.0
    assert high > 3.0
    assert {one["title"]["frame"] for one in curves["hconcat"]} == {"group"}
    assert all(one["encoding"]["x"]["axis"] for one in bars["hconcat"])  # steps can be read
