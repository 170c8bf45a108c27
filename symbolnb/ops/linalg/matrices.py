"""What the operators on stacks of matrices share: their base, rules for shapes, triangles, and terms for gradients."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any

from symbolnb.errors import ShapeError
from symbolnb.graph.spec import PartialShape, merge_shapes, show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register
from symbolnb.ops.infer import one_float_type
from symbolnb.ops.reduce import accumulator
from symbolnb.ops.term import Term, call

Partial = tuple[int | None, ...]
BLOCK = 32
"""Up to this size a triangular system is solved row by row; larger ones are halved."""


class MatrixOperator(Operator):
    """An operator on stacks of floating point matrices; float16 is computed in float32."""

    family = "linear"

    def input_names(self) -> tuple[str, ...]:
        return ("A",)

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return one_float_type(inputs, outputs)

    def compute(self, xp: ModuleType, *inputs: Array) -> Sequence[Array]:
        """All outputs, from inputs of at least single precision."""
        raise NotImplementedError

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        wide: Any = accumulator(inputs[0].dtype)
        made = self.compute(xp, *(array.astype(wide, copy=False) for array in inputs))
        for out, result in zip(outputs, made, strict=True):
            out[...] = result


# Shapes ----------------------------------------------------------------------------------------


def matrix_shape(name: str, shape: PartialShape) -> PartialShape:
    """The shape, once it is sure that it has two axes or more."""
    if shape is not None and len(shape) < 2:
        raise ShapeError(f"{name} is {show_shape(shape)} but needs at least 2 dimensions")
    return shape


def square_shape(name: str, shape: PartialShape) -> PartialShape:
    """The shape of a stack of square matrices, each side known if the other is."""
    if matrix_shape(name, shape) is None:
        return None
    assert shape is not None
    rows, columns = shape[-2:]
    if rows is not None and columns is not None and rows != columns:
        raise ShapeError(f"{name} is {show_shape(shape)} but its last two axes must have one size")
    side = columns if rows is None else rows
    return (*shape[:-2], side, side)


def same_square(name: str, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
    """The rule that input 0 and output 0 are square matrices of one shape."""
    both = square_shape(name, merge_shapes(inputs[0], outputs[0]))
    return [both], [both]


def per_matrix(shape: Partial) -> Partial:
    """The shape of one number for each matrix of a stack; that of a single matrix has the shape (1,)."""
    return shape[:-2] or (1,)


def from_numbers(numbers: PartialShape, shape: PartialShape) -> PartialShape:
    """The stack of a matrix shape filled from that of one number for each matrix."""
    if numbers is None or shape is None or len(shape) == 2:
        return shape
    return merge_shapes(shape, (*numbers, None, None))


# Triangles -------------------------------------------------------------------------------------


def transposed(array: Array) -> Array:
    """Every matrix transposed."""
    return array.swapaxes(-1, -2)


def triangle(xp: ModuleType, array: Array, lower: bool) -> Array:
    """The lower or upper triangle with the diagonal, zeros elsewhere."""
    return xp.tril(array) if lower else xp.triu(array)


def solve_triangular(xp: ModuleType, matrix: Array, right: Array, lower: bool) -> Array:
    """X with ``matrix X = right``, by substitution; a zero on the diagonal gives infinities.

    The system is halved until it is small, so that most of the work is matrix products.
    """
    solution = xp.array(right)
    _substitute(xp, matrix, solution, lower)
    return solution


def _substitute(xp: ModuleType, matrix: Array, x: Array, lower: bool) -> None:
    size = matrix.shape[-1]
    if size <= BLOCK:
        for row in range(size) if lower else range(size - 1, -1, -1):
            x[..., row, :] /= matrix[..., row, row, None]
            rest = slice(row + 1, None) if lower else slice(0, row)
            x[..., rest, :] -= matrix[..., rest, row, None] * x[..., row, None, :]
        return
    parts = slice(0, size // 2), slice(size // 2, None)
    first, second = parts if lower else parts[::-1]
    _substitute(xp, matrix[..., first, first], x[..., first, :], lower)
    x[..., second, :] -= xp.matmul(matrix[..., second, first], x[..., first, :])
    _substitute(xp, matrix[..., second, second], x[..., second, :], lower)


# Terms -----------------------------------------------------------------------------------------


def product(
    left: Term, right: Term, transpose_a: bool = False, transpose_b: bool = False, alpha: float = 1.0, axis: int = -2
) -> Term:
    """``alpha left right``, with either factor transposed."""
    return call(
        "_linalg_gemm2", left, right, transpose_a=transpose_a, transpose_b=transpose_b, alpha=alpha, axis=axis
    )  # fmt: skip


def transpose(term: Term) -> Term:
    """Every matrix transposed."""
    last = len(term.shape) - 1
    return call("SwapAxis", term, dim1=last - 1, dim2=last)


def keep_triangle(term: Term, lower: bool = True, diagonal: float = 1.0) -> Term:
    """One triangle, its diagonal multiplied by a factor."""
    return call("_linalg_triangle", term, lower=lower, diagonal=diagonal)


def symmetric_part(term: Term) -> Term:
    """Half the sum with the transpose."""
    return (term + transpose(term)) * 0.5


def mirrored(term: Term) -> Term:
    """The lower triangle copied to the upper one."""
    half = keep_triangle(term, diagonal=0.5)
    return half + transpose(half)


@register
class Triangle(MatrixOperator):
    """One triangle of every matrix, the diagonal multiplied by a factor, and zeros elsewhere."""

    name = "_linalg_triangle"
    internal = True

    lower: bool = p.boolean(True, doc="whether the lower triangle stays")
    diagonal: float = p.number(1.0, doc="what the diagonal is multiplied by")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return same_square("A", inputs, outputs)

    def compute(self, xp: ModuleType, *inputs: Array) -> Sequence[Array]:
        (matrix,) = inputs
        made = triangle(xp, matrix, self.lower)
        places = xp.arange(matrix.shape[-1])
        made[..., places, places] *= self.diagonal
        return (made,)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None if grads[0] is None else keep_triangle(grads[0], self.lower, self.diagonal),)
