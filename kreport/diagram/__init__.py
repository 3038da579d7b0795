"""The architecture diagram: folding, layout by Graphviz, geometry out."""
