"""Labels against predictions: mistakes in orange, the diagonal pale, empty cells paler."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.charts.bars import drawable
from kreport.charts.counts import fitting
from kreport.charts.curves import LETTER, of, shortened
from kreport.charts.theme import DIVERGING, FILL, INK, INK3, ON_HIGH, PAPER, SEQUENTIAL, finished
from kreport.document.blocks import Chart
from kreport.document.text import Text

NUMBERED, SINGLE = 20, 60
"""Classes up to which cells hold numbers, and up to which each class has cells of its own."""

BINS = 48
"""Rows and columns at most where cells stand for several classes: some 20 kB when all of them hold mistakes."""

WIDTH, SIDE, LARGEST = 464, 384, 96
"""Px: of the whole drawing, of all cells together, and of one cell, at most."""

NAME = 12
"""Letters of a class's name."""

NAMED = 12
"""Px from one name to the next, at least; where cells are smaller, only every k-th class is named."""

UPWARDS = 0.98
"""Height of a turned name by the px it needs at most."""

LINES = ((12, 2.0), (8, 1.0))
"""Side of a cell, px, from which lines of the page's colour part them, and their width; none between smaller ones."""

MISTAKES = DIVERGING[5:]
"""Colours of the steps, few to many."""

DIAGONAL, FIRST, DARK = 0, 5, 7
"""Steps: of what is right, of the fewest mistakes, and from which on numbers are written in light ink."""

EVEN, SHADED = 1.0, 0.5
"""Power of a cell's share of the largest mistake that makes its step: where numbers stand in the cells, equal steps;
where they do not, the square root, which keeps few mistakes apart from none next to many."""


def confusion_chart(
    matrix: NDArray[np.float64],
    names: Sequence[str],
    *,
    id: str,  # noqa: A002 - the field's name
    title: Text,
    subtitle: Text,
    alt: str,
    note: Text = "",
) -> Chart:
    """Return the picture of a confusion matrix, classes in the order given.

    Up to :data:`NUMBERED` classes cells hold their numbers. Above :data:`SINGLE`, neighbouring classes share a cell
    that shows the sum of their mistakes, so that at most :data:`BINS` rows and columns are drawn; what is right is left
    out there, and the diagonal is orange where classes of one cell are mistaken for each other.

    Args:
        matrix: samples, or their weights, by label (rows) and prediction (columns), float64 of shape ``(n, n)``.
        names: of the ``n`` classes.
        id: of the chart.
        title: see :class:`Chart`.
        subtitle: see :class:`Chart`.
        alt: see :class:`Chart`.
        note: see :class:`Chart`.
    """
    import altair  # noqa: ICN001 - alt is the alternative text here

    cells = _Cells(matrix=matrix, names=names)
    layers = [_painted(cells), *_lines(cells), *_numbers(cells), *_names(cells)]
    view = altair.ViewBackground(fill=FILL)
    chart = altair.layer(*layers, view=view).properties(width=cells.width, height=cells.width)
    return finished(chart, id=id, title=title, subtitle=subtitle, alt=alt, note=note)


