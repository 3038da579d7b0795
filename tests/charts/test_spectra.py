"""One chart holds all spectra."""

import pytest

from kreport.charts.spectra import Multiple, _round_up, spectra_chart
from kreport.render.svg import drawn


def test_panels_stand_side_by_side_with_their_names() -> None:
    made = [
        Multiple(
            name=f"k{i}",
            line="effective rank 2 of 3",
            ranks=(1, 2, 3),
            values=(3.0, 2.0, 1.0),
            expected=(2.0, 2.0, 2.0) if i else (),
        )
        for i in range(3)
    ]
    svg = str(drawn(spectra_chart(made, id="s", title="t", subtitle="s", alt="a")))
    assert svg.count("effective rank 2 of 3") == 3
    assert svg.count("stroke-dasharray") >= 2
    assert len(svg) < 12_000


@pytest.mark.parametrize(("value", "top"), [(0.83, 1), (1.0, 1), (4.3, 5), (57, 80), (0.0021, 0.004), (0.0, 1)])
def test_the_top_tick_is_a_round_number(value: float, top: float) -> None:
    assert _round_up(value) == pytest.approx(top)
