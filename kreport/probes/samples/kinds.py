"""What a layer is, where that decides how its outputs are looked at."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from kreport.probes import _keras

ASKS = "return_attention_scores"


def is_embedding(layer: Any) -> bool:
    """Tell whether a layer turns tokens into vectors."""
    import keras

    return isinstance(layer, keras.layers.Embedding)


def is_convolution(layer: Any) -> bool:
    """Tell whether a layer convolves over space or time."""
    return any("Conv" in kind.__name__ for kind in type(layer).__mro__) and bool(hasattr(layer, "kernel_size"))


def gives_scores(layer: Any) -> bool:
    """Tell whether an attention layer of Keras can be asked for its weights; its fused kernels cannot."""
    fused = bool(getattr(layer, "_flash_attention", False))
    return _keras.is_builtin(layer) and not fused and ASKS in inspect.signature(type(layer).call).parameters


def with_scores(layer: Any, args: Any, kwargs: Any, call: Callable[..., Any]) -> tuple[Any, Any]:
    """Return the outputs of an attention layer and its weights; the layer remembers nothing of it."""
    held = vars(layer)
    before = {name: held[name] for name in (f"_{ASKS}",) if name in held}
    try:
        outputs, scores = call(*args, **{**kwargs, ASKS: True})
    finally:
        held.update(before)
    return outputs, scores
