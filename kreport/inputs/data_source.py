"""What every reader of data gives: raw batches, and what is known of them before they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

Raw = tuple[Any, Any, Any]
"""Inputs, labels and sample weights; None where there are none."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Source:
    """One reading after another of the same data.

    Attributes:
        kind: what it is, in words.
        samples: how many there are; None if only reading to the end tells.
        full: how many batches there are, where the samples are not known; None if that is not known either.
        streams: whether batches come from a pipeline, which may shuffle anew in each reading.
        feature_names: of the columns of a table.
        class_names: by class index, where the source knows them.
        repeatable: whether ``read`` may be called again.
        notes: what was left out or worked around.
        read: returns the raw batches from the start.
    """

    kind: str
    samples: int | None
    full: int | None = None
    streams: bool = False
    feature_names: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()
    repeatable: bool = True
    notes: tuple[str, ...] = ()
    read: Callable[[], Iterator[Raw]] = field(repr=False)
