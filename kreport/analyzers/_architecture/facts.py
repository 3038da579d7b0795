"""The measurement of the Architecture section."""

from __future__ import annotations

from dataclasses import dataclass

from kreport.diagram.model import Drawings
from kreport.document.blocks import LayerId
from kreport.document.numbers import shape
from kreport.probes.graph import Shape


@dataclass(frozen=True, kw_only=True, eq=False)
class LayerFacts:
    """One layer; see :class:`kreport.probes.graph.Layer` for the fields of the same name.

    Attributes:
        dtype: of its own stored variables that count, joined by ", "; "" if it has none.
        stored: values in its own variables that count, each variable once in the model.
        holds: it has layers inside.
        inner: it is a working part of a layer that is shown as one (attention, RNN), or inside such.
        input_shapes, output_shapes: of its first call, with the batch axis.
        flops, activation_bytes: of one sample, summed over its calls, inner calls included; None
            where not counted or a size is open.
        inputs, readers: ids of the layers whose results it reads and that read its own, each once;
            an input that is no layer stands under its name.
        calls: in one forward pass, None if that is not known.
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
    dtype: str
    trainable: bool
    parameters: int
    trainable_parameters: int
    stored: int
    holds: bool
    inner: bool
    input_shapes: tuple[Shape, ...]
    output_shapes: tuple[Shape, ...]
    flops: int | None
    activation_bytes: int | None
    inputs: tuple[LayerId, ...]
    readers: tuple[LayerId, ...]
    calls: int | None

    @property
    def output_shape(self) -> str:
        """Shape of its first output without the batch axis, ``8×8×16``."""
        more = f" +{len(self.output_shapes) - 1}" if len(self.output_shapes) > 1 else ""
        return shape(self.output_shapes[0] if self.output_shapes else None) + more


@dataclass(frozen=True, kw_only=True, eq=False)
class NameGroup:
    """Layers in a row whose names begin alike: from index ``first`` to ``last``, both included."""

    label: str
    depth: int
    first: int
    last: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Stage:
    """A stretch of the model as a row of the chart; sums over its layers, each once.

    ``flops`` and ``activation_bytes`` are None if one of its layers has none.
    """

    label: str
    kind: str
    layers: int
    repeats: int
    parameters: int
    flops: int | None
    activation_bytes: int | None


@dataclass(frozen=True, kw_only=True, eq=False)
class OptimizerState:
    """What the optimizer keeps beside the weights.

    Attributes:
        name: its class.
        slots: variables a trainable weight, None if it is not a whole number of them.
        size_bytes: of all of them; None if not known.
        measured: read from its own variables; else estimated from its class.
    """

    name: str
    slots: int | None
    size_bytes: int | None
    measured: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class Architecture:
    """What the model is made of.

    Attributes:
        layers: in tree order.
        groups: rows of the layer table above layers whose names begin alike, in tree order.
        stages: the model from input to output in a dozen rows at most.
        name, class_name, policy: of the model.
        parameters, trainable_parameters: values, each variable once.
        weight_bytes: (dtype, bytes) of all variables that count.
        gradient_bytes: size of the trainable ones. adapters: layers that carry LoRA variables.
        optimizer: None when the model is not compiled.
        flops, activation_bytes: of one sample's forward pass; None if not counted.
        longest_path: calls on the longest way from an input to an output, None if calls are not known.
        receptive_field: input pixels a side that one value of the last convolution sees, None unless
            all ways there are plain convolutions and poolings.
        last_convolution: the layer the receptive field is told for.
        input_shapes, output_shapes: by name, with the batch axis.
        traced_shapes: what FLOPs and memory were counted for.
        uncounted: (op type, how many) that the FLOP count leaves out; loops: notes on loops.
        untracked: classes of layers that are called but not tracked; raw_variables: names of
            variables that Keras does not see.
        missing: why calls, shapes or FLOPs are missing; "" if complete.
        drawings: None when there is nothing to draw or it could not be laid out; undrawn says why.
    """

    layers: tuple[LayerFacts, ...]
    groups: tuple[NameGroup, ...]
    stages: tuple[Stage, ...]
    name: str
    class_name: str
    policy: str
    parameters: int
    trainable_parameters: int
    weight_bytes: tuple[tuple[str, int], ...]
    gradient_bytes: int
    adapters: int
    optimizer: OptimizerState | None
    flops: int | None
    activation_bytes: int | None
    longest_path: int | None
    receptive_field: tuple[int, ...] | None
    last_convolution: LayerId
    input_shapes: tuple[tuple[str, Shape], ...]
    output_shapes: tuple[tuple[str, Shape], ...]
    traced_shapes: tuple[tuple[str, Shape], ...]
    uncounted: tuple[tuple[str, int], ...]
    loops: tuple[str, ...]
    untracked: tuple[str, ...]
    raw_variables: tuple[str, ...]
    missing: str
    drawings: Drawings | None
    undrawn: str = ""

    def rows(self) -> list[dict[str, object]]:
        """Return one row a layer for ``Report.layers``."""
        return [
            {
                "id": layer.id,
                "name": layer.name,
                "class": layer.class_name,
                "kind": layer.kind,
                "output_shape": layer.output_shapes[0] if layer.output_shapes else None,
                "parameters": layer.parameters,
                "trainable_parameters": layer.trainable_parameters,
                "trainable": layer.trainable,
                "dtype": layer.dtype,
                "flops": layer.flops,
                "activation_bytes": layer.activation_bytes,
                "inputs": layer.inputs,
                "calls": layer.calls,
            }
            for layer in self.layers
        ]
