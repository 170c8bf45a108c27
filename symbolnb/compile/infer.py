"""Shape and element type inference over a whole graph, in both directions, to a fixed point.

A contradiction does not throw away what was found: the result carries the values known so far and the
failure, which names the node, the operator, the inputs, the parameters and the user's line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from heapq import heappop, heappush
from typing import Any, Generic, NamedTuple, TypeVar

from symbolnb.dtypes import DType, dtype_of
from symbolnb.errors import DTypeError, MXNetError, ShapeError
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.spec import PartialShape, merge_shapes, show_shape
from symbolnb.graph.subgraph import Subgraph
from symbolnb.graph.walk import topological, variables
from symbolnb.ops.control_flow import ControlFlow

Value = TypeVar("Value")


class Failure(NamedTuple):
    """Why inference failed: the error to raise, and the node where the contradiction was found."""

    node: Node
    error: MXNetError


@dataclass
class Inferred(Generic[Value]):
    """What is known of each entry of a graph, and the first contradiction, if there was one.

    `origins` holds, for variables of which something was inferred, the node that the last of it came from.
    """

    order: list[Node]
    values: dict[Entry, Value] = field(default_factory=dict)
    failure: Failure | None = None
    origins: dict[Node, Node] = field(default_factory=dict)

    def __getitem__(self, entry: Entry) -> Value | None:
        return self.values.get(entry)

    def raise_failure(self) -> None:
        """Raise the contradiction, if there was one."""
        if self.failure is not None:
            raise self.failure.error


@dataclass(frozen=True)
class Domain(Generic[Value]):
    """A kind of knowledge that can be inferred: how it is merged, derived and shown."""

    merge: Callable[[Value | None, Value | None], Value | None]
    derive: Callable[[Any, list[Value | None], list[Value | None]], tuple[list[Value | None], list[Value | None]]]
    show: Callable[[Value | None], str]
    error: type[MXNetError]


def _merge_dtypes(first: DType | None, second: DType | None) -> DType | None:
    if first is not None and second is not None and first != second:
        raise DTypeError(f"{first} and {second} differ")
    return second if first is None else first


def _derive_shapes(operator: Any, inputs: list[Any], outputs: list[Any]) -> tuple[list[Any], list[Any]]:
    if isinstance(operator, ControlFlow):
        return operator.infer_shape_through(inputs, outputs, partial(_through, SHAPES))
    found: tuple[list[Any], list[Any]] = operator.infer_shape(inputs, outputs)
    return found


def _derive_dtypes(operator: Any, inputs: list[Any], outputs: list[Any]) -> tuple[list[Any], list[Any]]:
    if isinstance(operator, ControlFlow):
        return operator.infer_dtype_through(inputs, outputs, partial(_through, DTYPES))
    found: tuple[list[Any], list[Any]] = operator.infer_dtype(inputs, outputs)
    return found


def _through(domain: Domain[Any], body: Subgraph, inputs: list[Any], heads: list[Any]) -> tuple[list[Any], list[Any]]:
    """What follows for the inputs and heads of a body from what is known of them; raises its contradiction."""
    inferred = _inside(domain, body, inputs, heads)
    inferred.raise_failure()
    return [inferred[Entry(node)] for node in body.inputs], [inferred[head] for head in body.heads]


def _inside(domain: Domain[Any], body: Subgraph, inputs: list[Any], heads: list[Any]) -> Inferred[Any]:
    """What follows inside a body from what is known of its inputs and heads."""
    start: dict[Entry, Any] = {}
    for entry, value in zip((*map(Entry, body.inputs), *body.heads), (*inputs, *heads), strict=True):
        if value is not None:
            start[entry] = domain.merge(start.get(entry), value)
    return _solve(domain, Inferred(topological(body.heads), start))


def infer_bodies(domain: Domain[Any], node: Node, values: Mapping[Entry, Any]) -> dict[Subgraph, Inferred[Any]]:
    """What is known inside each body of a loop or branch, given what is known of the graph around it.

    `domain` is `SHAPES` or `DTYPES`. A contradiction is part of the answer; bodies behind it are left out.
    """
    found: dict[Subgraph, Inferred[Any]] = {}

    def solve(body: Subgraph, inputs: list[Any], heads: list[Any]) -> tuple[list[Any], list[Any]]:
        inferred = found[body] = _inside(domain, body, inputs, heads)
        inferred.raise_failure()
        return [inferred[Entry(one)] for one in body.inputs], [inferred[head] for head in body.heads]

    operator = node.operator
    through = operator.infer_shape_through if domain is SHAPES else operator.infer_dtype_through
    made = [values.get(Entry(node, index)) for index in range(node.num_outputs)]
    with suppress(MXNetError):
        through([values.get(entry) for entry in node.inputs], made, solve)
    return found


SHAPES: Domain[Any] = Domain(
    merge=merge_shapes,
    derive=_derive_shapes,
    show=show_shape,
    error=ShapeError,
)

DTYPES: Domain[Any] = Domain(
    merge=_merge_dtypes,
    derive=_derive_dtypes,
    show=lambda dtype: "?" if dtype is None else str(dtype),
    error=DTypeError,
)


def infer_shapes(heads: Sequence[Entry], known: Mapping[Node, PartialShape]) -> Inferred[Any]:
    """Shapes of all entries that follow from the shapes of some variables and their ``__shape__`` attributes."""
    order = topological(heads)
    start: dict[Entry, Any] = {}
    for node in order:
        if node.operator is None:
            declared, given = declared_shape(node), known.get(node)
            try:
                shape = merge_shapes(declared, given)
            except ShapeError:
                shape = given  # what is declared is a default
            if shape is not None:
                start[Entry(node)] = shape
    return _solve(SHAPES, Inferred(order, start))


def infer_dtypes(heads: Sequence[Entry], known: Mapping[Node, DType], default: DType | None = None) -> Inferred[Any]:
    """Element types of all entries that follow from those of some variables and their ``__dtype__`` attributes.

    With `default`, variables whose types are left open get it, one after the other: what follows from one comes
    before the next.
    """
    order = topological(heads)
    start: dict[Entry, Any] = {}
    for node in order:
        if node.operator is None:
            dtype = known.get(node)
            dtype = declared_dtype(node) if dtype is None else dtype
            if dtype is not None:
                start[Entry(node)] = dtype
    return _solve(DTYPES, Inferred(order, start), default)


def declared_shape(variable: Node) -> PartialShape:
    """The shape in a variable's ``__shape__`` attribute; 0, -1 and None stand for unknown dimensions."""
    text = variable.attributes.get("__shape__")
    if text is None:
        return None
    return unknown_zeros(_read_shape(variable.name, text))


