"""What the section says in words; a plain noun where nothing can be said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from kreport.analyzers._architecture.facts import Architecture, LayerFacts, Stage
from kreport.diagram.model import DrawnCluster, DrawnNode
from kreport.diagram.signature import SHARED
from kreport.document.numbers import plural, quantity
from kreport.document.text import Name, Span, Strong, Text

KINDS = {
    "conv": ("convolution", "convolutions"),
    "dense": ("dense layer", "dense layers"),
    "norm": ("normalisation", "normalisations"),
    "act": ("activation", "activations"),
    "shape": ("pooling or reshaping", "poolings and reshapings"),
    "reg": ("regularisation", "regularisations"),
    "merge": ("merge", "merges"),
    "rnn": ("recurrent layer", "recurrent layers"),
    "attn": ("attention layer", "attention layers"),
    "embed": ("embedding", "embeddings"),
    "prep": ("preprocessing layer", "preprocessing layers"),
    "io": ("input", "inputs"),
    "model": ("model", "models"),
    "other": ("other layer", "other layers"),
}
WORKING = ("conv", "dense", "rnn", "attn", "embed")
TELLING = 0.4
"""A stretch with less than this share of the whole is not named as the place where it sits."""


def lede(facts: Architecture) -> Text:
    """Return what the model is made of and where its parameters and its compute sit."""
    if not facts.layers:
        return "The model has no layers."
    parts: list[Span] = [*_made_of(facts.layers), *_folding(facts), ". ", *_where(facts.stages)]
    return (*parts, *_state(facts))


def _state(facts: Architecture) -> list[Span]:
    """Return what is unusual about the weights: frozen, stored in fewer bits, trained through adapters."""
    said: list[Span] = []
    frozen = sum(layer.stored for layer in facts.layers if not layer.trainable)
    if facts.parameters and not facts.trainable_parameters:
        said.append(" Nothing in it is trainable.")
    elif frozen:
        share = quantity(frozen / max(facts.parameters, 1), "share")
        said += [f" {share} of the parameters are ", Strong("frozen"), "."]
    small = [dtype for dtype, _ in facts.weight_bytes if dtype.startswith(("int8", "uint8", "int4", "float8"))]
    if small:
        said += [" Kernels are stored as ", Strong(small[0]), "."]
    if facts.adapters:
        share = quantity(facts.trainable_parameters / max(facts.parameters, 1), "share")
        layers = plural(facts.adapters, "layer")
        said += [f" {layers} trained through ", Strong("LoRA"), f", {share} of the parameters."]
    return said


def _made_of(layers: Sequence[LayerFacts]) -> list[Span]:
    counts = Counter(layer.kind for layer in layers if not layer.inner)
    told = sorted((kind for kind in WORKING if counts[kind]), key=lambda kind: (-counts[kind], kind))[:3]
    named = [f"{counts[kind]:,} {KINDS[kind][counts[kind] > 1]}" for kind in told]
    total = plural(len(layers), "layer")
    if not named or len(layers) < 2:
        return [total]
    listed = named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
    return [f"{total}, among them ", Strong(listed)]


def _folding(facts: Architecture) -> list[Span]:
    main = facts.drawings.main if facts.drawings else None
    boxes: list[DrawnNode | DrawnCluster] = [*main.nodes, *main.clusters] if main else []
    repeated = [box for box in boxes if box.repeats > 1]
    if not repeated:
        return []
    most = max(box.repeats for box in repeated)
    if len(repeated) > 1:
        return [", with ", Strong(f"blocks that repeat up to {most} times")]
    equal = repeated[0].varies in {"", SHARED}
    return [", with ", Strong(f"{most} equal blocks" if equal else f"{most} blocks of one pattern")]


def _where(stages: Sequence[Stage]) -> list[Span]:
    heavy, busy = holder(stages, lambda s: s.parameters), holder(stages, lambda s: s.flops)
    if heavy and busy and heavy[0] is busy[0]:
        shares = f"{quantity(heavy[1], 'share')} of the parameters", f"{quantity(busy[1], 'share')} of the work"
        return [Name(heavy[0].label), " holds ", Strong(shares[0]), " and does ", Strong(shares[1]), "."]
    said: list[Span] = []
    if busy:
        share = busy[0].parameters / max(sum(stage.parameters for stage in stages), 1)
        said += [Name(busy[0].label), " does ", Strong(quantity(busy[1], "share")), " of the work"]
        said.append(f" with {quantity(share, 'share')} of the parameters" if any(s.parameters for s in stages) else "")
        said.append("; " if heavy else ".")
    if heavy:
        said += [Name(heavy[0].label), " holds ", Strong(quantity(heavy[1], "share")), " of the parameters."]
    return said


def holder(stages: Sequence[Stage], amount: Callable[[Stage], int | None]) -> tuple[Stage, float] | None:
    """Return the stretch with most of a quantity and its share; None if it is spread or not known."""
    amounts = [amount(stage) for stage in stages]
    if len(stages) < 2 or any(value is None for value in amounts) or not sum(value or 0 for value in amounts):
        return None
    largest = max(range(len(stages)), key=lambda index: amounts[index] or 0)
    share = (amounts[largest] or 0) / sum(value or 0 for value in amounts)
    return (stages[largest], share) if share >= TELLING else None


def chart_title(stages: Sequence[Stage]) -> Text:
    """Return where parameters and compute sit."""
    heavy, busy = holder(stages, lambda s: s.parameters), holder(stages, lambda s: s.flops)
    if heavy and busy and heavy[0] is busy[0]:
        return ("Parameters and compute sit in ", Name(heavy[0].label))
    if heavy and busy:
        return ("Parameters sit in ", Name(heavy[0].label), ", compute in ", Name(busy[0].label))
    if heavy:
        return ("Parameters sit in ", Name(heavy[0].label))
    if busy:
        return ("Compute sits in ", Name(busy[0].label))
    return "Where the parameters are, where the compute is"


def diagram_subtitle(facts: Architecture) -> str:
    """Return how much is drawn in how many boxes."""
    drawn = facts.drawings
    if drawn is None:
        return ""
    boxes = plural(len(drawn.main.nodes), "node")
    uncalled = sum(not layer.calls for layer in facts.layers if layer.calls is not None and not layer.inner)
    absent = f"; {plural(uncalled, 'layer')} not called in a prediction" if uncalled else ""
    return f"{plural(drawn.layers, 'layer')} in {boxes}; parameters at the right, shapes where they change{absent}"
