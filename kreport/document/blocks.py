"""What a section is made of: blocks that hold raw values, never HTML; each has one template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from kreport.document.block import Block, LayerId
from kreport.document.cells import Dot, ShareBars, Swatch, Unit
from kreport.document.diagram_blocks import Diagram, DiagramCluster, DiagramEdge, DiagramNode
from kreport.document.text import Text

__all__ = [
    "Block",
    "Chart",
    "Code",
    "Column",
    "Definitions",
    "Diagram",
    "DiagramCluster",
    "DiagramEdge",
    "DiagramNode",
    "Disclosure",
    "Dot",
    "Facts",
    "Heading",
    "Headline",
    "Images",
    "KeyFigure",
    "KeyFigures",
    "LayerEntry",
    "LayerId",
    "Notice",
    "Picture",
    "Prose",
    "Ramp",
    "Ribbon",
    "RibbonBar",
    "Row",
    "ShareBars",
    "Stack",
    "Strip",
    "StripCell",
    "StripColumn",
    "StripRow",
    "Swatch",
    "Table",
    "TableRow",
    "Texts",
    "Tokens",
    "Unit",
]


@dataclass(frozen=True, kw_only=True, eq=False)
class Column:
    """One column of a table."""

    label: str
    unit: Unit = "text"
    group: str = ""  # columns of one group share a second heading


@dataclass(frozen=True, kw_only=True, eq=False)
class TableRow:
    """One row. ``depth`` indents it; a ``parent`` row is bold and can be closed."""

    cells: Sequence[Any]
    depth: int = 0
    parent: bool = False
    anchor: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Table(Block):
    """Raw values in columns; a cell is a value of its column's unit, a Text, a Swatch or a Dot."""

    kind: ClassVar[str] = "table"
    title: Text
    columns: Sequence[Column]
    rows: Sequence[TableRow]
    subtitle: Text = ""
    note: Text = ""
    search: str = ""  # what the filter box looks for, such as "name or class"; "" for none
    sort: bool = True


@dataclass(frozen=True, kw_only=True, eq=False)
class Ramp:
    """The key of a palette of nine steps, with words for its ends."""

    palette: Literal["diverging", "sequential"]
    low: Text
    high: Text


@dataclass(frozen=True, kw_only=True, eq=False)
class Chart(Block):
    """A Vega-Lite specification, drawn as SVG in the file and live with JavaScript.

    Attributes:
        id: unique in the report, letters, digits and hyphens.
        title: states the result, or is the plain noun.
        subtitle: what is plotted, in which unit.
        alt: the result in words for those who do not see it.
        spec: Vega-Lite, complete with data and theme.
        wide: keeps its natural width in a scroll box.
        ramp: the key of its colours, above the drawing.
    """

    kind: ClassVar[str] = "chart"
    id: str
    title: Text
    subtitle: Text = ""
    alt: str
    spec: Mapping[str, Any]
    note: Text = ""
    wide: bool = False
    ramp: Ramp | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class KeyFigure:
    """One figure of the overview with two lines of context."""

    label: str
    value: float | str | None
    unit: Unit = "number"
    context: Sequence[Text] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class KeyFigures(Block):
    """At most six figures in a row."""

    kind: ClassVar[str] = "key-figures"
    figures: Sequence[KeyFigure]


@dataclass(frozen=True, kw_only=True, eq=False)
class Picture:
    """Pixels, drawn as PNG at an integer zoom.

    Attributes:
        pixels: uint8, ``(height, width)`` palette indices or ``(height, width, 3)`` RGB.
        alt: states what the picture shows.
        label: shown beneath.
    """

    pixels: NDArray[np.uint8]
    alt: str
    label: Text = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Images(Block):
    """Pictures on one scale.

    Attributes:
        palette: ``diverging`` and ``sequential`` have nine steps (indices 0 to 8), index 9 is the background;
            ``rgb`` pictures carry their own colours, ``grey`` has 256 steps.
        low, high: the values at the ends of the palette, for its key; ``None`` for no key.
        zoom: CSS pixels a picture pixel.
        narrow: labels are no wider than small pictures, in several lines.
    """

    kind: ClassVar[str] = "images"
    title: Text
    subtitle: Text = ""
    note: Text = ""
    palette: Literal["diverging", "sequential", "grey", "rgb"] = "diverging"
    low: float | None = None
    high: float | None = None
    zoom: int = 8
    narrow: bool = False
    pictures: Sequence[Picture]


