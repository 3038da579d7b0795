"""Which positions of a tensor are padding, also behind layers that take Keras's mask off their input."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

from kreport.probes.trace import Record


def hand_on_masks(records: Sequence[Record]) -> None:
    """Give calls whose outputs have no mask the one that their inputs had when they were made.

    Attention takes the mask off the tensors it is given, so that a residual connection around it has none, nor has
    what follows. Layers that hand on a mask by Keras's own default, that merge element by element or that project
    position by position hand it on here too; several are joined by "or", as Keras joins them.
    """
    noted = {id(t): mask for r in records for t, mask in zip(r.outputs, r.masks, strict=True) if mask is not None}
    for record in records if noted else ():
        if record.leaf and _hands_on(record.target):
            masks = {id(m): m for m in (noted.get(id(t)) for t in record.inputs) if m is not None}
            for output in record.outputs:
                if masks and id(output) not in noted and _fits([*masks.values()], record.inputs[0], output):
                    noted[id(output)] = reduce(lambda a, b: a | b, masks.values())
    for record in records if noted else ():
        record.masks = [noted.get(id(output)) for output in record.outputs]


def _hands_on(target: Any) -> bool:
    import keras

    layers = keras.layers
    own = getattr(type(target), "compute_mask", None)
    default = own is layers.Layer.compute_mask and bool(getattr(target, "supports_masking", False))
    merging = layers.Add | layers.Average | layers.Subtract | layers.Multiply | layers.Maximum | layers.Minimum
    return default or isinstance(target, merging | layers.Dense | layers.EinsumDense)


def _fits(masks: Sequence[Any], taken: Any, made: Any) -> bool:
    """Tell whether what was made has the positions of what was taken, along the axes of the masks."""
    rank, before, after = masks[0].shape.rank, taken.shape, made.shape
    if None in (rank, before.rank, after.rank) or after.rank <= rank:
        return False
    return bool(
        before[:rank].is_compatible_with(after[:rank])
        and all(m.shape.rank == rank and m.shape.is_compatible_with(after[:rank]) for m in masks)
    )
