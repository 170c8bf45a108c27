"""Device memory: allocation, and moving arrays between devices."""

from __future__ import annotations

from typing import Any

from symbolnb.compile.plan import ALIGNMENT
from symbolnb.context import Context
from symbolnb.dtypes import DType
from symbolnb.errors import AllocationError
from symbolnb.graph.spec import Shape

Array = Any

SMALL = 4096
"""Arrays below this many bytes are aligned only as the array library does: they are fast anyway."""


def allocate_bytes(context: Context, nbytes: int) -> Array:
    """Uninitialised bytes on a device, aligned for vector kernels; `AllocationError` where there are too few."""
    try:
        with context.activate():
            raw = context.xp.empty(nbytes + ALIGNMENT, "uint8")
    except (MemoryError, ValueError):  # ValueError: more than can be counted
        raise AllocationError(f"{context} has no memory for {nbytes / 2**30:.4g} GiB") from None
    pointer = raw.ctypes.data if context.device_type != "gpu" else raw.data.ptr
    start = -pointer % ALIGNMENT
    return raw[start : start + nbytes]


def allocate(context: Context, shape: Shape, dtype: DType) -> Array:
    """An uninitialised dense array on a device, aligned for vector kernels unless it is small.

    Raises `AllocationError` where there is no memory for it.
    """
    nbytes = dtype.itemsize
    for size in shape:
        nbytes *= size
    if nbytes < SMALL:
        if context.device_type != "gpu":
            return context.xp.empty(shape, dtype)
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


def synchronize(context: Context) -> None:
    """Wait until everything that was started on a device is done."""
    if context.device_type == "gpu":
        with context.activate():
            context.xp.cuda.runtime.deviceSynchronize()
