"""Functions of two operands: of two arrays of one shape, broadcast together, and of an array and a constant.

One `Function` declares all of these operators; its derivatives serve all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from symbolnb.ops.elementwise import functions
from symbolnb.ops.elementwise.family import Binary, Broadcast, Expression, ReversedScalar, Scalar, row
from symbolnb.ops.term import Term, call

Operand = Term | float
Slope = Callable[[Term, Operand, Operand, Term], Term]
"""`(grad, left, right, result) -> gradient of one operand`; either operand may be a number, but not that one."""


class Names(NamedTuple):
    """Names of one kind of operator: MXNet's canonical one and the aliases; `name` is empty if there is none."""

    name: str = ""
    aliases: tuple[str, ...] = ()


class Function(NamedTuple):
    """A function of two operands and the operators that compute it.

    `formula` is what the help texts say, with {0} and {1} for the operands. `left` and `right` are the
    derivatives, None where they are zero everywhere. See `family` for the rest.
    """

    formula: str
    expression: Expression
    same: Names
    broadcast: Names
    scalar: Names
    reversed: Names = Names()
    left: Slope | None = None
    right: Slope | None = None
    integers: Expression | None = None
    exact: bool = False
    booleans: bool = False


def between(name: str, left: Operand, right: Operand) -> Term:
    """The function with this broadcasting operator, of terms or numbers (not two numbers)."""
    function = FUNCTIONS[name]
    if isinstance(left, Term) and isinstance(right, Term):
        return call(function.same.name if left.shape == right.shape else name, left, right)
    if isinstance(left, Term):
        return call(function.scalar.name, left, scalar=float(right))  # type: ignore[arg-type]
    assert isinstance(right, Term)
    return call(function.reversed.name or function.scalar.name, right, scalar=left)


def _power_left(g: Term, x: Operand, y: Operand, z: Term) -> Term:
    if isinstance(y, Term):
        return g * (y * between("broadcast_power", x, y - 1.0))
    if y in (1.0, 2.0):
        return g if y == 1.0 else g * (x * 2.0)
    return g * (between("broadcast_power", x, y - 1.0) * y)


def _power_right(g: Term, x: Operand, y: Operand, z: Term) -> Term:
    if isinstance(x, Term):
        return g * (z * call("log", x))
    with np.errstate(all="ignore"):  # a negative base has no logarithm: then there is no gradient either
        return g * (z * float(np.log(x)))


def _mod_right(g: Term, x: Operand, y: Operand, z: Term) -> Term:
    return -(g * call("floor", between("broadcast_div", x, y)))


def _mask(name: str) -> Slope:
    """The gradient where a comparison of the operands holds, else zero."""
    return lambda g, x, y, z: g * between(name, x, y)


def _cased(word: str, camel: str) -> tuple[Names, Names, Names]:
    """The names of the three kinds of operators of a function called `_word`."""
    joined = camel.replace("_", "")
    return (
        Names(f"_{word}", (f"_{camel}",)),
        Names(f"broadcast_{word}"),
        Names(f"_{word}_scalar", (f"_{joined}Scalar",)),
    )


def _sparse(*names: str) -> tuple[str, ...]:
    return tuple(f"_sparse_{name}" for name in names)


def _plain(formula: str, expression: Expression, word: str, camel: str) -> Function:
    """A function without a gradient, such as a comparison; the result has the operands' type."""
    return Function(formula, expression, *_cased(word, camel), integers=expression, exact=True, booleans=True)


