"""Evaluations made by hand, from answers without a model."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from kreport.analyzers._evaluation.measuring import evaluated
from kreport.analyzers._evaluation.stats import OutputEvaluation
from kreport.inputs.batches import Batch, Batches
from kreport.inputs.expected import OutputSpec
from kreport.probes.observers.predictions import Judge, Predictions
from kreport.probes.tree import LayerTree

TREE = LayerTree(model=None, entries=(), parents={}, id_of={})


def batches(said: Any, y: Any, loss: str, x: Any = None, **more: Any) -> Batches:
    """Return data of so many samples, read at once."""
    x = np.zeros((len(said), 1), "float32") if x is None else x
    spec = OutputSpec(name="out", shape=(None, *said.shape[1:]), loss=loss, task=more.pop("task", ""))
    first = Batch(x=x, y=y, sample_weight=more.pop("weight", None), start=0, size=len(said))
    return replace(
        Batches(
            source="arrays", samples=len(said), batch_size=len(said), labels=True, weights=False, input_names=("x",),
            outputs=(spec,), first=first, read=lambda: iter((first,)),
        ), **more,
    )  # fmt: skip


def predictions(said: Any, y: Any, loss: str, *, mask: Any = (), made: bool = True, **more: Any) -> Predictions:
    """Return what is observed of outputs beside labels; ``made``: by a softmax or sigmoid."""
    given = batches(said, y, loss, **more)
    judge = Judge()
    judge.start(TREE, given)
    judge._made = [made]
    judge.add({"outputs": [said], "masks": [mask]}, given.first)
    return judge.result()


def evaluation(said: Any, y: Any, loss: str, **more: Any) -> OutputEvaluation:
    """Return what is measured of outputs beside labels."""
    names = {"class_names": more.pop("class_names", ()), "embed": more.get("embed", True)}
    return evaluated(predictions(said, y, loss, **more), batches(said, y, loss, **names))[0]


def classes(labels: Any, predicted: Any, share: Any = 0.9, **more: Any) -> OutputEvaluation:
    """Return an evaluation of as many classes as there are; the predicted one has the given probability."""
    labels, predicted = np.asarray(labels), np.asarray(predicted)
    number = max(int(max(labels.max(), predicted.max())) + 1, 2)
    share = np.broadcast_to(np.asarray(share, float), labels.shape)
    said = np.repeat((1 - share)[:, None] / (number - 1), number, 1)
    said[np.arange(len(labels)), predicted] = share
    return evaluation(said.astype("float32"), labels, "sparse_categorical_crossentropy", **more)


def numbers(truth: Any, said: Any, **more: Any) -> OutputEvaluation:
    """Return an evaluation of a regression."""
    truth, said = (np.asarray(part, float).reshape(len(part), -1) for part in (truth, said))
    return evaluation(said, truth, "mse", made=False, **more)
