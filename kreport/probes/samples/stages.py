"""Which layers show best what happens to a sample: the end of each stage, attention, the last hidden layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kreport.probes.layers import kind_of
from kreport.probes.observers import SeenCall
from kreport.probes.samples.seeing import Look
from kreport.tensors.thinning import spread

Form = Literal["maps", "units", "time", "tokens", "heads"]

LAYERS = 5
"""Layers shown, at most."""

MOST: dict[Form, int] = {"maps": 4, "units": 2, "time": 3, "tokens": 1, "heads": 3}
"""Of each form, at most."""

_KINDS = ("conv", "dense", "act", "rnn", "attn", "embed", "merge", "norm", "other")
_GOES_ON = ("norm", "act")  # what follows a layer and belongs to it


@dataclass(frozen=True, kw_only=True, eq=False)
class Shown:
    """A call that is shown, and how."""

    call: SeenCall
    form: Form


def shown_calls(look: Look) -> list[Shown]:
    """Return at most five calls in order: what the picture of a model would show of a sample."""
    calls = look.seen.calls
    users = _users(calls)
    outputs = _shown_elsewhere(look)
    found: dict[Form, list[int]] = {}
    for place, call in enumerate(calls):
        form = _form(call, look)
        if form is None or _holds_calls(call, calls) or id(call.outputs[0]) in outputs:
            continue
        if form == "heads" or not _goes_on(call, users):
            found.setdefault(form, []).append(place)
    places: list[tuple[int, Form]] = []
    for form, members in found.items():
        places += [(place, form) for place in _some(form, members, calls)]
    return [Shown(call=calls[place], form=form) for place, form in spread(sorted(places), LAYERS)]


def _form(call: SeenCall, look: Look) -> Form | None:
    import tensorflow as tf

    if call.inner or not call.outputs:
        return None
    if call.layer in look.scores:
        return "heads"
    kind, values = kind_of(call.target), call.outputs[0]
    rank = getattr(getattr(values, "shape", None), "rank", None)
    if (
        kind not in _KINDS
        or rank is None
        or not isinstance(values, tf.Tensor)
        or not getattr(values.dtype, "is_floating", False)
    ):
        return None
    if values.shape[0] != look.seen.size or 0 in values.shape:
        return None
    if rank in (4, 5):
        return "maps" if max(values.shape[1:-1]) > 1 else None
    if rank == 3:
        return "tokens" if kind == "embed" else "time"
    return "units" if rank == 2 and values.shape[1] > 1 else None


def _holds_calls(call: SeenCall, calls: Sequence[SeenCall]) -> bool:
    """Tell whether what the call puts out is made by calls within it that are seen themselves."""
    return any(other.layer.startswith(f"{call.layer} / ") and not other.inner for other in calls)


def _users(calls: Sequence[SeenCall]) -> dict[int, list[SeenCall]]:
    users: dict[int, list[SeenCall]] = {}
    for call in calls:
        for tensor in call.inputs:
            users.setdefault(id(tensor), []).append(call)
    return users


def _goes_on(call: SeenCall, users: dict[int, list[SeenCall]]) -> bool:
    """Tell whether all that becomes of the output is its normalisation or activation: that is shown instead."""
    followers = users.get(id(call.outputs[0]), [])
    return len(followers) == 1 and all(
        kind_of(one.target) in _GOES_ON and one.outputs and one.outputs[0].shape == call.outputs[0].shape
        for one in followers
    )


def _some(form: Form, members: list[int], calls: Sequence[SeenCall]) -> list[int]:
    most = MOST[form]
    if form == "maps":
        sizes = [tuple(calls[place].outputs[0].shape[1:-1]) for place in members]
        ends = [place for place, size, after in zip(members, sizes, [*sizes[1:], ()], strict=True) if size != after]
        chosen = spread(ends, most)
        others = [place for place in spread(members, most) if place not in chosen]
        return sorted([*chosen, *others[: most - len(chosen)]])
    return members[-most:] if form == "units" else spread(members, most)


def _shown_elsewhere(look: Look) -> set[int]:
    """Return the ids of outputs that stand at the end of a row: shares, values, and what looks like an input."""
    import tensorflow as tf

    taken = [tuple(t.shape[1:]) for t in tf.nest.flatten(look.seen.x) if tf.is_tensor(t) and t.shape.rank]
    given = [t for t in tf.nest.flatten(look.seen.outputs) if tf.is_tensor(t) and t.shape.rank]
    return {id(t) for t in given if t.shape.rank == 2 or tuple(t.shape[1:]) in taken}
