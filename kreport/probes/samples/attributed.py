"""Attributions as they are shown: beside pixels, features, tokens or steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.inputs.batches import Batches
from kreport.probes.samples.cam import stretched
from kreport.probes.samples.inputs import (
    NOTHING,
    STEPS,
    InputView,
    column_names,
    columns_of,
    shown_tokens,
    views,
)
from kreport.probes.samples.paths import Path
from kreport.probes.samples.telling import Chosen, Verdict, verdict_of
from kreport.tensors.thumbnails import scale_of, shrunk, steps

SHOWN = 12
"""Features of a table that are shown: those with the largest attributions."""

NO_NUMBERS = np.zeros(0)


@dataclass(frozen=True, kw_only=True, eq=False)
class Heat:
    """Attributions of all samples, as they were computed.

    Attributes:
        saliency, integrated: one array an input that moves, samples first.
        cam: ``(samples, positions …)``, or None.
    """

    saliency: list[NDArray[np.float64]]
    integrated: list[NDArray[np.float64]]
    cam: NDArray[np.float64] | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Attributed:
    """Attributions of one sample, in the places of its input.

    Pictures hold palette steps (uint8, ``(height, width)``), each on its own scale: ``saliency`` and ``cam`` from 0,
    ``integrated`` about 0. Features, tokens and steps hold numbers (float64, ``(n,)``).

    Attributes:
        verdict: what the model says of it.
        input: what it is, in the same places.
        saliency: |∂score/∂x|, the largest over channels, the length of the vector of a token (Simonyan et al. 2013).
        integrated: integrated gradients, summed over channels or the vector.
        cam: Grad-CAM at the size of the input; empty where there is none.
        score, base: of the sample and of the baseline.
        error: of completeness, |Σ − (f(x) − f(x₀))| / |f(x) − f(x₀)|; None where both scores are equal.
        nodes: gradients along its path.
    """

    verdict: Verdict
    input: InputView
    saliency: NDArray[Any]
    integrated: NDArray[Any]
    cam: NDArray[Any]
    score: float
    base: float
    error: float | None
    nodes: int = 0


@dataclass(frozen=True, kw_only=True, eq=False)
class _Shown:
    input: InputView
    saliency: NDArray[Any]
    integrated: NDArray[Any]
    cam: NDArray[Any] = field(default_factory=lambda: np.zeros(0))


def attributed(chosen: Chosen, batches: Batches, heat: Heat, path: Path) -> tuple[Attributed, ...]:
    """Return what is shown of each sample."""
    kind = chosen.primary.kind
    if kind == "image":
        shown = _images(chosen, batches, heat)
    elif kind == "series":
        shown = _series(chosen, batches, heat)
    elif kind == "table":
        shown = _tables(chosen, batches, heat)
    else:
        shown = _tokens(chosen, heat)
    errors = path.errors
    return tuple(
        Attributed(
            verdict=verdict_of(pick, chosen.found, chosen.kept, batches), input=one.input, saliency=one.saliency,
            integrated=one.integrated, cam=one.cam, score=float(path.score[place]), base=float(path.base[place]),
            error=float(errors[place]) if np.isfinite(errors[place]) else None, nodes=int(path.nodes[place]),
        )
        for place, (pick, one) in enumerate(zip(chosen.picks, shown, strict=True))
    )  # fmt: skip


def _images(chosen: Chosen, batches: Batches, heat: Heat) -> list[_Shown]:
    found = []
    for place, view in enumerate(views(chosen.x, chosen.primary, batches)):
        side = max(view.pixels.shape[:2])
        slope, sum_ = (_plane(part[0][place], how) for part, how in ((heat.saliency, "max"), (heat.integrated, "sum")))
        cam = NO_NUMBERS if heat.cam is None else stretched(_middle(heat.cam[place]), view.pixels.shape[:2])
        small = [shrunk(slope, side), shrunk(sum_, side), *([cam] if cam.size else [])]
        drawn = [_own_scale(one, signed=index == 1) for index, one in enumerate(small)]
        found.append(_Shown(input=view, saliency=drawn[0], integrated=drawn[1], cam=drawn[2] if cam.size else cam))
    return found


def _plane(values: NDArray[np.float64], how: str) -> NDArray[np.float64]:
    """Return ``(height, width)`` of a picture with channels, or the middle one of a stack of them."""
    values = values[len(values) // 2] if values.ndim == 4 else values
    if values.ndim == 2:
        return np.abs(values) if how == "max" else values
    first = values.shape[-1] not in (1, 3, 4) and values.shape[0] in (1, 3)
    axis = 0 if first else -1
    return np.asarray(np.abs(values).max(axis) if how == "max" else values.sum(axis), np.float64)


def _middle(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values[len(values) // 2] if values.ndim == 3 else values


def _own_scale(values: NDArray[np.float64], *, signed: bool) -> NDArray[np.uint8]:
    limit = scale_of(values)[1]
    return steps(values, -limit if signed else 0.0, limit)


def _series(chosen: Chosen, batches: Batches, heat: Heat) -> list[_Shown]:
    found = []
    for place, view in enumerate(views(chosen.x, chosen.primary, batches)):
        slope, sum_ = (part[0][place].reshape(len(part[0][place]), -1) for part in (heat.saliency, heat.integrated))
        starts = np.arange(0, len(sum_), -(-len(sum_) // STEPS))
        cam = NO_NUMBERS
        if heat.cam is not None and heat.cam.ndim == 2:
            cam = stretched(heat.cam[place], (len(view.values),))
        found.append(
            _Shown(
                input=view, saliency=shrunk(np.abs(slope).max(1)[:, None], STEPS)[:, 0],
                integrated=np.add.reduceat(sum_.sum(1), starts), cam=cam,
            )
        )  # fmt: skip
    return found


def _tables(chosen: Chosen, batches: Batches, heat: Heat) -> list[_Shown]:
    slope, sum_ = (
        np.concatenate([part.reshape(len(part), -1) for part in parts], 1) for parts in (heat.saliency, heat.integrated)
    )
    names = column_names(chosen.x, chosen.primary, batches)
    order = np.argsort(-np.abs(sum_).mean(0), kind="stable")[:SHOWN]
    columns = columns_of(chosen.x, chosen.primary)
    note = f"{len(order)} of {len(names)} features" if len(names) > len(order) else ""
    labels = tuple(names[index] for index in order)
    return [
        _Shown(
            input=InputView(kind="table", pixels=NOTHING[0], values=row[order], words=labels, note=note),
            saliency=np.abs(slope[place][order]), integrated=sum_[place][order],
        )
        for place, row in enumerate(columns)
    ]  # fmt: skip


def _tokens(chosen: Chosen, heat: Heat) -> list[_Shown]:
    tokens, found = chosen.tokens, []
    assert tokens is not None  # noqa: S101 - what moves else
    for place in range(len(chosen.picks)):
        mask = None if tokens.mask is None else tokens.mask[place]
        positions = shown_tokens(tokens.ids[place], mask)
        rest = int((mask if mask is not None else tokens.ids[place] != 0).sum()) - len(positions)
        note = f"first {len(positions)} of {rest + len(positions)} tokens" if rest > 0 else ""
        view = InputView(
            kind="tokens", pixels=NOTHING[0], values=NOTHING[1], words=tokens.named(place, positions), note=note
        )
        slope, sum_ = heat.saliency[0][place], heat.integrated[0][place]
        found.append(
            _Shown(
                input=view, saliency=np.sqrt((slope**2).sum(-1))[positions], integrated=sum_.sum(-1)[positions]
            )
        )  # fmt: skip
    return found
