"""What has to be ready before the first batch: which passes can be made, on which model, with which loss."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any, Self

from kreport.document.model import Gap
from kreport.errors import NotMeasuredError
from kreport.inputs.batches import Batch, Batches
from kreport.pipeline import contained
from kreport.probes import _keras, _keras_fit, passes
from kreport.probes.observers._base import Mode, Seen
from kreport.probes.stepping import Carried, Step
from kreport.probes.train_step import FewBatches, Recorder, Within, is_recorded
from kreport.probes.tree import LayerTree

NO_LABELS = "gradients need labels: pass data=(x, y)"


class Prepared(contextlib.AbstractContextManager["Prepared"]):
    """Within the context the model has a loss and metrics that are built, where it has any."""

    def __init__(self, tree: LayerTree, batches: Batches, loss: Any, few: Batch) -> None:
        """Get ready.

        Args:
            tree: of the model.
            batches: the data.
            loss: as for a report.
            few: samples to build losses and metrics with.
        """
        self.tree, self.batches, self.loss, self._few = tree, batches, loss, few
        self._stack = contextlib.ExitStack()
        self._values: list[Any] | Gap = Gap("metrics", passes.NO_LOSS)

    def __enter__(self) -> Self:
        """Build what is not built."""
        if self._computes_loss and not self._missing_labels:
            few = self._few
            manager = _keras_fit.ready_to_test(self.tree.model, few.x, few.y, few.sample_weight, loss=self.loss)
            self._values = contained("metrics", self._stack.enter_context, manager, strict=False)
        return self

    def __exit__(self, *raised: object) -> None:
        """Give the model back what was its own."""
        self._stack.close()

    @property
    def _computes_loss(self) -> bool:
        return self.loss is not None or _keras_fit.has_loss(self.tree.model)

    @property
    def _missing_labels(self) -> bool:
        return not self.batches.labels and not _keras_fit.has_own_loss(self.tree.model)

    def step(self, mode: Mode, carried: Sequence[Carried], *, whole: bool) -> Step:
        """Return the pass for a mode.

        Args:
            mode: ``prediction``, ``inference`` or ``training``.
            carried: the observers that go with it.
            whole: every sample goes through the inference pass, which then also does the work of ``prediction``.

        Raises:
            NotMeasuredError: the pass cannot be made; says what it needs.
        """
        self._check_backend()
        if mode == "training" and is_recorded(self.tree.model, self.loss):
            recorder = Recorder(tree=self.tree)
            return FewBatches(
                name="backward pass", carried=carried, forward=recorder, eager=True, notes=[recorder.note],
                needs_labels=NO_LABELS if self._computes_loss else "",
            )  # fmt: skip
        if not _keras.is_ready(self.tree.model) and mode == "inference" and is_recorded(self.tree.model, None):
            within = Within(tree=self.tree)
            return FewBatches(name="forward pass", carried=carried, forward=within, eager=True, notes=[within.note])
        if not _keras.is_ready(self.tree.model):
            message = "the model is not built: call it once on a batch"
            raise NotMeasuredError(message)
        eager = bool(getattr(self.tree.model, "run_eagerly", False))
        fixed = _keras_fit.batch_size_of(self.tree.model) is not None
        if mode == "training":
            return Step(
                name="backward pass", carried=carried, forward=self._training(), eager=eager, fixed=fixed,
                needs_labels=NO_LABELS,
            )  # fmt: skip
        ready = isinstance(self._values, list)
        tests = ready and (mode == "prediction" or whole)
        values = list(self._values) if tests and isinstance(self._values, list) else []
        return Step(
            name="forward pass", carried=carried, forward=self._inference(tests=tests, with_loss=ready and not tests),
            values=values, eager=eager, fixed=fixed, without_metrics=self._inference(tests=False) if ready else None,
        )  # fmt: skip

    def _check_backend(self) -> None:
        if _keras.backend() != "tensorflow":
            message = "compute needs the TensorFlow backend"
            raise NotMeasuredError(message)

    def _inference(self, *, tests: bool, with_loss: bool = False) -> Any:
        def forward(x: Any, y: Any, weight: Any, values: list[Any]) -> tuple[Seen, list[Any]]:
            return passes.inference(self.tree, x, y, weight, values if tests else None, with_loss=with_loss)

        return forward

    def _training(self) -> Any:
        if isinstance(self._values, Gap) and self._values.failed:
            raise NotMeasuredError(self._values.reason)
        if self._missing_labels and self._computes_loss:
            raise NotMeasuredError(NO_LABELS)
        if not self.tree.model.trainable_variables:
            message = "nothing of the model is trainable, so there are no gradients"
            raise NotMeasuredError(message)

        def forward(x: Any, y: Any, weight: Any, values: list[Any]) -> tuple[Seen, list[Any]]:
            return passes.training(self.tree, x, y, weight), values

        return forward
