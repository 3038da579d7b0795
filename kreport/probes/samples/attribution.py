"""What in a sample speaks for what the model says of it: saliency, integrated gradients, Grad-CAM."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.document.blocks import LayerId
from kreport.document.model import Gap
from kreport.errors import NotMeasuredError
from kreport.inputs.batches import Batches, rows
from kreport.pipeline import contained
from kreport.probes import _keras_fit
from kreport.probes.graph import LayerGraph
from kreport.probes.samples.attributed import Attributed, Heat, attributed
from kreport.probes.samples.budget import at_once, in_parts
from kreport.probes.samples.cam import grad_cam, last_map
from kreport.probes.samples.paths import integrated
from kreport.probes.samples.scoring import NO_GRADIENT, Score, Target
from kreport.probes.samples.seeing import Look, looked, padded
from kreport.probes.samples.telling import Choice, Chosen
from kreport.probes.tree import LayerTree

MOST_NODES = 127
"""Gradients along a path, at most."""

FLOPS = 2e12
"""Floating-point operations that the paths may take; larger models get fewer gradients along them."""

BACKWARD = 3
"""A gradient costs about three forward passes."""

BLACK = (0.0, -1.0)
"""Values of pictures that are black by convention; others begin their paths at the mean picture."""

BATCH = 64
"""Rows at once, at most."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Attribution:
    """Attributions of the telling samples, in inference mode.

    Attributes:
        kind: of the input that is explained.
        samples: in the order of :class:`TellingSamples`.
        score: what is explained: ``logit of the class said``, ``output`` …
        baseline: where paths begin, in words; nodes: gradients along the one that took most.
        layer: whose feature map Grad-CAM reads, "" for none; map_size: its positions.
        input: name of the input explained; inputs: how many there are, the others are kept as they are.
        output: which output is explained, from 0; outputs: how many there are.
        gaps: why there are none, or parts that are missing.
    """

    kind: str
    samples: tuple[Attributed, ...]
    score: str
    baseline: str
    nodes: int
    layer: LayerId
    map_size: tuple[int, ...]
    input: str
    inputs: int
    output: int
    outputs: int
    gaps: tuple[Gap, ...]


def attribution(tree: LayerTree, choice: Choice, batches: Batches, graph: LayerGraph | None) -> Attribution:
    """Explain what the model says of the telling samples."""
    if isinstance(choice.chosen, Gap):
        return _nothing(choice.chosen)
    found = contained("attribution", _attribution, tree, choice.chosen, batches, graph)
    return _nothing(found) if isinstance(found, Gap) else found


def _nothing(gap: Gap) -> Attribution:
    return Attribution(
        kind="other", samples=(), score="", baseline="", nodes=0, layer="", map_size=(), input="", inputs=0, output=0,
        outputs=0, gaps=(gap,),
    )  # fmt: skip


def _attribution(tree: LayerTree, chosen: Chosen, batches: Batches, graph: LayerGraph | None) -> Attribution:
    target = target_of(chosen)
    moving, primary = _moving(chosen), chosen.primary
    batch = at_once(tree, graph, most=min(BATCH, batches.batch_size), tape=True)
    first = _First.joined([
        _first_pass(tree, chosen, target, some) for some in in_parts(len(chosen.picks), batch)
    ])  # fmt: skip
    score = Score(
        tree=tree, x=chosen.x, target=target, places=moving, embedding=None if moving else first.embedding,
        flops=None if graph is None else graph.flops,
    )  # fmt: skip
    x = [_flat(chosen.x)[place] for place in moving] if moving else [first.embedded]
    base, named = _baseline(chosen, moving, x)
    path = integrated(score.gradients, x, base, most=_most(graph, len(x[0])), batch=batch)
    heat = Heat(
        saliency=path.slopes, integrated=path.values, cam=None if isinstance(first.cam, Gap) else first.cam
    )  # fmt: skip
    return Attribution(
        kind="tokens" if not moving else primary.kind, samples=attributed(chosen, batches, heat, path),
        input=primary.name, inputs=primary.several, score=_named(chosen, first), baseline=named,
        nodes=int(path.nodes.max()),
        layer=first.layer, map_size=first.map_size, output=target.output, outputs=chosen.kept.several,
        gaps=(first.cam,) if isinstance(first.cam, Gap) and first.cam.failed else (),
    )  # fmt: skip


def target_of(chosen: Chosen) -> Target:
    """Return what is explained: the class said, or the value put out.

    Raises:
        NotMeasuredError: the model puts out neither classes nor values.
    """
    found, places = chosen.found, np.array([pick.place for pick in chosen.picks])
    ones = np.ones(len(places))
    if found.task == "classes" and found.said is not None:
        return Target(output=chosen.kept.output, column=found.said[places], sign=ones)
    zeros = np.zeros(len(places), np.int64)
    if found.task == "binary" and found.said is not None:
        return Target(output=chosen.kept.output, column=zeros, sign=np.where(found.said[places] == 1, 1.0, -1.0))
    if found.task == "values":
        return Target(output=chosen.kept.output, column=zeros, sign=ones)
    message = "attribution needs an output of classes or values, one row a sample"
    raise NotMeasuredError(message)


