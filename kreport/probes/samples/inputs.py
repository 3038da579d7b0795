"""What an input is for the eye: a picture, a curve, a row of a table, a text, tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from kreport.inputs.batches import Batches
from kreport.tensors.thumbnails import image_range, levels, shrunk

Kind = Literal["image", "series", "table", "text", "tokens", "other"]

SIDE = 56
"""Pixels of a picture's longer side, at most."""

FEATURES = 64
"""Values of a row up to which it is a table without names; a longer one is drawn as a curve."""

STEPS, CHANNELS = 128, 3
"""Of a curve, at most."""

TOKENS = 80
"""Tokens shown, at most."""

CHARACTERS = 240
"""Of a text, at most."""

SQUARE = 8
"""Side from which a square array without channels is taken for a picture."""


@dataclass(frozen=True, kw_only=True, eq=False)
class InputView:
    """One input of one sample.

    Attributes:
        kind: how it is shown: one of :data:`Kind`.
        pixels: uint8 of shape ``(height, width)`` or ``(height, width, 3)`` for an image; empty elsewhere.
        values: float64: of shape ``(steps, channels)`` for a series, ``(features,)`` for a table; empty elsewhere.
        words: names of features, the text, or the tokens.
        note: what is shown of it where that is not all, such as ``middle of 16 slices``.
    """

    kind: str
    pixels: NDArray[np.uint8]
    values: NDArray[np.float64]
    words: tuple[str, ...] = ()
    note: str = ""


NOTHING = np.zeros((0, 0), np.uint8), np.zeros(0, np.float64)


@dataclass(frozen=True, kw_only=True, eq=False)
class Primary:
    """The input that is shown: its place among the flattened ones, its name, how many there are.

    Attributes:
        place, name, kind: of the input.
        several: number of inputs.
        joined: places of the inputs shown together with it: columns of a table; itself elsewhere.
        black, white: values drawn so, of an image.
    """

    place: int
    name: str
    kind: Kind
    several: int
    joined: tuple[int, ...]
    black: float = 0.0
    white: float = 1.0


def primary_of(x: Any, batches: Batches, tokens: int | None = None) -> Primary:
    """Return the input to show: an image before a text, a series, a row of a table.

    Args:
        x: inputs of some samples.
        batches: names them.
        tokens: place of the input that goes into an embedding, if there is one.
    """
    import tensorflow as tf

    flat = tf.nest.flatten(x, expand_composites=False)
    kinds: list[Kind] = ["tokens" if place == tokens else kind_of(value, batches) for place, value in enumerate(flat)]
    order = ("image", "text", "tokens", "series", "table", "other")
    place = min(range(len(flat)), key=lambda p: order.index(kinds[p]))
    names = batches.input_names
    alike = tuple(p for p, k in enumerate(kinds) if k == kinds[place] == "table") or (place,)
    black, white = image_range(np.asarray(flat[place])) if kinds[place] == "image" else (0.0, 1.0)
    return Primary(
        place=place, name=names[place] if place < len(names) else "", kind=kinds[place],
        several=len(flat), joined=alike, black=black, white=white,
    )  # fmt: skip


def kind_of(value: Any, batches: Batches) -> Kind:
    """Return how an input is shown, told by its type and shape."""
    import tensorflow as tf

    if value is None or isinstance(value, tf.RaggedTensor):
        return "other"
    if isinstance(value, tf.SparseTensor):
        return "table" if len(value.shape) == 2 and (value.shape[1] or 0) <= FEATURES else "other"
    if (value.dtype == tf.string) if tf.is_tensor(value) else (value.dtype.kind in "OSU"):
        return "text"
    shape = tuple(value.shape)
    if 0 in shape[1:]:
        return "other"
    if len(shape) in (4, 5):
        return "image"
    if len(shape) == 3:
        return "image" if shape[1] == shape[2] >= SQUARE else "series"
    if len(shape) == 2 and shape[1] > FEATURES and not batches.feature_names:
        return "series"
    return "table" if len(shape) in (1, 2) else "other"


