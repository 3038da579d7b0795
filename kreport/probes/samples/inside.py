"""What layers make of a few samples, as small pictures on one scale a layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.document.blocks import LayerId
from kreport.probes.observers.activations import unit_axis_of
from kreport.probes.samples.seeing import Look
from kreport.probes.samples.stages import Form, Shown, shown_calls
from kreport.tensors.thumbnails import scale_of, shrunk, steps

MAPS = HEADS = 8
"""Maps of a convolution and heads of an attention layer that are shown: the first ones."""

UNITS, ACROSS = 64, 16
"""Units of a layer that are shown, and how many stand in a line."""

ROWS, TIME = 32, 64
"""Units and steps of a sequence that are shown, at most."""

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


def inside(look: Look) -> tuple[LayerView, ...]:
    """Return views of some layers, in order."""
    shown = shown_calls(look)
    tiles = sum(MAPS for one in shown if one.form in ("maps", "heads")) * look.size
    side = int(np.clip(np.sqrt(PIXELS / max(tiles, 1)), SMALLEST, LARGEST))
    return tuple(_view(one, look, side) for one in shown)


def _view(shown: Shown, look: Look, side: int) -> LayerView:
    call, form = shown.call, shown.form
    whole = look.scores[call.layer][0] if form == "heads" else call.outputs[0]
    values = _numbers(whole, look.size)
    axis = unit_axis_of(call.target, whole)
    if form != "heads" and values.ndim > 2:
        values = np.moveaxis(values, axis, -1)
    drawn, note = _drawn(values, form, side)
    low, high = scale_of(drawn)
    if form == "heads":
        low = 0.0
    return LayerView(
        call=call.id, layer=call.layer, form=form, shape=tuple(int(n) for n in whole.shape[1:]), low=low, high=high,
        note=note, pixels=tuple(steps(one, low, high) for one in drawn),
    )  # fmt: skip


def _numbers(tensor: Any, size: int) -> NDArray[np.float32]:
    import tensorflow as tf

    return np.asarray(tf.cast(tensor[:size], tf.float32))


def _drawn(values: NDArray[np.float32], form: Form, side: int) -> tuple[NDArray[np.float64], str]:
    """Return what is shown of ``(samples, …, units)``, and how much that is."""
    if form == "maps":
        return _maps(values, side)
    if form == "heads":
        return _heads(values, side)
    if form == "units":
        return _units(values)
    steps_, units = values.shape[1], values.shape[2]
    small = np.stack([shrunk(one[:, :ROWS], (TIME, ROWS)) for one in values])
    parts = [_part(units, ROWS, "units" if form == "time" else "dimensions")]
    if steps_ > TIME:
        parts.append(f"means of {-(-steps_ // TIME)} steps")
    return small.swapaxes(1, 2), ", ".join(filter(None, parts))


def _maps(values: NDArray[np.float32], side: int) -> tuple[NDArray[np.float64], str]:
    parts = [_part(values.shape[-1], MAPS, "maps")]
    if values.ndim == 5:
        parts.append(f"middle of {values.shape[1]} slices")
        values = values[:, values.shape[1] // 2]
    chosen = np.moveaxis(values[..., :MAPS], -1, 1)  # (samples, maps, height, width)
    small = np.stack([np.stack([shrunk(one, side) for one in sample]) for sample in chosen])
    block = -(-max(values.shape[1:3]) // side)
    if block > 1:
        parts.append(f"means of {block}×{block}")
    return small, ", ".join(filter(None, parts))


def _heads(values: NDArray[np.float32], side: int) -> tuple[NDArray[np.float64], str]:
    values = values[:, None] if values.ndim == 3 else values  # one head has no axis of its own
    heads = values.reshape(len(values), -1, *values.shape[-2:])
    small = np.stack([np.stack([shrunk(one, side) for one in sample]) for sample in heads[:, :HEADS]])
    return small, _part(heads.shape[1], HEADS, "heads")


def _units(values: NDArray[np.float32]) -> tuple[NDArray[np.float64], str]:
    shown = values[:, :UNITS].astype(np.float64)
    lines = -(-shown.shape[1] // ACROSS)
    width = -(-shown.shape[1] // lines)
    grid = np.full((len(shown), lines * width), np.nan)
    grid[:, : shown.shape[1]] = shown
    return grid.reshape(len(shown), lines, width), _part(values.shape[1], UNITS, "units")


def _part(number: int, most: int, what: str) -> str:
    return f"first {most} of {number} {what}" if number > most else ""
