"""Charts of the Gradients section as blocks."""

from __future__ import annotations

from kreport.analyzers._gradients.sentences import (
    backflow_title,
    counted,
    flow_title,
    kernels,
    losses_title,
    typical,
)
from kreport.analyzers._gradients.stats import GradientStats, SampleLoss, VariableGradient
from kreport.analyzers._labels import cut, short_labels, variable_labels
from kreport.charts.histogram import histogram_chart
from kreport.charts.ranges import Range, ranges_chart, thinned
from kreport.document.blocks import Chart
from kreport.document.numbers import plural, quantity

LOGITS = "Of a softmax or sigmoid at the end, ∂L/∂a is that of its logits, from which Keras makes the loss."

TOLD_ZEROS = 0.1
"""Share of exact zeros from which it stands beside a kernel's bar."""


def flow_chart(stats: GradientStats) -> Chart | None:
    """Return the root mean square of ∂L/∂w of each kernel; None without one."""
    found = kernels(stats)
    if not found:
        return None
    whole = len(stats.optimizers) > 1  # several networks: their names matter
    names = [cut(v.layer) for v in found] if whole else variable_labels([(v.layer, v.name) for v in found])
    ranges = [
        Range(
            label=name, value=typical(v), low=v.batches[0] if v.batches else None,
            high=v.batches[2] if v.batches else None,
            remark=f"{quantity(v.zeros / v.size, 'share')} zero" if _told(v) else "",
        )
        for name, v in zip(names, found, strict=True)
    ]  # fmt: skip
    drawn, step = thinned(ranges)
    title = flow_title(stats)
    part = "per kernel" if step == 1 else f"of one kernel in {step}"
    spread = "; dot: median, bar: range over batches" if stats.batches > 1 else ""
    return ranges_chart(
        drawn, id="gradients-flow", title=title,
        subtitle=f"Root mean square of ∂L/∂w {part}, log scale{spread}. Training mode, {counted(stats)}",
        alt=f"{title}: root mean square of ∂L/∂w of {plural(len(found), 'kernel')}.",
    )  # fmt: skip


def _told(v: VariableGradient) -> bool:
    """Tell whether the share of zeros stands beside a bar: not that of embeddings, most of whose rows are not met."""
    return v.kind != "embed" and v.zeros > TOLD_ZEROS * v.size


def backflow_chart(stats: GradientStats) -> Chart | None:
    """Return the root mean square of ∂L/∂a over depth; None where it was not measured."""
    found = [one for one in stats.outputs if not one.inner and not one.container and one.rms is not None]
    if not found:
        return None
    inputs = [Range(label=f"∂L/∂{name}", value=value or 0.0) for name, value in stats.inputs if value is not None]
    names = short_labels([one.call for one in found])
    drawn, step = thinned([
        *inputs, *(Range(label=name, value=one.rms or 0.0) for name, one in zip(names, found, strict=True))
    ])  # fmt: skip
    title = backflow_title(found)
    part = "every layer's output" if step == 1 else f"the output of one layer in {step}"
    return ranges_chart(
        drawn, id="gradients-backflow", title=title,
        subtitle=f"Root mean square of ∂L/∂a at {part}, per sample, log scale. Training mode, {counted(stats)}",
        alt=f"{title}: root mean square of ∂L/∂a at {plural(len(found), 'layer')}.",
        note=LOGITS if stats.probabilities else "",
    )  # fmt: skip


def losses_chart(losses: SampleLoss) -> Chart:
    """Return the histogram of losses of single samples."""
    title = losses_title(losses)
    scale = "log scale" if losses.logarithmic else ""
    parts = ["Samples by their compiled loss", "inference mode", scale, f"n = {losses.samples:,}"]
    bad = f" {plural(losses.bad, 'sample has', 'samples have')} no finite loss." if losses.bad else ""
    q = losses.quantiles
    return histogram_chart(
        losses.counts, losses.edges, id="gradients-losses", title=title, logarithmic=losses.logarithmic,
        subtitle=", ".join(part for part in parts if part),
        alt=f"{title}: median {quantity(q[3])}, 95 % below {quantity(q[5])}.",
        note=f"Mean {quantity(losses.mean)}, median {quantity(q[3])}, 95 % of the samples below {quantity(q[5])}.{bad}",
    )  # fmt: skip
