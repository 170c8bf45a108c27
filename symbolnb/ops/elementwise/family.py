"""How one row of a table becomes an operator: its name, what it computes, and its derivative.

A row's expression is either the name of a NumPy ufunc, which is then called with its output bound, or
a function `(xp, *inputs, out)` that fills `out` and reads no input after it has written to `out`. A
derivative is a formula over terms; None means that the gradient is zero everywhere.

Integers: MXNet computes its mathematical functions of integers in float32 and cuts off the fraction. A row
says with `integers` what to do instead; most arithmetic is the same expression on integers.
Types of two bytes: a single ufunc rounds once at its end, and so serves as it is. A function of several
steps would round after each, and is given float32 copies, unless it is `exact` (only selects or compares).
bool is refused, as MXNet does, except by rows with `booleans`.
`constants` are further arguments of the expression, in the element type.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from types import ModuleType
from typing import Any, ClassVar

import numpy as np

from symbolnb.dtypes import FLOAT32, DType, is_float
from symbolnb.errors import DTypeError, ShapeError
from symbolnb.graph.spec import PartialShape, show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register, with_fields
from symbolnb.ops.infer import same_shapes
from symbolnb.ops.term import Term, sum_to

Expression = str | Callable[..., object]
Derivative = Callable[..., Any]
Call = Callable[[], object]

BOOL: DType = np.dtype("bool")
KEYWORD_OUT = ("maximum", "minimum")
"""Ufuncs to which NumPy wants the output given by keyword; all others take it faster by position."""


def bind_expression(expression: Expression, xp: ModuleType, arguments: Sequence[Any], out: Array) -> Call:
    """One bound call that fills `out` with what the expression gives for the arguments."""
    if not isinstance(expression, str):
        return partial(expression, xp, *arguments, out)
    if expression in KEYWORD_OUT:
        return partial(getattr(xp, expression), *arguments, out=out)
    return partial(getattr(xp, expression), *arguments, out)


def _through(dtype: DType, expression: Expression, xp: ModuleType, arguments: Sequence[Any], out: Array) -> None:
    """Fill `out` by way of copies of arguments and result in another element type."""
    wide = xp.empty(out.shape, dtype)
    given = [argument.astype(dtype) if hasattr(argument, "astype") else argument for argument in arguments]
    bind_expression(expression, xp, given, wide)()
    out[...] = wide


class Elementwise(Operator):
    """What all elementwise operators share: every input and the output have one shape."""

    elementwise = True
    family = "elementwise"
    expression: ClassVar[Expression]
    integers: ClassVar[Expression | None] = None
    exact: ClassVar[bool] = False
    derivative: ClassVar[Derivative | None] = None
    constants: ClassVar[tuple[float, ...]] = ()
    booleans: ClassVar[bool] = False

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return same_shapes(inputs, outputs)

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        if not self.booleans and BOOL in (*inputs, *outputs):
            raise DTypeError("there is no arithmetic of bool: Cast it to another type first")
        return super().infer_dtype(inputs, outputs)

    def arguments(self, xp: ModuleType, inputs: Sequence[Array], dtype: DType) -> Sequence[Any]:
        """What the expression is called with to compute in an element type."""
        return (*inputs, *(constant(xp, value, dtype) for value in self.constants))

    def bind(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> Call:
        out, row = outputs[0], type(self)
        arguments = self.arguments(xp, inputs, out.dtype)
        if not is_float(out.dtype) and row.integers is not None:
            return bind_expression(row.integers, xp, arguments, out)
        native = isinstance(row.expression, str) or row.exact or out.dtype.itemsize > 2
        if native and out.dtype.kind == "f":
            return bind_expression(row.expression, xp, arguments, out)
        return partial(_through, FLOAT32, row.expression, xp, arguments, out)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        self.bind(xp, inputs, outputs)()

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        grad = grads[0]
        if grad is None or type(self).derivative is None or not is_float(inputs[0].dtype):
            return (None,) * len(inputs)
        return self.differentiate(grad, inputs, outputs[0])

    def differentiate(self, grad: Term, inputs: tuple[Term, ...], output: Term) -> tuple[Term | None, ...]:
        """The input gradients by the row's formula, for a gradient that is not zero."""
        made = type(self).derivative(grad, *inputs, output)  # type: ignore[misc]  # asked for None before
        return made if isinstance(made, tuple) else (made,)


