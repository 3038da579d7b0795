"""``ReportCallback``: a callback of Keras that follows a training and leaves a report; Keras is imported on demand."""

from __future__ import annotations

from functools import cache
from typing import Any

from kreport.companion.checking import settings_of
from kreport.companion.companion import Companion
from kreport.probes import _keras_training

DOCUMENTATION = """Follows a training and leaves a report: what the layers did, epoch by epoch.

    model.fit(x, y, callbacks=[kreport.ReportCallback("report.html", data=(x_val, y_val))])

At the end of every epoch one fixed batch of the data (32 to 128 samples, spread evenly over it) goes through the model,
forward and backward, and is reduced to statistics of every layer: weights, activations, gradients, ∂L/∂a, the step that
the last batch made, learning rate and time. They are added to a log on the disk before the next epoch begins, so that a
training that was killed can be reported on: ``kreport report --resume report.kreport``. Training is bit-identical to
training without the callback; what fails in it is said once, in a warning and in the report, and ends nothing.

Args:
    output: path of the report, ``.html`` or ``.json``; None keeps the log alone.
    data: as for :func:`kreport.report`; without it weights and curves are followed only. A ``tf.data``
        pipeline with a state (it shuffles anew, draws random numbers) is read from a copy, so that a training that
        reads it too does not feel it; a Python generator with a state must not be shared.
    every: write the report after every so many epochs as well, not only at the end.
    log: folder of the log; by default ``output`` with the suffix ``.kreport``. It stays when the training is over: a
        later ``fit`` with ``initial_epoch`` goes on in it, one from the start is a new run beside the old ones.
    noise: record the simple noise scale (McCandlish et al. 2018) from the gradients of the batch and of its halves;
        two more backward passes of half the batch an epoch.
    **options: the other arguments of :func:`kreport.report`, such as ``title``, ``class_names`` or ``skip``.

Raises:
    KreportError: an argument cannot be used; before the training begins.
"""


@cache
def _class() -> type[Any]:
    import keras

    class ReportCallback(keras.callbacks.Callback):  # type: ignore[misc]
        __doc__ = DOCUMENTATION

        def __init__(
            self, output: Any, *, data: Any = None, every: int | None = None, log: Any = None, noise: bool = False,
            **options: Any,
        ) -> None:  # fmt: skip
            super().__init__()
            self._history: Any = None
            self._companion = Companion(
                settings_of(output, data=data, every=every, log=log, noise=noise, options=options)
            )

        # No on_train_batch_end: it would make Keras wait for every batch.

        def set_model(self, model: Any) -> None:
            super().set_model(model)
            self._history = _keras_training.history_to_come(model)

        def on_train_begin(self, logs: Any = None) -> None:
            del logs
            self._companion.begin(self.model, self.params)

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            del logs
            self._companion.epoch_begins(epoch)

        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
            del logs
            self._companion.batch_begins(batch)

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self._companion.epoch_ends(epoch, logs)

        def on_train_end(self, logs: Any = None) -> None:
            del logs
            # Callbacks behind this one may still set weights back: Keras's own History has the last word.
            _keras_training.after_training(self._history, self._companion.end)

    ReportCallback.__module__, ReportCallback.__qualname__ = __name__, "ReportCallback"
    return ReportCallback


def __getattr__(name: str) -> Any:
    """Make the class when it is first asked for."""
    if name == "ReportCallback":
        return _class()
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
