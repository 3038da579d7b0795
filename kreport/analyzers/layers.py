"""The layer explorer: everything about one layer in one place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kreport.analyzers import Analyzer
from kreport.analyzers.architecture import Architecture
from kreport.document.blocks import Block, LayerEntry, LayerId
from kreport.document.model import Section
from kreport.document.numbers import quantity
from kreport.document.text import Name, Text


@dataclass(frozen=True)
class LayerBlocks:
    """What the sections before say about each layer, in their order."""

    blocks: Mapping[LayerId, tuple[Block, ...]]

    @classmethod
    def of(cls, sections: Iterable[Section]) -> LayerBlocks:
        """Gather the layers' blocks of all sections."""
        gathered: dict[LayerId, tuple[Block, ...]] = {}
        for section in sections:
            for layer, blocks in section.layers.items():
                gathered[layer] = (*gathered.get(layer, ()), *blocks)
        return cls(gathered)


class Layers(Analyzer[None]):
    """Puts together what others measured; later sections add to the same place."""

    id = "layers"
    title = "Layers"
    order = 100

    def present(self, gathered: LayerBlocks, architecture: Architecture | None) -> Section:
        """Show one closed entry a layer, in tree order."""
        entries = tuple(_entries(gathered, architecture))
        lede = "Choose a layer to see its configuration, inputs, outputs and weights." if entries else "No layers."
        return Section(id=self.id, title=self.title, lede=lede, count=f"{len(entries):,}", blocks=entries)


def _entries(gathered: LayerBlocks, architecture: Architecture | None) -> Iterable[LayerEntry]:
    known = {} if architecture is None else {layer.id: layer for layer in architecture.layers}
    order = [*known, *(layer for layer in gathered.blocks if layer not in known)]
    for number, layer in enumerate(order):
        about = known.get(layer)
        summary: Text = ""
        if about is not None:
            size = f" · {quantity(about.parameters, 'count')} {'parameters' if about.parameters != 1 else 'parameter'}"
            summary = about.class_name + (size if about.parameters else "")
        yield LayerEntry(
            layer=layer,
            anchor=f"layer-{number}",
            layer_kind=about.kind if about else "other",
            title=(Name(layer),),
            summary=summary,
            blocks=gathered.blocks.get(layer, ()),
        )
