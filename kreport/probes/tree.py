"""The layers of a live model as a tree with one key for each: its :data:`LayerId`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kreport.document.blocks import LayerId
from kreport.inputs.subject import KerasModel
from kreport.probes import _keras

SEPARATOR = " / "


@dataclass(frozen=True, kw_only=True, eq=False)
class LayerTree:
    """Live objects by id; a probe for other probes, never stored.

    Attributes:
        model: the root.
        entries: (id, layer or operation) in tree order: the author's order, parents before children,
            each object once, without the root.
        parents: id → id of the layer that holds it, "" for the root's own.
        id_of: ``id(object)`` → layer id; "" for the root.
    """

    model: Any
    entries: tuple[tuple[LayerId, Any], ...]
    parents: dict[LayerId, LayerId]
    id_of: dict[int, LayerId]

    def variables(self) -> Iterator[tuple[LayerId, str, Any]]:
        """Yield (layer id, name, variable), each variable once, with the first layer that holds it."""
        seen: set[int] = set()
        for layer_id, layer in (*self.entries, ("", self.model)):
            for variable in _keras.own_variables(layer):
                if id(variable) not in seen:
                    seen.add(id(variable))
                    yield layer_id, variable.name, variable


def layer_tree(subject: KerasModel) -> LayerTree:
    """Return the tree of the user's model."""
    return tree_of(subject.model)


def tree_of(root: Any) -> LayerTree:
    """Walk a model; a layer used in several places stands where it is met first."""
    entries: list[tuple[LayerId, Any]] = []
    parents: dict[LayerId, LayerId] = {}
    id_of = {id(root): ""}
    taken: dict[LayerId, int] = {}
    waiting = [("", child) for child in reversed(_keras.children(root))]
    while waiting:  # not recursive: models nest deeper than Python's stack
        parent, layer = waiting.pop()
        if id(layer) in id_of:
            continue
        layer_id = _unique(f"{parent}{SEPARATOR}{layer.name}" if parent else str(layer.name), taken)
        id_of[id(layer)] = layer_id
        parents[layer_id] = parent
        entries.append((layer_id, layer))
        waiting.extend((layer_id, child) for child in reversed(_keras.children(layer)))
    return LayerTree(model=root, entries=tuple(entries), parents=parents, id_of=id_of)


def _unique(wanted: LayerId, taken: dict[LayerId, int]) -> LayerId:
    taken[wanted] = taken.get(wanted, 0) + 1
    if taken[wanted] == 1:
        return wanted
    numbered = f"{wanted}#{taken[wanted]}"
    return numbered if numbered not in taken else _unique(numbered, taken)
