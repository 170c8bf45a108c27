"""Gives every head of the graph a storage of its own."""

from __future__ import annotations

from dataclasses import replace

from symbolnb.graph.graph import Graph
from symbolnb.graph.node import Entry, Node
from symbolnb.ops.registry import create


def distinct_heads(graph: Graph) -> Graph:
    """Copy where two heads are one entry, or where a head is a variable or may share a variable's storage.

    Afterwards each head can be computed straight into the array that its user gave for it.
    """
    specs = dict(graph.specs)
    heads: list[Entry] = []
    taken: set[Entry] = set()
    for head in graph.heads:
        if head in taken or head.node.operator is None or head.node.operator.view:
            copy = Entry(Node(create("_copy"), head.name, (head,), source=head.node.source))
            specs[copy] = specs[head]
            head = copy
        taken.add(head)
        heads.append(head)
    return replace(graph, heads=tuple(heads), specs=specs)


def is_copy_of_head(node: Node) -> bool:
    """Whether the node is one that `distinct_heads` has added."""
    return node.operator.name == "_copy" and node.name == node.inputs[0].name
