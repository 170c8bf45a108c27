"""What the quantized operators share: the types, and how much one step of an integer is."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from symbolnb.dtypes import FLOAT32, DType, dtype_of
from symbolnb.errors import DTypeError
from symbolnb.ops.base import Array, DTypes, Operator
from symbolnb.ops.term import Term

INT8, UINT8, INT32 = (dtype_of(name) for name in ("int8", "uint8", "int32"))
STEPS = {"int8": 127.5, "uint8": 255.5, "int32": 2147483647.0}
"""How many steps MXNet's oneDNN kernels take the range to have; some operators use `WHOLE` instead."""
WHOLE = {"int8": 127.0, "uint8": 255.0, "int32": 2147483647.0}


class Quantized(Operator):
    """An operator on integers that stand for real numbers; it has no gradient."""

    family = "quantization"

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None,) * len(inputs)


def extent(xp: ModuleType, low: Array, high: Array) -> Array:
    """The larger absolute value of a range's ends, as float64."""
    return xp.maximum(xp.abs(low), xp.abs(high)).reshape(-1)[0].astype("float64")


def cut(xp: ModuleType, real: Array, out: Array) -> None:
    """Round to the nearest integer and limit to what the type of `out` holds."""
    info = xp.iinfo(out.dtype)
    out[...] = xp.clip(xp.rint(real), info.min, info.max)


def small(dtype: DType | None, name: str) -> DType | None:
    """The element type of a quantized input; `DTypeError` where it is not an integer of 8 bits."""
    if dtype is not None and dtype not in (INT8, UINT8):
        raise DTypeError(f"the type of {name} is {dtype} but must be int8 or uint8")
    return dtype


def ranges(count: int) -> list[DType | None]:
    """The element types of so many range ends."""
    return [FLOAT32] * count


def with_ranges(data: Sequence[DType | None], rest: int, out: DType | None, made: int = 2) -> tuple[DTypes, DTypes]:
    """Types of inputs that are data and then range ends, and of an output and its range."""
    return [*data, *ranges(rest)], [out, *ranges(made)]
