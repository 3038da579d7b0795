"""Shared passes over the model that several analyzers read; ``PROBES`` says how each comes to be."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kreport.probes.cells import CellValues, cell_values
from kreport.probes.graph import LayerGraph
from kreport.probes.layer_graph import layer_graph
from kreport.probes.layer_times import LayerTimes, layer_times
from kreport.probes.observers.data_seen import TrainSeen, train_seen
from kreport.probes.on_train import OnTrain, on_train
from kreport.probes.output_losses import OutputLosses, output_losses
from kreport.probes.prediction_cost import PredictionCost, prediction_cost
from kreport.probes.rivals import Comparison, comparison
from kreport.probes.samples.attribution import Attribution, attribution
from kreport.probes.samples.classes import ClassGradients, class_gradients
from kreport.probes.samples.hardest import HardestSamples, WorstInputs, hardest_samples, worst_inputs
from kreport.probes.samples.telling import Choice, TellingSamples, choice, telling_samples
from kreport.probes.sweep import Sweep, from_sweep, swept
from kreport.probes.training_config import TrainingConfig, training_config
from kreport.probes.tree import LayerTree, layer_tree
from kreport.probes.weights import WeightSweep, weight_sweep

PROBES: Mapping[type, Callable[..., object]] = {
    LayerTree: layer_tree,
    LayerGraph: layer_graph,
    WeightSweep: weight_sweep,
    TrainingConfig: training_config,
    Sweep: swept,
    CellValues: cell_values,
    LayerTimes: layer_times,
    PredictionCost: prediction_cost,
    TrainSeen: train_seen,
    OnTrain: on_train,
    Comparison: comparison,
    OutputLosses: output_losses,
    Choice: choice,
    TellingSamples: telling_samples,
    Attribution: attribution,
    ClassGradients: class_gradients,
    HardestSamples: hardest_samples,
    WorstInputs: worst_inputs,
}


def makers() -> dict[type, Callable[..., object]]:
    """Return how every shared value comes to be: the probes, and what observers bring back from the sweep."""
    return {**PROBES, **from_sweep()}
