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
    """Return a unique label each: the layer's own name, its parents only where two would be the same."""
    often = Counter(leaf(one) for one in identities)
    found, seen = [], Counter[str]()
    for one in identities:
        text = cut(leaf(one) if often[leaf(one)] == 1 else one, width)
        seen[text] += 1
        found.append(text if seen[text] == 1 else f"{text} #{seen[text]}")
    return found


def variable_labels(variables: Sequence[tuple[str, str]]) -> list[str]:
    """Return a unique label for each (layer, name): the layer's own name; parents and name only where needed."""
    leaves = [leaf(layer) or name for layer, name in variables]
    often = Counter(leaves)
    layers = Counter(layer for layer, _ in variables)
    found, seen = [], Counter[str]()
    for (layer, name), own in zip(variables, leaves, strict=True):
        full = own if often[own] == layers[layer] else layer
        text = cut(full if layers[layer] == 1 else f"{full}/{name.removesuffix('_kernel')}")
        seen[text] += 1
        found.append(text if seen[text] == 1 else f"{text} #{seen[text]}")
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
