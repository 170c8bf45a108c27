"""`Custom`: an operator whose names, shapes and computation a user's Python classes define.

The operator asks a `Definition` for everything; `symbolnb.operator`, which knows arrays, registers them under the
word that `op_type` repeats.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Hashable, Mapping, Sequence
from types import ModuleType
from typing import Any, Protocol, Self

from symbolnb.dtypes import DType, dtype_of
from symbolnb.errors import DTypeError, MXNetError, ParameterError, ShapeError
from symbolnb.graph.spec import PartialShape, Shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, is_user_attribute, register
from symbolnb.ops.infer import known as complete
from symbolnb.ops.term import Term, apply, zeros


class Definition(Hashable, Protocol):
    """What a registered custom operator with some attributes answers; equal for equal ones.

    The `create`, `forward` and `backward` of it raise `CustomError` where the user's code fails; the others raise
    whatever that raises.
    """

    @property
    def arguments(self) -> tuple[str, ...]:
        """Names of the inputs."""

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the outputs."""

    @property
    def states(self) -> tuple[str, ...]:
        """Names of the auxiliary states."""

    @property
    def needs_head_gradient(self) -> bool:
        """Whether the gradients of the outputs count; otherwise the operator is a loss."""

    def infer_shape(self, given: list[list[int]]) -> Sequence[Sequence[Sequence[int]]]:
        """Shapes of arguments, outputs and states; [] is an unknown shape and -1 an unknown size."""

    def infer_type(self, given: list[Any]) -> Sequence[Sequence[Any]]:
        """Element types of arguments, outputs and states as NumPy classes, None where unknown."""

    def reads(self) -> tuple[int, ...]:
        """Which arrays backward reads: positions among the outputs' gradients, the arguments and the outputs."""

    def create(self, xp: ModuleType, shapes: Sequence[Shape], dtypes: Sequence[DType]) -> Any:
        """The user's object for arguments like these."""

    def forward(
        self, made: Any, xp: ModuleType, training: bool, inputs: Sequence[Array], outputs: Sequence[Array]
    ) -> None:
        """Run the user's forward."""

    def backward(self, made: Any, xp: ModuleType, given: Sequence[Array | None], outputs: Sequence[Array]) -> None:
        """Run the user's backward on gradients of outputs, arguments, outputs and states."""


DEFINITIONS: dict[str, Callable[[Mapping[str, str]], Definition]] = {}
"""What makes the definition of each registered custom operator from the attributes of a node."""


class Holder:
    """Keeps the user's object between the passes of one node of a program."""

    def __init__(self) -> None:
        self.made: Any = None


def defined(op_type: str, given: Mapping[str, str]) -> Definition:
    """The definition registered as `op_type`; `ParameterError` where there is none, or it refuses the attributes."""
    maker = DEFINITIONS.get(op_type)
    if maker is None:
        there = f"there are {', '.join(sorted(DEFINITIONS))}" if DEFINITIONS else "none is"
        raise ParameterError(
            f"no custom operator is registered as {op_type!r} ({there}); define it with mx.operator.register("
            f"{op_type!r}) before the graph is made or loaded"
        )
    return maker(given)


