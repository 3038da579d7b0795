"""What the layer explorer says of what a layer puts out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from kreport.analyzers._activations.stats import ActivationStats, FunctionUse, NormFit
from kreport.analyzers._activations.tables import parts_of
from kreport.document.blocks import Block, LayerId, Prose
from kreport.document.numbers import plural, quantity, shape

LEAST = 0.005
"""Share of an eager pass from which the time of a layer is told: what is less says how long a call takes to begin."""


def layer_blocks(stats: ActivationStats) -> dict[LayerId, tuple[Block, ...]]:
    """Return a line for each output and each activation function of every layer, for its statistics and its time."""
    found: dict[LayerId, list[Block]] = defaultdict(list)
    several = {one.layer for one in stats.outputs if one.output or one.call != one.layer}
    for one in stats.outputs:
        alone = f"Output {one.output + 1} of {one.call} {shape(one.shape)}"
        label = "Output" if one.layer not in several else alone  # whose shape stands above
        found[one.layer].append(Prose(text=f"{label} {' · '.join(parts_of(one))}"))
    for use in stats.functions:
        if use.layer and (parts := list(_of_use(use))):
            where = f" ({use.part})" if use.part else f" after {use.after}" if use.after else ""
            found[use.layer].append(Prose(text=f"Inputs of {use.name}{where} {' · '.join(parts)}"))
    for norm in stats.norms:
        found[norm.layer].append(Prose(text=f"Data and moving statistics {' · '.join(_of_norm(norm))}"))
    times = stats.times
    for timed in times.layers if times else ():
        share = timed.seconds / max(sum(one.seconds for one in times.layers), 1e-12) if times else 0.0
        of = f"{quantity(share, 'share')} of an eager pass" if times else ""
        if share < LEAST:
            continue
        found[timed.layer].append(Prose(text=f"Eager time {quantity(timed.seconds, 'seconds')}, {of}"))
    return {layer: tuple(blocks) for layer, blocks in found.items()}


def _of_use(use: FunctionUse) -> Iterator[str]:
    if use.mean is not None:
        yield f"mean {quantity(use.mean)}, std {quantity(use.std)}"
    if use.flat is not None:
        yield f"{quantity(use.flat, 'share')} where it is flat"
    if use.dead:
        yield f"{use.dead:,} of {plural(use.units, 'unit')} dead"
    if use.saturated:
        yield f"{use.saturated:,} of {plural(use.units, 'unit')} saturated"
    if use.shares is not None:
        yield f"largest share {quantity(use.shares.sure, 'share')} on average"
        yield f"entropy {quantity(use.shares.entropy, 'share')} of that of equal shares"


def _of_norm(norm: NormFit) -> Iterator[str]:
    yield f"means {quantity(norm.shift)} moving standard deviations apart in the median channel"
    yield f"at most {quantity(norm.shift_most)}"
    low, middle, high = norm.ratios
    yield f"variance {quantity(low)}, {quantity(middle)}, {quantity(high)} times the moving one at 5, 50, 95 %"
