"""Devices: `cpu()`, `gpu(i)`, the current one, and the array library `xp` that serves each."""

from __future__ import annotations

import importlib
import threading
from functools import lru_cache
from types import ModuleType, TracebackType
from typing import Any

import numpy

from symbolnb.errors import DeviceError

_current = threading.local()


class Context:
    """A device on which arrays live and graphs run.

    `device_type` is ``"cpu"``, ``"gpu"``, ``"cpu_pinned"`` or ``"cpu_shared"`` (the last two are the CPU
    by other names, as this library needs no pinned memory). Used in a ``with`` statement it becomes the
    default device of the block.

    >>> with Context("cpu", 0) as ctx:
    ...     print(current_context())
    cpu(0)
    """

    devtype2str = {1: "cpu", 2: "gpu", 3: "cpu_pinned", 5: "cpu_shared"}
    devstr2type = {"cpu": 1, "gpu": 2, "cpu_pinned": 3, "cpu_shared": 5}
    __slots__ = ("_outer", "device_id", "device_type")

    def __init__(self, device_type: str | Context, device_id: int = 0) -> None:
        if isinstance(device_type, Context):
            device_type, device_id = device_type.device_type, device_type.device_id
        if device_type not in self.devstr2type:
            raise DeviceError(f"device type is {device_type!r} but must be one of {', '.join(self.devstr2type)}")
        self.device_type = device_type
        self.device_id = device_id
        self._outer: list[Context | None] = []

    @property
    def device_typeid(self) -> int:
        """MXNet's number for the device type."""
        return self.devstr2type[self.device_type]

    @property
    def xp(self) -> ModuleType:
        """The array library of this device: `numpy`, or `cupy` on a GPU; `DeviceError` where it cannot run."""
        return numpy if self.device_type != "gpu" else _cupy(self.device_id)

    def activate(self) -> Any:
        """A context manager that makes this the device new arrays of `xp` are placed on."""
        return _cupy(self.device_id).cuda.Device(self.device_id) if self.device_type == "gpu" else _NoDevice()

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Context)
            and self.device_typeid == other.device_typeid
            and self.device_id == other.device_id
        )

    def __hash__(self) -> int:
        return hash((self.device_typeid, self.device_id))

    def __repr__(self) -> str:
        return f"{self.device_type}({self.device_id})"

    def __enter__(self) -> Context:
        self._outer.append(getattr(_current, "value", None))
        _current.value = self
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _current.value = self._outer.pop()


class _NoDevice:
    """The device switch of the CPU: there is nothing to switch."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


@lru_cache(maxsize=None)
def _cupy(device_id: int) -> ModuleType:
    try:
        cupy = importlib.import_module("cupy")
    except ImportError:
        raise DeviceError(
            f"gpu({device_id}) needs CuPy, which is not installed: pip install 'symbolnb[cuda12]' or 'symbolnb[cuda13]'"
        ) from None
    count = _device_count(cupy)
    if device_id >= count:
        found = "no CUDA device was found" if count == 0 else f"only {count} CUDA device(s) were found"
        raise DeviceError(f"gpu({device_id}) is not available: {found}")
    return cupy


def _device_count(cupy: ModuleType) -> int:
    try:
        return int(cupy.cuda.runtime.getDeviceCount())
    except cupy.cuda.runtime.CUDARuntimeError:  # no driver, or no device
        return 0


def num_gpus() -> int:
    """How many GPUs arrays can be placed on: 0 without CuPy or without a CUDA device."""
    try:
        return _device_count(importlib.import_module("cupy"))
    except ImportError:
        return 0


def cpu(device_id: int = 0) -> Context:
    """The CPU. All CPU ids share one memory."""
    return Context("cpu", device_id)


def cpu_pinned(device_id: int = 0) -> Context:
    """The CPU, under the name that MXNet gives to page-locked memory."""
    return Context("cpu_pinned", device_id)


def gpu(device_id: int = 0) -> Context:
    """A CUDA GPU. Making the context is always possible; placing an array there needs CuPy and the device."""
    return Context("gpu", device_id)


def current_context() -> Context:
    """The device of the innermost ``with Context`` block, else ``cpu(0)``."""
    return getattr(_current, "value", None) or cpu()
