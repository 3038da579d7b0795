"""What an observer is: a statistic that is reduced while a pass is traced and merged afterwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Literal, TypeVar

from kreport.document.blocks import LayerId
from kreport.inputs.batches import Batch, Batches
from kreport.probes.tree import LayerTree

R = TypeVar("R")

Mode = Literal["data", "chosen", "prediction", "inference", "training"]
"""What an observer sees. ``data``: every batch, raw. ``chosen``: the chosen samples, raw. ``prediction``: every batch
with the model's outputs. ``inference``: the chosen samples in a forward pass with every call. ``training``: the chosen
samples in a forward and backward pass in training mode."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SeenCall:
    """One call in a pass.

    Attributes:
        id: id of the call, as in ``LayerGraph``; inner calls of built-in layers bear the id of their layer, once for
            each call.
        layer: id of the layer; target: the layer or operation itself.
        inner: whether a built-in layer makes the call on its own behalf (projections of an attention layer).
        inputs, outputs: flattened tensors of the pass.
        masks: of the outputs: a boolean tensor without the feature axes, or None.
    """

    id: str
    layer: LayerId
    target: Any = field(repr=False)
    inner: bool
    inputs: Sequence[Any]
    outputs: Sequence[Any]
    masks: Sequence[Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class SeenActivation:
    """One evaluation of an activation function.

    Attributes:
        call: id of the call in which it happens, "" for the model's own; layer: id of that layer; target: the layer.
        function: the callable, or the layer that is the function (LeakyReLU, ``ops.relu``).
        name: as users write it: ``relu``, ``leaky_relu`` …
        z, a: tensors before and after; the same one for the identity.
        mask: boolean, or None.
        bare: a call of a user's own evaluates it, so that ``a`` need not be the output of any call.
        after: id of the call that made ``z``, where ``bare`` and known.
    """

    call: str
    layer: LayerId
    target: Any = field(repr=False)
    function: Any = field(repr=False)
    name: str
    z: Any
    a: Any
    mask: Any
    bare: bool = False
    after: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class SeenGradient:
    """∂L/∂w of one trainable variable for one batch: a tensor, ``tf.IndexedSlices``, or None (disconnected)."""

    layer: LayerId
    name: str
    variable: Any = field(repr=False)
    gradient: Any


@dataclass(frozen=True, kw_only=True, eq=False)
class Seen:
    """What one pass over one batch shows; tensors are of the graph being traced (or eager ones).

    Attributes:
        x, y, sample_weight: the batch.
        size: number of samples, a scalar int32 tensor.
        outputs: predictions in the model's own structure.
        calls: in the order they began.
        activations: every evaluation of an activation function that could be seen.
        loss: of the batch as compiled, a scalar; None in a plain inference pass.
        sample_losses: per sample before weighting, shape ``(n,)``; None where they cannot be told.
        metrics: values of the compiled metrics so far, by name; {} where there are none.
        metric_states: of ``model.metrics_variables`` after the batch; () where there are no metrics.
        gradients: per trainable variable; () in inference.
        call_gradients: ∂L/∂(first output) of each call in ``calls``, of its logits where the loss is made from them;
            None where disconnected.
        input_gradients: ∂L/∂x for the flattened inputs, None where not float; () in inference.
        reduced: returns what ``make(tensor)`` gives, made once a tensor and ``key`` and shared by all observers.
        all_reduced: to be called when every observer has reduced what it wants.
    """

    x: Any
    y: Any = None
    sample_weight: Any = None
    size: Any
    outputs: Any
    calls: Sequence[SeenCall] = ()
    activations: Sequence[SeenActivation] = ()
    loss: Any = None
    sample_losses: Any = None
    metrics: Any = field(default_factory=dict)
    metric_states: Sequence[Any] = ()
    gradients: Sequence[SeenGradient] = ()
    call_gradients: Sequence[Any] = ()
    input_gradients: Sequence[Any] = ()
    reduced: Callable[[str, Any, Callable[[Any], Any]], Any] = field(
        default=lambda _key, value, make: make(value), repr=False
    )
    all_reduced: Callable[[], None] = field(default=lambda: None, repr=False)


class Observer(Generic[R]):
    """A statistic carried by a sweep.

    ``reduce`` runs while the pass is traced and returns a structure of small tensors; ``add`` gets the same structure
    as NumPy arrays, batch after batch; ``merge`` takes in another observer of the same kind. The return annotation of
    ``result`` is the fact that it gives.
    """

    mode: ClassVar[Mode]

    def start(self, tree: LayerTree, batches: Batches) -> None:
        """Get ready for the model and the data."""

    def reduce(self, seen: Seen) -> Any:
        """Return small tensors; () for the modes ``data`` and ``chosen``."""
        del seen
        return ()

    def add(self, reduced: Any, batch: Batch) -> None:
        """Take in one batch."""
        raise NotImplementedError

    def merge(self, other: Any) -> None:
        """Take in what another observer of this kind has seen of other samples."""
        raise NotImplementedError

    def result(self) -> R:
        """Return what was observed."""
        raise NotImplementedError
