"""Runs small graphs through the engine, with the kernels of oneDNN and with the reference forward."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import symbolnb.ops  # noqa: F401 -- registers the operators
from symbolnb.compile.program import Program, compile_graph
from symbolnb.context import cpu
from symbolnb.graph.graph import Graph
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.spec import Spec
from symbolnb.ops.base import Operator
from symbolnb.ops.infer import complete_specs
from symbolnb.ops.registry import find
from symbolnb.runtime.session import Session

Array = Any


class Network:
    """A graph that grows call by call, with the arrays of its variables."""

    def __init__(self) -> None:
        self.specs: dict[Entry, Spec] = {}
        self.arrays: dict[Node, Array] = {}

    def variable(self, name: str, array: Array) -> Entry:
        entry = Entry(Node(None, name))
        self.specs[entry] = Spec(array.shape, array.dtype)
        self.arrays[entry.node] = array
        return entry

    def call(self, operator: str | Operator, name: str, *inputs: Entry, **attributes: object) -> Entry:
        """The first output of a new node; attributes are written as MXNet's strings are."""
        made = (
            operator
            if isinstance(operator, Operator)
            else find(operator).from_attributes({key: str(value) for key, value in attributes.items()})
        )
        node = Node(made, name, inputs)
        for index, spec in enumerate(complete_specs(made, [self.specs[entry] for entry in inputs])):
            self.specs[Entry(node, index)] = spec
        return Entry(node)

    def graph(self, *heads: Entry) -> Graph:
        return Graph(heads, len(heads), self.specs)

    def compiled(self, *heads: Entry) -> Program:
        return compile_graph(self.graph(*heads))

    def run(self, program: Program) -> list[Array]:
        """The heads' values; auxiliary states are changed in copies."""
        shapes = [program.slots[slot].spec for slot in program.heads]
        out = [np.full(spec.shape, np.nan if spec.dtype.kind == "f" else 77, spec.dtype) for spec in shapes]
        arrays = {node: self.arrays[node].copy() for node in program.variables}
        Session(program, cpu(), arrays, out).forward()
        changed = [arrays[node] for node in program.variables if node.name.startswith("moving")]
        return out + changed

    def results(self, *heads: Entry) -> tuple[Program, list[Array], list[Array]]:
        """The optimised program, what it computes, and what the reference computes."""
        program = self.compiled(*heads)
        return program, self.run(program), self.run(compile_graph(self.graph(*heads), optimize=False))


def agree(actual: Sequence[Array], expected: Sequence[Array]) -> None:
    """Equal to 1e-5 of the largest value, NaN at the same places."""
    for one, other in zip(actual, expected, strict=True):
        scale = max(1.0, float(np.max(np.abs(other), where=np.isfinite(other), initial=0.0)))
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5 * scale)


def case(
    operator: str, inputs: Sequence[tuple[int, ...]], attributes: Mapping[str, object], training: bool = False
) -> tuple[Program, list[Array], list[Array]]:
    """One operator on random arrays of these shapes."""
    rng = np.random.default_rng(11)
    network = Network()
    made = find(operator).from_attributes({key: str(value) for key, value in attributes.items()})
    made = made.in_mode(training)
    names = made.input_names()
    entries = [
        network.variable(name, np.abs(rng.normal(size=shape)).astype(np.float32) if "var" in name
                         else rng.normal(size=shape).astype(np.float32))
        for name, shape in zip(names, inputs, strict=True)
    ]  # fmt: skip
    first = network.call(made, "tested", *entries)
    heads = [Entry(first.node, index) for index in range(first.node.num_outputs)]
    return network.results(*heads)


def libraries(program: Program) -> list[str]:
    """For each step its operator and the library that serves it."""
    return [
        f"{step.node.operator.name}:{'reference' if step.kernel is None else step.kernel.library}"
        for step in program.steps
    ]
