"""Private names of Keras around a compiled model: losses, metrics and steps, run without leaving a trace in it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kreport.probes import _keras
from kreport.probes.signature import takes_apart


@contextlib.contextmanager
def state(model: Any, metric_values: Sequence[Any] = (), trainable: Sequence[Any] | None = None) -> Iterator[Any]:
    """Within the context variables have the values they have now and take new ones in the yielded scope only.

    Args:
        model: built.
        metric_values: values of ``model.metrics_variables`` to start from; as they are when empty.
        trainable: tensors that stand for ``model.trainable_variables``; their values when None.
    """
    from keras.src.backend.common.stateless_scope import StatelessScope

    values = trainable_values(model) if trainable is None else trainable
    mapping = [*zip(model.trainable_variables, values, strict=True)]
    mapping += [(v, v.value) for v in model.non_trainable_variables]
    if metric_values:
        mapping += zip(model.metrics_variables, metric_values, strict=True)
    with StatelessScope(state_mapping=mapping, collect_losses=True) as scope:
        yield scope


def metric_results(metrics: Sequence[Any], states: Sequence[Any]) -> dict[str, Any]:
    """Return the results of metrics whose variables have other values, by name, as ``model.evaluate`` has them."""
    import tensorflow as tf
    from keras.src.backend.common.stateless_scope import StatelessScope

    variables = [variable for metric in metrics for variable in metric.variables]
    found: dict[str, Any] = {}
    with StatelessScope(
        state_mapping=[(v, tf.convert_to_tensor(value)) for v, value in zip(variables, states, strict=True)]
    ):
        for metric in metrics:
            result = metric.result()
            found |= result if isinstance(result, Mapping) else {metric.name: result}
    return found


def trainable_values(model: Any) -> list[Any]:
    """Return the trainable variables of a model as tensors of the graph that is being traced."""
    import tensorflow as tf

    return [tf.convert_to_tensor(v.value) for v in model.trainable_variables]


def frozen_variables(layer: Any) -> list[Any]:
    """Return the variables of a layer itself that were added to be trained, and are not."""
    return [variable for variable in getattr(layer, "_trainable_variables", ()) if not variable.trainable]


def called(model: Any, x: Any, *, training: bool) -> Any:
    """Call a model on a batch in the structure its call takes; wants a ``state`` around it."""
    mode = {"training": training} if getattr(model, "_call_has_training_arg", False) else {}
    return model(**x, **mode) if takes_apart(model, x) else model(x, **mode)


def loss_of(model: Any, x: Any, y: Any, outputs: Any, sample_weight: Any, *, training: bool) -> Any:
    """Return the loss of a batch as ``fit`` has it: compiled loss, ``add_loss``, regularisers."""
    return model._compute_loss(x=x, y=y, y_pred=outputs, sample_weight=sample_weight, training=training)  # noqa: SLF001


def tested(model: Any, x: Any, y: Any, sample_weight: Any) -> Mapping[str, Any]:
    """Run the model's own ``test_step`` on a batch and return the metrics so far, by name."""
    return dict(model.test_step((x, y, sample_weight) if sample_weight is not None else (x, y)))


def batch_size_of(model: Any) -> int | None:
    """Return the batch size a model is made for; None where any will do."""
    import tensorflow as tf

    structure = _keras.input_structure(model)
    sizes = [] if structure is None else [tensor.shape[0] for tensor in tf.nest.flatten(structure)]
    return next((int(size) for size in sizes if size is not None), None)


def wrapped_without_a_call(layer: Any) -> Any | None:
    """Return the layer that a TimeDistributed runs on every step without calling it, so that no hook sees it."""
    import keras

    return layer.layer if isinstance(layer, keras.layers.TimeDistributed) else None


