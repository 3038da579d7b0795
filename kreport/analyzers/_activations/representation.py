"""Charts of how samples lie at each depth, as blocks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kreport.analyzers._activations.representing import Depth, Representation
from kreport.analyzers._labels import cut, leaf, short_labels
from kreport.charts.levels import Level, levels_chart
from kreport.charts.matrix import matrix_chart
from kreport.charts.scatter import Cloud, scatter_chart
from kreport.document.blocks import Block, Chart, Row
from kreport.document.numbers import plural, quantity

ALIKE = 0.99
"""CKA from which neighbouring layers say the same (RULES A06)."""

NEAR = 0.02
"""A depth within this of the best separates as well; a rule of thumb."""

NAMED = 12
"""Groups up to which their names stand in the picture."""


def representation_blocks(found: Representation) -> list[Block]:
    """Return projections, the accuracy of linear probes over depth, and the similarity of layers."""
    blocks: list[Block] = []
    views = [_cloud(found, index) for index in range(len(found.views))]
    if views:
        blocks.append(Row(blocks=tuple(views), spans=(4,) * len(views)))
    beside = [chart for chart in (_separation(found), _similar(found)) if chart is not None]
    if len(beside) == 2:
        blocks.append(Row(blocks=tuple(beside), spans=(6, 6)))
    else:
        blocks += beside
    return blocks


def _cloud(found: Representation, index: int) -> Chart:
    view = found.views[index]
    named = len(found.names) <= NAMED
    title = f"Samples in {leaf(view.call)}"
    explained = quantity(sum(view.explained), "share")
    coloured = "" if not found.of_classes else ", coloured by class"
    return scatter_chart(
        Cloud(
            points=view.points, groups=view.groups if named else np.full_like(view.groups, -1),
            names=[cut(name, 14) for name in found.names] if named else [],
        ),
        id=f"activations-view-{index}", title=title,
        subtitle=f"{len(view.points):,} samples on two principal components, {explained} of the variance{coloured}",
        alt=f"{title}: two principal components explain {explained} of the variance.",
    )  # fmt: skip


def separation_title(found: Representation) -> str:
    """Return what the probes over depth say."""
    known = [depth for depth in found.depths if depth.separation is not None]
    noun = "Classes over depth" if found.of_classes else "Targets over depth"
    if len(known) < 2:
        return noun
    best = max(known, key=lambda d: d.separation or 0)
    enough = next(d for d in known if (d.separation or 0) >= (best.separation or 0) - NEAR)
    if enough is known[-1]:
        return f"{noun}: told apart best at the end, in {leaf(enough.call)}" if found.of_classes else noun
    left = len(known) - 1 - known.index(enough)
    what = "told apart" if found.of_classes else "predicted"
    return f"{noun}: {what} as well in {leaf(enough.call)}, {plural(left, 'layer')} before the end"


def _separation(found: Representation) -> Chart | None:
    known = [depth for depth in found.depths if depth.separation is not None]
    if not known:
        return None
    what = "accuracy" if found.of_classes else "R²"
    chance = "" if found.chance is None else f"; dashed: share of the largest class, {quantity(found.chance, 'share')}"
    title = separation_title(found)
    best = max(known, key=lambda d: d.separation or 0)
    return levels_chart(
        [Level(label=name, value=d.separation or 0.0) for name, d in zip(_names(known), known, strict=True)],
        id="activations-separation", title=title, reference=found.chance, percent=found.of_classes,
        subtitle=f"Cross-validated {what} of a ridge {'classifier' if found.of_classes else 'regression'} on the"
        f" features of each layer, {found.samples:,} samples{chance}",
        alt=f"{title}: best {what} {quantity(best.separation, 'share' if found.of_classes else 'number')}.",
        note="Features: outputs averaged over positions, at most 256 of them (a fixed projection above); 5 folds.",
    )  # fmt: skip


def similarity_title(found: Representation) -> str:
    """Return which neighbouring layers say the same, if any do."""
    matrix = found.similarity
    alike = [float(matrix[i, i + 1]) > ALIKE for i in range(len(matrix) - 1)]
    run = longest_run(alike)
    if run[1] - run[0] < 3:
        return "Similarity of layers"
    first, last = found.depths[run[0]], found.depths[run[1]]
    return f"Similarity of layers: {leaf(first.call)} to {leaf(last.call)} say nearly the same"


def longest_run(flags: Sequence[bool]) -> tuple[int, int]:
    """Return first and last place of the longest row of neighbours that are alike; equal ones without any."""
    best, start = (0, 0), 0
    for place, flag in enumerate(flags):
        start = start if flag else place + 1
        if flag and place + 1 - start > best[1] - best[0]:
            best = (start, place + 1)
    return best


def _similar(found: Representation) -> Chart | None:
    if len(found.depths) < 2:
        return None
    title = similarity_title(found)
    return matrix_chart(
        found.similarity, _names(found.depths), id="activations-similarity", title=title,
        subtitle=f"Linear CKA of each pair, light 0 to dark 1, input at the top, {found.samples:,} samples",
        alt=f"{title}: linear CKA of {plural(len(found.depths), 'layer')}.",
        note="Kornblith et al. 2019; 1: the features of one are those of the other, turned and scaled.",
    )  # fmt: skip


def _names(depths: Sequence[Depth]) -> list[str]:
    return short_labels([depth.call for depth in depths], 24)
