"""Takes out nodes that hand their input on as it is: they would only part kernels that could stay in one layout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from symbolnb.graph.graph import Graph
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.spec import Spec
from symbolnb.graph.walk import auxiliary_nodes
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

    def change(node: Node, inputs: tuple[Entry, ...], specs: Mapping[Entry, Spec]) -> Sequence[Entry] | None:
        hands_on = node not in kept and _hands_on(node, graph) and (node.operator.view or inputs[0].node not in states)
        return [inputs[0]] * node.num_outputs if hands_on else None

    return graph.rewritten(change)


def _hands_on(node: Node, graph: Graph) -> bool:
    """Whether the first output is the first input, element by element and in the same shape and type."""
    operator = node.operator
    idle = isinstance(operator, Dropout) and not operator.acts
    return (idle or operator.view) and bool(graph.specs[node.inputs[0]] == graph.specs[Entry(node)])