def _read_shape(name: str, text: str) -> tuple[int | None, ...]:
    try:
        inner = text.strip().strip("()[]").strip()
        parts = [part.strip().rstrip("L") for part in inner.split(",") if part.strip()]
        return tuple(None if part == "None" else int(part) for part in parts)
    except ValueError:
        raise ShapeError(f"variable {name!r}: __shape__ is {text!r}, which is not a shape") from None


def unknown_zeros(shape: Sequence[int | None]) -> PartialShape:
    """A shape in MXNet's writing, where 0 or -1 is an unknown dimension and () an unknown shape."""
    return tuple(size if size is not None and size > 0 else None for size in shape) if len(shape) else None


def declared_dtype(variable: Node) -> DType | None:
    """The element type in a variable's ``__dtype__`` attribute."""
    text = variable.attributes.get("__dtype__")
    return None if text is None or text in ("None", "-1") else dtype_of(text)


def _solve(domain: Domain[Any], result: Inferred[Any], default: Any = None) -> Inferred[Any]:
    """Let every operator say what follows, until there is no news; then give the default to what is open."""
    solver = _Solver(domain, result)
    solver.settle(range(len(result.order)))
    for entry in map(Entry, variables(result.order) if default is not None else ()):
        if result[entry] is None and result.failure is None:
            result.values[entry] = default
            solver.settle(solver.users.get(entry, ()))
    return result


