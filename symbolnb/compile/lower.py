"""From a symbol's graph to the graphs that become programs: loops laid out, the mode settled, gradients added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from symbolnb.compile.gradient import gradients
from symbolnb.compile.lower_control_flow import lay_out
from symbolnb.graph.graph import Graph
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.spec import Spec
from symbolnb.graph.walk import rewrite, topological
from symbolnb.ops.infer import complete_specs
from symbolnb.ops.registry import create


class TrainingGraph(NamedTuple):
    """A graph whose heads are outputs and then gradients, with the variables that feed its backward half.

    `wanted` lists the variables whose gradients follow the outputs among the heads, in that order.
    `head_grads` maps the position of an output to the variable of its incoming gradient, for each output
    that needs one; `old_grads` maps a variable to that of the gradient which is to be added to.
    """

    graph: Graph
    wanted: tuple[Node, ...]
    head_grads: Mapping[int, Node]
    old_grads: Mapping[Node, Node]


def in_mode(
    heads: Sequence[Entry], specs: Mapping[Entry, Spec], training: bool
) -> tuple[tuple[Entry, ...], dict[Entry, Spec]]:
    """The graph with every operator acting as it does while training, or not; variables stay the same nodes."""

    def change(node: Node, inputs: tuple[Entry, ...]) -> Sequence[Entry] | None:
        if node.operator is None:
            return None
        operator = node.operator.in_mode(training)
        if operator is node.operator:
            return None
        made = Node(operator, node.name, inputs, node.attributes, node.source)
        return [Entry(made, index) for index in range(node.num_outputs)]

    new_heads, became = rewrite(heads, change)
    known = {
        entry: specs[Entry(node, index)] for node, entries in became.items() for index, entry in enumerate(entries)
    }
    for node in topological(new_heads):
        if node.operator is not None and Entry(node, node.num_outputs - 1) not in known:  # hidden ones of this mode
            made = complete_specs(node.operator, [known[entry] for entry in node.inputs])
            known.update((Entry(node, index), spec) for index, spec in enumerate(made))
    return new_heads, known


def forward_graph(heads: Sequence[Entry], specs: Mapping[Entry, Spec], device: str, training: bool) -> Graph:
    """The graph of a forward pass alone."""
    new_heads, known = in_mode(*lay_out(heads, specs), training)
    return Graph(new_heads, len(new_heads), known, device)


def training_graph(
    heads: Sequence[Entry],
    specs: Mapping[Entry, Spec],
    device: str,
    requests: Mapping[Node, str],
    training: bool,
) -> TrainingGraph:
    """The graph of a forward pass and the gradients of the variables in `requests` (``"write"`` or ``"add"``).

    A variable that the heads do not depend on has a gradient of zeros.
    """
    outputs, known = in_mode(*lay_out(heads, specs), training)
    incoming: list[Entry | None] = []
    for position, head in enumerate(outputs):
        if head.node.operator is not None and head.node.operator.loss:
            incoming.append(None)
            continue
        variable = Entry(Node(None, f"{heads[position].name}_gradient"))
        known[variable] = known[head]
        incoming.append(variable)
    wanted = tuple(requests)
    made, known = gradients(outputs, incoming, [Entry(node) for node in wanted], known)
    results, old_grads = [], {}
    for node, grad in zip(wanted, made, strict=True):
        spec = specs[Entry(node)]  # a variable that only bodies of no step use is no part of the graph by now
        if grad is None:
            nothing = create("_zeros", shape=spec.shape, dtype=spec.dtype.name, exact=True)
            grad = Entry(Node(nothing, f"{node.name}_gradient"))
            known[grad] = spec
        if requests[node] == "add":
            old = old_grads[node] = Node(None, f"{node.name}_old_gradient")
            known[Entry(old)] = spec
            grad = Entry(Node(create("_grad_add"), f"{node.name}_gradient", (Entry(old), grad)))
            known[grad] = spec
        results.append(grad)
    used = set(topological(results))
    head_grads = {position: entry.node for position, entry in enumerate(incoming) if entry and entry.node in used}
    graph = Graph((*outputs, *results), len(outputs), known, device)
    return TrainingGraph(graph, wanted, head_grads, old_grads)
