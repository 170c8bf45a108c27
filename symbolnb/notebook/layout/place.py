"""Where the cells of the rows stand from left to right."""

from __future__ import annotations

from collections.abc import Sequence

from symbolnb.notebook.layout.blocks import Blocks
from symbolnb.notebook.layout.cells import CellGraph
from symbolnb.notebook.layout.order import Layers
from symbolnb.notebook.layout.pooling import median, pool
from symbolnb.notebook.style import STYLE

NODE_GAP: float = STYLE["layout"]["node_gap"]
BEND_GAP: float = STYLE["layout"]["dummy_gap"]
CHIP_GAP: float = STYLE["layout"]["chip_gap"]
BEND_WEIGHT: float = STYLE["layout"]["dummy_weight"]
SATELLITE_WEIGHT = 1e-6
"""A satellite hardly pushes: the cell it belongs to must not move for it."""


class _Placement:
    def __init__(self, graph: CellGraph, layers: Layers) -> None:
        self.graph = graph
        self.layers = layers
        self.satellite = [self._is_satellite(cell) for cell in range(len(graph.cells))]
        self.distance = [
            [0.0 if i == 0 else self._apart(layer[i - 1], cell) for i, cell in enumerate(layer)] for layer in layers
        ]
        self.x = [0.0] * len(graph.cells)
        for layer, distance in zip(layers, self.distance, strict=True):
            at = 0.0
            for cell, apart in zip(layer, distance, strict=True):
                at += apart
                self.x[cell] = at
            for cell in layer:
                self.x[cell] -= at / 2

    def _is_satellite(self, cell: int) -> bool:
        """Whether a cell hangs on one other that has more to hold on to."""
        up, down, links = self.graph.up, self.graph.down, self.graph.links
        if self.graph.cells[cell].kind == "bend" or len(up[cell]) + len(down[cell]) != 1:
            return False
        if down[cell]:
            return len(up[links[down[cell][0]].lower]) > 1
        return len(down[links[up[cell][0]].upper]) > 1

    def _apart(self, left: int, right: int) -> float:
        a, b = self.graph.cells[left], self.graph.cells[right]
        gap = NODE_GAP
        if "bend" in (a.kind, b.kind):
            gap = BEND_GAP
        elif a.kind != "node" or b.kind != "node":
            gap = CHIP_GAP
        return (a.width + b.width) / 2 + gap

    def _wishes(self, cell: int, above: bool) -> tuple[list[float], float]:
        """Where the neighbours on one side would have a cell, and how much they mean it."""
        cells, links = self.graph.cells, self.graph.links
        main: list[float] = []
        aside: list[float] = []
        weight = 1.0
        for index in (self.graph.up if above else self.graph.down)[cell]:
            link = links[index]
            other = link.upper if above else link.lower
            arrive = 0.0 if link.arrive is None else link.arrive
            at = self.x[other] + link.leave - arrive if above else self.x[other] + arrive - link.leave
            (aside if self.satellite[other] and not self.satellite[cell] else main).append(at)
            if cells[cell].kind == "bend" and cells[other].kind == "bend":
                weight = BEND_WEIGHT
        return sorted(main if main else aside), weight

    def settle(self, row: int, above: bool) -> None:
        """Places one row by its neighbours above or below."""
        layer = self.layers[row]
        if len(layer) == 1:
            self._settle_alone(layer[0], above)
            return
        wish: list[float] = []
        weight: list[float] = []
        for cell in layer:
            wishes, strength = self._wishes(cell, above)
            wish.append(median(wishes) if wishes else self.x[cell])
            weight.append(strength if wishes and not self.satellite[cell] else SATELLITE_WEIGHT)
        for cell, x in zip(layer, pool(wish, weight, self.distance[row]), strict=True):
            self.x[cell] = x

    def _settle_alone(self, cell: int, above: bool) -> None:
        """A cell that is alone in its row gets what it wishes."""
        wishes, _ = self._wishes(cell, above)
        if wishes:
            self.x[cell] = median(wishes)

    def downward(self) -> None:
        """Places the rows from the top by what is above them."""
        for row in range(len(self.layers)):
            self.settle(row, above=True)

    def upward(self) -> None:
        """Places the rows from the bottom by what is below them."""
        for row in reversed(range(len(self.layers))):
            self.settle(row, above=False)


def place_cells(graph: CellGraph, layers: Layers) -> Sequence[float]:
    """The centre of every cell.

    Placing by the neighbours above drifts one way, by those below the other way: the mean of both does not
    drift, and keeps order and distances since both do. Then lines are made straight.
    """
    placement = _Placement(graph, layers)
    placement.downward()
    placement.upward()
    placement.downward()
    downward = list(placement.x)
    placement.upward()
    mean = [(x + downward[cell]) / 2 for cell, x in enumerate(placement.x)]
    return Blocks(graph, layers, placement.distance, placement.satellite).straighten(mean)
