"""The tokens of the style sheet and the fallbacks in SVG are the same colours."""

from __future__ import annotations

import re

from kreport.document.colours import DIVERGING, LIGHT, SEQUENTIAL, kind_colour, ramp
from kreport.render.templates import templates_dir

CSS = (templates_dir() / "assets/css/00-tokens.css").read_text("utf-8")
PLAIN, BOTH = CSS.split("@supports", 1)


def test_every_token_is_in_the_style_sheet_with_the_same_light_value() -> None:
    expected = LIGHT | {f"q{i}": c for i, c in enumerate(SEQUENTIAL)} | {f"d{i}": c for i, c in enumerate(DIVERGING)}
    plain = dict(re.findall(r"--([\w-]+):(#[0-9a-f]{6})", PLAIN))
    themed = dict(re.findall(r"--([\w-]+):light-dark\((#[0-9a-f]{6}),#[0-9a-f]{6}\)", BOTH))
    for name, colour in expected.items():
        assert (name, plain.get(name)) == (name, colour)
        assert (name, themed.get(name)) == (name, colour)


def test_a_kind_without_a_colour_of_its_own_takes_the_neutral_one() -> None:
    assert kind_colour("model") == kind_colour("shape") == "var(--k-shape,#5c6570)"
    assert ramp("d")[4] == "var(--d4,#f0f0ec)"
