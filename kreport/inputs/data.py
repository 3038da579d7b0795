"""The user's data in any form that ``fit`` takes, as :class:`Batches`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from kreport.errors import KreportError
from kreport.inputs.batches import MAX_SAMPLES, Batch, Batches, rows, size_of

BATCH_SIZE = 32
"""Of arrays, as Keras has it."""


def read_data(
    data: Any,
    *,
    argument: str = "data",
    batch_size: int | None = None,
    max_samples: int | None = MAX_SAMPLES,
    embed: bool = True,
    class_names: Sequence[str] = (),
) -> Batches:
    """Return arrays as data.

    Args:
        data: inputs, or a tuple of inputs and labels, or of inputs, labels and sample weights.
        argument: which argument of the user's it is.
        batch_size: samples in a batch.
        max_samples: see :class:`Batches`.
        embed: see :class:`Batches`.
        class_names: by class index.
    """
    x, y, weight = (*data, None)[:3] if isinstance(data, tuple) and len(data) in (2, 3) else (data, None, None)
    x, y, weight = (_standard(part) for part in (x, y, weight))
    samples, size = size_of(x), batch_size or BATCH_SIZE

    def read() -> Iterator[Batch]:
        for start in range(0, samples, size):
            chosen = np.arange(start, min(start + size, samples))
            yield Batch(
                x=rows(x, chosen), y=rows(y, chosen), sample_weight=rows(weight, chosen), start=start, size=len(chosen)
            )

    return Batches(
        argument=argument, source="NumPy arrays", samples=samples, max_samples=max_samples, batch_size=size,
        labels=y is not None, weights=weight is not None, input_names=(), class_names=tuple(class_names), embed=embed,
        read=read,
    )  # fmt: skip


def _standard(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _standard(part) for name, part in value.items()}
    if isinstance(value, list) and value and all(hasattr(part, "shape") for part in value):
        return [_standard(part) for part in value]
    if isinstance(value, np.ndarray) and value.dtype == np.float64:
        return value.astype(np.float32)
    if value is None or hasattr(value, "shape"):
        return value
    message = f"`data` holds a {type(value).__name__}; arrays are accepted."
    raise KreportError(message)
