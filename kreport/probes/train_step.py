"""∂L/∂w and ∂L/∂a of models that write their own ``train_step``: it is run and noted, nothing is applied."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from kreport.errors import NotMeasuredError
from kreport.inputs.batches import Batch
from kreport.probes import _keras, _keras_calls, _keras_fit, _keras_steps, passes
from kreport.probes.hidden import raw_attributes
from kreport.probes.observers import Seen, SeenGradient
from kreport.probes.stepping import Step
from kreport.probes.tree import LayerTree

BATCHES = 8
"""Batches that a train step is run on: eagerly, so it takes its time."""

RECORDED = (
    f"the model's own train_step was run on at most {BATCHES} batches: gradients are what its optimizers were given,"
    " nothing was applied, and ∂L/∂a is that of each call within it"
)

SCALED = (
    f"the model's own train_step was run on at most {BATCHES} batches: gradients are what its optimizers were given,"
    " nothing was applied, and ∂L/∂a is not measured, as only the optimizer knows the scale of the loss"
)

WITHIN = (
    f"the model is only built inside, so its own train_step was run on at most {BATCHES} batches: activations are"
    " those of each layer as the step calls it, in inference mode"
)


@dataclass(frozen=True, kw_only=True, eq=False)
class RecordedGradient(SeenGradient):
    """What an optimizer was given for a variable.

    Attributes:
        optimizer: the optimizer; None where none was given anything.
        optimizer_name: of the attribute that holds it, else its own.
    """

    optimizer: Any = field(repr=False)
    optimizer_name: str


@dataclass(kw_only=True, eq=False)
class FewBatches(Step):
    """A pass over the first batches only."""

    most: int = BATCHES
    _done: int = 0

    def __call__(self, batch: Batch) -> None:
        """Run a batch as long as it is one of the first."""
        if self._done < self.most:
            self._done += 1
            super().__call__(batch)


def is_recorded(model: Any, loss: Any) -> bool:
    """Tell whether gradients are those of the model's own train step: unless a ``loss`` was given for them."""
    return loss is None and _keras.has_own_train_step(model)


