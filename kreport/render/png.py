"""Pictures as small palette PNGs in data addresses."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image

from kreport.document.model import Images, Picture

# The ramps of docs/look.md, light: a PNG cannot follow the theme, and both ends stay apart on either ground.
_SEQUENTIAL = "1f2c3b 26405a 2d5379 346897 4c80b0 6a99c5 8fb3d8 bad0e9 e6eff9"
_DIVERGING = "0e4a86 3b78b6 82aed8 c6dbee f0f0ec f7d8bc eba566 b85c10 853d02"
_BACKGROUND = "8a9099"


def _palette(steps: str) -> list[int]:
    return list(bytes.fromhex((steps + " " + _BACKGROUND).replace(" ", "")))


PALETTES = {
    "sequential": _palette(_SEQUENTIAL),
    "diverging": _palette(_DIVERGING),
    "grey": [level for step in range(256) for level in (step, step, step)],
}


def data_address(block: Images, picture: Picture) -> str:
    """Return the picture as ``data:image/png;base64,…``."""
    pixels = np.ascontiguousarray(picture.pixels, np.uint8)
    if pixels.ndim == 3:
        image = Image.fromarray(pixels, "RGB")
    else:
        image = Image.fromarray(pixels, "L")
        image.putpalette(PALETTES[block.palette])
    buffer = io.BytesIO()
    bits = {} if block.palette in ("grey", "rgb") else {"bits": 4}
    image.save(buffer, "PNG", optimize=True, **bits)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
