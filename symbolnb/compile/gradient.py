"""Reverse-mode differentiation, graph in and graph out.

The gradient is made of the same operators as the graph, so that training, higher orders and memory
planning are one mechanism. Shapes and element types are known by then, and stay known for every new node.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from symbolnb.errors import GradientError
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.spec import Spec
from symbolnb.graph.walk import topological
from symbolnb.ops.term import Term, made_for, total

TOGETHER = 8
"""How many contributions to one gradient are kept before they are added up.

A weight that a loop uses in hundreds of steps would otherwise need room for hundreds of its gradients at once.
"""


def gradients(
    heads: Sequence[Entry],
    head_grads: Sequence[Entry | None],
    wanted: Sequence[Entry],
    specs: Mapping[Entry, Spec],
) -> tuple[list[Entry | None], dict[Entry, Spec]]:
    """The gradient of the heads with respect to each wanted entry, of variables or others, None where it is zero.

    `head_grads` holds, for each head, the entry of its incoming gradient, or None for a zero gradient;
    losses start a gradient of their own. Returns the gradient entries and the specs of the whole graph,
    new nodes included. Raises `GradientError`, naming the node, where an operator on the way has none.
    """
    order = topological(heads)
    needed = reaching(order, {entry.node for entry in wanted})
    known = dict(specs)
    contributions: dict[Entry, list[Term]] = {}
    for head, grad in zip(heads, head_grads, strict=True):
        if grad is not None and head.node in needed:
            contributions.setdefault(head, []).append(_term(grad, known))
    for node in reversed(order):
        if node.operator is not None and node in needed:
            _visit(node, needed, contributions, known)
    answers: list[Entry | None] = []
    with made_for("gradient", None, known):
        for entry in wanted:
            found = contributions.get(entry)
            answers.append(total(found).entry if found else None)
    return answers, known


def _term(entry: Entry, specs: Mapping[Entry, Spec]) -> Term:
    spec = specs[entry]
    return Term(entry, spec.shape, spec.dtype)


def reaching(order: Sequence[Node], wanted: set[Node]) -> set[Node]:
    """The nodes of an order whose value depends on one of the wanted ones, and these."""
    reached: set[Node] = set()
    for node in order:
        if node in wanted or any(entry.node in reached for entry in node.inputs):
            reached.add(node)
    return reached


def _visit(node: Node, needed: set[Node], contributions: dict[Entry, list[Term]], known: dict[Entry, Spec]) -> None:
    entries = [Entry(node, index) for index in range(node.num_outputs)]
    if not node.operator.loss and not any(entry in contributions for entry in entries):
        return
    with made_for(f"{node.name}_backward", node.source, known):
        grads = tuple(total(contributions[entry]) if entry in contributions else None for entry in entries)
        inputs = tuple(_term(entry, known) for entry in node.inputs)
        outputs = tuple(_term(entry, known) for entry in entries)
        try:
            made = node.operator.gradient(inputs, outputs, grads)
        except GradientError as error:
            place = f" [{node.source}]" if node.source is not None else ""
            raise GradientError(f"{node.operator.name} {node.name!r}: {error}{place}") from None
    for entry, grad in zip(node.inputs, made, strict=True):
        if grad is None or entry.node not in needed:
            continue
        if grad.shape != known[entry].shape:
            raise GradientError(
                f"{node.operator.name} {node.name!r}: the gradient of {entry.name!r} has shape {grad.shape} "
                f"but the input has {known[entry].shape}"
            )
        found = contributions.setdefault(entry, [])
        found.append(grad)
        if len(found) == TOGETHER:
            with made_for(f"{entry.name}_gradient", None, known):
                found[:] = [total(found)]
