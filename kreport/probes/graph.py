"""The layers of a model as a tree, and its calls as a data-flow graph with shapes and FLOPs."""

from __future__ import annotations

from dataclasses import dataclass

from kreport.document.blocks import LayerId

Shape = tuple[int | None, ...]
CallId = str
"""A layer's id for its first call, ``id@k`` for the k-th (k ≥ 2)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Variable:
    """One variable of a layer, without its values."""

    name: str  # as Keras has it, such as "kernel"
    shape: tuple[int, ...]
    dtype: str
    trainable: bool
    counts: bool  # False for state that is no parameter: seeds, counters, amax histories
    bytes: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Layer:
    """One layer, or one operation without weights, of the layer tree.

    Attributes:
        id: names from the root joined by " / " (the root's own name is left out).
        index: position in tree order, from 0; its HTML anchor is ``layer-<index>``.
        parent: id of the layer that holds it, "" for the root's own layers.
        depth: 0 for the root's own layers.
        name, class_name: as the user sees them in Keras.
        kind: io, conv, dense, norm, act, shape, reg, merge, rnn, attn, embed, prep, other or model.
        operation: True for a ``keras.Operation`` that is no layer (``ops.add``, ``x + y``).
        detail: size in a few characters: "3×3, 16", "64", "0.3".
        activation: its activation function's name, "" for none or linear.
        settings: (argument, value) of its configuration that differ from the class's defaults.
        policy: name of its dtype policy.
        trainable: the flag.
        own: its own variables; those of inner layers stand with them. A variable held by two
            layers is listed with the first in tree order only.
        parameters: values in ``own`` and below that count, each variable once.
        trainable_parameters: the trainable part of ``parameters``.
        calls: how often it is called in one forward pass; None if that is not known.
    """

    id: LayerId
    index: int
    parent: LayerId
    depth: int
    name: str
    class_name: str
    kind: str
    operation: bool
    detail: str
    activation: str
    settings: tuple[tuple[str, str], ...]
    policy: str
    trainable: bool
    own: tuple[Variable, ...]
    parameters: int
    trainable_parameters: int
    calls: int | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Edge:
    """One tensor that flows from a call (or a model input) into another."""

    source: CallId
    role: str = ""  # the argument's name where it matters: query, value, key


@dataclass(frozen=True, kw_only=True, eq=False)
class Call:
    """One call of a layer in one inference forward pass.

    Attributes:
        id: see :data:`CallId`.
        layer: which layer is called.
        parent: the call of the container it happens in, "" at the top.
        inputs: edges from the calls that made its input tensors, in order, doubles kept; sources
            are calls without inner calls (or model inputs), never containers.
        input_shapes, output_shapes: with the batch axis; None where the size is open.
        flops: floating-point operations of one sample's forward pass, inner calls included;
            None where not counted. One MAC is two FLOPs.
        activation_bytes: size of its outputs for one sample; None where a size is open.
    """

    id: CallId
    layer: LayerId
    parent: CallId
    inputs: tuple[Edge, ...]
    input_shapes: tuple[Shape, ...]
    output_shapes: tuple[Shape, ...]
    flops: int | None
    activation_bytes: int | None


@dataclass(frozen=True, kw_only=True, eq=False)
class LayerGraph:
    """What the model is made of and how data flows through it.

    Attributes:
        root: the model itself, with id "".
        layers: every layer in tree order (the author's order, parents before children).
        calls: in execution order; empty when nothing could be traced.
        outputs: the calls whose results the model returns.
        input_shapes, output_shapes: of the model, by name, with the batch axis.
        traced_shapes: the input shapes FLOPs and memory were counted for, batch 1.
        flops: of one sample's forward pass, None if not counted.
        uncounted: (op type, how many) that the FLOP count leaves out.
        loops: notes on what was multiplied or could not be, such as While bodies.
        untracked: classes of layers that are called but not tracked by the model: hidden weights.
        raw_variables: names of tf.Variable attributes that Keras does not see.
        missing: why calls, shapes or FLOPs are missing, naming the argument that helps; "" if complete.
    """

    root: Layer
    layers: tuple[Layer, ...]
    calls: tuple[Call, ...]
    outputs: tuple[CallId, ...]
    input_shapes: tuple[tuple[str, Shape], ...]
    output_shapes: tuple[tuple[str, Shape], ...]
    traced_shapes: tuple[tuple[str, Shape], ...]
    flops: int | None
    uncounted: tuple[tuple[str, int], ...]
    loops: tuple[str, ...]
    untracked: tuple[str, ...]
    raw_variables: tuple[str, ...]
    missing: str
