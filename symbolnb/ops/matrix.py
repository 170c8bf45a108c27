"""Matrix products."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from types import ModuleType
from typing import Any

from symbolnb.errors import ShapeError
from symbolnb.graph.spec import PartialShape, Shape, show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, Operator, Shapes, register, with_fields
from symbolnb.ops.reduce import accumulator
from symbolnb.ops.term import Term, call, reshape

Partial = tuple[int | None, ...]


def multiply(xp: ModuleType, left: Array, right: Array, out: Array) -> None:
    """The matrix product into `out`; float16 is multiplied and summed up in float32."""
    wide: Any = accumulator(out.dtype)
    if wide == out.dtype:
        xp.matmul(left, right, out=out)
    else:
        out[...] = xp.matmul(left.astype(wide), right.astype(wide))


@with_fields
class Product(Operator):
    """What products of two arrays share."""

    family = "linear"

    transpose_a: bool = p.boolean(False, doc="whether lhs is contracted along the first axis in place of the last")
    transpose_b: bool = p.boolean(False, doc="whether rhs is contracted along the last axis in place of the first")
    forward_stype: str | None = p.choice(
        "csr",
        "default",
        "row_sparse",
        default=None,
        optional=True,
        doc="storage of the result; always dense here",
    )

    def input_names(self) -> tuple[str, ...]:
        return ("lhs", "rhs")


@register
class Dot(Product):
    """The product that sums over the last axis of lhs and the first axis of rhs.

    Shapes: ``(..., k)`` and ``(k, ...)`` give the axes of lhs without its last, then those of rhs without
    its first; two vectors give ``(1,)``. With `transpose_a` the first axis of lhs is summed over, with
    `transpose_b` the last of rhs.
    """

    name = "dot"
    aliases = ("_sparse_dot",)

    def _split(self, lhs: Partial, rhs: Partial) -> tuple[Partial, int | None, int | None, Partial]:
        """The free axes of lhs, the summed axis in lhs and in rhs, the free axes of rhs."""
        rows, inner = (lhs[1:], lhs[0]) if self.transpose_a else (lhs[:-1], lhs[-1])
        columns, again = (rhs[:-1], rhs[-1]) if self.transpose_b else (rhs[1:], rhs[0])
        return rows, inner, again, columns

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        lhs, rhs = inputs
        if lhs is None or rhs is None:
            return inputs, outputs
        if not lhs or not rhs:
            raise ShapeError("lhs and rhs must have at least one axis to sum over")
        if len(lhs) == len(rhs) == 1 and (self.transpose_a or self.transpose_b):
            raise ShapeError("two vectors cannot be transposed")
        rows, inner, again, columns = self._split(lhs, rhs)
        if inner is not None and again is not None and inner != again:
            raise ShapeError(
                f"lhs {show_shape(lhs)} is summed over an axis of size {inner}, rhs {show_shape(rhs)} over {again}"
            )
        inner = again if inner is None else inner
        out: PartialShape = (*rows, *columns) or (1,)
        made = outputs[0]
        if made is not None and len(made) == len(rows) + len(columns):
            rows = _filled(rows, made[: len(rows)])
            columns = _filled(columns, made[len(rows) :])
        lhs = (inner, *rows) if self.transpose_a else (*rows, inner)
        rhs = (*columns, inner) if self.transpose_b else (inner, *columns)
        return [lhs, rhs], [out]

    def _matrices(self, lhs: Shape, rhs: Shape) -> tuple[Shape, Shape, Shape]:
        """The shapes of lhs, rhs and the result as plain matrices."""
        inner = lhs[0 if self.transpose_a else -1]
        rows, columns = (
            prod(lhs[1:] if self.transpose_a else lhs[:-1]),
            prod(rhs[:-1] if self.transpose_b else rhs[1:]),
        )
        left = (inner, rows) if self.transpose_a else (rows, inner)
        right = (columns, inner) if self.transpose_b else (inner, columns)
        return left, right, (rows, columns)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        left, right, out = self._matrices(inputs[0].shape, inputs[1].shape)
        lhs, rhs = inputs[0].reshape(left), inputs[1].reshape(right)
        lhs, rhs = lhs.T if self.transpose_a else lhs, rhs.T if self.transpose_b else rhs
        multiply(xp, lhs, rhs, outputs[0].reshape(out))

    def multiply_adds(self, inputs: Sequence[tuple[int, ...]], outputs: Sequence[tuple[int, ...]]) -> int:
        return prod(outputs[0]) * inputs[0][0 if self.transpose_a else -1]

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return None, None
        left, right, out = self._matrices(inputs[0].shape, inputs[1].shape)
        made = product_gradients(
            "dot",
            reshape(grads[0], out),
            reshape(inputs[0], left),
            reshape(inputs[1], right),
            self.transpose_a,
            self.transpose_b,
        )
        return tuple(reshape(term, given.shape) for term, given in zip(made, inputs, strict=True))


def _filled(shape: Partial, other: Partial) -> Partial:
    return tuple(two if one is None else one for one, two in zip(shape, other, strict=True))


def product_gradients(
    name: str, grad: Term, lhs: Term, rhs: Term, transpose_a: bool, transpose_b: bool
) -> tuple[Term, Term]:
    """The gradients of a matrix product's factors, as products by the operator called `name`."""
    if transpose_a:
        left = call(name, rhs, grad, transpose_a=transpose_b, transpose_b=True)
    else:
        left = call(name, grad, rhs, transpose_b=not transpose_b)
    if transpose_b:
        right = call(name, grad, lhs, transpose_a=True, transpose_b=transpose_a)
    else:
        right = call(name, lhs, grad, transpose_a=not transpose_a)
    return left, right


