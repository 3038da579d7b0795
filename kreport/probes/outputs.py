"""What the outputs of a pass are: probabilities, logits, or numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kreport.inputs.expected import OutputSpec


def outputs_of(seen_outputs: Any, specs: Sequence[OutputSpec]) -> list[Any]:
    """Return the flattened outputs of a pass, logits of classes as the probabilities that the loss makes of them.

    Args:
        seen_outputs: tensors in the model's own structure.
        specs: what is known of each; () where outputs are not known.
    """
    import tensorflow as tf

    tensors = [t for t in tf.nest.flatten(seen_outputs) if tf.is_tensor(t)]
    known = specs if len(specs) == len(tensors) else [None] * len(tensors)
    return [as_probabilities(one) if is_logits(one, spec) else one for one, spec in zip(tensors, known, strict=True)]


def is_logits(output: Any, spec: OutputSpec | None) -> bool:
    """Tell whether an output has one row of logits a sample: the loss says so, and no softmax or sigmoid was found."""
    return spec is not None and spec.logits and width_of(output) > 0 and not is_probabilities(output)


def is_probabilities(output: Any) -> bool:
    """Tell whether an output was made by a softmax or sigmoid, behind which Keras keeps the logits."""
    return hasattr(output, "_keras_logits")


def as_probabilities(logits: Any) -> Any:
    """Return the sigmoid of single logits, the softmax of several."""
    import keras

    return keras.ops.sigmoid(logits) if width_of(logits) == 1 else keras.ops.softmax(logits)


def width_of(output: Any) -> int:
    """Return the number of columns of an output with one row a sample; 0 where it is something else."""
    return int(output.shape[1] or 0) if output.shape.rank == 2 and output.dtype.is_floating else 0
