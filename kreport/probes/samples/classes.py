"""Gradients of single classes: which class pulls hardest at which kernel, and which classes pull together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.document.blocks import LayerId
from kreport.document.model import Gap
from kreport.errors import NotMeasuredError
from kreport.inputs.batches import Batches, rows
from kreport.inputs.subject import LossOf
from kreport.pipeline import contained
from kreport.probes import _keras, _keras_fit, passes
from kreport.probes.graph import LayerGraph
from kreport.probes.observers.kept import KeptSamples
from kreport.probes.samples.budget import at_once
from kreport.probes.samples.choosing import judged
from kreport.probes.samples.graphed import Graphed
from kreport.probes.samples.seeing import as_tensors, filled, through
from kreport.probes.samples.telling import class_name
from kreport.probes.tree import LayerTree

CLASSES = 10
"""Classes whose gradients are taken: the most frequent ones."""

EACH, FEWEST = 32, 4
"""Samples of a class, at most and however large the model is."""

FLOPS = 2e12
"""Floating-point operations for all classes together; larger models get fewer samples of each."""

BACKWARD = 3
"""A gradient costs about three forward passes."""

KERNELS = 24
"""Kernels whose norms are kept: evenly over depth, the first and the last among them."""

VALUES = 2_000_000
"""Values of the gradients that are compared; of larger models every k-th."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ClassKernel:
    """One kernel: the norm of ∂L/∂w over the samples of each class, float64 of shape ``(classes,)``."""

    layer: LayerId
    name: str
    norms: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class ClassGradients:
    """Gradients of the mean compiled loss over samples of one class, in inference mode, without sample weights.

    Attributes:
        classes: their names; samples: how many of each, int64 of shape ``(classes,)``.
        norms: of the gradient of all trainable variables, float64 of shape ``(classes,)``.
        cosines: between the classes' gradients, float64 of shape ``(classes, classes)``, NaN where one is zero.
        kernels: some kernels, in order; of: how many there are.
        every: the cosines are over every ``every``-th value.
        known: number of classes among the samples.
        gaps: why there are none.
    """

    classes: tuple[str, ...]
    samples: NDArray[np.int64]
    norms: NDArray[np.float64]
    cosines: NDArray[np.float64]
    kernels: tuple[ClassKernel, ...]
    of: int
    every: int
    known: int
    gaps: tuple[Gap, ...] = ()


def class_gradients(
    tree: LayerTree, kept: KeptSamples, batches: Batches, loss: LossOf | None, graph: LayerGraph | None
) -> ClassGradients:
    """Take the gradient of the loss of each class apart."""
    if judged(kept).task in ("values", "other"):
        return _nothing()  # there are no classes to speak of
    given = None if loss is None else loss.loss
    found = contained("gradients by class", _measured, tree, kept, batches, given, graph)
    return _nothing(found) if isinstance(found, Gap) else found


def _nothing(*gaps: Gap) -> ClassGradients:
    none = np.zeros(0)
    return ClassGradients(
        classes=(), samples=none.astype(np.int64), norms=none, cosines=none.reshape(0, 0), kernels=(), of=0, every=1,
        known=0, gaps=gaps,
    )  # fmt: skip


def _measured(
    tree: LayerTree, kept: KeptSamples, batches: Batches, loss: Any, graph: LayerGraph | None
) -> ClassGradients:
    truth = _truth(kept)
    model = tree.model
    if not _keras.is_ready(model) or not model.trainable_variables:
        message = "nothing of the model is trainable, so there are no gradients"
        raise NotMeasuredError(message)
    if loss is None and not _keras_fit.has_loss(model):
        raise NotMeasuredError(passes.NO_LOSS)
    known, often = np.unique(truth, return_counts=True)
    chosen = np.sort(known[np.argsort(-often, kind="stable")[:CLASSES]])
    flops = None if graph is None else graph.flops
    each = _each(len(chosen), flops)
    members = [np.flatnonzero(truth == one)[:each] for one in chosen]
    batch = at_once(tree, graph, most=batches.batch_size, tape=True)
    few = filled(model, rows((kept.x, kept.y, None), members[0][:2]), len(members[0][:2]))
    with _keras_fit.ready_to_test(model, *few, loss=loss):
        sums = _Sums(tree, flops)
        taken = [_Gradient.of(sums, kept, some, batch) for some in members]
    kernels = [i for i, v in enumerate(model.trainable_variables) if len(v.shape) > 1 and "bias" not in v.name]
    owners = {id(variable): layer for layer, _, variable in tree.variables()}
    shown = np.unique(np.linspace(0, len(kernels) - 1, min(KERNELS, len(kernels))).round().astype(int)).tolist()
    picked = [(index, model.trainable_variables[index]) for index in (kernels[place] for place in shown)]
    return ClassGradients(
        classes=tuple(class_name(int(one), batches) for one in chosen), samples=np.array([len(m) for m in members]),
        norms=np.array([float(np.sqrt((one.norms**2).sum())) for one in taken]), cosines=_cosines(taken),
        kernels=tuple(
            ClassKernel(layer=owners.get(id(v), ""), name=v.name, norms=np.array([one.norms[index] for one in taken]))
            for index, v in picked
        ),
        of=len(kernels), every=taken[0].every, known=len(known),
    )  # fmt: skip


