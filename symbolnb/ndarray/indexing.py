"""Reading and writing parts of a raw array, as MXNet's `x[key]` and `x[key] = value` do.

Basic keys (numbers, slices, None, ...) read a view where the part is one dense block and a copy elsewhere;
keys with arrays or lists always read a copy. An array of truth values chooses; all other arrays are
positions, floating point ones too, as in MXNet.
"""

from __future__ import annotations

from types import EllipsisType
from typing import Any

import numpy as np

from symbolnb.errors import DTypeError, IndexingError, ShapeError

Array = Any
Key = Any


def resolve(key: Key, xp: Any) -> tuple[Key, ...]:
    """The key as a tuple of what `xp` indexes with, with an ellipsis in it so that the result is an array.

    Raises `IndexingError` for what cannot be an index.
    """
    items = key if isinstance(key, tuple) else (key,)
    resolved = tuple(_resolve_item(item, xp) for item in items)
    ellipses = sum(item is Ellipsis for item in resolved)
    if ellipses > 1:
        raise IndexingError("an index may have only one ellipsis (...)")
    return resolved if ellipses else (*resolved, Ellipsis)


def _resolve_item(item: Any, xp: Any) -> Any:
    if item is None or isinstance(item, (slice, EllipsisType)):
        return item
    if isinstance(item, (int, np.integer)):
        return int(item)
    if isinstance(item, (str, bytes, float, complex, np.generic)):
        raise IndexingError(f"an index is {item!r} but must be an integer, a slice, None, ... or an array")
    try:
        array = xp.asarray(getattr(item, "_data", item))
    except (TypeError, ValueError):
        array = None
    if array is None or array.dtype.kind not in "biuf":
        raise IndexingError(f"an index is a {type(item).__name__} that does not hold integers or truth values")
    if array.ndim == 0:
        return int(array)
    return array if array.dtype.kind in "biu" else array.astype("int64")


def read(data: Array, key: Key, xp: Any) -> Array:
    """The part of an array, dense; a view where that is possible. A single element has the shape (1,)."""
    try:
        part = data[resolve(key, xp)]
    except IndexingError:
        raise
    except (IndexError, ValueError) as error:  # ValueError: a slice step of 0
        raise IndexingError(f"{error} [the array is {data.shape}]") from None
    if part.ndim == 0 and data.ndim > 0:
        part = part.reshape(1)
    return part if part.flags.c_contiguous else part.copy(order="C")


def write(data: Array, key: Key, value: Array, xp: Any) -> None:
    """Put a value, broadcast to the part's shape and converted to the array's type as C converts numbers."""
    where = resolve(key, xp)
    try:
        with np.errstate(all="ignore"):
            data[where] = value if value.dtype == data.dtype else value.astype(data.dtype)
    except IndexError as error:
        raise IndexingError(f"{error} [the array is {data.shape}]") from None
    except ValueError as error:
        raise ShapeError(f"{error} [the array is {data.shape}, the value {value.shape}]") from None


def as_numbers(value: Any) -> Array:
    """A number, a sequence or a NumPy array as a NumPy array; `DTypeError` for what does not hold numbers."""
    try:
        array = np.asarray(value)
    except ValueError as error:  # a ragged list
        raise DTypeError(f"the value does not form an array: {error}") from None
    if array.dtype.kind not in "biuf" and array.dtype.name != "bfloat16":
        raise DTypeError(f"the value {value!r} is not a number or an array of numbers")
    return array
