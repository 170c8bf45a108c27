"""oneDNN's shared library: found, loaded on first use, its C functions typed, its errors raised.

Importing this module loads nothing. `why_not()` says in one sentence why the library cannot be used.
"""

from __future__ import annotations

import ctypes
import glob
import os
import platform
import sys
from collections.abc import Callable
from ctypes import c_char_p, c_float, c_int, c_int32, c_int64, c_size_t, c_uint, c_void_p
from functools import lru_cache
from typing import Any

from symbolnb.errors import DeviceError, MXNetError
from symbolnb.kernels import openmp

DISTRIBUTION = "onednn-cpu-gomp"
FILE_NAME = "libdnnl.so.3"
MAX_DIMENSIONS = 12
_CPU, _IN_ORDER = 1, 1  # dnnl_cpu, dnnl_stream_in_order

Dims = c_int64 * MAX_DIMENSIONS
Out = ctypes.POINTER(c_void_p)

_STATUS = {
    1: "out of memory",
    2: "invalid arguments",
    3: "unimplemented",
    4: "last implementation reached",
    5: "runtime error",
    6: "not required",
}
_UNIMPLEMENTED = 3

_ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "engine_create": (Out, c_int, c_size_t),
    "stream_create": (Out, c_void_p, c_uint),
    "memory_desc_create_with_strides": (Out, c_int, Dims, c_int, Dims),
    "memory_desc_create_with_tag": (Out, c_int, Dims, c_int, c_int),
    "memory_desc_create_with_string_tag": (Out, c_int, Dims, c_int, c_char_p),
    "memory_desc_clone": (Out, c_void_p),
    "memory_desc_destroy": (c_void_p,),
    "memory_desc_query": (c_void_p, c_int, c_void_p),
    "memory_desc_get_size": (c_void_p,),
    "memory_desc_equal": (c_void_p, c_void_p),
    "memory_create": (Out, c_void_p, c_void_p, c_void_p),
    "memory_destroy": (c_void_p,),
    "memory_set_data_handle": (c_void_p, c_void_p),
    "primitive_attr_create": (Out,),
    "primitive_attr_destroy": (c_void_p,),
    "primitive_attr_set_scratchpad_mode": (c_void_p, c_int),
    "primitive_attr_set_scales_mask": (c_void_p, c_int, c_int),
    "primitive_attr_set_post_ops": (c_void_p, c_void_p),
    "post_ops_create": (Out,),
    "post_ops_destroy": (c_void_p,),
    "post_ops_append_sum": (c_void_p, c_float, c_int32, c_int),
    "post_ops_append_eltwise": (c_void_p, c_int, c_float, c_float),
    "post_ops_append_binary": (c_void_p, c_int, c_void_p),
    "primitive_desc_destroy": (c_void_p,),
    "primitive_desc_query": (c_void_p, c_int, c_int, c_void_p),
    "primitive_desc_query_md": (c_void_p, c_int, c_int),
    "primitive_create": (Out, c_void_p),
    "primitive_destroy": (c_void_p,),
    "primitive_execute": (c_void_p, c_void_p, c_int, c_void_p),
    "convolution_forward_primitive_desc_create": (
        *(Out, c_void_p, c_int, c_int, c_void_p, c_void_p, c_void_p, c_void_p),
        *(Dims, Dims, Dims, Dims, c_void_p),
    ),
    "convolution_backward_data_primitive_desc_create": (
        *(Out, c_void_p, c_int, c_void_p, c_void_p, c_void_p),
        *(Dims, Dims, Dims, Dims, c_void_p, c_void_p),
    ),
    "convolution_backward_weights_primitive_desc_create": (
        *(Out, c_void_p, c_int, c_void_p, c_void_p, c_void_p, c_void_p),
        *(Dims, Dims, Dims, Dims, c_void_p, c_void_p),
    ),
    "inner_product_forward_primitive_desc_create": (
        *(Out, c_void_p, c_int, c_void_p, c_void_p, c_void_p, c_void_p, c_void_p),
    ),
    "inner_product_backward_data_primitive_desc_create": (
        *(Out, c_void_p, c_void_p, c_void_p, c_void_p, c_void_p, c_void_p),
    ),
    "inner_product_backward_weights_primitive_desc_create": (
        *(Out, c_void_p, c_void_p, c_void_p, c_void_p, c_void_p, c_void_p, c_void_p),
    ),
    "matmul_primitive_desc_create": (*(Out, c_void_p, c_void_p, c_void_p, c_void_p, c_void_p, c_void_p),),
    "batch_normalization_forward_primitive_desc_create": (
        *(Out, c_void_p, c_int, c_void_p, c_void_p, c_float, c_uint, c_void_p),
    ),
    "batch_normalization_backward_primitive_desc_create": (
        *(Out, c_void_p, c_int, c_void_p, c_void_p, c_void_p, c_float, c_uint, c_void_p, c_void_p),
    ),
    "layer_normalization_forward_primitive_desc_create": (
        *(Out, c_void_p, c_int, c_void_p, c_void_p, c_void_p, c_float, c_uint, c_void_p),
    ),
    "lrn_forward_primitive_desc_create": (
        *(Out, c_void_p, c_int, c_int, c_void_p, c_void_p, c_int64, c_float, c_float, c_float, c_void_p),
    ),
    "lrn_backward_primitive_desc_create": (
        *(Out, c_void_p, c_int, c_void_p, c_void_p, c_void_p, c_int64, c_float, c_float, c_float),
        *(c_void_p, c_void_p),
    ),
    "pooling_forward_primitive_desc_create": (
        *(Out, c_void_p, c_int, c_int, c_void_p, c_void_p, Dims, Dims, Dims, Dims, Dims, c_void_p),
    ),
    "pooling_backward_primitive_desc_create": (
        *(Out, c_void_p, c_int, c_void_p, c_void_p, Dims, Dims, Dims, Dims, Dims, c_void_p, c_void_p),
    ),
    "softmax_forward_primitive_desc_create": (*(Out, c_void_p, c_int, c_int, c_void_p, c_void_p, c_int, c_void_p),),
    "softmax_backward_primitive_desc_create": (
        *(Out, c_void_p, c_int, c_void_p, c_void_p, c_void_p, c_int, c_void_p, c_void_p),
    ),
    "prelu_forward_primitive_desc_create": (*(Out, c_void_p, c_int, c_void_p, c_void_p, c_void_p, c_void_p),),
    "resampling_forward_primitive_desc_create": (
        *(Out, c_void_p, c_int, c_int, ctypes.POINTER(c_float), c_void_p, c_void_p, c_void_p),
    ),
    "concat_primitive_desc_create": (*(Out, c_void_p, c_void_p, c_int, c_int, c_void_p, c_void_p),),
    "eltwise_forward_primitive_desc_create": (
        *(Out, c_void_p, c_int, c_int, c_void_p, c_void_p, c_float, c_float, c_void_p),
    ),
    "eltwise_backward_primitive_desc_create": (
        *(Out, c_void_p, c_int, c_void_p, c_void_p, c_void_p, c_float, c_float, c_void_p, c_void_p),
    ),
    "binary_primitive_desc_create": (*(Out, c_void_p, c_int, c_void_p, c_void_p, c_void_p, c_void_p),),
    "sum_primitive_desc_create": (*(Out, c_void_p, c_void_p, c_int, ctypes.POINTER(c_float), Out, c_void_p),),
    "reorder_primitive_desc_create": (*(Out, c_void_p, c_void_p, c_void_p, c_void_p, c_void_p),),
}
"""The C functions used, each with the types of its arguments; the results are status numbers."""

