"""Functions of two arguments, each an array or a number: `nd.add` and its like.

Arrays are broadcast together; two numbers give a number.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symbolnb.ndarray import arithmetic
from symbolnb.ndarray.arithmetic import Row, combine


def _function(name: str, row: Row, doc: str) -> Callable[[Any, Any], Any]:
    def compute(lhs: Any, rhs: Any) -> Any:
        return combine(row, lhs, rhs)

    compute.__name__ = compute.__qualname__ = name
    compute.__module__ = "symbolnb.ndarray"
    compute.__doc__ = f"{doc}, for two arrays or numbers, broadcast together."
    return compute


add = _function("add", arithmetic.ADD, "The sum")
subtract = _function("subtract", arithmetic.SUBTRACT, "The difference")
multiply = _function("multiply", arithmetic.MULTIPLY, "The product")
divide = _function("divide", arithmetic.DIVIDE, "The quotient")
modulo = _function("modulo", arithmetic.MODULO, "The remainder of the division")
power = _function("power", arithmetic.POWER, "The first to the power of the second")
maximum = _function("maximum", arithmetic.MAXIMUM, "The larger")
minimum = _function("minimum", arithmetic.MINIMUM, "The smaller")
hypot = _function("hypot", arithmetic.HYPOT, "The square root of the sum of squares")
equal = _function("equal", arithmetic.EQUAL, "1 where both are equal, else 0")
not_equal = _function("not_equal", arithmetic.NOT_EQUAL, "1 where they differ, else 0")
greater = _function("greater", arithmetic.GREATER, "1 where the first is greater, else 0")
greater_equal = _function("greater_equal", arithmetic.GREATER_EQUAL, "1 where the first is at least the second, else 0")
lesser = _function("lesser", arithmetic.LESSER, "1 where the first is smaller, else 0")
lesser_equal = _function("lesser_equal", arithmetic.LESSER_EQUAL, "1 where the first is at most the second, else 0")
logical_and = _function("logical_and", arithmetic.LOGICAL_AND, "1 where both are not 0, else 0")
logical_or = _function("logical_or", arithmetic.LOGICAL_OR, "1 where one is not 0, else 0")
logical_xor = _function("logical_xor", arithmetic.LOGICAL_XOR, "1 where exactly one is not 0, else 0")
true_divide = divide
