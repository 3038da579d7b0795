"""What the layer explorer says about a layer's variables: one line each, and a small picture."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from kreport.analyzers._weights.stats import VariableStats, WeightStats
from kreport.analyzers._weights.views import thumbnail
from kreport.document.blocks import Block, LayerId, Prose
from kreport.document.numbers import plural, quantity, shape
from kreport.document.text import Name

ZOOM = 4


def layer_blocks(stats: WeightStats) -> dict[LayerId, tuple[Block, ...]]:
    """Return the blocks of every layer that owns a variable."""
    owned: dict[LayerId, list[VariableStats]] = defaultdict(list)
    for variable in stats.variables:
        owned[variable.layer].append(variable)
    drawn = {(picture.layer, picture.name): picture for picture in stats.pictures if not picture.main}
    found: dict[LayerId, tuple[Block, ...]] = {}
    for layer, variables in owned.items():
        blocks: list[Block] = []
        for v in variables:
            blocks.append(Prose(text=(Name(v.name), " " + " · ".join(_parts(v)))))
            picture = drawn.get((layer, v.name))
            if picture is not None:
                blocks.append(thumbnail(picture, v, zoom=ZOOM))
        found[layer] = tuple(blocks)
    return found


def _parts(v: VariableStats) -> Iterator[str]:
    yield f"{shape(v.shape, batch=True)} {v.dtype}" + ("" if v.trainable or v.role in ("norm", "state") else ", frozen")
    d = v.values
    if d is None:
        return
    if d.nan or d.inf:
        yield f"{d.nan:,} NaN, {d.inf:,} infinite"
    if d.mean is None:
        return
    if d.low == d.high:
        yield f"all {quantity(d.low)}"
        return
    yield f"mean {quantity(d.mean)}, std {quantity(d.std)}"
    yield f"{quantity(d.low)} to {quantity(d.high)}"
    if v.role == "state":
        return
    q = d.quantiles
    yield f"1, 25, 50, 75, 99 %: {', '.join(quantity(x) for x in (q[0], q[2], q[3], q[4], q[6]))}"
    if v.matrix:
        yield f"‖w‖ {quantity(d.norm)}"
    if d.zeros:
        yield f"{quantity(d.zeros / d.finite, 'share')} zeros"
    yield from _initial(v)
    yield from _matrix(v)


def _initial(v: VariableStats) -> Iterator[str]:
    if v.initial and v.initial.distance is not None:
        yield f"KS distance from {v.initial.name} {quantity(v.initial.distance)}"


def _matrix(v: VariableStats) -> Iterator[str]:
    if v.matrix is None:
        return
    spectrum, units = v.matrix.spectrum, v.matrix.units
    if spectrum:
        yield f"σ₁ {quantity(spectrum.largest)}, stable rank {quantity(spectrum.stable_rank)}"
        if spectrum.effective_rank is not None:
            yield f"effective rank {quantity(spectrum.effective_rank)} of {min(spectrum.rows, spectrum.columns)}"
        if spectrum.power_law:
            law = spectrum.power_law
            yield f"α {quantity(law.alpha)} (distance {quantity(law.distance)}, tail of {law.tail})"
    if units and units.dead:
        yield plural(units.dead, "dead token" if v.role == "embedding" else "dead filter")
    if units and units.duplicates:
        yield plural(units.duplicates, "duplicate pair")
