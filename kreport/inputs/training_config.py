"""Compile settings in a model file that Keras cannot restore are restored here, part by part, with a note on each."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any

from kreport.inputs.model_refusals import LOADING_ERRORS, short

RENAMED = {"lr": "learning_rate"}
"""Arguments of optimizers that have a new name in Keras 3."""

SILENT = {"decay": 0.0, "schedule_decay": 0.004, "is_legacy_optimizer": None, "jit_compile": None}
"""Arguments that Keras 3 no longer has, with the value that says nothing; ``None`` for any."""

SUMMED = {"auto": "sum_over_batch_size", "sum_over_batch_size": "sum_over_batch_size", "sum": "sum", "none": "none"}
"""Names of a loss's reduction in Keras 2 and what Keras 3 calls them."""

WRAPPERS = ("MeanMetricWrapper", "LossFunctionWrapper", "SumOverBatchSizeMetricWrapper")


class UnknownPartError(Exception):
    """A loss, metric or optimizer cannot be restored; the message names it."""


def compile_from(
    model: Any, training: Mapping[str, Any], why: str, *, custom_objects: Mapping[str, object], safe_mode: bool
) -> list[str]:
    """Compile a freshly read ``model`` with as much of ``training`` as can be restored.

    Args:
        model: read with ``compile=False``.
        training: the file's training configuration.
        why: what kept Keras from doing it.
        custom_objects: name → class or function.
        safe_mode: as for reading the model.

    Returns:
        one sentence for each thing that was done or left out.
    """
    notes = [f"Keras could not restore the training configuration of the file ({short(why)})."]
    if not training:
        return notes

    def restore(config: Mapping[str, Any]) -> Any:
        import keras

        return keras.saving.deserialize_keras_object(config, custom_objects=custom_objects, safe_mode=safe_mode)

    try:
        arguments = {
            "optimizer": _optimizer(training, restore, notes),
            "loss": _each(training.get("loss"), lambda value: _loss(value, restore, custom_objects)),
            "metrics": _metrics(training.get("metrics"), restore, custom_objects, notes),
            "weighted_metrics": _metrics(training.get("weighted_metrics"), restore, custom_objects, notes),
            "loss_weights": training.get("loss_weights"),
        }
        model.compile(**arguments)
    except UnknownPartError as part:
        notes.append(f"The model was left without compile settings: {part}.")
    except LOADING_ERRORS as error:
        notes.append(f"The model was left without compile settings ({short(error)}).")
    else:
        notes.append("Its optimizer, loss and metrics were read from the file one by one; the optimizer starts afresh.")
    return notes


def _optimizer(training: Mapping[str, Any], restore: Callable[..., Any], notes: list[str]) -> Any:
    import keras

    config = training.get("optimizer_config") or training.get("optimizer")
    if isinstance(config, str):
        return config
    if not isinstance(config, Mapping):
        message = "the file names no optimizer"
        raise UnknownPartError(message)
    name = str(config.get("class_name", "")).rpartition(">")[2]
    kind = getattr(keras.optimizers, name, None)
    if kind is None:
        return restore(config)
    settings = dict(config.get("config", {}))
    for old, new in RENAMED.items():
        if old in settings:
            settings[new] = settings.pop(old)
    known = set(inspect.signature(kind).parameters) | {"gradient_accumulation_steps"}
    for argument in sorted(set(settings) - known):
        value = settings.pop(argument)
        if argument not in SILENT or SILENT[argument] not in (None, value):
            notes.append(f"The optimizer's {argument} = {value} has no counterpart in Keras 3 and was dropped.")
    if isinstance(settings.get("learning_rate"), Mapping):
        settings["learning_rate"] = _schedule(settings["learning_rate"], restore)
    return kind(**settings)


def _schedule(config: Mapping[str, Any], restore: Callable[..., Any]) -> Any:
    import keras

    kind = getattr(keras.optimizers.schedules, str(config.get("class_name")), None)
    return kind(**config["config"]) if kind and "module" not in config else restore(config)


def _each(value: Any, restored: Callable[[Any], Any]) -> Any:
    # Settings by output: a list or a dict of what a model with one output has once.
    if isinstance(value, list | tuple):
        return [_each(item, restored) for item in value]
    if isinstance(value, Mapping) and "class_name" not in value:
        return {name: _each(item, restored) for name, item in value.items()}
    return None if value is None else restored(value)


def _loss(config: Any, restore: Callable[..., Any], custom: Mapping[str, object]) -> Any:
    import keras

    name, settings = _named(config)
    if name in custom:
        return custom[name] if isinstance(config, str) else restore(config)
    try:
        if isinstance(config, Mapping) and "module" in config:
            return restore(config)
        kind = getattr(keras.losses, name, None) if isinstance(config, Mapping) else None
        if not isinstance(kind, type):
            return keras.losses.get(_snake(name))
        settings["reduction"] = SUMMED.get(str(settings.get("reduction")), "sum_over_batch_size")
        known = inspect.signature(kind).parameters
        return kind(**{key: value for key, value in settings.items() if key in known})
    except LOADING_ERRORS:
        message = f"its loss {name!r} is not known here; custom_objects= (--custom) brings it"
        raise UnknownPartError(message) from None


def _metrics(config: Any, restore: Callable[..., Any], custom: Mapping[str, object], notes: list[str]) -> Any:
    import keras

    def restored(value: Any) -> Any:
        name, settings = _named(value)
        if name in custom and isinstance(value, str):
            return custom[name]
        try:
            if isinstance(value, Mapping) and "module" in value:
                return restore(value)
            kind = getattr(keras.metrics, name, None) if isinstance(value, Mapping) else None
            # "accuracy" stays text: Keras chooses the one that fits the loss.
            if not isinstance(kind, type):
                return name if name in ("accuracy", "acc") else keras.metrics.get(_snake(name))
            known = inspect.signature(kind).parameters
            return kind(**{key: item for key, item in settings.items() if key in known})
        except LOADING_ERRORS:
            notes.append(
                f"The metric {name!r} is not known here and was left out; custom_objects= (--custom) brings it."
            )
            return None

    return _without_none(_each(config, restored))


def _without_none(value: Any) -> Any:
    if isinstance(value, list):
        kept = [_without_none(item) for item in value]
        kept = [item for item in kept if item is not None]
        # Keras 2 wrote [["accuracy"]] for a single output.
        return kept[0] if len(kept) == 1 and isinstance(kept[0], list) else kept or None
    if isinstance(value, dict):
        return {name: item for name, item in ((n, _without_none(i)) for n, i in value.items()) if item is not None}
    return value


def _named(config: Any) -> tuple[str, dict[str, Any]]:
    # The name of a loss or metric and its settings, in the forms of Keras 2 and 3.
    if not isinstance(config, Mapping):
        return str(config), {}
    settings = config.get("config")
    if isinstance(settings, str):  # a function of Keras 3
        return settings, {}
    settings = dict(settings or {})
    name = str(config.get("class_name", "")).rpartition(">")[2]
    function = settings.get("fn")
    if name in WRAPPERS and isinstance(function, str):
        return function, settings
    return name, settings


def _snake(name: str) -> str:
    # Keras 2 wrote class names for some functions: "CategoricalCrossentropy".
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower() if name[:1].isupper() and not name.isupper() else name
