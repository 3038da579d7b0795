"""What an analyzer is: one section, measured and then presented."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Generic, TypeVar

from kreport.document.model import Section

M = TypeVar("M")


class Analyzer(Generic[M]):
    """One section of the report.

    ``measure`` may be slow and may use probes; its annotated parameters are what it needs.
    ``present`` is pure and runs on loaded reports too: its annotations name the measurements,
    verdicts and gaps that it shows. A section that only shows has no ``measure``. ``recall`` says what the
    log of a training tells where ``measure`` lacks its input: without model or data.
    """

    id: ClassVar[str]
    title: ClassVar[str]
    order: ClassVar[int]
    measure: Callable[..., M] | None = None
    recall: Callable[..., M] | None = None
    present: Callable[..., Section]
