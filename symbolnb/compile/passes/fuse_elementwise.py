"""Makes one node of elementwise operators that read each other's results, where a kernel computes them together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from symbolnb.compile.skip import Condition, conditions
from symbolnb.graph.graph import Graph
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.spec import Shape, Spec
from symbolnb.graph.walk import auxiliary_nodes, topological
from symbolnb.kernels.table import Kernel, choose, registered
from symbolnb.ops.base import Operator
from symbolnb.ops.elementwise.family import Broadcast
from symbolnb.ops.elementwise.fused import FusedElementwise, Member
from symbolnb.ops.indexing import Where
from symbolnb.ops.movement import BroadcastTo
from symbolnb.settings import settings

LARGEST = 256
"""Members that a group may have: the time to compile grows a little faster than they do."""

MOST_INPUTS = 12
"""Inputs of the full shape that a group may have: all of them must be kept until it is computed."""

ALONE = 256
"""Elements from which an operator that no other kernel serves is better off compiled, even by itself."""


def fuse_elementwise(graph: Graph) -> Graph:
    """Groups of elementwise operators over one shape and layout become one node each.

    The walk is in the order of the program. A group grows until something outside it needs one of its results;
    so no way out of a group leads back into it. Results that are needed outside are outputs of the new node. The
    forward half and the backward half, and what is computed under different conditions, are not mixed. A graph
    whose device has no such kernel stays as it is.
    """
    if not settings.fast_kernels or not registered(FusedElementwise.name, graph.device):
        return graph
    return _Fuser(graph).fused()


@dataclass(eq=False)
class _Group:
    """Nodes to be computed together; `inputs` are what they read from outside, in the order of first use."""

    spec: Spec
    conditions: tuple[Condition, ...]
    kernel: Kernel
    nodes: list[Node] = field(default_factory=list)
    inputs: dict[Entry, None] = field(default_factory=dict)
    stretched: Shape | None = None
    """The one shape of inputs that are broadcast, single numbers aside."""


class _Fuser:
    """One walk over a graph: nodes join groups, and groups become nodes when they are needed."""

    def __init__(self, graph: Graph) -> None:
        self.graph, self.order = graph, graph.order()
        self.specs: dict[Entry, Spec] = dict(graph.specs)
        self.kernels: dict[Node, Any] = {}
        self.became: dict[Entry, Entry] = {}
        self.group_of: dict[Node, _Group] = {}
        self.open: dict[_Group, None] = {}
        self.heads = set(graph.heads)
        self.uses = Counter(entry for node in self.order for entry in node.inputs)
        self.conditions = conditions([node for node in self.order if node.operator is not None], graph.heads)
        self.states = auxiliary_nodes(self.order)

    def fused(self) -> Graph:
        """The graph with its groups as nodes."""
        graph = self.graph
        forward = len(topological(graph.heads[: graph.forward]))
        for position, node in enumerate(self.order):
            if position == forward:
                self._close(list(self.open))
            candidate = self._candidate(node)
            if candidate is None:
                self._close(self._groups_read(node))
                self._keep(node)
            else:
                self._place(node, candidate)
        self._close(list(self.open))
        heads = tuple(self.became[head] for head in graph.heads)
        return replace(graph, heads=heads, specs=self.specs, kernels=self.kernels)

    def _groups_read(self, node: Node) -> list[_Group]:
        """The open groups that compute an input of the node."""
        found = (self.group_of.get(entry.node) for entry in node.inputs)
        return list(dict.fromkeys(group for group in found if group is not None and group in self.open))

    # Joining ----------------------------------------------------------------------------------

    def _candidate(self, node: Node) -> _Group | None:
        """A group of this node alone; None if it cannot be in one."""
        operator = node.operator
        if not isinstance(operator, Operator) or operator.random or operator.auxiliary_inputs() or node.num_outputs > 1:
            return None
        if not operator.elementwise and not isinstance(operator, (Broadcast, BroadcastTo, Where)) and not operator.view:
            return None
        if operator.view and Entry(node) not in self.heads:  # it may be had for nothing
            return None
        if any(entry.node in self.states for entry in node.inputs):  # it must be read before or after it changes
            return None
        given, made = [self.specs[entry] for entry in node.inputs], self.specs[Entry(node)]
        arity = len(given)
        alone = FusedElementwise(arity=arity, members=(Member(operator, tuple(range(arity))),), results=(arity,))
        kernel = choose(alone, self.graph.device, given, [made])
        if kernel is None:
            return None
        shapes = {spec.shape for spec in given if spec.elements > 1 and spec.shape != made.shape}
        if len(shapes) > 1:
            return None
        group = _Group(made._replace(dtype=given[0].dtype), self.conditions.get(node, ()), kernel, [node])
        group.stretched = next(iter(shapes), None)
        group.inputs.update(dict.fromkeys(node.inputs))
        return group

    def _place(self, node: Node, candidate: _Group) -> None:
        """Put a node into the groups that it reads, as far as they fit together, or into one of its own."""
        joined: _Group | None = None
        for group in self._groups_read(node):
            if self._fits(group, candidate) and (joined is None or self._fits(joined, group)):
                joined = group if joined is None else self._merged(joined, group)
            else:
                self._close([group])
        target = candidate if joined is None else self._merged(joined, candidate)
        self.open[target] = None
        self.group_of.update(dict.fromkeys(target.nodes, target))

    def _fits(self, first: _Group, second: _Group) -> bool:
        inside = {*first.nodes, *second.nodes}
        shapes = {group.stretched for group in (first, second)} - {None}
        inputs = {entry for entry in (*first.inputs, *second.inputs) if entry.node not in inside}
        full = sum(self.specs[entry].shape == first.spec.shape for entry in inputs)
        return (
            (first.spec.shape, first.spec.layout) == (second.spec.shape, second.spec.layout)
            and first.conditions == second.conditions
            and first.kernel is second.kernel
            and len(first.nodes) + len(second.nodes) <= LARGEST
            and len(shapes) <= 1
            and full <= MOST_INPUTS
        )

    def _merged(self, first: _Group, second: _Group) -> _Group:
        self.open.pop(first, None)
        self.open.pop(second, None)
        nodes = [*first.nodes, *second.nodes]
        inside = set(nodes)
        made = _Group(first.spec, first.conditions, first.kernel, nodes)
        made.stretched = second.stretched if first.stretched is None else first.stretched
        made.inputs = {entry: None for entry in (*first.inputs, *second.inputs) if entry.node not in inside}
        return made

    # Making nodes -----------------------------------------------------------------------------

    def _close(self, groups: Iterable[_Group]) -> None:
        """Make the nodes of groups, whose inputs are there by now."""
        for group in groups:
            del self.open[group]
            worth = len(group.nodes) > 1 or (group.spec.elements >= ALONE and group.nodes[0] not in self.graph.kernels)
            if worth:
                self._make(group)
            else:
                self._keep(group.nodes[0])

    def _keep(self, node: Node) -> None:
        """The node itself, on what its inputs have become."""
        inputs = tuple(self.became[entry] for entry in node.inputs)
        kept = node if inputs == node.inputs else replace(node, inputs=inputs)
        if node in self.graph.kernels:
            self.kernels[kept] = self.graph.kernels[node]
        self._record([Entry(node, index) for index in range(node.num_outputs)], kept)

    def _make(self, group: _Group) -> None:
        """One node for a group; its outputs are the results that somebody else reads."""
        number = {entry: place for place, entry in enumerate(group.inputs)}
        arity = len(number)
        number.update((Entry(node), arity + place) for place, node in enumerate(group.nodes))
        members = tuple(Member(node.operator, tuple(number[entry] for entry in node.inputs)) for node in group.nodes)
        inside = Counter(entry for node in group.nodes for entry in node.inputs)
        results = [
            Entry(node) for node in group.nodes
            if Entry(node) in self.heads or self.uses[Entry(node)] > inside[Entry(node)]
        ]  # fmt: skip
        operator = FusedElementwise(arity=arity, members=members, results=tuple(number[entry] for entry in results))
        last = group.nodes[-1]
        made = Node(operator, last.name, tuple(self.became[entry] for entry in group.inputs), source=last.source)
        self.kernels[made] = group.kernel
        self._record(results, made)

    def _record(self, old: Sequence[Entry], new: Node) -> None:
        """What entries have become: the outputs of a node, in order."""
        for index, entry in enumerate(old):
            made = Entry(new, index)
            self.became[entry] = made
            self.specs[made] = self.graph.specs[entry]
