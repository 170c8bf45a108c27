"""The layout as a whole: rows, order, places, points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from symbolnb.notebook.layout.cells import CellGraph, Cut, Path, build_cells
from symbolnb.notebook.layout.components import RATIO, Component, components, part_of, shelves
from symbolnb.notebook.layout.order import order_rows
from symbolnb.notebook.layout.place import place_cells
from symbolnb.notebook.layout.ranks import LayoutGraph, assign_ranks
from symbolnb.notebook.layout.route import Point, arrivals, backward, path_points, row_heights


@dataclass(frozen=True)
class Chip:
    """Stands for the other end of edges that were cut because they pass too many rows.

    The ``head`` is below the source `node`, a ``tail`` above a target; `points` lead to the box it belongs to.
    """

    end: Literal["head", "tail"]
    node: int
    edges: list[int]
    x: float
    y: float
    width: float
    points: list[Point]


@dataclass(frozen=True)
class Layout:
    """Left and top of each box; the points of each edge, or None where it is cut; chips; the size of it all."""

    nodes: list[Point]
    edges: list[list[Point] | None]
    chips: list[Chip]
    width: float
    height: float


def _collect_chips(graph: CellGraph) -> dict[int, tuple[Literal["head", "tail"], list[int]]]:
    """The end and the edges of each chip, by cell."""
    chips: dict[int, tuple[Literal["head", "tail"], list[int]]] = {}
    for edge, way in enumerate(graph.ways):
        if isinstance(way, Cut):
            chips.setdefault(way.head, ("head", []))[1].append(edge)
            chips.setdefault(way.tail, ("tail", []))[1].append(edge)
    return chips


def turned(layout: Layout) -> Layout:
    """A layout mirrored at its diagonal: what ran downward runs to the right."""
    return Layout(
        [(y, x) for x, y in layout.nodes],
        [None if points is None else [(y, x) for x, y in points] for points in layout.edges],
        [replace(chip, x=chip.y, y=chip.x, points=[(y, x) for x, y in chip.points]) for chip in layout.chips],
        layout.height,
        layout.width,
    )


def layered(input_graph: LayoutGraph) -> Layout:
    """Places for the boxes of a graph and points for its edges, in pixels; the same graph gives the same layout.

    >>> from symbolnb.notebook.layout import LayoutEdge, LayoutGraph, LayoutNode
    >>> layout = layered(LayoutGraph([LayoutNode(40, 10), LayoutNode(20, 10)], [LayoutEdge(0, 1)]))
    >>> layout.nodes
    [(0.0, 0.0), (10.0, 36.0)]
    """
    parts = components(input_graph)
    if len(parts) == 1:
        return _layered_part(input_graph)
    return _joined(input_graph, parts, [_layered_part(part_of(input_graph, part)) for part in parts])


def _joined(graph: LayoutGraph, parts: Sequence[Component], layouts: Sequence[Layout]) -> Layout:
    """The layouts of the parts as that of the graph."""
    pinned = [any(graph.nodes[node].pin is not None for node in part.nodes) for part in parts]
    ratio = 1 / RATIO if graph.sideways else RATIO
    places, width, height = shelves([(layout.width, layout.height) for layout in layouts], pinned, ratio)
    nodes: list[Point] = [(0.0, 0.0)] * len(graph.nodes)
    edges: list[list[Point] | None] = [None] * len(graph.edges)
    chips: list[Chip] = []
    for part, layout, (dx, dy) in zip(parts, layouts, places, strict=True):
        for node, (x, y) in zip(part.nodes, layout.nodes, strict=True):
            nodes[node] = (x + dx, y + dy)
        for edge, points in zip(part.edges, layout.edges, strict=True):
            edges[edge] = None if points is None else [(x + dx, y + dy) for x, y in points]
        chips.extend(_moved(chip, part, dx, dy) for chip in layout.chips)
    return Layout(nodes, edges, chips, width, height)


def _moved(chip: Chip, part: Component, dx: float, dy: float) -> Chip:
    """A chip of a part in the graph as a whole."""
    node, edges = part.nodes[chip.node], [part.edges[edge] for edge in chip.edges]
    points = [(x + dx, y + dy) for x, y in chip.points]
    return replace(chip, node=node, edges=edges, x=chip.x + dx, y=chip.y + dy, points=points)


def _layered_part(input_graph: LayoutGraph) -> Layout:
    """The layout of a graph in which everything is joined."""
    graph = build_cells(input_graph, assign_ranks(input_graph))
    x = list(place_cells(graph, order_rows(graph)))
    offset = arrivals(graph, x)
    rows = row_heights(graph, x, offset)
    left = min(at - cell.width / 2 for at, cell in zip(x, graph.cells, strict=True))
    right = max(at + cell.width / 2 for at, cell in zip(x, graph.cells, strict=True))
    x = [at - left for at in x]
    nodes = [(x[i] - node.width / 2, rows[0][graph.cells[i].rank]) for i, node in enumerate(input_graph.nodes)]
    edges: list[list[Point] | None] = []
    for edge, way in zip(input_graph.edges, graph.ways, strict=True):
        points = path_points(graph, (way.cells, way.links), x, offset, rows) if isinstance(way, Path) else None
        edges.append(backward(points) if points is not None and edge.upward else points)
    chips = []
    for index, (end, cut) in _collect_chips(graph).items():
        cell = graph.cells[index]
        link = (graph.up if end == "head" else graph.down)[index][0]
        way_points = path_points(graph, ((graph.links[link].upper, graph.links[link].lower), (link,)), x, offset, rows)
        place = (x[index] - cell.width / 2, rows[0][cell.rank])
        length = cell.height if input_graph.sideways else cell.width
        chips.append(Chip(end, cell.node, cut, *place, length, way_points))
    return Layout(nodes, edges, chips, right - left, rows[1][graph.rows - 1])
