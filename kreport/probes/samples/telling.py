"""The telling samples: chosen, named by why, and looked at inside the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.document.model import Gap
from kreport.errors import NotMeasuredError
from kreport.inputs.batches import Batches, rows
from kreport.pipeline import contained
from kreport.probes import _keras
from kreport.probes.graph import LayerGraph
from kreport.probes.observers.kept import KeptSamples
from kreport.probes.samples.attending import AttentionView, HeadsView, attention, heads
from kreport.probes.samples.budget import at_once, in_parts
from kreport.probes.samples.choosing import Judged, Pick, judged, labels_of, telling
from kreport.probes.samples.inputs import NOTHING, InputView, Primary, picture_of, primary_of, shown_tokens, views
from kreport.probes.samples.inside import LayerView, Outputs, inside, outputs_of
from kreport.probes.samples.seeing import Tokens, looked
from kreport.probes.tree import LayerTree

NOT_SHOWN = "not shown: samples=False"

CLASSES = 12
"""Classes whose shares are shown; of more, the largest."""

LARGEST = 5
"""Shares shown where there are more classes."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Verdict:
    """What the model says of a sample, and what is right.

    Attributes:
        index: of the sample in the data.
        why: what it was chosen for, such as ``Most confident and wrong``.
        truth, said: names of the classes; "" where there are none.
        share: of the class said; error: distance from the label; loss: as compiled; each None where there is none.
        value, label: first value of the output and of the label, for models that meet values.
        classes: names of the classes with the shares that are shown; at_truth, at_said: places among them or −1.
        shares: float64 of shape ``(classes,)``.
    """

    index: int
    why: str
    truth: str = ""
    said: str = ""
    share: float | None = None
    error: float | None = None
    loss: float | None = None
    value: float | None = None
    label: float | None = None
    classes: tuple[str, ...] = ()
    shares: NDArray[np.float64]
    at_truth: int = -1
    at_said: int = -1


