"""The Weights section: what the variables hold, layer by layer, and how far they are from their start."""

from __future__ import annotations

from typing import ClassVar

from threadpoolctl import threadpool_limits

from kreport.analyzers import Analyzer
from kreport.analyzers._weights.explorer import layer_blocks
from kreport.analyzers._weights.measuring import measured, planned
from kreport.analyzers._weights.over_time import kept_log, over_time_blocks
from kreport.analyzers._weights.pictures import pictures
from kreport.analyzers._weights.sentences import lede, parameters
from kreport.analyzers._weights.stats import Initial, KernelPicture, Matrix, VariableStats, WeightStats
from kreport.analyzers._weights.tables import kernel_table, kinds_table
from kreport.analyzers._weights.views import depth_chart, images, spectra_block, vectors_chart
from kreport.document.blocks import Block, Disclosure, Notice, Row, Stack
from kreport.document.model import Section
from kreport.document.numbers import plural, quantity
from kreport.document.text import CodeSpan
from kreport.errors import NotMeasuredError
from kreport.inputs.training_log import TrainingLog
from kreport.probes.weights import WeightSweep

__all__ = ["Initial", "KernelPicture", "Matrix", "VariableStats", "WeightStats", "Weights"]


class Weights(Analyzer[WeightStats]):
    """Measures every variable once, one at a time."""

    id = "weights"
    title = "Weights"
    order = 60
    spectra: ClassVar[bool] = True  # the benchmark of the plain sweep turns singular values off

    def measure(self, sweep: WeightSweep, log: TrainingLog | None = None) -> WeightStats:
        """Read each variable, then the few that are drawn again."""
        tensors = sweep.tensors
        plans = planned(tensors, spectra=self.spectra)
        # One thread: the same bytes on any number of cores, and on a busy machine BLAS threads
        # that wait for one another make the spectra of ResNet50 take 40 s instead of 5.
        with threadpool_limits(limits=1, user_api="blas"):
            variables = tuple(measured(tensor, plan) for tensor, plan in zip(tensors, plans, strict=True))
        drawn, every = pictures(tensors, variables)
        return WeightStats(
            variables=variables, pictures=drawn, every=every, spectra=self.spectra, log=kept_log(log)
        )  # fmt: skip

    def recall(self, log: TrainingLog) -> WeightStats:
        """Say what the log of the training tells where the model is not at hand."""
        told = kept_log(log)
        if told is None:
            message = "pass model= (the log of the training does not tell of weights)"
            raise NotMeasuredError(message)
        return WeightStats(variables=(), log=told)

    def present(self, measured: WeightStats) -> Section:
        """Show bands, pictures and spectra, the table of kernels, and the other variables by kind."""
        return Section(
            id=self.id, title=self.title, lede=lede(measured),
            count=quantity(parameters(measured), "count") if measured.variables or not measured.log else "",
            blocks=tuple(_blocks(measured)), layers=layer_blocks(measured),
        )  # fmt: skip


def _blocks(stats: WeightStats) -> list[Block]:
    over_time = over_time_blocks(stats.log) if stats.log else []
    if over_time and not stats.variables:
        advice = ("pass the model (", CodeSpan("model="), ") as well to see what its weights hold.")
        return [*over_time, Notice(title="Values not measured", text=advice)]
    blocks: list[Block] = []
    by_name = {(v.layer, v.name): v for v in stats.variables}
    main = [p for p in stats.pictures if p.main]
    drawn: list[Block] = [images(p, by_name[p.layer, p.name]) for p in main]
    depth = depth_chart(stats)
    if depth and drawn:
        blocks.append(Row(blocks=(depth, Stack(blocks=tuple(drawn))), spans=(7, 5)))
    else:
        blocks += [block for block in (depth, *drawn) if block]
    blocks += over_time
    spectra = spectra_block(stats)
    if spectra:
        blocks.append(spectra)
    if stats.matrices:
        blocks.append(kernel_table(stats))
    kinds = kinds_table(stats)
    if kinds:
        blocks.append(kinds)
    return [*blocks, *_vectors(stats)]


def _vectors(stats: WeightStats) -> list[Block]:
    """Return the depth charts of gains and biases, behind a line that opens them."""
    charts = [
        chart for name, title in (("gamma", "Gains (gamma) of normalisation"), ("bias", "Biases"))
        if (chart := vectors_chart(stats, name, title))
    ]  # fmt: skip
    if not charts:
        return []
    blocks = (Row(blocks=tuple(charts), spans=(6, 6)),) if len(charts) == 2 else tuple(charts)
    return [Disclosure(title="By layer", summary=f"gains and biases in {plural(len(charts), 'chart')}", blocks=blocks)]