@dataclass(frozen=True, kw_only=True, eq=False)
class StripColumn:
    """One column of pictures on one scale; see :class:`Images` for the palette.

    ``overlay`` and ``overlay-diverging`` have nine steps over sixteen levels of grey: index 9 · level + step.
    """

    label: Text
    palette: Literal["diverging", "sequential", "grey", "rgb", "overlay", "overlay-diverging"] = "sequential"
    note: str = ""  # beneath the label: the scale, how much is shown


@dataclass(frozen=True, kw_only=True, eq=False)
class StripCell:
    """A picture with its zoom, in CSS pixels a picture pixel."""

    picture: Picture
    zoom: int = 1


@dataclass(frozen=True, kw_only=True, eq=False)
class StripRow:
    """One sample: why it was chosen, what was said, one cell a column."""

    title: Text
    subtitle: Text = ""
    cells: Sequence[StripCell | ShareBars | None]


@dataclass(frozen=True, kw_only=True, eq=False)
class Strip(Block):
    """Pictures of samples: rows are samples, columns are layers."""

    kind: ClassVar[str] = "strip"
    title: Text
    subtitle: Text = ""
    note: Text = ""
    columns: Sequence[StripColumn]
    rows: Sequence[StripRow]


@dataclass(frozen=True, kw_only=True, eq=False)
class Tokens:
    """One text in pieces, each on a step from 0 to 8 of the diverging palette; ``said`` tells it in words."""

    title: Text
    subtitle: Text = ""
    words: Sequence[str]
    steps: Sequence[int]
    said: Text = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Texts(Block):
    """Texts with their pieces highlighted."""

    kind: ClassVar[str] = "texts"
    title: Text
    subtitle: Text = ""
    note: Text = ""
    ramp: Ramp
    texts: Sequence[Tokens]


@dataclass(frozen=True, kw_only=True, eq=False)
class Prose(Block):
    """A paragraph."""

    kind: ClassVar[str] = "prose"
    text: Text


@dataclass(frozen=True, kw_only=True, eq=False)
class Heading(Block):
    """The start of a part of a section, such as one output of several; ``text`` stands beneath it."""

    kind: ClassVar[str] = "heading"
    title: Text
    text: Text = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Code(Block):
    """Source code, as is."""

    kind: ClassVar[str] = "code"
    label: str
    source: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Definitions(Block):
    """Names on the left, values on the right."""

    kind: ClassVar[str] = "definitions"
    title: Text = ""
    subtitle: Text = ""
    items: Sequence[tuple[Text, Text]]
    note: Text = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Notice(Block):
    """Something is missing or has failed; absence is visible."""

    kind: ClassVar[str] = "notice"
    title: Text
    text: Text
    failed: bool = False
    details: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class RibbonBar:
    """One layer of the ribbon: ``height`` from 0 to 1."""

    layer_kind: str
    height: float
    solid: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class Ribbon(Block):
    """The layers from input to output as bars; ``ticks`` are (bar index, text) below them."""

    kind: ClassVar[str] = "ribbon"
    title: Text
    subtitle: Text = ""
    alt: str
    bars: Sequence[RibbonBar]
    ticks: Sequence[tuple[int, str]] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Row(Block):
    """Blocks side by side on a grid of twelve columns; ``spans`` sum to at most twelve a line."""

    kind: ClassVar[str] = "row"
    blocks: Sequence[Block]
    spans: Sequence[int]


@dataclass(frozen=True, kw_only=True, eq=False)
class Stack(Block):
    """Blocks below one another inside one cell of a row."""

    kind: ClassVar[str] = "stack"
    blocks: Sequence[Block]


@dataclass(frozen=True, kw_only=True, eq=False)
class Disclosure(Block):
    """Blocks behind a line that opens them."""

    kind: ClassVar[str] = "disclosure"
    title: Text
    summary: Text = ""
    blocks: Sequence[Block]
    opened: bool = False
    anchor: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class LayerEntry(Block):
    """One layer of the explorer: ``anchor`` is ``layer-<number in tree order>``."""

    kind: ClassVar[str] = "layer-entry"
    layer: LayerId
    anchor: str
    layer_kind: str
    title: Text
    summary: Text
    blocks: Sequence[Block]


@dataclass(frozen=True, kw_only=True, eq=False)
class Headline(Block):
    """The top of the overview: name, one line of facts, verdict."""

    kind: ClassVar[str] = "headline"
    name: str
    facts: Text
    verdict: Text


@dataclass(frozen=True, kw_only=True, eq=False)
class Facts(Block):
    """A line of small facts: label and value."""

    kind: ClassVar[str] = "facts"
    items: Sequence[tuple[str, Text]]
