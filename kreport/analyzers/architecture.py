"""The Architecture section: what the model is made of, how data flows, where parameters and compute are."""

from __future__ import annotations

from kreport.analyzers import Analyzer
from kreport.analyzers._architecture.blocks import facts_block, notices, where_chart
from kreport.analyzers._architecture.diagrams import main_diagram, part_disclosures
from kreport.analyzers._architecture.explorer import layer_blocks
from kreport.analyzers._architecture.facts import Architecture, LayerFacts, NameGroup, OptimizerState, Stage
from kreport.analyzers._architecture.measuring import architecture
from kreport.analyzers._architecture.sentences import lede
from kreport.analyzers._architecture.tables import kind_table, layer_table
from kreport.document.blocks import Block, Disclosure, Row, Stack
from kreport.document.model import Section
from kreport.probes.graph import LayerGraph
from kreport.probes.tree import LayerTree

__all__ = ["Architecture", "ArchitectureSection", "LayerFacts", "NameGroup", "OptimizerState", "Stage"]

FOUR_COLUMNS, FIVE_COLUMNS = 299.0, 381.0
"""Width of four and five of the page's twelve columns in px."""


class ArchitectureSection(Analyzer[Architecture]):
    """Reads the layer graph; the drawings are laid out when measured and stored with it."""

    id = "architecture"
    title = "Architecture"
    order = 50

    def measure(self, graph: LayerGraph, tree: LayerTree) -> Architecture:
        """Add up what the graph knows of each layer, and draw it."""
        return architecture(graph, tree)

    def present(self, measured: Architecture) -> Section:
        """Show diagram and charts side by side if they fit, then folded parts and the table of layers."""
        return Section(
            id=self.id,
            title=self.title,
            lede=lede(measured),
            count=f"{len(measured.layers):,}",
            blocks=tuple(_blocks(measured)),
            layers=layer_blocks(measured),
        )


def _blocks(facts: Architecture) -> list[Block]:
    if not facts.layers:
        return notices(facts)
    diagram, chart = main_diagram(facts), where_chart(facts)
    kinds, whole = kind_table(facts), facts_block(facts)
    beside = Stack(blocks=tuple(block for block in (chart, kinds, whole) if block))
    blocks: list[Block] = notices(facts)
    if diagram and diagram.width <= FIVE_COLUMNS:
        spans = (4, 8) if diagram.width <= FOUR_COLUMNS else (5, 7)
        blocks.append(Row(blocks=(diagram, beside), spans=spans))
    else:
        figures = Stack(blocks=tuple(block for block in (chart, kinds) if block))
        blocks += [*([diagram] if diagram else []), Row(blocks=(figures, whole), spans=(7, 5))]
    parts: list[Disclosure] = part_disclosures(facts)
    return [*blocks, *parts, layer_table(facts)]
