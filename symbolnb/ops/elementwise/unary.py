"""Mathematical functions of one array."""

from __future__ import annotations

from collections.abc import Sequence
from math import log, pi, sqrt
from types import ModuleType
from typing import Any

from symbolnb.dtypes import DType
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, register
from symbolnb.ops.elementwise import functions, special
from symbolnb.ops.elementwise.family import Derivative, Elementwise, Expression, unary
from symbolnb.ops.term import Term, call


def _math(name: str, expression: Expression, derivative: Derivative | None, doc: str, **members: object) -> None:
    """A row with the alias that MXNet gives to functions with a version for sparse arrays."""
    unary(name, expression, derivative, doc, f"_sparse_{name}", **members)


def polygamma(x: Term, order: int) -> Term:
    """The derivative of this order of the digamma function."""
    return call("_polygamma", x, order=order)


# Signs and rounding: exact for every type, and for integers whatever is already an integer.
_math("negative", "negative", lambda g, x, y: -g, "The array with its sign changed.", integers="negative")
_math("abs", "absolute", lambda g, x, y: g * call("sign", x), "The absolute value.", integers="absolute")
_math("sign", functions.sign, None, "-1, 0 or 1, the sign of each element.", integers="sign", exact=True)
_math("round", functions.round_away, None, "The nearest integer, halves away from zero.",
      integers="positive", exact=True)  # fmt: skip
_math("rint", functions.round_down, None, "The nearest integer, halves toward minus infinity.",
      integers="positive", exact=True)  # fmt: skip
_math("ceil", "ceil", None, "The smallest integer that is not less.", integers="positive")
_math("floor", "floor", None, "The largest integer that is not more.", integers="positive")
_math("trunc", "trunc", None, "The integer part, without the fraction.", integers="positive")
_math("fix", "trunc", None, "The nearest integer in the direction of zero.", integers="positive")
unary("logical_not", "logical_not", None, "1 where an element is 0, else 0.", integers="logical_not", booleans=True)

# Powers and roots.
_math("square", "square", lambda g, x, y: g * (x * 2.0), "The square.", integers="square")
_math("sqrt", "sqrt", lambda g, x, y: g * 0.5 / y, "The square root.")
_math("rsqrt", functions.inverse_square_root, lambda g, x, y: g * (y / x * -0.5),
      "One divided by the square root.")  # fmt: skip
_math("cbrt", "cbrt", lambda g, x, y: g / (call("square", y) * 3.0), "The cube root.",
      integers=functions.whole_cube_root)  # fmt: skip
unary("rcbrt", functions.inverse_cube_root, lambda g, x, y: g * (y / x * (-1 / 3)), "One divided by the cube root.")
unary("reciprocal", "reciprocal", lambda g, x, y: -(g * call("square", y)), "One divided by each element.")

# Exponentials and logarithms.
_math("exp", "exp", lambda g, x, y: g * y, "e to the power of each element.")
_math("expm1", "expm1", lambda g, x, y: g * call("exp", x), "e to the power of each element, minus 1; exact near 0.")
_math("log", "log", lambda g, x, y: g / x, "The natural logarithm.")
_math("log10", "log10", lambda g, x, y: g / (x * log(10)), "The logarithm to base 10.")
_math("log2", "log2", lambda g, x, y: g / (x * log(2)), "The logarithm to base 2.")
_math("log1p", "log1p", lambda g, x, y: g / (x + 1.0), "The natural logarithm of one plus each element; exact near 0.")

# Angles, in radians, and their hyperbolic kin.
_math("sin", "sin", lambda g, x, y: g * call("cos", x), "The sine.")
_math("cos", "cos", lambda g, x, y: -(g * call("sin", x)), "The cosine.")
_math("tan", "tan", lambda g, x, y: g * (call("square", y) + 1.0), "The tangent.")
_math("arcsin", "arcsin", lambda g, x, y: g * call("rsqrt", 1.0 - call("square", x)), "The inverse sine.")
_math("arccos", "arccos", lambda g, x, y: -(g * call("rsqrt", 1.0 - call("square", x))), "The inverse cosine.")
_math("arctan", "arctan", lambda g, x, y: g / (call("square", x) + 1.0), "The inverse tangent.")
_math("sinh", "sinh", lambda g, x, y: g * call("cosh", x), "The hyperbolic sine.")
_math("cosh", "cosh", lambda g, x, y: g * call("sinh", x), "The hyperbolic cosine.")
_math("tanh", "tanh", lambda g, x, y: g * (1.0 - call("square", y)), "The hyperbolic tangent.")
_math("arcsinh", "arcsinh", lambda g, x, y: g * call("rsqrt", call("square", x) + 1.0), "The inverse hyperbolic sine.")
_math("arccosh", "arccosh", lambda g, x, y: g * call("rsqrt", call("square", x) - 1.0),
      "The inverse hyperbolic cosine.")  # fmt: skip
_math("arctanh", "arctanh", lambda g, x, y: g / (1.0 - call("square", x)), "The inverse hyperbolic tangent.")
_math("degrees", "degrees", lambda g, x, y: g * (180 / pi), "Radians in degrees.")
_math("radians", "radians", lambda g, x, y: g * (pi / 180), "Degrees in radians.")

# Special functions; each rounds once, from float64.
_math("gamma", special.gamma, lambda g, x, y: g * (y * polygamma(x, 0)), "The gamma function.", exact=True)
_math("gammaln", special.gammaln, lambda g, x, y: g * polygamma(x, 0),
      "The logarithm of the absolute value of the gamma function.", exact=True)  # fmt: skip
unary("erf", special.erf, lambda g, x, y: g * (call("exp", -call("square", x)) * (2 / sqrt(pi))),
      "The error function.", exact=True)  # fmt: skip
unary("erfinv", special.erfinv, lambda g, x, y: g * (call("exp", call("square", y)) * (sqrt(pi) / 2)),
      "The inverse of the error function.", exact=True)  # fmt: skip

# Activations.
_math("sigmoid", functions.sigmoid, lambda g, x, y: g * (y * (1.0 - y)),
      "The logistic function, 1 / (1 + exp(-x)).")  # fmt: skip
unary("softsign", functions.softsign, lambda g, x, y: g / call("square", call("abs", x) + 1.0), "x / (1 + abs(x)).")
_math("relu", "maximum", lambda g, x, y: g * call("_relu_slope", y), "The element where it is positive, else 0.",
      integers="maximum", constants=(0.0,))  # fmt: skip
unary("_relu_slope", "sign", None, "1 where a rectifier's output is positive, 0 where it is 0, not a number where "
      "it is not.", internal=True)  # fmt: skip


@register
class Polygamma(Elementwise):
    """The derivative of an order of the digamma function, which is that of order 0."""

    name = "_polygamma"
    internal = True
    expression = staticmethod(special.polygamma)
    exact = True

    order: int = p.integer(0, minimum=0, doc="how often the digamma function is differentiated")

    def arguments(self, xp: ModuleType, inputs: Sequence[Array], dtype: DType) -> Sequence[Any]:
        return inputs[0], self.order

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None if grads[0] is None else grads[0] * polygamma(inputs[0], self.order + 1),)