_OTHER_RESULTS = {"memory_desc_get_size": c_size_t, "primitive_desc_query_md": c_void_p}


class OneDNNError(MXNetError):
    """A call of oneDNN failed."""


class UnsupportedError(OneDNNError):
    """oneDNN has no implementation for what was asked."""


class Handle:
    """Owner of one C object, which is destroyed with it."""

    __slots__ = ("__weakref__", "_destroy", "value")

    def __init__(self, value: int, destroy: Callable[[int], Any]) -> None:
        self.value = value
        self._destroy = destroy

    def __del__(self) -> None:
        self._destroy(self.value)


class Library:
    """The loaded library with its one CPU engine and stream.

    Both hold no state on a CPU, so that all threads may use them at once.
    """

    def __init__(self, path: str) -> None:
        openmp.prepare()
        self._library = ctypes.CDLL(path)
        self._functions: dict[str, Any] = {}
        for name, arguments in _ARGUMENTS.items():
            function = self._functions[name] = getattr(self._library, f"dnnl_{name}")
            function.argtypes = arguments
            function.restype = _OTHER_RESULTS.get(name, c_int)
        openmp.load()
        self.version = self._version()
        self.engine = self.make("engine_create", _CPU, 0).value
        self.stream = self.make("stream_create", self.engine, _IN_ORDER).value

    def _version(self) -> tuple[int, int, int]:
        class Version(ctypes.Structure):
            _fields_ = [("major", c_int), ("minor", c_int), ("patch", c_int), ("hash", c_char_p)]

        function = self._library.dnnl_version
        function.restype = ctypes.POINTER(Version)
        found = function().contents
        return found.major, found.minor, found.patch

    def function(self, name: str) -> Callable[..., Any]:
        """The C function ``dnnl_<name>``, unchecked."""
        return self._functions[name]  # type: ignore[no-any-return]

    def call(self, name: str, *arguments: Any) -> None:
        """Call ``dnnl_<name>``; a status other than success becomes an exception that names the call."""
        status = self._functions[name](*arguments)
        if status != 0:
            kind = UnsupportedError if status == _UNIMPLEMENTED else OneDNNError
            raise kind(f"oneDNN: dnnl_{name} answered {_STATUS.get(status, f'status {status}')!r}")

    def make(self, name: str, *arguments: Any) -> Handle:
        """Call a C function that creates an object through its first argument, and own the object.

        Engine and stream live as long as the process; everything else is destroyed with its `Handle`.
        """
        created = c_void_p()
        self.call(name, ctypes.byref(created), *arguments)
        return Handle(created.value or 0, self._destroyer(name))

    def _destroyer(self, name: str) -> Callable[[int], Any]:
        if name.endswith("primitive_desc_create"):
            return self.function("primitive_desc_destroy")
        for kind in ("memory_desc", "memory", "post_ops", "primitive_attr", "primitive"):
            if name.startswith((f"{kind}_create", f"{kind}_clone")):
                return self.function(f"{kind}_destroy")
        return _keep


