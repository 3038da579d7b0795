"""Which batch of an epoch is the last: the weights before it are kept, so that its step can be measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(kw_only=True)
class LastStep:
    """Tells when to keep the weights.

    Keras calls back when an execution of ``per_call`` batches begins. With gradients accumulated over several batches
    a step is one of that many.

    Attributes:
        steps: batches in an epoch; None if that is not known: then an epoch is taken to be as long as the one before.
        per_call: batches that one execution runs (``steps_per_execution``).
        accumulated: batches that one step of the optimizer takes.
    """

    steps: int | None
    per_call: int = 1
    accumulated: int = 1
    _kept_at: int | None = None
    _last: int = -1

    def epoch(self) -> None:
        """Start an epoch; the one before may have had another length than was announced."""
        if self._last >= 0 and not (self.steps is not None and self._last < self.steps <= self._last + self.per_call):
            self.steps = self._last + 1
        self._kept_at, self._last = None, -1

    def begins(self, batch: int) -> bool:
        """Take note of an execution that begins, and tell whether the weights are to be kept now."""
        self._last = batch
        if self.steps is None or self._kept_at is not None:
            return False
        # The start of the last execution that a whole step fits behind.
        if batch < (self.steps - self.accumulated) // self.per_call * self.per_call:
            return False
        self._kept_at = batch
        return True

    @property
    def covered(self) -> int:
        """Batches since the weights were kept, at most; 0 if they were not."""
        if self._kept_at is None:
            return 0
        inside = self.steps is not None and self._last < self.steps <= self._last + self.per_call
        end = self.steps if inside and self.steps is not None else self._last + self.per_call
        return end - self._kept_at