def views(x: Any, primary: Primary, batches: Batches, side: int = SIDE) -> tuple[InputView, ...]:
    """Return one view a sample; pictures have at most ``side`` pixels a side."""
    import tensorflow as tf

    flat = tf.nest.flatten(x, expand_composites=False)
    value = flat[primary.place]
    if primary.kind == "image":
        return tuple(picture_of(one, primary, side) for one in np.asarray(value))
    if primary.kind == "series":
        return tuple(_curve(one) for one in np.asarray(value, np.float64))
    if primary.kind == "table":
        names = column_names(x, primary, batches)
        return tuple(
            InputView(kind="table", pixels=NOTHING[0], values=row, words=names) for row in columns_of(x, primary)
        )
    if primary.kind == "text":
        texts = [_text(one) for one in np.asarray(value).reshape(len(value), -1)]
        return tuple(InputView(kind="text", pixels=NOTHING[0], values=NOTHING[1], words=(t,)) for t in texts)
    number = int(value.shape[0]) if value is not None else 0
    return tuple(InputView(kind=primary.kind, pixels=NOTHING[0], values=NOTHING[1]) for _ in range(number))


def columns_of(x: Any, primary: Primary) -> NDArray[np.float64]:
    """Return all columns of a table side by side, float64 of shape ``(samples, features)``."""
    import tensorflow as tf

    flat = [tf.nest.flatten(x, expand_composites=False)[place] for place in primary.joined]
    dense = [tf.sparse.to_dense(value) if isinstance(value, tf.SparseTensor) else value for value in flat]
    return np.concatenate([np.asarray(value, np.float64).reshape(len(value), -1) for value in dense], 1)


def column_names(x: Any, primary: Primary, batches: Batches) -> tuple[str, ...]:
    """Return the name of each column: of the table, of the input where it has but one, else numbered."""
    import tensorflow as tf

    if batches.feature_names and len(batches.feature_names) == columns_of(x, primary).shape[1]:
        return batches.feature_names
    found: list[str] = []
    flat = tf.nest.flatten(x, expand_composites=False)
    for place in primary.joined:
        shape = tuple(flat[place].shape)
        width = int(np.prod(shape[1:], dtype=np.int64))
        name = batches.input_names[place] if place < len(batches.input_names) else ""
        if len(primary.joined) == 1 and width > 1:
            found += [f"feature {index}" for index in range(width)]
        else:
            found += [name] if width == 1 else [f"{name} {index}" for index in range(width)]
    return tuple(found)


def picture_of(value: NDArray[Any], primary: Primary, side: int = SIDE) -> InputView:
    """Return the picture of one sample of shape ``(height, width)``, with channels, or with slices before."""
    note = ""
    if value.ndim == 4:
        note = f"middle of {value.shape[0]} slices"
        value = value[len(value) // 2]
    if value.ndim == 3 and value.shape[-1] not in (1, 3, 4) and value.shape[0] in (1, 3):
        value = np.moveaxis(value, 0, -1)  # channels first
    if value.ndim == 3 and value.shape[-1] not in (1, 3, 4):
        note, value = f"mean of {value.shape[-1]} channels", value.mean(-1)
    small = shrunk(value, side)
    small = small[..., 0] if small.ndim == 3 and small.shape[-1] == 1 else small[..., :3] if small.ndim == 3 else small
    return InputView(
        kind="image", pixels=levels(small, primary.black, primary.white), values=NOTHING[1], note=note
    )  # fmt: skip


def _curve(value: NDArray[np.float64]) -> InputView:
    wide = value.reshape(len(value), -1)
    small = shrunk(wide[:, :CHANNELS], (STEPS, CHANNELS))
    parts = [f"mean of {-(-len(wide) // STEPS)} steps each"] if len(wide) > STEPS else []
    parts += [f"{CHANNELS} of {wide.shape[1]} channels"] if wide.shape[1] > CHANNELS else []
    return InputView(kind="series", pixels=NOTHING[0], values=small, note=", ".join(parts))


def _text(row: NDArray[Any]) -> str:
    words = [one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one) for one in row.tolist()]
    text = " ".join(words)
    return text if len(text) <= CHARACTERS else text[: CHARACTERS - 1] + "…"


def shown_tokens(ids: NDArray[np.integer[Any]], mask: NDArray[np.bool_] | None) -> NDArray[np.intp]:
    """Return the positions of one text that are shown: no padding, the first 80 of the rest.

    Args:
        ids: of shape ``(tokens,)``.
        mask: True where a token counts; without one, zeros at either end are padding.
    """
    inside = np.flatnonzero(mask) if mask is not None else np.flatnonzero(ids)
    if mask is None and inside.size:
        inside = np.arange(inside[0], inside[-1] + 1)
    return inside[:TOKENS]
