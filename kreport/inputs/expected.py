"""What a model expects, read off it without running it: inputs by name and shape, outputs with the losses on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

LabelKind = Literal["class", "one-hot", "binary", "values", ""]

TaskKind = Literal["binary", "multi-class", "multi-label", "regression", "reconstruction", ""]
"""What an output is for; "" where it is not known."""

REGRESSION = frozenset({
    "mse", "meansquarederror", "mae", "meanabsoluteerror", "mape", "meanabsolutepercentageerror", "msle",
    "meansquaredlogarithmicerror", "huber", "logcosh", "cosinesimilarity", "poisson",
})  # fmt: skip
"""Losses on numbers, as Keras names them, without underscores."""


@dataclass(frozen=True, kw_only=True)
class InputSpec:
    """One input of a model: name, shape with the batch axis (None where open), dtype."""

    name: str
    shape: tuple[int | None, ...] | None
    dtype: str

    @property
    def rank(self) -> int | None:
        """Number of axes, None if open."""
        return None if self.shape is None else len(self.shape)

    def __str__(self) -> str:
        """Write ``'image' (None, 28, 28, 1)``."""
        return f"{self.name!r} {written(self.shape)}"


@dataclass(frozen=True, kw_only=True)
class OutputSpec:
    """One output of a model and the loss on it.

    Attributes:
        name: of the output, or the key of an output dict.
        shape: with the batch axis, None where open; None if it is not known.
        loss: as the user or Keras calls it; "" without one, or where its name says nothing.
        ignored: the class label that the loss leaves out.
        logits: whether the loss takes logits (``from_logits=True``), so that the output is no probability.
        task: what the user says that it is for; "" where nothing was said.
    """

    name: str
    shape: tuple[int | None, ...] | None = None
    loss: str = ""
    ignored: int | None = None
    logits: bool = False
    task: TaskKind = ""

    @property
    def kind(self) -> LabelKind:
        """What its labels are: a class index, one column a class, 0 and 1, numbers; "" if the loss does not tell."""
        bare = self.loss.replace("_", "").lower()
        if "sparse" in bare:
            return "class"
        if "categorical" in bare:
            return "one-hot"
        if "binary" in bare or bare == "bce":
            return "binary"
        return "values" if bare in REGRESSION else ""

    @property
    def width(self) -> int | None:
        """Size of the last axis: the number of classes of a classifier; None if it is not known."""
        return self.shape[-1] if self.shape else None

    def __str__(self) -> str:
        """Write ``'digit' (None, 10)``."""
        return f"{self.name!r} {written(self.shape)}"


def written(shape: Any) -> str:
    """Write a shape as Python does, open sizes as None."""
    if shape is None:
        return "of any shape"
    sizes = [None if size is None else int(size) for size in shape]
    return f"({', '.join(map(str, sizes))}{',' if len(sizes) == 1 else ''})"


def input_structure(model: Any) -> Any:
    """Return the symbolic inputs in the structure that ``call`` takes; None for a model that has none."""
    import keras

    if getattr(model, "inputs", None) is None:
        return None
    if isinstance(model, keras.Sequential):
        return model.inputs[0]
    try:
        return model.input
    except (AttributeError, ValueError):
        return model.inputs


def input_spec(tensor: Any) -> InputSpec:
    """Return name, shape and dtype of a symbolic input."""
    return InputSpec(name=_maker(tensor), shape=shape_of(tensor), dtype=str(tensor.dtype))


def output_specs(model: Any, loss: Any = None) -> tuple[OutputSpec, ...]:
    """Return the model's outputs, flattened; () for a model that does not know them.

    Args:
        model: built or not.
        loss: used instead of the compiled one.
    """
    outputs = list(getattr(model, "outputs", None) or ())
    if not outputs:
        return ()
    structure = _output_structure(model)
    keys = sorted(structure) if isinstance(structure, Mapping) else ()
    names = [str(key) for key in keys] if len(keys) == len(outputs) else [_maker(tensor) for tensor in outputs]
    losses = _losses(loss if loss is not None else getattr(model, "loss", None), names)
    return tuple(_spec(name, shape_of(tensor), one) for name, tensor, one in zip(names, outputs, losses, strict=True))


def unknown_output(model: Any, loss: Any = None) -> OutputSpec:
    """Return what is known of the only output of a model that does not know its outputs: the loss on it.

    Args:
        model: built or not.
        loss: used instead of the compiled one.
    """
    given = loss if loss is not None else getattr(model, "loss", None)
    if given is None or isinstance(given, Mapping | list | tuple):
        return OutputSpec(name="labels")
    return _spec("labels", None, given)


def _spec(name: str, shape: tuple[int | None, ...] | None, loss: Any) -> OutputSpec:
    return OutputSpec(
        name=name, shape=shape, loss=_name(loss), ignored=getattr(loss, "ignore_class", None),
        logits=bool(getattr(loss, "from_logits", False)),
    )  # fmt: skip


def _maker(tensor: Any) -> str:
    history = getattr(tensor, "_keras_history", None)
    return str(history[0].name if history else tensor.name)


def _output_structure(model: Any) -> Any:
    try:
        return model.output
    except (AttributeError, ValueError):
        return None


def _losses(loss: Any, names: Sequence[str]) -> list[Any]:
    if isinstance(loss, Mapping):
        return [loss.get(name) for name in names]
    if isinstance(loss, list | tuple):
        return [loss[i] if i < len(loss) else None for i in range(len(names))]
    return [loss] * len(names)


def _name(loss: Any) -> str:
    if loss is None or isinstance(loss, str):
        return loss or ""
    function = getattr(loss, "fn", None) if type(loss).__name__ == "LossFunctionWrapper" else None
    return str(getattr(function or loss, "__name__", type(loss).__name__))


def shape_of(value: Any) -> tuple[int | None, ...] | None:
    """Return the shape of an array or tensor, None if it has none."""
    shape = getattr(value, "shape", None)
    if shape is None or getattr(shape, "rank", 0) is None:
        return None
    return tuple(None if size is None else int(size) for size in shape)