@dataclass(kw_only=True, eq=False)
class Recorder:
    """Runs the train step of a model on one batch after another.

    Whatever is assigned to variables stays in a scope of its own, and what Keras does not see is put back: raw
    TensorFlow variables, plain numbers among the model's attributes, random states. From batch to batch all of them
    go on where they were, but for the weights.

    Attributes:
        tree: of the model.
        what: it is run for, in the plural, to begin a sentence with.
    """

    tree: LayerTree
    what: str = "gradients"
    _carried: dict[int, tuple[Any, Any]] = field(default_factory=dict)
    _aside: list[tuple[Any, Any]] | None = None
    _plain: dict[str, Any] = field(default_factory=dict)
    _takers: dict[int, Any] = field(default_factory=dict)
    _batches: int = 0
    _checked: bool = False

    def __post_init__(self) -> None:
        """Look whether the step can be run.

        Raises:
            NotMeasuredError: it cannot; says what is missing.
        """
        model = self.tree.model
        if not getattr(model, "compiled", False):
            message = f"{self.what} need a compiled model: its class writes its own train_step"
            raise NotMeasuredError(message)
        unbuilt = [identity for identity, layer in self.tree.entries if not getattr(layer, "built", True)]
        if unbuilt:
            message = f"{self.what} need every layer built: {unbuilt[0]!r} is not; train the model for a step"
            raise NotMeasuredError(message)

    @property
    def note(self) -> str:
        """What a reader should know of it, one sentence."""
        return SCALED if self._scales else RECORDED

    def __call__(self, x: Any, y: Any, sample_weight: Any, values: list[Any]) -> tuple[Seen, list[Any]]:
        """Return what the optimizers got on one batch.

        Raises:
            NotMeasuredError: they got nothing.
            RuntimeError: the step changed weights by other means than an optimizer.
        """
        with self._left_alone(), _keras_steps.steps_recorded() as steps:
            seen = self._stepped(x, y, sample_weight)
        self._batches += 1
        if not steps:
            message = "the model's train_step hands no gradients to an optimizer of Keras"
            raise NotMeasuredError(message)
        return replace(seen, gradients=tuple(self._gradients(steps))), values

    def _stepped(self, x: Any, y: Any, sample_weight: Any) -> Seen:
        """Run the step and return its calls with their gradients: the mean where it asks for several."""
        import keras

        data = keras.utils.pack_x_y_sample_weight(x, y, sample_weight)
        step = partial(self.tree.model.train_step, data)
        if self._scales:
            step()
            return Seen(x=x, y=y, sample_weight=sample_weight, size=passes.size_of(x), outputs=None)
        with _keras_steps.tapes_followed(self.tree.model.trainable_variables) as flows:
            seen = passes.within(self.tree, step, x, y, sample_weight)
        return replace(seen, call_gradients=tuple(_mean(flows.get(id(c.outputs[0]), [])) for c in seen.calls))

    @property
    def _scales(self) -> bool:
        """Whether the step may scale its loss: then only its optimizers know by how much."""
        held = [optimizer for _, optimizer in _keras.held_optimizers(self.tree.model)]
        return any(_keras.loss_scale(one) is not None for one in held)

    def _gradients(self, steps: list[tuple[Any, list[Any], list[Any]]]) -> Iterator[RecordedGradient]:
        """Yield one gradient a variable: the mean where an optimizer was given several in one train step."""
        names = {id(optimizer): name for name, optimizer in _keras.held_optimizers(self.tree.model)}
        given: dict[int, list[Any]] = {}
        for optimizer, gradients, variables in steps:
            for gradient, variable in zip(gradients, variables, strict=True):
                self._takers[id(variable)] = optimizer
                if gradient is not None:
                    given.setdefault(id(variable), []).append(gradient)
        trainable = {id(v) for v in self.tree.model.trainable_variables}
        for layer, name, variable in self.tree.variables():
            if id(variable) not in trainable:
                continue
            optimizer = self._takers.get(id(variable))
            yield RecordedGradient(
                layer=layer, name=name, variable=variable, gradient=_mean(given.get(id(variable), [])),
                optimizer=optimizer,
                optimizer_name="" if optimizer is None else names.get(id(optimizer), str(optimizer.name)),
            )  # fmt: skip

    @contextlib.contextmanager
    def _left_alone(self) -> Iterator[None]:
        """Within the context whatever a step assigns is kept apart, and thrown away afterwards."""
        import keras
        import tensorflow as tf

        model = self.tree.model
        before = () if self._checked else [(v, v.numpy()) for v in model.variables]
        eagerly = tf.config.functions_run_eagerly()
        changed: tuple[str, ...] = ()
        try:
            with (
                _keras_steps.fixed_draws(self._batches),
                _keras_fit.spare_metrics(model),
                self._raw_kept(),
                keras.StatelessScope(state_mapping=list(self._carried.values()), collect_losses=True) as scope,
            ):
                tf.config.run_functions_eagerly(True)  # noqa: FBT003 - a traced step would hide its tensors
                yield
        finally:
            tf.config.run_functions_eagerly(eagerly)
            changed = _put_back(before)
        if changed:
            message = f"the model's train_step changes {changed[0]} by other means than an optimizer of Keras"
            raise RuntimeError(message)
        self._checked = True
        moving = (*model.non_trainable_variables, *model.metrics_variables, *self._seeds())
        states = [(variable, scope.get_current_value(variable)) for variable in moving]
        self._carried = {id(variable): (variable, value) for variable, value in states if value is not None}

    @contextlib.contextmanager
    def _raw_kept(self) -> Iterator[None]:
        """Within the context raw variables and plain attributes are as the batch before has left them."""
        attributes = vars(self.tree.model)
        raw = [(variable, variable.numpy()) for layer in self._layers() for _, variable in raw_attributes(layer)]
        plain = {name: value for name, value in attributes.items() if _is_plain(value)}
        there = set(attributes)
        for variable, value in self._aside or ():
            variable.assign(value)
        attributes.update(self._plain)
        try:
            yield
        finally:
            self._aside = [(variable, variable.numpy()) for variable, _ in raw]
            self._plain = {name: attributes[name] for name in plain if _is_plain(attributes.get(name))}
            for variable, value in raw:
                variable.assign(value)
            attributes.update(plain)
            for name in attributes.keys() - there:
                del attributes[name]

    def _seeds(self) -> Iterator[Any]:
        for layer in self._layers():
            yield from _keras.seed_states(layer)

    def _layers(self) -> Iterator[Any]:
        yield self.tree.model
        yield from (layer for _, layer in self.tree.entries)


@dataclass(kw_only=True, eq=False)
class Within(Recorder):
    """Runs the train step for what its layers put out: each call as the step makes it, but in inference mode."""

    what: str = "activations"

    @property
    def note(self) -> str:
        """What a reader should know of it, one sentence."""
        return WITHIN

    def __call__(self, x: Any, y: Any, sample_weight: Any, values: list[Any]) -> tuple[Seen, list[Any]]:
        """Return the calls of one batch; the model itself gives no outputs."""
        import keras

        data = keras.utils.pack_x_y_sample_weight(x, y, sample_weight)
        with self._left_alone(), _keras_steps.steps_recorded(), _keras_calls.call_hook(_in_inference_mode):
            seen = passes.within(self.tree, lambda: self.tree.model.train_step(data), x, y, sample_weight)
        self._batches += 1
        return seen, values


def _in_inference_mode(target: Any, args: Any, kwargs: Any, call: Any) -> Any:
    asks = getattr(target, "_call_has_training_arg", False)
    return call(*args, **kwargs | {"training": False} if asks else kwargs)


def _put_back(before: Sequence[tuple[Any, Any]]) -> tuple[str, ...]:
    """Give variables their values back, and return the names of those that had others."""
    changed = [(v, value) for v, value in before if v.numpy().tobytes() != value.tobytes()]
    for variable, value in changed:
        variable.assign(value)
    return tuple(str(variable.path) for variable, _ in changed)


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, bool | int | float | str)


def _mean(gradients: list[Any]) -> Any:
    import tensorflow as tf

    if len(gradients) < 2:
        return gradients[0] if gradients else None
    total = tf.add_n([tf.cast(tf.convert_to_tensor(gradient), tf.float32) for gradient in gradients])
    return total / len(gradients)
