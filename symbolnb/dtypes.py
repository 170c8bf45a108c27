"""Element types: MXNet's names and numbers for them, and how strings and classes become `numpy.dtype`."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from symbolnb.errors import DTypeError

DType = np.dtype[Any]

FLAGS: dict[str, int] = {
    "float32": 0,
    "float64": 1,
    "float16": 2,
    "uint8": 3,
    "int32": 4,
    "int8": 5,
    "int64": 6,
    "bool": 7,
    "int16": 8,
    "uint16": 9,
    "uint32": 10,
    "uint64": 11,
    "bfloat16": 12,
}
"""The number that MXNet's files and C API use for each element type."""

NAMES: dict[int, str] = {flag: name for name, flag in FLAGS.items()}


@cache
def _named(name: str) -> DType:
    if name == "bfloat16":
        import ml_dtypes  # NumPy has no bfloat16 of its own

        bfloat16: DType = np.dtype(ml_dtypes.bfloat16)
        return bfloat16
    if name not in FLAGS:
        raise DTypeError(f"dtype is {name!r} but MXNet knows only {', '.join(FLAGS)}")
    return np.dtype(name)


def dtype_of(value: Any) -> DType:
    """The `numpy.dtype` that a name, an MXNet type number, a scalar class or a dtype stands for.

    Raises `DTypeError` for anything that MXNet has no element type for.

    >>> dtype_of("float16"), dtype_of(4), dtype_of(np.int64)
    (dtype('float16'), dtype('int32'), dtype('int64'))
    """
    if isinstance(value, str):
        return _named(NAMES.get(int(value), value) if value.lstrip("-").isdigit() else value)
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        if int(value) not in NAMES:
            raise DTypeError(f"dtype number is {value} but MXNet knows only {NAMES}")
        return _named(NAMES[int(value)])
    try:
        return _named("int64" if value is int else np.dtype(value).name)  # NumPy's int is 32 bits wide in a browser
    except TypeError as error:
        if isinstance(error, DTypeError):
            raise
        raise DTypeError(f"{value!r} does not name an element type") from None


def is_float(dtype: DType) -> bool:
    """Whether gradients can flow through elements of this type."""
    return dtype.kind == "f" or dtype.name == "bfloat16"


FLOAT32: DType = np.dtype("float32")
"""MXNet's element type wherever nothing else is said."""
