"""What the work must cost at least: the floors that kreport is measured against."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np


def seconds(work: Callable[[], object]) -> float:
    """Return the wall-clock time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def numpy_pass(model: Any) -> None:
    """Read every weight once: mean, std, minimum, maximum and a histogram of 64 bins."""
    for variable in model.variables:
        array = np.asarray(variable)
        if array.dtype.kind == "f" and array.size:
            array.mean(), array.std(), array.min(), array.max()
            np.histogram(array, bins=64)


def plain_trace(model: Any) -> None:
    """Trace the model once at batch 1, as anyone would who wants its graph."""
    import tensorflow as tf

    specs = [tf.TensorSpec((1, *tensor.shape[1:]), tensor.dtype) for tensor in model.inputs]
    tf.function(
        lambda *inputs: model(inputs[0] if len(inputs) == 1 else list(inputs), training=False)
    ).get_concrete_function(*specs)


def graphviz(dots: list[str]) -> None:
    """Lay out the folded graphs that the report draws."""
    import pygraphviz

    for dot in dots:
        pygraphviz.AGraph(string=dot).layout(prog="dot")


def conversion(specs: list[dict[str, Any]]) -> None:
    """Convert the report's charts to SVG, and nothing else."""
    import vl_convert

    for spec in specs:
        vl_convert.vegalite_to_svg(json.dumps(spec), vl_version="6.4")
