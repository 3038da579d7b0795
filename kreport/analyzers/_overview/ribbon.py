"""The layers from input to output as a strip of bars."""

from __future__ import annotations

import math

from kreport.analyzers._overview.units import units
from kreport.analyzers.architecture import Architecture, LayerFacts
from kreport.document.blocks import Ribbon, RibbonBar
from kreport.document.numbers import plural, shape

MOST = 128
"""Bars at most; a deeper model shows one layer in n and its last, and says so."""


def ribbon(architecture: Architecture) -> Ribbon | None:
    """Return the ribbon of the layers that run and have a known output size; None if fewer than two do."""
    layers = [layer for layer in units(architecture) if _size(layer)]
    step = max(1, math.ceil(len(layers) / MOST))
    shown = layers[::step] if (len(layers) - 1) % step == 0 else [*layers[::step], layers[-1]]
    if len(shown) < 2:
        return None
    largest = max(math.log1p(_size(layer)) for layer in shown)
    bars = tuple(
        RibbonBar(
            layer_kind=layer.kind,
            height=math.log1p(_size(layer)) / largest,
            solid=layer.parameters > 0,
        )
        for layer in shown
    )
    every = f"; one layer in {step} and the last" if step > 1 else ""
    return Ribbon(
        title="Layers",
        subtitle=f"Input to output; height is output size, log scale; solid has weights{every}",
        alt=f"{plural(len(layers), 'layer')} from {shown[0].output_shape} to {shown[-1].output_shape}.",
        bars=bars,
        ticks=_ticks(shown),
    )


def _size(layer: LayerFacts) -> int:
    sizes = layer.output_shapes[0][1:] if layer.output_shapes else ()
    return math.prod(size for size in sizes if size) if sizes or layer.output_shapes else 0


def _ticks(shown: list[LayerFacts]) -> tuple[tuple[int, str], ...]:
    """Label the first, a middle and the last bar, where their shapes differ."""
    places = [0, len(shown) // 2, len(shown) - 1] if len(shown) > 12 else [0, len(shown) - 1]
    return tuple((index, shape(shown[index].output_shapes[0])) for index in places)
