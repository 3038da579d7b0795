"""Pictures as small palette PNGs in data addresses."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image

from kreport.document.blocks import Images, Picture, StripColumn
from kreport.document.colours import DIVERGING, HEAT, PICTURE, PICTURE_GROUND

GREYS = 16
"""Levels of grey beneath an overlay."""

COLOURS = 64
"""Of a picture in colour, at most."""


def _over(ramp: tuple[str, ...], middle: int) -> tuple[str, ...]:
    """Return every step of a ramp over every level of grey; the further from ``middle``, the less grey shines through.

    The grey is paler than the picture, so that colour stands out.
    """
    mixed = []
    for level in range(GREYS):
        grey = 72 + round(level / (GREYS - 1) * 168)
        for step, colour in enumerate(ramp):
            share = min(1.0, 0.9 * abs(step - middle) / max(middle, len(ramp) - 1 - middle))
            parts = (round(share * int(colour[at : at + 2], 16) + (1 - share) * grey) for at in (1, 3, 5))
            mixed.append("#" + "".join(f"{part:02x}" for part in parts))
    return tuple(mixed)


STEPS = {
    "sequential": (*PICTURE, PICTURE_GROUND),
    "diverging": (*DIVERGING, PICTURE_GROUND),
    "grey": tuple(f"#{level:02x}{level:02x}{level:02x}" for level in range(256)),
    "overlay": _over(HEAT, 0),
    "overlay-diverging": _over(DIVERGING, 4),
}
# A PNG cannot follow the theme: both ends of each palette stay apart on either ground.


def palette(name: str) -> tuple[str, ...]:
    """Return nine colours from low to high, for the key beside the pictures."""
    return STEPS[name][:9] if name != "grey" else STEPS[name][::31]


def data_address(block: Images | StripColumn, picture: Picture) -> str:
    """Return the picture as ``data:image/png;base64,…``."""
    pixels = np.ascontiguousarray(picture.pixels, np.uint8)
    buffer = io.BytesIO()
    if pixels.ndim == 3:
        _indexed(pixels).save(buffer, "PNG", optimize=True)
    elif block.palette == "grey":
        Image.fromarray(pixels, "L").save(buffer, "PNG", optimize=True)
    else:
        image = Image.fromarray(pixels, "L")
        image.putpalette(bytes.fromhex("".join(STEPS[block.palette]).replace("#", "")))
        image.save(buffer, "PNG", optimize=True, bits=4 if len(STEPS[block.palette]) <= 16 else 8)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def _indexed(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> Image.Image:
    """Return a picture with a palette: its own colours where they are few, else those that stand for them best."""
    image = Image.fromarray(pixels, "RGB")
    if image.getcolors(COLOURS) is None:
        return image.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    return image.convert("P", palette=Image.Palette.ADAPTIVE, colors=COLOURS)
