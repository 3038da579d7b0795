"""Whether data fits a model, before any of it is run: a forward pass on a wrong shape can end the process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kreport.document.numbers import plural
from kreport.errors import KreportError

SHOWN = 5
"""Labels and names listed in a sentence."""


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


def written(shape: Any) -> str:
    """Write a shape as Python does, open sizes as None."""
    if shape is None:
        return "of any shape"
    sizes = [None if size is None else int(size) for size in shape]
    return f"({', '.join(map(str, sizes))}{',' if len(sizes) == 1 else ''})"


class Checks:
    """What a model expects of its data, as far as it is known."""

    def __init__(self, model: Any, argument: str, class_names: Sequence[str]) -> None:
        """Look at the model's inputs and outputs."""
        self.model, self.argument, self.class_names = model, argument, tuple(class_names)
        self.structure = _input_structure(model)
        self.specs = tuple(_spec(tensor) for tensor in _flat(self.structure)) if self.structure is not None else ()
        self.notes: list[str] = []

    @property
    def input_names(self) -> tuple[str, ...]:
        """Names of the model's inputs, () where they are not known."""
        return tuple(spec.name for spec in self.specs)

    @property
    def fixed_batch_size(self) -> int | None:
        """The batch size the model is made for; None where any will do."""
        return next((spec.shape[0] for spec in self.specs if spec.shape and spec.shape[0] is not None), None)

    def check(self, x: Any, y: Any, weight: Any) -> None:
        """Check a first batch.

        Raises:
            KreportError: it does not fit.
        """
        del weight
        self.unknown_keys(x)
        parts = _flat(self.fitted(x))
        for index, part in enumerate(parts):
            self._check_part(part, self.specs[index] if self.specs else None)
        if y is not None:
            self._check_labels(self.labels(y))

    def unknown_keys(self, x: Any) -> None:
        """Note the entries of a dict that are no inputs of the model."""
        if isinstance(x, Mapping) and self.specs:
            extra = [str(name) for name in x if str(name) not in self.input_names]
            if extra and len(extra) < len(x):
                names = ", ".join(f"`{name}`" for name in extra)
                self.notes.append(
                    f"{names} {'is no input' if len(extra) == 1 else 'are no inputs'} of the model: left out"
                )

    def fitted(self, x: Any) -> Any:
        """Return inputs in the structure the model's call takes.

        Raises:
            KreportError: their number or names are not the model's.
        """
        import tensorflow as tf

        if not self.specs:
            return x
        if isinstance(x, Mapping):
            by_name = {str(name): value for name, value in x.items()}
            missing = [spec.name for spec in self.specs if spec.name not in by_name]
            if missing and len(by_name) == len(self.specs) == 1:
                parts = list(by_name.values())
            elif missing:
                raise KreportError(self._mismatch(x))
            else:
                parts = [by_name[spec.name] for spec in self.specs]
        else:
            parts = _flat(x)
        if len(parts) != len(self.specs):
            raise KreportError(self._mismatch(x))
        return tf.nest.pack_sequence_as(self.structure, parts, expand_composites=False)

    def labels(self, y: Any) -> Any:
        """Return labels as numbers: texts by their index among the class names.

        Raises:
            KreportError: they are texts, and no class names say which is which.
        """
        values = y.numpy() if getattr(getattr(y, "dtype", None), "name", "") == "string" else y
        if not isinstance(values, np.ndarray) or values.dtype.kind not in "OUS":
            return y
        texts = [v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in values.ravel()]
        index = {name: number for number, name in enumerate(self.class_names)}
        unknown = [text for text in dict.fromkeys(texts) if text not in index]
        if unknown:
            shown = ", ".join(repr(text) for text in unknown[:SHOWN])
            what = (
                "that are not among class_names="
                if self.class_names
                else "; pass class_names= to say which index each has"
            )
            message = f"`{self.argument}` has text labels ({shown}{', …' if len(unknown) > SHOWN else ''}){what}."
            raise KreportError(message.replace(")that", ") that"))
        return np.array([index[text] for text in texts], np.int64).reshape(values.shape)

    def _mismatch(self, x: Any) -> str:
        parts = x.items() if isinstance(x, Mapping) else [(None, part) for part in _flat(x)]
        came = ", ".join(written(_shape(v)) if n is None else f"{n}: {written(_shape(v))}" for n, v in parts)
        wanted = ", ".join(str(spec) for spec in self.specs)
        hint = ""
        if len(self.specs) == 2 and len(_flat(x)) == 1:
            hint = " A tuple of two is inputs and labels: pass two inputs as a list or a dict, or with inputs=."
        return (
            f"`{self.argument}` has {plural(len(_flat(x)), 'input')} ({came}) but the model {str(self.model.name)!r}"
            f" takes {len(self.specs)}: {wanted}.{hint}"
        )

    def _check_part(self, part: Any, spec: InputSpec | None) -> None:
        shape = _shape(part)
        name = spec.name if spec else "the input"
        if shape is None:
            return
        empty = spec is not None and spec.shape is not None and 0 in spec.shape  # the model is made for it
        if 0 in shape[1:] and not empty:
            message = f"`{self.argument}` has the shape {written(shape)} for {name!r}: an axis has no length."
            raise KreportError(message)
        if spec is None:
            return
        text = _kind(part) in "OUS"
        if text != (spec.dtype == "string"):
            came, wanted = ("texts", spec.dtype) if text else (str(part.dtype), "texts")
            message = f"`{self.argument}` has {came} for {name!r}, where the model takes {wanted}."
            raise KreportError(message)
        if spec.shape is not None and not _fits(shape, spec.shape):
            message = (
                f"`{self.argument}` has the shape {written((None, *shape[1:]))} for {name!r}, where the model takes "
                f"{written(spec.shape)}."
            )
            raise KreportError(message)

    def _check_labels(self, y: Any) -> None:
        outputs = list(getattr(self.model, "outputs", None) or ())
        loss = getattr(self.model, "loss", None)
        if len(outputs) != 1 or isinstance(loss, Mapping | list | tuple) or not isinstance(y, np.ndarray):
            return
        name = str(getattr(loss, "name", getattr(loss, "__name__", loss))).lower()
        classes = outputs[0].shape[-1] if outputs[0].shape else None
        if "sparse" not in name or classes is None or y.dtype.kind not in "iuf" or not y.size:
            return
        least, most = float(np.nanmin(y)), float(np.nanmax(y))
        if least < 0 or most > classes - 1:
            hint = f"; with y - {least:g} they would fit" if most - least <= classes - 1 else ""
            message = (
                f"`{self.argument}` has labels from {least:g} to {most:g}, but the model {str(self.model.name)!r} has"
                f" the classes 0 to {classes - 1}{hint}."
            )
            raise KreportError(message)


