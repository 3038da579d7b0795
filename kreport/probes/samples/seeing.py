"""A few samples through the model with every call seen: outputs, attention weights, the tokens that are embedded."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.inputs.batches import rows
from kreport.probes import _keras, _keras_calls, _keras_fit, passes
from kreport.probes.observers import Seen, SeenCall
from kreport.probes.samples.kinds import ASKS, gives_scores, is_embedding, with_scores
from kreport.probes.tree import LayerTree

Hook = Callable[[Any, Any, Any, Callable[..., Any]], Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class Tokens:
    """What goes into the first embedding.

    Attributes:
        ids: integers of shape ``(samples, tokens)``.
        mask: True where a token counts, of the same shape, or None.
        words: the vocabulary by id, () where the model holds none.
        layer: id of the embedding.
    """

    ids: NDArray[np.integer[Any]]
    mask: NDArray[np.bool_] | None
    words: Sequence[str]
    layer: str

    @classmethod
    def joined(cls, parts: Sequence[Tokens]) -> Tokens | None:
        """Return the tokens of all samples together; None without any."""
        if len(parts) < 2:
            return parts[0] if parts else None
        masks = [part.mask for part in parts if part.mask is not None]
        return replace(
            parts[0], ids=padded([part.ids for part in parts], 0),
            mask=padded(masks, 0).astype(bool) if len(masks) == len(parts) else None,
        )  # fmt: skip

    def named(self, sample: int, positions: NDArray[np.intp]) -> tuple[str, ...]:
        """Return the tokens at some positions of a sample: words where they are known, else numbers."""
        known = len(self.words)
        return tuple(
            self.words[token] if 0 <= token < known else str(token) for token in self.ids[sample, positions].tolist()
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Look:
    """One forward pass in inference mode.

    Attributes:
        size: samples that were asked for; there may be more rows where the batch size is fixed.
        seen: every call with its eager tensors.
        scores: id of an attention layer → its weights, once a call, each of shape ``(batch, heads, queries, keys)``.
        embedded: the first embedding's call, or None; mask: of its output, or None.
    """

    size: int
    seen: Seen
    scores: dict[str, list[Any]]
    embedded: SeenCall | None
    mask: Any = None

    def tokens(self) -> Tokens | None:
        """Return what was embedded, for the samples that were asked for."""
        call = self.embedded
        if call is None:
            return None
        mask = None if self.mask is None else np.asarray(self.mask)[: self.size]
        return Tokens(
            ids=np.asarray(call.inputs[0])[: self.size], mask=mask, words=self._vocabulary(call.inputs[0]),
            layer=call.layer,
        )  # fmt: skip

    def _vocabulary(self, ids: Any) -> Sequence[str]:
        makers = [call for call in self.seen.calls if hasattr(call.target, "get_vocabulary")]
        for call in makers:
            if any(one is ids or one.shape == ids.shape for one in call.outputs):
                return [str(word) for word in call.target.get_vocabulary()]
        return ()


def looked(tree: LayerTree, x: Any, size: int, watch: Callable[[Any], None] | None = None) -> Look:
    """Return what the calls put out for some samples; nothing is traced, nothing of the model changes.

    Args:
        tree: of the model, built.
        x: ``size`` samples in the structure the model takes.
        size: number of samples.
        watch: called with the inputs that are floats, for a tape that follows them.
    """
    import tensorflow as tf

    noted = _Noted(tree)
    taken = as_tensors(filled(tree.model, x, size))
    if watch is not None:
        watch([t for t in tf.nest.flatten(taken) if isinstance(t, tf.Tensor) and t.dtype.is_floating])
    with _keras_calls.call_hook(noted.call):
        seen, _ = passes.inference(tree, taken, None, None, None)
    embedded = first_embedding(seen)
    mask = None if embedded is None else embedded.masks[0]
    return Look(size=size, seen=seen, scores=noted.scores, embedded=embedded, mask=mask)


@dataclass(eq=False)
class _Noted:
    """What is gone after the pass: the weights of attention layers."""

    tree: LayerTree
    scores: dict[str, list[Any]] = field(default_factory=dict)

    def call(self, target: Any, args: Any, kwargs: Any, call: Callable[..., Any]) -> Any:
        layer = self.tree.id_of.get(id(target))
        if layer is None or kwargs.get(ASKS) or not gives_scores(target):
            return call(*args, **kwargs)
        outputs, scores = with_scores(target, args, kwargs, call)
        self.scores.setdefault(layer, []).append(scores)
        return outputs


def padded(parts: Sequence[NDArray[Any]], value: float) -> NDArray[Any]:
    """Return arrays of samples as one; where texts are only as long as the longest beside them, ``value`` fills up."""
    sizes = np.max([part.shape[1:] for part in parts], axis=0, initial=0).astype(int).tolist()
    wide = [
        np.pad(part, [(0, 0), *((0, size - n) for size, n in zip(sizes, part.shape[1:], strict=True))],
               constant_values=value) if part.shape[1:] != tuple(sizes) else part
        for part in parts
    ]  # fmt: skip
    return np.concatenate(wide)


def first_embedding(seen: Seen) -> SeenCall | None:
    """Return the first call that turns the tokens of each sample into vectors; ragged ones are not followed."""
    import tensorflow as tf

    for call in seen.calls:
        if not is_embedding(call.target) or not call.inputs:
            continue
        ids = call.inputs[0]
        if isinstance(ids, tf.Tensor) and ids.dtype.is_integer and ids.shape.rank == 2 and ids.shape[0] == seen.size:
            return call
    return None


def filled(model: Any, x: Any, size: int) -> Any:
    """Return ``x`` with its last sample repeated where a model is made for batches of one size."""
    fixed = _keras_fit.batch_size_of(model)
    if fixed is None or fixed <= size:
        return x
    return rows(x, np.minimum(np.arange(fixed), size - 1))


def as_tensors(x: Any) -> Any:
    """Return a structure of arrays as tensors; sparse and ragged ones stay as they are."""
    import tensorflow as tf

    def tensor(value: Any) -> Any:
        keep = value is None or isinstance(value, tf.SparseTensor | tf.RaggedTensor)
        return value if keep else tf.convert_to_tensor(value)

    return tf.nest.map_structure(tensor, x, expand_composites=False)


@contextlib.contextmanager
def through(*hooks: Hook) -> Iterator[None]:
    """Within the context calls go through the hooks, and the model keeps its names, seeds and devices."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(_keras.any_name())
        stack.enter_context(_keras.without_cudnn())
        for hook in hooks:
            stack.enter_context(_keras_calls.call_hook(hook))
        yield
