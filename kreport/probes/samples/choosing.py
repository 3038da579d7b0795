"""Which samples tell most: what the model says of each, how sure it is, and whether that is right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from kreport.probes.observers.kept import KeptSamples

Task = Literal["classes", "binary", "values", "other"]

SPREAD = 3
"""Samples shown where nothing says which ones tell."""

SURE = 1e-3
"""Rows of shares add up to one within this."""

HALF = 0.5


@dataclass(frozen=True, kw_only=True, eq=False)
class Judged:
    """What the model says of the kept samples.

    Attributes:
        task: ``classes``: one of several; ``binary``: one output for yes or no; ``values``: numbers to be met;
            ``other``: outputs that are none of these.
        shares: of each class, float64 of shape ``(samples, classes)``; None but for classes (two columns for binary).
        said: class said, int64 of shape ``(samples,)``, or None.
        truth: class by the labels, or None.
        errors: distance of the output from the labels, float64 of shape ``(samples,)``, for values with labels.
    """

    task: Task
    shares: NDArray[np.float64] | None = None
    said: NDArray[np.int64] | None = None
    truth: NDArray[np.int64] | None = None
    errors: NDArray[np.float64] | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Pick:
    """A telling sample: its place among the kept ones, and why it was chosen."""

    place: int
    why: str


def judged(kept: KeptSamples) -> Judged:
    """Return what the outputs say, read in the light of the labels."""
    outputs = kept.outputs
    if outputs is None or not len(outputs) or outputs.ndim > 2:
        return Judged(task="other")
    values = outputs.reshape(len(outputs), -1).astype(np.float64)
    labels = labels_of(kept)
    if values.shape[1] == 1:
        return _of_one(values[:, 0], labels)
    return _of_several(values, labels)


def labels_of(kept: KeptSamples) -> NDArray[np.float64] | None:
    """Return the labels of the output that is read, float64 of shape ``(samples, …)``; None for none or no numbers."""
    import tensorflow as tf

    flat = [] if kept.y is None else tf.nest.flatten(kept.y, expand_composites=False)
    if len(flat) not in (1, kept.several):
        return None
    value = flat[kept.output] if len(flat) == kept.several else flat[0]
    if isinstance(value, tf.RaggedTensor | tf.SparseTensor) or value is None:
        return None
    array = np.asarray(value)
    return array.astype(np.float64) if array.dtype.kind in "iufb" and len(array) == len(kept.index) else None


def _of_several(values: NDArray[np.float64], labels: NDArray[np.float64] | None) -> Judged:
    truth = None if labels is None else classes_in(labels, values.shape[1])
    if labels is not None and truth is None:
        return _with_errors(values, labels)
    shares = _shares(values, logits=truth is not None)
    if shares is None:
        return Judged(task="other")
    return Judged(task="classes", shares=shares, said=shares.argmax(1).astype(np.int64), truth=truth)


def _of_one(values: NDArray[np.float64], labels: NDArray[np.float64] | None) -> Judged:
    flat = None if labels is None else labels.reshape(len(labels), -1)
    if flat is None or flat.shape[1] != 1:
        return Judged(task="values") if flat is None else Judged(task="other")
    if not np.isin(flat, (0, 1)).all():
        return _with_errors(values[:, None], flat)
    inside = (values >= 0).all() and (values <= 1).all()
    yes = values if inside else 1 / (1 + np.exp(-np.clip(values, -500, 500)))
    shares = np.stack([1 - yes, yes], 1)
    return Judged(task="binary", shares=shares, said=(yes > HALF).astype(np.int64), truth=flat[:, 0].astype(np.int64))


def _with_errors(values: NDArray[np.float64], labels: NDArray[np.float64]) -> Judged:
    flat = labels.reshape(len(labels), -1)
    several = values.shape[1] > 1 and bool(np.isin(flat, (0, 1)).all())  # labels that do not exclude one another
    if flat.shape != values.shape or several:
        return Judged(task="other")
    return Judged(task="values", errors=np.sqrt(((values - flat) ** 2).sum(1)))


def classes_in(labels: NDArray[np.float64], number: int) -> NDArray[np.int64] | None:
    """Return class indices from indices, one-hot rows or rows of shares; None for what is no class of ``number``."""
    flat = labels.reshape(len(labels), -1)
    if not np.isfinite(flat).all():
        return None
    if flat.shape[1] == 1:
        whole = bool((flat == np.round(flat)).all() and (flat >= 0).all() and (flat < number).all())
        return flat[:, 0].astype(np.int64) if whole else None
    if labels.ndim != 2 or flat.shape[1] != number:
        return None
    return flat.argmax(1).astype(np.int64) if (flat >= 0).all() and (abs(flat.sum(1) - 1) < SURE).all() else None


def _shares(values: NDArray[np.float64], *, logits: bool) -> NDArray[np.float64] | None:
    """Return shares as they are, or by softmax where values are scores of classes; None where they are neither."""
    finite = values[np.isfinite(values).all(1)]
    inside = bool((finite >= 0).all() and (finite <= 1 + SURE).all())
    if inside and (logits or bool((abs(finite.sum(1) - 1) < SURE).all())):
        return values
    if not logits:
        return None
    with np.errstate(invalid="ignore"):  # what is not finite stays so and is left out of the choice
        raised = np.exp(values - values.max(1, keepdims=True))
        return np.asarray(raised / raised.sum(1, keepdims=True), np.float64)


def telling(found: Judged, kept: KeptSamples) -> tuple[Pick, ...]:
    """Return a few samples that tell most, each once, with the reason they were chosen for."""
    picks: dict[int, Pick] = {}
    for pick in _picks(found, kept):
        picks.setdefault(pick.place, pick)
    return tuple(picks.values()) or tuple(_spread(kept))


def _picks(found: Judged, kept: KeptSamples) -> Iterator[Pick]:
    if found.shares is not None and found.said is not None:
        sure = found.shares[np.arange(len(found.said)), found.said]
        everything = np.isfinite(sure)
        if found.truth is None:
            yield from _extremes(sure, everything, most="Most confident", least="Least confident")
            return
        right = found.said == found.truth
        among = everything & right
        yield from _extremes(sure, among, most="Most confident and right", least="Least confident and right")
        least = "" if among.any() else "Least confident and wrong"
        yield from _extremes(sure, everything & ~right, most="Most confident and wrong", least=least)
    elif found.errors is not None:
        yield from _extremes(found.errors, np.isfinite(found.errors), least="Smallest error", most="Largest error")
    elif kept.losses is not None:
        yield from _extremes(kept.losses, np.isfinite(kept.losses), least="Lowest loss", most="Highest loss")
    elif found.task == "values" and kept.outputs is not None:
        values = kept.outputs.reshape(len(kept.outputs), -1)[:, 0].astype(np.float64)
        yield from _extremes(values, np.isfinite(values), most="Highest output", least="Lowest output")


def _extremes(values: NDArray[np.float64], among: NDArray[np.bool_], *, most: str, least: str) -> Iterator[Pick]:
    if not among.any():
        return
    yield Pick(place=int(np.where(among, values, -np.inf).argmax()), why=most)
    if least:
        yield Pick(place=int(np.where(among, values, np.inf).argmin()), why=least)


def _spread(kept: KeptSamples) -> Iterator[Pick]:
    places: Any = np.unique(np.linspace(0, len(kept.index) - 1, min(SPREAD, len(kept.index))).round().astype(int))
    for place in places.tolist():
        yield Pick(place=place, why="As it comes")