def function_homes() -> Iterator[tuple[dict[str, Any], str]]:
    """Yield (names of a module, name) of every activation function that a call may look up when it runs."""
    import tensorflow as tf
    from keras.src.backend.tensorflow import nn

    names = (
        *("relu", "relu6", "elu", "selu", "celu", "leaky_relu", "gelu", "silu", "swish", "hard_silu", "softplus"),
        *("softsign", "tanh", "sigmoid", "hard_sigmoid", "hard_tanh", "log_sigmoid", "tanh_shrink", "soft_shrink"),
        *("hard_shrink", "squareplus", "sparse_plus", "sparse_sigmoid", "softmax", "log_softmax", "sparsemax"),
    )
    for module in (nn, tf.nn, tf.math, tf):
        yield from ((vars(module), name) for name in names if callable(vars(module).get(name)))


def is_stepping(layer: Any) -> bool:
    """Tell whether a layer calls its cell once for every step."""
    import keras

    return isinstance(layer, keras.layers.RNN)


def logits_of(tensor: Any) -> Any:
    """Return the logits behind a softmax or sigmoid, from which Keras makes its losses; else the tensor itself."""
    return getattr(tensor, "_keras_logits", tensor)


def has_loss(model: Any) -> bool:
    """Tell whether a loss can be computed: one was compiled, or the class computes its own."""
    from keras.src.trainers.trainer import Trainer

    own = getattr(type(model), "compute_loss", Trainer.compute_loss) is not Trainer.compute_loss
    return bool(getattr(model, "_compile_loss", None)) or own


def has_own_loss(model: Any) -> bool:
    """Tell whether the class computes its loss itself, so that it cannot be told by sample."""
    from keras.src.trainers.trainer import Trainer

    return getattr(type(model), "compute_loss", Trainer.compute_loss) is not Trainer.compute_loss


def has_own_test_step(model: Any) -> bool:
    """Tell whether the class of a model, or one it inherits from, writes its own ``test_step``."""
    steps = [vars(kind)["test_step"] for kind in type(model).__mro__ if "test_step" in vars(kind)]
    return bool(steps) and not str(getattr(steps[0], "__module__", "")).startswith("keras.src.")


def scaled(optimizer: Any, loss: Any) -> Any:
    """Return the loss as the optimizer scales it, so that half-precision gradients do not underflow."""
    return loss if optimizer is None or not hasattr(optimizer, "scale_loss") else optimizer.scale_loss(loss)


@dataclass(kw_only=True, eq=False)
class SampleLosses:
    """Values that losses had before they were averaged over samples, and averages: one entry a loss, in their order."""

    values: list[Any] = field(default_factory=list)
    masks: list[Any] = field(default_factory=list)
    averages: list[Any] = field(default_factory=list)


@contextlib.contextmanager
def unreduced() -> Iterator[SampleLosses]:
    """Within the context the values of every loss are noted before they are averaged."""
    import keras.src.losses.loss as module

    reduce, seen = module.reduce_weighted_values, SampleLosses()

    def noted(values: Any, *args: Any, **kwargs: Any) -> Any:
        seen.values.append(values)
        seen.masks.append(kwargs.get("mask"))
        seen.averages.append(reduce(values, *args, **kwargs))
        return seen.averages[-1]

    module.reduce_weighted_values = noted
    try:
        yield seen
    finally:
        module.reduce_weighted_values = reduce


def loss_names(model: Any) -> list[str]:
    """Return the name of each compiled loss, as that of its output, in the order in which they are computed."""
    losses = getattr(getattr(model, "_compile_loss", None), "_flat_losses", None) or ()
    return [str(entry.name or (entry.path[-1] if entry.path else number)) for number, entry in enumerate(losses, 1)]


def loss_weights(model: Any) -> list[float]:
    """Return the factor of each compiled loss, in the order in which they are computed."""
    losses = getattr(getattr(model, "_compile_loss", None), "_flat_losses", None) or ()
    return [1.0 if entry.loss_weights is None else float(entry.loss_weights) for entry in losses]


