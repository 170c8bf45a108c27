"""Exponentials, logarithms and their kin on vectors, without branches, to one or two units in the last place.

Each function takes the block to write to, ``float`` or ``double``, and the name of a value. Underflow, overflow,
infinities and NaN come out as NumPy has them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import factorial, pi, sqrt
from math import log as ln

from symbolnb.kernels.fused.text import Block
from symbolnb.ops.elementwise import special

Formula = Callable[..., str]


@dataclass(frozen=True)
class _Format:
    """What the functions need to know of a floating point format.

    `ln2` is split in two parts, of which the first has so many zeros at its end that its product with any
    exponent is exact. `terms` are how many terms of the exponential's Taylor series, and of the inverse
    hyperbolic tangent's, are needed for the last bit.
    """

    fraction: int
    bias: int
    ln2: tuple[float, float]
    terms: tuple[int, int]
    largest: float
    smallest: float
    least_normal: float


_FORMATS = {
    "float": _Format(23, 127, (0.693359375, -2.121944400546905827679e-4), (8, 5), 89.0, -104.5, 2.0**-126),
    "double": _Format(
        52, 1023, (0.693147180369123816490, 1.90821492927058770002e-10), (14, 12), 710.0, -746.0, 2.0**-1022
    ),
}


def polynomial(block: Block, kind: str, x: str, coefficients: Sequence[float]) -> str:
    """The polynomial with these coefficients, the highest power first."""
    made = block.number(coefficients[0], kind)
    for coefficient in coefficients[1:]:
        made = block.intrinsic("fma", kind, made, x, block.number(coefficient, kind))
    return made


def magnitude(block: Block, kind: str, x: str) -> str:
    """The absolute value."""
    return block.intrinsic("fabs", kind, x)


def clamp(block: Block, kind: str, x: str, low: float, high: float) -> str:
    """`x` between two bounds; NaN stays."""
    below, above = block.number(low, kind), block.number(high, kind)
    x = block.select(kind, block.compare("olt", kind, x, below), below, x)
    return block.select(kind, block.compare("ogt", kind, x, above), above, x)


def _split(block: Block, kind: str, x: str) -> tuple[str, str]:
    """`x` as n ln 2 + r with a small r: the bits of n, and e to the power of r, minus 1."""
    form = _FORMATS[kind]
    magic = block.number(1.5 * 2.0**form.fraction, kind)  # adding it leaves the whole part in the last bits
    shifted = block.intrinsic("fma", kind, x, block.number(1 / (form.ln2[0] + form.ln2[1]), kind), magic)
    whole = block.subtract(kind, shifted, magic)
    power = block.bits("sub", kind, block.as_bits(kind, shifted), block.as_bits(kind, magic))
    rest = block.intrinsic("fma", kind, whole, block.number(-form.ln2[0], kind), x)
    rest = block.intrinsic("fma", kind, whole, block.number(-form.ln2[1], kind), rest)
    series = polynomial(block, kind, rest, [1 / factorial(k) for k in range(form.terms[0], 1, -1)])
    square = block.multiply(kind, rest, rest)
    return power, block.intrinsic("fma", kind, square, series, rest)


def _power_of_two(block: Block, kind: str, power: str) -> str:
    """2 to a power, for one that is the exponent of a normal number."""
    form = _FORMATS[kind]
    biased = block.bits("add", kind, power, block.integer(form.bias, kind))
    return block.from_bits(kind, block.bits("shl", kind, biased, block.integer(form.fraction, kind)))


def _scaled(block: Block, kind: str, x: str, power: str) -> str:
    """`x` times 2 to a power, in two steps, so that it may leave the normal numbers."""
    half = block.bits("ashr", kind, power, block.integer(1, kind))
    rest = block.bits("sub", kind, power, half)
    made = block.multiply(kind, x, _power_of_two(block, kind, half))
    return block.multiply(kind, made, _power_of_two(block, kind, rest))


def exp(block: Block, kind: str, x: str) -> str:
    """e to the power of `x`."""
    form = _FORMATS[kind]
    power, rest = _split(block, kind, clamp(block, kind, x, form.smallest, form.largest))
    return _scaled(block, kind, block.add(kind, rest, block.number(1, kind)), power)


def _beyond(kind: str) -> float:
    """From where on 1 is nothing beside e to the power of it."""
    return (_FORMATS[kind].fraction + 2) * 0.7


def expm1(block: Block, kind: str, x: str) -> str:
    """e to the power of `x`, minus 1."""
    form = _FORMATS[kind]
    power, rest = _split(block, kind, clamp(block, kind, x, -_beyond(kind), form.largest))
    inverse = _power_of_two(block, kind, block.bits("sub", kind, block.integer(0, kind), power))
    large = block.compare("ogt", kind, x, block.number(_beyond(kind), kind))
    inverse = block.select(kind, large, block.number(0, kind), inverse)  # its exponent may be too low
    offset = block.subtract(kind, block.number(1, kind), inverse)
    made = _scaled(block, kind, block.add(kind, rest, offset), power)
    zero = block.compare("oeq", kind, x, block.number(0, kind))
    return block.select(kind, zero, x, made)


def log(block: Block, kind: str, x: str) -> str:
    """The natural logarithm."""
    form = _FORMATS[kind]
    tiny = block.compare("olt", kind, x, block.number(form.least_normal, kind))
    raised = block.select(kind, tiny, block.multiply(kind, x, block.number(2.0**form.fraction, kind)), x)
    pivot = block.as_bits(kind, block.number(sqrt(0.5), kind))
    distance = block.bits("sub", kind, block.as_bits(kind, raised), pivot)
    power = block.bits("ashr", kind, distance, block.integer(form.fraction, kind))
    fraction = block.bits("and", kind, distance, block.integer(2**form.fraction - 1, kind))
    excess = block.subtract(
        kind, block.from_bits(kind, block.bits("add", kind, fraction, pivot)), block.number(1, kind)
    )
    lowered = block.number(form.fraction, kind)
    bits = "i32" if kind == "float" else "i64"
    exponent = block.convert("sitofp", bits, power, kind)
    exponent = block.select(kind, tiny, block.subtract(kind, exponent, lowered), exponent)
    # log(1 + f) = 2 atanh(s) = f - s (f - R(s²)) with s = f / (2 + f), arranged to lose nothing where f is small
    ratio = block.divide(kind, excess, block.add(kind, excess, block.number(2, kind)))
    square = block.multiply(kind, ratio, ratio)
    series = polynomial(block, kind, square, [2 / (2 * k + 1) for k in range(form.terms[1] - 1, 0, -1)] + [0.0])
    half = block.multiply(kind, block.multiply(kind, excess, excess), block.number(0.5, kind))
    inner = block.multiply(kind, ratio, block.add(kind, half, series))
    inner = block.intrinsic("fma", kind, exponent, block.number(form.ln2[1], kind), inner)
    made = block.subtract(kind, excess, block.subtract(kind, half, inner))
    made = block.intrinsic("fma", kind, exponent, block.number(form.ln2[0], kind), made)
    infinite = block.number(float("inf"), kind)
    made = block.select(kind, block.compare("oeq", kind, x, infinite), infinite, made)
    zero = block.number(0, kind)
    made = block.select(kind, block.compare("oeq", kind, x, zero), block.number(float("-inf"), kind), made)
    return block.select(kind, block.compare("ult", kind, x, zero), block.number(float("nan"), kind), made)


def log1p(block: Block, kind: str, x: str) -> str:
    """The natural logarithm of 1 + `x`: of the rounded sum, and what the rounding left off."""
    one = block.number(1, kind)
    total = block.add(kind, x, one)
    lost = block.subtract(kind, x, block.subtract(kind, total, one))
    made = block.add(kind, log(block, kind, total), block.divide(kind, lost, total))
    ordinary = block.logic(
        "and",
        block.compare("ogt", kind, total, block.number(0, kind)),
        block.compare("olt", kind, total, block.number(float("inf"), kind)),
    )
    made = block.select(kind, ordinary, made, log(block, kind, total))
    return block.select(kind, block.compare("oeq", kind, x, block.number(0, kind)), x, made)


def tanh(block: Block, kind: str, x: str) -> str:
    """The hyperbolic tangent: with d = e⁻²ˣ on the positive side, (1 - d) / (1 + d) or 1 - 2 d / (1 + d).

    The first is exact near 0, where 1 - d is had without a loss, and the second far from it.
    """
    one, two = block.number(1, kind), block.number(2, kind)
    size = magnitude(block, kind, x)
    doubled = clamp(block, kind, block.multiply(kind, size, block.number(-2, kind)), -_beyond(kind), 0.0)
    power, rest = _split(block, kind, doubled)
    scale = _power_of_two(block, kind, power)
    decay = block.intrinsic("fma", kind, rest, scale, scale)
    fall = block.intrinsic("fma", kind, rest, scale, block.subtract(kind, scale, one))  # d - 1
    far = block.compare("ogt", kind, size, block.number(0.55, kind))
    above = block.select(kind, far, block.multiply(kind, decay, two), block.negative(kind, fall))
    below = block.select(kind, far, block.add(kind, decay, one), block.add(kind, fall, two))
    ratio = block.divide(kind, above, below)
    made = block.select(kind, far, block.subtract(kind, one, ratio), ratio)
    return block.intrinsic("copysign", kind, made, x)


def sigmoid(block: Block, kind: str, x: str) -> str:
    """1 / (1 + e⁻ˣ)."""
    one = block.number(1, kind)
    return block.divide(kind, one, block.add(kind, exp(block, kind, block.negative(kind, x)), one))


def softrelu(block: Block, kind: str, x: str) -> str:
    """log(1 + eˣ) = max(x, 0) + log(1 + e⁻ˡˣˡ)."""
    positive = block.select(kind, block.compare("olt", kind, x, block.number(0, kind)), block.number(0, kind), x)
    decay = exp(block, kind, block.negative(kind, magnitude(block, kind, x)))
    return block.add(kind, positive, log1p(block, kind, decay))


def erf(block: Block, kind: str, x: str) -> str:
    """The error function by the same rational functions as the operator's own, in double precision."""
    if kind == "float":
        return _in_double(erf, block, x)
    size = magnitude(block, kind, x)

    def ratio(value: str, pair: tuple[Sequence[float], Sequence[float]]) -> str:
        return block.divide(kind, *(polynomial(block, kind, value, coefficients) for coefficients in pair))

    def at_most(value: str, bound: float) -> str:
        limit = block.number(bound, kind)
        return block.select(kind, block.compare("ogt", kind, value, limit), limit, value)

    small = at_most(size, special.NEAR_END)
    near = block.multiply(kind, x, ratio(block.multiply(kind, small, small), special.NEAR))
    rest = ratio(at_most(size, special.MIDDLE_END), special.MIDDLE)
    inverse = block.divide(kind, block.number(1, kind), size)
    square = block.multiply(kind, inverse, inverse)
    tail = block.subtract(
        kind, block.number(1 / sqrt(pi), kind), block.multiply(kind, square, ratio(square, special.FAR))
    )
    beyond = block.compare("ogt", kind, size, block.number(special.MIDDLE_END, kind))
    rest = block.select(kind, beyond, block.multiply(kind, inverse, tail), rest)
    decay = exp(block, kind, block.negative(kind, block.multiply(kind, x, x)))
    outer = block.subtract(kind, block.number(1, kind), block.multiply(kind, decay, rest))
    outer = block.intrinsic("copysign", kind, outer, x)
    inside = block.compare("ole", kind, size, block.number(special.NEAR_END, kind))
    return block.select(kind, inside, near, outer)


