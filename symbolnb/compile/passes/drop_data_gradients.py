"""Leaves out the gradient of a recurrent network's data where nobody reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symbolnb.graph.graph import Graph
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.spec import Spec
from symbolnb.ops.recurrent.rnn import RNNGradient


def drop_data_gradients(graph: Graph) -> Graph:
    """The gradients of RNN without that of the data, which a network's first layer seldom needs.

    It is one of the layer's large matrix products, and all gradients of RNN come from one operator.
    """
    if not any(isinstance(node.operator, RNNGradient) for node in graph.order()):
        return graph
    uses = graph.uses()

    def change(node: Node, inputs: tuple[Entry, ...], specs: dict[Entry, Spec]) -> Sequence[Entry] | None:
        operator = node.operator
        if not isinstance(operator, RNNGradient) or not operator.of_data or uses[Entry(node, 0)] > 0:
            return None
        made = replace(node, operator=replace(operator, of_data=False), inputs=inputs)
        left = [Entry(made, index) for index in range(made.num_outputs)]
        specs |= {entry: graph.specs[Entry(node, entry.index + 1)] for entry in left}
        return [left[0], *left]  # nobody asks for the first

    return graph.rewritten(change)
