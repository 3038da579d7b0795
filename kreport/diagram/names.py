"""Groups told by names: layers whose names begin alike and that hang together in the flow."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SMALLEST = 3
"""Members of a group; two nodes are as quickly read as a box around them."""
SPREAD = 16
"""A group whose members lie further apart than this many times its size is none."""

Prefix = tuple[str, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Sibling:
    """One thing in a container: a node, or a container within; ``keys`` are its nodes."""

    name: str
    class_name: str
    keys: tuple[int, ...]


def words(name: str, class_name: str) -> Prefix:
    """Return the words of a name: ``conv2_block1`` gives conv, 2, block, 1.

    A name that Keras made up from the class (``conv2d_7``) says nothing and has none.
    """
    stem = re.sub(r"_\d+$", "", name)
    if stem.replace("_", "").lower() == class_name.replace("_", "").lower():
        return ()
    return tuple(re.findall(r"\d+|[^\W\d_]+", name))


def prefix_length(name: str, prefix: Prefix) -> int:
    """Return how many characters of ``name`` its first words take."""
    ends = [match.end() for match in re.finditer(r"\d+|[^\W\d_]+", name)]
    return ends[len(prefix) - 1] if prefix and len(ends) >= len(prefix) else 0


def shared_beginning(names: Sequence[str]) -> str:
    """Return the words that all ``names`` begin with, as the first spells them: ``block2``, or ""."""
    spelled = [re.findall(r"\d+|[^\W\d_]+", name) for name in names]
    length = 0
    while all(len(words) > length + 1 and words[length] == spelled[0][length] for words in spelled):
        length += 1
    return names[0][: prefix_length(names[0], tuple(spelled[0][:length]))]


def name_groups(siblings: Sequence[Sibling], reads: dict[int, set[int]]) -> list[tuple[Prefix, ...]]:
    """Return for each sibling the groups it is in, outermost first.

    Args:
        siblings: what one container holds, in execution order.
        reads: for each node's key the keys of the nodes whose results it reads.
    """
    spelled = [words(sibling.name, sibling.class_name) for sibling in siblings]
    members: dict[Prefix, list[int]] = defaultdict(list)
    for index, tokens in enumerate(spelled):
        for length in range(1, len(tokens)):
            members[tokens[:length]].append(index)
    neighbours = _neighbours(siblings, reads)
    groups = {
        prefix
        for prefix, inside in members.items()
        if SMALLEST <= len(inside) < len(siblings) - 2
        and not _enumerates(len(prefix), [spelled[index] for index in inside])
        and _hangs_together(inside, neighbours)
    }
    longest = {frozenset(members[prefix]): prefix for prefix in sorted(groups, key=len)}
    groups = set(longest.values())
    return [
        tuple(tokens[:length] for length in range(1, len(tokens)) if tokens[:length] in groups) for tokens in spelled
    ]


def _enumerates(length: int, spelled: list[Prefix]) -> bool:
    # "block" before block1, block2 … only counts; the numbered things are the groups.
    following = {tokens[length] for tokens in spelled}
    return len(following) > 1 and all(word.isdigit() or len(word) == 1 for word in following)


def _neighbours(siblings: Sequence[Sibling], reads: dict[int, set[int]]) -> list[set[int]]:
    home = {key: index for index, sibling in enumerate(siblings) for key in sibling.keys}
    return [
        {home[source] for key in sibling.keys for source in reads[key] if source in home} - {index}
        for index, sibling in enumerate(siblings)
    ]


def _hangs_together(inside: list[int], sources: list[set[int]]) -> bool:
    """Tell whether the members are connected and no path leaves them and comes back."""
    own = set(inside)
    first, last = min(inside), max(inside)
    if last - first > SPREAD * len(inside):
        return False
    touched: set[int] = set()  # outside, between them, fed by a member
    for index in range(first, last + 1):
        if index in own:
            if sources[index] & touched:
                return False
        elif sources[index] & (own | touched):
            touched.add(index)
    return _connected(own, ((index, source) for index in inside for source in sources[index] & own))


def _connected(own: set[int], pairs: Iterable[tuple[int, int]]) -> bool:
    root = {index: index for index in own}

    def find(index: int) -> int:
        while root[index] != index:
            root[index] = root[root[index]]
            index = root[index]
        return index

    for one, other in pairs:
        root[find(one)] = find(other)
    return len({find(index) for index in own}) == 1
