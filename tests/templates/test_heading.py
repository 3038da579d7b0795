"""blocks/heading.html.j2"""

from __future__ import annotations

from kreport.document.blocks import Heading
from kreport.document.text import Name
from kreport.render.templates import render_block

HOSTILE = '<img src=x onerror="alert(1)">'


def test_a_heading_names_its_part_and_strings_of_the_user_stay_text() -> None:
    html = render_block(Heading(title=("Output ", Name(HOSTILE)), text=HOSTILE))
    assert '<h3>Output <span class="name">&lt;img' in html
    assert "<img" not in html


def test_a_heading_without_text_has_no_empty_line() -> None:
    assert "<p" not in render_block(Heading(title="All outputs together"))
