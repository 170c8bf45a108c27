"""Loops and branches: operators whose work is described by graphs inside them.

They are made by ``sym.contrib.foreach``, ``while_loop`` and ``cond``. An operator here knows how its inputs and
outputs belong to those of its bodies, and infers through them; it computes nothing itself, because the
compiler lays the bodies out before a program is made.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

from symbolnb.errors import DTypeError, MXNetError, ParameterError, ShapeError
from symbolnb.graph.spec import PartialShape, merge_shapes, show_shape
from symbolnb.graph.subgraph import Subgraph
from symbolnb.graph.walk import topological
from symbolnb.ops import parameters as p
from symbolnb.ops.base import DTypes, Operator, Shapes, numbered, register, with_fields

Values = list[Any]
Solve = Callable[[Subgraph, Values, Values], tuple[Values, Values]]
"""Inference through a body: what is known of its inputs and heads, completed."""


class Knowledge(NamedTuple):
    """One kind of knowledge, shapes or element types, as it passes through a body.

    `cut` gives a slice of an array that is looped over, and `uncut` the array from a slice, the number of slices
    and what is known of it. `part` and `whole` do so for outputs, which are stacked.
    """

    solve: Solve
    merge: Callable[[Any, Any], Any]
    cut: Callable[[Any], Any]
    uncut: Callable[[Any, int | None, Any], Any]
    part: Callable[[Any], Any]
    whole: Callable[[Any, int | None], Any]
    show: Callable[[Any], str]
    error: type[MXNetError]

    def agree(self, what: str, first: Any, second: Any) -> Any:
        """Everything that is known of a value that must stay what it is; an error where it does not."""
        try:
            return self.merge(first, second)
        except MXNetError:
            raise self.error(
                f"{what} comes in as {self.show(first)} but goes out as {self.show(second)}, and must stay the same"
            ) from None


def _cut(shape: PartialShape) -> PartialShape:
    if shape == ():
        raise ShapeError("an array to loop over needs a first axis, but its shape is ()")
    return (
        shape if shape is None else shape[1:] if len(shape) > 1 else (1,)
    )  # as in nd: a slice of a vector has one axis


def _uncut(shape: PartialShape, count: int | None, known: PartialShape) -> PartialShape:
    if known is not None and len(known) == 1:
        return (count,)
    if known is None and shape in ((1,), (None,)):
        return None  # of a vector, or of a matrix of one column
    return _whole(shape, count)


def _part(shape: PartialShape) -> PartialShape:
    return None if shape is None else shape[1:]


def _whole(shape: PartialShape, count: int | None) -> PartialShape:
    return None if shape is None else (count, *shape)


def _same(dtype: Any, *_: Any) -> Any:
    return dtype


def _same_type(first: Any, second: Any) -> Any:
    if first is not None and second is not None and first != second:
        raise DTypeError(f"{first} and {second} differ")
    return second if first is None else first


def _first_size(shapes: Sequence[PartialShape]) -> int | None:
    return next((shape[0] for shape in shapes if shape and shape[0] is not None), None)


@with_fields
class ControlFlow(Operator):
    """What loops and branches share.

    `subgraphs` are the bodies, in the order of `bodies`. They are no parameter: files hold them beside the
    attributes.
    """

    bodies: ClassVar[tuple[str, ...]]
    """MXNet's names of the bodies."""

    num_args: int = p.count(doc="number of inputs, bodies included")
    num_outputs: int = p.count(doc="number of outputs")
    subgraphs: tuple[Subgraph, ...] = ()

    def input_names(self) -> tuple[str, ...]:
        return tuple(f"data{position}" for position in range(self.num_args - len(self.bodies)))

    def output_names(self) -> tuple[str, ...]:
        if self.num_outputs == 1:
            return ("output",)
        return numbered("output", self.num_outputs)

    def locations(self) -> tuple[tuple[int, ...], ...]:
        """For each body, the position of the operator's input that feeds each of its inputs."""
        raise NotImplementedError

    def heads_wanted(self) -> tuple[int, ...]:
        """How many heads each body must have."""
        raise NotImplementedError

    def stepwise(self) -> Mapping[int, str]:
        """The inputs of which the bodies see something else in each step: positions, and "slice" or "state"."""
        return {}

    def steps(self, inputs: Shapes) -> int | None:
        """How often each body runs, given the shapes of the inputs; None where that shows only at run time."""
        return None

    def auxiliary_inputs(self) -> tuple[int, ...]:
        places = zip(self.locations(), self.subgraphs, strict=False)
        return tuple(sorted({where[position] for where, body in places for position in body.auxiliary}))

    def value_shaped(self) -> bool:
        nodes = (node for body in self.subgraphs for node in topological(body.heads))
        return any(node.operator is not None and node.operator.value_shaped() for node in nodes)

    def holding(self, subgraphs: Sequence[Subgraph]) -> ControlFlow:
        """The operator with its bodies; `ParameterError` where its parameters do not fit them."""
        made = dataclasses.replace(self, subgraphs=tuple(subgraphs))
        if len(subgraphs) != len(self.bodies):
            raise ParameterError(f"{self.name} has {len(subgraphs)} subgraphs but needs {', '.join(self.bodies)}")
        count = len(self.input_names())
        for word, body, where, heads in zip(self.bodies, subgraphs, self.locations(), self.heads_wanted(), strict=True):
            if len(body.inputs) != len(where) or len(body.heads) != heads:
                raise ParameterError(
                    f"{self.name}: its parameters give {word} {len(where)} inputs and {heads} outputs, "
                    f"but it has {len(body.inputs)} and {len(body.heads)}"
                )
            if any(not 0 <= position < count for position in where):
                raise ParameterError(f"{self.name}: {word} takes inputs {where} of {count}")
        return made

    def with_attributes(self, attributes: Mapping[str, str]) -> Operator:
        made = type(self).from_attributes(attributes)
        assert isinstance(made, ControlFlow)
        return made.holding(self.subgraphs)

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        """Nothing: that takes inference over graphs; see `infer_shape_through`."""
        return inputs, outputs

    def infer_shape_through(self, inputs: Shapes, outputs: Shapes, solve: Solve) -> tuple[Shapes, Shapes]:
        """`infer_shape`, given a way to infer through the bodies."""
        kind = Knowledge(solve, merge_shapes, _cut, _uncut, _part, _whole, show_shape, ShapeError)
        return self._through(inputs, outputs, kind)

    def infer_dtype_through(self, inputs: DTypes, outputs: DTypes, solve: Solve) -> tuple[DTypes, DTypes]:
        """`infer_dtype`, given a way to infer through the bodies."""
        return self._through(inputs, outputs, Knowledge(solve, _same_type, _same, _same, _same, _same, str, DTypeError))

    def _through(self, inputs: Values, outputs: Values, kind: Knowledge) -> tuple[Values, Values]:
        if not self.subgraphs:
            raise kind.error(f"{self.name} has no body; make it with sym.contrib.{self.name[1:]}")
        return self.infer_bodies(inputs, outputs, kind)

    def infer_bodies(self, inputs: Values, outputs: Values, kind: Knowledge) -> tuple[Values, Values]:
        """What follows for inputs and outputs from the bodies."""
        raise NotImplementedError

    def _pass(self, number: int, values: Values, heads: Values, kind: Knowledge) -> Values:
        """Infer through one body; `values`, of the operator's inputs, are completed, and its heads returned."""
        where = self.locations()[number]
        found, made = kind.solve(self.subgraphs[number], [values[position] for position in where], heads)
        for position, value in zip(where, found, strict=True):
            values[position] = kind.merge(values[position], value)
        return made

    def _test(self, values: Values, kind: Knowledge) -> None:
        """Infer through the condition, which must be a single number."""
        (made,) = self._pass(0, values, [None], kind)
        if kind.error is ShapeError and made is not None and any(size not in (1, None) for size in made):
            raise ShapeError(f"the condition has shape {show_shape(made)} but must be a single number")


