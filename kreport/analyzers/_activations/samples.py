"""The telling samples as blocks: why they were chosen, what goes in, what layers make of it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kreport.analyzers._activations.attention import attention_blocks
from kreport.analyzers._labels import counted, cut, leaf
from kreport.analyzers._verdicts import input_cell, why_of
from kreport.document.blocks import (
    Block,
    Picture,
    ShareBars,
    Strip,
    StripCell,
    StripColumn,
    StripRow,
)
from kreport.document.model import notice_of
from kreport.document.numbers import quantity
from kreport.document.text import Name, Text
from kreport.probes.samples.inside import LayerView
from kreport.probes.samples.telling import TellingSample, TellingSamples
from kreport.tensors.pictures import mosaic

TILE = 24
"""Side of a map on the page, px."""

HEAD = 36
"""Side of an attention head's picture, px."""

ACROSS = 4
"""Maps in a line; up to so many heads stand in lines of two."""

LABEL = 18
"""Characters of a layer's name above its column."""

WIDE, TALL = 110, 64
"""Of other pictures, px."""

LINE = 16
"""Height of one line of units, px."""

THIN = 8
"""Pixels of a tile from which the lines between tiles are thin enough."""

NOUNS = {"image": "images", "text": "texts", "tokens": "texts", "series": "series"}


def telling_blocks(telling: TellingSamples) -> list[Block]:
    """Return the strip of the telling samples, and what is missing."""
    missing: list[Block] = [notice_of(gap, title="Telling samples") for gap in telling.gaps]
    if not telling.samples:
        return missing
    return [_strip(telling), *attention_blocks(telling), *missing]


def strip_title(telling: TellingSamples) -> str:
    """Return the title."""
    number = len(telling.samples)
    noun = NOUNS.get(telling.samples[0].input.kind, "samples")
    return f"What {counted(number, noun)} {'looks' if number == 1 else 'look'} like inside"


def _strip(telling: TellingSamples) -> Strip:
    first = telling.samples[0]
    shown = [index for index, part in enumerate(_inputs(telling)) if any(part)]
    columns = [column for index, column in enumerate((_input_column(first), _output_column(first))) if index in shown]
    layers = [_column(view) for view in telling.layers]
    return Strip(
        title=strip_title(telling), subtitle=_subtitle(telling), note=_note(telling),
        columns=[*columns[:1], *layers, *columns[1:]] if 0 in shown else [*layers, *columns],
        rows=[_row(telling, index, shown) for index in range(len(telling.samples))],
    )  # fmt: skip


def _inputs(telling: TellingSamples) -> Iterator[list[bool]]:
    yield [input_cell(one.input, one.verdict.index) is not None for one in telling.samples]
    yield [one.output is not None or bool(one.verdict.classes) for one in telling.samples]


def _row(telling: TellingSamples, index: int, shown: list[int]) -> StripRow:
    sample = telling.samples[index]
    title, subtitle = why_of(sample.verdict, sample.input)
    cells: list[StripCell | ShareBars | None] = []
    if 0 in shown:
        cells.append(input_cell(sample.input, sample.verdict.index))
    cells += [_cell(view, index, sample) for view in telling.layers]
    if 1 in shown:
        cells.append(_said(sample))
    return StripRow(title=title, subtitle=subtitle, cells=cells)


def _said(sample: TellingSample) -> StripCell | ShareBars | None:
    if sample.output is not None:
        return input_cell(sample.output, sample.verdict.index)
    verdict = sample.verdict
    if not verdict.classes:
        return None
    return ShareBars(
        names=verdict.classes, shares=verdict.shares.tolist(), right=verdict.at_truth, said=verdict.at_said
    )  # fmt: skip


def _input_column(sample: TellingSample) -> StripColumn:
    coloured = sample.input.pixels.ndim == 3
    if sample.input.kind == "series":
        return StripColumn(label="Input", palette="diverging", note="steps to the right")
    return StripColumn(label="Input", palette="rgb" if coloured else "grey", note=sample.input.note)


def _output_column(sample: TellingSample) -> StripColumn:
    if sample.output is not None:
        return StripColumn(label="Output", palette="rgb" if sample.output.pixels.ndim == 3 else "grey")
    return StripColumn(label="Output", note="probabilities")


def _column(view: LayerView) -> StripColumn:
    ends = f"{quantity(view.low)} to {quantity(view.high)}"
    label: Text = (Name(cut(leaf(view.call), LABEL), layer=view.layer),)
    return StripColumn(label=label, palette="diverging" if view.low < 0 else "sequential", note=ends)


def _cell(view: LayerView, index: int, sample: TellingSample) -> StripCell:
    pixels = view.pixels[index]
    what = {"maps": "feature maps", "heads": "attention heads"}.get(view.form, "outputs")
    if pixels.ndim == 3:
        side = max(pixels.shape[1:])
        magnified = max(1, -(-THIN // side))
        alt = f"{len(pixels)} {what} of {leaf(view.call)} for sample {sample.verdict.index}"
        heads = view.form == "heads"
        tiled = mosaic(pixels, _across(len(pixels), heads=heads), magnified=magnified)
        zoom = max(1, round((HEAD if heads else TILE) / (side * magnified)))
        return StripCell(picture=Picture(pixels=tiled, alt=alt), zoom=zoom)
    height, width = pixels.shape
    zoom = int(np.clip(min(WIDE // width, TALL // height), 1, 8))
    alt = f"{what} of {leaf(view.call)} for sample {sample.verdict.index}"
    tall, wide = max(1, LINE // (zoom * height)), max(1, WIDE // (zoom * width))
    drawn = pixels.repeat(tall, 0) if view.form == "units" else pixels.repeat(wide, 1)
    return StripCell(picture=Picture(pixels=drawn, alt=alt), zoom=zoom)


def _across(number: int, *, heads: bool) -> int:
    return min(number, 2 if heads and number <= ACROSS else ACROSS)


_FORMS = {
    "maps": "maps of convolutions",
    "units": "units of layers without positions",
    "time": "sequences with units down and steps to the right",
    "tokens": "embeddings with dimensions down and tokens to the right",
    "heads": "attention weights of each head with queries down and keys to the right",
}


def _subtitle(telling: TellingSamples) -> str:
    forms = dict.fromkeys(view.form for view in telling.layers)
    parts = [_FORMS[form] for form in forms]
    if telling.samples[0].verdict.classes:
        right = telling.samples[0].verdict.at_truth >= 0
        parts.append("probabilities (green right, orange wrong)" if right else "probabilities")
    listed = ", ".join(parts)
    return f"{listed[:1].upper()}{listed[1:]}. Inference mode, one scale a column" if listed else "Inference mode"


def _note(telling: TellingSamples) -> str:
    parts = [f"Chosen among {telling.of:,} samples."]
    parts += [f"{leaf(view.call)}: {view.note}." for view in telling.layers if view.note]
    if telling.inputs > 1:
        parts.append(f"Shown is the input {telling.input}, one of {telling.inputs}.")
    if telling.outputs > 1:
        parts.append(f"Judged by one of {telling.outputs} outputs.")
    if any(view.low < 0 for view in telling.layers):
        parts.append("Where a scale has both signs, blue is negative, orange positive; elsewhere dark is zero.")
    return " ".join(parts)
