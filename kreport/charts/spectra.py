"""Singular values by rank: small multiples, one a kernel, side by side in one chart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kreport.charts.theme import INK, INK2, MUTED, TRAIN, finished
from kreport.document.blocks import Chart
from kreport.document.text import Text

MULTIPLES = 5
GAP = 34


@dataclass(frozen=True, kw_only=True)
class Multiple:
    """One kernel's spectrum: name, a line about it, ranks from 1, values, and expected values (may be empty)."""

    name: str
    line: str
    ranks: tuple[int, ...]
    values: tuple[float, ...]
    expected: tuple[float, ...]


def spectra_chart(
    multiples: Sequence[Multiple],
    *,
    id: str,  # noqa: A002 - the field's name
    title: Text,
    subtitle: Text,
    alt: str,
    note: Text = "",
) -> Chart:
    """Return one chart with a panel for each of ``multiples``, at most :data:`MULTIPLES`."""
    import altair  # noqa: ICN001 - alt is the alternative text here

    panels = [_panel(multiple) for multiple in multiples]
    return finished(
        altair.hconcat(*panels, spacing=GAP), id=id, title=title, subtitle=subtitle, alt=alt, note=note, wide=True
    )


def _panel(multiple: Multiple) -> Any:
    import altair  # noqa: ICN001 - alt is the alternative text here

    last = multiple.ranks[-1]
    scale = altair.Scale(domain=[1, last], nice=False)
    axis = altair.Axis(values=[1, last], format="d", labelBound=False)
    x = altair.X("rank:Q", scale=scale, axis=axis)
    # The same three ticks in every panel, the top one on the edge: the headings stay on one line.
    top = _round_up(max(*multiple.values, *multiple.expected, 0.0))
    y_axis = altair.Axis(grid=True, values=[0, top / 2, top], format=".2~g")

    def line(values: Sequence[float], colour: str, width: float, dash: list[int]) -> Any:
        rows = [{"rank": rank, "value": float(f"{v:.4g}")} for rank, v in zip(multiple.ranks, values, strict=True)]
        marked = altair.Chart(altair.Data(values=rows)).mark_line(color=colour, strokeWidth=width, strokeDash=dash)
        return marked.encode(x=x, y=altair.Y("value:Q", axis=y_axis, scale=altair.Scale(domain=[0, top], nice=False)))

    lines = [line(multiple.expected, MUTED, 1.5, [4, 3])] if multiple.expected else []
    lines.append(line(multiple.values, TRAIN, 1.5, [1, 0]))
    heading = altair.TitleParams(
        text=multiple.name, subtitle=multiple.line, fontSize=12, color=INK, subtitleColor=INK2, subtitleFontSize=11.5,
        anchor="start", frame="group", offset=8,
    )  # fmt: skip
    return altair.layer(*lines).properties(width=118, height=72, title=heading)


def _round_up(value: float) -> float:
    """Return the least of 1, 2, 4, 5, 8, 10 (times a power of ten) that is no smaller than ``value``."""
    if not 0 < value < math.inf:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 4, 5, 8, 10) if step * power >= value * (1 - 1e-9))
