"""The words in a box, and how much room they take."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence

from kreport.diagram.flow import Node
from kreport.document.numbers import plural, quantity
from kreport.probes.graph import Layer

SHORT = {
    "BatchNormalization": "BN",
    "LayerNormalization": "LN",
    "GroupNormalization": "GN",
    "RMSNormalization": "RMSNorm",
    "UnitNormalization": "UN",
    "relu": "ReLU",
    "relu6": "ReLU6",
    "leaky_relu": "LeakyReLU",
    "elu": "ELU",
    "selu": "SELU",
    "gelu": "GELU",
    "silu": "SiLU",
    "swish": "SiLU",
    "hard_swish": "HardSwish",
}
WORDS = {
    "conv": "conv",
    "dense": "dense",
    "rnn": "recurrent",
    "attn": "attention",
    "embed": "embedding",
    "merge": "merge",
}
LONGEST_PILL = 16
LONGEST_HEADING = 28
BOLD, MONO, SMALL, PILL = 6.7, 6.7, 6.2, 6.0  # px a character at 12, 11, 11, 10.5 px; measured in Liberation and DejaVu


def heading(node: Node) -> str:
    """Return class and size of a layer, ``Conv2D 3×3, 16``; what is no layer is an input or a meeting of results."""
    layer = node.layer
    if layer is None:
        return "Joined" if node.joins else "Input"
    name = "Input" if layer.class_name == "InputLayer" else layer.class_name
    size = layer.detail or (_short(layer.activation) if layer.kind == "act" else "")
    return shortened(f"{name} {size}".strip(), LONGEST_HEADING)


def pills(node: Node) -> tuple[tuple[str, str], ...]:
    """Return (kind, text) of a node's own activation and of the layers folded into it."""
    own = [("act", _short(node.layer.activation))] if node.layer and node.layer.activation else []
    if node.layer and node.layer.kind == "act":
        own = []  # the heading says it
    return (*own, *((layer.kind, _pill(layer)) for layer in node.pills))


def _pill(layer: Layer) -> str:
    if layer.kind == "act" and layer.activation:
        return _short(layer.activation)
    if layer.kind == "reg":
        return shortened(f"{layer.class_name} {_brief(layer.detail)}".strip(), LONGEST_PILL)
    return _short(layer.class_name)


def _brief(detail: str) -> str:
    try:
        return quantity(float(detail))
    except ValueError:
        return detail


def _short(name: str) -> str:
    return shortened(SHORT.get(name, name), LONGEST_PILL)


def contents(nodes: Sequence[Node]) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    """Return kind, heading and pills of a closed group: ``12 layers``, ``3 conv``, ``merge``."""
    weight: Counter[str] = Counter()
    for node in nodes:
        weight[node.kind] += 1 + sum(layer.parameters for layer in node.layers)
    layers = {layer.id: layer for node in nodes for layer in node.layers}
    counts = Counter(layer.kind for layer in layers.values())
    told = sorted((kind for kind in counts if kind in WORDS), key=lambda kind: (-weight[kind], kind))[:2]
    marks = tuple((kind, f"{counts[kind]} {WORDS[kind]}" if counts[kind] > 1 else WORDS[kind]) for kind in told)
    kind = max(sorted(weight), key=lambda kind: weight[kind]) if weight else "other"
    return kind, plural(len(layers), "layer"), marks


def shortened(text: str, length: int) -> str:
    """Return ``text`` with its middle left out if it is longer than ``length`` characters."""
    clean = " ".join(text.split())
    if len(clean) <= length:
        return clean
    tail = (length - 1) // 2
    return f"{clean[: length - 1 - tail]}…{clean[len(clean) - tail :]}"


def text_width(text: str, per_character: float) -> float:
    """Return the width of ``text`` in px, wide (CJK) characters counted double."""
    return per_character * sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def box_width(title: str, marks: Sequence[tuple[str, str]], name: str, value: str) -> float:
    """Return the width that a box's two lines ask for, in px; a long name is shortened when drawn."""
    first = text_width(title, BOLD) + sum(text_width(text, PILL) + 17 for _, text in marks)
    second = min(text_width(name, MONO), 120) + (text_width(value, SMALL) + 12 if value else 0)
    return 26 + max(first, second)
