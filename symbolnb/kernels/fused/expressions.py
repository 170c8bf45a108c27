"""What each elementwise operator computes, written to a block of vector instructions.

An operator is known here by its row's expression, as `ops.elementwise.family` has it, or by its class. The
formulas are those of the reference forward, step by step, so that the same roundings happen; where a function
of the mathematical library is called, the results may differ in the last bit or two.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import pi, sqrt
from typing import Any, NamedTuple

import numpy as np

from symbolnb.dtypes import DType
from symbolnb.kernels.fused import functions as f
from symbolnb.kernels.fused.text import FLOATS, INTEGERS, Block
from symbolnb.ops.base import Operator
from symbolnb.ops.elementwise import functions as plain
from symbolnb.ops.elementwise import special
from symbolnb.ops.elementwise.conversion import AddN, Cast
from symbolnb.ops.elementwise.family import Elementwise
from symbolnb.ops.indexing import Where
from symbolnb.ops.nn import leaky_relu
from symbolnb.ops.nn.activation import Activation, ActivationGradient
from symbolnb.ops.nn.leaky_relu import LeakyReLU, LeakyReLUGradient

Formula = Callable[..., str]
"""``(block, kind, *operands) -> result``; operands are names of values, or numbers where the table says so."""


class Value(NamedTuple):
    """The name of a vector and the element type that it stands for; float16 is held as float32, rounded."""

    name: str
    dtype: DType


def computed_in(dtype: DType) -> str:
    """The type in which numbers of an element type are computed: float16 in float, as NumPy does."""
    return "double" if dtype.name == "float64" else "float"


def _maximum(b: Block, kind: str, x: str, y: str) -> str:
    larger = b.compare("ogt", kind, x, y)  # of 0 and -0 the second, as in MXNet
    return b.select(kind, b.logic("or", larger, b.compare("uno", kind, x, x)), x, y)


def _minimum(b: Block, kind: str, x: str, y: str) -> str:
    smaller = b.compare("olt", kind, x, y)
    return b.select(kind, b.logic("or", smaller, b.compare("uno", kind, x, x)), x, y)


def _one_if(b: Block, kind: str, condition: str) -> str:
    return b.select(kind, condition, b.number(1, kind), b.number(0, kind))


def _comparison(word: str) -> Formula:
    return lambda b, kind, x, y: _one_if(b, kind, b.compare(word, kind, x, y))


def _truth(b: Block, kind: str, x: str) -> str:
    return b.compare("une", kind, x, b.number(0, kind))


def _logic(word: str) -> Formula:
    return lambda b, kind, x, y: _one_if(b, kind, b.logic(word, _truth(b, kind, x), _truth(b, kind, y)))


def _negation(b: Block, kind: str, x: str) -> str:
    return b.select(kind, _truth(b, kind, x), b.number(0, kind), b.number(1, kind))


def _signum(b: Block, kind: str, x: str) -> str:
    """-1, 0 or 1; 0 for NaN."""
    zero = b.number(0, kind)
    below = b.select(kind, b.compare("olt", kind, x, zero), b.number(-1, kind), zero)
    return b.select(kind, b.compare("ogt", kind, x, zero), b.number(1, kind), below)


def _sign(b: Block, kind: str, x: str) -> str:
    """-1, 0 or 1; NaN for NaN."""
    return b.select(kind, b.compare("uno", kind, x, x), x, _signum(b, kind, x))


def _round_away(b: Block, kind: str, x: str) -> str:
    whole = b.intrinsic("trunc", kind, x)
    rest, half = b.subtract(kind, x, whole), b.number(0.5, kind)
    up = b.add(kind, whole, _one_if(b, kind, b.compare("oge", kind, rest, half)))
    return b.subtract(kind, up, _one_if(b, kind, b.compare("ole", kind, rest, b.number(-0.5, kind))))


def _round_down(b: Block, kind: str, x: str) -> str:
    whole = b.intrinsic("floor", kind, x)
    above = b.compare("ogt", kind, b.subtract(kind, x, whole), b.number(0.5, kind))
    return b.add(kind, whole, _one_if(b, kind, above))


def _square(b: Block, kind: str, x: str) -> str:
    return b.multiply(kind, x, x)


def _reciprocal(b: Block, kind: str, x: str) -> str:
    return b.divide(kind, b.number(1, kind), x)


def _softsign(b: Block, kind: str, x: str) -> str:
    return b.divide(kind, x, b.add(kind, f.magnitude(b, kind, x), b.number(1, kind)))


def _clip(b: Block, kind: str, x: str, low: str, high: str) -> str:
    return _minimum(b, kind, _maximum(b, kind, x, low), high)


def _unclipped(b: Block, kind: str, x: str, low: str, high: str) -> str:
    outside = b.logic("or", b.compare("olt", kind, x, low), b.compare("ogt", kind, x, high))
    return b.select(kind, outside, b.number(0, kind), b.number(1, kind))


def _hard_sigmoid(b: Block, kind: str, x: str, alpha: str, beta: str) -> str:
    made = b.add(kind, b.multiply(kind, x, alpha), beta)
    return _clip(b, kind, made, b.number(0, kind), b.number(1, kind))


FORMULAS: dict[Any, Callable[..., str | None]] = {
    "add": Block.add,
    "subtract": Block.subtract,
    "multiply": Block.multiply,
    "divide": Block.divide,
    "maximum": _maximum,
    "minimum": _minimum,
    "equal": _comparison("oeq"),
    "not_equal": _comparison("une"),
    "greater": _comparison("ogt"),
    "greater_equal": _comparison("oge"),
    "less": _comparison("olt"),
    "less_equal": _comparison("ole"),
    "logical_and": _logic("and"),
    "logical_or": _logic("or"),
    "logical_xor": _logic("xor"),
    "logical_not": _negation,
    "negative": Block.negative,
    "absolute": f.magnitude,
    "sign": _sign,
    plain.sign: _signum,
    plain.round_away: _round_away,
    plain.round_down: _round_down,
    "ceil": lambda b, kind, x: b.intrinsic("ceil", kind, x),
    "floor": lambda b, kind, x: b.intrinsic("floor", kind, x),
    "trunc": lambda b, kind, x: b.intrinsic("trunc", kind, x),
    "square": _square,
    "sqrt": lambda b, kind, x: b.intrinsic("sqrt", kind, x),
    plain.inverse_square_root: lambda b, kind, x: _reciprocal(b, kind, b.intrinsic("sqrt", kind, x)),
    "reciprocal": _reciprocal,
    "exp": f.exp,
    "expm1": f.expm1,
    "log": f.log,
    "log1p": f.log1p,
    "log2": f.logarithm(2),
    "log10": f.logarithm(10),
    "hypot": f.hypot,
    "power": f.power,
    "tanh": f.tanh,
    "degrees": lambda b, kind, x: b.multiply(kind, x, b.number(180 / pi, kind)),
    "radians": lambda b, kind, x: b.multiply(kind, x, b.number(pi / 180, kind)),
    special.erf: f.erf,
    plain.sigmoid: f.sigmoid,
    plain.softsign: _softsign,
    plain.clip: _clip,
    plain.unclipped: _unclipped,
    plain.hard_sigmoid: _hard_sigmoid,
}
"""By expression; every operand is the name of a value. None is the answer where a type is not served."""


def _power(b: Block, kind: str, x: str, exponent: float) -> str | None:
    """A power with a constant exponent."""
    if exponent == 1:
        return x
    if exponent in (2, 3):
        square = _square(b, kind, x)
        return square if exponent == 2 else b.multiply(kind, square, x)
    return _reciprocal(b, kind, x) if exponent == -1 else f.power(b, kind, x, b.number(exponent, kind))


def _smooth_l1(b: Block, kind: str, x: str, square: float) -> str:
    size = f.magnitude(b, kind, x)
    straight = b.compare("oge", kind, b.multiply(kind, size, b.number(square, kind)), b.number(1, kind))
    line = b.subtract(kind, size, b.number(0.5 / square if square else 0, kind))
    parabola = b.multiply(kind, b.multiply(kind, x, x), b.number(0.5 * square, kind))
    return b.select(kind, straight, line, parabola)


def _relu(b: Block, kind: str, x: str) -> str:
    """The positive part; 0 for NaN."""
    return b.select(kind, b.compare("ogt", kind, x, b.number(0, kind)), x, b.number(0, kind))


ACTIVATIONS: dict[str, Formula] = {
    "relu": _relu,
    "sigmoid": f.sigmoid,
    "softrelu": f.softrelu,
    "softsign": _softsign,
    "tanh": f.tanh,
}


def _less_from_one(b: Block, kind: str, x: str) -> str:
    return b.subtract(kind, b.number(1, kind), x)


SLOPES: dict[str, Formula] = {
    "relu": lambda b, kind, y: _one_if(b, kind, b.compare("ogt", kind, y, b.number(0, kind))),
    "sigmoid": lambda b, kind, y: b.multiply(kind, y, _less_from_one(b, kind, y)),
    "softrelu": lambda b, kind, y: b.negative(kind, f.expm1(b, kind, b.negative(kind, y))),
    "softsign": lambda b, kind, y: _square(b, kind, _less_from_one(b, kind, f.magnitude(b, kind, y))),
    "tanh": lambda b, kind, y: _less_from_one(b, kind, b.multiply(kind, y, y)),
}
"""The derivative of each kind of Activation, from its output."""


def _normal_share(b: Block, kind: str, x: str) -> str:
    share = f.erf(b, kind, b.multiply(kind, x, b.number(sqrt(0.5), kind)))
    return b.multiply(kind, b.add(kind, share, b.number(1, kind)), b.number(0.5, kind))


def _bend(operator: LeakyReLU | LeakyReLUGradient) -> float:
    return leaky_relu.SELU_SCALE * leaky_relu.SELU_ALPHA if operator.act_type == "selu" else operator.slope


def _leaky(b: Block, kind: str, operator: LeakyReLU, x: str) -> str | None:
    act = operator.act_type
    if act == "gelu":
        return b.multiply(kind, _normal_share(b, kind, x), x)
    if act == "leaky":
        below = b.multiply(kind, x, b.number(operator.slope, kind))
    elif act in ("elu", "selu"):
        below = b.multiply(kind, f.expm1(b, kind, x), b.number(_bend(operator), kind))
    else:
        return None
    above = b.multiply(kind, x, b.number(leaky_relu.SELU_SCALE, kind)) if act == "selu" else x
    return b.select(kind, b.compare("ogt", kind, x, b.number(0, kind)), above, below)


def _leaky_gradient(b: Block, kind: str, operator: LeakyReLUGradient, grad: str, x: str) -> str:
    act, zero = operator.act_type, b.number(0, kind)
    if act == "gelu":
        exponent = b.multiply(kind, b.multiply(kind, b.number(-0.5, kind), x), x)
        density = b.multiply(kind, f.exp(b, kind, exponent), b.number(sqrt(0.5 / pi), kind))
        slope = b.add(kind, _normal_share(b, kind, x), b.multiply(kind, x, density))
        return b.multiply(kind, grad, slope)
    if act == "leaky":
        below = b.number(operator.slope, kind)
    else:
        below = b.multiply(kind, b.number(_bend(operator), kind), f.exp(b, kind, _minimum(b, kind, x, zero)))
    above = b.number(leaky_relu.SELU_SCALE if act == "selu" else 1, kind)
    return b.multiply(kind, grad, b.select(kind, b.compare("ogt", kind, x, zero), above, below))


def _cast(b: Block, value: Value, target: DType) -> str | None:
    """A conversion to a floating point type, except from integers to the narrowest."""
    source, to = value.dtype.name, computed_in(target)
    if source in FLOATS:
        has = computed_in(value.dtype)
        if has == to:
            return value.name
        if target.name == "float16":  # two roundings, as for any conversion by way of float32
            return None
        return b.convert("fpext" if to == "double" else "fptrunc", has, value.name, to)
    if target.name == "float16":
        return None
    word = "uitofp" if value.dtype.kind in "ub" else "sitofp"
    return b.convert(word, INTEGERS[source], value.name, to)


def _where(b: Block, values: Sequence[Value], made: DType) -> str | None:
    """A choice by a condition of any floating point type."""
    condition, x, y = values
    if condition.dtype.name not in FLOATS or x.dtype != made or y.dtype != made:
        return None
    return b.select(computed_in(made), _truth(b, computed_in(condition.dtype), condition.name), x.name, y.name)


def write(block: Block, operator: Operator, values: Sequence[Value], made: DType) -> str | None:
    """Write what an operator computes from these values; None where it is not known here.

    The result is not yet rounded to float16.
    """
    if made.name not in FLOATS:
        return None
    if isinstance(operator, Cast):
        return _cast(block, values[0], made)
    if isinstance(operator, Where):
        return _where(block, values, made)
    if any(value.dtype != made for value in values):
        return None
    kind, names = computed_in(made), [value.name for value in values]
    if isinstance(operator, Elementwise):
        return _row(block, kind, operator, values, made)
    if isinstance(operator, AddN):
        total = names[0]
        for name in names[1:]:
            total = block.add(kind, total, name)
        return total
    if isinstance(operator, Activation):
        return ACTIVATIONS[operator.act_type](block, kind, *names)
    if isinstance(operator, ActivationGradient):
        return block.multiply(kind, names[0], SLOPES[operator.act_type](block, kind, names[1]))
    if isinstance(operator, LeakyReLU) and len(names) == 1:
        return _leaky(block, kind, operator, *names)
    if isinstance(operator, LeakyReLUGradient):
        return _leaky_gradient(block, kind, operator, *names)
    return names[0] if operator.name in COPIES else None


COPIES = ("_copy", "broadcast_to")
"""Operators that take over their input's elements."""


def _row(block: Block, kind: str, operator: Elementwise, values: Sequence[Value], made: DType) -> str | None:
    """An operator of the tables: its expression on the arguments that it gives to NumPy."""
    expression = type(operator).expression
    arguments = operator.arguments(np, values, made)
    if expression == "power" and isinstance(arguments[0], Value) and not isinstance(arguments[1], Value):
        return _power(block, kind, arguments[0].name, float(arguments[1]))
    if expression is plain.smooth_l1:
        return _smooth_l1(block, kind, arguments[0].name, float(arguments[1]))
    formula = FORMULAS.get(expression)
    if formula is None:
        return None
    names = [
        argument.name if isinstance(argument, Value) else block.number(float(argument), kind) for argument in arguments
    ]
    return formula(block, kind, *names)
