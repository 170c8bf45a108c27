"""Loops and branches laid out flat: a copy of the body for each step, and choices between values.

Shapes are known here, so the number of steps of a `_foreach` is too; a `_while_loop` is laid out for all the
steps it may take. What results is an ordinary graph, which is differentiated, planned and run like any other.
Steps that the condition rules out when the program runs are left out by it (see `compile.skip`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from symbolnb.compile.infer import infer_dtypes, infer_shapes
from symbolnb.errors import ShapeError
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.spec import Spec
from symbolnb.graph.subgraph import Subgraph
from symbolnb.graph.walk import rewrite, topological
from symbolnb.ops.conditional import Choose, Gate, KeepIf
from symbolnb.ops.control_flow import Cond, ControlFlow, Foreach, WhileLoop
from symbolnb.ops.term import Term, apply, call, made_for

Specs = Mapping[Entry, Spec]

MOST = 1_000_000
"""How many nodes one loop may be laid out as: compiling that many takes minutes already."""


def lay_out(heads: Sequence[Entry], specs: Specs) -> tuple[tuple[Entry, ...], Specs]:
    """The graph without loops and branches, and the specs of its entries; variables stay the same nodes."""
    if not any(isinstance(node.operator, ControlFlow) for node in topological(heads)):
        return tuple(heads), specs
    known = dict(specs)

    def change(node: Node, inputs: tuple[Entry, ...]) -> Sequence[Entry] | None:
        if not isinstance(node.operator, ControlFlow):
            return None
        terms = [Term(entry, *specs[old][:2]) for entry, old in zip(inputs, node.inputs, strict=True)]
        with made_for(node.name, node.source, known):
            made = LAYOUTS[type(node.operator)](node, node.operator, terms, known)
        return [term.entry for term in made]

    new_heads, became = rewrite(heads, change)
    for node, entries in became.items():
        known.update({entry: specs[Entry(node, index)] for index, entry in enumerate(entries)})
    return new_heads, known


class _Body:
    """A body, itself laid out, that can be copied again and again.

    Nodes that depend on none of the `varying` inputs are the same in every copy and are made once.
    """

    def __init__(self, owner: Node, body: Subgraph, inputs: Sequence[Term], varying: Sequence[int]) -> None:
        self.owner, self.body = owner, body
        self.heads, self.specs = lay_out(body.heads, _complete(body, inputs))
        self.order = [node for node in topological(self.heads) if node.operator is not None]
        self.varies = {body.inputs[position] for position in varying}
        for node in self.order:
            changes = node.operator.random or node.operator.auxiliary_inputs()
            if changes or any(entry.node in self.varies for entry in node.inputs):
                self.varies.add(node)
        self.same: dict[Node, Node] = {}

    def check(self, steps: int) -> None:
        """Refuse a loop of so many steps that laying it out would not come to an end: `ShapeError`."""
        if steps * len(self.order) > MOST:
            place = f" [{self.owner.source}]" if self.owner.source is not None else ""
            raise ShapeError(
                f"{self.owner.operator.name} {self.owner.name!r}: {steps} steps of {len(self.order)} operators each "
                f"are more than the {MOST} that a loop may be laid out as{place}"
            )

    def copy(self, inputs: Sequence[Term], known: dict[Entry, Spec], step: int | str) -> list[Term]:
        """The body's heads for these inputs; new nodes are called ``OWNER[STEP]/NAME``."""
        given = {node: term.entry for node, term in zip(self.body.inputs, inputs, strict=True)}
        became: dict[Node, Node] = {}

        def now(entry: Entry) -> Entry:
            found = given.get(entry.node)
            return Entry(became[entry.node], entry.index) if found is None else found

        for node in self.order:
            kept = self.same.get(node)
            if kept is None:
                kept = Node(
                    node.operator, f"{self.owner.name}[{step}]/{node.name}", tuple(map(now, node.inputs)),
                    node.attributes, node.source,
                )  # fmt: skip
                for index in range(node.num_outputs):
                    known[Entry(kept, index)] = self.specs[Entry(node, index)]
                if node not in self.varies:
                    self.same[node] = kept
            became[node] = kept
        return [Term(now(head), *self.specs[head][:2]) for head in self.heads]


def _complete(body: Subgraph, inputs: Sequence[Term]) -> dict[Entry, Spec]:
    """Shape and element type of every entry of a body."""
    shapes = infer_shapes(body.heads, {node: term.shape for node, term in zip(body.inputs, inputs, strict=True)})
    dtypes = infer_dtypes(body.heads, {node: term.dtype for node, term in zip(body.inputs, inputs, strict=True)})
    shapes.raise_failure()
    dtypes.raise_failure()
    specs = {}
    for node in shapes.order:
        for index in range(node.num_outputs):
            entry = Entry(node, index)
            shape, dtype = shapes[entry], dtypes[entry]
            if shape is None or None in shape or dtype is None:
                raise ShapeError(f"shape or type of {entry.name!r}, inside of a loop or branch, do not follow")
            specs[entry] = Spec(shape, dtype)
    return specs


