"""What stands in the rows: boxes, the bends of edges that pass a row, and the chips of cut edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from symbolnb.notebook.layout.ranks import LayoutGraph
from symbolnb.notebook.style import STYLE

SPAN: int = STYLE["layout"]["span"]
CHIP_HEIGHT: float = STYLE["layout"]["chip_height"]
HEAD_CHIP_WIDTH: float = STYLE["layout"]["head_chip_width"]


@dataclass(frozen=True)
class Cell:
    """Something in a row; a ``tail`` is the chip above the target of a cut edge, a ``head`` that below its source."""

    kind: Literal["node", "bend", "tail", "head"]
    rank: int
    width: float
    height: float
    node: int


@dataclass(frozen=True)
class Link:
    """A piece of an edge between cells of adjacent rows; `arrive` is None where it is still free."""

    upper: int
    lower: int
    leave: float
    arrive: float | None


@dataclass(frozen=True)
class Path:
    """The cells and links from an edge's upper box to its lower box."""

    cells: list[int]
    links: list[int]


@dataclass(frozen=True)
class Cut:
    """The two chips of an edge that passes too many rows."""

    head: int
    tail: int


@dataclass(frozen=True)
class CellGraph:
    """Cells (the boxes first) and links, the links above and below each cell, the way of each edge."""

    cells: list[Cell]
    links: list[Link]
    up: list[list[int]]
    down: list[list[int]]
    ways: list[Path | Cut]
    rows: int


class _Builder:
    def __init__(self, graph: LayoutGraph, rank: Sequence[int]) -> None:
        self.graph = graph
        self.rank = rank
        self.cells = [Cell("node", rank[i], node.width, node.height, i) for i, node in enumerate(graph.nodes)]
        self.links: list[Link] = []
        self.chains: dict[tuple[int, float | None], Path] = {}  # edges that leave one place share their bends
        self.heads: dict[tuple[int, float | None], int] = {}

    def cell(self, cell: Cell) -> int:
        self.cells.append(cell)
        return len(self.cells) - 1

    def link(self, upper: int, lower: int, leave: float, arrive: float | None) -> int:
        self.links.append(Link(upper, lower, leave, arrive))
        return len(self.links) - 1

    def chain(self, key: tuple[int, float | None], upper: int, leave: float, bends: int) -> Path:
        chain = self.chains.setdefault(key, Path([upper], []))
        while len(chain.cells) <= bends:
            last = chain.cells[-1]
            bend = self.cell(Cell("bend", self.cells[last].rank + 1, 0.0, 0.0, upper))
            chain.links.append(self.link(last, bend, leave if last == upper else 0.0, 0.0))
            chain.cells.append(bend)
        return chain

    def chip(self, kind: Literal["head", "tail"], rank: int, length: float, node: int) -> int:
        width, height = (CHIP_HEIGHT, length) if self.graph.sideways else (length, CHIP_HEIGHT)
        return self.cell(Cell(kind, rank, width, height, node))

    def cut(self, key: tuple[int, float | None], ends: tuple[int, int], leave: float, arrive: float | None) -> Cut:
        upper, lower = ends
        if key not in self.heads:
            head = self.chip("head", self.rank[upper] + 1, HEAD_CHIP_WIDTH, upper)
            self.heads[key] = head
            self.link(upper, head, leave, 0.0)
        stub = self.graph.nodes[upper].stub
        width = HEAD_CHIP_WIDTH if stub is None else stub
        tail = self.chip("tail", self.rank[lower] - 1, width, upper)
        self.link(tail, lower, 0.0, arrive)
        return Cut(self.heads[key], tail)


def build_cells(graph: LayoutGraph, rank: Sequence[int]) -> CellGraph:
    """Cells and links of a graph whose boxes have their rows."""
    builder = _Builder(graph, rank)
    ways: list[Path | Cut] = []
    for edge in graph.edges:
        upper, lower = edge.ends
        leave, arrive = edge.leave, edge.arrive
        if edge.upward:
            leave, arrive = (0.0 if arrive is None else arrive), leave
        key = (upper, None if edge.upward else leave)
        distance = rank[lower] - rank[upper]
        if distance > SPAN:
            ways.append(builder.cut(key, (upper, lower), leave, arrive))
            continue
        chain = builder.chain(key, upper, leave, distance - 1)
        cells = chain.cells[:distance]
        link = builder.link(cells[-1], lower, leave if distance == 1 else 0.0, arrive)
        ways.append(Path([*cells, lower], [*chain.links[: distance - 1], link]))
    up: list[list[int]] = [[] for _ in builder.cells]
    down: list[list[int]] = [[] for _ in builder.cells]
    for index, one in enumerate(builder.links):
        down[one.upper].append(index)
        up[one.lower].append(index)
    rows = max((cell.rank + 1 for cell in builder.cells), default=0)
    return CellGraph(builder.cells, builder.links, up, down, ways, rows)
