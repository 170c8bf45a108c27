"""Makes one node of a fully connected layer and the function after it, where a kernel computes both at once."""

from __future__ import annotations

from collections.abc import Mapping

from symbolnb.graph.graph import Graph
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.spec import Spec
from symbolnb.kernels.table import choose
from symbolnb.ops.nn.activation import Activation
from symbolnb.ops.nn.fully_connected import FullyConnected
from symbolnb.ops.nn.fused_fully_connected import FusedFullyConnected


def fuse_fully_connected(graph: Graph) -> Graph:
    """FullyConnected and the Activation that alone reads its result, as one.

    In a graph with gradients too: the gradient of an Activation is computed from its result.
    """
    uses = graph.uses()

    def change(node: Node, inputs: tuple[Entry, ...], specs: Mapping[Entry, Spec]) -> Node | None:
        return _fused(node, inputs[0].node, graph) if inputs and uses[node.inputs[0]] == 1 else None

    return graph.rewritten(change)


def _fused(node: Node, layer: Node, graph: Graph) -> Node | None:
    """The node for both a function and the layer that it reads; None where they are others, or no kernel does that."""
    function, linear = node.operator, layer.operator
    if not isinstance(function, Activation) or type(linear) is not FullyConnected:
        return None
    operator = FusedFullyConnected(
        num_hidden=linear.num_hidden, no_bias=linear.no_bias, flatten=linear.flatten, act_type=function.act_type
    )
    given = [graph.specs[entry] for entry in node.inputs[0].node.inputs]
    if choose(operator, graph.device, given, [graph.specs[Entry(node)]]) is None:
        return None
    return Node(operator, node.name, layer.inputs, node.attributes, node.source)
