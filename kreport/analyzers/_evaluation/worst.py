"""The samples that a model is far off with: pictures, texts or rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kreport.analyzers._evaluation.comparisons import WorstSample
from kreport.analyzers._evaluation.stats import OutputEvaluation
from kreport.analyzers._labels import worded
from kreport.analyzers._verdicts import input_cell, quoted
from kreport.document.blocks import Column, Images, StripCell, Table, TableRow, Unit
from kreport.document.numbers import plural, quantity

FEATURES = 6
"""Columns of a row that are written: those named first."""

SUSPECT = "label?"


def worst_samples(one: OutputEvaluation) -> Images | Table | None:
    """Return the worst samples as pictures where they are such, else as a table; None where there are none."""
    if not one.worst:
        return None
    cells = [None if w.input is None else input_cell(w.input, w.index) for w in one.worst]
    known = [cell for cell in cells if cell is not None]
    return _pictures(one, known) if len(known) == len(cells) else _table(one)


def _title(one: OutputEvaluation) -> str:
    number = len(one.worst)
    if one.kind in ("binary", "multi-class") and not one.per_position:
        return "The mistakes, most confident first" if number > 1 else "The only mistake"
    return (
        f"The {worded(number)} samples with the largest errors" if number > 1 else "The sample with the largest error"
    )


def _subtitle(one: OutputEvaluation) -> str:
    classes = one.kind in ("binary", "multi-class") and not one.per_position
    more = classes and one.mistakes > len(one.worst)
    of = f"{len(one.worst)} of {plural(one.mistakes, 'mistake')}; " if more else ""
    figure = "Confidence in the wrong class" if classes else "Share of wrong answers" if _shares(one) else "Mean error"
    return f"{of}{figure if not of else figure[0].lower() + figure[1:]}; sample: index in the data, from 0"


def _shares(one: OutputEvaluation) -> bool:
    return one.kind in ("binary", "multi-class", "multi-label")


def _note(one: OutputEvaluation) -> str:
    if not one.suspects:
        return ""
    kept = f"{plural(one.suspects, 'label')} of {one.kept:,} may be wrong"
    return (
        f"{kept}: another class is predicted with more confidence than is usual for it (Northcutt, Jiang and Chuang"
        f" 2021); those shown are marked “{SUSPECT}”."
    )


def _pictures(one: OutputEvaluation, cells: Sequence[StripCell]) -> Images:
    views = [w.input for w in one.worst if w.input is not None]
    series, coloured = views[0].kind == "series", cells[0].picture.pixels.ndim == 3
    notes = dict.fromkeys(view.note for view in views if view.note)
    shown = [f"Shown: {note}." for note in notes]
    return Images(
        title=_title(one), subtitle=_subtitle(one) + ("; steps to the right, each on its own scale" if series else ""),
        note=" ".join(filter(None, [*shown, _note(one)])), zoom=cells[0].zoom, narrow=True,
        palette="diverging" if series else "rgb" if coloured else "grey",
        pictures=[
            replace(cell.picture, label=_below(w), alt=f"{cell.picture.alt}: {_told(w)}")
            for w, cell in zip(one.worst, cells, strict=True)
        ],
    )  # fmt: skip


def _told(w: WorstSample) -> str:
    parts = [f"{w.label} taken for {w.said}" if w.share is not None else ""]
    parts += [f"true {w.label}, said {w.said}" if w.share is None and w.label else ""]
    parts += [f"{quantity(w.share, 'share')} sure" if w.share is not None else ""]
    parts += [f"error {quantity(w.error)}" if w.error is not None else "", SUSPECT if w.suspect else ""]
    return ", ".join(filter(None, parts))


def _below(w: WorstSample) -> str:
    """Return what stands beneath a picture, with each word beside its number."""
    told = f"{_told(w)}, sample {w.index:,}"
    for word in ("true", "said", "error", "sample", "for"):
        told = told.replace(f"{word} ", f"{word}\N{NO-BREAK SPACE}")
    return told.replace(" sure", "\N{NO-BREAK SPACE}sure").replace(" %", "\N{NO-BREAK SPACE}%")


def _table(one: OutputEvaluation) -> Table:
    texts = [quoted(w.input) if w.input is not None else "" for w in one.worst]
    first = one.worst[0].input
    names = first.words[:FEATURES] if first is not None and first.kind == "table" else ()
    said, shares = any(w.label for w in one.worst), any(w.share is not None for w in one.worst)
    suspects = any(w.suspect for w in one.worst)
    columns = [Column(label="Sample"), *([Column(label="Label"), Column(label="Model says")] if said else [])]
    columns += [Column(label="Confidence", unit="share")] if shares else []
    columns += [] if shares else [Column(label="Wrong" if _shares(one) else "Error", unit=_unit(one))]
    columns += [Column(label="")] if suspects else []
    columns += [Column(label="Text")] if any(texts) else []
    columns += [Column(label=name, unit="number", group="Input") for name in names]
    rows = []
    for w, text in zip(one.worst, texts, strict=True):
        cells: list[object] = [f"{w.index:,}", *([w.label, w.said] if said else [])]
        cells += [w.share if shares else w.error]
        cells += [SUSPECT if w.suspect else None] if suspects else []
        cells += [text or None] if any(texts) else []
        cells += [float(v) for v in w.input.values[: len(names)]] if names and w.input is not None else []
        rows.append(TableRow(cells=tuple(cells)))
    left = 0 if first is None or not names else len(first.words) - len(names)
    more = f"{plural(left, 'more column')} of the input {'is' if left == 1 else 'are'} not shown." if left > 0 else ""
    return Table(
        title=_title(one), subtitle=_subtitle(one), columns=columns, rows=rows, sort=False,
        note=" ".join(filter(None, [more, _note(one)])),
    )  # fmt: skip


def _unit(one: OutputEvaluation) -> Unit:
    return "share" if _shares(one) else "number"
