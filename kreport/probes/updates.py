"""The step an optimizer would make with given gradients, rehearsed on copies: the model and its optimizer stay."""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.probes import _keras

GROUP_VALUES = 1_000_000
"""Values that are copied at a time where the optimizer treats each variable by itself."""

_SKIPPED = ("_model_variables_moving_average", "_trainable_variables", "_accumulated_gradients")


@dataclass(frozen=True, kw_only=True, eq=False)
class Update:
    """‖Δw‖ and ‖w‖ of one variable, L2."""

    change: float
    weight: float


def rehearsed(
    optimizer: Any, variables: Sequence[Any], gradients: Sequence[Callable[[], NDArray[np.float32]] | None]
) -> list[Update | None]:
    """Return the update of each variable; None where it has no gradient.

    Slots (momenta, …) are those of the real optimizer; of one that was never used, fresh ones. A loss scale is
    unwrapped: gradients are unscaled. Accumulation of gradients is off, else most steps would change nothing.

    Args:
        optimizer: of the model.
        variables: those it is given gradients for.
        gradients: in the same order, each read when its turn comes.

    Raises:
        ValueError: the optimizer was built with other variables.
    """
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    known = _known(optimizer, variables)
    given = {id(v): g for v, g in zip(variables, gradients, strict=True)}
    in_order = [given.get(id(variable)) for variable in known]
    found: dict[int, Update] = {}
    with _keras.globals_kept():
        for members in _groups(optimizer, known, in_order):
            for index, update in zip(members, _step(optimizer, known, in_order, members), strict=True):
                found[id(known[index])] = update
            gc.collect()  # optimizers hold themselves: their slots would stay until Python happens to look
    return [found.get(id(variable)) for variable in variables]


def rehearsal_notes(optimizer: Any) -> tuple[str, ...]:
    """Return in what a rehearsed step differs from the next one of ``fit``, one sentence each."""
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    notes = []
    if not optimizer.built or not int(optimizer.iterations):
        notes.append("the optimizer was never used: it starts from fresh slots")
    if (getattr(optimizer, "gradient_accumulation_steps", None) or 1) > 1:
        notes.append(f"accumulation over {optimizer.gradient_accumulation_steps} batches is off")
    return tuple(notes)


def _known(optimizer: Any, variables: Sequence[Any]) -> list[Any]:
    """Return the variables an optimizer was built with, in its order; ``variables`` if it was never used."""
    if not optimizer.built:
        return list(variables)
    known = list(optimizer._trainable_variables)  # noqa: SLF001 - its slots are in this order
    if {id(v) for v in variables} - {id(v) for v in known}:
        message = "it was built with other variables: compile the model again"
        raise ValueError(message)
    return known


def _groups(optimizer: Any, variables: Sequence[Any], gradients: Sequence[Any]) -> Iterator[list[int]]:
    """Yield indices of variables that are stepped together: all of them where a norm over all counts."""
    connected = [index for index, gradient in enumerate(gradients) if gradient is not None]
    if optimizer.global_clipnorm is not None or not _is_by_variable(optimizer, len(variables)):
        yield connected
        return
    group: list[int] = []
    values = 0
    for index in connected:
        group.append(index)
        values += math.prod(variables[index].shape)
        if values >= GROUP_VALUES:
            yield group
            group, values = [], 0
    if group:
        yield group


def _slots(optimizer: Any, number: int) -> dict[str, list[Any]]:
    """Return the lists with one slot a variable, by attribute."""
    return {
        name: list(value)
        for name, value in vars(optimizer).items()
        if isinstance(value, list) and len(value) == number and name not in _SKIPPED
        and all(slot is None or hasattr(slot, "assign") for slot in value)
    }  # fmt: skip


def _is_by_variable(optimizer: Any, number: int) -> bool:
    """Tell whether all of an optimizer's state is its counter, its rate and lists of one slot a variable."""
    if not optimizer.built:
        return True
    listed = sum(slot is not None for slots in _slots(optimizer, number).values() for slot in slots)
    skipped = sum(len(getattr(optimizer, name, None) or ()) for name in _SKIPPED if name != "_trainable_variables")
    plain = 1 + (0 if _keras.schedule_of(optimizer) is not None else 1)
    return len(optimizer.variables) - skipped == listed + plain


def _step(optimizer: Any, variables: Sequence[Any], gradients: Sequence[Any], members: Sequence[int]) -> list[Update]:
    import keras
    import tensorflow as tf

    before = [np.array(variables[index].numpy(), copy=True) for index in members]
    shadows = []
    for index, value in zip(members, before, strict=True):
        shadow = keras.Variable(tf.constant(value), dtype=variables[index].dtype, name=variables[index].name)
        shadow._path = variables[index].path  # noqa: SLF001 - exclude_from_weight_decay reads it
        shadows.append(shadow)
    copy = _copied(optimizer)
    copy.build(shadows)
    if optimizer.built:
        _take_over(copy, optimizer, members, len(variables))
    copy.apply([tf.constant(gradients[index]()) for index in members], shadows)
    return [_update(value, shadow.numpy()) for value, shadow in zip(before, shadows, strict=True)]


def _update(before: NDArray[Any], after: NDArray[Any]) -> Update:
    """Return the norms; differences are taken in float32 at least, in the place of what is no longer needed."""
    before, after = (values.astype(np.result_type(values, np.float32), copy=False) for values in (before, after))
    return Update(change=_norm(np.subtract(after, before, out=after)), weight=_norm(before))


def _copied(optimizer: Any) -> Any:
    config = dict(optimizer.get_config())
    for name in ("gradient_accumulation_steps", "loss_scale_factor"):
        if name in config:
            config[name] = None
    if "use_ema" in config:
        config["use_ema"] = False
    return type(optimizer).from_config(config)


def _take_over(copy: Any, optimizer: Any, members: Sequence[int], number: int) -> None:
    copy.iterations.assign(optimizer.iterations)
    if _keras.schedule_of(optimizer) is None:
        copy.learning_rate = float(optimizer.learning_rate)
    if len(members) == number and not _is_by_variable(optimizer, number):
        for mine, theirs in zip(copy.variables, optimizer.variables, strict=True):
            mine.assign(theirs)
        return
    own = _slots(copy, len(members))
    for name, slots in _slots(optimizer, number).items():
        for mine, index in zip(own.get(name, ()), members, strict=False):
            if mine is not None and slots[index] is not None:
                mine.assign(slots[index])


def _norm(values: NDArray[Any]) -> float:
    flat = values.ravel()
    return float(np.sqrt(np.einsum("i,i->", flat, flat, dtype=np.float64)))
