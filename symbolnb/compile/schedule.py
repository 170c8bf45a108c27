"""The order in which the nodes of a graph are computed: one that keeps few bytes alive at a time.

The forward half keeps the order of its graph, which is MXNet's. In the backward half that order would compute the
gradient of the first layer before any other layer's, and keep all that the others need until the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from symbolnb.graph.graph import Graph
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.walk import topological


def schedule(graph: Graph) -> list[Node]:
    """All nodes, inputs before users, those of the forward half first.

    The backward half goes from the last layer to the first, and a node is computed at once where that frees as
    many bytes as it takes; unless the graph's own order turns out to keep less alive, or two nodes change one state.
    """
    order = graph.order()
    if len(graph.heads) == graph.forward:
        return order
    start = len(topological(graph.heads[: graph.forward]))
    if _share_states(order[start:]):
        return order
    ranked = order[:start] + _eager(graph, order[:start], _by_reach(graph, order, start))
    return min(ranked, order, key=lambda nodes: peak(graph, nodes))


def _share_states(nodes: Iterable[Node]) -> bool:
    """Whether some auxiliary state is changed by several nodes, as far as it can be known."""
    changing = [node for node in nodes if node.operator is not None and not node.operator.repeatable]
    states = [node.inputs[position] for node in changing for position in node.operator.auxiliary_inputs()]
    return len(set(states)) < len(states)


def peak(graph: Graph, nodes: Sequence[Node]) -> int:
    """The most bytes of intermediate results that are alive at one step, if nothing is computed in place."""
    memory = _Memory(graph, nodes)
    most = 0
    for node in nodes:
        taken = memory.taken(node)
        most = max(most, memory.alive + taken)
        memory.compute(node)
    return most


def _by_reach(graph: Graph, order: Sequence[Node], start: int) -> list[Node]:
    """The backward half, depth first from those gradients that read no early results, the longest way first.

    A node's reach is the place of the earliest result that it needs, itself or through others of its half.
    """
    place = {node: position for position, node in enumerate(order[:start])}
    reach: dict[Node, int] = {}
    depth: dict[Node, int] = {}
    for node in order[start:]:
        nearest, deepest = start, 0
        for entry in node.inputs:
            source = entry.node
            if source in reach:
                nearest, deepest = min(nearest, reach[source]), max(deepest, depth[source])
            elif source.operator is not None:
                nearest = min(nearest, place[source])
        reach[node], depth[node] = nearest, deepest + 1
    heads = [head.node for head in graph.heads[graph.forward :] if head.node in reach]
    heads.sort(key=lambda node: -reach[node])
    found: list[Node] = []
    entered: set[Node] = set()
    stack: list[tuple[Node, bool]] = [(node, False) for node in reversed(heads)]
    while stack:
        node, complete = stack.pop()
        if complete:
            found.append(node)
        elif node not in entered:
            entered.add(node)
            stack.append((node, True))
            inner = [entry.node for entry in node.inputs if entry.node in reach and entry.node not in entered]
            stack += [(other, False) for other in sorted(inner, key=lambda other: depth[other])]
    return found


def _eager(graph: Graph, before: Sequence[Node], after: Sequence[Node]) -> list[Node]:
    """The nodes of `after`, each moved to where it can first be computed if it then frees as much as it takes."""
    memory = _Memory(graph, (*before, *after))
    for node in before:
        memory.compute(node)
    missing = {node: len({entry.node for entry in node.inputs} - memory.done) for node in after}
    readers: dict[Node, list[Node]] = {}
    for node in after:
        for source in dict.fromkeys(entry.node for entry in node.inputs):
            readers.setdefault(source, []).append(node)
    found: list[Node] = []
    for first in after:
        queue = [first] if first not in memory.done else []
        while queue:
            node = queue.pop()
            if node in memory.done:
                continue
            memory.compute(node)
            found.append(node)
            for reader in readers.get(node, ()):
                missing[reader] -= 1
                if not missing[reader] and memory.taken(reader) <= memory.freed(reader):
                    queue.append(reader)
    return found


class _Memory:
    """Which results are alive while nodes are computed one after the other; those of views are their input's."""

    def __init__(self, graph: Graph, nodes: Iterable[Node]) -> None:
        self.alive = 0
        self.done: set[Node] = set()
        self._left: dict[Entry, int] = {}  # readers to come
        self._root: dict[Entry, Entry] = {}
        self._specs = graph.specs
        self._heads = set(graph.heads)
        for node in nodes:
            if node.operator is not None and node.operator.view:
                self._root[Entry(node)] = self._of(node.inputs[0])
            for root in self._sources(node):
                self._left[root] = self._left.get(root, 0) + 1

    def _of(self, entry: Entry) -> Entry:
        return self._root.get(entry, entry)

    def _sources(self, node: Node) -> set[Entry]:
        return {self._of(entry) for entry in node.inputs}

    def _made(self, node: Node) -> list[Entry]:
        if node.operator is None:
            return []
        entries = [Entry(node, index) for index in range(node.num_outputs)]
        return [entry for entry in entries if entry not in self._heads and entry not in self._root]

    def taken(self, node: Node) -> int:
        """The bytes of a node's results."""
        return sum(self._specs[entry].nbytes for entry in self._made(node))

    def freed(self, node: Node) -> int:
        """The bytes that nobody reads any more once the node is computed."""
        last = [root for root in self._sources(node) if self._left[root] == 1 and root.node.operator is not None]
        return sum(self._specs[root].nbytes for root in last if root not in self._heads)

    def compute(self, node: Node) -> None:
        """Count a node as computed."""
        self.done.add(node)
        self.alive += self.taken(node) - self.freed(node)
        for root in self._sources(node):
            self._left[root] -= 1
        self.alive -= sum(self._specs[entry].nbytes for entry in self._made(node) if not self._left.get(entry))
