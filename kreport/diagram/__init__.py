"""The architecture diagram: folding, layout by Graphviz, geometry out."""

from kreport.diagram.draw import drawings
from kreport.diagram.model import Drawing, Drawings

__all__ = ["Drawing", "Drawings", "drawings"]
