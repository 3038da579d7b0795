"""How samples lie at each depth: projection, how well classes can be told apart, which layers say the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kreport.document.blocks import LayerId
from kreport.inputs.batches import Batches
from kreport.probes.observers.features import Features, LayerFeatures
from kreport.tensors.representation import linear_cka, predictability, projection, separability
from kreport.tensors.thinning import spread

SHOWN = 3
"""Depths that are drawn."""

POINTS = 400
"""Points of a drawing."""

FEWEST = 20
"""Fewer samples are not represented."""

CLASSES = 1000
"""Above this many different whole numbers labels are values, not classes."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Depth:
    """One layer.

    Attributes:
        call, layer: where; width: of its features.
        separation: accuracy of a linear probe, or R² for values; None without labels.
    """

    call: str
    layer: LayerId
    width: int
    separation: float | None


@dataclass(frozen=True, kw_only=True, eq=False)
class View:
    """Two principal components of one layer's features.

    Attributes:
        call: where.
        points: float64 of shape ``(n, 2)``; groups: class of each, −1 without, int64 of shape ``(n,)``.
        explained: share of the variance of each component.
    """

    call: str
    points: NDArray[np.float64]
    groups: NDArray[np.int64]
    explained: tuple[float, float]


@dataclass(frozen=True, kw_only=True, eq=False)
class Representation:
    """What the features of some layers show.

    Attributes:
        depths: in order.
        views: of some of them, the last before the output among them.
        similarity: linear CKA of each pair of depths, float64 of shape ``(n, n)``, NaN where a layer is constant.
        samples: how many; of_classes: whether labels are classes; names: of the classes, by group.
        chance: share of the largest class, which a probe must beat; None without classes.
    """

    depths: tuple[Depth, ...]
    views: tuple[View, ...]
    similarity: NDArray[np.float64]
    samples: int
    of_classes: bool
    names: tuple[str, ...]
    chance: float | None


def represented(features: Features, batches: Batches) -> Representation | None:
    """Return the measurement; None with too few samples or layers."""
    layers = [layer for layer in features.layers if np.isfinite(layer.values).all()]
    samples = len(features.index)
    if samples < FEWEST or not layers:
        return None
    classes, targets = _labels(features)
    known = np.unique(classes) if classes is not None else np.zeros(0, np.int64)
    return Representation(
        depths=tuple(_depth(layer, classes, targets) for layer in layers),
        views=tuple(view for layer in _drawn(layers) if (view := _view(layer, classes, known)) is not None),
        similarity=_similarity(layers),
        samples=samples,
        of_classes=classes is not None,
        names=tuple(_name(int(index), batches) for index in known),
        chance=None if classes is None else float(np.bincount(np.searchsorted(known, classes)).max() / samples),
    )


def _labels(features: Features) -> tuple[NDArray[np.int64] | None, NDArray[np.float64] | None]:
    """Return class indices, or values to predict; None for what the labels are not."""
    labels = features.labels
    if labels is None or labels.dtype.kind not in "iufb" or len(labels) != len(features.index):
        return None, None
    flat = labels.reshape(len(labels), -1).astype(np.float64)
    if not np.isfinite(flat).all():
        return None, None
    if flat.shape[1] > 1:
        one_hot = labels.ndim == 2 and bool(np.isin(flat, (0, 1)).all() and (flat.sum(1) == 1).all())
        return (flat.argmax(1), None) if one_hot else (None, flat if labels.ndim == 2 and flat.shape[1] <= 64 else None)
    values = flat[:, 0]
    several = len(np.unique(values))
    whole = bool((values == np.round(values)).all()) and several <= max(2, len(values) // 5)
    classes = whole and (features.several or several == 2)
    return (values.astype(np.int64), None) if classes else (None, values[:, None])


def _depth(layer: LayerFeatures, classes: NDArray[np.int64] | None, targets: NDArray[np.float64] | None) -> Depth:
    found = None
    if classes is not None:
        found = separability(layer.values, classes.astype(np.intp))
    elif targets is not None:
        found = predictability(layer.values, targets)
    return Depth(call=layer.call, layer=layer.layer, width=layer.width, separation=found)


def _drawn(layers: list[LayerFeatures]) -> list[LayerFeatures]:
    """Return the last layer before the output, one early and one in the middle."""
    before = layers[:-1] or layers
    return spread(before, SHOWN)


def _view(layer: LayerFeatures, classes: NDArray[np.int64] | None, known: NDArray[np.int64]) -> View | None:
    found = projection(layer.values)
    if found is None:
        return None
    rows = np.unique(np.linspace(0, len(found.points) - 1, POINTS).astype(int))
    groups = np.full(len(rows), -1) if classes is None else np.searchsorted(known, classes[rows])
    return View(
        call=layer.call, points=found.points[rows], groups=groups.astype(np.int64),
        explained=(float(found.explained[0]), float(found.explained[1])),
    )  # fmt: skip


def _similarity(layers: list[LayerFeatures]) -> NDArray[np.float64]:
    found = np.full((len(layers), len(layers)), np.nan)
    for i, one in enumerate(layers):
        for j, other in enumerate(layers[: i + 1]):
            value = linear_cka(one.values, other.values)
            found[i, j] = found[j, i] = np.nan if value is None else value
    return found


def _name(index: int, batches: Batches) -> str:
    return batches.class_names[index] if batches.embed and 0 <= index < len(batches.class_names) else str(index)
