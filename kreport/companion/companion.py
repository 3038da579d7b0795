"""The companion of a training: when to look, what to write down, and never to harm the training."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from kreport.companion.checking import Settings
from kreport.companion.following import Following
from kreport.companion.last_step import LastStep
from kreport.companion.weighing import Values
from kreport.document.model import Gap
from kreport.errors import KreportError
from kreport.pipeline import contained
from kreport.probes import _keras, _keras_training
from kreport.probes._keras_training import outside_strategies

T = TypeVar("T")


class Companion:
    """Follows a model through its fits; what it does is contained once the training runs."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is read or written yet."""
        self.settings = settings
        self._following: Following | None = None
        self._said: set[str] = set()
        self._last_step = LastStep(steps=None)
        self._before: Values | None = None
        self._started = 0.0

    def begin(self, model: Any, params: Mapping[str, Any] | None) -> None:
        """Get ready for a ``fit``.

        Raises:
            KreportError: the data cannot be used for this model.
        """
        if self._following is None or self._following.model is not model:
            self._following = Following(self.settings, model)
        with _keras.draws_kept():
            outside_strategies(self._get_ready)
        steps = (params or {}).get("steps")
        self._last_step = LastStep(
            steps=steps if isinstance(steps, int) else None, per_call=_keras_training.steps_per_call(model),
            accumulated=_keras_training.accumulated_steps(model),
        )  # fmt: skip

    def _get_ready(self) -> None:
        following = self._following
        if following is None or not following.model.variables:
            return  # it is built by its first batch
        following.read_data()
        for text in following.warnings:
            self._say(text)
        self._safely("getting ready", following.prepare)

    def epoch_begins(self, epoch: int) -> None:
        """Note when an epoch begins; ``epoch`` counts from 0."""
        if self._following is not None and self._following.fit_begins(epoch):
            with _keras.draws_kept():
                self._safely("the log", outside_strategies, self._following.open_log)
        self._last_step.epoch()
        self._before = None
        self._started = time.perf_counter()

    def batch_begins(self, batch: int) -> None:
        """Keep the weights before the last step of an epoch."""
        if self._last_step.begins(batch) and self._following is not None:
            self._before = self._safely("the last step", outside_strategies, self._following.copies)

    def epoch_ends(self, epoch: int, logs: Mapping[str, Any] | None) -> None:
        """Look at the model and write down what it shows; now and then make the report."""
        seconds = time.perf_counter() - self._started
        following, before = self._following, self._before
        self._before = None
        if following is None:
            return
        with _keras.draws_kept():
            covered, every = self._last_step.covered, self.settings.every
            record = partial(following.record, epoch, logs or {}, seconds, before, covered)
            self._safely("the log", outside_strategies, record)
            self._tell(following)
            if every is not None and following.last_epoch % every == 0:
                self._safely("the report", outside_strategies, following.report)

    def end(self) -> None:
        """Look at the weights once more, as callbacks may have changed them, and make the report."""
        following = self._following
        if following is None:
            return
        with _keras.draws_kept():
            self._safely("the log", outside_strategies, following.finish)
            self._safely("the report", outside_strategies, following.report)

    def _tell(self, following: Following) -> None:
        for gap in following.gaps:
            self._say(f"{gap.stage}: {gap.reason}")
        for note in following.notes:
            self._write_down(note)

    def _safely(self, what: str, function: Callable[..., T], *arguments: Any) -> T | None:
        """Return what ``function`` returns; what it raises is said once and costs nothing else."""
        try:
            result = contained(what, function, *arguments)
        except KreportError as error:
            result = Gap(what, str(error), failed=True)
        if isinstance(result, Gap):
            self._say(f"{what}: {result.reason}")
            return None
        return result

    def _say(self, text: str) -> None:
        if not self._write_down(text):
            return
        # Where warnings are errors, one must not end the training.
        contained("warning", warnings.warn, f"kreport.ReportCallback: {text} (the training goes on)", stacklevel=2)

    def _write_down(self, text: str) -> bool:
        """Add a sentence to the log; tell whether it is new."""
        if text in self._said:
            return False
        self._said.add(text)
        if self._following is not None:
            contained("note", self._following.note, f"{text[:1].upper()}{text[1:]}.")
        return True
