"""What the model is for, as far as loss, activation and shapes tell."""

from __future__ import annotations

from collections.abc import Sequence

from kreport.analyzers.architecture import Architecture
from kreport.document.numbers import plural
from kreport.probes.graph import Shape

_PIXELS = (1, 3, 4)  # channels of a grey, RGB or RGBA image


def task(architecture: Architecture, losses: Sequence[str]) -> str:
    """Return the task in a few words, such as "Image classifier, 10 classes"; "" when nothing tells.

    Args:
        architecture: shapes and last activations.
        losses: names of the compiled losses, one an output.
    """
    outputs = [shape for _, shape in architecture.output_shapes]
    if len(outputs) != 1:
        return f"{len(outputs)} outputs" if outputs else ""
    loss = losses[0].replace("_", "").lower() if len(losses) == 1 else ""
    name, size = _kind(loss, _last_activation(architecture), outputs[0])
    if not name:
        return ""
    subject = _subject(architecture)
    name = f"{subject} {name}" if subject else name.capitalize()
    return f"{name}, {size}" if size else name


def _kind(loss: str, activation: str, output: Shape) -> tuple[str, str]:
    width = output[-1] if output else None
    where = " per position" if len(output) > 2 else ""
    if "categoricalcrossentropy" in loss or (not loss and activation == "softmax"):
        return "classifier", f"{plural(width, 'class', 'classes')}{where}" if width else ""
    if "binary" in loss and "crossentropy" in loss:
        return (
            ("binary classifier", where.strip()) if width == 1 else ("multi-label classifier", _count(width, "label"))
        )
    if any(part in loss for part in ("squarederror", "absoluteerror", "mse", "mae", "huber", "logcosh")):
        return ("regression", _count(width, "target")) if len(output) == 2 else ("reconstruction or regression", "")
    return "", ""


def _count(width: int | None, noun: str) -> str:
    return plural(width, noun) if width else ""


def _last_activation(architecture: Architecture) -> str:
    layers = [layer for layer in architecture.layers if not layer.holds and not layer.inner and layer.calls != 0]
    if not layers:
        return ""
    last = layers[-1]
    return "softmax" if last.class_name == "Softmax" else last.activation


def _subject(architecture: Architecture) -> str:
    kinds = {layer.kind for layer in architecture.layers}
    inputs = [shape for _, shape in architecture.input_shapes]
    if len(inputs) == 1 and len(inputs[0]) == 4 and inputs[0][-1] in _PIXELS and "conv" in kinds:
        return "Image"
    return "Sequence" if kinds & {"rnn", "attn"} or ("embed" in kinds) else ""
