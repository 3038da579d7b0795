"""Charts and pictures of the Weights section as blocks."""

from __future__ import annotations

import math

import numpy as np

from kreport.analyzers._weights.labels import cut, labels, leaf, named, worded
from kreport.analyzers._weights.pictures import TILES
from kreport.analyzers._weights.sentences import bands_title, spectra_title
from kreport.analyzers._weights.stats import KernelPicture, VariableStats, WeightStats
from kreport.charts.bands import Band, bands_chart, thinned
from kreport.charts.spectra import MULTIPLES, Multiple, spectra_chart
from kreport.document.blocks import Chart, Images, Picture
from kreport.document.numbers import plural, quantity
from kreport.document.text import Name, Text, plain
from kreport.tensors.pictures import mosaic

WIDEST_HEADING = 20
"""Characters of a name above a panel of 118 px."""

LARGE_NOTE = "Quantiles of kernels above 65,536 weights are within 0.8 %."

MOSAIC_TILE = 18
"""Pixels of a filter's side in a shared picture, at most; drawn at twice the size."""

FEWEST_RANKS = 5
"""Spectra with fewer singular values are not drawn."""


def depth_chart(stats: WeightStats) -> Chart | None:
    """Return the quantile bands of all kernels, or of every k-th; None without one."""
    shown = [v for v in stats.matrices if v.values and v.values.quantiles]
    if not shown:
        return None
    names = labels(shown)
    bands, step = thinned([_band(v, name) for v, name in zip(shown, names, strict=True)])
    ticks = any(band.low is not None for band in bands)
    part = f"every {_ordinal(step)} of {len(shown)} kernels, " if step > 1 else ""
    title = bands_title(stats)
    spread = f"widest {leaf(max(shown, key=_reach))}, narrowest {leaf(min(shown, key=_reach))}"
    return bands_chart(
        bands, id="weights-depth", title=title,
        subtitle=f"Values of {'each kernel' if step == 1 else 'kernels'}, {part}input at the top: "
         "1–99 %, 5–95 %, 25–75 % bands"
        + ("; ticks: 5 and 95 % at initialisation, from the initializer's formula" if ticks else ""),
        alt=f"{title}: weight values of {plural(len(shown), 'kernel')}, {spread}.",
        note="" if all(v.values and v.values.exact for v in shown) else LARGE_NOTE,
    )  # fmt: skip


def vectors_chart(stats: WeightStats, name: str, title: str) -> Chart | None:
    """Return the bands of all vectors of one ``name`` (bias, gamma); None where all are constant."""
    shown = [v for v in stats.variables if v.name == name and v.matrix is None and v.values and v.values.quantiles]
    if not any(v.values and v.values.std for v in shown):
        return None
    bands, step = thinned([_band(v, text, ticks=False) for v, text in zip(shown, labels(shown), strict=True)])
    part = f", every {_ordinal(step)} of {len(shown)}" if step > 1 else ""
    return bands_chart(
        bands, id=f"weights-{name}", title=title, subtitle=f"Values by layer{part}: 1–99 %, 5–95 %, 25–75 % bands",
        alt=f"{title} of {plural(len(shown), 'layer')}.",
    )  # fmt: skip


def _band(v: VariableStats, label: str, *, ticks: bool = True) -> Band:
    initial = v.initial if ticks else None
    known = initial is not None and bool(initial.std)
    return Band(
        label=label, quantiles=v.values.quantiles if v.values else (), low=initial.low if known and initial else None,
        high=initial.high if known and initial else None,
    )  # fmt: skip


def _reach(v: VariableStats) -> float:
    return v.values.quantiles[-1] - v.values.quantiles[0] if v.values else 0.0


def _ordinal(step: int) -> str:
    return {2: "second", 3: "third"}.get(step, f"{step}th")


def chosen_spectra(stats: WeightStats) -> list[VariableStats]:
    """Return at most five kernels with full spectra, evenly through the depth, first and last included."""
    full = [
        v for v in stats.matrices if v.matrix and v.matrix.spectrum and v.matrix.spectrum.ranks.size >= FEWEST_RANKS
        and v.matrix.spectrum.largest > 0
    ]  # fmt: skip
    places = np.unique(np.linspace(0, len(full) - 1, min(MULTIPLES, len(full))).round().astype(int))
    return [full[place] for place in places]


def spectra_block(stats: WeightStats) -> Chart | None:
    """Return the small multiples of the chosen kernels' singular values; None without a full spectrum."""
    shown = chosen_spectra(stats)
    if not shown:
        return None
    multiples = [_multiple(v, named(v, stats.matrices).text) for v in shown]
    dashed = any(multiple.expected for multiple in multiples)
    conv = any(v.matrix and v.matrix.field for v in shown)
    title = spectra_title(shown)
    return spectra_chart(
        multiples, id="weights-spectra", title=title,
        subtitle="Singular values by rank" + ("; solid now, dashed expected at initialisation" if dashed else "")
        + (". Kernels as matrices (height·width·in × out)" if conv else ""),
        alt=f"{title}. " + "; ".join(f"{m.name}: {m.line}" for m in multiples) + ".",
        note=_spectra_note(dashed=dashed),
    )  # fmt: skip


