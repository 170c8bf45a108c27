"""A graph as text, one node a line: for golden tests and for reading."""

from __future__ import annotations

from symbolnb.graph.graph import Graph
from symbolnb.graph.node import Entry, Node


def listing(graph: Graph) -> str:
    """The graph's nodes in order, with operator, kernel library, inputs, shapes, types and layouts.

    Variables are shown by name, other nodes by number: ``%2 = Convolution[onednn](data, w) -> (8, 4) float32``.
    """
    numbers: dict[Node, int] = {}
    lines = []
    for node in graph.order():
        if node.operator is None:
            continue
        numbers[node] = len(numbers)
        inputs = ", ".join(_reference(numbers, entry.node, entry.index) for entry in node.inputs)
        kernel = graph.kernels.get(node)
        library = f"[{kernel.library}]" if kernel is not None else ""
        specs = [graph.specs[Entry(node, index)] for index in range(node.num_outputs)]
        outputs = "; ".join(f"{s.shape} {s.dtype}{'' if s.layout is None else ' blocked'}" for s in specs)
        lines.append(f"%{numbers[node]} = {node.operator.name}{library}({inputs}) -> {outputs}")
    heads = ", ".join(_reference(numbers, head.node, head.index) for head in graph.heads)
    return "\n".join([*lines, f"return {heads}"])


def _reference(numbers: dict[Node, int], node: Node, index: int) -> str:
    if node.operator is None:
        return node.name
    return f"%{numbers[node]}" if node.num_outputs == 1 else f"%{numbers[node]}.{index}"
