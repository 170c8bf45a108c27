"""Devices: `cpu()`, `gpu(i)`, the current one, and the array library `xp` that serves each."""

from __future__ import annotations

import importlib
import threading
from functools import cache
from types import ModuleType, TracebackType
from typing import Any, ClassVar

import numpy

from symbolnb.errors import DeviceError


class _Stack(threading.local):
    """The devices of the ``with`` blocks that this thread is in, outermost first."""

    def __init__(self) -> None:
        self.contexts: list[Context] = []


_entered = _Stack()


class Context:
    """A device on which arrays live and graphs run.

    `device_type` is ``"cpu"``, ``"gpu"``, ``"cpu_pinned"`` or ``"cpu_shared"`` (the last two are the CPU
    by other names, as this library needs no pinned memory). Used in a ``with`` statement it becomes the
    default device of the block. Raises `DeviceError` for any other type.

    >>> with Context("cpu", 0) as ctx:
    ...     print(current_context())
    cpu(0)
    """

    devtype2str: ClassVar[dict[int, str]] = {1: "cpu", 2: "gpu", 3: "cpu_pinned", 5: "cpu_shared"}
    devstr2type: ClassVar[dict[str, int]] = {"cpu": 1, "gpu": 2, "cpu_pinned": 3, "cpu_shared": 5}
    default_ctx: ClassVar[Context]
    """The device that is current outside any ``with`` block."""
    __slots__ = ("device_id", "device_type")
    device_type: str
    device_id: int

    def __init__(self, device_type: str | Context, device_id: int = 0) -> None:
        if isinstance(device_type, Context):
            device_id, device_type = device_type.device_id, device_type.device_type
        if device_type not in self.devstr2type:
            raise DeviceError(f"device type is {device_type!r} but must be one of {', '.join(self.devstr2type)}")
        self.device_type = device_type
        self.device_id = int(device_id)

    @property
    def device_typeid(self) -> int:
        """MXNet's number for the device type."""
        return self.devstr2type[self.device_type]

    @property
    def xp(self) -> ModuleType:
        """The array library of this device, numpy or cupy; `DeviceError` where it cannot run."""
        return numpy if self.device_type != "gpu" else _cupy(self.device_id)

    def activate(self) -> Any:
        """A context manager that makes this the device new arrays of `xp` are placed on."""
        return _cupy(self.device_id).cuda.Device(self.device_id) if self.device_type == "gpu" else _NO_DEVICE

    def shares_memory_with(self, other: Context) -> bool:
        """Whether arrays of both are directly usable together: the same GPU, or the CPU under any name."""
        return self == other or "gpu" not in (self.device_type, other.device_type)

    def empty_cache(self) -> None:
        """Give memory that is kept for reuse back to the device; nothing is kept on the CPU."""
        if self.device_type == "gpu":
            with self.activate():
                self.xp.get_default_memory_pool().free_all_blocks()

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Context) and self.device_type == other.device_type and self.device_id == other.device_id
        )

    def __hash__(self) -> int:
        return hash((self.device_type, self.device_id))

    def __repr__(self) -> str:
        return f"{self.device_type}({self.device_id})"

    def __enter__(self) -> Context:
        _entered.contexts.append(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _entered.contexts.pop()


class _NoDevice:
    """The device switch of the CPU: there is nothing to switch."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


_NO_DEVICE = _NoDevice()
_used_gpus: list[int] = []


@cache
def _cupy(device_id: int) -> ModuleType:
    try:
        cupy = importlib.import_module("cupy")
    except ImportError:
        raise DeviceError(
            f"gpu({device_id}) needs CuPy, which is not installed: pip install 'symbolnb[cuda12]' or 'symbolnb[cuda13]'"
        ) from None
    count = _device_count(cupy)
    if not 0 <= device_id < count:
        found = "no CUDA device was found" if count == 0 else f"only {count} CUDA device(s) were found"
        raise DeviceError(f"gpu({device_id}) is not available: {found}")
    _used_gpus.append(device_id)
    return cupy


def used_gpus() -> tuple[int, ...]:
    """The numbers of the GPUs on which anything was placed or run so far."""
    return tuple(_used_gpus)


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


def gpu_memory_info(device_id: int = 0) -> tuple[int, int]:
    """Free and total bytes of a GPU's memory; `DeviceError` where it is not available."""
    context = gpu(device_id)
    with context.activate():
        free, total = context.xp.cuda.runtime.memGetInfo()
    return int(free), int(total)


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
    """The device of the innermost ``with Context`` block of this thread, else `Context.default_ctx`."""
    return _entered.contexts[-1] if _entered.contexts else Context.default_ctx


Context.default_ctx = cpu()
