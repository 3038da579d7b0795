"""What the layer explorer says of what a layer puts out."""

from __future__ import annotations

from collections import defaultdict

from kreport.analyzers._activations.stats import ActivationStats
from kreport.analyzers._activations.tables import parts_of
from kreport.document.blocks import Block, LayerId, Prose
from kreport.document.numbers import quantity


def layer_blocks(stats: ActivationStats) -> dict[LayerId, tuple[Block, ...]]:
    """Return a line for each output and each activation function of every layer."""
    found: dict[LayerId, list[Block]] = defaultdict(list)
    several = {one.layer for one in stats.outputs if one.output or one.call != one.layer}
    for one in stats.outputs:
        label = "Output" if one.layer not in several else f"Output {one.output + 1} of {one.call}"
        found[one.layer].append(Prose(text=f"{label} {' · '.join(parts_of(one))}"))
    for use in stats.functions:
        if use.mean is not None and use.flat is not None:
            text = f"Inputs of {use.name} mean {quantity(use.mean)}, std {quantity(use.std)}"
            found[use.layer].append(Prose(text=f"{text} · {quantity(use.flat, 'share')} where it is flat"))
    return {layer: tuple(blocks) for layer, blocks in found.items()}
