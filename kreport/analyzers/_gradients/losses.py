"""Losses of single samples: how they are spread, and the hardest in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kreport.analyzers._gradients.stats import HardSample, SampleLoss
from kreport.document.numbers import quantity
from kreport.probes.observers.sample_losses import HardSample as Observed
from kreport.probes.observers.sample_losses import SampleLosses
from kreport.tensors.cumulative import Binned
from kreport.tensors.distribution import LEVELS

BINS = 30

HARD = 0.05
"""Share of the samples that are called the hardest."""

DECADES = 100.0
"""Ratio of the largest loss to the median from which bins are even in the logarithm."""

DEPTH = 1e-6
"""Of the largest loss: what is smaller stands in the first logarithmic bin."""


def sample_losses(found: SampleLosses, class_names: Sequence[str]) -> SampleLoss | None:
    """Return the figures; None where no loss is finite."""
    good = found.samples - found.bad
    if not good:
        return None
    binned = found.counts.cumulative(found.low, found.high)
    quantiles = binned.quantiles(LEVELS)
    logarithmic = found.low >= 0 and found.high > 0 and found.high > DECADES * quantiles[3]
    edges = _edges(found.low, found.high, logarithmic=logarithmic)
    upto = np.interp(edges, binned.edges, binned.share, left=0.0, right=1.0)
    upto[0], upto[-1] = 0.0, 1.0
    return SampleLoss(
        samples=found.samples, bad=found.bad, mean=found.total / good, quantiles=quantiles, edges=edges,
        counts=np.diff(upto) * good, logarithmic=logarithmic, share=_share(binned, found.total / good),
        hardest=tuple(_hard(one, class_names if found.classes else ()) for one in found.hardest),
    )  # fmt: skip


def _edges(low: float, high: float, *, logarithmic: bool) -> NDArray[np.float64]:
    if logarithmic:
        return np.geomspace(max(low, high * DEPTH), high, BINS + 1)
    return np.linspace(low, high if high > low else low + 1.0, BINS + 1)


def _share(binned: Binned, mean: float) -> float:
    """Return the share of the summed loss above the 95 % quantile, each bin at its middle."""
    if mean <= 0:
        return 0.0
    parts, middles = np.diff(binned.share), (binned.edges[1:] + binned.edges[:-1]) / 2
    hard = np.clip(binned.share[1:] - (1 - HARD), 0, parts)
    whole = float(parts @ middles)
    return min(1.0, float(hard @ middles) / whole) if whole > 0 else 0.0


def _hard(one: Observed, class_names: Sequence[str]) -> HardSample:
    return HardSample(
        index=one.index, loss=one.loss, label=_word(one.label, class_names), said=_word(one.said, class_names),
        share=one.share,
    )  # fmt: skip


def _word(value: float | None, class_names: Sequence[str]) -> str:
    if value is None:
        return ""
    if class_names and float(value).is_integer() and 0 <= value < len(class_names):
        return class_names[int(value)]
    return quantity(value)
