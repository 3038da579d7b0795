"""One batch through the model, forward or forward and backward, seen call by call; the model stays as it is."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kreport.document.blocks import LayerId
from kreport.errors import NotMeasuredError
from kreport.probes import _keras, _keras_calls, _keras_fit
from kreport.probes._keras_steps import times
from kreport.probes.calls import call_ids, kept_calls
from kreport.probes.functions import Evaluation, evaluations, functions_noted
from kreport.probes.masks import hand_on_masks
from kreport.probes.observers import Seen, SeenActivation, SeenCall, SeenGradient
from kreport.probes.once import Once
from kreport.probes.trace import Record, Recorder
from kreport.probes.tree import LayerTree

NO_LOSS = "gradients need a loss: compile the model or pass loss="


@dataclass(frozen=True, kw_only=True, eq=False)
class ForwardFailedError(Exception):
    """The model raised on this data: in which layer, on which shapes, and what."""

    layer: LayerId
    class_name: str
    shapes: tuple[str, ...]
    message: str

    def __str__(self) -> str:
        """Say it in one sentence."""
        where = f" in the layer {self.layer!r} ({self.class_name}) on {', '.join(self.shapes)}" if self.layer else ""
        return f"the forward pass fails{where}: {self.message}"


def inference(
    tree: LayerTree, x: Any, y: Any, sample_weight: Any, metric_values: Sequence[Any] | None, *, with_loss: bool = False
) -> tuple[Seen, list[Any]]:
    """Run a batch in inference mode and return what was seen, and the metric values after it.

    Args:
        tree: of the model.
        x: inputs, as tensors.
        y: labels, or None.
        sample_weight: weights, or None.
        metric_values: of the model's metrics before the batch, to run its ``test_step``; None for a plain call.
        with_loss: whether a plain call also computes the loss of each sample.
    """
    model, after = tree.model, list(metric_values or ())

    def step() -> tuple[Any, Any, Any, Mapping[str, Any]]:
        if metric_values is None:
            with _keras_fit.state(model), _keras_fit.unreduced() as unreduced:
                outputs = _keras_fit.called(model, x, training=False)
                if not with_loss:
                    return outputs, None, None, {}
                loss = _keras_fit.loss_of(model, x, y, outputs, sample_weight, training=False)
            return outputs, loss, losses_by_sample(model, unreduced), {}
        with _keras_fit.state(model, metric_values) as scope, _keras_fit.unreduced() as unreduced:
            logs = _keras_fit.tested(model, x, y, sample_weight)
            after[:] = [scope.get_current_value(v) for v in model.metrics_variables]
        return None, None, losses_by_sample(model, unreduced), logs

    outputs, loss, losses, metrics, recorder, noted = _recorded(tree, step)
    if outputs is None:
        outputs = next(r.result for r in recorder.records if r.target is model)
    seen = _seen(
        tree, recorder, noted, x=x, y=y, sample_weight=sample_weight, outputs=outputs, loss=loss,
        sample_losses=losses, metrics=metrics, metric_states=tuple(after),
    )  # fmt: skip
    return seen, after


def within(tree: LayerTree, step: Callable[[], Any], x: Any, y: Any, sample_weight: Any) -> Seen:
    """Run a step that calls layers of a model in its own way and return what was seen; it has no outputs."""

    def whole() -> tuple[Any, Any, Any, Mapping[str, Any]]:
        step()
        return None, None, None, {}

    *_, recorder, noted = _recorded(tree, whole)
    return _seen(tree, recorder, noted, x=x, y=y, sample_weight=sample_weight, outputs=None)


def training(tree: LayerTree, x: Any, y: Any, sample_weight: Any) -> Seen:
    """Run a batch forward and backward in training mode, under the model's own loss, and return what was seen.

    Gradients are unscaled in mixed precision. Dropout draws the mask its seed gives now.
    """
    import tensorflow as tf

    model = tree.model
    optimizer = getattr(model, "optimizer", None)
    trainable, values = list(model.trainable_variables), _keras_fit.trainable_values(model)
    inputs = [t for t in tf.nest.flatten(x) if _is_float(t)]
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        tape.watch(values)

        def step() -> tuple[Any, Any, Any, Mapping[str, Any]]:
            with _keras_fit.state(model, trainable=values) as scope:
                outputs = _keras_fit.called(model, x, training=True)
                if not _keras_fit.has_loss(model) and not scope.losses:
                    raise NotMeasuredError(NO_LOSS)
                loss = _keras_fit.loss_of(model, x, y, outputs, sample_weight, training=True)
                return outputs, loss, _keras_fit.scaled(optimizer, loss), {}

        outputs, loss, scaled, _, recorder, noted = _recorded(tree, step)
    calls = _calls(tree, recorder)
    firsts = [_keras_fit.logits_of(c.outputs[0]) if c.outputs and _is_float(c.outputs[0]) else None for c in calls]
    watched = [t for t in firsts if t is not None]
    sources = [values, watched, inputs]
    of_weights, of_calls, of_inputs = tape.gradient(scaled, sources)
    factor = 1.0 if loss is scaled else tf.math.divide_no_nan(tf.cast(loss, tf.float32), tf.cast(scaled, tf.float32))

    def unscale(gradient: Any) -> Any:
        return gradient if gradient is None or loss is scaled else times(gradient, factor)

    by_call, by_input = iter(of_calls), iter(of_inputs)
    owners = {id(variable): (layer, name) for layer, name, variable in tree.variables()}
    return _seen(
        tree, recorder, noted, x=x, y=y, sample_weight=sample_weight, outputs=outputs, loss=loss, calls=calls,
        gradients=tuple(
            SeenGradient(layer=owners.get(id(v), ("", v.name))[0], name=owners.get(id(v), ("", v.name))[1], variable=v,
                         gradient=unscale(g))
            for v, g in zip(trainable, of_weights, strict=True)
        ),
        call_gradients=tuple(None if t is None else unscale(next(by_call)) for t in firsts),
        input_gradients=tuple(unscale(next(by_input)) if _is_float(t) else None for t in tf.nest.flatten(x)),
    )  # fmt: skip


def _recorded(tree: LayerTree, step: Callable[[], tuple[Any, Any, Any, Mapping[str, Any]]]) -> Any:
    import tensorflow as tf

    recorder = Recorder(None if tf.executing_eagerly() else tf.compat.v1.get_default_graph())
    with (
        _Locating(tree, recorder),
        functions_noted(tree, recorder) as noted,
        _keras.any_name(),
        _keras.without_cudnn(),
        _keras_calls.call_hook(recorder.call),
    ):
        found = step()
    hand_on_masks(recorder.records)
    return *found, recorder, noted


class _Locating(contextlib.AbstractContextManager[None]):
    """Turns what a layer raises into a sentence that names the layer and the shapes it was given."""

    def __init__(self, tree: LayerTree, recorder: Recorder) -> None:
        self._tree, self._recorder = tree, recorder

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        import tensorflow as tf

        record = self._recorder.failed
        if record is None or not isinstance(error, Exception) or isinstance(error, tf.errors.ResourceExhaustedError):
            return
        lines = [line.strip() for line in str(error).splitlines()]
        first = next((line for line in lines if line and "Exception encountered" not in line), "")
        raise ForwardFailedError(
            layer=self._tree.id_of.get(id(record.target), ""),
            class_name=type(record.target).__name__,
            shapes=tuple(f"{t.dtype.name} {tuple(t.shape)}" for t in record.inputs),
            message=f"{type(error).__name__}: {first}",
        ) from error


def _seen(
    tree: LayerTree, recorder: Recorder, noted: list[Evaluation], *, x: Any, calls: Any = None, **more: Any
) -> Seen:
    calls = _calls(tree, recorder) if calls is None else calls
    once = Once()
    return Seen(
        x=x, size=size_of(x), calls=calls, activations=_activations(tree, recorder, noted), reduced=once.reduced,
        all_reduced=once.keep_pace, **more,
    )  # fmt: skip


def size_of(x: Any) -> Any:
    """Return the number of samples of a batch as a tensor."""
    import tensorflow as tf

    first = next(t for t in tf.nest.flatten(x, expand_composites=False) if t is not None)
    return first.nrows(tf.int32) if isinstance(first, tf.RaggedTensor) else tf.shape(first)[0]


def _calls(tree: LayerTree, recorder: Recorder) -> tuple[SeenCall, ...]:
    records = recorder.records
    kept = kept_calls(tree, records)
    ids = call_ids(tree, records, kept)
    found = []
    for index, record in enumerate(records):
        layer = tree.id_of.get(id(record.target))
        if not layer or not record.outputs or _is_step(record, records):  # "" is the model itself
            continue
        seen = SeenCall(
            id=ids.get(index, layer), layer=layer, target=record.target, inner=index not in ids,
            inputs=tuple(record.inputs), outputs=tuple(record.outputs),
            masks=tuple(record.masks),
        )  # fmt: skip
        found.append(seen)
        wrapped = _keras_fit.wrapped_without_a_call(record.target)
        if wrapped is not None and record.leaf and id(wrapped) in tree.id_of:
            inner = tree.id_of[id(wrapped)]
            found.append(replace(seen, id=inner, layer=inner, target=wrapped, inner=True))
    return tuple(found)


def _is_step(record: Record, records: list[Record]) -> bool:
    """Tell whether a call is made within a recurrent layer: what is traced there is one step of many."""
    parent = record.parent
    while parent is not None:
        if _keras_fit.is_stepping(records[parent].target):
            return True
        parent = records[parent].parent
    return False


def _activations(tree: LayerTree, recorder: Recorder, noted: list[Evaluation]) -> tuple[SeenActivation, ...]:
    """Return every evaluation under the call that shows it: a built-in layer answers for what it calls."""
    records = recorder.records
    ids = call_ids(tree, records, kept_calls(tree, records))
    made = {id(tensor): call for index, call in ids.items() for tensor in records[index].outputs}
    found = []
    for one in evaluations(records, noted, recorder.graph):
        record, holder = records[one.record], _holder(one.record, records, ids)
        if _keras_fit.is_stepping(record.target) or _is_step(record, records):
            continue
        call, bare = ids.get(holder, ""), one.bare and _keras.shows_inside(records[holder].target)
        found.append(
            SeenActivation(
                call=call, layer=tree.id_of.get(id(records[holder].target), ""), function=one.function, name=one.name,
                z=one.z, a=one.a, mask=_mask_for(one.z, record) if holder == one.record else None,
                bare=bare, after=made.get(id(one.z), "") if bare else "", target=records[holder].target,
            )
        )  # fmt: skip
    return tuple(found)


def _holder(index: int, records: list[Record], ids: Mapping[int, str]) -> int:
    """Return the call that shows an evaluation: the nearest one around it that counts, or the model's own."""
    parent = records[index].parent
    while index not in ids and parent is not None:
        index, parent = parent, records[parent].parent
    return index


