"""What each variable of a graph is for: data that comes in, a label, a learned parameter, an auxiliary state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, cast

from symbolnb.graph.node import Node
from symbolnb.graph.walk import auxiliary_nodes, topological
from symbolnb.ops.control_flow import ControlFlow

Role = Literal["input", "label", "parameter", "auxiliary"]

LEARNED = ("weight", "bias", "gamma", "beta", "parameters")
"""Input names of operators under which learned parameters come in, and ends of the names of such variables."""

PER_EXAMPLE = ("data", "label", "length", "sequence_length", "index", "indices")
"""Input names under which something comes in that differs from batch to batch, however the variable was made."""


def roles(order: Sequence[Node]) -> dict[Node, Role]:
    """The role of each variable among the nodes of a graph, which are given in topological order.

    A label feeds the label of an operator, or is called one. A parameter feeds a weight, bias and the like, is
    called one, has an initializer, or was made by its operator because it was not given. All else is input. What a
    loop or branch passes on to its bodies unchanged is what it is there.
    """
    uses: dict[Node, list[tuple[Node, int]]] = {node: [] for node in order if node.operator is None}
    for user in order:
        for position, entry in enumerate(user.inputs):
            if entry.node.operator is None:
                uses[entry.node].append((user, position))
    states = auxiliary_nodes(order)
    passed = _passed_on(order)
    return {node: "auxiliary" if node in states else _role(node, found, passed) for node, found in uses.items()}


def _passed_on(order: Sequence[Node]) -> dict[tuple[Node, int], set[Role]]:
    """What inputs of loops and branches are in the bodies that see all of them."""
    found: dict[tuple[Node, int], set[Role]] = {}
    for user in order:
        operator = user.operator
        if isinstance(operator, ControlFlow):
            stepwise = operator.stepwise()
            for body, where in zip(operator.subgraphs, operator.locations(), strict=False):
                kinds = roles(topological(body.heads))
                for variable, position in zip(body.inputs, where, strict=True):
                    if position not in stepwise:
                        found.setdefault((user, position), set()).add(kinds[variable])
    return found


def _role(node: Node, uses: Sequence[tuple[Node, int]], passed: Mapping[tuple[Node, int], set[Role]]) -> Role:
    inner = {role for use in uses for role in passed.get(use, ())}
    for known in ("label", "parameter"):
        if known in inner:
            return cast(Role, known)
    inputs = {user.operator.input_names()[position] for user, position in uses}
    if "label" in inputs or node.name == "label" or node.name.endswith("_label"):
        return "label"
    if "__init__" in node.attributes or any(name in LEARNED for name in inputs):
        return "parameter"
    if node.name in LEARNED or node.name.endswith(tuple(f"_{word}" for word in LEARNED)):
        return "parameter"
    return "parameter" if any(_made_for(node, *use) for use in uses) else "input"


def _made_for(node: Node, user: Node, position: int) -> bool:
    """Whether a variable has the name that an operator gives to an input it has to make itself."""
    name = user.operator.input_names()[position]
    varies = position == 0 or name in PER_EXAMPLE or name.startswith("arg")
    return not varies and node.name == f"{user.name}_{name}"