def row(base: type[Operator], name: str, doc: str, aliases: Sequence[str], **members: Any) -> type[Operator]:
    """Register an operator class made of a base and these members; functions among them take no `self`."""
    plain = {key: staticmethod(value) if callable(value) else value for key, value in members.items()}
    made = type(name, (base,), {"name": name, "aliases": tuple(aliases), "__doc__": doc, **plain})
    made.__module__ = base.__module__
    return register(made)


def unary(
    name: str, expression: Expression, derivative: Derivative | None, doc: str, *aliases: str, **members: Any
) -> type[Operator]:
    """An operator of one input; its derivative is `(grad, x, y) -> gradient of x`."""
    return row(Elementwise, name, doc, aliases, expression=expression, derivative=derivative, **members)


class Binary(Elementwise):
    """Two inputs of one shape; the derivative is `(grad, x, y, z) -> (gradients of x, y)`."""

    def input_names(self) -> tuple[str, ...]:
        return ("lhs", "rhs")


class Broadcast(Binary):
    """Two inputs; a dimension of 1, or one that is missing in front, stretches to the other's size."""

    elementwise = False

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return inputs, [broadcast_shape(*inputs)]

    def inplace_pairs(self) -> tuple[tuple[int, int], ...]:
        return ((0, 0), (1, 0))

    def differentiate(self, grad: Term, inputs: tuple[Term, ...], output: Term) -> tuple[Term | None, ...]:
        made = super().differentiate(grad, inputs, output)
        pairs = zip(made, inputs, strict=True)
        return tuple(None if one is None else sum_to(one, given.shape) for one, given in pairs)


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


@with_fields
class Scalar(Elementwise):
    """One input and a constant; the derivative is `(grad, x, constant, y) -> gradient of x`.

    A constant for an array of integers is first cut to an integer of their type, as MXNet does, unless
    `is_int` is False: then the result is float64.
    """

    scalar: float = p.number(1.0, doc="the constant")
    is_int: bool = p.boolean(True, doc="whether an array of integers gives integers (False: float64)")

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        given, made = inputs[0], outputs[0]
        if given is None:
            ambiguous = made == np.float64 and not self.is_int  # integers give it too
            return [None if ambiguous else made], [made]
        if is_float(given) or (self.is_int and given.kind != "b"):
            return [given], [given]
        return [given], [np.dtype("int64" if self.is_int else "float64")]

    def arguments(self, xp: ModuleType, inputs: Sequence[Array], dtype: DType) -> Sequence[Any]:
        data = inputs[0] if inputs[0].dtype == dtype else inputs[0].astype(dtype)
        return data, constant(xp, self.scalar, dtype)

    def bind(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> Call:
        if inputs[0].dtype == outputs[0].dtype:
            return super().bind(xp, inputs, outputs)
        return partial(self._mixed, xp, inputs, outputs)

    def _mixed(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        """Bound anew for each call, as the input has to be converted each time."""
        super().bind(xp, inputs, outputs)()

    def differentiate(self, grad: Term, inputs: tuple[Term, ...], output: Term) -> tuple[Term | None, ...]:
        return (type(self).derivative(grad, inputs[0], self.scalar, output),)  # type: ignore[misc]


class ReversedScalar(Scalar):
    """A constant and one input, in this order; the derivative is `(grad, constant, x, y) -> gradient of x`."""

    def arguments(self, xp: ModuleType, inputs: Sequence[Array], dtype: DType) -> Sequence[Any]:
        data, value = super().arguments(xp, inputs, dtype)
        return value, data

    def differentiate(self, grad: Term, inputs: tuple[Term, ...], output: Term) -> tuple[Term | None, ...]:
        return (type(self).derivative(grad, self.scalar, inputs[0], output),)  # type: ignore[misc]


def constant(xp: ModuleType, value: float, dtype: DType) -> Array:
    """A number as an array without dimensions: rounded for floating point, cut and wrapped for integers.

    (A ufunc takes such an array three times as fast as a scalar.)

    >>> constant(np, 300.7, np.dtype("uint8")), constant(np, -1.5, np.dtype("int32"))
    (array(44, dtype=uint8), array(-1, dtype=int32))
    """
    if is_float(dtype) or dtype == BOOL:
        with np.errstate(all="ignore"):
            return xp.asarray(value, dtype)
    if np.isfinite(value):
        return xp.asarray(int(value) % 2**64, "uint64").astype(dtype)
    return xp.asarray(np.iinfo(dtype).min if dtype.itemsize >= 4 else 0, dtype)  # as processors convert it
