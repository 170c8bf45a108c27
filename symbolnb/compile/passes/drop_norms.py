"""Leaves out the norm of local response normalization where at most its own gradient reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from symbolnb.graph.graph import Graph
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.spec import Spec
from symbolnb.kernels.table import choose
from symbolnb.ops.nn.fused_lrn import FusedLRN, FusedLRNGradient
from symbolnb.ops.nn.lrn import LRN, LRNGradient


def drop_norms(graph: Graph) -> Graph:
    """LRN without its hidden output where a kernel computes that; its gradient finds the norm again.

    The norm is as large as the data, and is kept until the gradient is computed.
    """
    nodes = [node for node in graph.order() if isinstance(node.operator, LRN)]
    if not nodes:
        return graph
    needed = {head.node for head in graph.heads if head.index == 1}
    needed |= {
        entry.node
        for node in graph.order()
        for place, entry in enumerate(node.inputs)
        if entry.index == 1 and not (isinstance(node.operator, LRNGradient) and place == 2)
    }
    dropped = {node for node in nodes if node not in needed and _is_computed(node, graph)}

    def change(node: Node, inputs: tuple[Entry, ...], specs: Mapping[Entry, Spec]) -> Node | Sequence[Entry] | None:
        operator = node.operator
        if node in dropped:
            assert isinstance(operator, LRN)
            out = Entry(replace(node, operator=FusedLRN(**operator.factors), inputs=inputs))
            return [out, out]  # who reads the second reads it no more
        if isinstance(operator, LRNGradient) and node.inputs[2].node in dropped:
            return replace(node, operator=FusedLRNGradient(**operator.factors), inputs=inputs[:2])
        return None

    return graph.rewritten(change)


def _is_computed(node: Node, graph: Graph) -> bool:
    """Whether a kernel computes a normalization and its gradient without the norm."""
    assert isinstance(node.operator, LRN)
    data, factors = graph.specs[node.inputs[0]], node.operator.factors
    return all(
        choose(operator, graph.device, [data] * len(operator.input_names()), [data]) is not None
        for operator in (FusedLRN(**factors), FusedLRNGradient(**factors))
    )
