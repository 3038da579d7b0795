"""Attributions as blocks: overlays for images, bars for tables, highlighted tokens, curves for series."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kreport.analyzers._labels import counted, cut, leaf
from kreport.analyzers._verdicts import input_cell, said_of, why_of
from kreport.charts.contributions import Panel, feature_bars, series_bars
from kreport.charts.contributions import Texts as Around
from kreport.document.blocks import (
    Block,
    Chart,
    Picture,
    Ramp,
    ShareBars,
    Strip,
    StripCell,
    StripColumn,
    StripRow,
    Texts,
    Tokens,
)
from kreport.document.model import notice_of
from kreport.document.numbers import quantity, shape
from kreport.document.text import Name, Span, Text
from kreport.probes.samples.attributed import Attributed
from kreport.probes.samples.attribution import Attribution
from kreport.tensors.pictures import STEPS, diverging

PANEL = 37
"""Characters above the panel of a sample; what is longer stands on two lines."""

CHANNELS = ("dark or light", "blue", "violet")
"""Colours of curves, in words."""

SIDE = 96
"""Of an overlay on the page, px."""

GREYS = 16
"""Levels of grey beneath an overlay."""

AHEAD = 1.5
"""A feature counts most when its mean attribution is so many times the next one's; a rule of thumb."""

NAMED = 3
"""Tokens named for each side."""

NOUNS = {"image": "images", "tokens": "texts", "series": "series", "table": "samples"}

SOURCES = "Sundararajan et al. 2017; saliency: Simonyan et al. 2013"


def attribution_blocks(attribution: Attribution) -> list[Block]:
    """Return the picture of the attributions, and what is missing."""
    missing: list[Block] = [notice_of(gap, title="Attribution") for gap in attribution.gaps]
    if not attribution.samples:
        return missing
    shown = {"image": _images, "tokens": _texts, "series": _series}.get(attribution.kind, _tables)
    return [shown(attribution), *missing]


def attribution_title(attribution: Attribution) -> str:
    """Return the feature that counts most where one does, else what is shown."""
    samples = attribution.samples
    if attribution.kind == "table" and len(samples[0].input.words) > 1:
        sizes = np.mean([np.abs(one.integrated) for one in samples], axis=0)
        if sizes[0] > AHEAD * sizes[1]:
            return f"Attribution: {samples[0].input.words[0]} counts most"
    return f"Attribution of {counted(len(samples), NOUNS.get(attribution.kind, 'samples'))}"


def completeness(attribution: Attribution) -> str:
    """Return how the integrated gradients were made and how complete they are."""
    errors = [one.error for one in attribution.samples]
    known = [quantity(error, "share") for error in errors if error is not None]
    off = f"; their sum is off the change of the score by {', '.join(known)}" if known else ""
    nodes = sorted({one.nodes or attribution.nodes for one in attribution.samples})
    number = f"{nodes[0]}" if len(nodes) == 1 else f"{nodes[0]} to {nodes[-1]}"
    return f"Integrated gradients: {number} gradients along the line from {attribution.baseline}{off}."


def _note(attribution: Attribution) -> str:
    parts = [completeness(attribution)]
    if attribution.inputs > 1:
        parts.append(
            f"Explained by the input {attribution.input}, one of {attribution.inputs}; the others stay as they are."
        )
    if attribution.outputs > 1:
        parts.append(f"Explained: one of {attribution.outputs} outputs.")
    notes = dict.fromkeys(one.input.note for one in attribution.samples if one.input.note)
    parts += [f"Shown: {note}." for note in notes]
    parts += [steep] if (steep := _steep(attribution)) else []
    return " ".join([*parts, f"{SOURCES}."])