TABLE = (
    Function(
        "{0} + {1}", "add", Names("elemwise_add", ("_add", "_plus", "_Plus", *_sparse("elemwise_add"))),
        Names("broadcast_add", ("broadcast_plus", *_sparse("broadcast_add", "broadcast_plus"))),
        Names("_plus_scalar", ("_PlusScalar",)),
        left=lambda g, x, y, z: g, right=lambda g, x, y, z: g, integers="add",
    ),
    Function(
        "{0} - {1}", "subtract", Names("elemwise_sub", ("_sub", "_minus", "_Minus", *_sparse("elemwise_sub"))),
        Names("broadcast_sub", ("broadcast_minus", *_sparse("broadcast_sub", "broadcast_minus"))),
        Names("_minus_scalar", ("_MinusScalar",)), Names("_rminus_scalar", ("_RMinusScalar",)),
        left=lambda g, x, y, z: g, right=lambda g, x, y, z: -g, integers="subtract",
    ),
    Function(
        "{0} * {1}", "multiply", Names("elemwise_mul", ("_mul", "_Mul", *_sparse("elemwise_mul"))),
        Names("broadcast_mul", _sparse("broadcast_mul")), Names("_mul_scalar", ("_MulScalar",)),
        left=lambda g, x, y, z: g * y, right=lambda g, x, y, z: g * x, integers="multiply",
    ),
    Function(
        "{0} / {1}", "divide", Names("elemwise_div", ("_div", "_Div", *_sparse("elemwise_div"))),
        Names("broadcast_div", _sparse("broadcast_div")),
        Names("_div_scalar", ("_DivScalar",)), Names("_rdiv_scalar", ("_RDivScalar",)),
        left=lambda g, x, y, z: g / y, right=lambda g, x, y, z: -(g * (z / y)),
        integers=functions.truncated_quotient,
    ),
    Function(
        "{0} % {1}, with the sign of the divisor; 0 where that is 0", functions.modulo,
        *_cased("mod", "Mod"), Names("_rmod_scalar", ("_RModScalar",)),
        left=lambda g, x, y, z: g, right=_mod_right, integers=functions.modulo, exact=True,
    ),
    Function(
        "{0} to the power of {1}", "power", *_cased("power", "Power"), Names("_rpower_scalar", ("_RPowerScalar",)),
        left=_power_left, right=_power_right,
    ),
    Function(
        "the larger of {0} and {1}", "maximum", *_cased("maximum", "Maximum"),
        left=_mask("broadcast_greater_equal"), right=_mask("broadcast_lesser"), integers="maximum",
    ),
    Function(
        "the smaller of {0} and {1}", "minimum", *_cased("minimum", "Minimum"),
        left=_mask("broadcast_lesser_equal"), right=_mask("broadcast_greater"), integers="minimum",
    ),
    Function(
        "the square root of {0}² + {1}²", "hypot", *_cased("hypot", "Hypot"),
        left=lambda g, x, y, z: g * (x / z), right=lambda g, x, y, z: g * (y / z),
    ),
    _plain("1 where {0} = {1}, else 0", "equal", "equal", "Equal"),
    _plain("1 where {0} ≠ {1}, else 0", "not_equal", "not_equal", "Not_Equal"),
    _plain("1 where {0} > {1}, else 0", "greater", "greater", "Greater"),
    _plain("1 where {0} ≥ {1}, else 0", "greater_equal", "greater_equal", "Greater_Equal"),
    _plain("1 where {0} < {1}, else 0", "less", "lesser", "Lesser"),
    _plain("1 where {0} ≤ {1}, else 0", "less_equal", "lesser_equal", "Lesser_Equal"),
    _plain("1 where both {0} and {1} are not 0, else 0", "logical_and", "logical_and", "Logical_And"),
    _plain("1 where {0} or {1} is not 0, else 0", "logical_or", "logical_or", "Logical_Or"),
    _plain("1 where just one of {0} and {1} is not 0, else 0", "logical_xor", "logical_xor", "Logical_Xor"),
)  # fmt: skip

FUNCTIONS = {function.broadcast.name: function for function in TABLE}


def _declare(function: Function) -> None:
    left, right = function.left, function.right
    members = {key: getattr(function, key) for key in ("expression", "integers", "exact", "booleans")}

    def both(g: Term, x: Operand, y: Operand, z: Term) -> tuple[Term, Term]:
        assert left is not None and right is not None
        return left(g, x, y, z), right(g, x, y, z)

    derivative = None if left is None else both
    arrays, constant = function.formula.format("lhs", "rhs"), function.formula.format("data", "scalar")
    same, wide, scalar, turned = function.same, function.broadcast, function.scalar, function.reversed
    doc = f"Element by element, for two arrays of one shape: {arrays}."
    row(Binary, same.name, doc, same.aliases, derivative=derivative, **members)
    doc = f"Element by element, the two arrays broadcast together: {arrays}."
    row(Broadcast, wide.name, doc, wide.aliases, derivative=derivative, **members)
    doc = f"Element by element, for an array and a constant: {constant}."
    row(Scalar, scalar.name, doc, scalar.aliases, derivative=left, **members)
    if turned.name:
        doc = f"Element by element, for a constant and an array: {function.formula.format('scalar', 'data')}."
        row(ReversedScalar, turned.name, doc, turned.aliases, derivative=right, **members)


for _function in TABLE:
    _declare(_function)

row(
    Binary, "_grad_add", "The sum of two gradients.", (), expression="add", integers="add",
    derivative=lambda g, x, y, z: (g, g),
)  # fmt: skip