def logarithm(base: float) -> Formula:
    """The logarithm to a base, computed in double precision."""

    def formula(block: Block, kind: str, x: str) -> str:
        if kind == "float":
            return _in_double(formula, block, x)
        return block.multiply(kind, log(block, kind, x), block.number(1 / ln(base), kind))

    return formula


def _in_double(formula: Formula, block: Block, *values: str) -> str:
    """A formula on float, computed in double precision and rounded once."""
    wide = [block.convert("fpext", "float", value, "double") for value in values]
    return block.convert("fptrunc", "double", formula(block, "double", *wide), "float")


def hypot(block: Block, kind: str, x: str, y: str) -> str | None:
    """The square root of x² + y², for float alone: in double precision nothing overflows."""
    if kind == "double":
        return None

    def root(b: Block, wide: str, x: str, y: str) -> str:
        return b.intrinsic("sqrt", wide, b.add(wide, b.multiply(wide, x, x), b.multiply(wide, y, y)))

    made, infinite = _in_double(root, block, x, y), block.number(float("inf"), kind)
    for value in (x, y):  # infinity counts even beside NaN
        endless = block.compare("oeq", kind, magnitude(block, kind, value), infinite)
        made = block.select(kind, endless, infinite, made)
    return made


def power(block: Block, kind: str, x: str, y: str) -> str | None:
    """x to the power of y, for float alone: it is e to the power of y log |x| in double precision, with its sign."""
    if kind == "double":
        return None
    made = _in_double(lambda b, k, u, v: exp(b, k, b.multiply(k, v, log(b, k, magnitude(b, k, u)))), block, x, y)
    zero, one, infinite = (block.number(value, kind) for value in (0.0, 1.0, float("inf")))
    whole = block.compare("oeq", kind, block.intrinsic("floor", kind, y), y)
    half = block.multiply(kind, y, block.number(0.5, kind))
    even = block.compare("oeq", kind, block.intrinsic("floor", kind, half), half)
    odd = block.logic("and", whole, block.logic("xor", even, "splat (i1 true)"))
    made = block.select(kind, odd, block.intrinsic("copysign", kind, made, x), made)
    negative = block.logic(
        "and", block.compare("olt", kind, x, zero), block.compare("one", kind, x, block.number(float("-inf"), kind))
    )
    broken = block.logic("and", negative, block.logic("xor", whole, "splat (i1 true)"))
    made = block.select(kind, broken, block.number(float("nan"), kind), made)
    unit = block.compare("oeq", kind, magnitude(block, kind, x), one)
    endless = block.compare("oeq", kind, magnitude(block, kind, y), infinite)
    certain = block.logic("or", block.compare("oeq", kind, y, zero), block.compare("oeq", kind, x, one))
    certain = block.logic("or", certain, block.logic("and", unit, endless))
    return block.select(kind, certain, one, made)
