"""The architecture diagram: folding, layout by Graphviz, geometry out."""

from kreport.diagram.draw import Folded, drawings, fold_model
from kreport.diagram.model import Drawing, Drawings

__all__ = ["Drawing", "Drawings", "Folded", "drawings", "fold_model"]
