"""Inverses and determinants.

Gradients follow M. Giles, "An extended collection of matrix derivative results for forward and reverse mode
algorithmic differentiation" (Oxford, 2008), sections 2.2.3 and 2.2.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

import numpy as np

from symbolnb.ops.base import Array, DTypes, Shapes, register
from symbolnb.ops.infer import first_known, floating
from symbolnb.ops.linalg.matrices import (
    MatrixOperator,
    from_numbers,
    per_matrix,
    product,
    same_square,
    square_shape,
    transpose,
)
from symbolnb.ops.term import Term, call, reshape


def inverse_gradient(inverse: Term, grad: Term) -> Term:
    """The gradient of a matrix from that of its inverse."""
    return product(product(inverse, grad, transpose_a=True), inverse, transpose_b=True, alpha=-1.0)


def spread(term: Term, like: Term) -> Term:
    """One number for each matrix, in the shape that broadcasts against the stack."""
    return reshape(term, (*like.shape[:-2], 1, 1))


@register
class Inverse(MatrixOperator):
    """The inverse of every matrix; a singular one is an error."""

    name = "_linalg_inverse"
    aliases = ("linalg_inverse",)

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return same_square("A", inputs, outputs)

    def compute(self, xp: ModuleType, *inputs: Array) -> Sequence[Array]:
        return (xp.linalg.inv(inputs[0]),)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None if grads[0] is None else inverse_gradient(outputs[0], grads[0]),)


class Determinant(MatrixOperator):
    """What the two determinants share.

    The last two outputs are hidden: the inverse, which gradients need, with zeros for a singular matrix, and one
    of which only the place counts in files, where MXNet keeps the pivots of its factorization.
    """

    numbers: int
    """How many outputs hold one number for each matrix."""

    def visible_outputs(self) -> int:
        return self.numbers

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data = square_shape("A", inputs[0])
        for shape in outputs[: self.numbers]:
            data = from_numbers(shape, data)
        if data is None:
            return inputs, outputs
        return [data], [*[per_matrix(data)] * self.numbers, data, data[:-1]]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        dtype = floating(first_known((*inputs, *outputs[:-1])), "the element type")
        return [dtype], [*[dtype] * (self.numbers + 1), np.dtype("int32")]

    def inverse(self, xp: ModuleType, matrix: Array, singular: Array) -> Array:
        """The inverses, zeros where there is none."""
        wide = singular[..., None, None]
        unit = xp.eye(matrix.shape[-1], dtype=matrix.dtype)
        return xp.where(wide, matrix.dtype.type(0), xp.linalg.inv(xp.where(wide, unit, matrix)))


@register
class Det(Determinant):
    """The determinant of every matrix; that of a single one has the shape ``(1,)``.

    The gradient at a singular matrix is taken as zero.
    """

    name = "_linalg_det"
    aliases = ("linalg_det",)
    numbers = 1

    def output_names(self) -> tuple[str, ...]:
        return ("output0", "output1", "output2")  # the last two are hidden: the inverse, and a place for pivots

    def compute(self, xp: ModuleType, *inputs: Array) -> Sequence[Array]:
        (matrix,) = inputs
        made = xp.linalg.det(matrix)
        return made, self.inverse(xp, matrix, made == 0), 0

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        made: Term | None = None
        if grads[0] is not None:
            made = transpose(outputs[1]) * spread(grads[0] * outputs[0], inputs[0])
        if grads[1] is not None:
            other = inverse_gradient(outputs[1], grads[1])
            made = other if made is None else made + other
        return (made,)


@register
class SlogDet(Determinant):
    """The sign of every determinant and the logarithm of its absolute value.

    Those of a single matrix have the shape ``(1,)``. A singular matrix gives 0 and minus infinity, and there the
    gradient is taken as zero.
    """

    name = "_linalg_slogdet"
    aliases = ("linalg_slogdet",)
    numbers = 2

    def output_names(self) -> tuple[str, ...]:
        return ("output0", "output1", "output2", "output3")  # the last two are hidden, as of Det

    def compute(self, xp: ModuleType, *inputs: Array) -> Sequence[Array]:
        (matrix,) = inputs
        sign, logarithm = xp.linalg.slogdet(matrix)
        return sign, logarithm, self.inverse(xp, matrix, sign == 0), 0

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        made: Term | None = None
        if grads[1] is not None:
            made = transpose(outputs[2]) * spread(grads[1], inputs[0])
        if grads[2] is not None:
            other = inverse_gradient(outputs[2], grads[2])
            made = other if made is None else made + other
        return (made,)


@register
class SumLogDiag(MatrixOperator):
    """The sum of the logarithms of every matrix's diagonal; that of a single one has the shape ``(1,)``."""

    name = "_linalg_sumlogdiag"
    aliases = ("linalg_sumlogdiag",)

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data = from_numbers(outputs[0], square_shape("A", inputs[0]))
        return [data], [outputs[0] if data is None else per_matrix(data)]

    def compute(self, xp: ModuleType, *inputs: Array) -> Sequence[Array]:
        diagonal = xp.diagonal(inputs[0], axis1=-2, axis2=-1)
        return (xp.log(diagonal).sum(axis=-1),)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return (None,)
        (data,) = inputs
        diagonal = call("_linalg_extractdiag", data)
        return (call("_linalg_makediag", reshape(grads[0], (*data.shape[:-2], 1)) / diagonal),)
