"""What attends to what in one sample: the weights of attention layers between its tokens or patches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kreport.document.blocks import LayerId
from kreport.probes.samples.inputs import shown_tokens
from kreport.probes.samples.inside import Output, Outputs
from kreport.probes.samples.seeing import Tokens
from kreport.tensors.thumbnails import shrunk

POSITIONS = 20
"""Tokens along an axis, at most: the first ones; of patches and steps averages of blocks."""


@dataclass(frozen=True, kw_only=True, eq=False)
class AttentionView:
    """The weights of one attention layer for the first of the telling samples.

    Attributes:
        call, layer: where.
        heads: how many are averaged; of: how many there are.
        queries, keys: names of the rows and columns: tokens, else positions from 1.
        weights: mean over the heads, float64 of shape ``(queries, keys)``.
        note: how much is shown.
    """

    call: str
    layer: LayerId
    heads: int
    of: int
    queries: tuple[str, ...]
    keys: tuple[str, ...]
    weights: NDArray[np.float64]
    note: str


def attention(outputs: Outputs, tokens: Tokens | None) -> tuple[AttentionView, ...]:
    """Return a view of every attention layer that is shown."""
    return tuple(_view(one, tokens) for one in outputs.layers if one.form == "heads" and one.values.size)


def _view(output: Output, tokens: Tokens | None) -> AttentionView:
    weights = output.values[0].astype(np.float64).mean(0)
    if tokens is not None and weights.shape == (tokens.ids.shape[1],) * 2:
        positions = shown_tokens(tokens.ids[0], None if tokens.mask is None else tokens.mask[0])
        some = positions[:POSITIONS]
        names = tokens.named(0, some)
        note = f"first {len(some)} of {len(positions)} tokens" if len(positions) > len(some) else ""
        drawn, queries, keys = weights[np.ix_(some, some)], names, names
    else:
        drawn, queries, keys = shrunk(weights, POSITIONS), *(_positions(size) for size in weights.shape)
        note = "averages of blocks of positions" if max(weights.shape) > POSITIONS else ""
    return AttentionView(
        call=output.call, layer=output.layer, heads=output.values.shape[1], of=output.units, queries=queries, keys=keys,
        weights=drawn, note=note,
    )  # fmt: skip


def _positions(size: int) -> tuple[str, ...]:
    block = -(-size // POSITIONS)
    ends = [(start + 1, min(start + block, size)) for start in range(0, size, block)]
    return tuple(f"{first}" if first == last else f"{first}–{last}" for first, last in ends)
