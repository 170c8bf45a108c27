"""Makes one node of a convolution and what follows it, where a kernel computes both at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from symbolnb.graph.graph import Graph
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.spec import Spec
from symbolnb.kernels.table import choose
from symbolnb.ops.elementwise.bounded import Clip
from symbolnb.ops.nn.activation import Activation
from symbolnb.ops.nn.batch_norm import BatchNorm
from symbolnb.ops.nn.convolution import Convolution
from symbolnb.ops.nn.fused_convolution import FusedConvolution, NormalizationFactors


def fuse_convolution(graph: Graph) -> Graph:
    """Convolution, then BatchNorm by moving statistics, elemwise_add and relu, as far as each is there, as one.

    Only where nobody else reads what is between them. The relu may have an upper bound (`clip` from 0). The
    weights stay what they are: the normalization becomes a scale and a shift of each channel, computed from its
    vectors at every run, and takes the convolution's bias in. In a graph with gradients only a relu is joined: a
    residual would have to be copied first, as others read it later. Other functions take longer within oneDNN's
    convolution than after it (tanh by half), since it leaves less in the processor's cache.
    """
    chains = _chains(graph)
    if not chains:
        return graph
    inputs_of: dict[Node, tuple[Entry, ...]] = {}

    def change(node: Node, inputs: tuple[Entry, ...], specs: dict[Entry, Spec]) -> Sequence[Entry] | None:
        inputs_of[node] = inputs
        chain = chains.get(node)
        return None if chain is None else [chain.fused(inputs_of, specs)]

    return graph.rewritten(change)


@dataclass(frozen=True)
class _Chain:
    """A convolution with the nodes that are fused into it; each reads the result of the one before."""

    convolution: Node
    normalization: Node | None = None
    addition: Node | None = None
    rectifier: Node | None = None

    @property
    def last(self) -> Node:
        """The node whose output is that of the chain."""
        return next(
            node for node in (self.rectifier, self.addition, self.normalization, self.convolution) if node is not None
        )

    @property
    def operator(self) -> FusedConvolution:
        """The one operator that computes the chain."""
        first = self.convolution.operator
        ceiling = None
        if self.rectifier is not None and isinstance(self.rectifier.operator, Clip):
            ceiling = self.rectifier.operator.a_max
        return FusedConvolution(
            **first.placement(),
            no_bias=first.no_bias or self.normalization is not None,
            scaled=self.normalization is not None,
            added=self.addition is not None,
            rectified=self.rectifier is not None,
            ceiling=ceiling,
        )

    def extended(self, node: Node, training: bool) -> _Chain | None:
        """The chain with a node that reads its result; None where it cannot be the next."""
        operator = node.operator
        if training and not isinstance(operator, Activation):
            return None
        if isinstance(operator, BatchNorm):
            dimensions = len(self.convolution.operator.kernel) + 2
            fits = not (operator.over_batch or operator.rectifies) and operator.channel_axis(dimensions) == 1
            first = node.inputs[0] == Entry(self.convolution)
            return replace(self, normalization=node) if fits and first else None
        if self.rectifier is not None:
            return None
        if operator.name == "elemwise_add" and self.addition is None:
            return replace(self, addition=node)
        bounded = isinstance(operator, Clip) and operator.a_min == 0 <= operator.a_max
        if bounded or (isinstance(operator, Activation) and operator.act_type == "relu"):
            return replace(self, rectifier=node)
        return None

    def residual(self) -> int:
        """Which input of the addition is not the chain's own."""
        assert self.addition is not None
        own = replace(self, addition=None, rectifier=None).last
        return 1 if self.addition.inputs[0].node is own else 0

    def given(self, graph: Graph) -> list[Spec]:
        """The specs of the fused node's inputs."""
        specs = [graph.specs[entry] for entry in self.convolution.inputs]
        if self.normalization is not None:
            specs[2:] = [graph.specs[self.normalization.inputs[1]]] * 2
        return specs if self.addition is None else [*specs, graph.specs[Entry(self.last)]]

    def fused(self, inputs_of: dict[Node, tuple[Entry, ...]], specs: dict[Entry, Spec]) -> Entry:
        """The new node's output, from the rewritten inputs of the nodes; specs of further new nodes are added."""
        inputs = inputs_of[self.convolution]
        if self.normalization is not None:
            norm, plain = self.normalization.operator, self.convolution.operator.no_bias
            operator = NormalizationFactors(eps=norm.eps, fix_gamma=norm.fix_gamma, no_bias=plain)
            vectors = (*inputs_of[self.normalization][1:], *inputs[2:])
            node = Node(operator, f"{self.normalization.name}_factors", vectors, source=self.normalization.source)
            factors = Entry(node, 0), Entry(node, 1)
            specs.update((entry, specs[self.normalization.inputs[1]]) for entry in factors)
            inputs = (*inputs[:2], *factors)
        if self.addition is not None:
            inputs = (*inputs, inputs_of[self.addition][self.residual()])
        return Entry(Node(self.operator, self.last.name, inputs, self.last.attributes, self.last.source))


def _chains(graph: Graph) -> dict[Node, _Chain]:
    """The chains that a kernel can compute, each as long as it gets, by their last nodes."""
    order, uses = graph.order(), graph.uses()
    readers = {entry: node for node in order for entry in node.inputs}
    found: dict[Node, _Chain] = {}
    fused: set[Node] = set()
    for node in order:
        if not isinstance(node.operator, Convolution):
            continue
        chain = _Chain(node)
        while True:
            reader = readers.get(Entry(chain.last)) if uses[Entry(chain.last)] == 1 else None
            if reader is None or reader in fused or any(uses[Entry(reader, i)] for i in range(1, reader.num_outputs)):
                break
            longer = chain.extended(reader, len(graph.heads) > graph.forward)
            if longer is None:
                break
            chain = longer
        if chain.last is not node and _served(chain, graph):
            found[chain.last] = chain
            fused.update(each for each in (chain.normalization, chain.addition, chain.rectifier) if each is not None)
    return found


def _served(chain: _Chain, graph: Graph) -> bool:
    return choose(chain.operator, graph.device, chain.given(graph), [graph.specs[Entry(chain.last)]]) is not None
