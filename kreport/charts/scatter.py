"""Points in the plane, coloured by group: each a short round stroke, so that hundreds are one path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.charts.theme import INK, MUTED, PAPER, SERIES, finished
from kreport.document.blocks import Chart
from kreport.document.text import Text

SIDE = 286
"""Of the square plot, px."""

POINT = 4.5
"""Width of a point, px."""

COLOURS = len(SERIES)

LETTER, LINE = 6.8, 13.0
"""Size of a letter of a name, px, about."""

NUDGES = (0, 1, -1, 2, -2)
"""Lines that a name may stand off its middle, where others stand there."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Cloud:
    """Points.

    Attributes:
        points: float64 of shape ``(n, 2)``.
        groups: index of each point's group, −1 for none, int64 of shape ``(n,)``.
        names: of the groups.
    """

    points: NDArray[np.float64]
    groups: NDArray[np.int64]
    names: Sequence[str]


def scatter_chart(
    cloud: Cloud,
    *,
    id: str,  # noqa: A002 - the field's name
    title: Text,
    subtitle: Text,
    alt: str,
    note: Text = "",
) -> Chart:
    """Return the points, with names at the middles of groups; the first six groups have a colour of their own.

    A name stands up to two lines off where another stands at its middle, and is left to the tooltip where even
    that is taken.
    """
    import altair  # noqa: ICN001 - alt is the alternative text here

    low, high = cloud.points.min(0), cloud.points.max(0)
    room = np.maximum((high - low) * 0.04, 1e-9)
    axes = {
        key: getattr(altair, key.upper())(
            f"{key}:Q",
            scale=altair.Scale(domain=[float((low - room)[i]), float((high + room)[i])], nice=False),
            axis=None,
        )
        for i, key in enumerate("xy")
    }
    rows = sorted(_rows(cloud, float((high - low)[0])), key=lambda row: row["c"])
    colours = [str(index) for index in range(COLOURS)]
    painted = altair.Color(
        "c:N", scale=altair.Scale(domain=[*colours, "none"], range=[*SERIES, MUTED]), legend=None
    )  # fmt: skip
    points = altair.Chart(altair.Data(values=rows)).mark_rule(
        strokeWidth=POINT, strokeCap="round", strokeDash=[1, 0], opacity=1
    )
    layers = [
        points.encode(
            x=axes["x"], x2="to:Q", y=axes["y"], color=painted, tooltip=[altair.Tooltip("g:N", title="class")]
        )
    ]
    middles = _apart(list(_middles(cloud)), low - room, high + room)
    if middles:
        names = altair.Chart(altair.Data(values=middles))
        layers += [
            names.mark_text(fontSize=12, fontWeight=600, **look).encode(x=axes["x"], y=axes["y"], text="g:N")
            for look in ({"stroke": PAPER, "strokeWidth": 3, "color": PAPER}, {"color": INK})
        ]
    chart = altair.layer(*layers).properties(width=SIDE, height=SIDE)
    return finished(chart, id=id, title=title, subtitle=subtitle, alt=alt, note=note)


def _rows(cloud: Cloud, width: float) -> list[dict[str, Any]]:
    dot = max(width, 1e-9) * 1e-3  # a stroke needs a length to have round ends
    return [
        {
            "x": _short(x), "to": _short(x) + dot, "y": _short(y),
            "c": str(group % COLOURS) if group >= 0 else "none", "g": cloud.names[group] if group >= 0 else "",
        }
        for (x, y), group in zip(cloud.points.tolist(), cloud.groups.tolist(), strict=True)
    ]  # fmt: skip


def _middles(cloud: Cloud) -> list[dict[str, Any]]:
    found = []
    for group, name in enumerate(cloud.names):
        members = cloud.points[cloud.groups == group]
        if len(members):
            x, y = np.median(members, axis=0).tolist()
            found.append({"x": _short(x), "y": _short(y), "g": name})
    return found


def _apart(middles: list[dict[str, Any]], low: NDArray[np.float64], high: NDArray[np.float64]) -> list[dict[str, Any]]:
    """Move names so that none covers another and all stand within the plot; drop those there is no room for."""
    scale = SIDE / (high - low)
    taken: list[tuple[float, float, float]] = []
    found = []
    for middle in middles:
        half = min(len(middle["g"]) * LETTER / 2, SIDE / 2)
        x = float(np.clip((middle["x"] - low[0]) * scale[0], half, SIDE - half))
        for lines in NUDGES:
            y = (middle["y"] - low[1]) * scale[1] + lines * LINE
            clear = all(abs(y - b) >= LINE or abs(x - a) >= half + other + LETTER / 2 for a, b, other in taken)
            if clear and LINE / 2 <= y <= SIDE - LINE / 2:
                taken.append((x, y, half))
                found.append({**middle, "x": _short(low[0] + x / scale[0]), "y": _short(low[1] + y / scale[1])})
                break
    return found


def _short(value: float) -> float:
    return float(f"{value:.4g}")