def _steep(attribution: Attribution) -> str:
    """Return where the score is steepest, for inputs whose saliency is not drawn."""
    samples = attribution.samples
    if attribution.kind == "table":
        mean = np.mean([one.saliency for one in samples], axis=0)
        order = np.argsort(-mean, kind="stable")[:NAMED].tolist()
        listed = ", ".join(
            f"{cut(samples[0].input.words[place], 24)} {quantity(float(mean[place]))}" for place in order
        )
        return f"Saliency, the mean of |∂s/∂x|, is largest for {listed}."
    if attribution.kind == "series":
        places = ", ".join(f"{int(one.saliency.argmax())}" for one in samples)
        return f"Saliency, |∂s/∂x|, is largest at step {places}."
    return ""


def _images(attribution: Attribution) -> Strip:
    with_cam = all(one.cam.size for one in attribution.samples)
    coloured = attribution.samples[0].input.pixels.ndim == 3
    columns = [
        StripColumn(label="Input", palette="rgb" if coloured else "grey"),
        StripColumn(label="Saliency", palette="overlay", note="|∂s/∂x|"),
        StripColumn(label="Integrated gradients", palette="overlay-diverging", note="orange for, blue against"),
    ]
    cam: list[Span] = []
    if with_cam:
        columns.append(StripColumn(label="Grad-CAM", palette="overlay", note=shape(attribution.map_size, batch=True)))
        cam = [", Grad-CAM at ", Name(leaf(attribution.layer), layer=attribution.layer)]
    return Strip(
        title=attribution_title(attribution), columns=columns,
        subtitle=(f"What speaks for s, the {attribution.score}: saliency, integrated gradients", *cam,
                  ". Inference mode, each picture on its own scale"),
        rows=[_image_row(one, with_cam=with_cam) for one in attribution.samples], note=_note(attribution),
    )  # fmt: skip


def _image_row(one: Attributed, *, with_cam: bool) -> StripRow:
    title, subtitle = why_of(one.verdict, one.input)
    number, side = one.verdict.index, max(one.input.pixels.shape[:2])
    zoom = max(1, round(SIDE / side))
    cells: list[StripCell | ShareBars | None] = []
    plain = input_cell(one.input, one.verdict.index)
    if plain is not None:
        cells.append(StripCell(picture=plain.picture, zoom=zoom))
    parts = [("Saliency", one.saliency), ("Integrated gradients", one.integrated)]
    for what, steps in [*parts, ("Grad-CAM", one.cam)] if with_cam else parts:
        pixels = overlaid(one.input.pixels, steps)
        cells.append(
            StripCell(picture=Picture(pixels=pixels, alt=f"{what} of sample {number}{_where(steps)}"), zoom=zoom)
        )
    return StripRow(title=title, subtitle=subtitle, cells=cells)


def _where(steps: NDArray[np.uint8]) -> str:
    """Return where a picture is strongest, such as ``, most in the upper left``."""
    if not steps.size or steps.min() == steps.max():
        return ", the same everywhere"
    return f", most in the {_ninth(steps, int(steps.argmax()))}"


