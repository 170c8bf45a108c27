"""Triangular systems and the Cholesky factorization.

Gradients follow M. Seeger, A. Hetzel, Z. Dai, E. Meissner and N. D. Lawrence, "Auto-differentiating linear
algebra" (2017), section 4; that of the factorization is also in I. Murray, "Differentiation of the Cholesky
decomposition" (2016).
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from symbolnb.ops.base import Array, Shapes, register
from symbolnb.ops.linalg.matrices import (
    MatrixOperator,
    keep_triangle,
    mirrored,
    product,
    same_square,
    solve_triangular,
    transpose,
    transposed,
    triangle,
)
from symbolnb.ops.linalg.products import Triangular
from symbolnb.ops.term import Term, call


@register
class Trsm(Triangular):
    """The solution X of ``A X = alpha B`` with a triangular matrix A, or of ``X A = alpha B`` with `rightside`.

    Shapes: A ``(..., n, n)``, B ``(..., n, m)`` or with `rightside` ``(..., m, n)``; the result has that of B. A zero
    on the diagonal of A gives infinities.
    """

    name = "_linalg_trsm"
    aliases = ("linalg_trsm",)

    def compute(self, xp: ModuleType, *inputs: Array) -> Sequence[Array]:
        a, b = inputs[0], inputs[1] * self.alpha
        swap = self.transpose != self.rightside  # X A = B is Aᵀ Xᵀ = Bᵀ
        a, lower = (transposed(a), not self.lower) if swap else (a, self.lower)
        if self.rightside:
            return (transposed(solve_triangular(xp, a, transposed(b), lower)),)
        return (solve_triangular(xp, a, b, lower),)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return None, None
        back = self.reversed_on(inputs[0], grads[0], 1.0)
        return self.outer(back, outputs[0], -1.0), back * self.alpha


@register
class Potrf(MatrixOperator):
    """The Cholesky factor L of symmetric positive definite matrices: lower triangular, with ``L Lᵀ = A``.

    Only the lower triangle of A is read. The gradient is the symmetric one, that of a function of symmetric
    matrices. A matrix that is not positive definite is an error.
    """

    name = "_linalg_potrf"
    aliases = ("linalg_potrf",)

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return same_square("A", inputs, outputs)

    def compute(self, xp: ModuleType, *inputs: Array) -> Sequence[Array]:
        return (xp.linalg.cholesky(inputs[0]),)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return (None,)
        factor = outputs[0]
        inner = mirrored(product(factor, grads[0], transpose_a=True))
        left = call("_linalg_trsm", factor, inner, transpose=True)
        return (call("_linalg_trsm", factor, left, rightside=True, alpha=0.5),)


@register
class Potri(MatrixOperator):
    """The inverse of ``A Aᵀ`` for lower triangular matrices A, such as `linalg_potrf` gives.

    Only the lower triangle of A is read. A zero on its diagonal gives infinities.
    """

    name = "_linalg_potri"
    aliases = ("linalg_potri",)

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return same_square("A", inputs, outputs)

    def compute(self, xp: ModuleType, *inputs: Array) -> Sequence[Array]:
        factor = triangle(xp, inputs[0], True)
        unit = xp.broadcast_to(xp.eye(factor.shape[-1], dtype=factor.dtype), factor.shape)
        inverse = solve_triangular(xp, factor, unit, True)
        return (xp.matmul(transposed(inverse), inverse),)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return (None,)
        both = product(outputs[0], grads[0] + transpose(grads[0]))
        made = call("_linalg_trsm", inputs[0], both, transpose=True, rightside=True, alpha=-1.0)
        return (keep_triangle(made),)
