"""What to show of a model at once: folded, in sections where it is still long, open as far as it is readable."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from kreport.diagram.fold import folded, label_of, span
from kreport.diagram.signature import Signatures
from kreport.diagram.tree import Line, Part
from kreport.diagram.wiring import widths

READABLE = 36
"""Nodes of one drawing up to which groups are shown open; LOOK draws top-down up to 40."""
FRAME = 0.5
"""A group's frame takes half the room of a node; opening it also takes its own node away."""
LONG = 48
"""A longer row of nodes is cut into sections. With sections of sections no drawing nears 400 nodes."""
SECTIONS = 24
"""Sections of one row at most when it has no narrow places of its own."""


def planned(line: Line) -> tuple[Part, ...]:
    """Return the parts of the whole model: exact repeats folded, and if need be patterns, and sections."""
    parts = folded(line, line.parts, Signatures(line, exact=True))
    if _all(parts) > READABLE:
        signatures = Signatures(line, exact=False)
        parts = folded(line, parts, signatures)
        if _longest(parts) > LONG:
            parts = folded(line, _sectioned(line, parts), signatures)
    return parts


def opened(parts: Sequence[Part]) -> frozenset[Part]:
    """Return the groups to draw open, a whole level at a time."""
    shown: set[Part] = set()
    count, frontier = float(len(parts)), [part for part in parts if part.children]
    while frontier:
        count += sum(len(part.children) - FRAME for part in frontier)
        if count > READABLE:
            break
        shown |= set(frontier)
        frontier = [child for part in frontier for child in part.children if child.children]
    return frozenset(shown)


def _all(parts: Iterable[Part]) -> int:
    return sum(_all(part.children) if part.children else 1 for part in parts)


def _longest(parts: Sequence[Part]) -> int:
    return max([len(parts), *(_longest(part.children) for part in parts if part.children)])


def _sectioned(line: Line, parts: Sequence[Part]) -> tuple[Part, ...]:
    row = [_with_children(line, part) for part in parts]
    if len(row) <= LONG:
        return tuple(row)
    crossing = widths(line, row[0].start, row[-1].stop)
    narrow = [crossing[part.start - row[0].start] for part in row]
    for width in (1, 2, 3):
        starts = [0, *(index for index in range(1, len(row)) if narrow[index] <= width)]
        if len(starts) <= READABLE and _spread(starts, len(row)) <= len(row) // 2:
            break
    else:
        starts = _even(narrow)
    stops = [*starts[1:], len(row)]
    return tuple(_section(line, row[start:stop]) for start, stop in zip(starts, stops, strict=True))


def _with_children(line: Line, part: Part) -> Part:
    return replace(part, children=_sectioned(line, part.children)) if part.children else part


def _spread(starts: list[int], stop: int) -> int:
    return max(after - before for before, after in zip(starts, [*starts[1:], stop], strict=True))


def _even(narrow: list[int]) -> list[int]:
    """Return starts of sections of about equal length, each at the narrowest place near its own."""
    count = min(SECTIONS, math.ceil(len(narrow) / SECTIONS))
    size = len(narrow) / count
    slack = max(1, int(size / 3))
    starts = [0]
    for number in range(1, count):
        middle = round(number * size)
        near = range(max(starts[-1] + 1, middle - slack), min(len(narrow), middle + slack + 1))
        starts.append(min(near, key=lambda index: (narrow[index], abs(index - middle), index)))
    return starts


def _section(line: Line, row: list[Part]) -> Part:
    if len(row) == 1:
        return row[0]
    (first, last), cut = label_of(line, row[0].start, row[-1].stop)
    children = _sectioned(line, row) if len(row) > LONG else tuple(row)
    return Part(start=row[0].start, stop=row[-1].stop, children=children, label=span(first, last), cut=cut)