def _foreach(node: Node, operator: Foreach, inputs: list[Term], known: dict[Entry, Spec]) -> list[Term]:
    looped, count = len(operator.in_data_locs), inputs[0].shape[0]
    states = inputs[looped : looped + len(operator.in_state_locs)]
    rest = inputs[looped + len(states) :]
    (where,) = operator.locations()
    slices = [_slices(term) for term in inputs[:looped]]
    first = [Term(term.entry, _slice_shape(term), term.dtype) for term in inputs[:looped]]  # their entries are not used
    arranged = [(*first, *states, *rest)[place] for place in where]
    varying = [position for position, place in enumerate(where) if place < looped + len(states)]
    body = _Body(node, operator.subgraphs[0], arranged, varying)
    body.check(count)
    rows: list[list[Term]] = []
    for step in range(count):
        values = [*(pieces[step] for pieces in slices), *states, *rest]
        made = body.copy([values[place] for place in where], known, step)
        rows.append(made[: operator.num_out_data])
        states = made[operator.num_out_data :]
    specs = [body.specs[head] for head in body.heads[: operator.num_out_data]]
    return [*_stacked(rows, specs), *states]


def _slices(term: Term) -> list[Term]:
    """The parts of an array along its first axis."""
    count = term.shape[0]
    if count == 0:
        return []
    squeeze = len(term.shape) > 1  # a slice of a vector keeps one axis
    split = call("SliceChannel", term, num_outputs=count, axis=0, squeeze_axis=squeeze).entry.node
    return [Term(Entry(split, step), _slice_shape(term), term.dtype) for step in range(count)]


def _slice_shape(term: Term) -> tuple[int, ...]:
    return term.shape[1:] if len(term.shape) > 1 else (1,)


def _stacked(rows: Sequence[Sequence[Term]], specs: Sequence[Spec]) -> list[Term]:
    """The outputs of all steps along a new first axis."""
    if not rows:
        return [call("_zeros", shape=(0, *spec.shape), dtype=spec.dtype.name, exact=True) for spec in specs]
    return [call("stack", *column, axis=0, num_args=len(rows)) for column in zip(*rows, strict=True)]


def _while_loop(node: Node, operator: WhileLoop, inputs: list[Term], known: dict[Entry, Spec]) -> list[Term]:
    test = _Body(node, operator.subgraphs[0], [inputs[place] for place in operator.cond_input_locs],
                 range(len(operator.cond_input_locs)))  # fmt: skip
    body = _Body(node, operator.subgraphs[1], [inputs[place] for place in operator.func_input_locs],
                 range(len(operator.func_input_locs)))  # fmt: skip
    body.check(operator.max_iterations)
    values, places = list(inputs), operator.loop_variables()
    goes_on: Term | None = None
    rows: list[list[Term]] = []
    for step in range(operator.max_iterations):
        (holds,) = test.copy([values[place] for place in operator.cond_input_locs], known, f"{step}?")
        goes_on = holds if goes_on is None else apply(KeepIf(when=True), goes_on, holds)[0]
        taken = [values[place] for place in operator.func_input_locs]
        made = body.copy(_gated(body.body, taken, goes_on, True), known, step)
        rows.append([apply(KeepIf(when=True), goes_on, out)[0] for out in made[: operator.num_out_data]])
        for place, new in zip(places, made[operator.num_out_data :], strict=True):
            values[place] = apply(Choose(), goes_on, new, values[place])[0]
    return [*_stacked(rows, []), *(values[place] for place in places)]


def _cond(node: Node, operator: Cond, inputs: list[Term], known: dict[Entry, Spec]) -> list[Term]:
    answers = []
    holds: Term | None = None
    for word, subgraph, where in zip(("?", True, False), operator.subgraphs, operator.locations(), strict=True):
        taken = [inputs[place] for place in where]
        body = _Body(node, subgraph, taken, range(len(taken)))
        if holds is None:
            (holds,) = body.copy(taken, known, "?")
        else:
            gated = _gated(subgraph, taken, holds, word is True)
            answers.append(body.copy(gated, known, "then" if word is True else "else"))
    assert holds is not None
    return [apply(Choose(), holds, first, second)[0] for first, second in zip(*answers, strict=True)]


def _gated(body: Subgraph, inputs: Sequence[Term], holds: Term, when: bool) -> list[Term]:
    """The inputs of a branch, behind gates; auxiliary states, which the branch may change, go in as they are."""
    return [
        term if position in body.auxiliary else apply(Gate(when=when), term, holds)[0]
        for position, term in enumerate(inputs)
    ]


LAYOUTS: dict[type[ControlFlow], Callable[[Node, Any, list[Term], dict[Entry, Spec]], list[Term]]] = {
    Foreach: _foreach,
    WhileLoop: _while_loop,
    Cond: _cond,
}
