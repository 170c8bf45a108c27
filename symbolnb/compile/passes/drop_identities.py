"""Takes out nodes that hand their input on as it is: they would only part kernels that could stay in one layout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symbolnb.graph.graph import Graph
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.walk import auxiliary_nodes, rewrite
from symbolnb.ops.nn.dropout import Dropout


def drop_identities(graph: Graph) -> Graph:
    """Readers of a view without a change of shape, or of a Dropout that does not act, take its input.

    Heads stay what they are, since each needs a storage of its own, and so does what else than the first output is
    read of. A copy of a state that some operator changes stays too: it may hold what the state was before.
    """
    order = graph.order()
    kept = {head.node for head in graph.heads}
    kept.update(entry.node for node in order for entry in node.inputs if entry.index > 0)
    states = auxiliary_nodes(order)
    specs = dict(graph.specs)
    dropped = False

    def visit(node: Node, inputs: tuple[Entry, ...]) -> Sequence[Entry] | None:
        nonlocal dropped
        operator = node.operator
        if operator is None:
            return None
        if node not in kept and _hands_on(node, graph) and (operator.view or inputs[0].node not in states):
            dropped = True
            return [inputs[0]] * node.num_outputs
        new = node if inputs == node.inputs else replace(node, inputs=inputs)
        entries = [Entry(new, index) for index in range(node.num_outputs)]
        specs.update((entry, graph.specs[Entry(node, index)]) for index, entry in enumerate(entries))
        return entries

    heads, _ = rewrite(graph.heads, visit)
    return replace(graph, heads=heads, specs=specs) if dropped else graph


def _hands_on(node: Node, graph: Graph) -> bool:
    """Whether the first output is the first input, element by element and in the same shape and type."""
    operator = node.operator
    idle = isinstance(operator, Dropout) and not operator.acts
    return (idle or operator.view) and bool(graph.specs[node.inputs[0]] == graph.specs[Entry(node)])