def _spectra_note(*, dashed: bool) -> str:
    rank = "Effective rank: exp of the entropy of σ/Σσ (Roy and Vetterli 2007)."
    law = " Dashed: the Marchenko–Pastur law for independent values of the initializer's variance."
    return rank + (law if dashed else "")


def _multiple(v: VariableStats, name: str) -> Multiple:
    spectrum = v.matrix.spectrum if v.matrix else None
    if spectrum is None:
        message = f"{v.layer} has no spectrum"
        raise ValueError(message)
    full = min(spectrum.rows, spectrum.columns)
    rank = spectrum.effective_rank
    return Multiple(
        name=cut(name, WIDEST_HEADING),
        line="" if rank is None else f"effective rank {rank:.0f} of {full}",
        ranks=tuple(spectrum.ranks.tolist()), values=tuple(spectrum.values.tolist()),
        expected=tuple(spectrum.expected.tolist()),
    )  # fmt: skip


def images(picture: KernelPicture, v: VariableStats) -> Images:
    """Return the block of one kernel's picture in the section."""
    title = _title(picture, v)
    dead = set(v.matrix.units.dead_at) if v.matrix and v.matrix.units else set()
    return Images(
        title=title, subtitle=_subtitle(picture, v), note=_image_note(picture, v),
        palette="rgb" if picture.style == "rgb" else "diverging",
        low=None if picture.limit is None else -picture.limit, high=picture.limit, zoom=_zoom(picture),
        pictures=_pictures(picture, plain(title), dead),
    )  # fmt: skip


def _zoom(picture: KernelPicture) -> int:
    """Return CSS pixels a picture pixel, so that a picture stays below some 300 px."""
    if picture.style == "matrix":
        return int(max(1, min(8, 240 // max(picture.pixels.shape))))
    if len(picture.shown) > TILES:
        return 2
    return int(max(1, min(10, 36 // max(picture.pixels.shape[1:3]))))


def thumbnail(picture: KernelPicture, v: VariableStats, *, zoom: int) -> Images:
    """Return the small picture for the layer explorer; its scale is said in words, which is shorter than a key."""
    ends = f"; blue −{quantity(picture.limit)} to orange {quantity(picture.limit)}" if picture.limit else ""
    alt = plain(_title(picture, v))
    return Images(title="", subtitle=_subtitle(picture, v) + ends, zoom=zoom, pictures=_pictures(picture, alt, set()))


def _pictures(picture: KernelPicture, alt: str, dead: set[int]) -> list[Picture]:
    if picture.style == "matrix":
        return [Picture(pixels=picture.pixels, alt=alt)]
    if picture.main and len(picture.shown) <= TILES:
        return [
            Picture(pixels=pixels, alt=f"filter {index}", label="dead" if index in dead else "")
            for index, pixels in zip(picture.shown, picture.pixels, strict=True)
        ]
    if picture.main:
        magnified = max(1, MOSAIC_TILE // max(picture.pixels.shape[1:3]))
        return [Picture(pixels=mosaic(picture.pixels, 8, magnified=magnified), alt=alt)]
    return [Picture(pixels=mosaic(picture.pixels, max(1, math.isqrt(len(picture.shown)))), alt=alt)]


def _title(picture: KernelPicture, v: VariableStats) -> Text:
    name = Name(leaf(v), layer=v.layer)
    if picture.style == "matrix":
        return (f"{'Embedding' if v.role == 'embedding' else 'Kernel'} of ", name)
    units = v.matrix.units if v.matrix else None
    dead = f", {worded(units.dead)} dead" if units and units.dead else ""
    return (f"{plural(picture.total, 'filter')} of ", name, dead)


def _subtitle(picture: KernelPicture, v: VariableStats) -> str:
    if picture.style == "matrix":
        return _matrix_subtitle(picture, v)
    field = v.matrix.field if v.matrix else 2
    size = "×".join(str(s) for s in v.shape[:field]) + (" pixels, middle slice" if field == 3 else " pixels")
    if picture.style == "rgb":
        look = "in RGB, each filter stretched to its own range"
    elif picture.channels == 1:
        look = "one input channel"
    else:
        look = f"mean over {picture.channels} input channels"
    part = f"; {len(picture.shown)} evenly spaced ones of {picture.total}" if len(picture.shown) < picture.total else ""
    return f"{size}, {look}{part}"


def _matrix_subtitle(picture: KernelPicture, v: VariableStats) -> str:
    rows, columns = (v.matrix.rows, v.matrix.columns) if v.matrix else (0, 0)
    down, across = ("tokens", "dimensions") if v.role == "embedding" else ("inputs", "units")
    cell = "" if picture.block == (1, 1) else f"; a cell is the mean over {picture.block[0]}×{picture.block[1]} weights"
    return f"{rows:,} {down} down, {columns:,} {across} across{cell}"


def _image_note(picture: KernelPicture, v: VariableStats) -> str:
    parts = []
    units = v.matrix.units if v.matrix else None
    if picture.main and picture.limit is not None:
        parts.append("The scale ends at the 99th percentile of the magnitudes shown.")
    if units and units.dead and picture.style != "matrix":
        listed = ", ".join(str(i) for i in units.dead_at[:12]) + ("…" if units.dead > 12 else "")
        parts.append(f"Dead (norm below 1/1000 of the median, {quantity(units.median)}): filters {listed}.")
    return " ".join(parts)
