"""What makes two stretches of a model equal, or of one pattern with other sizes."""

from __future__ import annotations

from collections.abc import Sequence

from kreport.diagram.flow import Node
from kreport.diagram.tree import Line
from kreport.document.numbers import quantity
from kreport.probes.graph import Layer, Shape

SIZES = frozenset(
    (
        *("filters", "units", "output_dim", "input_dim", "key_dim", "value_dim", "num_heads", "rate", "seed", "name"),
        *("target_shape", "noise_shape", "drop_rate", "groups", "max_value"),
    )
)
"""Settings in which copies of one pattern may differ."""

SHARED = "shared weights"


class Signatures:
    """Numbers for stretches of a line: equal numbers for equal stretches.

    Equal are stretches of the same layers, wired alike inside; where they hang in the model is
    :mod:`kreport.diagram.wiring`'s affair. ``exact`` compares settings, shapes and parameters,
    otherwise all but sizes and rates.
    """

    def __init__(self, line: Line, *, exact: bool) -> None:
        """Number every node of ``line``."""
        self._line = line
        self._numbers: dict[object, int] = {}
        describe = _exact if exact else _pattern
        self._nodes = [self._number(describe(node)) for node in line.nodes]

    def of(self, start: int, stop: int) -> int:
        """Return the number of the stretch from ``start`` to before ``stop``."""
        wiring = tuple(
            tuple(source - start if source >= start else None for source in self._line.inputs[index])
            for index in range(start, stop)
        )
        return self._number((tuple(self._nodes[start:stop]), wiring))

    def _number(self, key: object) -> int:
        return self._numbers.setdefault(key, len(self._numbers))


def _exact(node: Node) -> object:
    layers = tuple(_whole(layer) for layer in node.layers)
    return (layers, node.joins, node.shapes, node.came)


def _whole(layer: Layer) -> object:
    return (
        *(layer.class_name, layer.kind, layer.detail, layer.activation, layer.settings),
        *(layer.parameters, layer.trainable_parameters, layer.policy),
    )


def _pattern(node: Node) -> object:
    layers = tuple(
        (
            *(layer.class_name, layer.kind, layer.activation),
            tuple(setting for setting in layer.settings if setting[0] not in SIZES),
        )
        for layer in node.layers
    )
    return (layers, node.joins, tuple(len(shape) for shape in node.shapes))


def variation(copies: Sequence[Sequence[Node]]) -> str:
    """Return in what the copies of one pattern differ: ``widths 64…256``, "" if they do not.

    Calls of the same layers differ in nothing, but have ``shared weights``.
    """
    if len({tuple(layer.id for node in copy for layer in node.layers) for copy in copies}) < len(copies):
        return SHARED if any(layer.parameters for node in copies[0] for layer in node.layers) else ""
    if len({tuple(_exact(node) for node in copy) for copy in copies}) == 1:
        return ""
    for told in (_widths, _sizes, _rates):
        for nodes in reversed(list(zip(*copies, strict=True))):
            if text := told(nodes):
                return text
    return "settings vary"


def _widths(nodes: Sequence[Node]) -> str:
    widths = [node.shapes[0][-1] for node in nodes if node.shapes and node.shapes[0]]
    known = sorted({width for width in widths if width is not None})
    return f"widths {known[0]}…{known[-1]}" if len(known) > 1 else ""


def _sizes(nodes: Sequence[Node]) -> str:
    sizes = list(dict.fromkeys(node.shapes[0][1:-1] for node in nodes if node.shapes and len(node.shapes[0]) > 2))
    return f"sizes {_inner(sizes[0])}…{_inner(sizes[-1])}" if len(sizes) > 1 else ""


def _inner(shape: Shape) -> str:
    return "×".join("?" if size is None else str(size) for size in shape)


def _rates(nodes: Sequence[Node]) -> str:
    found = [dict(layer.settings).get("rate", "") for node in nodes for layer in node.layers]
    rates = sorted({float(rate) for rate in found if _is_number(rate)})
    return f"rates {quantity(rates[0])}…{quantity(rates[-1])}" if len(rates) > 1 else ""


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
