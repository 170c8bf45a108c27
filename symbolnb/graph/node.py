"""Nodes and entries: the immutable pieces that every graph is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, cast

from symbolnb.graph.source import Source


class OperatorLike(Protocol):
    """What the graph needs to know of an operator; `ops.base.Operator` is the real one."""

    name: Any

    def input_names(self) -> tuple[str, ...]: ...

    def output_names(self) -> tuple[str, ...]: ...

    def visible_outputs(self) -> int: ...

    def auxiliary_inputs(self) -> tuple[int, ...]: ...


@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True)
class Node:
    """One operation, or a variable where `operator` is None.

    Two nodes are equal only if they are the same object: a graph is a web of identities.
    `attributes` holds, as in MXNet, the strings given at creation: the operator's parameters as they
    were written, and user attributes such as ``__lr_mult__``, which `annotate` can add to.
    """

    operator: Any  # an ops.base.Operator, None for a variable; the graph only asks what OperatorLike has
    name: str
    inputs: tuple[Entry, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    source: Source | None = None

    @property
    def is_variable(self) -> bool:
        """Whether the node stands for an array given from outside."""
        return self.operator is None

    @property
    def num_outputs(self) -> int:
        """How many outputs the node computes, hidden ones included; a variable has one."""
        return 1 if self.operator is None else len(self.operator.output_names())

    @property
    def visible_outputs(self) -> int:
        """How many of the outputs a user sees; the hidden ones come last."""
        return 1 if self.operator is None else int(self.operator.visible_outputs())

    def output_name(self, index: int) -> str:
        """MXNet's name of an output: the variable's own name, or ``name_output``."""
        if self.operator is None:
            return self.name
        return f"{self.name}_{self.operator.output_names()[index]}"

    def __repr__(self) -> str:
        return f"<{self.name}: {'variable' if self.operator is None else self.operator.name}>"


def annotate(node: Node, attributes: Mapping[str, str]) -> None:
    """Add user attributes to a node that exists; every graph that the node is part of sees them, as in MXNet.

    This is the only thing about a node that may change. It must not be used for operator parameters.
    """
    cast(dict[str, str], node.attributes).update(attributes)


class Entry(NamedTuple):
    """One output of one node: what an edge of the graph carries."""

    node: Node
    index: int = 0  # type: ignore[assignment]  # hides the method of tuples, which nobody needs here

    @property
    def name(self) -> str:
        """The output's name as MXNet lists it."""
        return self.node.output_name(self.index)
