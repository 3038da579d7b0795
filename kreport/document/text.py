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
