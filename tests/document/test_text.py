"""Sentences: emphasis is data, and what cannot stand in a page is made visible."""

from __future__ import annotations

from kreport.document.text import CodeSpan, Name, Strong, plain, visible


def test_plain_leaves_the_emphasis_out() -> None:
    assert plain(("A ", Strong("bold"), " ", Name("x", "x"), ": pass ", CodeSpan("data="))) == "A bold x: pass data="


def test_controls_become_pictures_and_surrogates_a_sign() -> None:
    assert visible("a\x00b\x07c\x7f\ud800\n層") == "a␀b␇c␡�\n層"
