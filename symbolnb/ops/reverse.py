"""Differentiating terms in reverse, for gradients that are themselves written as gradients of a formula.

`compile.gradient` differentiates whole graphs; this is for an operator's own formula, from its inputs on.
"""

from __future__ import annotations

from collections.abc import Sequence

from symbolnb.graph.node import Entry, Node
from symbolnb.ops.infer import complete_specs
from symbolnb.ops.term import Term, total


def pull_back(outputs: Sequence[Term], grads: Sequence[Term | None], inputs: Sequence[Term]) -> tuple[Term | None, ...]:
    """The gradient of each input of a formula, from those of its outputs; None stands for zero.

    The outputs must depend on nothing but the inputs and constants.
    """
    known = {term.entry: term for term in inputs}
    order = _between(outputs, set(known))
    for node in order:
        specs = complete_specs(node.operator, [known[entry].spec for entry in node.inputs])
        for index, spec in enumerate(specs):
            known[Entry(node, index)] = Term(Entry(node, index), spec.shape, spec.dtype)
    parts: dict[Entry, list[Term]] = {}
    for output, grad in zip(outputs, grads, strict=True):
        if grad is not None:
            parts.setdefault(output.entry, []).append(grad)
    for node in reversed(order):
        entries = [Entry(node, index) for index in range(node.num_outputs)]
        if not any(entry in parts for entry in entries):
            continue
        incoming = tuple(total(parts[entry]) if entry in parts else None for entry in entries)
        made = node.operator.gradient(
            tuple(known[entry] for entry in node.inputs), tuple(known[entry] for entry in entries), incoming
        )
        for entry, grad in zip(node.inputs, made, strict=True):
            if grad is not None:
                parts.setdefault(entry, []).append(grad)
    return tuple(total(parts[term.entry]) if term.entry in parts else None for term in inputs)


def _between(outputs: Sequence[Term], inputs: set[Entry]) -> list[Node]:
    """The nodes that the outputs are made by, without those that make the inputs; each after its own inputs."""
    order: list[Node] = []
    seen: set[Node] = set()
    waiting = [(output.entry.node, False) for output in reversed(outputs) if output.entry not in inputs]
    while waiting:
        node, ready = waiting.pop()
        if ready:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            waiting.append((node, True))
            waiting += [(entry.node, False) for entry in reversed(node.inputs) if entry not in inputs]
    return order
