"""The training data read as the data of the report is: what the model says of what it has seen before."""

from __future__ import annotations

from dataclasses import dataclass

from kreport.document.model import Gap
from kreport.errors import NotMeasuredError
from kreport.inputs.batches import TrainBatches
from kreport.inputs.subject import InputShapes, LossOf
from kreport.probes.observers.data_seen import TrainSeen
from kreport.probes.observers.metrics import CompiledMetrics
from kreport.probes.observers.predictions import Predictions
from kreport.probes.sweep import Wanted, swept
from kreport.probes.tree import LayerTree


@dataclass(frozen=True, kw_only=True, eq=False)
class OnTrain:
    """Predictions beside labels, and the compiled metrics, of the training data; a gap where one failed."""

    predictions: Predictions | Gap
    metrics: CompiledMetrics | Gap


def on_train(
    train: TrainBatches, tree: LayerTree, loss: LossOf | None, shapes: InputShapes | None, others: Wanted
) -> OnTrain:  # fmt: skip
    """Run the model once over the training data, forward only.

    Raises:
        NotMeasuredError: the data is a generator, and the section on the data reads it.
    """
    if not train.batches.repeatable and TrainSeen in others.kinds:
        message = "train_data= is a generator, which is read once: for the section on the data"
        raise NotMeasuredError(message)
    wanted = Wanted(kinds=frozenset({Predictions, CompiledMetrics}))
    found = swept(tree, train.batches, wanted, loss, shapes).results
    return OnTrain(predictions=found[Predictions], metrics=found[CompiledMetrics])
