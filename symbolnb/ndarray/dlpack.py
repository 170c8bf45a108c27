"""Sharing memory with the arrays of other libraries through DLPack."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np

from symbolnb.context import Context, cpu
from symbolnb.dtypes import dtype_of
from symbolnb.errors import DTypeError, ShapeError
from symbolnb.ndarray.array import NDArray

CPU, CUDA = 1, 2
"""DLPack's numbers of the device types."""

PLAIN, VERSIONED = b"dltensor", b"dltensor_versioned"
"""The names of capsules that have not been used, with what has gone before the tensor in the memory behind them."""

_BEFORE = {PLAIN: 0, VERSIONED: 32}  # a version, a context, a deleter and flags, of 8 bytes each


class Capsule:
    """A DLPack capsule as an object of the protocol, which any library can be given once."""

    def __init__(self, capsule: Any) -> None:
        self.capsule = capsule
        valid = ctypes.pythonapi.PyCapsule_IsValid
        valid.argtypes = [ctypes.py_object, ctypes.c_char_p]
        self.name = next((name for name in _BEFORE if valid(capsule, name)), None)
        if self.name is None:
            raise DTypeError(f"a {type(capsule).__name__} is no DLPack capsule, or one that was used already")

    def __dlpack__(self, **_: Any) -> Any:
        return self.capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        """Type and number of the device, which stand behind the data pointer of the tensor."""
        read = ctypes.pythonapi.PyCapsule_GetPointer
        read.restype, read.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
        assert self.name is not None
        address = read(self.capsule, self.name) + _BEFORE[self.name] + ctypes.sizeof(ctypes.c_void_p)
        kind, number = (ctypes.c_int32 * 2).from_address(address)
        return kind, number


class _Writable:
    """The memory of an array of which NumPy does not know whether it may be written."""

    def __init__(self, array: np.ndarray[Any, Any]) -> None:
        self.array = array  # keeps the memory alive
        described = array.__array_interface__
        self.__array_interface__ = {**described, "data": (described["data"][0], False)}


def from_dlpack(dlpack: Any) -> NDArray:
    """An array of the same memory as another library's array, or as a DLPack capsule of one.

    The memory must be dense, in C order, and on the CPU or a CUDA GPU; a capsule can be used once.

    >>> import numpy as np
    >>> from symbolnb import nd
    >>> shared = np.zeros(2, "float32")
    >>> nd.from_dlpack(shared)[:] = 5
    >>> print(shared)
    [5. 5.]
    """
    source = dlpack if hasattr(dlpack, "__dlpack__") else Capsule(dlpack)
    kind, number = source.__dlpack_device__()
    if kind not in (CPU, CUDA):
        raise DTypeError(f"the array is on a device of DLPack's type {kind}, neither the CPU nor a CUDA GPU")
    context = Context("gpu", number) if kind == CUDA else cpu()
    with context.activate():
        data = context.xp.from_dlpack(source) if kind == CUDA else _on_host(source)
    if not data.flags.c_contiguous:
        raise ShapeError("only a dense array in C order can be shared")
    dtype_of(data.dtype)  # an error where MXNet has no such type
    return NDArray(data, context)


def _on_host(source: Any) -> np.ndarray[Any, Any]:
    """The array in NumPy; only what is declared read-only, which capsules of the old kind cannot do, stays so."""
    if not isinstance(source, Capsule):
        try:
            source = Capsule(source.__dlpack__(max_version=(1, 0)))
        except TypeError:  # a library that does not know versions
            source = Capsule(source.__dlpack__())
    array = np.from_dlpack(source)
    if array.flags.writeable:
        return array
    if source.name == VERSIONED:
        raise ShapeError("the array is read-only and cannot be shared; nd.array makes a copy")
    return np.asarray(_Writable(array))
