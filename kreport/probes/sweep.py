"""One reading of the data: every batch forward, the chosen samples forward and backward, reduced as it goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kreport.document.model import Gap
from kreport.inputs.batches import Batch, Batches, joined, rows
from kreport.pipeline import contained, failure
from kreport.probes import _keras, _keras_fit
from kreport.probes.observers import Observer
from kreport.probes.observers._base import Mode
from kreport.probes.stepping import Step
from kreport.probes.tree import LayerTree


@dataclass(frozen=True, kw_only=True, eq=False)
class Wanted:
    """The observer results that some stage will read: one sweep carries them all."""

    kinds: frozenset[type]


@dataclass(frozen=True, kw_only=True, eq=False)
class LossOf:
    """A loss the user hands over beside the model, for a model that was compiled without one."""

    loss: Any


@dataclass(frozen=True, kw_only=True, eq=False)
class Sweep:
    """What one reading of the data brought.

    Attributes:
        results: by type, a result or the gap that stands for it.
        samples: samples read.
        chosen: samples that activations and gradients were measured on.
        notes: how the passes were made where that matters to a reader, one sentence each.
    """

    results: Mapping[type, Any]
    samples: int
    chosen: int
    notes: tuple[str, ...]