def _input_structure(model: Any) -> Any:
    import keras

    if getattr(model, "inputs", None) is None:
        return None
    if isinstance(model, keras.Sequential):
        return model.inputs[0]
    try:
        return model.input
    except (AttributeError, ValueError):
        return model.inputs


def _spec(tensor: Any) -> InputSpec:
    history = getattr(tensor, "_keras_history", None)
    shape = getattr(tensor, "shape", None)
    return InputSpec(
        name=str(history[0].name if history else tensor.name),
        shape=None if shape is None else tuple(None if size is None else int(size) for size in shape),
        dtype=str(tensor.dtype),
    )


def _flat(structure: Any) -> list[Any]:
    import tensorflow as tf

    return list(tf.nest.flatten(structure, expand_composites=False))


def _shape(value: Any) -> tuple[int | None, ...] | None:
    shape = getattr(value, "shape", None)
    if shape is None or getattr(shape, "rank", 0) is None:
        return None
    return tuple(None if size is None else int(size) for size in shape)


def _kind(value: Any) -> str:
    dtype = value.dtype
    return "S" if getattr(dtype, "name", "") == "string" else str(getattr(dtype, "kind", "f"))


def _fits(shape: Sequence[int | None], wanted: Sequence[int | None]) -> bool:
    if len(shape) == len(wanted) - 1 and wanted[-1] == 1:  # Keras adds the last axis itself
        shape = (*shape, 1)
    elif len(shape) == len(wanted) + 1 and shape[-1] == 1:
        shape = shape[:-1]
    return len(shape) == len(wanted) and all(
        a is None or b is None or a == b for a, b in zip(shape[1:], wanted[1:], strict=True)
    )