@register
class Foreach(ControlFlow):
    """A loop over the first axis of some arrays, which hands states from each step to the next.

    The body's outputs of all steps are stacked; the last states follow them.
    """

    name = "_foreach"
    bodies = ("fn",)

    num_out_data: int = p.integer(minimum=0, doc="how many of the outputs are stacked; the others are states")
    in_state_locs: tuple[int, ...] = p.shape(doc="which inputs of the body are states")
    in_data_locs: tuple[int, ...] = p.shape(doc="which inputs of the body are slices of the data")
    remain_locs: tuple[int, ...] = p.shape(doc="which inputs of the body are the same in every step")

    def __post_init__(self) -> None:
        places = (*self.in_data_locs, *self.in_state_locs, *self.remain_locs)
        if sorted(places) != list(range(self.num_args - 1)):
            raise ParameterError(
                f"in_data_locs, in_state_locs and remain_locs are {places} for {self.num_args - 1} inputs"
            )
        ends = self.num_outputs - self.num_out_data
        if len(self.in_state_locs) != ends:
            raise ParameterError(f"there are {len(self.in_state_locs)} states but {ends} outputs for them")
        if not self.in_data_locs:
            raise ParameterError("there is no array to loop over: in_data_locs is empty")

    def locations(self) -> tuple[tuple[int, ...], ...]:
        places = (*self.in_data_locs, *self.in_state_locs, *self.remain_locs)
        return (tuple(places.index(position) for position in range(len(places))),)

    def heads_wanted(self) -> tuple[int, ...]:
        return (self.num_outputs,)

    def stepwise(self) -> Mapping[int, str]:
        looped = len(self.in_data_locs)
        states = range(looped, looped + len(self.in_state_locs))
        return {**dict.fromkeys(range(looped), "slice"), **dict.fromkeys(states, "state")}

    def steps(self, inputs: Shapes) -> int | None:
        return _first_size(inputs[: len(self.in_data_locs)])

    def infer_bodies(self, inputs: Values, outputs: Values, kind: Knowledge) -> tuple[Values, Values]:
        looped, stacked = len(self.in_data_locs), self.num_out_data
        count = _first_size([*inputs[:looped], *outputs[:stacked]]) if kind.error is ShapeError else None
        values = [kind.cut(value) for value in inputs[:looped]] + inputs[looped:]
        for number in range(len(self.in_state_locs)):
            values[looped + number] = kind.agree(f"state {number}", values[looped + number], outputs[stacked + number])
        made = self._pass(0, values, [*map(kind.part, outputs[:stacked]), *outputs[stacked:]], kind)
        for number in range(len(self.in_state_locs)):
            state = kind.agree(f"state {number}", values[looped + number], made[stacked + number])
            values[looped + number] = made[stacked + number] = state
        return (
            [kind.uncut(value, count, old) for value, old in zip(values[:looped], inputs, strict=False)]
            + values[looped:],
            [kind.whole(value, count) for value in made[:stacked]] + made[stacked:],
        )


