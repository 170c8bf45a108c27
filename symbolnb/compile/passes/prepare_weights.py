"""Finds what a program need not compute at every run: what follows from weights, and from nothing at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from symbolnb.graph.graph import Graph
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.walk import auxiliary_nodes

PARAMETERS = frozenset(
    ("weight", "bias", "gamma", "beta", "moving_mean", "moving_var", "mean", "var", "scale", "shift", "parameters")
)
"""Names of inputs by which layers read what seldom changes; the others are taken for data."""

LARGEST_CONSTANT = 1 << 18
"""Bytes that a result which depends on no array may have to be kept."""

SMALL = 1 << 14
"""Bytes that any result may have to be kept where weights are not: the vectors of a layer, one number a channel."""


def prepare_weights(graph: Graph) -> Graph:
    """What depends only on layers' parameters or on no variable at all is computed before everything else.

    A session keeps such results until an array that they were computed from changes. Only what can be repeated
    qualifies, and no variable that the program itself may change. In a graph with gradients, whose parameters
    change at every step, it is only the small constants; without `Graph.keep_weights`, only small results.
    """
    order = graph.order()
    kept = _candidates(graph, order)
    parameters = _parameters(order, kept) if len(graph.heads) == graph.forward else set[Node]()
    prepared: dict[Node, None] = {}
    for node in order:
        if node in kept and all(entry.node in prepared or entry.node in parameters for entry in node.inputs):
            prepared[node] = None
    constant: set[Node] = set()
    for node in list(prepared):
        largest = max(graph.specs[entry].nbytes for entry in _outputs(node))
        if all(entry.node in constant for entry in node.inputs):
            constant.add(node)
            limit = LARGEST_CONSTANT
        else:
            limit = largest if graph.keep_weights else SMALL
        if largest > limit:
            prepared = _without(prepared, node)
    return replace(graph, prepared=_groups(prepared)) if prepared else graph


def _candidates(graph: Graph, order: Iterable[Node]) -> set[Node]:
    """The nodes that can be computed at another time, with what comes before them."""
    heads = {head.node for head in graph.heads}
    found: set[Node] = set()
    for node in order:
        if node.operator is None or node in heads or not node.operator.repeatable or node.operator.random:
            continue
        if all(entry.node in found or entry.node.operator is None for entry in node.inputs):
            found.add(node)
    return found


def _parameters(order: Sequence[Node], kept: set[Node]) -> set[Node]:
    """The variables that layers read as their parameters, directly or through nodes of `kept`."""
    found: set[Node] = set()
    for node in reversed(order):
        if node.operator is None:
            continue
        names = node.operator.input_names()
        all_of_them = node in found and node in kept
        found.update(
            entry.node
            for name, entry in zip(names, node.inputs, strict=True)
            if all_of_them or (name in PARAMETERS and (entry.node in kept or entry.node.operator is None))
        )
    return {node for node in found if node.operator is None} - auxiliary_nodes(order)


def _without(prepared: dict[Node, None], dropped: Node) -> dict[Node, None]:
    """The nodes that do not need the dropped one."""
    gone = {dropped}
    for node in prepared:
        if any(entry.node in gone for entry in node.inputs):
            gone.add(node)
    return {node: None for node in prepared if node not in gone}


def _groups(prepared: Iterable[Node]) -> tuple[tuple[Node, ...], ...]:
    """The nodes in groups that share no results, each in order."""
    group_of: dict[Node, list[Node]] = {}
    for node in prepared:
        joined = [node]
        for other in {id(group): group for entry in node.inputs if (group := group_of.get(entry.node))}.values():
            joined = [*other, *joined]
        group_of.update(dict.fromkeys(joined, joined))
    return tuple(tuple(group) for group in {id(group): group for group in group_of.values()}.values())


def _outputs(node: Node) -> list[Entry]:
    return [Entry(node, index) for index in range(node.num_outputs)]
