"""How one row of a table becomes an operator: its name, what it computes, and its derivative.

A row's expression is either the name of a NumPy ufunc, which is then called with its output bound, or
a function `(xp, *inputs, out)` that fills `out`. A derivative is a formula over terms; None means that
the gradient is zero everywhere.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from functools import partial
from types import ModuleType
from typing import Any

from symbolnb.errors import ShapeError
from symbolnb.graph.spec import PartialShape, show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, Operator, Shapes, register
from symbolnb.ops.infer import same_shapes
from symbolnb.ops.term import Term, sum_to

Expression = str | Callable[..., object]
Derivative = Callable[..., Any]


def run(expression: Expression, xp: ModuleType, arguments: Sequence[Any], out: Array) -> Callable[[], object]:
    """One bound call that fills `out` with what the expression gives for the arguments."""
    if isinstance(expression, str):
        return partial(getattr(xp, expression), *arguments, out=out, casting="unsafe")
    return partial(expression, xp, *arguments, out)


class Elementwise(Operator):
    """What all elementwise operators share: every input and the output have one shape."""

    elementwise = True
    family = "elementwise"
    expression: Expression
    derivative: Derivative | None = None

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return same_shapes(inputs, outputs)

    def arguments(self, inputs: Sequence[Array]) -> Sequence[Any]:
        """What the expression is called with."""
        return inputs

    def bind(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> Callable[[], object]:
        return run(type(self).expression, xp, self.arguments(inputs), outputs[0])

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        self.bind(xp, inputs, outputs)()

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        grad, derivative = grads[0], type(self).derivative
        if grad is None or derivative is None:
            return (None,) * len(inputs)
        return self.differentiate(derivative, grad, inputs, outputs[0])

    def differentiate(
        self, derivative: Derivative, grad: Term, inputs: tuple[Term, ...], output: Term
    ) -> tuple[Term | None, ...]:
        """The input gradients by the row's formula, for a gradient that is not zero."""
        made = derivative(grad, *inputs, output)
        return made if isinstance(made, tuple) else (made,)


def _row(base: type[Operator], name: str, doc: str, aliases: tuple[str, ...], **members: Any) -> type[Operator]:
    namespace = {"name": name, "aliases": aliases, "__doc__": doc, "__module__": __name__, **members}
    members_plain = {k: staticmethod(v) if callable(v) and k in ("expression", "derivative") else v for k, v in namespace.items()}
    return register(type(name, (base,), members_plain))


def unary(
    name: str, expression: Expression, derivative: Derivative | None, doc: str, *aliases: str, **members: Any
) -> type[Operator]:
    """An operator of one input; its derivative is `(grad, x, y) -> gradient of x`."""
    return _row(Elementwise, name, doc, aliases, expression=expression, derivative=derivative, **members)


class Binary(Elementwise):
    """Two inputs of one shape."""

    def input_names(self) -> tuple[str, ...]:
        return ("lhs", "rhs")


def binary(
    name: str, expression: Expression, derivative: Derivative | None, doc: str, *aliases: str, **members: Any
) -> type[Operator]:
    """An operator of two inputs of equal shape; its derivative is `(grad, x, y, z) -> (gradients of x, y)`."""
    return _row(Binary, name, doc, aliases, expression=expression, derivative=derivative, **members)


class Broadcast(Binary):
    """Two inputs of equal number of dimensions; a dimension of 1 stretches to the other's size."""

    elementwise = False

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        left, right = inputs
        if left is None or right is None:
            return [left, right], [None]
        return [left, right], [broadcast_shape(left, right)]

    def inplace_pairs(self) -> tuple[tuple[int, int], ...]:
        return ((0, 0), (1, 0))

    def differentiate(
        self, derivative: Derivative, grad: Term, inputs: tuple[Term, ...], output: Term
    ) -> tuple[Term | None, ...]:
        made = derivative(grad, *inputs, output)
        return tuple(
            None if one is None else sum_to(one, given.shape) for one, given in zip(made, inputs, strict=True)
        )


def broadcast(
    name: str, expression: Expression, derivative: Derivative | None, doc: str, *aliases: str, **members: Any
) -> type[Operator]:
    """Like `binary`, with broadcasting; the derivative's results are summed to the inputs' shapes."""
    return _row(Broadcast, name, doc, aliases, expression=expression, derivative=derivative, **members)


def broadcast_shape(left: PartialShape, right: PartialShape) -> PartialShape:
    """The shape of two arrays broadcast together, as far as it is known; `ShapeError` where they do not fit.

    >>> broadcast_shape((8, 1, 3), (1, 5, 3))
    (8, 5, 3)
    """
    if left is None or right is None:
        return None
    short, long = sorted((left, right), key=len)
    short = (1,) * (len(long) - len(short)) + short
    merged: list[int | None] = []
    for one, other in zip(short, long, strict=True):
        if one == 1 or other == 1:
            merged.append(other if one == 1 else one)
        elif one is None or other is None:
            merged.append(other if one is None else one)
        elif one == other:
            merged.append(one)
        else:
            raise ShapeError(f"{show_shape(left)} and {show_shape(right)} cannot be broadcast together")
    return tuple(merged)


@dataclasses.dataclass(frozen=True, kw_only=True, repr=False)
class Scalar(Elementwise):
    """One input and a constant."""

    scalar: float = p.number(1.0, doc="the constant")
    is_int: bool = p.boolean(True, doc="whether the constant was written as an integer")

    def arguments(self, inputs: Sequence[Array]) -> Sequence[Any]:
        return (inputs[0], self.constant(inputs[0].dtype))

    def constant(self, dtype: Any) -> Any:
        """The constant in the type that the computation runs in."""
        return dtype.type(self.scalar)

    def differentiate(
        self, derivative: Derivative, grad: Term, inputs: tuple[Term, ...], output: Term
    ) -> tuple[Term | None, ...]:
        return (derivative(grad, inputs[0], self.scalar, output),)


def scalar(
    name: str, expression: Expression, derivative: Derivative | None, doc: str, *aliases: str, **members: Any
) -> type[Operator]:
    """An operator of an array and a constant; its derivative is `(grad, x, constant, y) -> gradient of x`."""
    return _row(Scalar, name, doc, aliases, expression=expression, derivative=derivative, **members)
