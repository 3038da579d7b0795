"""The one Jinja2 environment of the HTML report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from kreport.document.blocks import Block, Column, DiagramNode, Dot, RibbonBar
from kreport.document.colours import kind_colour, ramp, token
from kreport.document.numbers import MISSING, parts, quantity
from kreport.document.text import plain, spans
from kreport.render import shares
from kreport.render.png import data_address, palette
from kreport.render.svg import ribbon_path, spark_path


def templates_dir() -> Path:
    """Return the templates: inside the package when installed, beside it in a checkout."""
    packaged = Path(str(files("kreport"))) / "templates"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "templates"


@cache
def environment() -> Environment:
    """Return the environment: everything escaped, everything undefined an error."""
    # Not select_autoescape(): it looks at the last suffix and would leave *.html.j2 unescaped.
    env = Environment(
        loader=FileSystemLoader(templates_dir()),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters |= {
        "quantity": quantity,
        "parts": parts,
        "plain": plain,
        "spans": spans,
        "spark_path": spark_path,
        "ribbon_path": ribbon_path,
        "alike": alike,
        "fit": fit,
        "bezier": bezier,
        "kind_of": kind_of,
        "px": px,
        "runs_of": runs_of,
        "data_address_of": lambda picture, block: data_address(block, picture),
        "palette": palette,
        "share_columns": shares.columns,
        "share_lines": shares.lines,
        "shares_told": shares.told,
        "steps": lambda palette: ramp("d" if palette == "diverging" else "q"),
        "kind_colour": kind_colour,
        "kind_names": kind_names,
        "pills_width": pills_width,
        "outlines": outlines,
        "placed_pills": placed_pills,
    }
    env.globals |= {"missing": MISSING, "token": token, "zip": zip}
    return env


def render_block(block: Block, **context: Any) -> str:
    """Return the HTML of one block."""
    known: Mapping[str, Any] = {"anchors": {}, "drawings": {}, "stamp": ("", "")} | context
    return environment().get_template(f"blocks/{block.kind}.html.j2").render(block=block, **known)


def kind_of(value: object) -> str:
    """Return how a cell is drawn: ``missing``, ``dot``, ``swatch``, ``text`` (spans), ``number`` or ``string``."""
    if value is None:
        return "missing"
    if isinstance(value, str):
        return "string"
    if isinstance(value, tuple):
        return "text"
    if isinstance(value, Dot):
        return "dot"
    return "swatch" if hasattr(value, "layer_kind") else "number"


def px(value: float) -> str:
    """Return a length in px, rounded to a tenth."""
    return f"{value:.1f}".removesuffix(".0")


def bezier(points: tuple[tuple[float, float], ...]) -> str:
    """Return the ``d`` of a spline: its start, then cubic Bézier triples."""
    (x, y), *rest = points
    return f"M{px(x)} {px(y)}C" + " ".join(f"{px(a)} {px(b)}" for a, b in rest)


def fit(text: str, width: float, per_character: float = 6.7) -> str:
    """Return ``text`` shortened in the middle to fit ``width`` px; wide characters count two."""
    room = int(width / per_character)
    if sum(_columns(c) for c in text) <= room:
        return text
    head, tail = _taken(text, (room - 1) // 2), _taken(text[::-1], (room - 1) // 2)[::-1]
    return f"{head}…{tail}"


def _taken(text: str, room: int) -> str:
    used = 0
    for index, character in enumerate(text):
        used += _columns(character)
        if used > room:
            return text[:index]
    return text


def _columns(character: str) -> int:
    return 2 if character >= "\u1100" else 1


def runs_of(columns: Sequence[Column], attribute: str) -> list[tuple[str, int]]:
    """Return (value, how many) for each run of equal values among the columns."""
    return [(value, len(list(run))) for value, run in groupby(columns, key=lambda column: getattr(column, attribute))]


KIND_NAMES = {
    "io": "input", "conv": "convolution", "dense": "dense", "norm": "normalisation", "act": "activation",
    "shape": "shape", "reg": "regularisation", "merge": "merge", "rnn": "recurrent", "attn": "attention",
    "embed": "embedding", "prep": "preprocessing", "model": "model", "other": "other",
}  # fmt: skip


def kind_names(kinds: Iterable[str]) -> list[tuple[str, str]]:
    """Return (kind, name in words) for each."""
    return [(kind, KIND_NAMES.get(kind, kind)) for kind in kinds]


def _pill(text: str) -> float:
    return 12 + 5.9 * sum(_columns(character) for character in text)


def pills_width(pills: Sequence[tuple[str, str]]) -> float:
    """Return the room that pills take behind a heading."""
    return sum(_pill(text) + 4 for _, text in pills)


def placed_pills(pills: Sequence[tuple[str, str]], node: DiagramNode) -> list[tuple[str, str, float, float]]:
    """Return (kind, text, x, width), right-aligned in the node's first line."""
    placed, right = [], node.x + node.width - 8
    for kind, text in reversed(pills):
        right -= _pill(text)
        placed.append((kind, text, right, _pill(text)))
        right -= 4
    return placed[::-1]


def alike(bars: Sequence[RibbonBar]) -> list[tuple[tuple[str, bool], list[tuple[int, float]]]]:
    """Return the (index, height) of a ribbon's bars by kind and whether they are solid."""
    groups: dict[tuple[str, bool], list[tuple[int, float]]] = {}
    for index, bar in enumerate(bars):
        groups.setdefault((bar.layer_kind, bar.solid), []).append((index, bar.height))
    return list(groups.items())


def outlines(nodes: Sequence[DiagramNode]) -> list[tuple[float, float]]:
    """Return the distinct sizes of the nodes of a diagram; each outline is drawn once and used."""
    return list(dict.fromkeys((node.width, node.height) for node in nodes))
