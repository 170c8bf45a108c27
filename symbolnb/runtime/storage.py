"""Allocation of device memory."""

from __future__ import annotations

from typing import Any

from symbolnb.compile.plan import ALIGNMENT
from symbolnb.context import Context
from symbolnb.dtypes import DType
from symbolnb.graph.spec import Shape


def allocate_bytes(context: Context, nbytes: int) -> Any:
    """Uninitialised bytes on a device, aligned for vector kernels."""
    with context.activate():
        raw = context.xp.empty(nbytes + ALIGNMENT, "uint8")
    pointer = raw.ctypes.data if context.device_type != "gpu" else raw.data.ptr
    start = -pointer % ALIGNMENT
    return raw[start : start + nbytes]


def allocate(context: Context, shape: Shape, dtype: DType) -> Any:
    """An uninitialised dense array on a device, aligned for vector kernels."""
    count = 1
    for size in shape:
        count *= size
    return allocate_bytes(context, count * dtype.itemsize).view(dtype).reshape(shape)
