"""A layered layout of boxes and edges, top to bottom: the same algorithm as the widget's ``js/layout``.

It needs nothing but numbers: the static picture of a graph is laid out by it where no widget can be shown.
"""

from symbolnb.notebook.layout.layered import Chip, Layout, layered, turned
from symbolnb.notebook.layout.ranks import LayoutEdge, LayoutGraph, LayoutNode

__all__ = ["Chip", "Layout", "LayoutEdge", "LayoutGraph", "LayoutNode", "layered", "turned"]