@register
class Custom(Operator):
    """An operator written in Python: `op_type` is the name under which its class was registered.

    Inputs, outputs and states are those that the class lists. All other attributes are handed to the class as
    texts. See `mx.operator`.
    """

    name = "Custom"
    open_ended = True
    stateful = True

    op_type: str = p.text(doc="the name that was given to mx.operator.register")
    given: tuple[tuple[str, str], ...] = ()
    definition: Any = None
    training: bool = False
    holder: Any = None
    loss: bool = False  # type: ignore[misc]  # of this operator each instance knows by itself

    @classmethod
    def from_attributes(cls, attributes: Mapping[str, str]) -> Operator:
        if "op_type" not in attributes:
            raise ParameterError(f"Custom needs the parameter op_type: a text ({cls.parameters['op_type'].doc})")
        given = {key: text for key, text in attributes.items() if key != "op_type" and not is_user_attribute(key)}
        op_type = attributes["op_type"]
        try:
            definition = defined(op_type, given)
        except MXNetError as error:
            raise type(error)(f"Custom: {error}") from error.__cause__
        loss = not definition.needs_head_gradient
        return cls(op_type=op_type, given=tuple(sorted(given.items())), definition=definition, loss=loss)

    def to_attributes(self) -> dict[str, str]:
        return {"op_type": self.op_type, **dict(self.given)}

    def in_mode(self, training: bool) -> Self:
        return dataclasses.replace(self, training=training, holder=Holder())

    @property
    def repeatable(self) -> bool:
        return False  # nobody knows what the user's code does besides

    def input_names(self) -> tuple[str, ...]:
        return () if self.definition is None else (*self.definition.arguments, *self.definition.states)

    def auxiliary_inputs(self) -> tuple[int, ...]:
        states = 0 if self.definition is None else len(self.definition.states)
        count = len(self.input_names())
        return tuple(range(count - states, count))

    def output_names(self) -> tuple[str, ...]:
        return ("output",) if self.definition is None else self.definition.outputs

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        count = len(self.definition.arguments)
        given = [[] if shape is None else [-1 if size is None else size for size in shape] for shape in inputs[:count]]
        whole = all(complete(shape) is not None for shape in inputs[:count])
        found = self._ask("infer_shape", given, whole, ShapeError)
        if found is None:
            return inputs, outputs
        rows = [[_partial(shape, whole) for shape in row] for row in found]
        return [*rows[0], *rows[2]], rows[1]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        count = len(self.definition.arguments)
        given = [None if dtype is None else dtype.type for dtype in inputs[:count]]
        found = self._ask("infer_type", given, None not in given, DTypeError)
        if found is None:
            return inputs, outputs
        rows = [[None if dtype is None else dtype_of(dtype) for dtype in row] for row in found]
        return [*rows[0], *rows[2]], rows[1]

    def _ask(self, question: str, given: list[Any], whole: bool, kind: type[MXNetError]) -> Any:
        """The user's answer about arguments, outputs and states; None where it fails for want of knowledge."""
        try:
            found = [list(row) for row in getattr(self.definition, question)(given)]
        except Exception as error:
            if not whole:
                return None
            raise kind(f"{question} of {self.op_type!r} raised {type(error).__name__}: {error}") from error
        found += [[]] * (3 - len(found))
        wanted = (self.definition.arguments, self.definition.outputs, self.definition.states)
        for word, row, names in zip(("arguments", "outputs", "auxiliary states"), found, wanted, strict=True):
            if len(row) != len(names):
                raise kind(f"{question} of {self.op_type!r} answers for {len(row)} {word}, but it has {len(names)}")
        return found

    def made(self, xp: ModuleType, shapes: Sequence[Shape], dtypes: Sequence[DType]) -> Any:
        """The user's object, made when it is first asked for and kept for the backward pass."""
        holder = Holder() if self.holder is None else self.holder
        if holder.made is None:
            holder.made = self.definition.create(xp, shapes, dtypes)
        return holder.made

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        own = inputs[: len(self.definition.arguments)]
        made = self.made(xp, [array.shape for array in own], [array.dtype for array in own])
        self.definition.forward(made, xp, self.training, inputs, outputs)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        count, states = len(self.definition.arguments), inputs[len(self.definition.arguments) :]
        heads: Sequence[Term | None] = [None] * len(outputs)
        if not self.loss:
            heads = [zeros(output) if grad is None else grad for grad, output in zip(grads, outputs, strict=True)]
        listed = (*heads, *inputs[:count], *outputs)
        reads = tuple(position for position in self.definition.reads() if listed[position] is not None)
        backward = CustomBackward(
            custom=self,
            reads=reads,
            shapes=tuple(term.shape for term in inputs[:count]),
            dtypes=tuple(term.dtype for term in inputs[:count]),
        )
        terms = [term for position in reads if (term := listed[position]) is not None]
        return (*apply(backward, *terms, *states), *[None] * len(states))


def _partial(shape: Sequence[int], whole: bool) -> PartialShape:
    """A shape of the user's answer; where the question was open, so may be the answer."""
    if whole:
        return tuple(int(size) for size in shape)
    return tuple(int(size) if size > 0 else None for size in shape) if len(shape) else None


@register
class CustomBackward(Operator):
    """The gradients of a custom operator's arguments, by the user's ``backward``."""

    name = "_backward_Custom"
    internal = True

    custom: Any = None
    reads: tuple[int, ...] = ()
    shapes: tuple[Shape, ...] = ()
    dtypes: tuple[DType, ...] = ()

    def input_names(self) -> tuple[str, ...]:
        if self.custom is None:
            return ()
        own = self.custom.definition
        listed = (*(f"{name}_gradient" for name in own.outputs), *own.arguments, *own.outputs)
        return (*(listed[position] for position in self.reads), *own.states)

    def auxiliary_inputs(self) -> tuple[int, ...]:
        return tuple(range(len(self.reads), len(self.input_names())))

    def output_names(self) -> tuple[str, ...]:
        return ("output",) if self.custom is None else self.custom.definition.arguments

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return inputs, list(self.shapes)

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return inputs, list(self.dtypes)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        for output in outputs:
            output[...] = 0  # a gradient that the user leaves alone, as that of labels, is zero
        own = self.custom.definition
        listed: list[Array | None] = [None] * (2 * len(own.outputs) + len(own.arguments))
        for position, array in zip(self.reads, inputs, strict=False):
            listed[position] = array
        made = self.custom.made(xp, self.shapes, self.dtypes)
        own.backward(made, xp, [*listed, *inputs[len(self.reads) :]], outputs)
