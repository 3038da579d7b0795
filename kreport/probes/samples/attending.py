"""What attends to what in one sample: the weights of attention layers between its tokens or patches."""

from __future__ import annotations

from collections.abc import Sequence
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

BESIDE = 16
"""The same where heads stand side by side."""

CELLS = 3_072
"""Of all heads of the samples together: more heads are shown for fewer samples, for one at least."""

LEVELS = 255
"""Steps in which the weights of single heads are kept."""


@dataclass(frozen=True, kw_only=True, eq=False)
class AttentionView:
    """The weights of one attention layer for the first of the telling samples.

    Attributes:
        call, layer: where.
        heads: how many are averaged; of: how many there are.
        queries, keys: names of the rows and columns: tokens, else positions from 1.
        weights: mean over the heads, float64 of shape ``(queries, keys)``.
        note: how much is shown.
        positions: whether rows and columns are positions.
    """

    call: str
    layer: LayerId
    heads: int
    of: int
    queries: tuple[str, ...]
    keys: tuple[str, ...]
    weights: NDArray[np.float64]
    note: str
    positions: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class HeadsView:
    """The weights of each head of one attention layer for one of the telling samples.

    Attributes:
        call, layer: where.
        sample: place among the telling samples.
        of: how many heads there are.
        queries, keys, positions: as in :class:`AttentionView`.
        high: the largest weight of all heads and samples of this layer.
        levels: 255ths of it, uint8 of shape ``(heads, queries, keys)``.
        note: how much is shown.
    """

    call: str
    layer: LayerId
    sample: int
    of: int
    queries: tuple[str, ...]
    keys: tuple[str, ...]
    high: float
    levels: NDArray[np.uint8]
    note: str
    positions: bool = False

    @property
    def weights(self) -> NDArray[np.float64]:
        """Return the weights, off by at most 1/510 of the largest."""
        return np.asarray(self.levels * (self.high / LEVELS), np.float64)


def attention(outputs: Outputs, tokens: Tokens | None) -> tuple[AttentionView, ...]:
    """Return a view of every attention layer that is shown."""
    return tuple(_view(one, tokens) for one in outputs.layers if one.form == "heads" and one.values.size)


def heads(outputs: Outputs, tokens: Tokens | None) -> tuple[HeadsView, ...]:
    """Return views of each head of the layer whose heads look most sharply, a sample each as far as there is room."""
    layers = [one for one in outputs.layers if one.form == "heads" and one.values.size and one.values.shape[1] > 1]
    if not layers:
        return ()
    layer = max(layers, key=lambda one: _sharpness([cut.weights for cut in _cuts(one, tokens)]))
    cuts = _cuts(layer, tokens)
    high = max(float(cut.weights.max(initial=0.0)) for cut in cuts)
    found: list[HeadsView] = []
    room = CELLS
    for sample, cut in enumerate(cuts):
        room -= cut.weights.size
        if found and room < 0:
            break
        levels = np.round(cut.weights * (LEVELS / high if high > 0 else 0.0)).astype(np.uint8)
        found.append(
            HeadsView(call=layer.call, layer=layer.layer, sample=sample, of=layer.units, queries=cut.queries,
                      keys=cut.keys, high=high, levels=levels, note=cut.note, positions=cut.positions)
        )  # fmt: skip
    return tuple(found)


def _cuts(output: Output, tokens: Tokens | None) -> list[_Cut]:
    return [_cut(output, sample, tokens, BESIDE) for sample in range(len(output.values))]


def _sharpness(samples: Sequence[NDArray[np.float64]]) -> float:
    """Return how many times the weight of equal ones the largest of a query is, on average."""
    ratios = [weights.max(-1).mean() * weights.shape[-1] for weights in samples if weights.size]
    return float(np.mean(ratios)) if ratios else 0.0


@dataclass(frozen=True, kw_only=True, eq=False)
class _Cut:
    """What is shown of the weights of one sample; ``weights`` has the shape ``(heads, queries, keys)``."""

    weights: NDArray[np.float64]
    queries: tuple[str, ...]
    keys: tuple[str, ...]
    note: str
    positions: bool


def _cut(output: Output, sample: int, tokens: Tokens | None, most: int) -> _Cut:
    weights = output.values[sample].astype(np.float64)
    if tokens is not None and weights.shape[1:] == (tokens.ids.shape[1],) * 2:
        positions = shown_tokens(tokens.ids[sample], None if tokens.mask is None else tokens.mask[sample])
        some = positions[:most]
        names = tokens.named(sample, some)
        note = f"first {len(some)} of {len(positions)} tokens" if len(positions) > len(some) else ""
        return _Cut(
            weights=np.nan_to_num(weights[:, some[:, None], some]),
            queries=names,
            keys=names,
            note=note,
            positions=False,
        )
    queries, keys = (_positions(size, most) for size in weights.shape[1:])
    note = "averages of blocks of positions" if max(weights.shape[1:]) > most else ""
    drawn = np.stack([shrunk(head, most) for head in weights])
    return _Cut(weights=np.nan_to_num(drawn), queries=queries, keys=keys, note=note, positions=True)


def _view(output: Output, tokens: Tokens | None) -> AttentionView:
    found = _cut(output, 0, tokens, POSITIONS)
    return AttentionView(
        call=output.call, layer=output.layer, heads=output.values.shape[1], of=output.units, queries=found.queries,
        keys=found.keys, weights=found.weights.mean(0), note=found.note, positions=found.positions,
    )  # fmt: skip


def _positions(size: int, most: int) -> tuple[str, ...]:
    block = -(-size // most)
    ends = [(start + 1, min(start + block, size)) for start in range(0, size, block)]
    return tuple(f"{first}" if first == last else f"{first}–{last}" for first, last in ends)