@register
class BatchDot(Product):
    """The matrix products of two stacks of matrices, one product for each place in the stacks.

    Shapes: ``(..., n, k)`` and ``(..., k, m)`` give ``(..., n, m)``, with equal leading axes, at least one.
    """

    name = "batch_dot"

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        for word, shape in zip(self.input_names(), inputs, strict=True):
            if shape is not None and len(shape) < 3:
                raise ShapeError(f"{word} is {show_shape(shape)} but needs at least 3 dimensions")
        shapes = [shape for shape in (*inputs, outputs[0]) if shape is not None]
        if not shapes:
            return [None, None], [None]
        if any(len(shape) != len(shapes[0]) for shape in shapes):
            raise ShapeError("lhs, rhs and the result must have the same number of dimensions")
        stack = tuple(
            next((size for size in sizes if size is not None), None)
            for sizes in zip(*(s[:-2] for s in shapes), strict=True)
        )
        rows, inner = self._matrix(inputs[0], self.transpose_a)
        again, columns = self._matrix(inputs[1], self.transpose_b)
        made = outputs[0]
        if made is not None and len(made) > 1:
            rows, columns = made[-2] if rows is None else rows, made[-1] if columns is None else columns
        inner = again if inner is None else inner
        left = (inner, rows) if self.transpose_a else (rows, inner)
        right = (columns, inner) if self.transpose_b else (inner, columns)
        return [(*stack, *left), (*stack, *right)], [(*stack, rows, columns)]

    @staticmethod
    def _matrix(shape: PartialShape, transposed: bool) -> tuple[int | None, int | None]:
        if shape is None:
            return None, None
        return (shape[-1], shape[-2]) if transposed else (shape[-2], shape[-1])

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        lhs = inputs[0].swapaxes(-1, -2) if self.transpose_a else inputs[0]
        rhs = inputs[1].swapaxes(-1, -2) if self.transpose_b else inputs[1]
        multiply(xp, lhs, rhs, outputs[0])

    def multiply_adds(self, inputs: Sequence[tuple[int, ...]], outputs: Sequence[tuple[int, ...]]) -> int:
        return prod(outputs[0]) * inputs[0][-2 if self.transpose_a else -1]

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return None, None
        return product_gradients("batch_dot", grads[0], inputs[0], inputs[1], self.transpose_a, self.transpose_b)
