"""Parts of a graph that no edge joins are laid out each on their own, and stand side by side in shelves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import sqrt

from symbolnb.notebook.layout.ranks import LayoutGraph
from symbolnb.notebook.layout.route import Point
from symbolnb.notebook.style import STYLE

ACROSS: float = STYLE["layout"]["node_gap"]
ALONG: float = STYLE["layout"]["component_gap"]
RATIO: float = STYLE["layout"]["shelf_ratio"]
ROUNDING = 1e-9


@dataclass(frozen=True)
class Component:
    """What is joined: nodes and edges by their index in the graph."""

    nodes: list[int] = field(default_factory=list)
    edges: list[int] = field(default_factory=list)


def components(graph: LayoutGraph) -> list[Component]:
    """The parts of a graph, in the order of their first nodes.

    >>> from symbolnb.notebook.layout import LayoutEdge, LayoutNode
    >>> parts = components(LayoutGraph([LayoutNode(9, 9)] * 3, [LayoutEdge(0, 2)]))
    >>> [part.nodes for part in parts]
    [[0, 2], [1]]
    """
    head = list(range(len(graph.nodes)))
    for edge in graph.edges:
        a, b = find(head, edge.source), find(head, edge.target)
        if a != b:
            head[max(a, b)] = min(a, b)
    parts: dict[int, Component] = {}
    for node in range(len(graph.nodes)):
        parts.setdefault(find(head, node), Component()).nodes.append(node)
    for index, edge in enumerate(graph.edges):
        parts[find(head, edge.source)].edges.append(index)
    return list(parts.values())


def find(head: list[int], item: int) -> int:
    """The first item of the set that an item is in; ways to it are made shorter."""
    while head[item] != item:
        head[item] = head[head[item]]
        item = head[item]
    return item


def part_of(graph: LayoutGraph, part: Component) -> LayoutGraph:
    """The graph of one part."""
    index = {node: i for i, node in enumerate(part.nodes)}
    edges = [graph.edges[edge] for edge in part.edges]
    return LayoutGraph(
        [graph.nodes[node] for node in part.nodes],
        [replace(edge, source=index[edge.source], target=index[edge.target]) for edge in edges],
        graph.sideways,
    )


def shelves(sizes: Sequence[Point], pinned: Sequence[bool], ratio: float) -> tuple[list[Point], float, float]:
    """Left and top of each part and the size of it all, `ratio` times as wide as high if that can be.

    Parts with pinned nodes stand in the first shelf.
    """
    area = 0.0
    for width, height in sizes:
        area += (width + ACROSS) * (height + ALONG)
    least = -ACROSS
    for (width, _), is_pinned in zip(sizes, pinned, strict=True):
        least += width + ACROSS if is_pinned else 0
    room = max([least, sqrt(area * ratio), *(width for width, _ in sizes)])
    places: list[Point] = [(0.0, 0.0)] * len(sizes)
    x = y = tall = widest = lowest = 0.0
    for i in sorted(range(len(sizes)), key=lambda i: not pinned[i]):
        width, height = sizes[i]
        if x > 0 and x + width > room + ROUNDING:
            x, y, tall = 0.0, y + tall + ALONG, 0.0
        places[i] = (x, y)
        x += width + ACROSS
        tall = max(tall, height)
        widest = max(widest, x - ACROSS)
        lowest = max(lowest, y + height)
    return places, widest, lowest
