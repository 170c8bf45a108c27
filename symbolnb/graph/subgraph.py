"""A graph inside a node: the body of a loop, or a branch."""

from __future__ import annotations

from dataclasses import dataclass, field

from symbolnb.graph.node import Entry, Node
from symbolnb.graph.walk import auxiliary_nodes, topological, variables


@dataclass(frozen=True, eq=False)
class Subgraph:
    """A graph of its own whose variables are fed by the inputs of the node that holds it.

    `inputs` are its variables in order of first use, which is how files and operators count them; `auxiliary`
    are the positions of those that the graph changes. It shares no node with the graph around it.
    """

    heads: tuple[Entry, ...]
    inputs: tuple[Node, ...] = field(init=False)
    auxiliary: frozenset[int] = field(init=False)

    def __post_init__(self) -> None:
        order = topological(self.heads)
        found, states = tuple(variables(order)), auxiliary_nodes(order)
        object.__setattr__(self, "inputs", found)
        object.__setattr__(self, "auxiliary", frozenset(i for i, node in enumerate(found) if node in states))
