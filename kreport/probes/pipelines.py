"""Copies of ``tf.data`` pipelines: reading one is not felt by whoever reads the original."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

LARGEST = 512 << 20
"""Bytes of a pipeline's own arrays that are copied at most: a graph ends at 2 GiB, and takes this several times."""

SEED_INPUT = {"ShuffleDatasetV3": 4, "ShuffleAndRepeatDatasetV2": 5, "RandomDatasetV2": 2}
"""Which input of these operations says how often they were read."""

SEEDS = "kreport_seeds"


def is_changed_by_reading(data: Any) -> bool:
    """Tell whether a ``tf.data`` pipeline differs after it was read: it shuffles anew, draws, or counts."""
    return any(
        getattr(stage, "_reshuffle_each_iteration", None)
        or type(stage).__name__.startswith(("_Cache", "_Random"))
        or any(_has_state(function) for function in _functions(stage))
        for stage in _stages(data)
    )


def copied(data: Any) -> Any | None:
    """Return a pipeline with the same elements and with seeds, variables, tables and caches of its own.

    Shuffled stages have an order of their own, the same at every reading. Files, and what Python functions within the
    pipeline change, are those of the original.

    Returns:
        The copy; None where the pipeline holds more than :data:`LARGEST` in arrays.
    """
    import tensorflow as tf

    if sum(_size(stage) for stage in _stages(data)) > LARGEST:
        return None
    variant = tf.data.experimental.to_variant(data)
    # Variables and tables become operations that make them anew; 1: nothing is said of it.
    serialized = tf.raw_ops.DatasetToGraphV2(input_dataset=variant, external_state_policy=1).numpy()
    graph = tf.compat.v1.GraphDef.FromString(serialized)
    _detach(graph)
    copy = tf.data.experimental.from_variant(
        tf.raw_ops.DatasetFromGraph(graph_def=graph.SerializeToString()), data.element_spec
    )
    if hasattr(data, "class_names"):
        copy.class_names = data.class_names
    return copy


def _detach(graph: Any) -> None:
    """Give shuffled stages seeds of their own, and take caches out: the first to read one would decide its order."""
    source: dict[str, str] = {}
    for node in graph.node:
        place = SEED_INPUT.get(node.op)
        if place is not None:
            node.input[place] = SEEDS
        for name in ("reshuffle_each_iteration", "rerandomize_each_iteration"):
            if name in node.attr:
                node.attr[name].b = False
        if node.op in ("CacheDataset", "CacheDatasetV2"):
            source[node.name] = node.input[0]
    for node in graph.node:
        for place, name in enumerate(node.input):
            node.input[place] = _behind(name, source)
    seeds = graph.node.add()
    seeds.name, seeds.op = SEEDS, "DummySeedGenerator"


def _behind(name: str, source: dict[str, str]) -> str:
    while name in source:
        name = source[name]
    return name


def _stages(data: Any) -> Iterator[Any]:
    """Yield the stages of a pipeline, the last one first."""
    waiting = [data]
    while waiting:
        stage = waiting.pop()
        yield stage
        waiting += stage._inputs() if hasattr(stage, "_inputs") else ()  # noqa: SLF001


def _functions(stage: Any) -> list[Any]:
    return [wrapper.function for wrapper in stage._functions()] if hasattr(stage, "_functions") else []  # noqa: SLF001


def _has_state(function: Any) -> bool:
    return any(operation.op_def.is_stateful for operation in function.graph.get_operations())


def _size(stage: Any) -> int:
    import tensorflow as tf

    held = tf.nest.flatten(getattr(stage, "_tensors", ()), expand_composites=True)
    return sum(part.dtype.size * int(tf.size(part)) for part in held if tf.is_tensor(part))
