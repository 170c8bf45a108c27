"""The view document: a graph, with what is known or wrong about it, as plain versioned JSON.

Everything that shows a graph reads this document and nothing else. Names in it come from anywhere, also from
files: they are texts, to be escaped by who puts them on a page.

Nodes within the bodies of loops and branches are nodes of the document, in groups below that of their loop or branch:
`symbolnb.notebook.bodies` says how they hang together. Their variables of the kinds "slice" and "state" have an input.
Their multiply-adds are those of all steps, their bytes those of one. Where an operator has several bodies, ``bodies``
has the path of each one's group, which stays a group even around a single node.

A variable's ``shape_from`` says where its shape comes from: ``how`` is "given", "declared" (an attribute of the
variable) or "inferred", then from the operator ``node``. It is null where no shape is known, and in all other nodes.

Where training computes some nodes a second time to save memory, those have ``again``: true, and ``recomputed`` says
what it costs and saves: ``multiply_adds`` more than the ``usual`` ones of a pass forward, and ``planned`` bytes in
place of those ``without`` it.

Where values are at hand, ``values`` has them: ``outputs`` and ``gradients`` are lists of what
`symbolnb.notebook.statistics` tells of an array, each with its ``node`` and ``output``; ``training`` says how the graph
ran, null if it did not and only arrays are described; ``unused`` are names of arrays that are no variables of it.

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

A document of one graph has none of these, and one of two graphs has no ``values``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from math import prod
from typing import Any

from symbolnb.dtypes import DType
from symbolnb.graph.node import Entry
from symbolnb.graph.spec import PartialShape
from symbolnb.graph.walk import topological, variables
from symbolnb.notebook.bodies import Placed, bodies_of, lay_open
from symbolnb.notebook.known import Known, infer, settling
from symbolnb.notebook.values import Values, settled, values_of_arrays
from symbolnb.ops.base import Operator, is_user_attribute
from symbolnb.ops.control_flow import ControlFlow
from symbolnb.ops.parameters import Parameter, show
from symbolnb.symbol.executor import Executor
from symbolnb.symbol.recomputed import Recomputed

VERSION = 1

View = dict[str, Any]


def view_of(
    heads: Sequence[Entry],
    shapes: Mapping[str, PartialShape] | None = None,
    dtypes: Mapping[str, DType] | None = None,
    arrays: Mapping[str, Any] | None = None,
) -> View:
    """The view document of a graph, from what is known of some of its variables by name.

    Element types that do not follow are float32, as they are when the graph is bound. A contradiction is part
    of the document and never raised. `arrays` have been through `given_arrays`: they settle shapes and types, and
    the document has their values; one whose shape is given otherwise is a `BindError`.
    """
    shapes, dtypes = {} if shapes is None else shapes, {} if dtypes is None else dtypes
    if arrays is None:
        return view_of_known(heads, infer(heads, shapes, dtypes))
    shapes, dtypes = settled(heads, arrays, shapes, dtypes)
    return view_of_known(heads, infer(heads, shapes, dtypes), values=values_of_arrays(heads, arrays))


def view_of_known(
    heads: Sequence[Entry],
    known: Known,
    memory: dict[str, int] | None = None,
    recomputed: Recomputed | None = None,
    values: Values | None = None,
) -> View:
    """The view document of a graph with what inference found; `memory` is what `memory_of` says."""
    return _Document(tuple(heads), known, memory, recomputed, values).build()


def view_of_executor(executor: Executor, values: Values | None = None) -> View:
    """The view document of a bound graph: everything is known, and the memory of its largest program."""
    specs = executor.specs if values is None else {**executor.specs, **values.specs}
    known = Known(
        topological(executor.symbol.entries),
        {entry: spec.shape for entry, spec in specs.items()},
        {entry: spec.dtype for entry, spec in specs.items()},
        (),
        frozenset(variables(topological(executor.symbol.entries))),
    )
    return view_of_known(executor.symbol.entries, known, memory_of(executor), executor.recomputed, values)


def memory_of(executor: Executor) -> dict[str, int] | None:
    """The bytes of the largest program that the executor has compiled; None before the first.

    ``"planned"`` and ``"unplanned"``, and ``"held"`` where it keeps what it has prepared from the weights.
    """
    programs = executor.programs.values()
    largest = max(programs, key=lambda program: program.plan.unplanned, default=None)
    if largest is None:
        return None
    found = {"planned": largest.plan.planned, "unplanned": largest.plan.unplanned}
    return {**found, "held": largest.held} if largest.held else found


class _Document:
    """Puts the document together from a graph and what is known of it."""

    def __init__(
        self,
        heads: Sequence[Entry],
        known: Known,
        memory: dict[str, int] | None,
        recomputed: Recomputed | None,
        values: Values | None,
    ) -> None:
        self.known, self.memory, self.recomputed, self.values = known, memory, recomputed, values
        self.again = frozenset(() if recomputed is None else recomputed.names)
        self.placed, self.heads, self.framed = lay_open(heads, known)
        self.numbers = {placed.node: number for number, placed in enumerate(self.placed) if placed.within is None}

    def build(self) -> View:
        nodes = [self._node(number, placed) for number, placed in enumerate(self.placed)]
        operators: list[Operator] = [one.node.operator for one in self.placed if one.node.operator is not None]
        adds = [node["cost"]["multiply_adds"] for node in nodes if node["op"] is not None]
        return {
            "version": VERSION,
            "title": _text(self.placed[self.heads[0][0]].node.name) if self.heads else "",
            "nodes": nodes,
            "heads": [{"node": number, "output": output} for number, output in self.heads],
            "operators": {name: describe(cls) for name, cls in {one.name: type(one) for one in operators}.items()},
            "totals": {
                "nodes": len(nodes),
                "operators": len(operators),
                "parameters": sum(node["cost"]["parameters"] for node in nodes if node["op"] is None),
                "multiply_adds": None if None in adds else sum(adds),
            },
            "memory": self.memory,
            "error": self._error(),
            "unknown": [_text(name) for name in settling(self.known)],
            **({"bodies": [[_text(name) for name in path] for path in self.framed]} if self.framed else {}),
            **({} if self.recomputed is None else {"recomputed": _trade(self.recomputed)}),
            **({} if self.values is None else {"values": self._values(self.values)}),
        }  # fmt: skip

    def _values(self, values: Values) -> View:
        """What is told of values, by the numbers of the nodes."""

        def listed(found: Mapping[Entry, Any]) -> list[View]:
            places = {(self.numbers[entry.node], entry.index): one for entry, one in found.items()}
            return [{"node": node, "output": output, **places[node, output]} for node, output in sorted(places)]

        return {
            "training": values.training,
            "unused": [_text(name) for name in values.unused],
            "outputs": listed(values.outputs),
            "gradients": listed(values.gradients),
        }

    def _error(self) -> View | None:
        """The first contradiction; one within a body is told at the node in there."""
        if not self.known.failures:
            return None
        first = self.known.failures[0]
        number = None if first.node is None else self.numbers[first.node]
        inner = [i for i, placed in enumerate(self.placed[:number]) if placed.error is not None and placed.within]
        message = str(first.error)
        if number is not None and inner and bodies_of(self.placed[number].node):
            number = inner[0]
            message = str(self.placed[number].error)
        return {"node": number, "message": _text(message)}

    def _node(self, number: int, placed: Placed) -> View:
        node, operator = placed.node, placed.node.operator
        return {
            "id": number,
            "name": _text(node.name),
            "op": None if operator is None else operator.name,
            "kind": placed.kind,
            "family": "variable" if operator is None else operator.family,
            "inputs": [{"name": name, "node": source, "output": output} for name, (source, output) in placed.inputs],
            "outputs": [self._output(placed, index) for index in range(node.visible_outputs)],
            "parameters": [] if operator is None else _parameters(operator),
            "attributes": {
                _text(key): _text(value) for key, value in node.attributes.items() if is_user_attribute(key)
            },
            "group": [_text(name) for name in placed.group],
            "source": None if node.source is None else {"label": _text(node.source.label), "line": node.source.line},
            "cost": self._cost(placed),
            "error": None if placed.error is None else _text(placed.error),
            "shape_from": self._shape_from(placed),
            **({"again": True} if operator is not None and node.name in self.again else {}),
        }

    def _output(self, placed: Placed, index: int) -> View:
        shape, dtype = placed.shapes[index], placed.dtypes[index]
        return {
            "name": _text(placed.node.output_name(index)),
            "shape": None if shape is None else list(shape),
            "dtype": None if dtype is None else _dtype_name(dtype),
        }

    def _shape_from(self, placed: Placed) -> View | None:
        """Where the shape of a variable comes from, if anything is known of it."""
        node = placed.node
        if node.operator is not None or placed.within is not None or placed.shapes[0] is None:
            return None
        origin = self.known.origins.get(node)
        if origin is not None:
            return {"how": "inferred", "node": self.numbers[origin]}
        return {"how": "given" if node in self.known.given else "declared", "node": None}

    def _cost(self, placed: Placed) -> View:
        is_variable = placed.node.operator is None
        sizes = [self._bytes(placed, index) for index in range(placed.node.visible_outputs)]
        sources = dict.fromkeys(source for _, source in placed.inputs)
        mine = [placed] if is_variable else [self.placed[number] for number, _ in sources]
        return {
            "multiply_adds": None if is_variable else self._multiply_adds(placed),
            "parameters": sum(_elements(one.shapes[0]) for one in mine if one.kind == "parameter"),
            "output_bytes": None if None in sizes else sum(size for size in sizes if size is not None),
        }

    def _multiply_adds(self, placed: Placed) -> int | None:
        """Those of all steps together; not known where the number of steps is not, unless one step has none."""
        given = [_complete(self.placed[number].shapes[output]) for _, (number, output) in placed.inputs]
        made = [_complete(shape) for shape in placed.shapes]
        if placed.error is not None or None in given or None in made:
            return None
        once = 0 if bodies_of(placed.node) else int(placed.node.operator.multiply_adds(given, made))
        return 0 if once == 0 else None if placed.steps is None else once * placed.steps

    def _bytes(self, placed: Placed, index: int) -> int | None:
        shape, dtype = _complete(placed.shapes[index]), placed.dtypes[index]
        return None if shape is None or dtype is None else prod(shape) * dtype.itemsize


def _trade(recomputed: Recomputed) -> View:
    """What recomputing costs and saves."""
    return {
        "multiply_adds": recomputed.multiply_adds,
        "usual": recomputed.usual,
        "planned": recomputed.planned,
        "without": recomputed.without,
    }


def _elements(shape: PartialShape) -> int:
    complete = _complete(shape)
    return 0 if complete is None else prod(complete)


def _complete(shape: PartialShape) -> tuple[int, ...] | None:
    return None if shape is None or None in shape else tuple(size for size in shape if size is not None)


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
            for name, parameter in shown_parameters(cls).items()
        },
    }


def shown_parameters(cls: type[Operator]) -> dict[str, Parameter]:
    """The parameters that tell something; those by which a loop finds its inputs do not, once it is laid open."""
    is_open = issubclass(cls, ControlFlow)
    return {name: one for name, one in cls.parameters.items() if not is_open or name == "max_iterations"}


def _plain(text: str) -> str:
    """A docstring's text on one line, without its marks for code."""
    return " ".join(text.replace("`", "").split())


@cache
def _dtype_name(dtype: DType) -> str:
    """An element type's name, which NumPy puts together anew each time."""
    return dtype.name


def _parameters(operator: Operator) -> list[View]:
    found = []
    for name, parameter in shown_parameters(type(operator)).items():
        value = getattr(operator, name)
        found.append({"name": name, "value": _text(show(value)), "default": parameter.means_default(value)})
    return found


def _text(value: str) -> str:
    """A text that every encoder takes: halves of a surrogate pair, which a JSON file can hold, are replaced."""
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
