"""What attends to what, as blocks: a grid a layer, and every head of the layer that looks most sharply."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from kreport.analyzers._labels import counted, cut, leaf
from kreport.charts.grid import Grid, grid_chart, grids_chart
from kreport.document.blocks import Block, Chart, Disclosure, Ramp, Row
from kreport.document.numbers import quantity
from kreport.probes.samples.attending import AttentionView, HeadsView
from kreport.probes.samples.telling import TellingSamples

STANDS_OUT = 1.5
"""A key is named when its mean weight is so many times that of equal weights; a rule of thumb."""

ALIKE = 1.5
"""Ratio of the largest weight to the least up to which all are called about the same; a rule of thumb."""

AT_LEAST = 2.0
"""A scale goes up to so many times equal weights at least: those are in its middle then."""

LABEL = 18
"""Characters of a layer's name in a title."""

TOKEN = 14
"""Characters of a token beside a grid."""

ZERO_WIDTH = "\u200b"
"""Tells equal tokens of an axis apart without being seen."""


def attention_blocks(telling: TellingSamples) -> list[Block]:
    """Return the grids of all layers for the first sample, then the heads of one layer, other samples folded."""
    grids = [_mean(telling, place) for place in range(len(telling.attention))]
    rows: list[Block] = [Row(blocks=tuple(grids), spans=(4,) * len(grids))] if grids else []
    rows += [_heads(telling, view) for view in telling.heads[:1]]
    if others := telling.heads[1:]:
        title = f"Heads of {leaf(others[0].call)} for other samples"
        summary = ", ".join(_reason(telling, view) for view in others)
        rows.append(Disclosure(title=title, summary=summary, blocks=[_heads(telling, view) for view in others]))
    return rows


def attention_title(view: AttentionView) -> str:
    """Return the layer, and what it looks at most where that stands out from equal weights."""
    mean = view.weights.mean(0)
    place = int(mean.argmax())
    noun = f"Attention in {cut(leaf(view.call), LABEL)}"
    if view.weights.size > 1 and view.weights.max() <= ALIKE * view.weights.min():
        return f"{noun}: about the same on all keys"
    return f"{noun}: most on {_key(view, place)}" if mean[place] >= STANDS_OUT / len(mean) > 0 else noun


def heads_title(view: HeadsView) -> str:
    """Return the layer, and the head that looks most at one key where that stands out from equal weights."""
    noun = f"Heads of {cut(leaf(view.call), LABEL)}"
    mean = view.weights.mean(1)
    if not mean.size:
        return noun
    head, key = divmod(int(mean.argmax()), mean.shape[1])
    if mean[head, key] < STANDS_OUT / mean.shape[1]:
        return noun
    return f"{noun}: head {head + 1} most on {_key(view, key)}"


def _mean(telling: TellingSamples, place: int) -> Chart:
    view, sample = telling.attention[place], telling.samples[0].verdict
    heads = f"mean of {view.heads} heads" if view.heads > 1 else "one head"
    if view.of > view.heads:
        heads = f"mean of the first {view.heads} of {view.of} heads"
    title, most = attention_title(view), float(view.weights.max(initial=0.0))
    high = _high(most, len(view.keys))
    return grid_chart(
        Grid(
            values=view.weights, rows=_apart(view.queries), columns=[cut(name, TOKEN) for name in view.keys], low=0.0,
            high=high, what="weight", row="query", column="key",
        ),
        id=f"activations-attention-{place}", title=title,
        subtitle=f"Weights of sample {sample.index:,}, {heads}: queries down, keys to the right",
        alt=f"{title}: weights between {len(view.queries)} queries and {len(view.keys)} keys, up to {quantity(most)}.",
        note=_sentence(view.note), ramp=Ramp(palette="sequential", low="0", high=quantity(high)),
    )  # fmt: skip


def _heads(telling: TellingSamples, view: HeadsView) -> Chart:
    sample, number = telling.samples[view.sample].verdict, len(view.levels)
    high = _high(view.high, len(view.keys))
    title = heads_title(view) if view.sample == 0 else _reason(telling, view)
    heads = f"the first {number} of {view.of} heads" if view.of > number else f"{counted(number, 'heads')}"
    grid = Grid(
        values=view.weights[0], rows=_apart(view.queries), columns=[cut(name, TOKEN) for name in view.keys], low=0.0,
        high=high, what="weight", row="query", column="key",
    )  # fmt: skip
    return grids_chart(
        [replace(grid, values=one, heading=f"Head {place}") for place, one in enumerate(view.weights, 1)],
        id=f"activations-heads-{view.sample}", title=title,
        subtitle=f"Weights of sample {sample.index:,}, {heads}: queries down, keys to the right, one scale",
        alt=f"{title}: {heads} between {len(view.queries)} queries and {len(view.keys)} keys. {_looks(view)}.",
        note=_sentence(view.note), ramp=Ramp(palette="sequential", low="0", high=quantity(high)),
    )  # fmt: skip


def _looks(view: HeadsView) -> str:
    """Return what each head looks at most, for those who do not see it."""
    places = view.weights.mean(1).argmax(1).tolist() if view.levels.size else []
    return ", ".join(f"head {head} most on {_key(view, place)}" for head, place in enumerate(places, 1))


def _key(view: AttentionView | HeadsView, place: int) -> str:
    return f"position {view.keys[place]}" if view.positions else view.keys[place]


def _reason(telling: TellingSamples, view: HeadsView) -> str:
    return telling.samples[view.sample].verdict.why


def _high(most: float, keys: int) -> float:
    """Return the end of a scale on which weights that are hardly different look so."""
    return max(most, min(1.0, AT_LEAST / keys)) if keys else most


def _sentence(note: str) -> str:
    return f"{note[:1].upper()}{note[1:]}." if note else ""


def _apart(names: Sequence[str]) -> list[str]:
    """Return the names with what keeps equal ones apart: an axis has each once."""
    seen: Counter[str] = Counter()
    found = []
    for name in (cut(one, TOKEN) for one in names):
        found.append(name + ZERO_WIDTH * seen[name])
        seen[name] += 1
    return found