def classes_a_cell(classes: int) -> int:
    """Return how many neighbouring classes share a row and a column of the picture."""
    return 1 if classes <= SINGLE else -(-classes // BINS)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Cells:
    """The matrix as it is drawn."""

    matrix: NDArray[np.float64]
    names: Sequence[str]

    @property
    def joined(self) -> int:
        return classes_a_cell(len(self.names))

    @cached_property
    def starts(self) -> list[int]:
        """The first class of each row."""
        return list(range(0, len(self.names), self.joined))

    @property
    def numbered(self) -> bool:
        return len(self.names) <= NUMBERED

    @cached_property
    def mistakes(self) -> NDArray[np.float64]:
        """Sums of what is wrong, float64 ``(rows, rows)``."""
        wrong = np.where(np.eye(len(self.names), dtype=bool), 0.0, self.matrix)
        return np.add.reduceat(np.add.reduceat(wrong, self.starts, axis=0), self.starts, axis=1)

    @cached_property
    def steps(self) -> NDArray[np.int64]:
        """Step of each cell, −1 for an empty one, int64 ``(rows, rows)``."""
        power = EVEN if self.numbered else SHADED
        share = self.mistakes / max(float(self.mistakes.max(initial=0.0)), np.finfo(float).tiny)
        found = FIRST + np.minimum(len(MISTAKES) * share**power, len(MISTAKES) - 1).astype(np.int64)
        found = np.where(self.mistakes > 0, found, -1)
        labelled = np.add.reduceat(self.matrix.sum(axis=1), self.starts) > 0
        return np.where(np.diag(labelled) & (found < 0), DIAGONAL, found)

    @property
    def values(self) -> NDArray[np.float64]:
        """What a cell stands for: mistakes, and on the diagonal of single classes what is right."""
        return self.mistakes + np.diag(np.diag(self.matrix)) if self.joined == 1 else self.mistakes

    @cached_property
    def cut(self) -> list[str]:
        """The names at the edges: cut in the middle or at the end, whichever keeps more of them apart."""
        names = _bare(self.names)
        ways = [[shortened(name, NAME) for name in names], [_opening(name) for name in names]]
        return max(ways, key=lambda way: len(set(way)))

    @cached_property
    def room(self) -> float:
        """Px that the longest of them needs."""
        return LETTER * max(len(name) for name in self.cut)

    @property
    def side(self) -> int:
        """Of a cell, in whole px: paths of such cells are short."""
        return max(1, int(min(LARGEST, min(SIDE, WIDTH - self.room - 8) / len(self.starts))))

    @property
    def width(self) -> int:
        """Of all cells, px."""
        return self.side * len(self.starts)

    def name(self, row: int) -> str:
        """Return the class of a row, or its first and last."""
        held = self.names[self.starts[row] : self.starts[row] + self.joined]
        ends = (held[0], held[-1]) if len(held) > 1 else held
        return " – ".join(shortened(name, 2 * NAME) for name in ends)


def _painted(cells: _Cells) -> Any:
    import altair as alt

    colours = [SEQUENTIAL[1], *MISTAKES]
    domain = [DIAGONAL, *range(FIRST, FIRST + len(MISTAKES))]
    classes = alt.Data(values=[{"i": row, "name": cells.name(row)} for row in range(len(cells.starts))])
    looked_up = alt.LookupData(data=classes, key="i", fields=["name"])
    return (
        of(_groups(cells))
        .transform_flatten([key for key in ("y", "x", "n", "t") if key != "t" or cells.numbered])
        .transform_lookup(lookup="y", from_=looked_up, as_=["label"])
        .transform_lookup(lookup="x", from_=looked_up, as_=["predicted"])
        .mark_rect()
        .encode(
            x=_places(cells, "x"),
            y=_places(cells, "y"),
            color=alt.Color("s:O", scale=alt.Scale(domain=domain, range=colours), legend=None),
            tooltip=["label:N", "predicted:N", alt.Tooltip("n:Q", title="mistakes" if cells.joined > 1 else "samples")],
        )
    )


def _places(cells: _Cells, key: str) -> Any:
    import altair as alt

    scale = alt.Scale(domain=list(range(len(cells.starts))), padding=0)
    return getattr(alt, key.upper())(f"{key}:O", scale=scale, axis=None)


def _groups(cells: _Cells) -> list[dict[str, Any]]:
    """Return the cells that hold something, one row a step: cells of one colour become one path."""
    groups = []
    for step in sorted(set(cells.steps[cells.steps >= 0].tolist())):
        y, x = np.nonzero(cells.steps == step)
        amounts = cells.values[y, x].tolist()
        group = {"s": step, "y": y.tolist(), "x": x.tolist(), "n": [_short(amount) for amount in amounts]}
        if cells.numbered:
            group["t"] = [fitting(amount, cells.side) for amount in amounts]
        groups.append(group)
    return groups


def _lines(cells: _Cells) -> list[Any]:
    import altair as alt

    wide = next((width for side, width in LINES if cells.side >= side), 0)
    places = [{"p": cells.side * row} for row in range(1, len(cells.starts))]
    if not wide or not places:
        return []
    base = of(places).mark_rule(color=PAPER, strokeWidth=wide, strokeDash=[1, 0])
    end = alt.value(cells.width)
    return [
        base.encode(x=alt.X("p:Q", scale=None, axis=None), y=alt.value(0), y2=end),
        base.encode(y=alt.Y("p:Q", scale=None, axis=None), x=alt.value(0), x2=end),
    ]


def _numbers(cells: _Cells) -> list[Any]:
    if not cells.numbered:
        return []
    groups = _groups(cells)
    inks = (([g for g in groups if g["s"] < DARK], INK), ([g for g in groups if g["s"] >= DARK], ON_HIGH))
    return [
        of(held)
        .transform_flatten(["y", "x", "t"])
        .mark_text(baseline="middle", align="center", color=ink)
        .encode(x=_places(cells, "x"), y=_places(cells, "y"), text="t:N")
        for held, ink in inks
        if held
    ]


def _names(cells: _Cells) -> list[Any]:
    """Return the names of the rows, of the columns (turned where they are wider than these), and of the predictions."""
    import altair as alt

    every = -(-NAMED // cells.side)
    rows = [
        {"x": row, "y": row, "name": cells.cut[start]}
        for row, start in enumerate(cells.starts) if row % every == 0
    ]  # fmt: skip
    turned = cells.room + 2 > cells.side * every
    look = {"angle": 270, "align": "left", "baseline": "middle"} if turned else {"align": "center"}
    above = -14 - (UPWARDS * cells.room if turned else LETTER)
    return [
        of(rows).mark_text(align="right", baseline="middle", color=INK3).encode(
            x=alt.value(-6), y=_places(cells, "y"), text="name:N"
        ),
        of(rows).mark_text(color=INK3, **look).encode(x=_places(cells, "x"), y=alt.value(-7), text="name:N"),
        of([{"name": "predicted"}]).mark_text(align="left", baseline="bottom", color=INK3).encode(
            x=alt.value(0), y=alt.value(round(above)), text="name:N"
        ),
    ]  # fmt: skip


def _bare(names: Sequence[str]) -> list[str]:
    """Return the names without the words that all of them begin with, where they are too long to be written."""
    if len(names) < 2 or max(len(name) for name in names) <= NAME:
        return list(names)
    first, last = min(names), max(names)  # what these two begin with, all between them do
    alike = next((k for k, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    words = re.match(r"(?:.*[\W_])?", first[:alike], flags=re.DOTALL)
    shared = words.end() if words else 0
    return [name[shared:] or name for name in names]


def _opening(name: str) -> str:
    bare = drawable(name)
    return bare if len(bare) <= NAME else f"{bare[: NAME - 1]}…"


def _short(value: float) -> float | int:
    return int(value) if value.is_integer() else float(f"{value:.3g}")
