"""Pictures as small palette PNGs in data addresses."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image

from kreport.document.blocks import Images, Picture
from kreport.document.colours import DIVERGING, PICTURE, PICTURE_GROUND

STEPS = {
    "sequential": (*PICTURE, PICTURE_GROUND),
    "diverging": (*DIVERGING, PICTURE_GROUND),
    "grey": tuple(f"#{level:02x}{level:02x}{level:02x}" for level in range(256)),
}
# A PNG cannot follow the theme: both ends of each palette stay apart on either ground.


def palette(name: str) -> tuple[str, ...]:
    """Return nine colours from low to high, for the key beside the pictures."""
    return STEPS[name][:9] if name != "grey" else STEPS[name][::31]


def data_address(block: Images, picture: Picture) -> str:
    """Return the picture as ``data:image/png;base64,…``."""
    pixels = np.ascontiguousarray(picture.pixels, np.uint8)
    if pixels.ndim == 3:
        image = Image.fromarray(pixels, "RGB")
    else:
        image = Image.fromarray(pixels, "L")
        image.putpalette(bytes.fromhex("".join(STEPS[block.palette]).replace("#", "")))
    buffer = io.BytesIO()
    bits = {} if block.palette in ("grey", "rgb") else {"bits": 4}
    image.save(buffer, "PNG", optimize=True, **bits)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