@register
class WhileLoop(ControlFlow):
    """A loop that goes on while a condition holds, at most `max_iterations` times.

    The body's outputs of all steps are stacked, with zeros for the steps that were not taken; the last loop
    variables follow them.
    """

    name = "_while_loop"
    bodies = ("cond", "func")

    num_out_data: int = p.integer(minimum=0, doc="how many of the outputs are stacked; the others are loop variables")
    max_iterations: int = p.integer(minimum=1, doc="how many steps there may be")
    cond_input_locs: tuple[int, ...] = p.shape(doc="which inputs feed the condition")
    func_input_locs: tuple[int, ...] = p.shape(doc="which inputs feed the body")
    func_var_locs: tuple[int, ...] = p.shape(doc="which inputs of the body are the loop variables")

    def __post_init__(self) -> None:
        ends = self.num_outputs - self.num_out_data
        if len(self.func_var_locs) != ends:
            raise ParameterError(f"there are {len(self.func_var_locs)} loop variables but {ends} outputs for them")
        if any(not 0 <= place < len(self.func_input_locs) for place in self.func_var_locs):
            raise ParameterError(f"func_var_locs is {self.func_var_locs} for {len(self.func_input_locs)} inputs")

    def locations(self) -> tuple[tuple[int, ...], ...]:
        return self.cond_input_locs, self.func_input_locs

    def heads_wanted(self) -> tuple[int, ...]:
        return 1, self.num_outputs

    def loop_variables(self) -> tuple[int, ...]:
        """Positions of the inputs that the loop variables start from."""
        return tuple(self.func_input_locs[place] for place in self.func_var_locs)

    def stepwise(self) -> Mapping[int, str]:
        return dict.fromkeys(self.loop_variables(), "state")

    def infer_bodies(self, inputs: Values, outputs: Values, kind: Knowledge) -> tuple[Values, Values]:
        values, stacked = list(inputs), self.num_out_data
        for number, position in enumerate(self.loop_variables()):
            values[position] = kind.agree(f"loop variable {number}", values[position], outputs[stacked + number])
        self._test(values, kind)
        made = self._pass(1, values, [*map(kind.part, outputs[:stacked]), *outputs[stacked:]], kind)
        for number, position in enumerate(self.loop_variables()):
            state = kind.agree(f"loop variable {number}", values[position], made[stacked + number])
            values[position] = made[stacked + number] = state
        return values, [kind.whole(value, self.max_iterations) for value in made[:stacked]] + made[stacked:]


@register
class Cond(ControlFlow):
    """One of two computations, chosen by a condition when the graph runs; the other is not run."""

    name = "_cond"
    bodies = ("cond", "then_branch", "else_branch")

    cond_input_locs: tuple[int, ...] = p.shape(doc="which inputs feed the condition")
    then_input_locs: tuple[int, ...] = p.shape(doc="which inputs feed the branch for a true condition")
    else_input_locs: tuple[int, ...] = p.shape(doc="which inputs feed the branch for a false condition")

    def locations(self) -> tuple[tuple[int, ...], ...]:
        return self.cond_input_locs, self.then_input_locs, self.else_input_locs

    def heads_wanted(self) -> tuple[int, ...]:
        return 1, self.num_outputs, self.num_outputs

    def infer_bodies(self, inputs: Values, outputs: Values, kind: Knowledge) -> tuple[Values, Values]:
        values = list(inputs)
        self._test(values, kind)
        first = self._pass(1, values, list(outputs), kind)
        second = self._pass(2, values, list(outputs), kind)
        made = []
        for number, (one, other) in enumerate(zip(first, second, strict=True)):
            try:
                made.append(kind.merge(one, other))
            except MXNetError:
                raise kind.error(
                    f"output {number} is {kind.show(one)} of one branch but {kind.show(other)} of the other"
                ) from None
        return values, made
