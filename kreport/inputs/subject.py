"""What the user handed over, normalised and read-only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kreport.document.model import Gap
from kreport.inputs.batches import Batches, TrainBatches
from kreport.inputs.history import History
from kreport.inputs.training_log import TrainingLog


@dataclass(frozen=True, kw_only=True, eq=False)
class ModelFile:
    """Where the model was read from; the file itself is never written to.

    Attributes:
        name: file name without folder.
        size_bytes: size on disk.
        sha256: of the file's bytes, hexadecimal.
        training: compile settings found in the file when Keras could not restore them, as JSON
            text; "" otherwise.
        notes: what was worked around while reading, one sentence each.
    """

    name: str
    size_bytes: int
    sha256: str
    training: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class KerasModel:
    """The model as handed over or read; stages look, they do not touch."""

    model: Any
    file: ModelFile | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class InputShapes:
    """Input shapes the user gave, batch axis first (None: open), in the structure ``call`` takes.

    ``shapes`` is one tuple, a list of tuples or a dict of name to tuple.
    """

    shapes: Any


@dataclass(frozen=True, kw_only=True, eq=False)
class LossOf:
    """A loss the user hands over beside the model, used instead of the compiled one."""

    loss: Any


@dataclass(frozen=True, kw_only=True, eq=False)
class DataGiven:
    """Data and training data, read; a gap where they cannot be used, then ``raw`` is what was given as inputs."""

    batches: Batches | Gap | None = None
    train: Batches | None = None
    raw: Any = None

    @property
    def inputs(self) -> Any:
        """The inputs of the first batch, as far as there are any."""
        if isinstance(self.batches, Batches):
            return None if self.batches.first is None else self.batches.first.x
        return self.raw


@dataclass(frozen=True, kw_only=True, eq=False)
class Subject:
    """Model, history and shapes, checked; ``facts`` gives them by type."""

    model: KerasModel | None
    history: History | None = None
    log: TrainingLog | None = None
    input_shapes: InputShapes | None = None
    data: DataGiven = field(default_factory=DataGiven)
    loss: Any = None

    def facts(self) -> dict[type, object]:
        """Return what is there by type, and for what is not the argument that brings it."""
        return {
            KerasModel: self.model or Gap("model", "pass model= (the log of a training holds no weights)"),
            TrainingLog: self.log or Gap("log", "train with kreport.ReportCallback and pass its folder as resume="),
            History: self.history
            or Gap("history", "pass history= (the object that fit returns, or its CSV or JSON log)"),
            Batches: self.data.batches or Gap("data", "pass data= (inputs and labels, as fit takes them)"),
            TrainBatches: Gap("train_data", "pass train_data= (as data=)")
            if self.data.train is None
            else TrainBatches(batches=self.data.train),
            LossOf: Gap("loss", "pass loss=") if self.loss is None else LossOf(loss=self.loss),
            InputShapes: self.input_shapes or Gap("input_shape", "pass input_shape= or a batch as data="),
        }
