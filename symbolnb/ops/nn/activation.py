"""Activation: a function of each element between two layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from types import ModuleType
from typing import Any

from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register
from symbolnb.ops.elementwise.family import constant
from symbolnb.ops.infer import one_float_type, same_shapes
from symbolnb.ops.term import Term, apply, call

KINDS = ("relu", "sigmoid", "softrelu", "softsign", "tanh")


def _sigmoid(xp: ModuleType, x: Array, out: Array) -> None:
    xp.exp(-x, out=out)
    out += 1
    xp.reciprocal(out, out=out)


def _softrelu(xp: ModuleType, x: Array, out: Array) -> None:
    xp.logaddexp(x, x.dtype.type(0), out=out)


def _softsign(xp: ModuleType, x: Array, out: Array) -> None:
    xp.divide(x, xp.abs(x) + 1, out=out)


FORWARD: dict[str, Callable[[ModuleType, Array, Array], Any]] = {
    "relu": lambda xp, x, out: xp.fmax(x, x.dtype.type(0), out=out),  # NaN gives 0, as in MXNet
    "sigmoid": _sigmoid,
    "softrelu": _softrelu,
    "softsign": _softsign,
    "tanh": lambda xp, x, out: xp.tanh(x, out=out),
}
"""What each kind computes, from (xp, data, output)."""

SLOPE: dict[str, Callable[[ModuleType, Array], Array]] = {
    "relu": lambda xp, y: y > 0,
    "sigmoid": lambda xp, y: y * (1 - y),
    "softrelu": lambda xp, y: -xp.expm1(-y),
    "softsign": lambda xp, y: xp.square(1 - xp.abs(y)),
    "tanh": lambda xp, y: 1 - y * y,
}
"""The derivative of each kind in terms of its output."""

CURVATURE: dict[str, Callable[[Term], Term | None]] = {
    "relu": lambda y: None,
    "sigmoid": lambda y: 1 - y * 2,
    "softrelu": lambda y: call("exp", -y),
    "softsign": lambda y: (call("abs", y) - 1) * call("sign", y) * 2,
    "tanh": lambda y: y * -2,
}
"""The derivative of each `SLOPE` with respect to the output."""


@register
class Activation(Operator):
    """One of five functions of each element.

    relu ``max(x, 0)``, sigmoid ``1 / (1 + exp(-x))``, softrelu ``log(1 + exp(x))``, softsign
    ``x / (1 + |x|)``, and tanh. The output has the shape of the data.
    """

    name = "Activation"
    family = "activation"
    elementwise = True

    act_type: str = p.choice(*KINDS, doc="the function")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return same_shapes(inputs, outputs)

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return one_float_type(inputs, outputs)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        FORWARD[self.act_type](xp, inputs[0], outputs[0])

    def bind(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> Callable[[], object]:
        x, out = inputs[0], outputs[0]
        if self.act_type == "relu":
            return partial(xp.fmax, x, constant(xp, 0.0, x.dtype), out)
        if self.act_type == "tanh":
            return partial(xp.tanh, x, out)
        return partial(FORWARD[self.act_type], xp, x, out)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return (None,)
        return apply(ActivationGradient(act_type=self.act_type), grads[0], outputs[0])


@register
class ActivationGradient(Operator):
    """The gradient of an activation's data, from the output gradient and the output."""

    name = "_activation_gradient"
    family = "activation"
    internal = True
    elementwise = True

    act_type: str = p.choice(*KINDS, doc="the function")

    def input_names(self) -> tuple[str, ...]:
        return ("grad", "output")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return same_shapes(inputs, outputs)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        grad, output = inputs
        xp.multiply(grad, SLOPE[self.act_type](xp, output), out=outputs[0])

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        grad, output = inputs
        outer = grads[0]
        if outer is None:
            return None, None
        curvature = CURVATURE[self.act_type](output)
        return apply(self, outer, output)[0], None if curvature is None else outer * grad * curvature
