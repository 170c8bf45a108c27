"""Makes one node of an operator that sums integers, the requantize after it, and the relu after that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from symbolnb.graph.graph import Graph
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.spec import Spec
from symbolnb.kernels.table import choose
from symbolnb.ops.base import Operator
from symbolnb.ops.quantization.conversion import Requantize
from symbolnb.ops.quantization.fused import (
    FusedQuantizedAdd,
    FusedQuantizedConvolution,
    FusedQuantizedFullyConnected,
    Narrowed,
)
from symbolnb.ops.quantization.layers import QuantizedActivation
from symbolnb.ops.quantization.linear import QuantizedConvolution, QuantizedFullyConnected
from symbolnb.ops.quantization.pairs import QuantizedAdd

FUSED: Mapping[type[Operator], type[Narrowed]] = {
    QuantizedConvolution: FusedQuantizedConvolution,
    QuantizedFullyConnected: FusedQuantizedFullyConnected,
    QuantizedAdd: FusedQuantizedAdd,
}
"""What takes the place of an operator and its requantize."""


def fuse_quantized(graph: Graph) -> Graph:
    """Sums of 32 bits that are narrowed at once, over a range known beforehand, are never written with 32 bits.

    Only where nobody else reads them, and where a kernel computes the whole.
    """
    if not any(isinstance(node.operator, Requantize) for node in graph.order()):
        return graph
    uses = graph.uses()

    def change(node: Node, inputs: tuple[Entry, ...], specs: Mapping[Entry, Spec]) -> Node | None:
        if not inputs or not _is_chain(node, inputs[0].node, inputs, uses):
            return None
        first = inputs[0].node
        made = _narrowed(node, first) if isinstance(node.operator, Requantize) else _rectified(node, first)
        if made is None:
            return None
        results = [graph.specs[Entry(node, index)] for index in range(node.num_outputs)]
        given = [specs[entry] for entry in made.inputs]
        return None if choose(made.operator, graph.device, given, results) is None else made

    return graph.rewritten(change)


def _is_chain(node: Node, first: Node, inputs: tuple[Entry, ...], uses: Counter[Entry]) -> bool:
    """Whether a node reads three outputs of another one, which nobody else does."""
    whole = inputs == tuple(Entry(first, index) for index in range(3))
    return whole and all(uses[entry] == 1 for entry in node.inputs)


def _narrowed(node: Node, first: Node) -> Node | None:
    """The node for a requantize and the operator before it."""
    narrow, fused = node.operator, FUSED.get(type(first.operator))
    if fused is None or narrow.min_calib_range is None or getattr(first.operator, "min_calib_range", None) is not None:
        return None
    fields = {name: getattr(first.operator, name) for name in first.operator.parameters}
    operator = fused(
        **fields,
        narrow_type=narrow.chosen(narrow.out_type),
        lowest=narrow.min_calib_range,
        highest=narrow.max_calib_range,
        rectified=False,
    )
    return replace(node, operator=operator, inputs=first.inputs)


def _rectified(node: Node, first: Node) -> Node | None:
    """The node for a relu and what it reads; the result of uint8 data has another type and stays."""
    operator = first.operator
    if not isinstance(node.operator, QuantizedActivation) or not isinstance(operator, Narrowed):
        return None
    if operator.rectified or operator.narrow_type != "int8":
        return None
    return replace(node, operator=replace(operator, rectified=True), inputs=first.inputs)
