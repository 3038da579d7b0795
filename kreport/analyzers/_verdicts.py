"""What a model says of a sample, in words, and its input as a cell: shared by activations and attribution."""

from __future__ import annotations

import math

from kreport.document.blocks import Picture, StripCell
from kreport.document.numbers import quantity
from kreport.document.text import Text
from kreport.probes.samples.inputs import InputView
from kreport.probes.samples.telling import Verdict
from kreport.tensors.thumbnails import scale_of, steps

SIDE = 56
"""Of an input's picture on the page, px."""

CURVE = 96
"""Width of a series, px."""

WORDS = 10
"""Tokens that stand beside a sample's name."""

TEXT = 72
"""Characters of a text that stand there."""

AS_IT_COMES = "As it comes"


def why_of(verdict: Verdict, view: InputView) -> tuple[Text, Text]:
    """Return why a sample was chosen, and what the model says of it."""
    title = f"Sample {verdict.index:,}" if verdict.why == AS_IT_COMES else verdict.why
    said = [part for part in (said_of(verdict), quoted(view)) if part]
    if verdict.why != AS_IT_COMES:
        said.append(f"sample {verdict.index:,}")
    return title, " · ".join(said)


def said_of(verdict: Verdict) -> str:
    """Return ``true 5, said 9, 99.7 %``."""
    if verdict.said:
        true = f"true {verdict.truth}, " if verdict.truth else ""
        if verdict.share is not None and not math.isfinite(verdict.share):
            return f"{true}said nothing: the output is not finite"
        return f"{true}said {verdict.said}, {quantity(verdict.share, 'share')}"
    if verdict.value is not None:
        true = "" if verdict.label is None else f"true {quantity(verdict.label)}, "
        return f"{true}said {quantity(verdict.value)}"
    return "" if verdict.loss is None else f"loss {quantity(verdict.loss)}"


def quoted(view: InputView) -> str:
    """Return a text, or the first tokens of one, in quotes; "" for what is no text."""
    if view.kind == "text" and view.words:
        text = view.words[0]
    elif view.kind == "tokens" and view.words:
        text = " ".join(view.words[:WORDS]) + (" …" if len(view.words) > WORDS else "")
    else:
        return ""
    return f"“{text if len(text) <= TEXT else text[: TEXT - 1] + '…'}”"


def input_cell(view: InputView, index: int) -> StripCell | None:
    """Return an image or a series as a picture; None for what is no picture."""
    if view.kind == "image":
        pixels, alt = view.pixels, f"Input of sample {index}"
        return StripCell(picture=Picture(pixels=pixels, alt=alt), zoom=max(1, round(SIDE / max(pixels.shape[:2]))))
    if view.kind != "series" or not view.values.size:
        return None
    low, high = scale_of(view.values)
    pixels = steps(view.values.T, min(low, -high), high)
    zoom = max(1, CURVE // pixels.shape[1])
    tall = max(1, 24 // (zoom * pixels.shape[0]))
    return StripCell(picture=Picture(pixels=pixels.repeat(tall, 0), alt=f"Input of sample {index}"), zoom=zoom)
