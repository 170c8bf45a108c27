"""Python's operators on arrays, with another array or with a number, through the operator registry."""

from __future__ import annotations

import operator as python
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Self

import numpy as np

from symbolnb.context import Context
from symbolnb.errors import DeviceError, DTypeError
from symbolnb.ndarray.invoke import run
from symbolnb.ops.registry import find

Number = (int, float, np.generic)  # bool is an int


class Row(NamedTuple):
    """How an operation is computed: of two arrays, array and number, number and array, two numbers."""

    arrays: str
    scalar: str
    reverse: str
    numbers: Callable[[Any, Any], Any]


def _row(word: str, numbers: Callable[[Any, Any], Any], broadcast: str = "", reverse: str = "") -> Row:
    scalar = f"_{word}_scalar"
    return Row(f"broadcast_{broadcast if broadcast else word}", scalar, reverse if reverse else scalar, numbers)


ADD = _row("plus", python.add, "add")
SUBTRACT = _row("minus", python.sub, "sub", "_rminus_scalar")
MULTIPLY = _row("mul", python.mul)
DIVIDE = _row("div", python.truediv, reverse="_rdiv_scalar")
MODULO = _row("mod", python.mod, reverse="_rmod_scalar")
POWER = _row("power", python.pow, reverse="_rpower_scalar")
MAXIMUM = _row("maximum", max)
MINIMUM = _row("minimum", min)
HYPOT = _row("hypot", np.hypot)
EQUAL = _row("equal", lambda x, y: float(x == y))
NOT_EQUAL = _row("not_equal", lambda x, y: float(x != y))
GREATER = _row("greater", lambda x, y: float(x > y), reverse="_lesser_scalar")
GREATER_EQUAL = _row("greater_equal", lambda x, y: float(x >= y), reverse="_lesser_equal_scalar")
LESSER = _row("lesser", lambda x, y: float(x < y), reverse="_greater_scalar")
LESSER_EQUAL = _row("lesser_equal", lambda x, y: float(x <= y), reverse="_greater_equal_scalar")
LOGICAL_AND = _row("logical_and", lambda x, y: float(bool(x and y)))
LOGICAL_OR = _row("logical_or", lambda x, y: float(bool(x or y)))
LOGICAL_XOR = _row("logical_xor", lambda x, y: float(bool(x) != bool(y)))


class Arithmetic:
    """What an array class inherits: the operators of Python, each computed at once."""

    __slots__ = ()
    _data: Any
    _context: Context

    def __init__(self, data: Any, context: Context | None = None) -> None:
        raise NotImplementedError

    def _with(self, row: Row, other: Any) -> Self:
        if isinstance(other, Arithmetic):
            context = common_context(row.arrays, ("lhs", "rhs"), (self, other))
            return type(self)(run(find(row.arrays)(), context, (self._data, other._data))[0], context)
        return self._with_number(row.scalar, other)

    def _with_number(self, name: str, number: Any) -> Self:
        made = run(find(name)(scalar=_number(number)), self._context, (self._data,))
        return type(self)(made[0], self._context)

    def _change(self, row: Row, other: Any) -> Self:
        """The operation computed into this array."""
        if isinstance(other, Arithmetic):
            context = common_context(row.arrays, ("lhs", "rhs"), (self, other))
            run(find(row.arrays)(), context, (self._data, other._data), (self._data,))
        else:
            operator = find(row.scalar)(scalar=_number(other))
            run(operator, self._context, (self._data,), (self._data,))
        return self

    def __add__(self, other: Any) -> Self:
        return self._with(ADD, other)

    __radd__ = __add__

    def __iadd__(self, other: Any) -> Self:
        return self._change(ADD, other)

    def __sub__(self, other: Any) -> Self:
        return self._with(SUBTRACT, other)

    def __rsub__(self, other: Any) -> Self:
        return self._with_number(SUBTRACT.reverse, other)

    def __isub__(self, other: Any) -> Self:
        return self._change(SUBTRACT, other)

    def __mul__(self, other: Any) -> Self:
        return self._with(MULTIPLY, other)

    __rmul__ = __mul__

    def __imul__(self, other: Any) -> Self:
        return self._change(MULTIPLY, other)

    def __truediv__(self, other: Any) -> Self:
        return self._with(DIVIDE, other)

    def __rtruediv__(self, other: Any) -> Self:
        return self._with_number(DIVIDE.reverse, other)

    def __itruediv__(self, other: Any) -> Self:
        return self._change(DIVIDE, other)

    def __mod__(self, other: Any) -> Self:
        return self._with(MODULO, other)

    def __rmod__(self, other: Any) -> Self:
        return self._with_number(MODULO.reverse, other)

    def __imod__(self, other: Any) -> Self:
        return self._change(MODULO, other)

    def __pow__(self, other: Any) -> Self:
        return self._with(POWER, other)

    def __rpow__(self, other: Any) -> Self:
        return self._with_number(POWER.reverse, other)

    def __neg__(self) -> Self:
        return self._with_number(MULTIPLY.scalar, -1.0)  # as MXNet: -0.0 for 0.0

    def __abs__(self) -> Self:
        return type(self)(run(find("abs")(), self._context, (self._data,))[0], self._context)

    def __eq__(self, other: object) -> Self:  # type: ignore[override]  # element by element, as 1 and 0
        return self._with(EQUAL, other)

    def __ne__(self, other: object) -> Self:  # type: ignore[override]
        return self._with(NOT_EQUAL, other)

    def __gt__(self, other: Any) -> Self:
        return self._with(GREATER, other)

    def __ge__(self, other: Any) -> Self:
        return self._with(GREATER_EQUAL, other)

    def __lt__(self, other: Any) -> Self:
        return self._with(LESSER, other)

    def __le__(self, other: Any) -> Self:
        return self._with(LESSER_EQUAL, other)

    __hash__ = object.__hash__


def combine(row: Row, left: Any, right: Any) -> Any:
    """The operation on any two of arrays and numbers; two numbers give a number."""
    if isinstance(left, Arithmetic):
        return left._with(row, right)
    if isinstance(right, Arithmetic):
        return right._with_number(row.reverse, left)
    return row.numbers(_number(left), _number(right))


def common_context(operator: str, names: Sequence[str], arrays: Sequence[Arithmetic]) -> Context:
    """The device that all arrays are on; `DeviceError` names the first that is elsewhere."""
    context = arrays[0]._context
    for name, array in zip(names, arrays, strict=True):
        if array._context is not context and not array._context.shares_memory_with(context):
            raise DeviceError(
                f"{operator}: {names[0]} is on {context} but {name} is on {array._context}; "
                "as_in_context moves an array to another device"
            )
    return context


def _number(value: Any) -> float | int:
    if isinstance(value, Number) and not isinstance(value, np.complexfloating):
        return value if type(value) is int else float(value)
    hint = "; nd.array makes an NDArray of it" if isinstance(value, (np.ndarray, list, tuple)) else ""
    raise DTypeError(f"an NDArray goes together with an NDArray or a number, not with {type(value).__name__}{hint}")