def _moving(chosen: Chosen) -> tuple[int, ...]:
    """Return the places of the inputs that move; () where the first embedding's output does."""
    kind = chosen.primary.kind
    if kind in ("tokens", "text", "other"):
        if chosen.tokens is not None:
            return ()
        message = "attribution needs numbers as inputs, or an embedding of them"
        raise NotMeasuredError(message)
    for place in chosen.primary.joined:
        if not isinstance(_flat(chosen.x)[place], np.ndarray):
            message = "attribution needs dense inputs"
            raise NotMeasuredError(message)
    return chosen.primary.joined


@dataclass(frozen=True, kw_only=True, eq=False)
class _First:
    """What the first pass brings for some samples: the embedding's outputs, the map, whether there are logits."""

    embedding: Any
    embedded: NDArray[Any]
    cam: NDArray[np.float64] | Gap
    layer: LayerId
    map_size: tuple[int, ...]
    logits: bool

    @classmethod
    def joined(cls, parts: Sequence[_First]) -> _First:
        """Return the parts as one; what the longest text has more is zero in the others."""
        cams = [part.cam for part in parts]
        gap = next((cam for cam in cams if isinstance(cam, Gap)), None)
        cam = gap or np.concatenate([cam for cam in cams if not isinstance(cam, Gap)])
        return replace(
            parts[0], embedded=padded([part.embedded for part in parts], 0.0), cam=cam,
            layer="" if isinstance(cam, Gap) else parts[0].layer,
            map_size=() if isinstance(cam, Gap) else parts[0].map_size,
        )  # fmt: skip


def _first_pass(tree: LayerTree, chosen: Chosen, target: Target, some: NDArray[np.intp]) -> _First:
    import tensorflow as tf

    size = len(some)
    with tf.GradientTape() as tape:
        look = looked(tree, rows(_as_floats(chosen), some), size, watch=tape.watch)
        total = tf.reduce_sum(target.of(look.seen.outputs, target.column[some], target.sign[some]))
    classifies = chosen.found.task in ("classes", "binary") and chosen.primary.kind in ("image", "series")
    call = last_map(look) if classifies else None
    outputs = [t for t in tf.nest.flatten(look.seen.outputs) if tf.is_tensor(t)][target.output]
    cam = contained("Grad-CAM", _cam, tape, total, call, look)
    return _First(
        embedding=None if look.embedded is None else look.embedded.target,
        embedded=np.zeros((size, 0)) if look.embedded is None else _numbers(look.embedded.outputs[0], size), cam=cam,
        layer="" if call is None or isinstance(cam, Gap) else call.layer,
        map_size=() if isinstance(cam, Gap) else cam.shape[1:],
        logits=_keras_fit.logits_of(outputs) is not outputs,
    )  # fmt: skip


def _cam(tape: Any, total: Any, call: Any, look: Look) -> NDArray[np.float64]:
    if call is None:
        message = "Grad-CAM needs a classifier with a feature map of a convolution"
        raise NotMeasuredError(message)
    slopes = tape.gradient(total, call.outputs[0])
    if slopes is None:
        raise NotMeasuredError(NO_GRADIENT)
    maps, slopes = _numbers(call.outputs[0], look.size), _numbers(slopes, look.size)
    if getattr(call.target, "data_format", "") == "channels_first":
        maps, slopes = np.moveaxis(maps, 1, -1), np.moveaxis(slopes, 1, -1)
    return grad_cam(maps, slopes)


def _baseline(chosen: Chosen, moving: tuple[int, ...], x: list[Any]) -> tuple[list[NDArray[Any]], str]:
    if not moving:
        return [np.zeros_like(x[0])], "the zero vector for every token"
    black = chosen.primary.black
    if chosen.primary.kind == "image" and black in BLACK:
        return [np.full(part.shape, black) for part in x], "a black picture"
    whole = [_flat(chosen.kept.x)[place] for place in moving]
    means = [np.broadcast_to(part.mean(0, dtype=np.float64), one.shape) for part, one in zip(whole, x, strict=True)]
    return list(means), f"the mean of {len(chosen.kept.index):,} samples"


def _most(graph: LayerGraph | None, samples: int) -> int:
    each = BACKWARD * ((None if graph is None else graph.flops) or 0) * samples
    return MOST_NODES if not each else int(min(FLOPS / each, MOST_NODES))


def _named(chosen: Chosen, first: _First) -> str:
    if chosen.found.task == "values":
        return "output"
    outputs = chosen.kept.outputs
    inside = outputs is not None and bool((outputs >= 0).all() and (outputs <= 1).all())
    return (
        "probability of the class said"
        if inside and not (first.logits or chosen.kept.logits)
        else "logit of the class said"
    )


def _as_floats(chosen: Chosen) -> Any:
    """Return the samples with pictures of whole numbers as floats, which gradients can follow."""
    import tensorflow as tf

    flat = _flat(chosen.x)
    for place in chosen.primary.joined if chosen.primary.kind in ("image", "series", "table") else ():
        if isinstance(flat[place], np.ndarray) and flat[place].dtype.kind in "iub":
            flat[place] = flat[place].astype(np.float32)
    return tf.nest.pack_sequence_as(chosen.x, flat, expand_composites=False)


def _flat(x: Any) -> list[Any]:
    import tensorflow as tf

    return list(tf.nest.flatten(x, expand_composites=False))


def _numbers(tensor: Any, size: int) -> NDArray[Any]:
    import tensorflow as tf

    return np.asarray(tf.cast(tensor[:size], tf.float32))
