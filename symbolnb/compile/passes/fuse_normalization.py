"""Makes one node of a batch normalization and the relu after it, where it is not part of a convolution."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from symbolnb.graph.graph import Graph
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.spec import Spec
from symbolnb.kernels.table import choose
from symbolnb.ops.nn.activation import Activation
from symbolnb.ops.nn.batch_norm import BatchNorm
from symbolnb.ops.nn.fused_normalization import FusedBatchNorm


def fuse_normalization(graph: Graph) -> Graph:
    """BatchNorm by moving statistics, if nobody reads those, and the relu that alone reads its result, as one.

    A graph with gradients is left as it is.
    """
    if len(graph.heads) > graph.forward:
        return graph
    uses = graph.uses()

    def change(node: Node, inputs: tuple[Entry, ...], specs: Mapping[Entry, Spec]) -> Node | None:
        made = _normalization(node, inputs, graph, uses)
        if made is None and inputs and uses[node.inputs[0]] == 1:
            made = _rectified(node, inputs[0].node)
        return made

    return graph.rewritten(change)


def _normalization(node: Node, inputs: tuple[Entry, ...], graph: Graph, uses: Counter[Entry]) -> Node | None:
    """The node that a normalization becomes; None for all others, and where no kernel computes that."""
    norm, out = node.operator, graph.specs[Entry(node)]
    if not isinstance(norm, BatchNorm) or norm.over_batch or norm.rectifies:
        return None
    if uses[Entry(node, 1)] or uses[Entry(node, 2)] or norm.channel_axis(len(out.shape)) != 1:
        return None
    operator = FusedBatchNorm(eps=norm.eps, fix_gamma=norm.fix_gamma, rectified=False)
    if choose(operator, graph.device, [graph.specs[entry] for entry in node.inputs], [out]) is None:
        return None
    return replace(node, operator=operator, inputs=inputs)


def _rectified(node: Node, norm: Node) -> Node | None:
    """The node for a relu and the normalization that it reads; None where they are something else."""
    function, operator = node.operator, norm.operator
    if not isinstance(operator, FusedBatchNorm) or operator.rectified:
        return None
    if not isinstance(function, Activation) or function.act_type != "relu":
        return None
    return replace(node, operator=replace(operator, rectified=True), inputs=norm.inputs)