@dataclass(frozen=True, kw_only=True, eq=False)
class TellingSample:
    """One sample: what the model says, its input, and its reconstruction where the model makes one."""

    verdict: Verdict
    input: InputView
    output: InputView | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class TellingSamples:
    """A few samples and what layers make of them, in inference mode.

    Attributes:
        samples: in the order of their reasons.
        layers: views of some layers, each with one picture a sample.
        task: what the output that is read does.
        input: name of the input shown; inputs: how many there are.
        outputs: number of the model's outputs, of which one is read.
        of: number of samples they were chosen from.
        gaps: parts that are missing, and why.
        attention: what attends to what in the first sample, by layer.
        heads: each head of one of these layers, a sample each.
    """

    samples: tuple[TellingSample, ...]
    layers: tuple[LayerView, ...]
    task: str
    input: str
    inputs: int
    outputs: int
    of: int
    gaps: tuple[Gap, ...]
    attention: tuple[AttentionView, ...] = ()
    heads: tuple[HeadsView, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Chosen:
    """The telling samples as the passes over them need them; never stored.

    Attributes:
        kept: what they were chosen from.
        found: what the model says of all of them.
        picks: the samples.
        x: their inputs.
        primary: the input that is shown.
        tokens: what goes into the first embedding, or None.
        telling: what is shown of them.
    """

    kept: KeptSamples
    found: Judged
    picks: tuple[Pick, ...]
    x: Any
    primary: Primary
    tokens: Tokens | None
    telling: TellingSamples


@dataclass(frozen=True, kw_only=True, eq=False)
class Choice:
    """The telling samples, or why there are none."""

    chosen: Chosen | Gap


def choice(tree: LayerTree, kept: KeptSamples, batches: Batches, graph: LayerGraph | None) -> Choice:
    """Choose the telling samples and look at them inside the model; a failure is told where they would be shown."""
    return Choice(chosen=contained("telling samples", _chosen, tree, kept, batches, graph))


def _chosen(tree: LayerTree, kept: KeptSamples, batches: Batches, graph: LayerGraph | None) -> Chosen:
    if not batches.embed:
        raise NotMeasuredError(NOT_SHOWN)
    if not len(kept.index):
        message = "no sample was kept"
        raise NotMeasuredError(message)
    if not _keras.is_ready(tree.model):
        message = "the model is not built: call it once on a batch"
        raise NotMeasuredError(message)
    found = judged(kept)
    picks = telling(found, kept)
    x = rows(kept.x, np.array([pick.place for pick in picks]))
    seen = seen_of(tree, x, len(picks), graph)
    tokens = seen.tokens
    primary = primary_of(kept.x, batches, _place_of(tokens, x))
    layers = contained("layers of the telling samples", _inside, seen)
    samples = tuple(
        TellingSample(verdict=verdict_of(pick, found, kept, batches), input=view, output=output)
        for pick, view, output in zip(
            picks, _inputs(x, primary, batches, tokens), _outputs(seen, primary, found, x), strict=True
        )
    )
    shown = TellingSamples(
        samples=samples, layers=() if isinstance(layers, Gap) else layers, task=found.task, input=primary.name,
        inputs=primary.several, outputs=kept.several, of=len(kept.index),
        gaps=(layers,) if isinstance(layers, Gap) else (),
        attention=() if isinstance(seen.layers, Gap) else attention(seen.layers, tokens),
        heads=() if isinstance(seen.layers, Gap) else heads(seen.layers, tokens),
    )  # fmt: skip
    return Chosen(kept=kept, found=found, picks=picks, x=x, primary=primary, tokens=tokens, telling=shown)


@dataclass(frozen=True, kw_only=True, eq=False)
class SeenSamples:
    """What is kept of forward passes over some samples.

    Attributes:
        size: how many they are.
        tokens: what goes into the first embedding, or None.
        layers: outputs of the layers that are shown, or why there are none.
        reconstructed: the first output where it is shaped as an input, float32; else None.
    """

    size: int
    tokens: Tokens | None
    layers: Outputs | Gap
    reconstructed: NDArray[np.float32] | None

    @classmethod
    def joined(cls, parts: Sequence[SeenSamples]) -> SeenSamples:
        """Return the samples of all parts together."""
        layers, tokens = [one.layers for one in parts], [one.tokens for one in parts if one.tokens is not None]
        gap = next((one for one in layers if isinstance(one, Gap)), None)
        made = [one.reconstructed for one in parts if one.reconstructed is not None]
        return cls(
            size=sum(one.size for one in parts), tokens=Tokens.joined(tokens),
            layers=gap or Outputs.joined([one for one in layers if not isinstance(one, Gap)]),
            reconstructed=np.concatenate(made) if len(made) == len(parts) else None,
        )  # fmt: skip


def seen_of(tree: LayerTree, x: Any, size: int, graph: LayerGraph | None) -> SeenSamples:
    """Run samples forward, as many at once as the budget allows, and keep what is shown of them."""
    parts = in_parts(size, at_once(tree, graph, most=size))
    return SeenSamples.joined([_seen(tree, rows(x, some), len(some)) for some in parts])


def _seen(tree: LayerTree, x: Any, size: int) -> SeenSamples:
    import tensorflow as tf

    look = looked(tree, x, size)
    given = [tuple(t.shape[1:]) for t in tf.nest.flatten(x, expand_composites=False) if t is not None]
    flat = [t for t in tf.nest.flatten(look.seen.outputs) if tf.is_tensor(t)][:1]
    made = [np.asarray(tf.cast(t[:size], tf.float32)) for t in flat if tuple(t.shape[1:]) in given]
    return SeenSamples(
        size=size, tokens=look.tokens(), layers=contained("layers of the telling samples", outputs_of, look),
        reconstructed=made[0] if made else None,
    )  # fmt: skip


def _inside(seen: SeenSamples) -> tuple[LayerView, ...] | Gap:
    return seen.layers if isinstance(seen.layers, Gap) else inside(seen.layers, seen.size)


def telling_samples(choice: Choice) -> TellingSamples:
    """Return what is shown of the telling samples."""
    if not isinstance(choice.chosen, Gap):
        return choice.chosen.telling
    return TellingSamples(
        samples=(), layers=(), task="other", input="", inputs=0, outputs=0, of=0, gaps=(choice.chosen,)
    )  # fmt: skip


def verdict_of(pick: Pick, found: Judged, kept: KeptSamples, batches: Batches) -> Verdict:
    """Return what the model says of one of the kept samples."""
    place = pick.place
    loss = None if kept.losses is None else float(kept.losses[place])
    if found.shares is None or found.said is None:
        labels = labels_of(kept)
        plain = found.task == "values" and kept.outputs is not None
        return Verdict(
            index=int(kept.index[place]), why=pick.why, loss=loss, shares=np.zeros(0),
            error=None if found.errors is None else float(found.errors[place]),
            value=float(kept.outputs[place].reshape(-1)[0]) if plain and kept.outputs is not None else None,
            label=float(labels[place].reshape(-1)[0]) if plain and labels is not None else None,
        )  # fmt: skip
    row, said = found.shares[place], int(found.said[place])
    truth = None if found.truth is None else int(found.truth[place])
    shown = list(range(len(row))) if len(row) <= CLASSES else np.argsort(-row, kind="stable")[:LARGEST].tolist()
    return Verdict(
        index=int(kept.index[place]), why=pick.why, loss=loss, said=class_name(said, batches),
        truth="" if truth is None else class_name(truth, batches), share=float(row[said]),
        classes=tuple(class_name(index, batches) for index in shown), shares=row[shown],
        at_truth=shown.index(truth) if truth in shown else -1, at_said=shown.index(said) if said in shown else -1,
    )  # fmt: skip


def class_name(index: int, batches: Batches) -> str:
    """Return the name of a class where names may be shown, else its index."""
    return batches.class_names[index] if batches.embed and index < len(batches.class_names) else str(index)


def _place_of(tokens: Tokens | None, x: Any) -> int | None:
    """Return which input holds the tokens themselves; None where the model makes them of something else."""
    import tensorflow as tf

    if tokens is None:
        return None
    for place, value in enumerate(tf.nest.flatten(x, expand_composites=False)):
        plain = isinstance(value, np.ndarray) and value.shape == tokens.ids.shape and value.dtype.kind in "iuf"
        if plain and (value == tokens.ids).all():
            return place
    return None


def _inputs(x: Any, primary: Primary, batches: Batches, tokens: Tokens | None) -> tuple[InputView, ...]:
    if tokens is None or primary.kind not in ("tokens", "text", "other"):
        return views(x, primary, batches)
    plain = views(x, primary, batches)
    return plain if primary.kind == "text" else tuple(token_view(tokens, index) for index in range(len(plain)))


def token_view(tokens: Tokens, sample: int) -> InputView:
    """Return the tokens of a sample, without padding."""
    positions = shown_tokens(tokens.ids[sample], None if tokens.mask is None else tokens.mask[sample])
    return InputView(kind="tokens", pixels=NOTHING[0], values=NOTHING[1], words=tokens.named(sample, positions))


def _outputs(seen: SeenSamples, primary: Primary, found: Judged, x: Any) -> tuple[InputView | None, ...]:
    """Return the reconstructions of a model that puts out what it takes in; None elsewhere."""
    import tensorflow as tf

    taken, made = tf.nest.flatten(x, expand_composites=False)[primary.place], seen.reconstructed
    alike = primary.kind == "image" and made is not None and made.shape[1:] == tuple(taken.shape[1:])
    if not alike or found.task == "classes" or made is None:
        return (None,) * seen.size
    return tuple(picture_of(one, primary) for one in made)