def _keep(_: int) -> None:
    return None


def dims(values: tuple[int, ...]) -> Any:
    """`values` as the fixed-length C array in which oneDNN takes sizes, strides and pads."""
    return Dims(*values)


def _search() -> str | None:
    """The library's file, by the installed distribution's list; `importlib.metadata` takes longer than to load it."""
    pattern = f"{DISTRIBUTION.replace('-', '_')}-*.dist-info/RECORD"
    for folder in sys.path:
        for record in glob.glob(os.path.join(glob.escape(folder), pattern)):
            return _listed(folder, record)
    return None


def _listed(folder: str, record: str) -> str | None:
    """The library among the files that a distribution in `folder` consists of, or in the interpreter's folder."""
    with open(record, encoding="utf-8") as file:
        names = [line.rsplit(",", 2)[0] for line in file]  # then follow a checksum and the size
    found = [os.path.join(folder, name) for name in names if os.path.basename(name) == FILE_NAME]
    candidates = [*found, os.path.join(sys.prefix, "lib", FILE_NAME)]
    return next((os.path.realpath(path) for path in candidates if os.path.isfile(path)), None)


@lru_cache(maxsize=1)
def _load() -> Library | str:
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        return f"oneDNN kernels run on Linux x86-64 only, and this is {sys.platform} {platform.machine()}"
    path = _search()
    if path is None:
        return f"the package {DISTRIBUTION} is not installed: pip install {DISTRIBUTION}"
    try:
        library = Library(path)
    except (OSError, AttributeError) as error:
        return f"{path} could not be loaded: {error}"
    if library.version[0] != 3:
        return f"{path} is oneDNN {'.'.join(map(str, library.version))}, but version 3 is needed"
    return library


def why_not() -> str | None:
    """Why oneDNN cannot be used here, in one sentence; None where it can."""
    found = _load()
    return found if isinstance(found, str) else None


def available() -> bool:
    """Whether oneDNN can be used here; loads it when asked for the first time."""
    return why_not() is None


def library() -> Library:
    """The loaded library; `DeviceError` with the reason where there is none."""
    found = _load()
    if isinstance(found, str):
        raise DeviceError(found)
    return found
