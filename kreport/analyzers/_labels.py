"""Short, unique names of calls and layers for charts, tables and sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

WIDEST = 30
"""Characters of a name in a chart; longer ones are cut in the middle."""

_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def leaf(identity: str) -> str:
    """Return the layer's own name, without its parents."""
    return identity.rsplit(" / ", 1)[-1]


def short_labels(identities: Sequence[str], width: int = WIDEST) -> list[str]:
    """Return a unique label each: the layer's own name, and as many parents as it takes to tell two apart."""
    shortest = _shortest(identities)
    return numbered([cut(shortest[one], width) for one in identities])


def variable_labels(variables: Sequence[tuple[str, str]], width: int = WIDEST) -> list[str]:
    """Return a unique label for each (layer, name): the layer's own name; parents and name only where needed."""
    layers = Counter(layer for layer, _ in variables)
    shortest = _shortest([layer for layer, _ in variables])
    found = []
    for layer, name in variables:
        own, alone = shortest[layer], layers[layer] == 1
        found.append(cut((own if alone else f"{own}/{name.removesuffix('_kernel')}") if own else name, width))
    return numbered(found)


def numbered(names: Sequence[str]) -> list[str]:
    """Return the names, the second of equal ones as ``name #2``."""
    seen = Counter[str]()
    found = []
    for name in names:
        seen[name] += 1
        found.append(name if seen[name] == 1 else f"{name} #{seen[name]}")
    return found


def _shortest(identities: Sequence[str]) -> dict[str, str]:
    """Return for each identity its last names, as few as tell it from the others."""
    found: dict[str, str] = {}
    left = {one: one.split(" / ") for one in identities}
    taken = 1
    while left:
        ends = {one: " / ".join(parts[-taken:]) for one, parts in left.items()}
        often = Counter(ends.values())
        found |= {one: end for one, end in ends.items() if often[end] == 1 or taken >= len(left[one])}
        left = {one: parts for one, parts in left.items() if one not in found}
        taken += 1
    return found


def cut(text: str, width: int = WIDEST) -> str:
    """Return ``text``, cut in the middle if it is longer than ``width``."""
    if len(text) <= width:
        return text
    head = (width - 1) // 2
    return f"{text[:head]}…{text[-(width - 1 - head) :]}"


def worded(count: int) -> str:
    """Return ``nine``, ``12``."""
    return _WORDS[count] if count < len(_WORDS) else f"{count:,}"


def counted(number: int, noun: str) -> str:
    """Return ``three images``, ``one image``."""
    return f"{worded(number)} {noun if number > 1 or noun == 'series' else noun.removesuffix('s')}"
