"""Products of stacks of matrices.

Gradients follow M. Giles, "An extended collection of matrix derivative results for forward and reverse mode
algorithmic differentiation" (Oxford, 2008), section 2, and M. Seeger, A. Hetzel, Z. Dai, E. Meissner and
N. D. Lawrence, "Auto-differentiating linear algebra" (2017), section 4.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod
from types import ModuleType

from symbolnb.errors import ShapeError
from symbolnb.graph.spec import PartialShape, merge_all, show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, Shapes, register, with_fields
from symbolnb.ops.linalg.matrices import (
    MatrixOperator,
    Partial,
    keep_triangle,
    matrix_shape,
    product,
    square_shape,
    transpose,
    transposed,
    triangle,
)
from symbolnb.ops.term import Term, call

Parts = tuple[Partial | None, int | None, int | None]
ROW_AXIS = "the axis of the matrices' rows; their columns are always along the last one"


def _one_stack(stacks: Iterable[PartialShape]) -> Partial:
    """The axes of the stack, which must be the same for all arrays."""
    try:
        stack = merge_all(stacks)
    except ShapeError as error:
        raise ShapeError(f"the axes before those of the matrices must be the same for all: {error}") from None
    assert stack is not None
    return stack


@with_fields
class General(MatrixOperator):
    """What general matrix products share."""

    transpose_a: bool = p.boolean(False, doc="whether A is transposed before it is multiplied")
    transpose_b: bool = p.boolean(False, doc="whether B is transposed before it is multiplied")
    alpha: float = p.number(1.0, doc="what the product is multiplied by")
    axis: int = p.integer(-2, doc=ROW_AXIS)

    def _row_axis(self, dimensions: int) -> int:
        axis = self.axis + dimensions if self.axis < 0 else self.axis
        if not 0 <= axis < dimensions - 1:
            raise ShapeError(f"axis is {self.axis} but must name one before the last of {dimensions} axes")
        return axis

    def _split(self, name: str, shape: PartialShape, swap: bool = False) -> Parts:
        """The stack, rows and columns of a shape."""
        if matrix_shape(name, shape) is None:
            return None, None, None
        assert shape is not None
        axis = self._row_axis(len(shape))
        rows, columns = shape[axis], shape[-1]
        stack = (*shape[:axis], *shape[axis + 1 : -1])
        return (stack, columns, rows) if swap else (stack, rows, columns)

    def _join(self, stack: Partial, rows: int | None, columns: int | None) -> Partial:
        axis = self._row_axis(len(stack) + 2)
        return (*stack[:axis], rows, *stack[axis:], columns)

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        known = [shape for shape in (*inputs, *outputs) if shape is not None]
        if not known:
            return inputs, outputs
        if len({len(shape) for shape in known}) > 1:
            shown = ", ".join(f"{name} {show_shape(s)}" for name, s in zip(self.input_names(), inputs, strict=True))
            raise ShapeError(f"all arrays must have the same number of dimensions: {shown}")
        left = self._split("A", inputs[0], self.transpose_a)
        right = self._split("B", inputs[1], self.transpose_b)
        results = [self._split("the result", shape) for shape in (*inputs[2:], *outputs)]
        stack = _one_stack(parts[0] for parts in (left, right, *results))
        if left[2] is not None and right[1] is not None and left[2] != right[1]:
            raise ShapeError(f"A has {left[2]} columns but B {right[1]} rows, as they are multiplied")
        inner = right[1] if left[2] is None else left[2]
        rows = next((size for size in (left[1], *(r[1] for r in results)) if size is not None), None)
        columns = next((size for size in (right[2], *(r[2] for r in results)) if size is not None), None)
        a = (inner, rows) if self.transpose_a else (rows, inner)
        b = (columns, inner) if self.transpose_b else (inner, columns)
        out = self._join(stack, rows, columns)
        return [self._join(stack, *a), self._join(stack, *b), *[out] * (len(inputs) - 2)], [out]

    def multiplied(self, xp: ModuleType, a: Array, b: Array) -> Array:
        """The scaled product, with rows along their axis."""
        axis = self._row_axis(a.ndim)
        left, right = xp.moveaxis(a, axis, -2), xp.moveaxis(b, axis, -2)
        left = transposed(left) if self.transpose_a else left
        made = xp.matmul(left, transposed(right) if self.transpose_b else right)
        return xp.moveaxis(made * self.alpha if self.alpha != 1 else made, -2, axis)

    def multiply_adds(self, inputs: Sequence[tuple[int, ...]], outputs: Sequence[tuple[int, ...]]) -> int:
        rows, columns = self._row_axis(len(inputs[0])), -1
        return prod(outputs[0]) * inputs[0][rows if self.transpose_a else columns]

    def factors(self, grad: Term, a: Term, b: Term) -> tuple[Term, Term]:
        """The gradients of A and B."""
        flip_a, flip_b, alpha, axis = self.transpose_a, self.transpose_b, self.alpha, self.axis
        left = (b, grad, flip_b, True) if flip_a else (grad, b, False, not flip_b)
        right = (grad, a, True, flip_a) if flip_b else (a, grad, not flip_a, False)
        return product(*left, alpha, axis), product(*right, alpha, axis)


@register
class Gemm2(General):
    """The scaled product ``alpha A B`` of stacks of matrices, with either of them transposed.

    Shapes: ``(..., n, k)`` and ``(..., k, m)`` give ``(..., n, m)``, with equal leading axes. With `axis` the rows
    are along another axis than the last but one.
    """

    name = "_linalg_gemm2"
    aliases = ("linalg_gemm2",)

    def input_names(self) -> tuple[str, ...]:
        return ("A", "B")

    def compute(self, xp: ModuleType, *inputs: Array) -> Sequence[Array]:
        return (self.multiplied(xp, *inputs),)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None, None) if grads[0] is None else self.factors(grads[0], *inputs)


@register
class Gemm(General):
    """The sum ``alpha A B + beta C`` of stacks of matrices, with A, B or both transposed.

    Shapes: ``(..., n, k)``, ``(..., k, m)`` and ``(..., n, m)`` give ``(..., n, m)``, with equal leading axes.
    """

    name = "_linalg_gemm"
    aliases = ("linalg_gemm",)
    signature = ("transpose_a", "transpose_b", "alpha", "beta", "axis")

    beta: float = p.number(1.0, doc="what C is multiplied by")

    def input_names(self) -> tuple[str, ...]:
        return ("A", "B", "C")

    def compute(self, xp: ModuleType, *inputs: Array) -> Sequence[Array]:
        a, b, c = inputs
        return (self.multiplied(xp, a, b) + self.beta * c,)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return None, None, None
        return (*self.factors(grads[0], inputs[0], inputs[1]), grads[0] * self.beta)


@register
class Syrk(MatrixOperator):
    """Every matrix times its transpose, ``alpha A Aᵀ``, or ``alpha Aᵀ A`` with `transpose`."""

    name = "_linalg_syrk"
    aliases = ("linalg_syrk",)

    transpose: bool = p.boolean(False, doc="whether the first factor is the transposed one")
    alpha: float = p.number(1.0, doc="what the product is multiplied by")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, out = matrix_shape("A", inputs[0]), square_shape("the result", outputs[0])
        if data is None:
            return [None if out is None else self._filled((*out[:-2], None, None), out)], [out]
        side = data[-1] if self.transpose else data[-2]
        return [self._filled(data, out)], [(*data[:-2], side, side)]

    def _filled(self, data: Partial, out: PartialShape) -> Partial:
        if out is None or len(out) != len(data):
            return data
        stack = tuple(two if one is None else one for one, two in zip(data[:-2], out[:-2], strict=True))
        rows, columns = data[-2:]
        if self.transpose:
            return (*stack, rows, out[-1] if columns is None else columns)
        return (*stack, out[-1] if rows is None else rows, columns)

    def compute(self, xp: ModuleType, *inputs: Array) -> Sequence[Array]:
        (a,) = inputs
        made = xp.matmul(transposed(a), a) if self.transpose else xp.matmul(a, transposed(a))
        return (made * self.alpha,)

    def multiply_adds(self, inputs: Sequence[tuple[int, ...]], outputs: Sequence[tuple[int, ...]]) -> int:
        return prod(outputs[0]) * inputs[0][-2 if self.transpose else -1]

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return (None,)
        both = grads[0] + transpose(grads[0])
        made = product(inputs[0], both) if self.transpose else product(both, inputs[0])
        return (made * self.alpha,)


@with_fields
class Triangular(MatrixOperator):
    """What the product with a triangular matrix and its inverse share: one triangle of A counts."""

    transpose: bool = p.boolean(False, doc="whether A is transposed")
    rightside: bool = p.boolean(False, doc="whether A stands to the right of B")
    lower: bool = p.boolean(True, doc="whether the lower triangle of A counts, else the upper one")
    alpha: float = p.number(1.0, doc="what B is multiplied by")

    def input_names(self) -> tuple[str, ...]:
        return ("A", "B")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        a = square_shape("A", inputs[0])
        b = merge_all((matrix_shape("B", inputs[1]), matrix_shape("the result", outputs[0])))
        if a is None and b is None:
            return inputs, outputs
        if a is not None and b is not None and len(a) != len(b):
            raise ShapeError(f"A is {show_shape(a)} and B {show_shape(b)}: they must have as many dimensions")
        place = -1 if self.rightside else -2
        stack = _one_stack(None if shape is None else shape[:-2] for shape in (a, b))
        side = next((s for s in (None if a is None else a[-1], None if b is None else b[place]) if s is not None), None)
        free = None if b is None else b[-3 - place]
        if b is not None and b[place] is not None and b[place] != side:
            raise ShapeError(f"A is {show_shape(a)} but B {show_shape(b)} needs one of side {b[place]}")
        matrix = (free, side) if self.rightside else (side, free)
        return [(*stack, side, side), (*stack, *matrix)], [(*stack, *matrix)]

    def multiply_adds(self, inputs: Sequence[tuple[int, ...]], outputs: Sequence[tuple[int, ...]]) -> int:
        return prod(outputs[0]) * (inputs[0][-1] + 1) // 2

    def reversed_on(self, a: Term, grad: Term, alpha: float) -> Term:
        """The same operator with A transposed, on a gradient."""
        return call(
            self.name, a, grad, transpose=not self.transpose, rightside=self.rightside, lower=self.lower, alpha=alpha
        )  # fmt: skip

    def outer(self, grad: Term, other: Term, alpha: float) -> Term:
        """The gradient of A, for a gradient of ``A other`` (or as A stands)."""
        if self.rightside:
            grad, other = other, grad
            first, second = (other, grad) if self.transpose else (grad, other)
            made = product(first, second, True, False, alpha)
        else:
            first, second = (other, grad) if self.transpose else (grad, other)
            made = product(first, second, False, True, alpha)
        return keep_triangle(made, self.lower)


@register
class Trmm(Triangular):
    """The product ``alpha A B`` with a triangular matrix A, or ``alpha B A`` with `rightside`.

    Shapes: A ``(..., n, n)``, B ``(..., n, m)`` or with `rightside` ``(..., m, n)``; the result has that of B.
    """

    name = "_linalg_trmm"
    aliases = ("linalg_trmm",)

    def compute(self, xp: ModuleType, *inputs: Array) -> Sequence[Array]:
        a, b = triangle(xp, inputs[0], self.lower), inputs[1]
        a = transposed(a) if self.transpose else a
        return ((xp.matmul(b, a) if self.rightside else xp.matmul(a, b)) * self.alpha,)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return None, None
        a, b = inputs
        return self.outer(grads[0], b, self.alpha), self.reversed_on(a, grads[0], self.alpha)
