"""Private names of Keras and TensorFlow around a training: its steps, when it is over."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from kreport.probes import _keras

R = TypeVar("R")


def steps_per_call(model: Any) -> int:
    """Return how many batches one execution of the train function runs."""
    steps = getattr(model, "steps_per_execution", 1)
    return int(steps) if isinstance(steps, int) else 1


def accumulated_steps(model: Any) -> int:
    """Return how many batches one step of the optimizer takes."""
    return max(int(getattr(_optimizer(model), "gradient_accumulation_steps", None) or 1), 1)


def keeps_averages(model: Any) -> bool:
    """Tell whether the optimizer keeps averages of the weights, which callbacks may swap in."""
    inner = _optimizer(model)
    return any(getattr(one, "use_ema", False) for one in (inner, *getattr(inner, "optimizers", ())))


def learning_rate(model: Any) -> float | None:
    """Return the learning rate that the optimizer would use next; None where there is no single one."""
    rate = getattr(_optimizer(model), "learning_rate", None)
    if rate is None:
        return None
    return float(rate.numpy() if hasattr(rate, "numpy") else rate)  # a variable on several replicas is no number


def _optimizer(model: Any) -> Any:
    """Return the optimizer of a model, without the one that scales its loss."""
    optimizer = getattr(model, "optimizer", None)
    return getattr(optimizer, "inner_optimizer", optimizer)


def history_to_come(model: Any) -> Any | None:
    """Return the ``History`` of the ``fit`` that is being set up, if its turn is after the callback that asks.

    Keras tells callbacks their model in the order in which it will call them, and puts its History behind the user's.
    """
    history = getattr(model, "history", None)
    return history if history is not None and getattr(history, "_model", model) is None else None


def after_training(history: Any | None, function: Callable[[], None]) -> None:
    """Call ``function`` once the callbacks up to ``history`` have ended their training; now, if there is none."""
    if history is None:
        function()
        return
    ended = history.on_train_end

    def end(logs: Any = None) -> None:
        del history.on_train_end
        ended(logs)
        function()

    history.on_train_end = end


def outside_strategies(function: Callable[[], R]) -> R:
    """Call ``function`` where no distribution strategy is entered: within one, losses are divided by its replicas."""
    if _keras.backend() != "tensorflow":
        return function()
    import tensorflow as tf

    if not tf.distribute.has_strategy():
        return function()
    with ThreadPoolExecutor(1) as apart:  # a strategy is entered by thread
        return apart.submit(function).result()
