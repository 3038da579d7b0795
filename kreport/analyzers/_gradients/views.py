"""Charts of the Gradients section as blocks."""

from __future__ import annotations

from kreport.analyzers._gradients.sentences import backflow_title, counted, flow_title, kernels, losses_title
from kreport.analyzers._gradients.stats import GradientStats, SampleLoss
from kreport.analyzers._labels import short_labels
from kreport.charts.histogram import histogram_chart
from kreport.charts.ranges import Range, ranges_chart, thinned
from kreport.document.blocks import Chart
from kreport.document.numbers import plural, quantity

TOLD_ZEROS = 0.1
"""Share of exact zeros from which it stands beside a kernel's bar."""


def flow_chart(stats: GradientStats) -> Chart | None:
    """Return the root mean square of ∂L/∂w of each kernel; None without one."""
    found = kernels(stats)
    if not found:
        return None
    names = short_labels([v.layer or v.name for v in found])
    ranges = [
        Range(
            label=name, value=(v.batches[1] if v.batches else v.rms) or 0.0, low=v.batches[0] if v.batches else None,
            high=v.batches[2] if v.batches else None,
            remark=f"{quantity(v.zeros / v.size, 'share')} zero" if v.zeros > TOLD_ZEROS * v.size else "",
        )
        for name, v in zip(names, found, strict=True)
    ]  # fmt: skip
    drawn, step = thinned(ranges)
    title = flow_title(found)
    part = "per kernel" if step == 1 else f"of one kernel in {step}"
    spread = "; dot: median, bar: range over batches" if stats.batches > 1 else ""
    return ranges_chart(
        drawn, id="gradients-flow", title=title,
        subtitle=f"Root mean square of ∂L/∂w {part}, log scale{spread}. Training mode, {counted(stats)}",
        alt=f"{title}: root mean square of ∂L/∂w of {plural(len(found), 'kernel')}.",
    )  # fmt: skip


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
        note="Where the loss is made from logits, as Keras does behind softmax and sigmoid, those of the last layer.",
    )  # fmt: skip


def losses_chart(losses: SampleLoss) -> Chart:
    """Return the histogram of losses of single samples."""
    title = losses_title(losses)
    hardest = ", ".join(f"{index:,} ({quantity(loss)})" for index, loss in losses.hardest[:5])
    return histogram_chart(
        losses.histogram, (losses.low, losses.high), id="gradients-losses", title=title,
        subtitle=f"Samples by their compiled loss, inference mode, n = {losses.samples:,},"
        f" mean {quantity(losses.mean)}",
        alt=f"{title}: median {quantity(losses.quantiles[3])}, largest {quantity(losses.high)}.",
        note=f"Hardest samples, by index in the data: {hardest}.",
    )  # fmt: skip
