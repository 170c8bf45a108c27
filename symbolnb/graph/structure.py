"""What a graph is, apart from who made it and where: a key that equal graphs share."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

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
            node.operator,
            node.name,
            tuple((numbers[entry.node], entry.index) for entry in node.inputs),
            tuple(sorted(node.attributes.items())),
        )
        for node in order
    )
    return rows, tuple((numbers[head.node], head.index) for head in heads)
