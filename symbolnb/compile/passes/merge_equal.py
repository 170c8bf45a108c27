"""Computes once what the graph computes several times from the same inputs."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace

from symbolnb.compile.passes.recompute import WISH
from symbolnb.graph.graph import Graph
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.spec import Spec
from symbolnb.graph.walk import topological


def merge_equal(graph: Graph) -> Graph:
    """Of nodes with equal operators, inputs and specs, all readers take the first.

    Random operators and those that change a state are left alone. The two halves are not mixed: a result of the
    forward half that the backward half repeats would otherwise have to be kept for it. Heads stay apart.
    """
    forward = set(topological(graph.heads[: graph.forward]))
    heads = {head.node for head in graph.heads}
    first: dict[Hashable, Node] = {}

    def change(node: Node, inputs: tuple[Entry, ...], specs: Mapping[Entry, Spec]) -> Node | None:
        if node.operator.random or not node.operator.repeatable:
            return None
        kept = node if inputs == node.inputs else replace(node, inputs=inputs)
        made = tuple(specs[Entry(node, index)] for index in range(node.num_outputs))
        found = first.setdefault((node.operator, inputs, made, node.attributes.get(WISH), node in forward), kept)
        return kept if node in heads else found

    return graph.rewritten(change)
