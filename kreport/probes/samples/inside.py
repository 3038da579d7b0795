"""What layers make of a few samples, as small pictures on one scale a layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.document.blocks import LayerId
from kreport.probes.observers.activations import unit_axis_of
from kreport.probes.samples.seeing import Look, padded
from kreport.probes.samples.stages import Form, Shown, shown_calls
from kreport.tensors.thumbnails import scale_of, shrunk, steps

MAPS = HEADS = 8
"""Maps of a convolution and heads of an attention layer that are shown: the first ones."""

UNITS, ACROSS = 64, 16
"""Units of a layer that are shown, and how many stand in a line."""

ROWS, TIME = 32, 64
"""Units and steps of a sequence that are shown, at most."""

MOST: dict[Form, int] = {"maps": MAPS, "heads": HEADS, "units": UNITS, "time": ROWS, "tokens": ROWS}
"""What is kept of a layer's units."""

PIXELS = 48_000
"""Of all pictures of feature maps together: more maps are smaller ones."""

SMALLEST, LARGEST = 8, 32
"""Sides of a map."""


@dataclass(frozen=True, kw_only=True, eq=False)
class LayerView:
    """One layer's outputs for the telling samples.

    Attributes:
        call, layer: where.
        form: ``maps`` of a convolution, ``units`` of a layer without positions, ``time`` × units, ``tokens`` × vector,
            ``heads`` of an attention layer.
        shape: of the output without the batch axis.
        low, high: ends of the scale, the same for all samples; low is 0 or −high.
        note: how much of the output is shown.
        pixels: palette steps 0 to 8, one array a sample, uint8: ``(n, height, width)`` for maps and heads,
            ``(height, width)`` else.
    """

    call: str
    layer: LayerId
    form: str
    shape: tuple[int, ...]
    low: float
    high: float
    note: str
    pixels: tuple[NDArray[np.uint8], ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Output:
    """What is shown of one layer's outputs.

    Attributes:
        call, layer, form, shape: see :class:`LayerView`.
        units: maps, heads, units or dimensions that there are.
        values: the first ones of some samples, float32: ``(samples, …, units)``, for heads
            ``(samples, heads, queries, keys)``.
    """

    call: str
    layer: LayerId
    form: Form
    shape: tuple[int, ...]
    units: int
    values: NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False)
class Outputs:
    """Outputs of some layers, in order."""

    layers: tuple[Output, ...]

    @classmethod
    def joined(cls, parts: Sequence[Outputs]) -> Outputs:
        """Return the outputs of all samples together; what the longest text has more is no number in the others."""
        first, *rest = parts
        if not rest:
            return first
        same = zip(*(part.layers for part in parts), strict=True)
        return cls(layers=tuple(replace(one[0], values=padded([o.values for o in one], np.nan)) for one in same))


def outputs_of(look: Look) -> Outputs:
    """Return what is shown of the outputs of some layers."""
    return Outputs(layers=tuple(_output(one, look) for one in shown_calls(look)))


def _output(shown: Shown, look: Look) -> Output:
    call, form, most = shown.call, shown.form, MOST[shown.form]
    whole = look.scores[call.layer][0] if form == "heads" else call.outputs[0]
    if form == "heads":
        values = _numbers(whole, look.size)
        values = values.reshape(len(values), -1, *values.shape[-2:])  # one head has no axis of its own
        units, values = values.shape[1], values[:, :most]
    else:
        axis = unit_axis_of(call.target, whole) % whole.shape.rank
        units = int(whole.shape[axis])
        values = np.moveaxis(_numbers(whole[(slice(None),) * axis + (slice(most),)], look.size), axis, -1)
    return Output(
        call=call.id, layer=call.layer, form=form, shape=tuple(int(n) for n in whole.shape[1:]), units=units,
        values=values.copy(),
    )  # fmt: skip


def inside(outputs: Outputs, samples: int) -> tuple[LayerView, ...]:
    """Return views of some layers, in order."""
    tiles = sum(MAPS for one in outputs.layers if one.form in ("maps", "heads")) * samples
    side = int(np.clip(np.sqrt(PIXELS / max(tiles, 1)), SMALLEST, LARGEST))
    return tuple(_view(one, side) for one in outputs.layers)


def _view(output: Output, side: int) -> LayerView:
    drawn, note = _drawn(output, side)
    low, high = scale_of(drawn)
    if output.form == "heads":
        low = 0.0
    return LayerView(
        call=output.call, layer=output.layer, form=output.form, shape=output.shape, low=low, high=high, note=note,
        pixels=tuple(steps(one, low, high) for one in drawn),
    )  # fmt: skip


def _numbers(tensor: Any, size: int) -> NDArray[np.float32]:
    import tensorflow as tf

    return np.asarray(tf.cast(tensor[:size], tf.float32))


def _drawn(output: Output, side: int) -> tuple[NDArray[np.float64], str]:
    """Return what is shown of ``(samples, …, units)``, and how much that is."""
    values, form, units = output.values, output.form, output.units
    if form == "maps":
        return _maps(values, units, side)
    if form == "heads":
        small = np.stack([np.stack([shrunk(one, side) for one in sample]) for sample in values])
        return small, _part(units, HEADS, "heads")
    if form == "units":
        return _units(values), _part(units, UNITS, "units")
    steps_ = values.shape[1]
    small = np.stack([shrunk(one, (TIME, ROWS)) for one in values])
    parts = [_part(units, ROWS, "units" if form == "time" else "dimensions")]
    if steps_ > TIME:
        parts.append(f"means of {-(-steps_ // TIME)} steps")
    return small.swapaxes(1, 2), ", ".join(filter(None, parts))


def _maps(values: NDArray[np.float32], units: int, side: int) -> tuple[NDArray[np.float64], str]:
    parts = [_part(units, MAPS, "maps")]
    if values.ndim == 5:
        parts.append(f"middle of {values.shape[1]} slices")
        values = values[:, values.shape[1] // 2]
    chosen = np.moveaxis(values, -1, 1)  # (samples, maps, height, width)
    small = np.stack([np.stack([shrunk(one, side) for one in sample]) for sample in chosen])
    block = -(-max(values.shape[1:3]) // side)
    if block > 1:
        parts.append(f"means of {block}×{block}")
    return small, ", ".join(filter(None, parts))


def _units(values: NDArray[np.float32]) -> NDArray[np.float64]:
    shown = values.astype(np.float64)
    lines = -(-shown.shape[1] // ACROSS)
    width = -(-shown.shape[1] // lines)
    grid = np.full((len(shown), lines * width), np.nan)
    grid[:, : shown.shape[1]] = shown
    return grid.reshape(len(shown), lines, width)


def _part(number: int, most: int, what: str) -> str:
    return f"first {most} of {number} {what}" if number > most else ""
