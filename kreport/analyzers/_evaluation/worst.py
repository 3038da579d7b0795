"""The samples that a model is far off with: pictures, texts or rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kreport.analyzers._evaluation.comparisons import WorstSample
from kreport.analyzers._evaluation.sentences import WEAK
from kreport.analyzers._evaluation.stats import OutputEvaluation
from kreport.analyzers._labels import worded
from kreport.analyzers._verdicts import input_cell, quoted
from kreport.charts.series import CHANNELS, Series, series_chart
from kreport.document.blocks import Chart, Column, Images, StripCell, Table, TableRow, Unit
from kreport.document.numbers import plural, quantity
from kreport.document.text import Strong, Text
from kreport.probes.samples.inputs import InputView

FEATURES = 6
"""Columns of a row that are written: those named first."""

PICTURES, SERIES = 8, 6
"""Images that are shown, a row of the page, and series, two rows of three."""

SIDE, LONG = 96, 216
"""Px that an image, and a series of many channels, takes at most, if it has no more points."""

SUSPECT = "label?"


def worst_samples(one: OutputEvaluation, key: str) -> Images | Chart | Table | None:
    """Return the worst samples as pictures or lines where they are such, else as a table; None where there are none."""
    if not one.worst:
        return None
    cells = [None if w.input is None else input_cell(w.input, w.index) for w in one.worst]
    known = [cell for cell in cells if cell is not None]
    if len(known) < len(cells):
        return _table(one)
    views = [w.input for w in one.worst if w.input is not None]
    if views[0].kind != "series":
        return _pictures(one, known[:PICTURES])
    if views[0].values.shape[1] <= CHANNELS:
        return _lines(one, views[:SERIES], key)
    return _pictures(one, known[:SERIES])


def _lines(one: OutputEvaluation, views: Sequence[InputView], key: str) -> Chart:
    samples = one.worst[: len(views)]
    told = [_told(w) for w in samples]
    steps = "steps" if views[0].note else f"steps 0 to {max(len(view.values) for view in views) - 1}"
    return series_chart(
        [
            Series(
                name=_what(w) or _how(w), values=view.values,
                remark=", ".join(filter(None, [_how(w) if _what(w) else "", f"sample {w.index:,}",
                                               SUSPECT if w.suspect else ""])),
            )
            for w, view in zip(samples, views, strict=True)
        ],
        id=f"{key}-worst", title=_title(one, len(views)), note=_shown(one, views), alt=f"{'; '.join(told)}.",
        subtitle=f"{_subtitle(one, len(views))}; {steps} from left to right, each on its own scale; grey: zero",
    )  # fmt: skip


def _shown(one: OutputEvaluation, views: Sequence[InputView]) -> str:
    notes = dict.fromkeys(view.note for view in views if view.note)
    return " ".join(filter(None, [*(f"Shown: {note}." for note in notes), _note(one)]))


def without_inputs(one: OutputEvaluation) -> bool:
    """Return whether no input is shown, which makes the table of the worst samples a narrow one."""
    return all(w.input is None for w in one.worst)


def _single(one: OutputEvaluation) -> bool:
    """Return whether a sample has one class."""
    return one.kind in ("binary", "multi-class") and not one.per_position


def _shares(one: OutputEvaluation) -> bool:
    return one.kind in ("binary", "multi-class", "multi-label")


def _title(one: OutputEvaluation, shown: int) -> str:
    if _single(one):
        return "The mistakes, most confident first" if shown > 1 else "The only mistake"
    return f"The {worded(shown)} samples with the largest errors" if shown > 1 else "The sample with the largest error"


def _subtitle(one: OutputEvaluation, shown: int) -> str:
    parts = []
    if _single(one) and one.mistakes > shown:
        parts.append(f"{shown} of {plural(one.mistakes, 'mistake')}")
    if _single(one):
        parts.append("confidence in the wrong class")
    elif _shares(one):
        parts.append(f"share of {'positions' if one.per_position else 'labels'} that are wrong")
    elif one.per_position or one.kind == "reconstruction" or len(one.targets) > 1:
        parts.append("mean absolute error of a sample")
    else:
        parts.append("absolute error")
    told = "; ".join([*parts, "samples by their index in the data, from 0"])
    return told[:1].upper() + told[1:]


def _note(one: OutputEvaluation) -> str:
    if not one.suspects:
        return ""
    noun = "label" if one.suspects == 1 else "labels"
    told = (
        f"{one.suspects:,} {noun} of {one.kept:,} may be wrong: another class is predicted with more confidence than is"
        f" usual for it (Northcutt, Jiang and Chuang 2021); those shown are marked “{SUSPECT}”."
    )
    weak = one.scores[0].name == "accuracy" and one.scores[0].value < WEAK
    return told + (" A model that is wrong so often says little about labels." if weak else "")


def _pictures(one: OutputEvaluation, cells: Sequence[StripCell]) -> Images:
    samples = one.worst[: len(cells)]
    views = [w.input for w in samples if w.input is not None]
    series, coloured = views[0].kind == "series", cells[0].picture.pixels.ndim == 3
    rows = "; steps from left to right, a band a channel, blue below and orange above zero, each on its own scale"
    return Images(
        title=_title(one, len(cells)), subtitle=_subtitle(one, len(cells)) + (rows if series else ""),
        note=_shown(one, views), narrow=not series,
        zoom=max(1, (LONG if series else SIDE) // max(cells[0].picture.pixels.shape[: None if series else 2])),
        palette="diverging" if series else "rgb" if coloured else "grey",
        pictures=[
            replace(cell.picture, label=_below(w), alt=f"{cell.picture.alt}: {_told(w)}")
            for w, cell in zip(samples, cells, strict=True)
        ],
    )  # fmt: skip


def _told(w: WorstSample) -> str:
    return ", ".join(filter(None, [_what(w), _how(w), SUSPECT if w.suspect else ""]))


def _what(w: WorstSample) -> str:
    if w.share is not None:
        return f"{w.label} taken for {w.said}"
    return f"{w.label}, predicted {w.said}" if w.label else ""


def _how(w: WorstSample) -> str:
    if w.share is not None:
        return f"{quantity(w.share, 'share')} sure"
    return f"error {quantity(w.error)}" if w.error is not None else ""


def _below(w: WorstSample) -> Text:
    """Return what stands beneath a picture, with each word beside its number."""
    first, how = _what(w), _how(w).replace(" ", "\N{NO-BREAK SPACE}")
    rest = [how, f"sample\N{NO-BREAK SPACE}{w.index:,}", SUSPECT if w.suspect else ""]
    if not first:
        return (Strong(how), " " + ", ".join(filter(None, rest[1:])))
    return (Strong(first), " " + ", ".join(filter(None, rest)))


def _table(one: OutputEvaluation) -> Table:
    columns, rows = _head(one), []
    first = one.worst[0].input
    names = _names(one)
    texts = [quoted(w.input) if w.input is not None else "" for w in one.worst]
    for w, text in zip(one.worst, texts, strict=True):
        cells: list[object] = [f"{w.index:,}", *([w.label, w.said] if _said(one) else [])]
        cells += [w.share if _single(one) else w.error]
        cells += [SUSPECT if w.suspect else ""] if _suspected(one) else []
        cells += [text or None] if any(texts) else []
        cells += [float(v) for v in w.input.values[: len(names)]] if names and w.input is not None else []
        rows.append(TableRow(cells=tuple(cells)))
    columns += [Column(label="Text")] if any(texts) else []
    columns += [Column(label=name, unit="number", group="Input") for name in names]
    left = 0 if first is None or not names else len(first.words) - len(names)
    more = f"{plural(left, 'more column')} of the input {'is' if left == 1 else 'are'} not shown." if left > 0 else ""
    hidden = "" if first else "Their inputs are not in this report."
    return Table(
        title=_title(one, len(one.worst)), subtitle=_subtitle(one, len(one.worst)), columns=columns, rows=rows,
        sort=False, note=" ".join(filter(None, [more, _note(one), hidden])),
    )  # fmt: skip


def _said(one: OutputEvaluation) -> bool:
    return any(w.label for w in one.worst)


def _suspected(one: OutputEvaluation) -> bool:
    return any(w.suspect for w in one.worst)


def _names(one: OutputEvaluation) -> Sequence[str]:
    first = one.worst[0].input
    return first.words[:FEATURES] if first is not None and first.kind == "table" else ()


def _head(one: OutputEvaluation) -> list[Column]:
    """Return the columns that stand before the input: numbers to the right."""
    unit: Unit = "text" if _single(one) else "number"
    columns = [Column(label="Sample", unit="text")]
    columns += [Column(label="Label", unit=unit), Column(label="Model says", unit=unit)] if _said(one) else []
    if _single(one):
        columns.append(Column(label="Confidence", unit="share"))
    else:
        columns.append(Column(label="Wrong" if _shares(one) else "Error", unit="share" if _shares(one) else "number"))
    return [*columns, *([Column(label="Remark")] if _suspected(one) else [])]
