"""What is measured of gradients: every variable's, every call's, and how much batches differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.document.blocks import LayerId
from kreport.document.model import Gap
from kreport.inputs.training_log import TrainingLog
from kreport.probes.samples.attribution import Attribution
from kreport.probes.samples.classes import ClassGradients
from kreport.probes.samples.inputs import InputView


@dataclass(frozen=True, kw_only=True, eq=False)
class VariableGradient:
    """∂L/∂w of one variable: of the mean loss over all samples, in training mode.

    Attributes:
        layer, name: whose it is; kind: of the layer.
        shape: of the variable.
        connected: whether the loss depends on it; where a train step of the class's own was recorded, whether an
            optimizer was given a gradient for it.
        optimizer: name of that one; "" elsewhere.
        size: number of values; nan: how many are not finite; zeros: how many are exactly 0.
        norm: L2; mean, std, low, high and quantiles (1, 5, 25, 50, 75, 95, 99 %) of the values; None if not finite.
        histogram: share of the values in equal bins from low to high, scaled to 255, uint8.
        batches: least, median and largest root mean square of single batches' gradients; () if not finite.
        snr: signal to noise of one batch, |G| / √(tr(Σ) / b), unbiased (:mod:`kreport.tensors.noise`): 0 where no
            signal was found; None with one batch or without noise.
        weight: ‖w‖; update: ‖Δw‖ of the step the first batch would bring; None without an optimizer.
    """

    layer: LayerId
    name: str
    kind: str
    shape: tuple[int, ...]
    connected: bool
    optimizer: str
    size: int
    nan: int
    zeros: int
    norm: float | None
    mean: float | None
    std: float | None
    low: float | None
    high: float | None
    quantiles: tuple[float, ...]
    histogram: NDArray[np.uint8]
    batches: tuple[float, ...]
    snr: float | None
    weight: float | None
    update: float | None

    @property
    def rms(self) -> float | None:
        """Root mean square of the mean gradient."""
        return None if self.norm is None or not self.size else self.norm / self.size**0.5

    @property
    def ratio(self) -> float | None:
        """‖∂L/∂w‖ / ‖w‖; None for a variable that is all 0."""
        return self.norm / self.weight if self.norm is not None and self.weight else None

    @property
    def update_ratio(self) -> float | None:
        """‖Δw‖ / ‖w‖; None for a variable that is all 0."""
        return self.update / self.weight if self.update is not None and self.weight else None

    @property
    def matrix(self) -> bool:
        """Whether it is a kernel or an embedding, not a vector, nor a bias that has the shape of heads."""
        return len(self.shape) >= 2 and self.name != "bias"


@dataclass(frozen=True, kw_only=True, eq=False)
class OutputGradient:
    """∂L/∂a of one call's first output, per sample, in training mode.

    Attributes:
        call, layer: where; kind: of the layer; inner, container: as for the activations.
        rms: root mean square; None where the loss does not depend on it or some are not finite.
        zeros: share of exact zeros; bad: values that are not finite.
    """

    call: str
    layer: LayerId
    kind: str
    inner: bool
    container: bool
    rms: float | None
    zeros: float | None
    bad: int


@dataclass(frozen=True, kw_only=True, eq=False)
class LayerGradient:
    """All connected variables of one layer together: L2 norm of the gradient, and signal to noise as for one."""

    layer: LayerId
    norm: float
    snr: float | None


@dataclass(frozen=True, kw_only=True, eq=False)
class NoiseScale:
    """The simple noise scale tr(Σ)/|G|² (McCandlish et al. 2018) over all variables, in samples.

    Attributes:
        value: the estimate; None where it cannot be told.
        low, high: its 95 % interval; an open end is None.
        batch_size, batches: what it was estimated from.
    """

    value: float | None
    low: float | None
    high: float | None
    batch_size: int
    batches: int


@dataclass(frozen=True, kw_only=True, eq=False)
class HardSample:
    """A sample with a large loss: its index in the data, and label, prediction and the model's share for it in words.

    Attributes:
        index, loss: which one, and its compiled loss.
        label, said: in words, "" where there is none, or none may stand in the report.
        share: the model's own figure for what it says, None where it is not a share, or where outputs are several.
        input: the sample itself, None where it is not shown.
    """

    index: int
    loss: float
    label: str
    said: str
    share: float | None
    input: InputView | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class SampleLoss:
    """Compiled loss of single samples in inference mode, over all of the data.

    Attributes:
        samples: how many; bad: how many of them have no finite loss.
        mean: of the finite ones; quantiles: at 1, 5, 25, 50, 75, 95 and 99 %, within 0.8 % of their value.
        edges: of the bins, float64 of shape ``(bins + 1,)``; evenly spaced, or in their logarithm.
        counts: of samples in the bins, float64 of shape ``(bins,)``, within the same error.
        logarithmic: whether the bins are even in the logarithm; smaller losses stand in the first one.
        hardest: the largest first.
        share: of the summed loss that the hardest 5 % of the samples have.
        gaps: why the hardest are not shown themselves, where that is a failure.
    """

    samples: int
    bad: int
    mean: float
    quantiles: tuple[float, ...]
    edges: NDArray[np.float64]
    counts: NDArray[np.float64]
    logarithmic: bool
    hardest: tuple[HardSample, ...]
    share: float
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class OutputPull:
    """One of several losses: value and gradient norm of the weighted loss on the weights that several share."""

    name: str
    weight: float
    value: float
    norm: float


@dataclass(frozen=True, kw_only=True, eq=False)
class GradientStats:
    """The measurement of the section.

    Attributes:
        variables: the trainable ones, in the model's order; frozen: (layer, name) of those that could be trained.
        layers: those with variables, in the same order.
        outputs: in the order of the calls.
        inputs: (name, root mean square of ∂L/∂x per sample) of each float input.
        probabilities: whether an output is made by a softmax or sigmoid, or may be: its are those of its logits.
        samples, batches, batch_size: what they were measured on.
        loss: mean training-mode loss over the batches.
        noise, sample_losses: None where they cannot be told.
        pulls: of each loss where there are several; pull_samples: of the one batch they were measured on.
        no_update: why there are no update ratios; update_notes: in what rehearsed steps differ from those of ``fit``.
        recorded: whether the class's own train step was run; optimizers: names of those that it uses.
        missing: why nothing is known of variables; None where something is.
        attribution, classes: of the telling samples, and of classes.
        notes: how the pass was made where that matters.
        log: steps and gradients over the epochs of a training; with it alone there are no variables.
    """

    variables: tuple[VariableGradient, ...] = ()
    frozen: tuple[tuple[LayerId, str], ...] = ()
    layers: tuple[LayerGradient, ...] = ()
    outputs: tuple[OutputGradient, ...] = ()
    inputs: tuple[tuple[str, float | None], ...] = ()
    probabilities: bool = True
    samples: int = 0
    batches: int = 0
    batch_size: int = 0
    loss: float | None = None
    noise: NoiseScale | None = None
    sample_losses: SampleLoss | None = None
    pulls: tuple[OutputPull, ...] = ()
    pull_samples: int = 0
    no_update: str = ""
    update_notes: tuple[str, ...] = ()
    recorded: bool = False
    optimizers: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    missing: Gap | None = None
    attribution: Attribution | None = None
    classes: ClassGradients | None = None
    log: TrainingLog | None = None

    def rows(self) -> list[dict[str, Any]]:
        """Return one row a variable for a table."""
        return [
            {
                "layer": v.layer, "variable": v.name, "shape": v.shape, "connected": v.connected,
                "optimizer": v.optimizer or None, "norm": v.norm, "rms": v.rms, "mean": v.mean, "std": v.std,
                "min": v.low, "max": v.high, "zeros": v.zeros / v.size if v.size and v.connected else None,
                "not_finite": v.nan, "snr": v.snr,
                "gradient_ratio": v.ratio, "update_ratio": v.update_ratio,
            }
            for v in self.variables
        ]  # fmt: skip
