"""Shared passes over the model that several analyzers read; ``PROBES`` says how each comes to be."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kreport.probes.graph import LayerGraph
from kreport.probes.layer_graph import layer_graph
from kreport.probes.training_config import TrainingConfig, training_config
from kreport.probes.tree import LayerTree, layer_tree
from kreport.probes.weights import WeightSweep, weight_sweep

PROBES: Mapping[type, Callable[..., object]] = {
    LayerTree: layer_tree,
    LayerGraph: layer_graph,
    WeightSweep: weight_sweep,
    TrainingConfig: training_config,
}
