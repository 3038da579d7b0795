"""blocks/strip.html.j2"""

from __future__ import annotations

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from kreport.analyzers._gradients.attribution import overlaid
from kreport.document.blocks import Picture, ShareBars, Strip, StripCell, StripColumn, StripRow
from kreport.document.colours import DIVERGING, HEAT
from kreport.document.text import Name
from kreport.render.templates import render_block

HOSTILE = '<img src=x onerror="alert(1)">'
RANDOM = np.random.default_rng(0)


def strip(palette: str, pixels: np.ndarray, zoom: int = 3) -> str:
    cell = StripCell(picture=Picture(pixels=pixels, alt="a picture"), zoom=zoom)
    return render_block(
        Strip(title="t", columns=[StripColumn(label="c", palette=palette)], rows=[StripRow(title="r", cells=[cell])])
    )  # fmt: skip


def decoded(html: str) -> np.ndarray:
    [address] = re.findall(r'src="data:image/png;base64,([^"]+)"', html)
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(address))).convert("RGB"))


def colour(text: str) -> np.ndarray:
    return np.array([int(text[at : at + 2], 16) for at in (1, 3, 5)])


def test_strings_of_the_user_stay_text() -> None:
    cells = [
        StripCell(picture=Picture(pixels=np.zeros((2, 2), np.uint8), alt=HOSTILE)),
        ShareBars(names=[HOSTILE, "b", "c", "d"], shares=[0.7, 0.1, 0.1, 0.1]),
    ]
    columns = [StripColumn(label=(Name(HOSTILE, HOSTILE),), note=HOSTILE), StripColumn(label=HOSTILE)]
    row = StripRow(title=HOSTILE, subtitle=HOSTILE, cells=cells)
    html = render_block(Strip(title=HOSTILE, subtitle=HOSTILE, note=HOSTILE, columns=columns, rows=[row]))
    assert html.count("<img") == 1  # our own picture
    assert re.findall(r"<[^>]*onerror=\"", html) == []
    assert html.count("&lt;img") == 11


def test_everything_stands_there_without_a_script() -> None:
    html = strip("sequential", np.zeros((4, 5), np.uint8))
    assert "<script" not in html
    assert '<th scope="col">c</th>' in html
    assert '<th scope="row"><b>r</b></th>' in html
    assert 'alt="a picture" width="15" height="12"' in html
    assert 'tabindex="0" role="region" aria-label="t"' in html  # what scrolls can be reached by keyboard


def test_a_cell_without_a_picture_is_a_dash() -> None:
    html = render_block(Strip(title="t", columns=[StripColumn(label="c")], rows=[StripRow(title="r", cells=[None])]))
    assert "<td>–</td>" in html


@pytest.mark.parametrize("palette", ["sequential", "diverging"])
def test_pixels_are_the_palette_s_colours(palette: str) -> None:
    pixels = RANDOM.integers(0, 9, (7, 6)).astype(np.uint8)
    found = decoded(strip(palette, pixels))
    assert found.shape == (7, 6, 3)
    assert len(np.unique(found.reshape(-1, 3), axis=0)) == len(np.unique(pixels))
    if palette == "diverging":
        assert all((found[pixels == step] == colour(DIVERGING[step])).all() for step in np.unique(pixels))


def test_pictures_of_few_colours_are_themselves() -> None:
    pixels = (RANDOM.integers(0, 16, (8, 8, 3)) * 17).astype(np.uint8)  # 64 colours at most
    np.testing.assert_array_equal(decoded(strip("rgb", pixels)), pixels)
    np.testing.assert_array_equal(decoded(strip("grey", pixels[..., 0]))[..., 0], pixels[..., 0])


def test_pictures_of_many_colours_come_close_with_few() -> None:
    ramp = np.linspace(0, 255, 32).astype(np.uint8)
    pixels = np.stack([*np.meshgrid(ramp, ramp), np.full((32, 32), 128, np.uint8)], axis=-1)
    found = decoded(strip("rgb", pixels))
    assert len(np.unique(found.reshape(-1, 3), axis=0)) <= 64
    assert np.abs(found.astype(int) - pixels).mean() < 12  # 64 even cells would be 32 wide, 8 off in the mean


@pytest.mark.parametrize(("palette", "ramp", "middle"), [("overlay", HEAT, 0), ("overlay-diverging", DIVERGING, 4)])
@pytest.mark.parametrize("coloured", [False, True], ids=["grey", "colour"])
def test_an_overlay_can_be_read_back(palette: str, ramp: tuple[str, ...], middle: int, *, coloured: bool) -> None:
    """The heat map is what it was: its strength takes the grey's place, its colour is that of the ramp."""
    steps = RANDOM.integers(0, 9, (12, 10)).astype(np.uint8)
    picture = RANDOM.integers(0, 256, (12, 10, 3) if coloured else (12, 10)).astype(np.uint8)
    found = decoded(strip(palette, overlaid(picture, steps))).astype(float)
    grey = 72 + np.floor((picture.mean(-1) if coloured else picture.astype(float)) * 16 / 256) / 15 * 168
    for step in range(9):
        share = min(1.0, 0.9 * abs(step - middle) / max(middle, 8 - middle))
        expected = share * colour(ramp[step]) + (1 - share) * grey[steps == step][:, None]
        np.testing.assert_allclose(found[steps == step], expected, atol=1.5)
