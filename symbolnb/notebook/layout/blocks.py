"""Straight lines: cells that follow each other alone stand exactly below each other, as one block."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from math import inf

from symbolnb.notebook.layout.cells import CellGraph
from symbolnb.notebook.layout.order import Layers
from symbolnb.notebook.layout.pooling import median
from symbolnb.notebook.layout.relax import Neighbours, relax

ROUNDS = 24
STILL = 0.5
"""Smaller movements are not worth a round, in pixels."""


class Blocks:
    """The blocks of ordered rows, and how far each must stay from its neighbours."""

    def __init__(
        self, graph: CellGraph, layers: Layers, distance: Sequence[Sequence[float]], satellite: Sequence[bool]
    ) -> None:
        self.graph = graph
        self.layers = layers
        self.distance = distance
        self.satellite = satellite
        self.index = [0] * len(graph.cells)
        for layer in layers:
            for i, cell in enumerate(layer):
                self.index[cell] = i
        every = range(len(graph.cells))
        self.main = {above: [self._main_links(cell, above) for cell in every] for above in (True, False)}
        self.members = self._align()
        self.block = [0] * len(graph.cells)
        for block, members in enumerate(self.members):
            for cell in members:
                self.block[cell] = block
        self.before: list[list[tuple[int, float]]] = [[] for _ in self.members]
        self.after: list[list[tuple[int, float]]] = [[] for _ in self.members]
        for row, layer in enumerate(layers):
            for i in range(1, len(layer)):
                left, right = self.block[layer[i - 1]], self.block[layer[i]]
                self.before[right].append((left, distance[row][i]))
                self.after[left].append((right, distance[row][i]))
        self.order = self._left_to_right()

    def _main_links(self, cell: int, above: bool) -> list[int]:
        """The links of a cell on one side, satellites aside, from left to right."""
        links = self.graph.links

        def other(link: int) -> int:
            return links[link].upper if above else links[link].lower

        near = (self.graph.up if above else self.graph.down)[cell]
        main = [link for link in near if self.satellite[cell] or not self.satellite[other(link)]]
        return sorted(main, key=lambda link: self.index[other(link)])

    def _middle(self, cell: int, above: bool) -> int:
        """The middle one of a cell's links on one side, or -1."""
        links = self.main[above][cell]
        return links[(len(links) - 1) // 2] if len(links) % 2 == 1 else -1

    def _candidates(self, layer: Sequence[int]) -> list[int]:
        """The links below a row that are the middle one on both sides; long edges come first."""
        cells, links = self.graph.cells, self.graph.links
        found = []
        for cell in layer:
            middle = self._middle(cell, above=False)
            if middle < 0:
                continue
            link = links[middle]
            straight = link.leave == 0 and link.arrive in (None, 0)
            free = self.satellite[link.upper] or self.satellite[link.lower]
            if straight and not free and self._middle(link.lower, above=True) == middle:
                found.append(middle)

        def is_long(link: int) -> bool:
            return cells[links[link].upper].kind == "bend" and cells[links[link].lower].kind == "bend"

        return [link for link in found if is_long(link)] + [link for link in found if not is_long(link)]

    def _align(self) -> list[list[int]]:
        """Joins cells over candidate links that cross no other such link; the cells of each block."""
        count = len(self.graph.cells)
        following = [-1] * count
        joined = [False] * count
        for layer in self.layers[:-1]:
            kept: list[tuple[int, int]] = []
            for link in self._candidates(layer):
                upper, lower = self.graph.links[link].upper, self.graph.links[link].lower
                at = bisect_left(kept, self.index[upper], key=lambda pair: pair[0])
                if at > 0 and kept[at - 1][1] >= self.index[lower]:
                    continue
                if at < len(kept) and kept[at][1] <= self.index[lower]:
                    continue
                kept.insert(at, (self.index[upper], self.index[lower]))
                following[upper] = lower
                joined[lower] = True
        members = []
        for first in range(count):
            if not joined[first]:
                chain = [first]
                while following[chain[-1]] >= 0:
                    chain.append(following[chain[-1]])
                members.append(chain)
        return members

    def _left_to_right(self) -> list[int]:
        """The blocks so that each comes after those to its left."""
        waiting = [len(before) for before in self.before]
        order = [block for block, count in enumerate(waiting) if count == 0]
        for block in order:
            for right, _ in self.after[block]:
                waiting[right] -= 1
                if waiting[right] == 0:
                    order.append(right)
        return order

    def _wish(self, block: int, x: Sequence[float]) -> float:
        """Where the cells above and below a block would have it."""
        members = self.members[block]
        sides = []
        for above in (True, False):
            wishes = []
            for index in self.main[above][members[0 if above else -1]]:
                link = self.graph.links[index]
                arrive = 0.0 if link.arrive is None else link.arrive
                wishes.append(x[link.upper] + link.leave - arrive if above else x[link.lower] + arrive - link.leave)
            if wishes:
                sides.append(median(sorted(wishes)))
        return sum(sides) / len(sides) if sides else x[members[0]]

    def _settle(self, wish: Sequence[float]) -> list[float]:
        """Moves the blocks to their wishes as far as they leave each other room.

        The mean of pushing all to the right and pushing all to the left. Satellites take up room, but push
        nobody.
        """
        free = [self.satellite[members[0]] for members in self.members]
        right = [-inf] * len(wish)
        for block in self.order:
            least = [right[other] + apart for other, apart in self.before[block]]
            right[block] = max([-inf if free[block] else wish[block], *least])
        left = [inf] * len(wish)
        for block in reversed(self.order):
            most = [left[other] - apart for other, apart in self.after[block]]
            left[block] = min([inf if free[block] else wish[block], *most])
        return [wish[i] if free[i] else (right[i] + left[i]) / 2 for i in range(len(wish))]

    def _place_satellites(self, row: int, x: list[float]) -> None:
        """Puts the satellites of a row next to what is already placed there."""
        layer, distance = self.layers[row], self.distance[row]
        for i in range(1, len(layer)):
            if self.satellite[layer[i]]:
                x[layer[i]] = max(x[layer[i]], x[layer[i - 1]] + distance[i])
        for i in range(len(layer) - 2, -1, -1):
            if self.satellite[layer[i]]:
                x[layer[i]] = min(x[layer[i]], x[layer[i + 1]] - distance[i + 1])

    def _apply(self, places: Sequence[float], x: list[float]) -> None:
        for members, place in zip(self.members, places, strict=True):
            for cell in members:
                x[cell] = place

    def straighten(self, start: Sequence[float]) -> list[float]:
        """Places of all cells with every block straight, near to the given ones."""
        x = list(start)
        places = self._settle([median(sorted(start[cell] for cell in members)) for members in self.members])
        self._apply(places, x)
        near = Neighbours(self.layers, self.distance, self.block, self.satellite, len(self.members))
        order = [block for block in self.order if not self.satellite[self.members[block][0]]]
        for _ in range(ROUNDS):
            moved = relax(order, near, places, [self._wish(block, x) - place for block, place in enumerate(places)])
            self._apply(places, x)
            if moved < STILL:
                break
        for cell, free in enumerate(self.satellite):
            if free:
                link = self.graph.links[[*self.graph.up[cell], *self.graph.down[cell]][0]]
                arrive = 0.0 if link.arrive is None else link.arrive
                x[cell] = x[link.lower] + arrive if link.upper == cell else x[link.upper] + link.leave
        for row, layer in enumerate(self.layers):
            if any(self.satellite[cell] for cell in layer):
                self._place_satellites(row, x)
        return x
