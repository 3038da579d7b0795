"""How the model was set up to train: optimizer, schedule, loss, metrics, precision and execution, as pure data."""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kreport.inputs.subject import KerasModel
from kreport.probes import _keras

Plain = bool | int | float | str | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Setting:
    """One argument: its name, its value, and whether that is the class's default (None: not known)."""

    name: str
    value: Plain
    default: bool | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Schedule:
    """A learning-rate schedule by class and arguments."""

    class_name: str
    settings: tuple[Setting, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class OptimizerConfig:
    """One optimizer.

    Attributes:
        role: the model's attribute that holds it, for models with several (GAN); "" for the compiled one.
        class_name: without its wrapper for loss scaling.
        learning_rate: now, after ``iterations`` steps; None if it cannot be told.
        schedule: where the learning rate comes from; None for a plain number.
        settings: every other argument, as ``get_config`` gives it.
        iterations: steps made so far; None if not known.
        loss_scale: the factor of the wrapper for loss scaling now; None without one.
    """

    role: str = ""
    class_name: str
    learning_rate: float | None = None
    schedule: Schedule | None = None
    settings: tuple[Setting, ...] = ()
    iterations: int | None = None
    loss_scale: float | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """A loss or metric.

    Attributes:
        output: which output it belongs to; "" for the only one.
        name: as given, such as ``mse`` or ``Huber``.
        settings: arguments that differ from the defaults, and the weight of a loss.
    """

    output: str
    name: str
    settings: tuple[Setting, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainingConfig:
    """The compile settings of a model.

    Attributes:
        compiled: False when neither the model nor its file has any.
        from_file: True when they were read from the file because Keras could not restore them.
        optimizers: the compiled one first; several for models that keep their own.
        losses, metrics, weighted_metrics: in the order they were given.
        policy: the model's dtype policy.
        jit_compile: None if not known or not yet decided; likewise the next two.
        own_train_step: True when the class defines its own ``train_step``.
    """

    compiled: bool
    from_file: bool = False
    optimizers: tuple[OptimizerConfig, ...] = ()
    losses: tuple[Part, ...] = ()
    metrics: tuple[Part, ...] = ()
    weighted_metrics: tuple[Part, ...] = ()
    policy: str = ""
    jit_compile: bool | None = None
    run_eagerly: bool | None = None
    steps_per_execution: int | None = None
    own_train_step: bool = False

    @property
    def optimizer_name(self) -> str:
        """Return the class of the optimizer, or of all of them."""
        return " and ".join(dict.fromkeys(optimizer.class_name for optimizer in self.optimizers))

    @property
    def loss_names(self) -> tuple[str, ...]:
        """Return the losses by name, one an output."""
        return tuple(loss.name for loss in self.losses)


def of_any_step(config: TrainingConfig) -> TrainingConfig:
    """Return compile settings without how far a training has come: it went on after they were read."""
    return replace(config, optimizers=tuple(replace(one, iterations=None) for one in config.optimizers))


def training_config(model: KerasModel) -> TrainingConfig:
    """Read the settings; the model is looked at, never touched."""
    live = model.model
    optimizers = tuple(_optimizers(live))
    policy = str(getattr(getattr(live, "dtype_policy", None), "name", ""))
    own_step = _keras.has_own_train_step(live)
    if getattr(live, "compiled", False):
        given = _keras.compile_arguments(live)
        outputs = list(getattr(live, "output_names", None) or ())
        return TrainingConfig(
            compiled=True, optimizers=optimizers, policy=policy, own_train_step=own_step,
            losses=tuple(_losses(given.get("loss"), given.get("loss_weights"), outputs)),
            metrics=tuple(_parts(given.get("metrics"), outputs)),
            weighted_metrics=tuple(_parts(given.get("weighted_metrics"), outputs)),
            jit_compile=_keras.jit_compile(live), run_eagerly=bool(given.get("run_eagerly")),
            steps_per_execution=int(given.get("steps_per_execution") or 1),
        )  # fmt: skip
    stored = json.loads(model.file.training) if model.file and model.file.training else {}
    if stored:
        return _from_file(stored, policy)
    return TrainingConfig(compiled=False, optimizers=optimizers, policy=policy, own_train_step=own_step)


def _from_file(stored: Mapping[str, Any], policy: str) -> TrainingConfig:
    written = stored.get("optimizer_config") or stored.get("optimizer")
    optimizer: tuple[OptimizerConfig, ...] = ()
    if isinstance(written, str):
        optimizer = (OptimizerConfig(class_name=written),)
    elif isinstance(written, Mapping):
        settings = dict(written.get("config") or {})
        rate = settings.pop("learning_rate", settings.pop("lr", None))
        name = str(written.get("class_name", "")).rpartition(">")[2]
        optimizer = (
            OptimizerConfig(
                class_name=name, learning_rate=float(rate) if isinstance(rate, int | float) else None,
                schedule=_schedule_of(rate), settings=tuple(_settings(settings, {})),
            ),
        )  # fmt: skip
    return TrainingConfig(
        compiled=True, from_file=True, optimizers=optimizer, policy=policy,
        losses=tuple(_losses(stored.get("loss"), stored.get("loss_weights"), [])),
        metrics=tuple(_parts(stored.get("metrics"), [])),
        weighted_metrics=tuple(_parts(stored.get("weighted_metrics"), [])),
    )  # fmt: skip


def _optimizers(model: Any) -> Iterator[OptimizerConfig]:
    compiled = getattr(model, "optimizer", None)
    if _keras.is_optimizer(compiled):
        yield _optimizer(compiled, "")
    for name, optimizer in _keras.held_optimizers(model):
        if optimizer is not compiled:
            yield _optimizer(optimizer, name)


def _optimizer(optimizer: Any, role: str) -> OptimizerConfig:
    scale = _keras.loss_scale(optimizer)
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    settings = dict(_keras.settings_of(inner))
    settings.pop("name", None)
    rate = settings.pop("learning_rate", None)
    return OptimizerConfig(
        role=role, class_name=type(inner).__name__, learning_rate=_keras.learning_rate(inner),
        schedule=_schedule_of(rate, _keras.schedule_of(inner)),
        settings=tuple(_settings(settings, _defaults(type(inner)))),
        iterations=_keras.iterations(inner), loss_scale=scale,
    )  # fmt: skip


def _schedule_of(rate: Any, live: Any = None) -> Schedule | None:
    if live is not None:
        settings = {key: value for key, value in _keras.settings_of(live).items() if key != "name"}
        return Schedule(class_name=type(live).__name__, settings=tuple(_settings(settings, _defaults(type(live)))))
    if not isinstance(rate, Mapping):
        return None
    settings = {key: value for key, value in dict(rate.get("config") or {}).items() if key != "name"}
    return Schedule(
        class_name=str(rate.get("class_name", "")).rpartition(">")[2], settings=tuple(_settings(settings, {}))
    )


def _settings(config: Mapping[str, Any], defaults: Mapping[str, Any]) -> Iterator[Setting]:
    for name, value in config.items():
        known = name in defaults and _plain(defaults[name]) is not Ellipsis
        yield Setting(name=str(name), value=_text(value), default=_same(value, defaults[name]) if known else None)


def _defaults(kind: type) -> dict[str, Any]:
    try:
        parameters = inspect.signature(kind).parameters.values()
    except (TypeError, ValueError):  # a class without a readable signature
        return {}
    return {p.name: p.default for p in parameters if p.default is not inspect.Parameter.empty}


def _same(value: Any, default: Any) -> bool:
    if isinstance(value, float | int) and isinstance(default, float | int):
        return math.isclose(value, default, rel_tol=1e-6)  # float32 in between
    return bool(value == default) if isinstance(value, str | list | tuple | None) else False


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int | float | str | None) else ...


def _text(value: Any) -> Plain:
    plain = _plain(value)
    if plain is not ...:
        return plain  # type: ignore[no-any-return]
    if isinstance(value, list | tuple):
        return ", ".join(f"{item:.7g}" if isinstance(item, float) else str(_text(item)) for item in value)
    return _named(value)


def _losses(given: Any, weights: Any, outputs: list[str]) -> Iterator[Part]:
    parts = list(_parts(given, outputs))
    for index, part in enumerate(parts):
        weight = weights.get(part.output) if isinstance(weights, Mapping) else weights
        if isinstance(weight, list | tuple):
            weight = weight[index] if index < len(weight) else None
        extra = (Setting(name="weight", value=float(weight)),) if isinstance(weight, int | float) else ()
        yield Part(output=part.output, name=part.name, settings=(*part.settings, *extra))


def _parts(given: Any, outputs: list[str], output: str = "") -> Iterator[Part]:
    """Yield the losses or metrics of compile, by output: one, a list, or a dict of them."""
    if given is None:
        return
    if isinstance(given, Mapping) and "class_name" not in given:
        for name, value in given.items():
            yield from _parts(value, [], str(name))
    elif isinstance(given, list | tuple):
        several = len(given) == len(outputs) > 1
        for index, value in enumerate(given):
            yield from _parts(value, [], outputs[index] if several else output)
    else:
        yield Part(output=output, name=_named(given), settings=tuple(_differing(given)))


def _differing(given: Any) -> Iterator[Setting]:
    """Yield the arguments of a loss or metric object that differ from its class's defaults."""
    if isinstance(given, str | Mapping) or inspect.isfunction(given):
        return
    defaults = _defaults(type(given)) | {"dtype": None}
    for setting in _settings(_keras.settings_of(given), defaults):
        if setting.default is False and setting.name not in ("name", "dtype"):
            yield Setting(name=setting.name, value=setting.value)


def _named(value: Any) -> str:
    """Return what a person calls it: the text given, a function's name, an object's class."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        config = value.get("config")
        name = config if isinstance(config, str) else str(value.get("class_name", "")).rpartition(">")[2]
        inner = config.get("fn") if isinstance(config, Mapping) else None
        return inner if isinstance(inner, str) and name.endswith("Wrapper") else name
    name = getattr(value, "__name__", "")
    return str(name) if name else type(value).__name__
