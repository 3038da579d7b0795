"""Short, unique names of variables for charts and titles."""

from __future__ import annotations

from collections.abc import Sequence

from kreport.analyzers._labels import cut, variable_labels, worded
from kreport.analyzers._weights.stats import VariableStats
from kreport.document.text import Name

__all__ = ["cut", "labels", "leaf", "named", "worded"]


def leaf(variable: VariableStats) -> str:
    """Return the layer's own name, without its parents."""
    return variable.layer.rsplit(" / ", 1)[-1] or variable.name


def named(variable: VariableStats, among: Sequence[VariableStats]) -> Name:
    """Return the label that ``variable`` has ``among`` others, linked to its layer."""
    places = [place for place, other in enumerate(among) if other is variable]
    return Name(labels(among)[places[0]] if places else leaf(variable), layer=variable.layer)


def labels(variables: Sequence[VariableStats]) -> list[str]:
    """Return a unique label each: the layer's own name; its parents and the variable's name only where needed."""
    return variable_labels([(variable.layer, variable.name) for variable in variables])
