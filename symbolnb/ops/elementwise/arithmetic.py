"""Arithmetic of two arrays: equal shapes, broadcasting, and with a constant."""

from symbolnb.ops.elementwise.family import binary, broadcast, scalar
from symbolnb.ops.term import Term


def _add(g: Term, x: Term, y: Term, z: Term) -> tuple[Term, Term]:
    return g, g


def _sub(g: Term, x: Term, y: Term, z: Term) -> tuple[Term, Term]:
    return g, -g


def _mul(g: Term, x: Term, y: Term, z: Term) -> tuple[Term, Term]:
    return g * y, g * x


def _div(g: Term, x: Term, y: Term, z: Term) -> tuple[Term, Term]:
    return g / y, -(g * z / y)


binary("elemwise_add", "add", _add, "The sum of two arrays of equal shape.", "_add", "_plus", "_Plus")
binary("elemwise_sub", "subtract", _sub, "The difference of two arrays of equal shape.", "_sub", "_minus", "_Minus")
binary("elemwise_mul", "multiply", _mul, "The product of two arrays of equal shape.", "_mul", "_Mul")
binary("elemwise_div", "divide", _div, "The quotient of two arrays of equal shape.", "_div", "_Div")

broadcast("broadcast_add", "add", _add, "The sum of two arrays, broadcast together.", "broadcast_plus")
broadcast("broadcast_sub", "subtract", _sub, "The difference of two arrays, broadcast together.", "broadcast_minus")
broadcast("broadcast_mul", "multiply", _mul, "The product of two arrays, broadcast together.")
broadcast("broadcast_div", "divide", _div, "The quotient of two arrays, broadcast together.")

scalar("_plus_scalar", "add", lambda g, x, c, y: g, "An array plus a constant.", "_PlusScalar")
scalar("_minus_scalar", "subtract", lambda g, x, c, y: g, "An array minus a constant.", "_MinusScalar")
scalar("_mul_scalar", "multiply", lambda g, x, c, y: g * c, "An array times a constant.", "_MulScalar")
scalar("_div_scalar", "divide", lambda g, x, c, y: g / c, "An array divided by a constant.", "_DivScalar")
