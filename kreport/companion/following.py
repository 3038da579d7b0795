"""One model that is followed: its data, its log, the looks at it and the reports on it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from kreport.companion.checking import Settings
from kreport.companion.probe import Look, Probe, fixed_batch
from kreport.companion.weighing import Values, copies, weighed
from kreport.document.model import Gap
from kreport.inputs.batches import Batch, Batches
from kreport.inputs.data import DataOptions, read_data
from kreport.inputs.training_folder import RunWriter, read_run, runs
from kreport.inputs.training_log import EpochRecord, Reading
from kreport.pipeline import contained
from kreport.probes import _keras, _keras_fit, _keras_training
from kreport.probes.pipelines import copied, is_changed_by_reading
from kreport.probes.tree import LayerTree, tree_of
from kreport.probes.weights import weight_sweep

T = TypeVar("T")

DATA_OPTIONS = frozenset({"batch_size", "steps", "target", "class_names", "class_weight", "task"})
"""Options that say how the data is read."""

FELT = (
    "{argument}= is a pipeline that is not the same after it was read, and it could not be copied ({reason}): if the "
    "training reads it too, its batches differ from those of a training without the callback"
)

STRUCTURE = ("architecture", "training")
"""Sections that are made when a training begins, so that a report without the model has them."""


class Following:
    """What a companion knows of one model; every method may raise."""

    def __init__(self, settings: Settings, model: Any) -> None:
        """Nothing is read or written yet."""
        self.settings, self.model = settings, model
        self.last_epoch = 0
        self._writer = RunWriter(settings.folder)
        self._tree: LayerTree | None = None
        self.warnings: list[str] = []
        self._data: Any = None
        self._train_data: Any = None
        self._probe: Probe | None = None
        self._known: tuple[list[int], list[int]] = ([], [])
        self._batches: Batches | None = None
        self._batch: Batch | None = None
        self._fit_begins: int | None = None
        self._offset = 0
        self._last: EpochRecord | None = None
        self._problems: list[Gap] = []
        self._waiting = False
        self._unwritten: list[str] = []

    @property
    def notes(self) -> tuple[str, ...]:
        """How the looks were made where that matters."""
        return self._probe.notes if self._probe is not None else ()

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What cannot be looked at, and why."""
        return (*self._problems, *(self._probe.gaps if self._probe is not None else ()))

    def read_data(self) -> None:
        """Take the fixed batch from the data, once.

        Raises:
            KreportError: the data cannot be used.
        """
        if self.settings.data is None or self._batches is not None or _keras.backend() != "tensorflow":
            return
        data = self._data = self._apart("data", self.settings.data)
        self._train_data = self._apart("train_data", self.settings.options.get("train_data"))
        options = {name: value for name, value in self.settings.options.items() if name in DATA_OPTIONS}
        self._batches = read_data(data, self.model, DataOptions(max_samples=None, embed=False, **options))
        self._batch = fixed_batch(self._batches, _keras_fit.batch_size_of(self.model))

    def _apart(self, argument: str, data: Any) -> Any:
        """Return data that can be read without the training feeling it: of pipelines with a state, a copy."""
        import tensorflow as tf

        is_pipeline = isinstance(data, tf.data.Dataset)
        if not is_pipeline or contained("a look at the pipeline", is_changed_by_reading, data) is False:
            return data
        copy = contained("a copy of the pipeline", copied, data)
        if copy is not None and not isinstance(copy, Gap):
            return copy
        reason = copy.reason if copy is not None else "it holds more than 512 MiB of arrays"
        self.warnings.append(FELT.format(argument=argument, reason=reason))
        return data

    def prepare(self) -> None:
        """Get ready to look; a new ``fit`` may have been compiled anew, so the batch is traced again."""
        self._tree, self._probe, self._known = tree_of(self.model), None, self._variables()
        self._waiting = True
        if self._batches is not None and self._batch is not None:
            self._probe = Probe(
                self.model, self._batch, self._batches, loss=self.settings.options.get("loss"),
                noise=self.settings.noise,
            )  # fmt: skip

    def _variables(self) -> tuple[list[int], list[int]]:
        return [id(v) for v in self.model.variables], [id(v) for v in self.model.trainable_variables]

    def fit_begins(self, epoch: int) -> bool:
        """Take note of an epoch, and tell whether it is the first of a ``fit``."""
        if not self._waiting:
            return False
        self._waiting, self._fit_begins = False, epoch
        return True

    def open_log(self) -> None:
        """Continue the run of this training, or begin a new one.

        The same model goes on where it was. Another process goes on when it begins after epoch 0 with a model of the
        same variables (``initial_epoch``); otherwise it is a new run beside the old ones.
        """
        first = self._fit_begins or 0
        if self._writer.path is not None:
            self._offset = self.last_epoch if first < self.last_epoch else 0
        else:
            signature, found = self._signature(), runs(self.settings.folder)
            old = read_run(found[-1]) if found and first else None
            if old is not None and old.signature == signature:
                self._writer.go_on(old.path)
                self.last_epoch = int(old.log.epochs[-1]) if len(old.log.epochs) else 0
            else:
                self._writer.begin(signature, datetime.now(UTC).isoformat(timespec="seconds"))
            self._writer.model(self._structure())
        self._writer.fit(first + self._offset + 1)
        for text in self._unwritten:
            self._writer.note(text)
        self._unwritten = []

    def _signature(self) -> str:
        tensors = weight_sweep(self._tree).tensors if self._tree is not None else ()
        digest = hashlib.sha256(type(self.model).__name__.encode())
        for tensor in tensors:
            digest.update(repr((tensor.layer, tensor.name, tensor.shape)).encode("utf-8", "surrogatepass"))
        return digest.hexdigest()[:16]

    def _structure(self) -> str:
        """Return what the model is and how it is compiled, as the JSON of a report."""
        from kreport.api import report

        batch, options = self._batch, self.settings.options
        return report(
            self.model, only=STRUCTURE, data=None if batch is None else (batch.x, batch.y), title=options.get("title"),
            input_shape=options.get("input_shape"),
        ).to_json()  # fmt: skip

    def copies(self) -> Values | None:
        """Return the trainable weights as they are now, where a step can be told from other changes."""
        within_epochs = _keras.backend() != "jax"  # there the model gets its weights at the end of an epoch
        if not within_epochs or _keras_training.keeps_averages(self.model) or not self.model.variables:
            return None
        return copies(self._tree or tree_of(self.model))

    def record(
        self, epoch: int, logs: Mapping[str, Any], seconds: float, before: Values | None, covered: int
    ) -> None:  # fmt: skip
        """Look at the model and add a line to the log."""
        if self._tree is None and self.model.variables:  # it was built by its first batch
            self.read_data()
            self.prepare()
            self.fit_begins(epoch)
            self.open_log()
        if self._tree is None:
            return
        if self._known != self._variables():
            self.prepare()  # layers were frozen, set free or built meanwhile
            self._waiting = False
        look = Look() if self._probe is None else self._part("the fixed batch", Look(), self._probe.look)
        self.last_epoch = epoch + self._offset + 1
        self._last = EpochRecord(
            epoch=self.last_epoch,
            logs={str(name): _number(value) for name, value in logs.items()},
            learning_rate=self._part("the learning rate", None, _keras_training.learning_rate, self.model),
            seconds=seconds,
            weights=self._part("the weights", Reading(), weighed, self._tree, before),
            gradients=look.gradients,
            activations=look.activations,
            backflow=look.backflow,
            update_batches=max(covered, 1),
            noise_scale=look.noise_scale,
            samples=look.samples,
        )
        self._writer.epoch(self._last)

    def _part(self, what: str, otherwise: T, function: Callable[..., T], *arguments: Any) -> T:
        """Return what ``function`` returns; if it raises, what stands for that: one part costs no other."""
        result = contained(what, function, *arguments)
        if isinstance(result, Gap):
            self._problems.append(result)
            return otherwise
        return result

    def finish(self) -> None:
        """Add the state at the end: weights may have been set back, or replaced by their averages."""
        if self._tree is not None and self._last is not None:
            empty = EpochRecord(epoch=self.last_epoch)
            self._writer.epoch(replace(empty, weights=weighed(self._tree)), end=True)

    def note(self, text: str) -> None:
        """Write down one sentence, as soon as there is a log."""
        if self._writer.path is None:
            self._unwritten.append(text)
        else:
            self._writer.note(text)

    def report(self) -> Path | None:
        """Make the report on everything so far and write it."""
        if self.settings.output is None:
            return None
        from kreport.api import report

        options = dict(self.settings.options)
        if self._train_data is not None:
            options["train_data"] = self._train_data
        report(self.model, data=self._data_again(), resume=self._writer.path, output=self.settings.output, **options)
        return self.settings.output

    def _data_again(self) -> Any:
        """Return the data for a report; of data that could be read but once, the fixed batch."""
        if self._batches is None or self._batches.repeatable or self._batch is None:
            return self.settings.data if self._data is None else self._data
        batch = self._batch
        return (batch.x, batch.y) if batch.sample_weight is None else (batch.x, batch.y, batch.sample_weight)


def _number(value: Any) -> float | tuple[float, ...]:
    """Return what Keras logged as one number or several."""
    array = np.asarray(value, np.float64)
    return float(array) if array.ndim == 0 else tuple(float(one) for one in array.ravel())
