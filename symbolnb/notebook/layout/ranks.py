"""Which row each box stands in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class LayoutNode:
    """A box to place: its size in pixels, the width of the chip that stands for it, the row it is pinned to."""

    width: float
    height: float
    stub: float | None = None
    pin: Literal["top", "bottom"] | None = None


@dataclass(frozen=True)
class LayoutEdge:
    """An edge between two boxes by their index; `leave` and `arrive` are offsets from the boxes' centres.

    Without `arrive` the edges that arrive at a box are spread over it. An edge to a box that stands earlier in
    the list runs upward.
    """

    source: int
    target: int
    leave: float = 0.0
    arrive: float | None = None

    @property
    def upward(self) -> bool:
        """Whether the target stands above the source."""
        return self.target < self.source

    @property
    def ends(self) -> tuple[int, int]:
        """The upper and the lower box."""
        return (self.target, self.source) if self.upward else (self.source, self.target)


@dataclass(frozen=True)
class LayoutGraph:
    """Boxes in topological order, and the edges between them.

    `sideways` says that width and height will be exchanged afterwards: then chips lie the other way.
    """

    nodes: Sequence[LayoutNode]
    edges: Sequence[LayoutEdge]
    sideways: bool = False


def assign_ranks(graph: LayoutGraph) -> list[int]:
    """The row of each box: by longest path from the top; sources stand just above their first user."""
    nodes = graph.nodes
    above: list[list[int]] = [[] for _ in nodes]
    below: list[list[int]] = [[] for _ in nodes]
    for edge in graph.edges:
        upper, lower = edge.ends
        if upper != lower:
            above[lower].append(upper)
            below[upper].append(lower)
    first = 1 if any(node.pin == "top" for node in nodes) else 0
    rank = [0 if node.pin == "top" else first for node in nodes]
    for index, node in enumerate(nodes):
        if node.pin != "top":
            rank[index] = max([rank[index], *(rank[upper] + 1 for upper in above[index])])
    for index, node in enumerate(nodes):
        if node.pin is None and not above[index] and below[index]:
            rank[index] = max(rank[index], min(rank[lower] for lower in below[index]) - 1)
    last = max([first, *(rank[i] + 1 for i, node in enumerate(nodes) if node.pin != "bottom")])
    return [last if nodes[i].pin == "bottom" else value for i, value in enumerate(rank)]