@contextlib.contextmanager
def ready_to_test(model: Any, x: Any, y: Any, sample_weight: Any, *, loss: Any = None) -> Iterator[list[Any]]:
    """Within the context the model has a loss and metrics that are built; yields their values at the start.

    What is already built serves as it is. What is not is replaced by a fresh one for the time being, as is the loss
    when ``loss`` is given: building it would change the model.

    Args:
        model: built; need not be compiled when ``loss`` is given.
        x: inputs of a small batch to build with.
        y: its labels.
        sample_weight: its weights, or None.
        loss: used instead of the compiled one.
    """
    with _parts_kept(model):
        with _keras.globals_kept():
            _replace_what_is_not_built(model, loss)
            _build(model, x, y, sample_weight)
        yield _at_the_start(model)


@contextlib.contextmanager
def spare_metrics(model: Any) -> Iterator[None]:
    """Within the context losses and metrics that are not built yet are fresh ones, so that the model's stay unbuilt."""
    with _parts_kept(model):
        with _keras.globals_kept():
            _replace_what_is_not_built(model, None)
        yield


@contextlib.contextmanager
def _parts_kept(model: Any) -> Iterator[None]:
    own = {name: value for name, value in vars(model).items() if name in _PARTS}
    try:
        yield
    finally:
        for name in _PARTS:
            if name in own:
                vars(model)[name] = own[name]
            else:
                vars(model).pop(name, None)


_PARTS = ("_compile_loss", "_compile_metrics", "_loss_tracker", "compiled", "optimizer")


def _replace_what_is_not_built(model: Any, loss: Any) -> None:
    import keras
    from keras.src.trainers.compile_utils import CompileLoss, CompileMetrics

    held, names = vars(model), getattr(model, "output_names", None)
    losses, metrics = held.get("_compile_loss"), held.get("_compile_metrics")
    if loss is not None:
        held["_compile_loss"] = CompileLoss(loss, None, output_names=names)
    elif losses is not None and not losses.built:
        held["_compile_loss"] = CompileLoss(
            losses._user_loss, losses._user_loss_weights, output_names=names  # noqa: SLF001
        )  # fmt: skip
    if metrics is not None and not metrics.built:
        held["_compile_metrics"] = CompileMetrics(
            _fresh(metrics._user_metrics), _fresh(metrics._user_weighted_metrics), output_names=names  # noqa: SLF001
        )  # fmt: skip
    if held.get("_loss_tracker") is None:
        held["_loss_tracker"] = keras.metrics.Mean(name="loss")
    held.setdefault("_compile_metrics", None)
    held["compiled"] = True
    held.setdefault("optimizer", None)


def _fresh(metrics: Any) -> Any:
    """Return metrics given as objects in copies of their own; names and functions stay as they are."""
    import keras

    if isinstance(metrics, Mapping):
        return {name: _fresh(value) for name, value in metrics.items()}
    if isinstance(metrics, list | tuple):
        return [_fresh(value) for value in metrics]
    if isinstance(metrics, keras.metrics.Metric) and not metrics.variables:
        return type(metrics).from_config(metrics.get_config())
    return metrics


def _build(model: Any, x: Any, y: Any, sample_weight: Any) -> None:
    losses, metrics = model._compile_loss, model._compile_metrics  # noqa: SLF001
    if (losses is None or losses.built) and (metrics is None or metrics.built):
        return
    with state(model):
        outputs = called(model, x, training=False)
    if losses is not None and not losses.built:
        losses.build(y, outputs)
    if metrics is not None and not metrics.built:
        metrics.build(y, outputs)
        before = [(v, v.numpy()) for v in metrics.variables]
        metrics.update_state(y, outputs, sample_weight)  # some metrics make their variables now
        for variable, value in before:
            variable.assign(value)


def _at_the_start(model: Any) -> list[Any]:
    with state(model) as scope:
        for metric in model.metrics:
            metric.reset_state()
        return [scope.get_current_value(v) if scope.get_current_value(v) is not None else v.value
                for v in model.metrics_variables]  # fmt: skip
