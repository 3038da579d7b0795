"""Folding: equal stretches in a row become one part with a count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from kreport.diagram.names import shared_beginning
from kreport.diagram.signature import Signatures, variation
from kreport.diagram.tree import Line, Part
from kreport.diagram.wiring import are_copies, widths

LONGEST = 200
"""Parts in one copy at most; longer patterns are not looked for."""
ENOUGH = 6
"""Single nodes that folding must save; groups are folded from the first copy on."""
MANY = 40
"""In a longer row every repeat is folded."""
ATTEMPTS = 24
"""Ways of trimming a row of look-alikes that are tried before it is given up."""


def folded(line: Line, parts: Sequence[Part], signatures: Signatures) -> tuple[Part, ...]:
    """Return ``parts`` with every repeat folded, innermost first."""
    row = [replace(part, children=folded(line, part.children, signatures)) if part.children else part for part in parts]
    taboo: set[tuple[int, int]] = set()
    many = len(row) > MANY
    while len(row) > 1:
        found = next(_repeats(line, row, signatures, taboo, many=many), None)
        if found is None:
            break
        first, period, count = found
        row[first : first + period * count] = [_repeat(line, row[first : first + period * count], count)]
    return tuple(row)


def _repeats(
    line: Line, row: list[Part], signatures: Signatures, taboo: set[tuple[int, int]], *, many: bool
) -> Iterator[tuple[int, int, int]]:
    """Yield (first, period, count) of what is worth folding: most copies first, then the largest saving."""
    numbers = np.array([signatures.of(part.start, part.stop) for part in row])
    crossing = widths(line, row[0].start, row[-1].stop)
    candidates = []
    for period in range(1, min(len(row) // 2, LONGEST) + 1):
        for first, stop in _runs(numbers[:-period] == numbers[period:]):
            count = (stop - first) // period + 1
            if count > 1:
                shifts = range((stop - first) % period + 1)
                best = min(shifts, key=lambda shift: (crossing[row[first + shift].start - row[0].start], shift))
                candidates.append((-count, -(count - 1) * period, period, first + best))
    for negative, _, period, first in sorted(candidates):
        place = (row[first].start, period)
        if place in taboo or not (many or _worth(row, first, period, -negative)):
            continue
        trimmed = _trimmed(line, row, first, period, -negative)
        if trimmed and (many or _worth(row, trimmed[0], period, trimmed[1])):
            yield trimmed[0], period, trimmed[1]
        taboo.add(place)


def _runs(equal: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], equal, [False])).astype(np.int8)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def _worth(row: list[Part], first: int, period: int, count: int) -> bool:
    if any(part.children for part in row[first : first + period]):
        return True
    return (count - 1) * period >= ENOUGH


def _trimmed(line: Line, row: list[Part], first: int, period: int, count: int) -> tuple[int, int] | None:
    # Look-alikes at the ends may hang differently: leave out the fewest copies.
    tried = 0
    for left_out in range(count - 1):
        for before in range(left_out + 1):
            start = first + before * period
            kept = count - left_out
            length = row[start + period - 1].stop - row[start].start
            if are_copies(line, row[start].start, length, kept):
                return start, kept
            tried += 1
            if tried >= ATTEMPTS:
                return None
    return None


def _repeat(line: Line, row: list[Part], count: int) -> Part:
    start, stop = row[0].start, row[-1].stop
    period = len(row) // count
    length = (stop - start) // count
    varies = variation([line.nodes[start + copy * length : start + (copy + 1) * length] for copy in range(count)])
    first = row[0]
    if period == 1 and first.repeats == 1:
        one, other = (part.label or line.nodes[part.start].name for part in (first, row[-1]))
        label = span(one, other)
        return replace(first, stop=stop, label=label, repeats=count, varies=varies)
    names, cut = label_of(line, start, start + length)
    others, _ = label_of(line, stop - length, stop)
    label = span(names[0], others[-1])
    return Part(
        start=start, stop=stop, children=tuple(row[:period]), label=label, cut=cut, repeats=count, varies=varies
    )


def label_of(line: Line, start: int, stop: int) -> tuple[tuple[str, str], int]:
    """Return what a stretch is called from where to where, and how much of its names that repeats."""
    names = [node.name for node in line.nodes[start:stop]]
    beginning = shared_beginning(names)
    return ((beginning, beginning), len(beginning)) if beginning else ((names[0], names[-1]), 0)


def span(first: str, last: str) -> str:
    """Return ``block2…4`` for ``block2`` and ``block4``, both names if they do not begin alike."""
    if first == last:
        return first
    if last.startswith(first):
        return f"{first} … {last}"
    same = 0
    while same < min(len(first), len(last)) and first[same] == last[same]:
        same += 1
    while same and (first[same - 1].isdigit() or (first[same - 1].isalnum() and last[same:][:1].isalpha())):
        same -= 1  # whole numbers and words
    rest = last[same:]
    return f"{first}…{rest}" if same > 1 and rest and len(rest) < len(last) else f"{first} … {last}"
