"""Multiplies the gradients of a graph's losses by a number that is given at every step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symbolnb.errors import CompositionError
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.walk import rewrite
from symbolnb.ops.registry import create


def scale_losses(heads: Sequence[Entry], name: str) -> tuple[Entry, ...]:
    """The graph in which the gradient that each loss starts is multiplied by a variable of the given name.

    Raises `CompositionError` where there is no loss.
    """
    scale = Entry(Node(None, name, (), {"__shape__": "(1,)", "__dtype__": "0"}))
    found: list[str] = []

    def change(node: Node, inputs: tuple[Entry, ...]) -> Sequence[Entry] | None:
        if node.operator is None or not node.operator.loss:
            return None
        found.append(node.name)
        operator = create("_scale_gradient")
        data = Entry(Node(operator, f"{node.name}_scaled", (inputs[0], scale), source=node.source))
        new = replace(node, inputs=(data, *inputs[1:]))
        return [Entry(new, index) for index in range(new.num_outputs)]

    new_heads, _ = rewrite(heads, change)
    if not found:
        raise CompositionError("scale_losses: the graph has no loss; scale the gradients that backward is given")
    return new_heads
