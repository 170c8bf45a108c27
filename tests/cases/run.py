"""Running one operator: directly, through a compiled program, and its gradients of first and second order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import symbolnb.ops  # noqa: F401  registers the operators
from symbolnb.compile.gradient import gradients
from symbolnb.compile.program import compile_graph
from symbolnb.context import Context, cpu
from symbolnb.dtypes import is_float
from symbolnb.graph.graph import Graph
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.spec import Spec
from symbolnb.ops.base import Operator
from symbolnb.ops.infer import complete_specs
from symbolnb.ops.registry import find
from symbolnb.runtime.random import generator, seed
from symbolnb.runtime.session import Session
from tests.cases.row import Row

Array = Any
SEED = 7


def operator_of(row: Row) -> Operator:
    """The row's operator in the row's mode, with what its shapes owe to the values of the row's arrays."""
    operator = find(row.operator).from_attributes(row.attributes()).in_mode(row.training)
    return operator.settled(np, row.arrays(row.dtypes[0])) if operator.value_shaped() else operator


def specs_of(arrays: Sequence[Array]) -> list[Spec]:
    """Shape and element type of each array."""
    return [Spec(array.shape, array.dtype) for array in arrays]


def blank(spec: Spec, xp: Any = np) -> Array:
    """An array full of bytes that no operator would leave behind."""
    raw = xp.full(spec.nbytes, 0x7F, "uint8")
    return raw.view(spec.dtype).reshape(spec.shape)


def forward(operator: Operator, inputs: Sequence[Array], context: Context | None = None) -> list[Array]:
    """All outputs by the reference, hidden ones included; auxiliary states are changed in place."""
    context = cpu() if context is None else context
    outputs = [blank(spec, context.xp) for spec in complete_specs(operator, specs_of(inputs))]
    forward_into(operator, inputs, outputs, context)
    return outputs


def forward_into(
    operator: Operator, inputs: Sequence[Array], outputs: Sequence[Array], context: Context | None = None
) -> None:
    """`forward` into given arrays."""
    context = cpu() if context is None else context
    with np.errstate(all="ignore"):
        if operator.random:
            seed(SEED)
            operator.sample(context.xp, inputs, outputs, generator(context))
        else:
            operator.forward(context.xp, inputs, outputs)


class Case:
    """An operator over variables: its graph, and arrays for them."""

    def __init__(
        self, operator: Operator, inputs: Sequence[Array], heads: Sequence[Array], wanted: Sequence[int] = ()
    ) -> None:
        self.operator, self.arrays = operator, list(inputs)
        self.variables = [Node(None, name) for name in operator.input_names()]
        self.node = Node(operator, "node", tuple(Entry(variable) for variable in self.variables))
        made = [Entry(self.node, index) for index in range(self.node.num_outputs)]
        self.outputs = made[: self.node.visible_outputs]
        self.specs = dict(zip(map(Entry, self.variables), specs_of(inputs), strict=True))
        self.specs.update(zip(made, complete_specs(operator, specs_of(inputs)), strict=True))
        self.wanted = [self.variables[position] for position in wanted]
        self.head_nodes = [self._variable(f"head{i}", array) for i, array in enumerate(heads)]

    def _variable(self, name: str, array: Array) -> Node:
        node = Node(None, name)
        self.variables.append(node)
        self.arrays.append(array)
        self.specs[Entry(node)] = Spec(array.shape, array.dtype)
        return node

    def _wanted_entries(self) -> list[Entry]:
        return [Entry(node) for node in self.wanted]

    def first_order(self) -> list[Entry | None]:
        """Entries of the gradients of the wanted variables."""
        heads = [Entry(node) if is_float(self.specs[Entry(node)].dtype) else None for node in self.head_nodes]
        entries, self.specs = gradients(self.outputs, heads, self._wanted_entries(), self.specs)
        return entries

    def second_order(self, directions: Sequence[Array]) -> list[Entry | None]:
        """Entries of the gradients of ``Σ direction · gradient``; a wanted variable without one counts for zero."""
        pairs = [(entry, self._variable(f"direction{i}", array))
                 for i, (entry, array) in enumerate(zip(self.first_order(), directions, strict=True))
                 if entry is not None]  # fmt: skip
        heads = [Entry(direction) for _, direction in pairs]
        entries, self.specs = gradients([entry for entry, _ in pairs], heads, self._wanted_entries(), self.specs)
        return entries

    def derivative(self, directions: Sequence[Array]) -> list[Entry | None]:
        """Entries of the outputs' derivatives along directions of the wanted variables, None where it is zero.

        The gradient is linear in the head gradients; turned round, it takes changes of the inputs to those of
        the outputs. The entries are as many as the heads.
        """
        pairs = [(entry, self._variable(f"direction{i}", array))
                 for i, (entry, array) in enumerate(zip(self.first_order(), directions, strict=True))
                 if entry is not None]  # fmt: skip
        self.wanted = self.head_nodes
        heads = [Entry(direction) for _, direction in pairs]
        entries, self.specs = gradients([entry for entry, _ in pairs], heads, self._wanted_entries(), self.specs)
        return entries

    def run(
        self, entries: Sequence[Entry | None], *, optimize: bool = True, context: Context | None = None
    ) -> list[Array]:
        """The outputs, then these entries, zeros for None, by a compiled program; random states start anew."""
        context = cpu() if context is None else context
        found = [entry for entry in entries if entry is not None]
        graph = Graph((*self.outputs, *found), len(self.outputs), self.specs, context.device_type)
        program = compile_graph(graph, optimize=optimize)
        results = [blank(self.specs[head], context.xp) for head in graph.heads]
        named = dict(zip(self.variables, self.arrays, strict=True))
        session = Session(program, context, {node: named[node] for node in program.variables}, results)
        seed(SEED)
        session.forward()
        session.backward()
        made = iter(results[len(self.outputs) :])
        wanted = [self.specs[Entry(node)] for node in self.wanted]
        grads = [np.zeros(spec.shape, spec.dtype) if entry is None else next(made)
                 for entry, spec in zip(entries, wanted, strict=True)]  # fmt: skip
        return results[: len(self.outputs)] + grads
