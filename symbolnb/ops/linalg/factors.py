"""The LQ factorization and the eigenvalues of symmetric matrices.

Gradients follow M. Seeger, A. Hetzel, Z. Dai, E. Meissner and N. D. Lawrence, "Auto-differentiating linear
algebra" (2017), section 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from symbolnb.errors import ShapeError
from symbolnb.graph.spec import PartialShape, merge_shapes, show_shape
from symbolnb.ops.base import Array, Shapes, register
from symbolnb.ops.linalg.matrices import (
    MatrixOperator,
    matrix_shape,
    mirrored,
    product,
    square_shape,
    symmetric_part,
    transposed,
)
from symbolnb.ops.term import Term, call, reshape

NEARLY = 1e-5
"""Elements of an eigenvector whose sizes differ by less than this share count as equally large."""


@register
class Gelqf(MatrixOperator):
    """The factors Q and L of ``A = L Q``: Q has orthonormal rows, L is lower triangular.

    Shapes: A ``(..., n, m)`` with n at most m gives Q ``(..., n, m)`` and L ``(..., n, n)``. The signs are LAPACK's.
    The gradient needs rows that are linearly independent.
    """

    name = "_linalg_gelqf"
    aliases = ("linalg_gelqf",)

    def output_names(self) -> tuple[str, ...]:
        return ("output0", "output1")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data = merge_shapes(matrix_shape("A", inputs[0]), outputs[0])
        side = square_shape("L", outputs[1])
        if data is None:
            return [None if side is None else (*side[:-1], None)], [None, side]
        rows, columns = data[-2:]
        if rows is not None and columns is not None and rows > columns:
            raise ShapeError(f"A is {show_shape(data)} but must not have more rows than columns")
        if side is not None and len(side) == len(data):
            data = merge_shapes(data, (*side[:-1], None))
            assert data is not None
        return [data], [data, (*data[:-1], data[-2])]

    def compute(self, xp: ModuleType, *inputs: Array) -> Sequence[Array]:
        orthogonal, upper = xp.linalg.qr(transposed(inputs[0]))
        return transposed(orthogonal), transposed(upper)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        (q, lower), (q_grad, lower_grad) = outputs, grads
        inner: Term | None = None
        if lower_grad is not None:
            inner = product(lower, lower_grad, transpose_a=True)
        if q_grad is not None:
            turn = product(q_grad, q, transpose_b=True)
            inner = -turn if inner is None else inner - turn
        if inner is None:
            return (None,)
        total = product(mirrored(inner), q)
        total = total if q_grad is None else total + q_grad
        return (call("_linalg_trsm", lower, total, transpose=True),)


@register
class Syevd(MatrixOperator):
    """The eigenvectors U and eigenvalues L of symmetric matrices: ``A = Uᵀ diag(L) U``.

    Shapes: A ``(..., n, n)`` gives U ``(..., n, n)``, an eigenvector in each row, and L ``(..., n)``, in rising order.
    The largest element of an eigenvector is positive, the first of them if several are as large. Only the lower
    triangle of A is read; the gradient is the symmetric one. Between eigenvectors of one eigenvalue, where no
    gradient exists, it is taken as zero.
    """

    name = "_linalg_syevd"

    def output_names(self) -> tuple[str, ...]:
        return ("output0", "output1")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data = merge_shapes(inputs[0], outputs[0])
        values = outputs[1]
        if values is not None:
            data = merge_shapes(data, (*values, values[-1]) if values else None)
        data = square_shape("A", data)
        vector: PartialShape = values if data is None else data[:-1]
        return [data], [data, vector]

    def compute(self, xp: ModuleType, *inputs: Array) -> Sequence[Array]:
        values, columns = xp.linalg.eigh(inputs[0], "L")
        rows = transposed(columns)
        size = xp.absolute(rows)
        largest = size >= size.max(axis=-1, keepdims=True, initial=0) * (1 - NEARLY)
        first = xp.argmax(largest, axis=-1)[..., None] if size.size else xp.zeros((*size.shape[:-1], 1), "int64")
        lead = xp.take_along_axis(rows, first, axis=-1) if size.size else rows
        return xp.where(lead < 0, -rows, rows), values

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        (vectors, values), (vector_grad, value_grad) = outputs, grads
        inner: Term | None = None
        if value_grad is not None:
            inner = call("_linalg_makediag", value_grad)
        if vector_grad is not None:
            shape = values.shape
            gap = call("broadcast_sub", reshape(values, (*shape, 1)), reshape(values, (*shape[:-1], 1, shape[-1])))
            none = call("_equal_scalar", gap, scalar=0.0)
            turn = product(vector_grad, vectors, transpose_b=True) * (1.0 - none) / (gap + none)
            inner = symmetric_part(turn) if inner is None else inner + symmetric_part(turn)
        if inner is None:
            return (None,)
        return (product(product(vectors, inner, transpose_a=True), vectors),)
