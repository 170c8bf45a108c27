"""The view document: a graph, with what is known or wrong about it, as plain versioned JSON.

Everything that shows a graph reads this document and nothing else. Names in it come from anywhere, also from
files: they are texts, to be escaped by who puts them on a page.

A document of two graphs, which `symbolnb.notebook.overlay` makes, is that of the second graph with the removed nodes
of the first among its nodes, and has besides:

- in each node ``change``: "added", "removed", "changed" or null
- in each node ``changes``, what differs: a list of ``{"what", "name", "before", "after"}``, where `what` is "name",
  "operator", "parameter", "attribute", "input", "shape" or "dtype", `name` that of the parameter, attribute, input or
  output, and `before` and `after` are texts, or null for what is not there
- in each node ``before``: null, or for a changed node those of its fields "name", "op", "family", "inputs",
  "outputs", "parameters" and "attributes" that were different, as they were; inputs have the numbers of this document
- ``diff``: ``{"added", "removed", "changed"}`` how many nodes there are of each, and of the first graph its ``title``,
  ``heads`` (with the numbers of this document) and ``totals``

A document of one graph has none of these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import prod
from typing import Any

from symbolnb.compile.infer import infer_dtypes, infer_shapes
from symbolnb.dtypes import FLOAT32, DType
from symbolnb.errors import MXNetError
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.spec import PartialShape
from symbolnb.graph.walk import topological
from symbolnb.notebook.groups import groups
from symbolnb.notebook.roles import roles
from symbolnb.ops.base import Operator, is_user_attribute
from symbolnb.ops.parameters import show
from symbolnb.symbol.executor import Executor

VERSION = 1

View = dict[str, Any]


@dataclass(frozen=True)
class Failed:
    """An error of inference and the node that it was found at, if one can be named."""

    node: Node | None
    error: MXNetError


@dataclass(frozen=True)
class Known:
    """Shapes and element types of a graph's entries as far as they follow, and what contradicts."""

    order: list[Node]
    shapes: Mapping[Entry, PartialShape]
    dtypes: Mapping[Entry, DType]
    failures: tuple[Failed, ...]


def view_of(
    heads: Sequence[Entry],
    shapes: Mapping[str, PartialShape] | None = None,
    dtypes: Mapping[str, DType] | None = None,
) -> View:
    """The view document of a graph, from what is known of some of its variables by name.

    Element types that do not follow are float32, as they are when the graph is bound. A contradiction is part
    of the document and never raised.
    """
    return view_of_known(heads, infer(heads, {} if shapes is None else shapes, {} if dtypes is None else dtypes))


def view_of_known(heads: Sequence[Entry], known: Known, memory: tuple[int, int] | None = None) -> View:
    """The view document of a graph with what inference found; `memory` is the planned and unplanned bytes."""
    return _Document(tuple(heads), known, memory).build()


def view_of_executor(executor: Executor) -> View:
    """The view document of a bound graph: everything is known, and the memory of its largest program."""
    specs = executor.specs
    known = Known(
        topological(executor.symbol.entries),
        {entry: spec.shape for entry, spec in specs.items()},
        {entry: spec.dtype for entry, spec in specs.items()},
        (),
    )
    return view_of_known(executor.symbol.entries, known, memory_of(executor))


def memory_of(executor: Executor) -> tuple[int, int] | None:
    """Planned and unplanned bytes of the largest program that the executor has compiled; None before the first."""
    plans = [program.plan for program in executor.programs.values()]
    largest = max(plans, key=lambda plan: plan.unplanned, default=None)
    return None if largest is None else (largest.planned, largest.unplanned)


def infer(heads: Sequence[Entry], shapes: Mapping[str, PartialShape], dtypes: Mapping[str, DType]) -> Known:
    """What follows from shapes and element types of variables given by name; a contradiction is part of the answer."""
    order = topological(heads)
    variables = [node for node in order if node.operator is None]
    failures: list[Failed] = []
    found_shapes: Mapping[Entry, PartialShape] = {}
    try:
        inferred = infer_shapes(heads, {node: shapes[node.name] for node in variables if node.name in shapes})
        found_shapes = inferred.values
        if inferred.failure is not None:
            failures.append(Failed(inferred.failure.node, inferred.failure.error))
    except MXNetError as error:  # an attribute that is no shape
        failures.append(Failed(None, error))
    found_dtypes, wrong = _infer_dtypes(heads, variables, dtypes)
    if wrong is not None:
        failures.append(wrong)
    return Known(order, found_shapes, found_dtypes, tuple(failures))


def _infer_dtypes(
    heads: Sequence[Entry], variables: Sequence[Node], dtypes: Mapping[str, DType]
) -> tuple[Mapping[Entry, DType], Failed | None]:
    """Element types, where variables whose type does not follow are float32, one after the other."""
    given = {node: dtypes[node.name] for node in variables if node.name in dtypes}
    try:
        inferred = infer_dtypes(heads, given, default=FLOAT32)
    except MXNetError as error:  # an attribute that is no element type
        return {}, Failed(None, error)
    failure = inferred.failure
    return inferred.values, None if failure is None else Failed(failure.node, failure.error)


