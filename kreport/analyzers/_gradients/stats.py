"""What is measured of gradients: every variable's, every call's, and how much batches differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kreport.document.blocks import LayerId
from kreport.inputs.training_log import TrainingLog


@dataclass(frozen=True, kw_only=True, eq=False)
class VariableGradient:
    """∂L/∂w of one variable: of the mean loss over all samples, in training mode.

    Attributes:
        layer, name: whose it is; kind: of the layer.
        shape: of the variable.
        connected: whether the loss depends on it.
        size: number of values; nan: how many are not finite; zeros: how many are exactly 0.
        norm: L2; mean, std, low, high and quantiles (1, 5, 25, 50, 75, 95, 99 %) of the values; None if not finite.
        histogram: share of the values in equal bins from low to high, scaled to 255, uint8.
        batches: least, median and largest root mean square of single batches' gradients; ().
        snr: signal to noise, ‖mean‖ over the spread of batch gradients about it; None with one batch.
        weight: ‖w‖; update: ‖Δw‖ of the step the first batch would bring; None without an optimizer.
    """

    layer: LayerId
    name: str
    kind: str
    shape: tuple[int, ...]
    connected: bool
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
        """Whether it is a kernel or an embedding, not a vector."""
        return len(self.shape) >= 2


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
class NoiseScale:
    """The simple noise scale tr(Σ)/|G|² (McCandlish et al. 2018), in samples.

    Attributes:
        value: the estimate; None where the squared norm of the true gradient cannot be told from 0.
        low, high: jackknife interval of about 95 % over batches; None with few batches.
        batch_size, batches: what it was estimated from.
    """

    value: float | None
    low: float | None
    high: float | None
    batch_size: int
    batches: int


@dataclass(frozen=True, kw_only=True, eq=False)
class SampleLoss:
    """Compiled loss of single samples in inference mode.

    Attributes:
        samples: how many; mean: of all; quantiles: at 1, 5, 25, 50, 75, 95 and 99 %.
        histogram: counts in equal bins from the least to the largest, int64; low, high: these.
        hardest: (index in the data, loss), the largest first.
        share: of the summed loss that the hardest 5 % of the samples have.
    """

    samples: int
    mean: float
    quantiles: tuple[float, ...]
    histogram: NDArray[np.int64]
    low: float
    high: float
    hardest: tuple[tuple[int, float], ...]
    share: float


@dataclass(frozen=True, kw_only=True, eq=False)
class GradientStats:
    """The measurement of the section.

    Attributes:
        variables: the trainable ones, in the model's order; frozen: (layer, name) of the others that could be.
        outputs: in the order of the calls.
        inputs: (name, root mean square of ∂L/∂x per sample) of each float input.
        samples, batches, batch_size: what they were measured on.
        loss: mean training-mode loss over the batches.
        noise, sample_losses: None where they cannot be told.
        no_update: why there are no update ratios.
        notes: how the pass was made where that matters.
        log: steps and gradients over the epochs of a training; with it alone there are no variables.
    """

    variables: tuple[VariableGradient, ...]
    frozen: tuple[tuple[LayerId, str], ...]
    outputs: tuple[OutputGradient, ...]
    inputs: tuple[tuple[str, float | None], ...]
    samples: int
    batches: int
    batch_size: int
    loss: float | None
    noise: NoiseScale | None
    sample_losses: SampleLoss | None
    no_update: str
    notes: tuple[str, ...]
    log: TrainingLog | None = None

    def rows(self) -> list[dict[str, Any]]:
        """Return one row a variable for a table."""
        return [
            {
                "layer": v.layer, "variable": v.name, "shape": v.shape, "connected": v.connected, "norm": v.norm,
                "rms": v.rms, "mean": v.mean, "std": v.std, "min": v.low, "max": v.high,
                "zeros": v.zeros / v.size if v.size and v.connected else None, "not_finite": v.nan, "snr": v.snr,
                "gradient_ratio": v.ratio, "update_ratio": v.update_ratio,
            }
            for v in self.variables
        ]  # fmt: skip
