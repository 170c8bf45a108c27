"""A graph on its way to becoming a program: heads, and what is known and decided about every entry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

from symbolnb.graph.node import Entry, Node
from symbolnb.graph.spec import Spec
from symbolnb.graph.walk import rewrite, topological

Change = Callable[[Node, tuple[Entry, ...], dict[Entry, Spec]], Node | Sequence[Entry] | None]
"""From a node, its rewritten inputs and the specs known so far to what takes its place, or None to keep it."""


@dataclass(frozen=True)
class Graph:
    """What a compiler pass takes and gives.

    The first `forward` heads are what a forward pass computes; the rest, computed by the backward pass,
    are gradients. `specs` knows every entry; `kernels` holds the kernel chosen for a node, where it is
    not the reference forward; `device` is the device type for which kernels are chosen. `recompute` is one
    of `settings.RECOMPUTE`: what the backward half computes once more to save memory. `prepared` are groups of nodes
    that are computed before all others, each again only when one of the variables that it reads has changed;
    without `keep_weights` only those with small results. `choices` are graphs that do the same, where a pass cannot
    know which of them is the one whose program will need the least memory.
    """

    heads: tuple[Entry, ...]
    forward: int
    specs: Mapping[Entry, Spec]
    device: str = "cpu"
    kernels: Mapping[Node, Any] = field(default_factory=dict)  # values are kernels.table.Kernel
    recompute: str = "marked"
    prepared: tuple[tuple[Node, ...], ...] = ()
    keep_weights: bool = True
    choices: tuple[Choice, ...] = ()

    def order(self) -> list[Node]:
        """All nodes, those of the forward half first."""
        return list(self._order)

    @cached_property
    def _order(self) -> list[Node]:
        return topological(self.heads)

    def uses(self) -> Counter[Entry]:
        """How often each entry is read, by nodes and as a head."""
        found = Counter(self.heads)
        found.update(entry for node in self.order() for entry in node.inputs)
        return found

    def rewritten(self, change: Change) -> Graph:
        """The graph with each node but variables replaced by what `change` answers; this one if that is nothing.

        What takes a node's place has the specs of its outputs, unless it has some already.
        """
        specs = dict(self.specs)

        def visit(node: Node, inputs: tuple[Entry, ...]) -> Sequence[Entry] | None:
            if node.operator is None:
                return None
            made = change(node, inputs, specs)
            if made is None:
                made = node if inputs == node.inputs else replace(node, inputs=inputs)
            entries = [Entry(made, index) for index in range(made.num_outputs)] if isinstance(made, Node) else made
            for index, entry in enumerate(entries):
                specs.setdefault(entry, self.specs[Entry(node, index)])
            return entries

        heads, _ = rewrite(self.heads, visit)
        return self if heads == self.heads else replace(self, heads=heads, specs=specs)


class Choice(NamedTuple):
    """A graph among several, and about how many bytes it will need."""

    graph: Graph
    nbytes: int
