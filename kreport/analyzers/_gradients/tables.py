"""The table of the Gradients section: one row a variable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kreport.analyzers._gradients.sentences import counted, pulls_title
from kreport.analyzers._gradients.stats import GradientStats, HardSample, SampleLoss, VariableGradient
from kreport.analyzers._verdicts import input_cell, quoted
from kreport.document.blocks import Column, Images, Swatch, Table, TableRow
from kreport.document.numbers import plural, quantity
from kreport.document.text import Name, Quiet

VECTORS = 120
"""From so many variables on vectors are left to the layer explorer."""

FROZEN = 30
"""More frozen variables than this are counted, not listed."""


def variable_table(stats: GradientStats) -> Table:
    """Return one row a variable; biases and the like only while there are not too many."""
    shown = [v for v in stats.variables if v.matrix or len(stats.variables) < VECTORS]
    with_ = _Columns.of(stats, shown)
    rows = [TableRow(cells=tuple(_cells(v, with_))) for v in shown]
    if len(stats.frozen) <= FROZEN:
        rows += [TableRow(cells=_frozen(layer, name, with_)) for layer, name in stats.frozen]
    left = len(stats.variables) - len(shown)
    loss = "as its optimizer is given it" if stats.recorded else "loss as compiled"
    return Table(
        title=f"∂L/∂w of {plural(len(shown), 'variable')}",
        subtitle=f"Of the mean loss over {counted(stats)}, training mode, {loss}", columns=with_.columns(), rows=rows,
        search="name", note=_note(stats, left, with_),
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Columns:
    """Which of the columns that are not always there the table has."""

    optimizer: bool
    bad: bool
    snr: bool
    updates: bool

    @classmethod
    def of(cls, stats: GradientStats, shown: Sequence[VariableGradient]) -> _Columns:
        return cls(
            optimizer=len(stats.optimizers) > 1, bad=any(v.nan for v in shown),
            snr=any(v.snr is not None for v in shown), updates=any(v.update_ratio is not None for v in shown),
        )  # fmt: skip

    def columns(self) -> list[Column]:
        found = [
            (True, Column(label="Variable")),
            (self.optimizer, Column(label="Optimizer", unit="name")),
            (True, Column(label="Norm", unit="number")),
            (True, Column(label="RMS", unit="number")),
            (True, Column(label="Exact zeros", unit="bar")),
            (self.bad, Column(label="NaN, ∞", unit="exact")),
            (self.snr, Column(label="Signal/noise", unit="number")),
            (True, Column(label="Gradient/weight", unit="number")),
            (self.updates, Column(label="Update/weight", unit="number")),
            (True, Column(label="Distribution", unit="spark")),
        ]
        return [column for there, column in found if there]


def _cells(v: VariableGradient, with_: _Columns) -> Iterator[Any]:
    name = Name(f"{v.layer}/{v.name}" if v.layer else v.name, layer=v.layer)
    yield Swatch(layer_kind=v.kind, text=(name,) if v.connected else (name, Quiet(" none: cut off")))
    if with_.optimizer:
        yield v.optimizer or None
    yield v.norm
    yield v.rms
    yield v.zeros / v.size if v.connected and v.size else None
    if with_.bad:
        yield v.nan
    if with_.snr:
        yield v.snr
    yield v.ratio
    if with_.updates:
        yield v.update_ratio
    yield v.histogram.tolist() if v.histogram.size else None


def _frozen(layer: str, name: str, with_: _Columns) -> tuple[Any, ...]:
    label = Name(f"{layer}/{name}" if layer else name, layer=layer)
    return (Swatch(layer_kind="other", text=(label, Quiet(" frozen"))), *[None] * (len(with_.columns()) - 1))


def _note(stats: GradientStats, left: int, with_: _Columns) -> str:
    parts = []
    if with_.snr:
        parts.append(
            f"Signal/noise: |G| / √(tr(Σ)/b) of one batch of b = {stats.batch_size:,}, unbiased over batches; 0 where"
            " no signal stands out (McCandlish et al. 2018, appendix A.1)."
        )
    if with_.updates:
        parts.append(
            "Update/weight: ‖Δw‖/‖w‖ of the step the optimizer would make with the gradient of the first batch."
        )
    if len(stats.frozen) > FROZEN:
        parts.append(f"{plural(len(stats.frozen), 'variable is', 'variables are')} frozen and not listed.")
    if left:
        parts.append(f"{plural(left, 'vector')} stand with their layers in the explorer.")
    parts += [f"{note[0].upper()}{note[1:]}." for note in stats.notes]
    return " ".join(parts)


def hardest(losses: SampleLoss) -> Table | Images:
    """Return the samples with the largest losses: as pictures where they are such, else as a table."""
    pictured = [one.input is not None and input_cell(one.input, one.index) is not None for one in losses.hardest]
    return _hardest_pictures(losses) if pictured and all(pictured) else _hardest_table(losses)


def _hardest_title(losses: SampleLoss) -> str:
    number = len(losses.hardest)
    return f"The {number} hardest samples" if number > 1 else "The hardest sample"


def _hardest_pictures(losses: SampleLoss) -> Images:
    found = [(one, input_cell(one.input, one.index)) for one in losses.hardest if one.input is not None]
    cells = [(one, cell) for one, cell in found if cell is not None]
    series = cells[0][0].input is not None and cells[0][0].input.kind == "series"
    coloured = cells[0][1].picture.pixels.ndim == 3
    told = [(one, cell, _told_hard(one)) for one, cell in cells]
    notes = dict.fromkeys(one.input.note for one, _ in cells if one.input is not None and one.input.note)
    return Images(
        title=_hardest_title(losses), palette="diverging" if series else "rgb" if coloured else "grey",
        subtitle="By compiled loss, the largest first; sample: index in the data, from 0"
        + ("; steps to the right, each on its own scale" if series else ""),
        note=" ".join(f"Shown: {note}." for note in notes), zoom=cells[0][1].zoom,
        narrow=True, pictures=[
            replace(
                cell.picture, label=_told_below(one, said),
                alt=f"{cell.picture.alt}: {said}{', ' if said else ''}loss {quantity(one.loss)}",
            )
            for one, cell, said in told
        ],
    )  # fmt: skip


def _told_hard(one: HardSample) -> str:
    """Return ``true 3, said 5, 98 %``."""
    parts = [f"true {one.label}" if one.label else "", f"said {one.said}" if one.said else ""]
    share = [quantity(one.share, "share")] if one.share is not None else []
    return ", ".join([*filter(None, parts), *share])


def _told_below(one: HardSample, said: str) -> str:
    """Return what stands beneath a picture, with each word beside its number."""
    told = f"{said}{', ' if said else ''}loss {quantity(one.loss)}, sample {one.index:,}"
    for word in ("true", "said", "loss", "sample"):
        told = told.replace(f"{word} ", f"{word}\N{NO-BREAK SPACE}")
    return told


def _hardest_table(losses: SampleLoss) -> Table:
    labels, said = (any(getattr(one, name) for one in losses.hardest) for name in ("label", "said"))
    shares = any(one.share is not None for one in losses.hardest)
    texts = [quoted(one.input) if one.input is not None else "" for one in losses.hardest]
    columns = [
        Column(label="Sample"), *([Column(label="Label")] if labels else []),
        *([Column(label="Model says")] if said else []), *([Column(label="Share", unit="share")] if shares else []),
        Column(label="Loss", unit="number"), *([Column(label="Text")] if any(texts) else []),
    ]  # fmt: skip
    rows = []
    for one, text in zip(losses.hardest, texts, strict=True):
        words = [f"{one.index:,}", *([one.label or None] if labels else []), *([one.said or None] if said else [])]
        last = [text or None] if any(texts) else []
        rows.append(TableRow(cells=(*words, *([one.share] if shares else []), one.loss, *last)))
    return Table(
        title=_hardest_title(losses), columns=columns, rows=rows, subtitle="By index in the data, from 0", sort=False
    )  # fmt: skip


def pulls_table(stats: GradientStats) -> Table:
    """Return the losses of a model with several, with what each does to the weights they share."""
    most = max((one.norm for one in stats.pulls), default=0.0) or 1.0
    columns = [
        Column(label="Output"), Column(label="Weight", unit="number"), Column(label="Loss, weighted", unit="number"),
        Column(label="Gradient norm", unit="number"), Column(label="Of the largest", unit="bar"),
    ]  # fmt: skip
    rows = [
        TableRow(cells=((Name(one.name),), one.weight, one.value, one.norm, one.norm / most)) for one in stats.pulls
    ]
    return Table(
        title=pulls_title(stats.pulls), columns=columns, rows=rows, sort=False,
        subtitle="‖∂L/∂w‖ of each weighted loss on the variables that several reach, training mode, one batch of"
        f" {plural(stats.pull_samples, 'sample')}",
    )  # fmt: skip


def parts_of(v: VariableGradient) -> Iterator[str]:
    """Yield the figures of a variable for the layer explorer."""
    if not v.connected:
        yield "no gradient: the loss does not depend on it"
        return
    if v.nan or v.norm is None:
        yield f"{v.nan:,} of {v.size:,} not finite"
    if v.norm is None:
        return
    yield f"norm {quantity(v.norm)}, mean {quantity(v.mean)}, std {quantity(v.std)}"
    if len(v.shape) > 1:  # of a vector they say little more
        q = v.quantiles
        yield f"1, 25, 50, 75, 99 %: {', '.join(quantity(x) for x in (q[0], q[2], q[3], q[4], q[6]))}"
    if v.zeros:
        yield f"{quantity(v.zeros / v.size, 'share')} exact zeros"
    if v.ratio is not None:
        yield f"gradient/weight {quantity(v.ratio)}"
    if v.update_ratio is not None:
        yield f"update/weight {quantity(v.update_ratio)}"
    if v.snr is not None:
        yield f"signal/noise {quantity(v.snr)}"
