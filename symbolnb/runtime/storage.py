"""Device memory: allocation, and moving arrays between devices."""

from __future__ import annotations

import mmap
import sys
from collections.abc import Iterable
from itertools import count
from math import prod
from typing import Any

import numpy as np

from symbolnb.compile.plan import ALIGNMENT, aligned
from symbolnb.context import Context
from symbolnb.dtypes import DType
from symbolnb.errors import AllocationError
from symbolnb.graph.spec import Shape

Array = Any

SMALL = 4096
"""Arrays below this many bytes are aligned only as the array library does: they are fast anyway."""


_writes = count(1)


class Memory(np.ndarray[Any, Any]):
    """The bytes behind arrays of the CPU: all views of them lead here, and here it is written down when they change.

    `version` is another after each write through this project; no two writes of a process have the same. Once
    `shared`, somebody else holds the memory and may write to it unseen, so that its version says nothing.
    """

    version = 0
    shared = False


def memory_of(array: Array) -> Memory | None:
    """The memory that an array shows a part of; None where it is not this project's own, whose writes it sees."""
    while array is not None:
        if type(array) is Memory:
            return array
        array = getattr(array, "base", None)
    return None


def written(array: Array) -> None:
    """Note that elements of an array have changed; to be called after every write to one that others may hold."""
    memory = memory_of(array)
    if memory is not None:
        memory.version = next(_writes)


def rewritten(memories: Iterable[Memory]) -> None:
    """Note that elements in each of some memories have changed."""
    for memory in memories:
        memory.version = next(_writes)


def share(array: Array) -> None:
    """Note that somebody else can write to an array from now on."""
    memory = memory_of(array)
    if memory is not None:
        memory.shared, memory.version = True, next(_writes)


def allocate_bytes(context: Context, nbytes: int) -> Array:
    """Uninitialised bytes on a device, aligned for vector kernels; `AllocationError` where there are too few."""
    try:
        with context.activate():
            if context.device_type != "gpu":
                memory = Memory(nbytes + ALIGNMENT, np.uint8)
                return np.ndarray(nbytes, np.uint8, memory, -memory.ctypes.data % ALIGNMENT)
            raw = context.xp.empty(nbytes + ALIGNMENT, "uint8")
    except (MemoryError, ValueError):  # ValueError: more than can be counted
        raise AllocationError(f"{context} has no memory for {nbytes / 2**30:.4g} GiB") from None
    start = -raw.data.ptr % ALIGNMENT
    return raw[start : start + nbytes]


class _Block(np.ndarray[Any, Any]):
    """Bytes in which several `Memory`s lie: a type of its own, as NumPy's views pass over bases of their own type."""


LARGE = 1 << 22
"""Bytes from which NumPy asks Linux for pages of 2 MB."""


def _zeroed(nbytes: int) -> Array:
    """Bytes that are zero; on Linux in pages of the size that the system gives without being asked for larger ones.

    A virtual machine whose host takes back what is not used may get large pages several times as slowly.
    """
    if sys.platform != "linux" or nbytes < LARGE:
        return np.zeros(nbytes, np.uint8)
    return np.frombuffer(mmap.mmap(-1, nbytes, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS), np.uint8)


class Zeros:
    """Makes dense arrays of zeros on a device, on the CPU in one block for `nbytes` bytes, alignment included.

    The system gives the block's pages, and zeroes them, when they are first touched: what is overwritten at once is not
    written twice. The block lives as long as any of its arrays; what does not fit into it has memory of its own.
    """

    def __init__(self, context: Context, nbytes: int) -> None:
        self._context = context
        self._nbytes = 0 if context.device_type == "gpu" else nbytes
        self._block: _Block | None = None
        self._taken = 0

    def make(self, shape: Shape, dtype: DType) -> Array:
        """A new array; `AllocationError` where there is no memory for it."""
        nbytes = prod(shape) * dtype.itemsize
        start, stop = self._taken, self._taken + aligned(nbytes)
        if stop <= self._nbytes:
            if self._block is None:
                self._block = self._reserve()
            if self._block is not None:
                self._taken = stop
                return np.ndarray(shape, dtype, Memory(nbytes, np.uint8, self._block, start))
        array = allocate(self._context, shape, dtype)
        fill(self._context, array, 0)
        return array

    def _reserve(self) -> _Block | None:
        """The block; None where there is no memory for it, so that an array that cannot be had is named."""
        try:
            memory = _zeroed(self._nbytes + ALIGNMENT)
        except (MemoryError, ValueError, OSError, OverflowError):
            self._nbytes = 0
            return None
        return _Block(self._nbytes, np.uint8, memory, -memory.ctypes.data % ALIGNMENT)


def allocate(context: Context, shape: Shape, dtype: DType, *, passing: bool = False) -> Array:
    """An uninitialised dense array on a device, aligned for vector kernels unless it is small.

    A small array that is only `passing` has no `Memory`, which would take longer than to allocate it.
    Raises `AllocationError` where there is no memory for it.
    """
    nbytes = dtype.itemsize
    for size in shape:
        nbytes *= size
    if nbytes < SMALL:
        if context.device_type != "gpu":
            return np.empty(shape, dtype) if passing else np.ndarray(shape, dtype, Memory(nbytes, np.uint8))
        with context.activate():
            return context.xp.empty(shape, dtype)
    try:
        return allocate_bytes(context, nbytes).view(dtype).reshape(shape)
    except AllocationError as error:
        raise AllocationError(f"{error}, which an array {shape} of {dtype} needs") from None


def to_host(context: Context, array: Array) -> Array:
    """The elements as a new, dense NumPy array; waits for work of the device that is still under way."""
    if context.device_type != "gpu":
        return array.copy()
    with context.activate():
        return array.get()


def fill(context: Context, target: Array, source: Any, source_context: Context | None = None) -> None:
    """Copy elements into an array of `context`, broadcasting and converting their type as C does.

    The source is a scalar, a NumPy array, or an array of `source_context`. Between two GPUs the elements go
    through the host.
    """
    if source_context is not None and source_context.device_type == "gpu" and source_context != context:
        source = to_host(source_context, source)
    with context.activate():
        if context.device_type == "gpu":
            source = context.xp.asarray(source)
        context.xp.copyto(target, source, casting="unsafe")
    written(target)


def synchronize(context: Context) -> None:
    """Wait until everything that was started on a device is done."""
    if context.device_type == "gpu":
        with context.activate():
            context.xp.cuda.runtime.deviceSynchronize()
