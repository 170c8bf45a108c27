"""A stand-in for CuPy on the host, as strict as CuPy: its arrays never mix with NumPy's.

It cannot tell whether a GPU computes the right thing. It does tell, on a machine without one, whether a code path
is written for any array library: calling NumPy on device arrays, or giving the device host arrays, is an error.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from symbolnb import context


class DeviceArray(np.ndarray[Any, Any]):
    """An array that lives on the pretended device."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return _on_device(getattr(ufunc, method))(*inputs, **kwargs)

    def __array_function__(self, func: Any, _types: Any, args: Any, kwargs: Any) -> Any:
        return _on_device(func)(*args, **kwargs)

    def __getitem__(self, key: Any) -> Any:
        return _wrap(_unwrap(self)[_unwrap(key)])

    def __setitem__(self, key: Any, value: Any) -> None:
        _unwrap(self)[_unwrap(key)] = _unwrap(value)

    def get(self) -> Any:
        """A copy on the host."""
        return np.array(_unwrap(self))

    @property
    def data(self) -> Any:
        return types.SimpleNamespace(ptr=_unwrap(self).ctypes.data)


def _unwrap(value: Any) -> Any:
    if isinstance(value, DeviceArray):
        return np.ndarray.view(value, np.ndarray)
    if isinstance(value, np.ndarray) and value.ndim > 0:
        raise TypeError("a host array was given to the device")
    if isinstance(value, (tuple, list)):
        return type(value)(_unwrap(item) for item in value)
    return value


def _wrap(value: Any) -> Any:
    if isinstance(value, (np.ndarray, np.generic)):
        return np.asarray(value).view(DeviceArray)  # the device has no scalars, only arrays without dimensions
    if isinstance(value, (tuple, list)):
        return type(value)(_wrap(item) for item in value)
    return value


def _on_device(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        made = function(*_unwrap(args), **{key: _unwrap(value) for key, value in kwargs.items()})
        target = kwargs.get("out")
        return (target[0] if isinstance(target, tuple) else target) if target is not None else _wrap(made)

    return call


class _Generator:
    def __init__(self, seed: int | None = None) -> None:
        self._host = np.random.default_rng(seed)

    def __getattr__(self, name: str) -> Any:
        made = getattr(self._host, name)
        return _on_device(made) if callable(made) else made


class _Device:
    def __init__(self, number: int) -> None:
        self.number = number

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


class Module(types.ModuleType):
    """The pretended library: NumPy's functions, for arrays of the device alone."""

    ndarray = DeviceArray
    random = types.SimpleNamespace(default_rng=_Generator)
    cuda = types.SimpleNamespace(
        Device=_Device,
        runtime=types.SimpleNamespace(
            getDeviceCount=lambda: 1,
            deviceSynchronize=lambda: None,
            memGetInfo=lambda: (1, 2),
            CUDARuntimeError=OSError,
        ),
    )

    def __getattr__(self, name: str) -> Any:
        found = getattr(np, name)
        if name in ("asarray", "array"):  # what brings host arrays to the device
            return lambda value, *args, **kwargs: _wrap(
                np.array(_unwrap(value) if isinstance(value, DeviceArray) else value, *args, **kwargs)
            )
        return _on_device(found) if callable(found) and not isinstance(found, type) else found


@contextmanager
def pretended_gpu(patch: pytest.MonkeyPatch) -> Iterator[context.Context]:
    """`gpu(0)` is there, served by the stand-in."""
    module = Module("cupy")
    patch.setitem(__import__("sys").modules, "cupy", module)
    patch.setattr(context, "_used_gpus", [])
    context._cupy.cache_clear()
    try:
        yield context.gpu(0)
    finally:
        context._cupy.cache_clear()
