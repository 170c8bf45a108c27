"""Which steps of a program can be left out, because a condition says that nobody reads their results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from symbolnb.graph.node import Entry, Node
from symbolnb.ops.conditional import Conditional

Condition = tuple[Entry, bool]
"""An entry and the truth that it must have."""


def conditions(nodes: Sequence[Node], heads: Iterable[Entry]) -> Mapping[Node, tuple[Condition, ...]]:
    """For nodes that need not always be computed, the conditions that must all hold where they do.

    `nodes` are a program's, in the order of its steps. A node is listed if every way from it to a head goes
    through an input that is read only under the condition, which is known by the time of the node's step.
    """
    if not any(isinstance(node.operator, Conditional) for node in nodes):
        return {}
    place = {node: position for position, node in enumerate(nodes)}
    needed: dict[Node, frozenset[Condition]] = {head.node: frozenset() for head in heads}
    for node in reversed(nodes):
        own = needed[node]
        under = node.operator.read_when() if isinstance(node.operator, Conditional) else {}
        for position, entry in enumerate(node.inputs):
            terms = own
            if position in under:
                terms = own | {(node.inputs[node.operator.condition], under[position])}
            before = needed.get(entry.node)
            needed[entry.node] = terms if before is None else before & terms
    found = {}
    for node in nodes:
        known = [term for term in needed[node] if place.get(term[0].node, -1) < place[node]]
        if known:
            found[node] = tuple(sorted(known, key=lambda term: place.get(term[0].node, -1)))
    return found
