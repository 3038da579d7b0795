"""The table of the Gradients section: one row a variable."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kreport.analyzers._gradients.sentences import counted
from kreport.analyzers._gradients.stats import GradientStats, VariableGradient
from kreport.document.blocks import Column, Swatch, Table, TableRow
from kreport.document.numbers import plural, quantity, shape
from kreport.document.text import Name, Quiet

VECTORS = 120
"""From so many variables on vectors are left to the layer explorer."""


def variable_table(stats: GradientStats) -> Table:
    """Return one row a variable; biases and the like only while there are not too many."""
    shown = [v for v in stats.variables if v.matrix or len(stats.variables) < VECTORS]
    snr = any(v.snr is not None for v in shown)
    updates = any(v.update_ratio is not None for v in shown)
    bad = any(v.nan for v in shown)
    columns = [
        Column(label="Variable"), Column(label="Norm", unit="number"), Column(label="RMS", unit="number"),
        Column(label="Exact zeros", unit="bar"), *([Column(label="NaN, ∞", unit="exact")] if bad else []),
        *([Column(label="Signal/noise", unit="number")] if snr else []), Column(label="Gradient/weight", unit="number"),
        *([Column(label="Update/weight", unit="number")] if updates else []),
        Column(label="Distribution", unit="spark"),
    ]  # fmt: skip
    rows = [TableRow(cells=tuple(_cells(v, snr=snr, updates=updates, bad=bad))) for v in shown]
    left = len(stats.variables) - len(shown)
    return Table(
        title=f"∂L/∂w of {plural(len(shown), 'variable')}",
        subtitle=f"Of the mean loss over {counted(stats)}, training mode, loss as compiled",
        columns=columns, rows=rows, search="name", note=_note(stats, left, updates=updates),
    )  # fmt: skip


def _cells(v: VariableGradient, *, snr: bool, updates: bool, bad: bool) -> Iterator[Any]:
    name = Name(f"{v.layer}/{v.name}" if v.layer else v.name, layer=v.layer)
    yield Swatch(layer_kind=v.kind, text=(name,) if v.connected else (name, Quiet(" no gradient")))
    yield v.norm
    yield v.rms
    yield v.zeros / v.size if v.connected and v.size else None
    if bad:
        yield v.nan
    if snr:
        yield v.snr
    yield v.ratio
    if updates:
        yield v.update_ratio
    yield v.histogram.tolist() if v.histogram.size else None


def _note(stats: GradientStats, left: int, *, updates: bool) -> str:
    parts = ["Signal/noise: norm of the mean gradient over the spread of single batches' gradients about it."]
    if updates:
        parts.append(
            "Update/weight: ‖Δw‖/‖w‖ of the step the optimizer would make with the first batch, rehearsed on copies."
        )
    if stats.frozen:
        parts.append(f"{plural(len(stats.frozen), 'variable is', 'variables are')} frozen and not listed.")
    if left:
        parts.append(f"{plural(left, 'vector')} stand with their layers in the explorer.")
    parts += [f"{note[0].upper()}{note[1:]}." for note in stats.notes]
    return " ".join(parts)


def parts_of(v: VariableGradient) -> Iterator[str]:
    """Yield the figures of a variable for the layer explorer."""
    yield f"{shape(v.shape, batch=True)}"
    if not v.connected:
        yield "no gradient: the loss does not depend on it"
        return
    if v.nan:
        yield f"{v.nan:,} of {v.size:,} not finite"
    if v.norm is None:
        return
    yield f"norm {quantity(v.norm)}, mean {quantity(v.mean)}, std {quantity(v.std)}"
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
