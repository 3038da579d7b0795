"""Losses of single samples: how they are spread, and the hardest in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from kreport.analyzers._gradients.stats import HardSample, SampleLoss
from kreport.document.numbers import quantity
from kreport.probes.observers.sample_losses import Answer, SampleLosses
from kreport.probes.observers.sample_losses import HardSample as Observed
from kreport.probes.samples.hardest import HardestSamples
from kreport.tensors.cumulative import Binned
from kreport.tensors.distribution import LEVELS

BINS = 30

HARD = 0.05
"""Share of the samples that are called the hardest."""

DECADES = 100.0
"""Ratio of the largest loss to the median from which bins are even in the logarithm."""

DEPTH = 1e-6
"""Of the largest loss: what is smaller stands in the first logarithmic bin."""


def sample_losses(
    found: SampleLosses, class_names: Sequence[str], hard: HardestSamples | None = None
) -> SampleLoss | None:
    """Return the figures; None where no loss is finite.

    Args:
        found: what the sweep observed.
        class_names: by index.
        hard: the hardest samples as they are shown, None where they are not.
    """
    good = found.samples - found.bad
    shown = () if hard is None else hard.inputs
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
        hardest=tuple(
            replace(_hard(one, class_names if found.classes else ()), input=shown[place] if shown else None)
            for place, one in enumerate(found.hardest)
        ),
        gaps=() if hard is None else hard.gaps,
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
    if one.answers:
        return HardSample(
            index=one.index, loss=one.loss, share=None,
            label=_listed([(a.output, _word(a.label, _names(a, class_names)), None) for a in one.answers]),
            said=_listed([(a.output, _word(a.said, _names(a, class_names)), a.share) for a in one.answers]),
        )  # fmt: skip
    return HardSample(
        index=one.index, loss=one.loss, label=_word(one.label, class_names), said=_word(one.said, class_names),
        share=one.share,
    )  # fmt: skip


def _names(answer: Answer, class_names: Sequence[str]) -> Sequence[str]:
    return class_names if answer.classes == len(class_names) else ()


def _listed(parts: Sequence[tuple[str, str, float | None]]) -> str:
    """Return ``digit: 3 (98 %), odd: 0.2``."""
    shares = ["" if share is None else f" ({quantity(share, 'share')})" for _, _, share in parts]
    return ", ".join(f"{name}: {word}{told}" for (name, word, _), told in zip(parts, shares, strict=True) if word)


def _word(value: float | None, class_names: Sequence[str]) -> str:
    if value is None:
        return ""
    if class_names and float(value).is_integer() and 0 <= value < len(class_names):
        return class_names[int(value)]
    return quantity(value)
