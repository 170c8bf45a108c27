"""Passes of graphs with shapes that only values decide: node by node, each result in memory of its own.

Where the size of an output follows from values, as that of a boolean mask does, no program can be planned
before the values are there. Then every node is computed as `nd` would compute it, as soon as its inputs are there;
its shape is known by then, and so are loops laid out and gradients derived.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from symbolnb.compile.gradient import gradients
from symbolnb.compile.lower import in_mode
from symbolnb.compile.lower_control_flow import lay_out
from symbolnb.compile.skip import Condition, conditions
from symbolnb.context import Context
from symbolnb.errors import CustomError, MXNetError
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.spec import Spec
from symbolnb.graph.walk import rewrite, substitute, topological
from symbolnb.ndarray.invoke import computed
from symbolnb.ops.control_flow import ControlFlow
from symbolnb.ops.infer import complete_specs
from symbolnb.runtime.session import explained, hold
from symbolnb.runtime.storage import allocate, written
from symbolnb.symbol import inference

Array = Any
Watcher = Callable[[Node, Sequence[Array], Sequence[Array]], None]


class StepwisePass:
    """A forward pass of a graph on arrays, and the backward pass of what it computed.

    `outputs` are the arrays of the heads, `values` the array of every entry of the graph, `specs` its shape and element
    type. All results are kept for as long as the object is.
    """

    def __init__(
        self,
        heads: Sequence[Entry],
        context: Context,
        training: bool,
        variables: Mapping[Node, Array],
        see: Watcher | None = None,
    ) -> None:
        self._context, self._training, self._see = context, training, see
        self._values = {Entry(node): array for node, array in variables.items()}
        self._specs = {entry: Spec(array.shape, array.dtype) for entry, array in self._values.items()}
        self._heads, became = rewrite(heads, self._forward)
        self._became = {Entry(node, index): entry
                        for node, entries in became.items() for index, entry in enumerate(entries)}  # fmt: skip
        self.outputs = [self._values[head] for head in self._heads]
        self.values = {entry: self._values[made] for entry, made in self._became.items()}
        self.specs = {entry: self._specs[made] for entry, made in self._became.items()}

    def _forward(self, node: Node, inputs: tuple[Entry, ...]) -> Sequence[Entry] | None:
        """Compute one node of the symbol's graph; what stands for its outputs in the graph that is run."""
        if node.operator is None:
            return None
        if isinstance(node.operator, ControlFlow):
            return self._laid_out(node, inputs)
        arrays = [self._values[entry] for entry in inputs]
        operator = node.operator.in_mode(self._training).settled(self._context.xp, arrays)
        made = Node(operator, node.name, inputs, node.attributes, node.source)
        self._compute(made, self._values)
        return [Entry(made, index) for index in range(made.num_outputs)]

    def _laid_out(self, node: Node, inputs: tuple[Entry, ...]) -> tuple[Entry, ...]:
        """Compute a loop or branch, whose inputs have shapes by now."""
        places = [Node(None, entry.name) for entry in inputs]
        alone = replace(node, inputs=tuple(map(Entry, places)))
        heads = [Entry(alone, index) for index in range(alone.num_outputs)]
        given = {place: self._specs[entry] for place, entry in zip(places, inputs, strict=True)}
        specs = inference.complete_specs(
            heads,
            {place: spec.shape for place, spec in given.items()},
            {place: spec.dtype for place, spec in given.items()},
        )
        flat, _ = in_mode(*lay_out(heads, specs), self._training)
        flat = substitute(flat, dict(zip(places, inputs, strict=True)))
        self._compute_all(flat, flat, self._values)
        return flat

    def _compute_all(self, wanted: Sequence[Entry], heads: Sequence[Entry], values: dict[Entry, Array]) -> None:
        """Compute what is not there yet of the wanted entries; `heads` are all entries that the graph has users of."""
        order = [node for node in topological(heads) if node.operator is not None]
        tests = conditions(order, heads)
        for node in topological(wanted):
            if Entry(node) not in values:
                self._compute(node, values, tests.get(node, ()))

    def _compute(self, node: Node, values: dict[Entry, Array], tests: Sequence[Condition] = ()) -> None:
        inputs = [values[entry] for entry in node.inputs]
        skipped = not hold([(values[entry], truth) for entry, truth in tests])
        given = [Spec(array.shape, array.dtype) for array in inputs]
        if skipped:  # nobody reads it, but its place may be looked at
            outputs = [allocate(self._context, spec.shape, spec.dtype) for spec in complete_specs(node.operator, given)]
        else:
            try:
                outputs = list(computed(node.operator, self._context, inputs, node))
            except Exception as error:
                if isinstance(error, MXNetError) and not isinstance(error, CustomError):
                    raise
                raise explained(node, given, error) from error
            if self._see is not None:
                self._see(node, inputs, outputs)
        for index, array in enumerate(outputs):
            values[Entry(node, index)] = array
            self._specs[Entry(node, index)] = Spec(array.shape, array.dtype)

    def backward(
        self,
        requests: Mapping[Node, str],
        grads: Mapping[Node, Array],
        incoming: Callable[[Mapping[int, Spec]], Mapping[int, Array]],
    ) -> None:
        """Write, or add to, the gradients of the variables in `requests`.

        `incoming` is asked for the gradients of the outputs that need one, by position.
        """
        found = self.gradients([Entry(node) for node in requests], incoming)
        with np.errstate(all="ignore"), self._context.activate():
            for (node, request), grad in zip(requests.items(), found, strict=True):
                if request == "write":
                    grads[node][...] = 0 if grad is None else grad
                elif grad is not None:
                    grads[node][...] += grad
                written(grads[node])

    def gradients(
        self, wanted: Sequence[Entry], incoming: Callable[[Mapping[int, Spec]], Mapping[int, Array]]
    ) -> list[Array | None]:
        """The gradients of entries of the graph, None for one that is zero; `incoming` as for `backward`."""
        places = {position: Entry(Node(None, f"{head.name}_gradient")) for position, head in enumerate(self._heads)
                  if head.node.operator is None or not head.node.operator.loss}  # fmt: skip
        for position, entry in places.items():
            self._specs[entry] = self._specs[self._heads[position]]
        starts = [places.get(position) for position in range(len(self._heads))]
        made, _ = gradients(self._heads, starts, [self._became[entry] for entry in wanted], self._specs)
        entries = [entry for entry in made if entry is not None]
        used = set(topological(entries))
        asked = {position: entry for position, entry in places.items() if entry.node in used}
        given = incoming({position: self._specs[entry] for position, entry in asked.items()})
        values = {**self._values, **{entry: given[position] for position, entry in asked.items()}}
        self._compute_all(entries, (*self._heads, *entries), values)
        return [None if entry is None else values[entry] for entry in made]
