"""Make the :class:`LayerGraph` of a model: described layers, one trace, and what is left when that fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from kreport.document.model import Gap
from kreport.inputs.subject import InputShapes
from kreport.pipeline import contained
from kreport.probes import _keras
from kreport.probes.building import ASK, built_copy, input_specs, named_specs
from kreport.probes.calls import Traced, traced_calls
from kreport.probes.functional import functional_calls, tensors_named
from kreport.probes.graph import LayerGraph, Shape
from kreport.probes.hidden import raw_variables
from kreport.probes.layers import described
from kreport.probes.trace import trace
from kreport.probes.tree import LayerTree, tree_of

OPEN_INSIDE = "a size within the model is not known before it runs: operations are not counted"


def layer_graph(tree: LayerTree, shapes: InputShapes | None) -> LayerGraph:
    """Describe every layer and follow one inference forward pass; structure stays when that fails.

    A model that is not built is built on a copy when ``shapes`` are given.
    """
    reason = ""
    if not _keras.is_ready(tree.model) and tree.entries:
        copy = built_copy(tree.model, shapes)
        if isinstance(copy, Gap):
            return _graph(tree, _untraced(tree), (), copy.reason)
        tree, reason = tree_of(copy), ""
    specs: Any = None
    traced: Traced | Gap = Gap("graph", "not traced")
    if _keras.backend() != "tensorflow":
        reason = "compute needs the TensorFlow backend"
    elif tree.entries or _keras.is_ready(tree.model):
        specs = contained("graph", input_specs, tree.model, shapes, strict=False)
        reason = specs.reason if isinstance(specs, Gap) else _open_sizes(tree.model, specs)
        if not isinstance(specs, Gap):
            traced = contained("graph", _traced, tree, specs, open_sizes=bool(reason), strict=False)
            reason = f"the forward pass could not be traced ({traced.reason})" if isinstance(traced, Gap) else reason
    known = traced if isinstance(traced, Traced) else _untraced(tree)
    if known.calls and known.flops is None and not reason:
        reason = OPEN_INSIDE
    return _graph(tree, known, _named_shapes(tree.model, specs), reason)


def _traced(tree: LayerTree, specs: Any, *, open_sizes: bool) -> Traced:
    named = named_specs(tree.model, specs)
    batch = next((spec.shape[0] for _, spec in named if spec.shape.rank), 1) or 1
    names = [name for name, _ in named]
    return traced_calls(tree, trace(tree.model, specs, names), batch=batch, open_sizes=open_sizes)


def _untraced(tree: LayerTree) -> Traced:
    functional = _keras.functional_of(tree.model)
    calls, outputs = functional_calls(tree, functional) if functional is not None else ((), ())
    return Traced(
        calls=calls, outputs=outputs, output_shapes=(), flops=None, uncounted=(), loops=(), untracked=()
    )  # fmt: skip


def _graph(tree: LayerTree, known: Traced, traced_shapes: Sequence[tuple[str, Shape]], reason: str) -> LayerGraph:
    counted = Counter(call.layer for call in known.calls) if known.calls else None
    functional = _keras.functional_of(tree.model)
    traced = bool(known.output_shapes)
    root, layers = described(tree, counted, _keras.shows_inside if traced else _has_graph)
    inputs = tensors_named(functional.inputs) if functional is not None else tuple(traced_shapes)
    outputs = known.output_shapes
    if functional is not None:
        names = list(getattr(tree.model, "output_names", ()))
        outputs = tensors_named(functional.outputs, names)
    return LayerGraph(
        root=root,
        layers=layers,
        calls=known.calls,
        outputs=known.outputs,
        input_shapes=tuple((name, _open_batch(shape)) for name, shape in inputs),
        output_shapes=outputs,
        traced_shapes=tuple(traced_shapes) if traced else (),
        flops=known.flops,
        uncounted=known.uncounted,
        loops=known.loops,
        untracked=known.untracked,
        raw_variables=raw_variables(tree.model),
        missing=reason,
    )


def _has_graph(layer: Any) -> bool:
    return _keras.functional_of(layer) is not None


def _open_batch(shape: Shape) -> Shape:
    return (None, *shape[1:]) if shape and shape[0] == 1 else shape


def _named_shapes(model: Any, specs: Any) -> tuple[tuple[str, Shape], ...]:
    if specs is None or isinstance(specs, Gap):
        return ()
    return tuple(
        (name, tuple(spec.shape) if spec.shape.rank is not None else ()) for name, spec in named_specs(model, specs)
    )


def _open_sizes(model: Any, specs: Any) -> str:
    for name, shape in _named_shapes(model, specs):
        if any(size is None for size in shape[1:]):
            sizes = ", ".join("None" if size is None else str(size) for size in shape[1:])
            return f"the input {name!r} has open sizes ({sizes}): {ASK}"
    return ""
