"""What the layer explorer says of the gradients of a layer's variables and outputs."""

from __future__ import annotations

from collections import defaultdict

from kreport.analyzers._gradients.stats import GradientStats
from kreport.analyzers._gradients.tables import parts_of
from kreport.document.blocks import Block, LayerId, Prose
from kreport.document.numbers import quantity
from kreport.document.text import Name


def layer_blocks(stats: GradientStats) -> dict[LayerId, tuple[Block, ...]]:
    """Return a line for each variable, for all of a layer's together, and for ∂L/∂a of each call."""
    found: dict[LayerId, list[Block]] = defaultdict(list)
    norms: dict[LayerId, list[float]] = defaultdict(list)
    for v in stats.variables:
        norms[v.layer].append(v.norm or 0.0)
        found[v.layer].append(Prose(text=("∂L/∂", Name(v.name), " " + " · ".join(parts_of(v)))))
    for layer in stats.layers:
        if (
            layer.snr is not None
            and len(found[layer.layer]) > 1
            and not _is_that_of_one(layer.norm, norms[layer.layer])
        ):
            line = f"∂L/∂w of the whole layer: norm {quantity(layer.norm)} · signal/noise {quantity(layer.snr)}"
            found[layer.layer].append(Prose(text=line))
    for owner, name in stats.frozen:
        found[owner].append(Prose(text=("∂L/∂", Name(name), " not measured: frozen")))
    for one in stats.outputs:
        if one.rms is not None:
            zeros = f" · {quantity(one.zeros, 'share')} exact zeros" if one.zeros else ""
            label = "∂L/∂output" if one.call == one.layer else f"∂L/∂output of {one.call}"
            found[one.layer].append(Prose(text=f"{label} RMS {quantity(one.rms)} per sample{zeros}"))
    return {layer: tuple(blocks) for layer, blocks in found.items()}


def _is_that_of_one(norm: float | None, norms: list[float]) -> bool:
    """Tell whether the gradient of a layer is all but that of one of its variables."""
    return norm is not None and max(norms) ** 2 >= (1 - 1e-6) * norm**2
