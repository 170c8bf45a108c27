"""In which order the cells of a row stand: barycentre sweeps and exchanges, the best order kept."""

from __future__ import annotations

from symbolnb.notebook.layout.cells import CellGraph
from symbolnb.notebook.style import STYLE

SWEEPS: int = STYLE["layout"]["sweeps"]
EXCHANGE_PASSES: int = STYLE["layout"]["exchange_passes"]

Layers = list[list[int]]


def _walk_order(graph: CellGraph) -> Layers:
    """Rows in the order of a depth-first walk, so that unconnected parts do not mix."""
    layers: Layers = [[] for _ in range(graph.rows)]
    seen = [False] * len(graph.cells)
    for start in range(len(graph.cells)):
        stack = [start]
        while stack:
            cell = stack.pop()
            if seen[cell]:
                continue
            seen[cell] = True
            layers[graph.cells[cell].rank].append(cell)
            stack.extend(graph.links[link].upper for link in reversed(graph.up[cell]))
            stack.extend(graph.links[link].lower for link in reversed(graph.down[cell]))
    return layers


def _set_places(layers: Layers, place: list[float], row: int) -> None:
    """Notes the place of each cell in its row, between 0 and 1."""
    for index, cell in enumerate(layers[row]):
        place[cell] = (index + 0.5) / len(layers[row])


def _sort_row(graph: CellGraph, layers: Layers, place: list[float], row: int, from_above: bool) -> None:
    """Sorts one row by the mean place of its cells' neighbours in the row above or below."""
    size = len(layers[row - 1 if from_above else row + 1])
    wish: dict[int, float] = {}
    for cell in layers[row]:
        near = (graph.up if from_above else graph.down)[cell]
        total = 0.0
        for index in near:
            link = graph.links[index]
            other = link.upper if from_above else link.lower
            offset = link.leave if from_above else (0.0 if link.arrive is None else link.arrive)
            total += place[other] + offset / (graph.cells[other].width + 1) / size
        wish[cell] = total / len(near) if near else place[cell]
    layers[row].sort(key=lambda cell: wish[cell])
    _set_places(layers, place, row)


def _row_crossings(groups: list[list[int]], size: int) -> int:
    """Crossings of links in one gap, from their lower places grouped by upper place: a Fenwick tree counts."""
    tree = [0] * (size + 1)
    crossings = total = 0
    for group in groups:
        for target in group:
            before, i = 0, target + 1
            while i > 0:
                before += tree[i]
                i -= i & -i
            crossings += total - before
        for target in group:
            i = target + 1
            while i <= size:
                tree[i] += 1
                i += i & -i
        total += len(group)
    return crossings


def count_crossings(graph: CellGraph, layers: Layers) -> int:
    """How often links cross with the cells in this order."""
    index = [0] * len(graph.cells)
    for layer in layers:
        for i, cell in enumerate(layer):
            index[cell] = i
    crossings = 0
    for row in range(len(layers) - 1):
        groups: list[list[int]] = []
        for cell in layers[row]:
            ports: dict[float, list[int]] = {}
            for link in sorted((graph.links[one] for one in graph.down[cell]), key=lambda link: link.leave):
                ports.setdefault(link.leave, []).append(index[link.lower])
            groups.extend(ports.values())
        crossings += _row_crossings(groups, len(layers[row + 1]))
    return crossings


def _inverted(left: list[float], right: list[float]) -> int:
    """How many pairs of one of the first and one of the second, both sorted, are in the wrong order."""
    pairs = before = 0
    for one in left:
        while before < len(right) and right[before] < one:
            before += 1
        pairs += before
    return pairs


class _Ends:
    """Where the links of each cell end in the rows beside it."""

    def __init__(self, graph: CellGraph, layers: Layers) -> None:
        self.graph = graph
        self.index = [0] * len(graph.cells)
        for layer in layers:
            self.note(layer)

    def note(self, layer: list[int]) -> None:
        """Takes the order of a row as it now is."""
        for i, cell in enumerate(layer):
            self.index[cell] = i

    def of(self, cell: int) -> tuple[list[float], list[float]]:
        """The places above and below, sorted."""
        graph, links = self.graph, self.graph.links
        above = [self._place(links[one].upper, links[one].leave) for one in graph.up[cell]]
        arrive = [(links[one].lower, links[one].arrive) for one in graph.down[cell]]
        below = [self._place(lower, 0.0 if at is None else at) for lower, at in arrive]
        return sorted(above), sorted(below)

    def _place(self, cell: int, offset: float) -> float:
        return self.index[cell] + offset / (self.graph.cells[cell].width + 1)


def _exchange(graph: CellGraph, layers: Layers) -> None:
    """Exchanges neighbours in a row as long as that takes crossings away."""
    ends = _Ends(graph, layers)
    for _ in range(EXCHANGE_PASSES):
        changed = False
        for layer in layers:
            near = [ends.of(cell) for cell in layer] if len(layer) > 1 else []
            for i in range(len(near) - 1):
                a, b = near[i], near[i + 1]
                kept = _inverted(a[0], b[0]) + _inverted(a[1], b[1])
                if kept > _inverted(b[0], a[0]) + _inverted(b[1], a[1]):
                    layer[i], layer[i + 1] = layer[i + 1], layer[i]
                    near[i], near[i + 1] = b, a
                    changed = True
            ends.note(layer)
        if not changed:
            return


def order_rows(graph: CellGraph) -> Layers:
    """The rows with their cells in order."""
    layers = _walk_order(graph)
    best = [list(layer) for layer in layers]
    fewest = count_crossings(graph, layers)
    place = [0.0] * len(graph.cells)
    for row in range(len(layers)):
        _set_places(layers, place, row)
    for sweep in range(SWEEPS):
        if fewest == 0:
            break
        down = sweep % 2 == 0
        for row in range(1, len(layers)) if down else range(len(layers) - 2, -1, -1):
            _sort_row(graph, layers, place, row, from_above=down)
        tried = [list(layer) for layer in layers]
        _exchange(graph, tried)
        crossings = count_crossings(graph, tried)
        if crossings < fewest:
            fewest, best = crossings, tried
    return best
