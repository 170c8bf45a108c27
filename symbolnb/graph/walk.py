"""Orders and rewriting: every walk over a graph, iterative and deterministic."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from symbolnb.errors import CompositionError
from symbolnb.graph.node import Entry, Node


def topological(heads: Iterable[Entry]) -> list[Node]:
    """All nodes that the heads need, inputs before users, in MXNet's order (depth first, left to right)."""
    order: list[Node] = []
    done: set[Node] = set()
    for head, _ in heads:
        if head in done:
            continue
        done.add(head)
        stack = [(head, iter(head.inputs))]
        while stack:
            node, rest = stack[-1]
            for source, _ in rest:
                if source not in done:
                    done.add(source)
                    stack.append((source, iter(source.inputs)))
                    break
            else:
                order.append(node)
                stack.pop()
    return order


def auxiliary_nodes(order: Iterable[Node]) -> set[Node]:
    """The variables that some operator changes (MXNet's auxiliary states).

    Raises `CompositionError` where a changed input is not a variable.
    """
    found: set[Node] = set()
    for node in order:
        if node.operator is None:
            continue
        for position in node.operator.auxiliary_inputs():
            state = node.inputs[position].node
            if not state.is_variable:
                raise CompositionError(
                    f"{node.operator.name} {node.name!r}: input {node.operator.input_names()[position]!r} is an "
                    f"auxiliary state and must be a variable, but it is the output of {state.name!r}"
                )
            found.add(state)
    return found


def variables(order: Iterable[Node]) -> list[Node]:
    """The variables of the graph, in order."""
    return [node for node in order if node.operator is None]


def rewrite(
    heads: Sequence[Entry],
    change: Callable[[Node, tuple[Entry, ...]], Sequence[Entry] | None],
) -> tuple[tuple[Entry, ...], dict[Node, Sequence[Entry]]]:
    """Rebuild a graph from the ground up.

    `change(node, inputs)` gets each node with its already rewritten inputs and answers the entries that
    take the place of its outputs, or None to keep the node (remade only if its inputs changed).
    Returns the new heads and, for each old node, what its outputs became.
    """
    became: dict[Node, Sequence[Entry]] = {}
    for node in topological(heads):
        inputs = tuple(became[entry.node][entry.index] for entry in node.inputs)
        changed = change(node, inputs)
        if changed is None:
            kept = node if inputs == node.inputs else replace(node, inputs=inputs)
            changed = [Entry(kept, index) for index in range(node.num_outputs)]
        became[node] = changed
    return tuple(became[head.node][head.index] for head in heads), became


def substitute(heads: Sequence[Entry], mapping: Mapping[Node, Entry | Node]) -> tuple[Entry, ...]:
    """The graph with nodes replaced: a node by another with the same outputs, or its only output by an entry."""

    def change(node: Node, _: tuple[Entry, ...]) -> Sequence[Entry] | None:
        new = mapping.get(node)
        if new is None:
            return None
        return [Entry(new, index) for index in range(new.num_outputs)] if isinstance(new, Node) else [new]

    return rewrite(heads, change)[0]


def copied(heads: Sequence[Entry]) -> tuple[Entry, ...]:
    """The same graph made of new nodes."""

    def change(node: Node, inputs: tuple[Entry, ...]) -> Sequence[Entry]:
        fresh = replace(node, inputs=inputs, attributes=dict(node.attributes))
        return [Entry(fresh, index) for index in range(node.num_outputs)]

    return rewrite(heads, change)[0]
