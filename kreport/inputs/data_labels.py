"""Whether labels fit the outputs and losses of a model: their number, shape and range, before anything is run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.document.numbers import plural
from kreport.errors import KreportError
from kreport.inputs.expected import OutputSpec, output_specs, written

SHOWN = 5
"""Labels listed in a sentence."""


class Labels:
    """The labels that a model takes."""

    def __init__(self, model: Any, argument: str, class_names: Sequence[str], loss: Any) -> None:
        """Look at the outputs and at the losses on them."""
        self.argument, self.class_names = argument, tuple(class_names)
        self.model_name = str(getattr(model, "name", type(model).__name__))
        self.outputs = output_specs(model, loss)
        self._own = _has_its_own_rules(model)

    @property
    def several(self) -> bool:
        """Whether there is more than one output."""
        return len(self.outputs) > 1

    def numbers(self, y: Any) -> Any:
        """Return labels as numbers: texts by their index among the class names.

        Raises:
            KreportError: they are texts, and no class names say which is which.
        """
        import tensorflow as tf

        return None if y is None else tf.nest.map_structure(self._number, y, expand_composites=False)

    def _number(self, y: Any) -> Any:
        values = y.numpy() if getattr(getattr(y, "dtype", None), "name", "") == "string" else y
        if not isinstance(values, np.ndarray) or values.dtype.kind not in "OUS":
            return y
        texts = [v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in values.ravel().tolist()]
        index = {name: number for number, name in enumerate(self.class_names)}
        unknown = [text for text in dict.fromkeys(texts) if text not in index]
        if unknown:
            shown = ", ".join(repr(text) for text in unknown[:SHOWN]) + (", …" if len(unknown) > SHOWN else "")
            message = f"`{self.argument}` has text labels ({shown}); pass class_names= to say which index each has."
            if self.class_names:
                message = f"`{self.argument}` has text labels ({shown}) that are not among class_names=."
            raise KreportError(message)
        return np.array([index[text] for text in texts], np.int64).reshape(values.shape)

    def check(self, y: Any, *, all_of_them: bool = False) -> None:
        """Check the labels of a batch, or of all samples, of which more can be said.

        Raises:
            KreportError: they do not fit; a model that computes its loss in its own way may take what it likes.
        """
        if y is None or self._own or not self.outputs:
            return
        self._check_names(y)
        for output, label in by_output(y, self.outputs):
            if isinstance(label, np.ndarray) and label.dtype.kind in "biuf" and label.ndim:
                self._check_shape(output, label)
                if output.kind == "class":
                    self._check_range(output, label, all_of_them=all_of_them)

    def _check_names(self, y: Any) -> None:
        import tensorflow as tf

        told = ", ".join(str(output) for output in self.outputs)
        if isinstance(y, Mapping):
            known = {output.name for output in self.outputs}
            unknown = [str(name) for name in y if str(name) not in known]
            if unknown and (self.several or len(y) > 1):
                message = (
                    f"`{self.argument}` has labels for {', '.join(map(repr, unknown))}, which is no output of the model"
                    f" {self.model_name!r}: it has {told}."
                )
                raise KreportError(message)
            return
        number = len(tf.nest.flatten(y, expand_composites=False))
        if number != len(self.outputs) and not (number == 1 and not self.several):
            message = (
                f"`{self.argument}` has {plural(number, 'array')} of labels but the model {self.model_name!r} has"
                f" {plural(len(self.outputs), 'output')}: {told}."
            )
            raise KreportError(message)

    def _check_shape(self, output: OutputSpec, label: NDArray[Any]) -> None:
        if output.shape is None or not output.loss or (output.kind == "class" and output.width == 1):
            return
        expected = output.shape[:-1] if output.kind == "class" else output.shape
        if _fits(label.shape, expected, strict=output.kind in ("class", "binary") or _is_one_hot(output)):
            return
        came = written((None, *label.shape[1:]))
        hint = ""
        if output.kind == "class" and label.ndim == len(output.shape) and label.shape[-1] == output.width:
            hint = "; one column a class goes with categorical_crossentropy, or use y.argmax(-1)"
        elif output.kind == "one-hot":
            hint = "; class indices go with sparse_categorical_crossentropy"
        message = (
            f"`{self.argument}` has labels of the shape {came} for the output {output}, whose loss {output.loss!r}"
            f" takes {written(expected)}{hint}."
        )
        raise KreportError(message)

    def _check_range(self, output: OutputSpec, label: NDArray[Any], *, all_of_them: bool) -> None:
        known = label[label != output.ignored] if output.ignored is not None else label
        if output.width is None or not known.size or np.isnan(known.astype(np.float64)).all():
            return
        least, most = float(np.nanmin(known)), float(np.nanmax(known))
        if least >= 0 and most <= output.width - 1:
            return
        shifted = all_of_them and least > 0 and most - least <= output.width - 1
        hint = f"; with y - {least:g} they would fit" if shifted else ""
        name = f" for {output.name!r}" if self.several else ""
        message = (
            f"`{self.argument}` has labels from {least:g} to {most:g}{name}, but the model {self.model_name!r} has"
            f" the classes 0 to {output.width - 1}{hint}."
        )
        raise KreportError(message)


def by_output(y: Any, outputs: Sequence[OutputSpec]) -> Iterator[tuple[OutputSpec, Any]]:
    """Yield each array of labels with the output it is for; one without a known output gets a number for its name."""
    import tensorflow as tf

    if isinstance(y, Mapping):
        known = {output.name: output for output in outputs}
        alone = outputs[0] if len(outputs) == len(y) == 1 else None
        for name in sorted(y, key=str):
            yield known.get(str(name), alone or OutputSpec(name=str(name))), y[name]
        return
    flat = [] if y is None else tf.nest.flatten(y, expand_composites=False)
    for index, label in enumerate(flat):
        fallback = OutputSpec(name="labels" if len(flat) == 1 else f"labels {index + 1}")
        yield (outputs[index] if len(flat) == len(outputs) else fallback), label


def in_order(y: Any, outputs: Sequence[OutputSpec]) -> list[Any]:
    """Return the labels of each output, None for those without; outputs may bear the same name."""
    import tensorflow as tf

    if isinstance(y, Mapping):
        known = {output.name: label for output, label in by_output(y, outputs)}
        return [known.get(output.name) for output in outputs]
    flat = [] if y is None else tf.nest.flatten(y, expand_composites=False)
    return flat if len(flat) == len(outputs) else [None] * len(outputs)


def _fits(shape: Sequence[int], wanted: Sequence[int | None], *, strict: bool) -> bool:
    """Tell whether a loss of Keras takes such labels: a last axis of length 1 may be missing or too many.

    All but the cross-entropies stretch an axis of length 1 on either side, as NumPy does; tried with every loss.
    """
    if len(shape) == len(wanted) + 1 and shape[-1] == 1:
        shape = shape[:-1]
    elif len(shape) == len(wanted) - 1 and wanted[-1] in (1, None):
        wanted = wanted[:-1]
    if len(shape) != len(wanted):
        return not strict and wanted[-1] == 1
    pairs = zip(shape[1:], wanted[1:], strict=True)
    return all(b is None or a == b or (not strict and 1 in (a, b)) for a, b in pairs)


def _is_one_hot(output: OutputSpec) -> bool:
    return output.loss.replace("_", "").lower() == "categoricalcrossentropy"


def _has_its_own_rules(model: Any) -> bool:
    import keras

    kind = type(model)
    return any(getattr(kind, name, None) is not getattr(keras.Model, name) for name in ("train_step", "compute_loss"))
