"""Arrays that stand in a namespace, and what is shown of an array."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from symbolnb.context import gpu
from symbolnb.dtypes import DType, dtype_of
from symbolnb.ndarray import NDArray

SHOWN = 6
"""How many elements of an array are shown."""


def is_array(value: Any) -> bool:
    """Whether a value of a namespace counts as an array: an NDArray, or one of NumPy's or CuPy's."""
    if isinstance(value, (NDArray, np.ndarray)):
        return True
    return hasattr(value, "__cuda_array_interface__") and hasattr(value, "dtype") and hasattr(value, "device")


def standing(namespace: Mapping[str, Any], names: list[str]) -> dict[str, NDArray | np.ndarray[Any, Any]]:
    """The arrays that stand in a namespace under the given names; those of CuPy as NDArrays."""
    found = {}
    for name in names:
        value = namespace.get(name)
        if is_array(value):
            found[name] = value if isinstance(value, (NDArray, np.ndarray)) else _from_cupy(value)
    return found


def _from_cupy(array: Any) -> NDArray:
    context = gpu(int(array.device.id))
    with context.activate():
        return NDArray(context.xp.ascontiguousarray(array), context)


def settled_dtype(array: NDArray | np.ndarray[Any, Any], role: str) -> DType | None:
    """The element type that binding an array to an argument settles, or None where the array is converted.

    An NDArray has the type that its maker chose. NumPy makes float64 and int64 unasked, so of its arrays only
    data of float32 and float16 count; the rest takes the type of the graph, as `nd.array` and `forward` do it.
    """
    if isinstance(array, NDArray):
        return dtype_of(array.dtype)
    return array.dtype if role == "input" and array.dtype.name in ("float32", "float16") else None


def sample(array: NDArray) -> str:
    """A few elements from all over an array as text; only these are copied from its device."""
    if array.size == 0:
        return "no elements"
    flat = array.reshape((array.size,))
    step = -(-array.size // SHOWN)
    values = flat[::step].asnumpy() if step > 1 else flat.asnumpy()
    shown = ", ".join(f"{value:.4g}" if value.dtype.kind in "fV" else str(value) for value in values)
    return f"{shown}{'' if step == 1 else ', …'}"
