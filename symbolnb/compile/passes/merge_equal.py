"""Computes once what the graph computes several times from the same inputs."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace

from symbolnb.compile.passes.recompute import WISH
from symbolnb.graph.graph import Graph
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.walk import rewrite, topological


def merge_equal(graph: Graph) -> Graph:
    """Of nodes with equal operators, inputs and specs, all readers take the first.

    Random operators and those that change a state are left alone. The two halves are not mixed: a result of the
    forward half that the backward half repeats would otherwise have to be kept for it. Heads stay apart.
    """
    forward = set(topological(graph.heads[: graph.forward]))
    heads = {head.node for head in graph.heads}
    first: dict[Hashable, Node] = {}
    specs = dict(graph.specs)
    merged = False

    def visit(node: Node, inputs: tuple[Entry, ...]) -> Sequence[Entry] | None:
        nonlocal merged
        if node.operator is None:
            return None
        kept = node if inputs == node.inputs else replace(node, inputs=inputs)
        if node.operator.repeatable and not node.operator.random:
            made = tuple(graph.specs[Entry(node, index)] for index in range(node.num_outputs))
            found = first.setdefault((node.operator, inputs, made, node.attributes.get(WISH), node in forward), kept)
            merged = merged or (found is not kept and node not in heads)
            kept = kept if node in heads else found
        entries = [Entry(kept, index) for index in range(node.num_outputs)]
        specs.update((entry, graph.specs[Entry(node, index)]) for index, entry in enumerate(entries))
        return entries

    rewritten, _ = rewrite(graph.heads, visit)
    return replace(graph, heads=rewritten, specs=specs) if merged else graph
