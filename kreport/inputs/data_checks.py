"""Whether data fits a model, before any of it is run: a forward pass on a wrong shape can end the process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kreport.document.numbers import plural
from kreport.errors import KreportError
from kreport.inputs.data_labels import Labels
from kreport.inputs.expected import InputSpec, input_spec, input_structure, shape_of, written

KINDS = {"M": "dates", "m": "spans of time", "c": "complex numbers", "V": "records"}
"""What NumPy calls kinds of dtype that no layer takes."""


class Checks:
    """What a model expects of its data, as far as it is known."""

    def __init__(self, model: Any, argument: str, class_names: Sequence[str], loss: Any = None) -> None:
        """Look at the model's inputs and outputs."""
        self.model, self.argument = model, argument
        self.labels = Labels(model, argument, class_names, loss)
        self.structure = input_structure(model)
        self.specs = tuple(input_spec(tensor) for tensor in _flat(self.structure)) if self.structure is not None else ()
        keys = sorted(self.structure) if isinstance(self.structure, Mapping) else ()
        self._unknown: tuple[str, ...] = ()
        self._keys = tuple(map(str, keys)) if len(keys) == len(self.specs) else self.input_names

    @property
    def input_names(self) -> tuple[str, ...]:
        """Names of the model's inputs, () where they are not known."""
        return tuple(spec.name for spec in self.specs)

    @property
    def fixed_batch_size(self) -> int | None:
        """The batch size the model is made for; None where any will do."""
        return next((spec.shape[0] for spec in self.specs if spec.shape and spec.shape[0] is not None), None)

    def check(self, x: Any, y: Any) -> None:
        """Check a batch whose inputs are in the model's structure and whose labels are numbers.

        Raises:
            KreportError: it does not fit.
        """
        for index, part in enumerate(_flat(x)):
            self._check_part(part, self.specs[index] if self.specs else None)
        self.labels.check(y)

    @property
    def left_out(self) -> str:
        """A note on entries of a dict that are no inputs of the model, once some came; else ""."""
        names = ", ".join(f"`{name}`" for name in self._unknown)
        one = len(self._unknown) == 1
        return f"{names} {'is no input' if one else 'are no inputs'} of the model: left out" if names else ""

    def fitted(self, x: Any) -> Any:
        """Return inputs in the structure the model's call takes.

        Raises:
            KreportError: their number or names are not the model's, or there are none.
        """
        import tensorflow as tf

        parts = [] if x is None else _flat(x)
        if not parts:
            message = f"`{self.argument}` has no inputs."
            raise KreportError(message)
        if not self.specs:
            return x
        if isinstance(x, Mapping):
            parts = self._by_name(x)
        if len(parts) != len(self.specs):
            raise KreportError(self._mismatch(x))
        return tf.nest.pack_sequence_as(self.structure, parts, expand_composites=False)

    def _by_name(self, x: Mapping[Any, Any]) -> list[Any]:
        given = {str(name): value for name, value in x.items()}
        self._unknown = tuple(name for name in given if name not in (*self._keys, *self.input_names))
        if all(key in given for key in self._keys):
            return [given[key] for key in self._keys]
        if all(name in given for name in self.input_names):
            return [given[name] for name in self.input_names]
        if len(given) == len(self.specs) == 1:
            return list(given.values())
        raise KreportError(self._mismatch(x))

    def _mismatch(self, x: Any) -> str:
        parts = x.items() if isinstance(x, Mapping) else [(None, part) for part in _flat(x)]
        came = ", ".join(written(shape_of(v)) if n is None else f"{n}: {written(shape_of(v))}" for n, v in parts)
        wanted = ", ".join(str(spec) for spec in self.specs)
        hint = ""
        if len(self.specs) == 2 and len(_flat(x)) == 1:
            hint = " A tuple of two is inputs and labels: pass two inputs as a list or a dict, or with inputs=."
        return (
            f"`{self.argument}` has {plural(len(_flat(x)), 'input')} ({came}) but the model {str(self.model.name)!r}"
            f" takes {len(self.specs)}: {wanted}.{hint}"
        )

    def _check_part(self, part: Any, spec: InputSpec | None) -> None:
        shape = shape_of(part)
        name = repr(spec.name) if spec else "the input"
        if shape is None:
            return
        if not shape:
            message = f"`{self.argument}` has a single value for {name}; an array with a batch axis is accepted."
            raise KreportError(message)
        made_for_it = spec is not None and spec.shape is not None and 0 in spec.shape
        if 0 in shape[1:] and not made_for_it:
            message = f"`{self.argument}` has the shape {written(shape)} for {name}: an axis has no length."
            raise KreportError(message)
        if spec is not None:
            self._check_kind(part, spec)
            if spec.shape is not None and not _fits(shape, spec.shape):
                message = (
                    f"`{self.argument}` has the shape {written((None, *shape[1:]))} for {name}, where the model takes "
                    f"{written(spec.shape)}."
                )
                raise KreportError(message)

    def _check_kind(self, part: Any, spec: InputSpec) -> None:
        kind = _kind(part)
        text = kind in "OUS"
        odd = kind in KINDS and not (kind == "c" and "complex" in spec.dtype)
        if text == (spec.dtype == "string") and not odd:
            return
        came = "texts" if text else KINDS.get(kind, str(part.dtype))
        wanted = "texts" if spec.dtype == "string" else spec.dtype
        message = f"`{self.argument}` has {came} for {spec.name!r}, where the model takes {wanted}."
        raise KreportError(message)


def _flat(structure: Any) -> list[Any]:
    import tensorflow as tf

    return list(tf.nest.flatten(structure, expand_composites=False))


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