class _Solver:
    """Sweeps forward and backward over the operators that have news, until there is none or only contradictions."""

    def __init__(self, domain: Domain[Any], result: Inferred[Any]) -> None:
        self.domain, self.result = domain, result
        self.position = {node: position for position, node in enumerate(result.order)}
        self.users: dict[Entry, list[int]] = {}
        self.broken: set[int] = set()
        for position, node in enumerate(result.order):
            for entry in node.inputs:
                self.users.setdefault(entry, []).append(position)

    def settle(self, news: Iterable[int]) -> None:
        """Visit the nodes at these positions, and all that then have news; every other sweep is reversed."""
        direction, later = 1, set(news)
        while later:
            ahead = sorted(direction * position for position in later)  # a sorted list is a heap
            queued, later = set(ahead), set()
            while ahead:
                here = heappop(ahead)
                queued.discard(here)
                for position in self._visited(direction * here):
                    there = direction * position
                    if there <= here:
                        later.add(position)
                    elif there not in queued:
                        queued.add(there)
                        heappush(ahead, there)
            direction = -direction

    def _visited(self, position: int) -> set[int]:
        """Let one node say what follows; the positions of the nodes that this is news to."""
        node = self.result.order[position]
        if node.operator is None or position in self.broken:
            return set()
        try:
            changed = _visit(self.domain, node, self.result.values)
        except MXNetError as error:
            self.broken.add(position)
            if self.result.failure is None:
                self.result.failure = Failure(node, _explain(self.domain, node, self.result.values, error))
            return set()
        news: set[int] = set()
        for entry in changed:
            news.update(user for user in self.users.get(entry, ()) if user != position)
            if entry.node.operator is None:
                self.result.origins[entry.node] = node
            if entry.node is not node and entry.node.operator is not None:
                news.update((self.position[entry.node], position))  # upward: both may have more to say
        return news


def _visit(domain: Domain[Any], node: Node, values: dict[Entry, Any]) -> list[Entry]:
    """Let one operator say what follows; the entries of which something new is known."""
    entries = [Entry(node, index) for index in range(node.num_outputs)]
    inputs = [values.get(entry) for entry in node.inputs]
    outputs = [values.get(entry) for entry in entries]
    new_inputs, new_outputs = domain.derive(node.operator, list(inputs), list(outputs))
    changed = []
    for entry, old, new in zip((*node.inputs, *entries), (*inputs, *outputs), (*new_inputs, *new_outputs), strict=True):
        # None is asked for first: NumPy takes it for float64 when a type is compared with it.
        if new is not None and (old is None or new != old):
            current = values.get(entry)  # the same entry may come in twice
            try:
                merged = domain.merge(current, new)
            except MXNetError:
                raise _Contradiction(entry, current, new) from None
            if current is None or merged != current:
                values[entry] = merged
                changed.append(entry)
    return changed


class _Contradiction(MXNetError):
    """An operator needs something else of an entry than what is known of it."""

    def __init__(self, entry: Entry, has: Any, needs: Any) -> None:
        super().__init__(entry, has, needs)
        self.entry, self.has, self.needs = entry, has, needs


def _explain(domain: Domain[Any], node: Node, values: dict[Entry, Any], error: MXNetError) -> MXNetError:
    """The error a user reads: operator, node, the contradiction in terms of named inputs, the source line."""
    operator = node.operator
    named = list(zip(operator.input_names(), node.inputs, strict=True))
    if isinstance(error, _Contradiction):
        where = next((name for name, entry in named if entry == error.entry), None)
        others = [f"{name} {domain.show(values.get(entry))}" for name, entry in named
                  if entry != error.entry and values.get(entry) is not None]  # fmt: skip
        subject = where if where is not None else f"output {error.entry.name!r}"
        origin = error.entry.node.name if where is not None else ""
        shown = f"{subject} {f'({origin!r}) ' if origin and origin != f'{node.name}_{subject}' else ''}"
        reason = ", ".join(others)
        parameters = ", ".join(f"{key}={value}" for key, value in operator.to_attributes().items())
        given = " with ".join(part for part in (reason, parameters) if part)
        fact = f"{shown}is {domain.show(error.has)} but {given or 'the operator'} needs {domain.show(error.needs)}"
    else:
        inputs = ", ".join(f"{name} {domain.show(values.get(entry))}" for name, entry in named)
        fact = f"{error} [{inputs}]"
    place = f" [{node.source}]" if node.source is not None else ""
    return domain.error(f"{operator.name} {node.name!r}: {fact}{place}")
