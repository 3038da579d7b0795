"""Whether equal stretches in a row are copies: each hangs in the model as the one before it does."""

from __future__ import annotations

from collections.abc import Iterator

from kreport.diagram.tree import Line


def are_copies(line: Line, start: int, length: int, count: int) -> bool:
    """Tell whether ``count`` stretches of ``length`` nodes from ``start`` on are copies of one.

    Inside they are equal already. Copies form a chain (each reads the same places of the one or
    the few before it), or stand side by side (each reads, and is read by, the same nodes).
    """
    end = start + length * count
    if any(node.kind == "io" for node in line.nodes[start:end]):
        return False  # the model's inputs are told apart, however alike
    reach = 0
    for offset in range(length):
        column = [line.inputs[start + copy * length + offset] for copy in range(count)]
        for sources in zip(*column, strict=True):
            back = _back(sources, start, length)
            if back is None:
                return False
            reach = max(reach, back)
    return all(_read_alike(line, start, length, count, offset, reach, end) for offset in range(length))


def _back(sources: tuple[int, ...], start: int, length: int) -> int | None:
    """Return how many copies back an input reads, 0 for within or from before; None if not alike."""
    count = len(sources)
    last = sources[-1]
    if last < start:
        return 0 if len(set(sources)) == 1 else None
    back = count - 1 - (last - start) // length
    place = (last - start) % length
    for copy, source in enumerate(sources):
        if copy < back:
            if source >= start:
                return None
        elif source != start + (copy - back) * length + place:
            return None
    return back


def _read_alike(line: Line, start: int, length: int, count: int, offset: int, reach: int, end: int) -> bool:
    free = max(reach, 1 if reach else 0)  # the last copies of a chain may be read by anyone
    readers = [
        tuple(reader for reader in line.readers[start + copy * length + offset] if reader >= end)
        for copy in range(count)
    ]
    ends = [line.nodes[start + copy * length + offset].ends for copy in range(count)]
    if len(set(readers)) == 1 and (len(set(ends)) == 1 and (not ends[0] or not reach)):
        return True
    bound = count - free
    return bool(free) and not any(readers[:bound]) and not any(ends[:bound])


def widths(line: Line, start: int, stop: int) -> list[int]:
    """Return for each boundary from ``start`` to ``stop`` how many results cross it, both ends within."""
    steps = [0] * (stop - start + 2)
    for index, last in _last_readers(line, start, stop):
        if last > index:
            steps[index + 1 - start] += 1
            steps[last + 1 - start] -= 1
    crossing, total = [], 0
    for step in steps[:-1]:
        total += step
        crossing.append(total)
    return crossing


def _last_readers(line: Line, start: int, stop: int) -> Iterator[tuple[int, int]]:
    for index in range(start, stop):
        inside = [reader for reader in line.readers[index] if reader < stop]
        yield index, max(inside, default=index)
