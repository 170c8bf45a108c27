"""Training in less memory: the backward half computes some results of the forward half once more.

After "Training Deep Nets with Sublinear Memory Cost" (Chen, Xu, Zhang and Guestrin, 2016): the forward half is cut
into segments, only what crosses a cut is kept, and each segment is computed again when the backward half gets there.
MXNet's `force_mirroring` marks single nodes for the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import isqrt

from symbolnb.compile.schedule import peak, schedule
from symbolnb.graph.graph import Choice, Graph
from symbolnb.graph.node import Entry, Node, annotate
from symbolnb.graph.spec import Spec
from symbolnb.graph.walk import rewrite, topological
from symbolnb.ops.term import Term, apply, made_for

MARK = "__recomputed__"
"""Attribute of the nodes that compute something for the second time; they must not be merged with the first."""

SUFFIX = "_again"
"""What the name of such a node ends with, after that of the first."""

WISH = "__force_mirroring__"
"""The user's attribute: true where a node is to be recomputed in any case, false where never."""

TRUE = ("true", "1")

PARTS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
"""Into how many segments the forward half is cut on trial."""

LARGE = 1000
"""From how many nodes on only numbers of segments near the root of the depth are tried: each trial takes time."""


def recompute(graph: Graph) -> Graph:
    """The graph whose backward half recomputes what `graph.recompute` and the attribute ``force_mirroring`` ask for.

    ``"cheap"`` recomputes no products (convolutions and the like), ``"all"`` also those where that needs less memory,
    ``"marked"`` only nodes that have the attribute, ``"never"`` not even these. With several lengths of segments there
    are several graphs to choose from, the first of which recomputes nothing, the others in the order of how many bytes
    they keep alive: that of kernels' scratch memory and reordered arrays is not known yet. Random operators are not
    repeated: their results are kept.
    """
    if len(graph.heads) == graph.forward or graph.recompute == "never":
        return graph
    forward = topological(graph.heads[: graph.forward])
    wishes = {node: wish for node in forward if (wish := node.attributes.get(WISH)) is not None}
    able = [node for node in forward if node.operator is not None and node.operator.repeatable]
    forced = {node for node in able if wishes.get(node, "").lower() in TRUE}
    if graph.recompute == "marked":
        return _repeated(graph, forced) if forced else graph
    free = {node for node in able if node in forced or node not in wishes}
    cheap = {node for node in free if node in forced or not multiply_adds(graph.specs, [node])}
    order = [node for node in forward if node.operator is not None]
    cuts = [_Cuts(order, some, graph.specs) for some in ((cheap,) if graph.recompute == "cheap" else (free, cheap))]
    choices = dict.fromkeys(frozenset(one.dropped(parts) | forced) for one in cuts for parts in _trials(len(order)))
    plans = [_measured(_repeated(graph, choice)) for choice in choices if choice]
    plans.sort(key=lambda plan: (plan.nbytes, repeated_work(plan.graph)))
    return replace(graph, choices=(_measured(graph), *plans)) if plans else graph


def _measured(graph: Graph) -> Choice:
    return Choice(graph, peak(graph, schedule(graph)))