def _truth(kept: KeptSamples) -> NDArray[np.int64]:
    found = judged(kept)
    if found.truth is None or not len(found.truth):
        message = "gradients by class need a classifier and its labels"
        raise NotMeasuredError(message)
    if len(np.unique(found.truth)) < 2:
        message = "all samples are of one class"
        raise NotMeasuredError(message)
    return found.truth


def _each(classes: int, flops: int | None) -> int:
    return EACH if not flops else int(np.clip(FLOPS / (BACKWARD * flops * classes), FEWEST, EACH))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Gradient:
    """The gradient of one class: a norm a variable, and some of its values."""

    norms: NDArray[np.float64]
    values: NDArray[np.float32]
    every: int

    @classmethod
    def of(cls, sums: _Sums, kept: KeptSamples, members: NDArray[np.intp], batch: int) -> _Gradient:
        total: list[Any] = []
        for start in range(0, len(members), batch):
            some = members[start : start + batch]
            parts = sums(rows(kept.x, some), rows(kept.y, some), len(some))
            total = parts if not total else [a + b for a, b in zip(total, parts, strict=True)]
        arrays = [np.asarray(one, np.float32) / len(members) for one in total]
        every = max(1, -(-sum(a.size for a in arrays) // VALUES))
        return cls(
            norms=np.array([np.sqrt(np.square(a, dtype=np.float64).sum()) for a in arrays]),
            values=np.concatenate([a.ravel()[::every] for a in arrays]), every=every,
        )  # fmt: skip


@dataclass(eq=False)
class _Sums:
    """Gives the gradient of the sum of some samples' losses for each trainable variable, dense."""

    tree: LayerTree
    flops: int | None
    _pass: Graphed | None = None
    _structure: Any = None

    def __call__(self, x: Any, y: Any, size: int) -> list[Any]:
        import tensorflow as tf

        self._structure = as_tensors(filled(self.tree.model, (x, y), size))
        if self._pass is None:
            self._pass = Graphed(self.tree, self._run, flops=self.flops)
        flat = tf.nest.flatten(self._structure, expand_composites=False)
        return list(self._pass([tf.constant(size), *flat]))

    def _run(self, tensors: list[Any]) -> list[Any]:
        import tensorflow as tf

        model, (size, *flat) = self.tree.model, tensors
        x, y = tf.nest.pack_sequence_as(self._structure, flat, expand_composites=False)
        values = _keras_fit.trainable_values(model)
        with tf.GradientTape() as tape:
            tape.watch(values)
            with _keras_fit.state(model, trainable=values), through(), _keras_fit.unreduced() as noted:
                outputs = _keras_fit.called(model, x, training=False)
                _keras_fit.loss_of(model, x, y, outputs, None, training=False)
            losses = passes.losses_by_sample(model, noted)
            if losses is None:
                message = "gradients by class need losses of single samples; this class computes its own loss"
                raise NotMeasuredError(message)
            total = tf.reduce_sum(losses[:size])
        found = tape.gradient(total, values)
        return [tf.zeros_like(v) if g is None else tf.convert_to_tensor(g) for g, v in zip(found, values, strict=True)]


def _cosines(taken: Sequence[_Gradient]) -> NDArray[np.float64]:
    lengths = [float(np.sqrt(np.square(one.values, dtype=np.float64).sum())) for one in taken]
    found = np.full((len(taken), len(taken)), np.nan)
    for i, one in enumerate(taken):
        for j, other in enumerate(taken[: i + 1]):
            if lengths[i] > 0 and lengths[j] > 0:
                dot = float(np.dot(one.values.astype(np.float64), other.values))
                found[i, j] = found[j, i] = dot / (lengths[i] * lengths[j])
    return found
