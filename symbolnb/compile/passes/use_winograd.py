"""Computes convolutions by 3 x 3 with fewer multiplications, where a kernel does that and it pays."""

from __future__ import annotations

from collections.abc import Sequence

from symbolnb.graph.graph import Graph
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.spec import Shape, Spec
from symbolnb.kernels.table import choose
from symbolnb.ops.base import Operator
from symbolnb.ops.nn.convolution import Convolution, ConvolutionDataGradient, Convolving
from symbolnb.ops.nn.fused_convolution import FusedConvolution
from symbolnb.ops.nn.winograd import ELEMENTS, KERNEL, WinogradConvolution, WinogradWeight, by_tiles, tiles

SMALLEST = 10_000_000
"""Multiply-adds of a convolution from which it takes longer than waking another thread does."""

TILES, TILES_WITH_WEIGHT = 32, 64
"""Tiles from which it pays: each element of the transformed weight, almost twice as large, is used once for each.

The second number is for weights that have to be transformed at every run.
"""


def use_winograd(graph: Graph) -> Graph:
    """Convolutions one pixel after the other, and their data gradients, by Winograd's F(2 x 2, 3 x 3).

    The gradient of the data is itself such a convolution, with turned kernels. The weight's transform is a node of its
    own, which need not be computed at every run where the weights are kept.
    """
    infers = len(graph.heads) == graph.forward
    fewest = TILES if infers and graph.keep_weights else TILES_WITH_WEIGHT
    transformed: dict[tuple[Entry, bool], Entry] = {}

    def change(node: Node, inputs: tuple[Entry, ...], specs: dict[Entry, Spec]) -> Node | None:
        out = graph.specs[Entry(node)]
        if not isinstance(node.operator, Convolving) or not out.elements:
            return None
        operator, turned = _made_of_tiles(node.operator), isinstance(node.operator, ConvolutionDataGradient)
        if operator is None or _tiles(out.shape) < fewest:
            return None
        given = [specs[entry] for entry in inputs]
        if node.operator.multiply_adds([spec.shape for spec in given], [out.shape]) < SMALLEST:
            return None
        filters, channels = given[1].shape[:2]
        transform = WinogradWeight(turned=turned)
        spec = given[1]._replace(shape=(ELEMENTS, *((filters, channels) if turned else (channels, filters))))
        if not all(
            _served(graph, *step)
            for step in ((transform, given[1:2], spec), (operator, [given[0], spec, *given[2:]], out))
        ):
            return None
        key = (inputs[1], turned)
        made = transformed.get(key) if infers else None  # kept from one half to the other it would cost memory
        if made is None:
            name = f"{inputs[1].name}_winograd"
            made = transformed[key] = Entry(Node(transform, name, (inputs[1],), source=node.source))
            specs[made] = spec
        return Node(operator, node.name, (inputs[0], made, *inputs[2:]), node.attributes, node.source)

    return graph.rewritten(change)


def _made_of_tiles(operator: Convolving) -> WinogradConvolution | None:
    """The operator that takes the place of a convolution or its data gradient; None where there is none."""
    if not by_tiles(operator):
        return None
    placement = operator.placement()
    if isinstance(operator, ConvolutionDataGradient):
        pad = tuple(KERNEL - 1 - size for size in operator.pads)
        placement |= {"pad": pad, "num_filter": operator.data_shape[1]}
        return WinogradConvolution(**placement, no_bias=True) if min(pad) >= 0 else None
    if isinstance(operator, Convolution):
        return WinogradConvolution(**placement, no_bias=operator.no_bias)
    if isinstance(operator, FusedConvolution):
        steps = ("no_bias", "scaled", "added", "rectified", "ceiling")
        return WinogradConvolution(**placement, **{name: getattr(operator, name) for name in steps})
    return None


def _tiles(shape: Shape) -> int:
    return shape[0] * tiles(shape[2]) * tiles(shape[3])


def _served(graph: Graph, operator: Operator, inputs: Sequence[Spec], output: Spec) -> bool:
    return choose(operator, graph.device, inputs, [output]) is not None
