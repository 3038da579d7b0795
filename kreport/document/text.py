"""Sentences with parts that stand out: plain strings, identifiers, results and code, never HTML."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Name:
    """An identifier of the user's, set in mono; with ``layer`` it links to the layer explorer."""

    text: str
    layer: str = ""


@dataclass(frozen=True)
class Strong:
    """The part of a sentence that states the result."""

    text: str


@dataclass(frozen=True)
class CodeSpan:
    """Something to type, such as ``history=``."""

    text: str


@dataclass(frozen=True)
class Quiet:
    """An aside in the third ink: a unit, an epoch, an annotation beside the figure."""

    text: str


Span = str | Name | Strong | CodeSpan | Quiet
Text = str | tuple[Span, ...]


def plain(text: Text) -> str:
    """Return the sentence without its emphasis."""
    return "".join(span if isinstance(span, str) else span.text for span in spans(text))


def spans(text: Text) -> tuple[Span, ...]:
    """Return the parts of a sentence; a plain string is one part."""
    return (text,) if isinstance(text, str) else text


def advice(text: str) -> Text:
    """Return a reason with its arguments (``history=``) set as code."""
    words: list[Span] = []
    for index, word in enumerate(text.split(" ")):
        lead = " " if index else ""
        bare = word.rstrip(".,;:)")
        if bare.endswith("=") and bare[:-1].replace("_", "").isalpha():
            words += [lead, CodeSpan(bare), word[len(bare) :]]
        else:
            words.append(lead + word)
    return tuple(words)


_PICTURES = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n\r"}
_VISIBLE = (
    _PICTURES | {0x7F: 0x2421} | dict.fromkeys(range(0x80, 0xA0), 0xFFFD) | dict.fromkeys(range(0xD800, 0xE000), 0xFFFD)
)


def visible(text: str) -> str:
    """Return ``text`` with control characters as their pictures (␀, ␇) and lone surrogates as �.

    Neither can stand in a page, and the library that draws the charts dies of a NUL.
    """
    return text.translate(_VISIBLE)
