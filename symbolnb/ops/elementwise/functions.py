"""Elementwise functions that NumPy has no ufunc for, or where MXNet's conventions differ from NumPy's."""

from __future__ import annotations

from types import ModuleType
from typing import Any

Array = Any


def modulo(xp: ModuleType, x: Array, y: Array, out: Array) -> None:
    """The remainder with the sign of the divisor; that of a division by 0 is 0."""
    zero = xp.equal(y, 0)
    xp.remainder(x, y, out)
    xp.copyto(out, out.dtype.type(0), where=zero)


def truncated_quotient(xp: ModuleType, x: Array, y: Array, out: Array) -> None:
    """Integer division toward zero, as in C; a division by 0 gives 0."""
    floor = xp.floor_divide(x, y)
    below = (floor * y != x) & ((x < 0) != (y < 0)) & (y != 0)
    xp.add(floor, below, out)


def round_away(xp: ModuleType, x: Array, out: Array) -> None:
    """The nearest integer, halves away from zero."""
    whole = xp.trunc(x)
    fraction = x - whole  # exact, where adding a half to x would not be
    xp.add(whole, fraction >= 0.5, out)
    xp.subtract(out, fraction <= -0.5, out)


def round_down(xp: ModuleType, x: Array, out: Array) -> None:
    """The nearest integer, halves toward minus infinity."""
    whole = xp.floor(x)
    above = x - whole > 0.5
    xp.add(whole, above, out)


def sign(xp: ModuleType, x: Array, out: Array) -> None:
    """-1, 0 or 1; 0 where `x` is not a number."""
    positive = xp.greater(x, 0)
    xp.less(x, 0, out)
    xp.subtract(positive, out, out)


def inverse_square_root(xp: ModuleType, x: Array, out: Array) -> None:
    """1 / √x."""
    xp.sqrt(x, out)
    xp.reciprocal(out, out)


def inverse_cube_root(xp: ModuleType, x: Array, out: Array) -> None:
    """1 / ∛x."""
    xp.cbrt(x, out)
    xp.reciprocal(out, out)


def whole_cube_root(xp: ModuleType, x: Array, out: Array) -> None:
    """∛x without its fraction; in float32 the root of a cube can end up below it."""
    out[...] = xp.cbrt(x.astype("float64")).astype(out.dtype)


def sigmoid(xp: ModuleType, x: Array, out: Array) -> None:
    """1 / (1 + e⁻ˣ); where e⁻ˣ overflows the answer is 0, as it should be."""
    xp.negative(x, out)
    xp.exp(out, out)
    xp.add(out, 1, out)
    xp.reciprocal(out, out)


def softsign(xp: ModuleType, x: Array, out: Array) -> None:
    """x / (1 + |x|)."""
    size = xp.absolute(x)
    size += 1
    xp.divide(x, size, out)


def clip(xp: ModuleType, x: Array, low: Any, high: Any, out: Array) -> None:
    """`x` between two bounds."""
    xp.maximum(x, low, out=out)
    xp.minimum(out, high, out=out)


def unclipped(xp: ModuleType, x: Array, low: Any, high: Any, out: Array) -> None:
    """1 where `x` is between the bounds, or is not a number, else 0."""
    outside = xp.less(x, low)
    outside |= xp.greater(x, high)
    xp.logical_not(outside, out)


def hard_sigmoid(xp: ModuleType, x: Array, alpha: Any, beta: Any, out: Array) -> None:
    """alpha · x + beta between 0 and 1."""
    xp.multiply(x, alpha, out)
    xp.add(out, beta, out)
    clip(xp, out, out.dtype.type(0), out.dtype.type(1), out)


def smooth_l1(xp: ModuleType, x: Array, square: Any, out: Array) -> None:
    """square · x² / 2 where |x| < 1 / square, else |x| - 1 / (2 · square)."""
    size = xp.absolute(x)
    straight = size * square >= 1
    size -= 0.5 / square if square else 0
    xp.multiply(x, x, out)
    xp.multiply(out, 0.5 * square, out)
    xp.copyto(out, size, where=straight)
