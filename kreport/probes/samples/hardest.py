"""The samples with the largest losses, as they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kreport.document.model import Gap
from kreport.inputs.batches import Batches, joined
from kreport.pipeline import contained
from kreport.probes.graph import LayerGraph
from kreport.probes.observers.predictions import Predictions
from kreport.probes.observers.sample_losses import SampleLosses
from kreport.probes.samples.inputs import InputView, views
from kreport.probes.samples.telling import Choice, Chosen, seen_of, token_view
from kreport.probes.tree import LayerTree

SIDE = 28
"""Pixels of a picture's longer side, at most: there are ten."""


@dataclass(frozen=True, kw_only=True, eq=False)
class HardestSamples:
    """The inputs of the hardest samples in their order; () where they are neither pictures, curves nor texts.

    Attributes:
        inputs: as they are shown.
        gaps: why there are none, where that is a failure.
    """

    inputs: tuple[InputView, ...] = ()
    gaps: tuple[Gap, ...] = ()


def hardest_samples(
    tree: LayerTree, losses: SampleLosses, choice: Choice, batches: Batches, graph: LayerGraph | None
) -> HardestSamples:
    """Return the inputs of the hardest samples as the telling ones are shown; none where these must not be."""
    hard = [one.x for one in losses.hardest]
    if not batches.embed or isinstance(choice.chosen, Gap) or not hard or any(x is None for x in hard):
        return HardestSamples()
    found = contained("hardest samples", _inputs, tree, hard, choice.chosen, batches, graph)
    return HardestSamples(gaps=(found,)) if isinstance(found, Gap) else HardestSamples(inputs=found)


def _inputs(
    tree: LayerTree, hard: list[Any], chosen: Chosen, batches: Batches, graph: LayerGraph | None
) -> tuple[InputView, ...]:
    x, primary = joined(hard), chosen.primary
    if primary.kind in ("image", "series", "text"):
        return views(x, primary, batches, SIDE)
    tokens = seen_of(tree, x, len(hard), graph).tokens if chosen.tokens is not None else None
    return () if tokens is None else tuple(token_view(tokens, index) for index in range(len(hard)))


@dataclass(frozen=True, kw_only=True, eq=False)
class WorstInputs:
    """The inputs of the samples that each output is far off with, in their order; () where none may be shown.

    Attributes:
        inputs: by output.
        gaps: why there are none, where that is a failure.
    """

    inputs: tuple[tuple[InputView, ...], ...] = ()
    gaps: tuple[Gap, ...] = ()


def worst_inputs(
    tree: LayerTree, predictions: Predictions, choice: Choice, batches: Batches, graph: LayerGraph | None
) -> WorstInputs:
    """Return the inputs of the worst samples, rows of tables too."""
    found, gaps = [], []
    for output in predictions.outputs:
        xs = [one.x for one in output.worst]
        shown = not isinstance(choice.chosen, Gap) and batches.embed and xs and all(x is not None for x in xs)
        made = contained("worst samples", _shown, tree, xs, choice.chosen, batches, graph) if shown else ()
        gaps += [made] if isinstance(made, Gap) else []
        found.append(() if isinstance(made, Gap) else made)
    return WorstInputs(inputs=tuple(found), gaps=tuple(gaps))


def _shown(
    tree: LayerTree, xs: list[Any], chosen: Chosen, batches: Batches, graph: LayerGraph | None
) -> tuple[InputView, ...]:
    if chosen.primary.kind == "table":
        return views(joined(xs), chosen.primary, batches, SIDE)
    return _inputs(tree, xs, chosen, batches, graph)
