"""The layers as a reader counts them."""

from __future__ import annotations

from kreport.analyzers.architecture import Architecture, LayerFacts


def units(architecture: Architecture) -> list[LayerFacts]:
    """Return the layers a reader thinks of as one each: no model that only holds others, no part of an RNN."""
    return [
        layer for layer in architecture.layers
        if not layer.inner and not (layer.holds and layer.kind in ("model", "other"))
    ]  # fmt: skip
