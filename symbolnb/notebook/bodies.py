"""A graph with its loops and branches laid open: their bodies stand before them, as groups of nodes.

What a body sees of a value that stays the same in all steps is that value itself. A slice of an array that is looped
over, and a state, are variables of the body, and have what they come from as their input. The loop or branch itself
takes the heads of its bodies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from symbolnb.compile.infer import DTYPES, SHAPES, Inferred, infer_bodies
from symbolnb.dtypes import DType
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.spec import PartialShape
from symbolnb.graph.subgraph import Subgraph
from symbolnb.graph.walk import topological
from symbolnb.notebook.groups import Path, groups
from symbolnb.notebook.known import Known
from symbolnb.notebook.roles import roles
from symbolnb.ops.control_flow import ControlFlow

TITLES = {"cond": "condition", "then_branch": "then", "else_branch": "else", "func": "body"}
"""What the groups of bodies are called where an operator has several."""

Source = tuple[int, int]
"""A node by its number in the document, and the number of its output."""


@dataclass(frozen=True)
class Placed:
    """A node where it stands, with what is known of it there.

    `kind` is "operator", the role of a variable, or "slice" or "state" for what a body sees of a value in each step.
    `inputs` have a name each, `shapes` and `dtypes` are those of all outputs. `steps` says how often the node runs,
    None if that is not known. `within` is the body that the node is in, None for the graph itself.
    """

    node: Node
    kind: str
    group: Path
    inputs: tuple[tuple[str, Source], ...]
    shapes: tuple[PartialShape, ...]
    dtypes: tuple[DType | None, ...]
    error: str | None
    steps: int | None
    within: Subgraph | None


@dataclass(frozen=True)
class _Scope:
    """One graph: what is known in it, and where it stands."""

    order: Sequence[Node]
    shapes: Mapping[Entry, PartialShape]
    dtypes: Mapping[Entry, DType]
    errors: Mapping[Node, str]
    group: Path
    steps: int | None
    within: Subgraph | None
    outside: Mapping[Entry, Source]
    """What variables of a body stand for that stay the same in all steps."""
    stepwise: Mapping[Node, tuple[str, str, Source]]
    """The other variables of a body: kind, name and source of their input."""


def lay_open(heads: Sequence[Entry], known: Known) -> tuple[list[Placed], list[Source], list[Path]]:
    """All nodes of a graph and of the bodies in it, inputs before users, and where the heads are among them.

    Last come the groups of the bodies of operators with several.
    """
    errors = {failed.node: str(failed.error) for failed in reversed(known.failures) if failed.node is not None}
    opening = _Opening()
    sources = opening.place(_Scope(known.order, known.shapes, known.dtypes, errors, (), 1, None, {}, {}))
    return opening.placed, [sources[head] for head in heads], opening.framed


def find_node(heads: Sequence[Entry], name: str) -> Node | None:
    """The first node of a name in a graph, or else in the bodies of its loops and branches."""
    scopes = [tuple(heads)]
    for scope in scopes:
        for node in topological(scope):
            if node.name == name:
                return node
            scopes += [body.heads for body in bodies_of(node)]
    return None


def bodies_of(node: Node) -> tuple[Subgraph, ...]:
    """The graphs inside of a node."""
    return node.operator.subgraphs if isinstance(node.operator, ControlFlow) else ()


class _Opening:
    """The nodes placed so far."""

    def __init__(self) -> None:
        self.placed: list[Placed] = []
        self.framed: list[Path] = []

    def place(self, scope: _Scope) -> dict[Entry, Source]:
        """Place the nodes of a graph; where its entries are then."""
        kinds = roles(scope.order)
        paths = groups(scope.order, kinds)
        sources = dict(scope.outside)
        for node in scope.order:
            if Entry(node) in scope.outside:
                continue
            group = (*scope.group, *paths[node])
            kind: str = kinds.get(node, "operator")
            if node in scope.stepwise:
                kind, name, source = scope.stepwise[node]
                inputs: list[tuple[str, Source]] = [(name, source)]
            elif bodies_of(node):
                group = (*group, node.name)
                inputs = list(self._bodies(node, scope, group, [sources[entry] for entry in node.inputs]))
            else:
                names = () if node.operator is None else node.operator.input_names()
                inputs = [(name, sources[entry]) for name, entry in zip(names, node.inputs, strict=True)]
            entries = [Entry(node, index) for index in range(node.num_outputs)]
            sources.update((entry, (len(self.placed), entry.index)) for entry in entries)
            shapes, dtypes = map(scope.shapes.get, entries), map(scope.dtypes.get, entries)
            self.placed.append(
                Placed(
                    node, kind, group, tuple(inputs), tuple(shapes), tuple(dtypes),
                    scope.errors.get(node), scope.steps, scope.within,
                )
            )  # fmt: skip
        return sources

    def _bodies(
        self, node: Node, scope: _Scope, group: Path, sources: Sequence[Source]
    ) -> Iterator[tuple[str, Source]]:
        """Place the bodies of a loop or branch; what it takes from them."""
        operator: ControlFlow = node.operator
        shapes, dtypes = infer_bodies(SHAPES, node, scope.shapes), infer_bodies(DTYPES, node, scope.dtypes)
        steps = operator.steps([scope.shapes.get(entry) for entry in node.inputs])
        stepwise, names = operator.stepwise(), operator.input_names()
        for word, body, where in zip(operator.bodies, operator.subgraphs, operator.locations(), strict=True):
            outside, changing = {}, {}
            for variable, position in zip(body.inputs, where, strict=True):
                if position in stepwise:
                    changing[variable] = (stepwise[position], names[position], sources[position])
                else:
                    outside[Entry(variable)] = sources[position]
            empty: Inferred[Any] = Inferred([])
            found, types = shapes.get(body, empty), dtypes.get(body, empty)
            inner = _Scope(
                topological(body.heads), found.values, types.values,
                {one.node: str(one.error) for one in (types.failure, found.failure) if one is not None},
                (*group, TITLES[word]) if len(operator.bodies) > 1 else group,
                None if steps is None or scope.steps is None else steps * scope.steps,
                body, outside, changing,
            )  # fmt: skip
            if inner.group != group:
                self.framed.append(inner.group)
            placed = self.place(inner)
            for number, head in enumerate(body.heads):
                yield f"{word}_output{number if len(body.heads) > 1 else ''}", placed[head]
