"""Bands are drawn in our theme, small, with hostile names as they are."""

import pytest

from kreport.charts.bands import ROWS, Band, bands_chart, thinned
from kreport.render.svg import drawn


def band(label: str, **more) -> Band:
    return Band(label=label, quantiles=(-3, -2, -1, 0, 1, 2, 3), **more)


@pytest.mark.parametrize(("count", "step"), [(1, 1), (45, 1), (46, 2), (340, 8)])
def test_a_deep_model_shows_every_kth_layer(count: int, step: int) -> None:
    shown, every = thinned([band(str(i)) for i in range(count)])
    assert every == step
    assert len(shown) == -(-count // step) <= ROWS


def test_the_chart_has_no_words_but_names_and_numbers() -> None:
    chart = bands_chart([band("<b>x", low=-1, high=1), band("y")], id="w", title="t", subtitle="s", alt="a")
    svg = str(drawn(chart))
    assert "&lt;b&gt;x" in svg
    assert len(svg) < 6000
    assert chart.spec["config"]["background"] == "transparent"