def _mask_for(z: Any, record: Record) -> Any | None:
    """Return the mask of a call's output where its function's input has the same positions."""
    for output, mask in zip(record.outputs, record.masks, strict=True):
        if (
            mask is not None
            and z.shape.rank == output.shape.rank
            and z.shape[:-1].is_compatible_with(output.shape[:-1])
        ):
            return mask
    return None


def losses_by_sample(model: Any, unreduced: Any) -> Any:
    """Return the compiled loss of each sample, weighted by output only; None where the class computes its own."""
    import tensorflow as tf

    weights = _keras_fit.loss_weights(model)
    if _keras_fit.has_own_loss(model) or _keras_fit.has_own_test_step(model) or len(weights) != len(unreduced.values):
        return None
    total = None
    for weight, values, mask in zip(weights, unreduced.values, unreduced.masks, strict=True):
        if values.shape.rank is None or values.shape.rank == 0:
            return None
        one = _mean_of_positions(tf.cast(values, tf.float32), mask)
        total = weight * one if total is None else total + weight * one
    return total


def _mean_of_positions(values: Any, mask: Any) -> Any:
    import tensorflow as tf

    if mask is None or mask.shape.rank != values.shape.rank or values.shape.rank < 2:
        return tf.reduce_mean(tf.reshape(values, [tf.shape(values)[0], -1]), 1)
    inside, axes = tf.cast(mask, tf.float32), list(range(1, values.shape.rank))
    return tf.math.divide_no_nan(tf.reduce_sum(values * inside, axes), tf.reduce_sum(inside, axes))


def _is_float(value: Any) -> bool:
    import tensorflow as tf

    return isinstance(value, tf.Tensor) and value.dtype.is_floating
