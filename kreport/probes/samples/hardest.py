"""The samples with the largest losses, as they are shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kreport.document.model import Gap
from kreport.inputs.batches import Batches, joined
from kreport.probes.graph import LayerGraph
from kreport.probes.observers.sample_losses import SampleLosses
from kreport.probes.samples.inputs import InputView, views
from kreport.probes.samples.telling import Choice, seen_of, token_view
from kreport.probes.tree import LayerTree

SIDE = 32
"""Pixels of a picture's longer side, at most: there are ten."""


@dataclass(frozen=True, kw_only=True, eq=False)
class HardestSamples:
    """The inputs of the hardest samples in their order; () where they are neither pictures, curves nor texts."""

    inputs: tuple[InputView, ...] = ()


def hardest_samples(
    tree: LayerTree, losses: SampleLosses, choice: Choice, batches: Batches, graph: LayerGraph | None
) -> HardestSamples:
    """Return the inputs of the hardest samples as the telling ones are shown; none where these must not be."""
    hard = [one.x for one in losses.hardest]
    if not batches.embed or isinstance(choice.chosen, Gap) or not hard or any(x is None for x in hard):
        return HardestSamples()
    x, primary = joined(hard), choice.chosen.primary
    if primary.kind in ("image", "series", "text"):
        return HardestSamples(inputs=views(x, primary, batches, SIDE))
    tokens = seen_of(tree, x, len(hard), graph).tokens if choice.chosen.tokens is not None else None
    if tokens is None:
        return HardestSamples()
    return HardestSamples(inputs=tuple(token_view(tokens, index) for index in np.arange(len(hard)).tolist()))
