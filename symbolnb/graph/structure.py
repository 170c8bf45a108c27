"""What a graph is, apart from who made it and where: a key that equal graphs share."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any

from symbolnb.graph.node import Entry
from symbolnb.graph.walk import topological


def structure_key(heads: Sequence[Entry]) -> Hashable:
    """A value that is equal for two graphs exactly if they have the same structure.

    It holds every node's operator with its parameters, name, inputs and attributes, in topological order, and
    the heads; not the identity of nodes, nor the lines of code that made them.

    >>> from symbolnb.graph.node import Entry, Node
    >>> a, b = Node(None, "x"), Node(None, "x")
    >>> structure_key([Entry(a)]) == structure_key([Entry(b)])
    True
    """
    order = topological(heads)
    numbers = {node: number for number, node in enumerate(order)}
    rows = tuple(
        (
            _operator_key(node.operator),
            node.name,
            tuple((numbers[entry.node], entry.index) for entry in node.inputs),
            tuple(sorted(node.attributes.items())),
        )
        for node in order
    )
    return rows, tuple((numbers[head.node], head.index) for head in heads)


def _operator_key(operator: Any) -> Hashable:
    """The operator; one that holds graphs is told by their structure."""
    bodies = getattr(operator, "subgraphs", ())
    if not bodies:
        return operator  # type: ignore[no-any-return]
    return replace(operator, subgraphs=()), tuple(structure_key(body.heads) for body in bodies)
