"""The boxes and arrows of one drawing, before they have places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from kreport.diagram.tree import Line, Part
from kreport.document.numbers import shape as shape_text

PORTS = 3
"""Ends of a part drawn one by one; more become one."""

Marks = tuple[tuple[int, int], ...]


@dataclass(kw_only=True, eq=False)
class Scene:
    """What is to be drawn of one stretch.

    Attributes:
        parts: one a box; a part that is no group is a node. Boxes from ``len(parts)`` on are ends.
        ends: for each end the position whose result comes in or goes out, None for several.
        arrows: (source box, target box, position whose result flows), doubles kept between nodes.
    """

    parts: list[Part] = field(default_factory=list)
    clusters: list[Cluster] = field(default_factory=list)
    ends: list[int | None] = field(default_factory=list)
    arrows: list[tuple[int, int, int]] = field(default_factory=list)


@dataclass(kw_only=True, eq=False)
class Cluster:
    """An open group with the boxes and clusters directly in it."""

    part: Part
    boxes: list[int] = field(default_factory=list)
    clusters: list[Cluster] = field(default_factory=list)


class _Places:
    """Which box each position is drawn in, and in which copy of an open repeat it lies."""

    def __init__(self, scene: Scene, shown: frozenset[Part]) -> None:
        self.scene, self.shown = scene, shown
        self.home: dict[int, int] = {}
        self.marks: dict[int, Marks] = {}

    def place(self, row: Sequence[Part], shifts: dict[int, Marks], into: Cluster | None) -> None:
        for part in row:
            if part in self.shown:
                self._open(part, shifts, into)
            else:
                self._close(part, shifts, into)

    def _open(self, part: Part, shifts: dict[int, Marks], into: Cluster | None) -> None:
        cluster = Cluster(part=part)
        (into.clusters if into else self.scene.clusters).append(cluster)
        length = part.copy_stop - part.start
        deeper = {
            shift + copy * length: (*marks, (part.start, copy)) if part.repeats > 1 else marks
            for shift, marks in shifts.items()
            for copy in range(part.repeats)
        }
        self.place(part.children, deeper, cluster)

    def _close(self, part: Part, shifts: dict[int, Marks], into: Cluster | None) -> None:
        box = len(self.scene.parts)
        self.scene.parts.append(part)
        if into:
            into.boxes.append(box)
        for shift, marks in shifts.items():
            for position in range(part.start + shift, part.stop + shift):
                self.home[position] = box
                self.marks[position] = marks


def scene(line: Line, row: Sequence[Part], shown: frozenset[Part], *, inside: bool) -> Scene:
    """Return the boxes and arrows of ``row``; ``inside`` adds the ends of what enters and leaves it."""
    made = Scene()
    places = _Places(made, shown)
    places.place(row, {0: ()}, None)
    home = places.home
    start, stop = row[0].start, row[-1].stop
    drawn: dict[tuple[int, int], tuple[int, int]] = {}
    for target in range(start, stop):
        for source in line.inputs[target]:
            if source not in home or home[source] == home[target]:
                continue
            if _apart(places.marks[source], places.marks[target]):
                continue  # from one copy to the next: the count says it
            pair = (home[source], home[target])
            nodes = not made.parts[pair[0]].children and not made.parts[pair[1]].children
            again = nodes and drawn.get(pair) == (source, target)  # the same tensor twice: x + x
            if pair not in drawn or again:
                made.arrows.append((*pair, source))
            drawn.setdefault(pair, (source, target))
    if inside:
        _add_ends(line, made, home, start, stop)
    return made


def _apart(source: Marks, target: Marks) -> bool:
    copies = dict(target)
    return any(copies.get(repeat, copy) != copy for repeat, copy in source)


def _add_ends(line: Line, made: Scene, home: dict[int, int], start: int, stop: int) -> None:
    entering: dict[int, list[int]] = {}
    for target in range(start, stop):
        for source in line.inputs[target]:
            if source < start:
                entering.setdefault(source, []).append(home[target])
    leaving = {
        source: [home[source]]
        for source in range(start, stop)
        if line.nodes[source].ends or any(reader >= stop for reader in line.readers[source])
    }
    for flowing, incoming in ((entering, True), (leaving, False)):
        groups = [[source] for source in flowing] if len(flowing) <= PORTS else [list(flowing)]
        for group in filter(None, groups):
            end = len(made.parts) + len(made.ends)
            made.ends.append(group[0] if len(group) == 1 else None)
            for box in dict.fromkeys(box for source in group for box in flowing[source]):
                made.arrows.append((end, box, group[0]) if incoming else (box, end, group[0]))


def result_shape(line: Line, position: int) -> str:
    """Return the shape of what a node makes, without the batch axis."""
    shapes = line.nodes[position].shapes
    more = f" +{len(shapes) - 1}" if len(shapes) > 1 else ""
    return shape_text(shapes[0]) + more if shapes else ""


def changed(line: Line, part: Part, position: int) -> bool:
    """Tell whether the result at ``position`` has another shape than what came into its box."""
    entered = line.nodes[part.start].came
    shapes = line.nodes[position].shapes
    return bool(shapes) and entered is not None and shapes[0] != entered
