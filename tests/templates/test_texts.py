"""blocks/texts.html.j2"""

from __future__ import annotations

import re

from kreport.document.blocks import Ramp, Texts, Tokens
from kreport.render.templates import render_block

HOSTILE = '<img src=x onerror="alert(1)">'
RAMP = Ramp(palette="diverging", low="against", high="for")


def texts(*tokens: Tokens, note: str = "") -> str:
    return render_block(Texts(title="t", subtitle="s", note=note, ramp=RAMP, texts=tokens))


def test_strings_of_the_user_stay_text() -> None:
    one = Tokens(title=HOSTILE, subtitle=HOSTILE, words=[HOSTILE, "</span>"], steps=[0, 8], said=HOSTILE)
    html = texts(one, note=HOSTILE)
    assert "<img" not in html
    assert html.count("&lt;img") == 5
    assert "&lt;/span&gt;" in html


def test_each_word_has_the_class_of_its_step() -> None:
    html = texts(Tokens(title="r", words=["bad", "film", "good"], steps=[0, 4, 8]))
    assert re.findall(r'<span class="h(\d)">(\w+)</span>', html) == [("0", "bad"), ("4", "film"), ("8", "good")]


def test_the_text_can_be_read_without_script_style_or_colour() -> None:
    html = texts(
        Tokens(title="Most wrong", subtitle="said no", words=["not", "so", "bad"], steps=[8, 4, 0], said="For: not")
    )
    assert "<script" not in html
    words = re.sub(r"<[^>]+>", "", html)
    assert "not so bad" in " ".join(words.split())
    for told in ("Most wrong", "said no", "For: not", "against", "for"):
        assert told in words


def test_a_text_without_tokens_is_still_named() -> None:
    assert "<b>Empty</b>" in texts(Tokens(title="Empty", words=[], steps=[]))