def _trials(depth: int) -> tuple[int, ...]:
    return PARTS if depth < LARGE else (isqrt(depth) // 2, isqrt(depth))


def multiply_adds(specs: Mapping[Entry, Spec], nodes: Iterable[Node]) -> int:
    """The multiply-add pairs of some nodes, as far as their operators count them."""
    total = 0
    for node in nodes:
        if node.operator is not None:
            made = [specs[Entry(node, index)].shape for index in range(node.num_outputs)]
            total += node.operator.multiply_adds([specs[entry].shape for entry in node.inputs], made)
    return total


def repeated_work(graph: Graph) -> int:
    """The multiply-add pairs that a graph spends on computing something for the second time."""
    return multiply_adds(graph.specs, [node for node in graph.order() if MARK in node.attributes])


@dataclass(frozen=True)
class _Cuts:
    """Where the forward half may be cut, and what each choice of cuts drops."""

    order: Sequence[Node]
    free: set[Node]
    specs: Mapping[Entry, Spec]

    def dropped(self, parts: int) -> set[Node]:
        """The nodes to recompute if the half is cut into about so many parts of equally many bytes.

        Each cut is moved to where the fewest bytes cross it. What is computed in the last part is kept, as the
        backward half starts with it.
        """
        last = self._last_readers()
        sizes = [self._nbytes(node) if node in self.free else 0 for node in self.order]
        crossing = self._crossing(last)
        budget = sum(sizes) / parts
        cuts, since, best = [-1], 0.0, 0
        for position, size in enumerate(sizes):
            since += size
            if since < budget / 2 or crossing[position] <= crossing[best]:
                best = position
            if since > budget:
                cuts.append(best)
                since = float(sum(sizes[best + 1 : position + 1]))
                best = position
        cuts.append(len(self.order) - 1)
        found: set[Node] = set()
        for start, end in list(pairwise(cuts))[: -1 if len(cuts) > 2 else None]:
            inside = self.order[start + 1 : end + 1]
            found.update(node for node in inside if node in self.free and last[node] <= end)
        return found

    def _nbytes(self, node: Node) -> int:
        return sum(self.specs[Entry(node, index)].nbytes for index in range(node.num_outputs))

    def _last_readers(self) -> dict[Node, int]:
        last = {node: position for position, node in enumerate(self.order)}
        for position, node in enumerate(self.order):
            last.update((entry.node, position) for entry in node.inputs if entry.node.operator is not None)
        return last

    def _crossing(self, last: Mapping[Node, int]) -> list[int]:
        """For a cut behind each node, the bytes that would have to be kept for it."""
        change = [0] * (len(self.order) + 1)
        for position, node in enumerate(self.order):
            if node in self.free:
                change[position] += self._nbytes(node)
                change[last[node]] -= self._nbytes(node)
        alive, found = 0, []
        for step in change:
            alive += step
            found.append(alive)
        return found


def _repeated(graph: Graph, dropped: Iterable[Node]) -> Graph:
    """The graph whose backward half reads copies of the dropped nodes, each computed from what is kept."""
    before = topological(graph.heads[: graph.forward])
    specs = dict(graph.specs)
    copies = _copies([node for node in before if node in set(dropped)], set(graph.heads[: graph.forward]), specs)
    ready = set(before)

    def change(node: Node, inputs: tuple[Entry, ...]) -> Sequence[Entry] | None:
        if node in ready:
            return _outputs(node)
        made = tuple(copies.get(old, new) for old, new in zip(node.inputs, inputs, strict=True))
        return None if made == node.inputs else _outputs(replace(node, inputs=made))

    heads, became = rewrite(graph.heads, change)
    for old, entries in became.items():
        specs.update((entry, specs[Entry(old, index)]) for index, entry in enumerate(entries))
    return replace(graph, heads=heads, specs=specs)


def _copies(dropped: Iterable[Node], kept: set[Entry], specs: dict[Entry, Spec]) -> dict[Entry, Entry]:
    """For the entries of the dropped nodes that are not kept, those that the backward half computes."""
    copies: dict[Entry, Entry] = {}
    for node in dropped:
        inputs = tuple(_term(copies.get(entry, entry), specs) for entry in node.inputs)
        with made_for(f"{node.name}{SUFFIX}", node.source, specs):
            made = node.operator.again(inputs, tuple(_term(entry, specs) for entry in _outputs(node)))
            if made is None:
                made = apply(node.operator, *inputs)
        for entry, term in zip(_outputs(node), made, strict=True):
            if term.entry != entry and entry not in kept:
                annotate(term.entry.node, {MARK: "True"})
                copies[entry] = term.entry
    return copies


def _term(entry: Entry, specs: Mapping[Entry, Spec]) -> Term:
    return Term(entry, specs[entry].shape, specs[entry].dtype)


def _outputs(node: Node) -> list[Entry]:
    return [Entry(node, index) for index in range(node.num_outputs)]