class _Document:
    """Puts the document together from a graph and what is known of it."""

    def __init__(self, heads: Sequence[Entry], known: Known, memory: tuple[int, int] | None) -> None:
        self.heads, self.known, self.memory = heads, known, memory
        self.order = known.order
        self.numbers = {node: number for number, node in enumerate(self.order)}
        self.roles = roles(self.order)
        self.groups = groups(self.order, self.roles)
        self.errors = {failed.node: str(failed.error) for failed in reversed(known.failures) if failed.node is not None}

    def build(self) -> View:
        nodes = [self._node(node) for node in self.order]
        operators = [node for node in self.order if node.operator is not None]
        adds = [node["cost"]["multiply_adds"] for node in nodes if node["op"] is not None]
        first = self.known.failures[0] if self.known.failures else None
        return {
            "version": VERSION,
            "title": _text(self.heads[0].node.name) if self.heads else "",
            "nodes": nodes,
            "heads": [{"node": self.numbers[head.node], "output": head.index} for head in self.heads],
            "operators": {cls.name: describe(cls) for cls in dict.fromkeys(type(node.operator) for node in operators)},
            "totals": {
                "nodes": len(nodes),
                "operators": len(operators),
                "parameters": sum(node["cost"]["parameters"] for node in nodes if node["op"] is None),
                "multiply_adds": None if None in adds else sum(adds),
            },
            "memory": None if self.memory is None else {"planned": self.memory[0], "unplanned": self.memory[1]},
            "error": first and {
                "node": None if first.node is None else self.numbers[first.node],
                "message": _text(str(first.error)),
            },
            "unknown": [_text(name) for name in settling(self.known)],
        }  # fmt: skip

    def _node(self, node: Node) -> View:
        operator, error = node.operator, self.errors.get(node)
        names = () if operator is None else operator.input_names()
        return {
            "id": self.numbers[node],
            "name": _text(node.name),
            "op": None if operator is None else operator.name,
            "kind": "operator" if operator is not None else self.roles[node],
            "family": "variable" if operator is None else operator.family,
            "inputs": [
                {"name": name, "node": self.numbers[entry.node], "output": entry.index}
                for name, entry in zip(names, node.inputs, strict=True)
            ],
            "outputs": [self._output(Entry(node, index)) for index in range(node.visible_outputs)],
            "parameters": [] if operator is None else _parameters(operator),
            "attributes": {
                _text(key): _text(value) for key, value in node.attributes.items() if is_user_attribute(key)
            },
            "group": [_text(name) for name in self.groups[node]],
            "source": None if node.source is None else {"label": _text(node.source.label), "line": node.source.line},
            "cost": self._cost(node),
            "error": None if error is None else _text(error),
        }

    def _output(self, entry: Entry) -> View:
        shape, dtype = self.known.shapes.get(entry), self.known.dtypes.get(entry)
        return {
            "name": _text(entry.name),
            "shape": None if shape is None else list(shape),
            "dtype": None if dtype is None else _dtype_name(dtype),
        }

    def _cost(self, node: Node) -> View:
        entries = [Entry(node, index) for index in range(node.num_outputs)]
        sizes = [self._bytes(entry) for entry in entries[: node.visible_outputs]]
        mine = [Entry(node)] if node.operator is None else list(dict.fromkeys(node.inputs))
        return {
            "multiply_adds": None if node.operator is None else self._multiply_adds(node, entries),
            "parameters": sum(self._elements(entry) for entry in mine if self.roles.get(entry.node) == "parameter"),
            "output_bytes": None if None in sizes else sum(size for size in sizes if size is not None),
        }

    def _multiply_adds(self, node: Node, outputs: Sequence[Entry]) -> int | None:
        given = [self._complete(entry) for entry in node.inputs]
        made = [self._complete(entry) for entry in outputs]
        if node in self.errors or None in given or None in made:
            return None
        return int(node.operator.multiply_adds(given, made))

    def _complete(self, entry: Entry) -> tuple[int, ...] | None:
        shape = self.known.shapes.get(entry)
        return None if shape is None or None in shape else tuple(size for size in shape if size is not None)

    def _elements(self, entry: Entry) -> int:
        shape = self._complete(entry)
        return 0 if shape is None else prod(shape)

    def _bytes(self, entry: Entry) -> int | None:
        shape, dtype = self._complete(entry), self.known.dtypes.get(entry)
        return None if shape is None or dtype is None else prod(shape) * dtype.itemsize


def settling(known: Known) -> list[str]:
    """The variables whose shapes would settle what is unknown: inputs if one of them is open, else labels, else others.

    Where something contradicts there is none: no further shape would help.
    """
    if known.failures:
        return []
    kinds = roles(known.order)
    unsettled = [node for node in kinds if (shape := known.shapes.get(Entry(node))) is None or None in shape]
    for wanted in ("input", "label", "parameter", "auxiliary"):
        names = [node.name for node in unsettled if kinds[node] == wanted]
        if names:
            return list(dict.fromkeys(names))
    return []


def describe(cls: type[Operator]) -> View:
    """What an operator is for, and its parameters: type, default and meaning."""
    doc = "" if cls.__doc__ is None else cls.__doc__.strip().split("\n\n")[0]
    return {
        "doc": _plain(doc),
        "parameters": {
            name: {
                "type": parameter.describe(),
                "default": None if parameter.required else show(parameter.default),
                "doc": _plain(parameter.doc),
            }
            for name, parameter in cls.parameters.items()
        },
    }


def _plain(text: str) -> str:
    """A docstring's text on one line, without its marks for code."""
    return " ".join(text.replace("`", "").split())


@cache
def _dtype_name(dtype: DType) -> str:
    """An element type's name, which NumPy puts together anew each time."""
    return dtype.name


def _parameters(operator: Operator) -> list[View]:
    found = []
    for name, parameter in operator.parameters.items():
        value = getattr(operator, name)
        default = not parameter.required and value == parameter.default
        found.append({"name": name, "value": _text(show(value)), "default": default})
    return found


def _text(value: str) -> str:
    """A text that every encoder takes: halves of a surrogate pair, which a JSON file can hold, are replaced."""
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
