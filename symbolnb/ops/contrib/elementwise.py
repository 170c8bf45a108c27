"""Elementwise operators of the contrib namespace."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any

from symbolnb.dtypes import FLOAT32, DType, is_float
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, register
from symbolnb.ops.elementwise.family import Elementwise, Scalar, constant, row, unary
from symbolnb.ops.elementwise.functions import round_away
from symbolnb.ops.term import Term


def _same(xp: ModuleType, x: Array, *rest: Array) -> None:
    """Fill the last of `rest`, the output, with the data."""
    rest[-1][...] = x


unary(
    "_contrib_round_ste", round_away, lambda grad, x, y: grad,
    "The nearest integer, halves away from zero, with the gradient of the identity (straight through).",
    "_sparse__contrib_round_ste", exact=True, integers=_same,
)  # fmt: skip
unary(
    "_contrib_sign_ste", "sign", lambda grad, x, y: grad,
    "The sign, -1, 0 or 1, with the gradient of the identity (straight through).",
    "_sparse__contrib_sign_ste", integers="sign",
)  # fmt: skip


class KeepingType(Scalar):
    """A `Scalar` whose result has the data's type, whatever `is_int` says."""

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return Elementwise.infer_dtype(self, inputs, outputs)


row(
    KeepingType, "_contrib_gradientmultiplier",
    "The data itself; its gradient is multiplied by the constant, for instance -1 to reverse it.", (),
    expression=_same, exact=True, integers=_same, derivative=lambda grad, x, constant, y: grad * constant,
)  # fmt: skip


@register
class Quadratic(Elementwise):
    """``a x² + b x + c`` of each element."""

    name = "_contrib_quadratic"

    a: float = p.number(0.0, doc="factor of the square")
    b: float = p.number(0.0, doc="factor of the element itself")
    c: float = p.number(0.0, doc="the constant")

    @staticmethod
    def expression(xp: ModuleType, x: Array, a: Array, b: Array, c: Array, out: Array) -> None:
        """Fill `out` with the polynomial."""
        out[...] = (a * x + b) * x + c

    def arguments(self, xp: ModuleType, inputs: Sequence[Array], dtype: DType) -> Sequence[Any]:
        kind = dtype if is_float(dtype) else FLOAT32  # MXNet computes it in float32 for integers
        return (*inputs, *(constant(xp, value, kind) for value in (self.a, self.b, self.c)))

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None or not is_float(inputs[0].dtype):
            return (None,)
        return (grads[0] * (inputs[0] * (2 * self.a) + self.b),)