def _ninth(steps: NDArray[np.uint8], place: int) -> str:
    row, column = divmod(place, steps.shape[1])
    down = ("upper", "", "lower")[3 * row // steps.shape[0]]
    across = ("left", "", "right")[3 * column // steps.shape[1]]
    return " ".join(filter(None, (down, across))) or "middle"


def overlaid(pixels: NDArray[np.uint8], steps: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return palette indices of steps over a picture in grey; see :class:`StripColumn`."""
    grey = pixels if pixels.ndim == 2 else pixels.mean(-1)
    level = np.minimum(grey.astype(np.int64) * GREYS // 256, GREYS - 1)
    return np.asarray(level * STEPS + np.minimum(steps, STEPS - 1), np.uint8)


def _tables(attribution: Attribution) -> Chart:
    samples = attribution.samples
    title = attribution_title(attribution)
    return feature_bars(
        _panels(samples), [cut(word, 24) for word in samples[0].input.words],
        Around(
            id="gradients-attribution", title=title, note=_note(attribution),
            subtitle=f"Integrated gradients of the {attribution.score}: orange speaks for it, blue against; at the"
            " right the value of the feature. Inference mode",
            alt=f"{title}. {'; '.join(_largest(one) for one in samples)}.",
        ),
    )  # fmt: skip


def _series(attribution: Attribution) -> Chart:
    title = attribution_title(attribution)
    return series_bars(
        _panels(attribution.samples),
        Around(
            id="gradients-attribution", title=title, note=_note(attribution),
            subtitle=f"Above the series, beneath it the integrated gradients of the {attribution.score} at each step: "
            f"orange speaks for it, blue against{_curves(attribution.samples[0])}. Inference mode",
            alt=f"{title}. {'; '.join(_steepest(one) for one in attribution.samples)}.",
        ),
    )  # fmt: skip


def _curves(one: Attributed) -> str:
    """Return which curve is which channel, where there are several."""
    number = one.input.values.shape[1] if one.input.values.ndim > 1 else 1
    named = [f"{place} {colour}" for place, colour in enumerate(CHANNELS[:number], 1)]
    return f"; curves: channel {', '.join(named)}" if number > 1 else ""


def _panels(samples: Sequence[Attributed]) -> list[Panel]:
    said = _lines([said_of(one.verdict) for one in samples])
    return [
        Panel(
            title=_short_title(one), subtitle=lines, values=one.input.values, shares=one.integrated.astype(np.float64)
        )
        for one, lines in zip(samples, said, strict=True)
    ]


def _lines(said: Sequence[str]) -> list[tuple[str, ...]]:
    """Return each on one line, or all on two where one is too long: what is right, and what the model says."""
    if max(map(len, said), default=0) <= PANEL:
        return [(one,) if one else () for one in said]
    parts = [one.partition(", said ") for one in said]
    pairs = [(true, f"said {told}") if comma else (true, "") for true, comma, told in parts]
    return [tuple(cut(line, PANEL) for line in pair) for pair in pairs]


def _short_title(one: Attributed) -> str:
    title, _ = why_of(one.verdict, one.input)
    return str(title)


def _largest(one: Attributed) -> str:
    place = int(np.abs(one.integrated).argmax())
    said = said_of(one.verdict)
    return f"{_short_title(one)} ({said}): {one.input.words[place]} {signed(float(one.integrated[place]))}"


def _steepest(one: Attributed) -> str:
    return f"{_short_title(one)} ({said_of(one.verdict)}): most at step {int(np.abs(one.integrated).argmax())}"


def _texts(attribution: Attribution) -> Texts:
    return Texts(
        title=attribution_title(attribution), note=_note(attribution),
        subtitle=f"Integrated gradients of the {attribution.score} at each token, each text on its own scale. "
        "Inference mode",
        ramp=Ramp(palette="diverging", low="against", high="for"),
        texts=[_tokens(one) for one in attribution.samples],
    )  # fmt: skip


def _tokens(one: Attributed) -> Tokens:
    title, _ = why_of(one.verdict, one.input)
    values = one.integrated.astype(np.float64)
    limit = float(np.abs(values).max(initial=0))
    return Tokens(
        title=title, subtitle=f"{said_of(one.verdict)} · sample {one.verdict.index:,}", words=one.input.words,
        steps=np.minimum(diverging(values, limit), STEPS - 1).tolist(), said=_strongest(one, values),
    )  # fmt: skip


def signed(value: float) -> str:
    """Return ``+0.42``."""
    return f"+{quantity(value)}" if value > 0 else quantity(value)


def _strongest(one: Attributed, values: NDArray[np.float64]) -> Text:
    parts: list[Span] = []
    order = np.argsort(-np.abs(values), kind="stable")
    for word, places in (("For: ", order[values[order] > 0]), ("Against: ", order[values[order] < 0])):
        named = [f"{one.input.words[place]} {signed(float(values[place]))}" for place in places[:NAMED].tolist()]
        if named:
            parts.append(f"{' · ' if parts else ''}{word}{', '.join(named)}")
    if one.saliency.size and one.saliency.max() > 0:
        steepest = int(one.saliency.argmax())
        told = f"{one.input.words[steepest]} {quantity(float(one.saliency[steepest]))}"
        parts.append(f"{' · ' if parts else ''}Largest saliency: {told}")
    return tuple(parts)
