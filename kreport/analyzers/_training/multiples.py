"""Small multiples: the metrics that have no large chart, a panel each, in one chart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kreport.analyzers._metric_names import said
from kreport.analyzers._training.curves import TrainingCurves
from kreport.analyzers._training.series import finite, kind_of, line, splits
from kreport.charts.axes import axis_of
from kreport.charts.curves import plot
from kreport.charts.theme import finished
from kreport.document.blocks import Chart
from kreport.document.numbers import plural

PANELS, COLUMNS = 8, 4
PANEL, HEIGHT, SPACE = 218, 84, 28
"""Width of a panel and height of its plot, px; four and their spaces fill the page."""

HEADING = 26
"""Letters of a name above a panel."""

POINTS = 160
"""Points of a line in a panel."""


def multiples_chart(measured: TrainingCurves, names: Sequence[str]) -> Chart | None:
    """Return one panel for each of the first metrics in ``names``; None where none has a number."""
    run = measured.curves[0]
    panels: list[Any] = []
    for name in names:
        metric = run.metric(name)
        found = splits(metric) if metric else []
        values = finite([series for _, _, series in found])
        if metric is None or not values or len(panels) == PANELS:
            continue
        lines = [line(text if len(found) > 1 else "", colour, s, name=f"{text} {said(name)}", width=1.5, points=POINTS)
                 for text, colour, s in found]  # fmt: skip
        axis = axis_of(values, kind_of(values, share=metric.share), most=3)
        panels.append(plot(lines, axis, width=PANEL, height=HEIGHT, ticks=3, heading=cut(said(name))))
    return _block(panels, len(names))


def _block(panels: list[Any], total: int) -> Chart | None:
    import altair as alt

    if not panels:
        return None
    left = total - len(panels)
    drawn = alt.concat(*panels, columns=COLUMNS, spacing=SPACE)
    title = f"{'Other' if left == 0 else f'{len(panels)} of {total} other'} metrics"
    return finished(
        drawn, id="training-more", title=title, subtitle="Per epoch, each on its own scale",
        note=f"The table has the other {plural(left, 'metric')} too." if left else "",
        alt=f"{title} over the epochs; their values stand in the table.", wide=True,
    )  # fmt: skip


def cut(text: str) -> str:
    """Return a name that fits above a panel."""
    return text if len(text) <= HEADING else f"{text[: HEADING // 2]}…{text[-(HEADING // 2 - 1) :]}"
