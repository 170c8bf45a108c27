"""Memory objects: a layout together with the address of a buffer."""

from __future__ import annotations

from typing import Any

import numpy as np

from symbolnb.kernels.onednn.layout import Layout
from symbolnb.kernels.onednn.library import OneDNNError, library

ALIGNMENT = 64
"""Bytes at whose multiples a buffer should start: a cache line, and the widest vector register."""

Array = np.ndarray[Any, Any]


class Memory:
    """A buffer that oneDNN reads or writes in a given layout.

    The buffer is any C-contiguous array of at least `layout.nbytes` bytes: the tensor itself where the
    layout is plain, else bytes from `empty`. It is kept alive, and never copied.
    """

    __slots__ = ("_buffer", "_handle", "layout")

    def __init__(self, layout: Layout, buffer: Array) -> None:
        self._check(layout, buffer)
        lib = library()
        self.layout = layout
        self._buffer = buffer
        self._handle = lib.make("memory_create", layout.descriptor, lib.engine, buffer.ctypes.data)

    @property
    def value(self) -> int:
        """The C memory object, valid as long as this object lives."""
        return self._handle.value

    @property
    def buffer(self) -> Array:
        """The array whose bytes are read or written."""
        return self._buffer

    def rebind(self, buffer: Array) -> None:
        """Use another buffer from now on, also in calls that already name this memory."""
        self._check(self.layout, buffer)
        library().call("memory_set_data_handle", self.value, buffer.ctypes.data)
        self._buffer = buffer

    @staticmethod
    def _check(layout: Layout, buffer: Array) -> None:
        if layout.is_any:
            raise OneDNNError("oneDNN: a buffer cannot have a layout that is still to be chosen")
        if buffer.nbytes < layout.nbytes:
            raise OneDNNError(f"oneDNN: buffer has {buffer.nbytes} bytes but {layout!r} needs {layout.nbytes}")
        if not buffer.flags.c_contiguous:
            raise OneDNNError(f"oneDNN: buffer of shape {buffer.shape} is not C-contiguous")


def aligned(size: int) -> int:
    """`size` rounded up to a multiple of `ALIGNMENT`."""
    return -(-size // ALIGNMENT) * ALIGNMENT


def empty(size: int) -> Array:
    """An uninitialised buffer of `size` bytes that starts at a multiple of `ALIGNMENT`."""
    raw = np.empty(size + ALIGNMENT, np.uint8)
    start = -raw.ctypes.data % ALIGNMENT
    return raw[start : start + size]
