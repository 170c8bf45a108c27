"""The height of the rows and the points of the edges."""

from __future__ import annotations

from collections.abc import Sequence

from symbolnb.notebook.layout.cells import CellGraph
from symbolnb.notebook.layout.pooling import pool
from symbolnb.notebook.style import STYLE

GAP: float = STYLE["layout"]["rank_gap"]
SLOPE: float = STYLE["layout"]["rank_gap_slope"]
MOST: float = STYLE["layout"]["rank_gap_max"]
ARRIVAL_GAP: float = STYLE["layout"]["arrival_gap"]
MARGIN: float = STYLE["layout"]["arrival_margin"]

Point = tuple[float, float]


def arrivals(graph: CellGraph, x: Sequence[float]) -> list[float]:
    """Where each link arrives on its lower cell, from the centre: straight down where there is room."""
    links = graph.links
    offset = [0.0 if link.arrive is None else link.arrive for link in links]
    for index, cell in enumerate(graph.cells):
        free = [link for link in graph.up[index] if links[link].arrive is None]
        if cell.kind != "node" or len(free) < 2:
            continue
        start = {link: x[links[link].upper] + links[link].leave - x[index] for link in free}
        free.sort(key=lambda link: start[link])
        reach = max(0.0, cell.width / 2 - MARGIN)
        gap = min(ARRIVAL_GAP, (2 * reach) / (len(free) - 1))
        room = reach - (gap * (len(free) - 1)) / 2
        slots = [gap * (i - (len(free) - 1) / 2) for i in range(len(free))]
        wish = [min(room, max(-room, start[link] - slot)) + slot for link, slot in zip(free, slots, strict=True)]
        places = pool(wish, [1.0] * len(free), [0.0] + [gap] * (len(free) - 1))
        for link, place in zip(free, places, strict=True):
            offset[link] = place
    return offset


def row_heights(graph: CellGraph, x: Sequence[float], offset: Sequence[float]) -> tuple[list[float], list[float]]:
    """The top and the bottom of each row: steep links get a wider gap to turn in."""
    height = [0.0] * graph.rows
    for cell in graph.cells:
        height[cell.rank] = max(height[cell.rank], cell.height)
    widest = [0.0] * graph.rows
    for index, link in enumerate(graph.links):
        row = graph.cells[link.upper].rank
        widest[row] = max(widest[row], abs(x[link.lower] + offset[index] - x[link.upper] - link.leave))
    top: list[float] = []
    at = 0.0
    for row in range(graph.rows):
        top.append(at)
        at += height[row] + min(MOST, GAP + SLOPE * widest[row])
    return top, [y + height[row] for row, y in enumerate(top)]


def backward(points: list[Point]) -> list[Point]:
    """A way of `path_points` walked back: what was straight stays so."""
    return [points[-1], *reversed(points)]


def path_points(
    graph: CellGraph,
    way: tuple[Sequence[int], Sequence[int]],
    x: Sequence[float],
    offset: Sequence[float],
    rows: tuple[Sequence[float], Sequence[float]],
) -> list[Point]:
    """The points of a way of cells and links: even to odd points are joined straight, the others by a curve."""
    cell_way, link_way = way
    top, bottom = rows
    start = graph.cells[cell_way[0]]
    leave = x[cell_way[0]] + graph.links[link_way[0]].leave
    points: list[Point] = [(leave, top[start.rank] + start.height), (leave, bottom[start.rank])]
    for i, link in enumerate(link_way):
        lower = cell_way[i + 1]
        rank = graph.cells[lower].rank
        at = x[lower] + offset[link]
        points.append((at, top[rank]))
        if i + 1 < len(link_way):
            points.append((at, bottom[rank]))
    return points
