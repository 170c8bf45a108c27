"""Arrays and imperative operators: ``mx.nd``.

Beside what is defined here, every registered operator is a function of this module.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import symbolnb.ops  # noqa: F401  # registers the operators
from symbolnb.context import Context, used_gpus
from symbolnb.errors import UnknownOperatorError
from symbolnb.ndarray import _internal, contrib, image, linalg, op, random, sparse
from symbolnb.ndarray.array import NDArray
from symbolnb.ndarray.creation import (
    arange,
    array,
    concatenate,
    empty,
    eye,
    from_numpy,
    full,
    linspace,
    moveaxis,
    ones,
    zeros,
)
from symbolnb.ndarray.dlpack import from_dlpack
from symbolnb.ndarray.elementwise import (
    add,
    divide,
    equal,
    greater,
    greater_equal,
    hypot,
    lesser,
    lesser_equal,
    logical_and,
    logical_or,
    logical_xor,
    maximum,
    minimum,
    modulo,
    multiply,
    not_equal,
    power,
    subtract,
    true_divide,
)
from symbolnb.ndarray.functions import function
from symbolnb.ndarray.shorthand import histogram, onehot_encode, split_v2
from symbolnb.ops.registry import names
from symbolnb.runtime.storage import synchronize

__all__ = [
    "NDArray", "_internal", "add", "arange", "array", "concatenate", "contrib", "divide", "empty", "equal",
    "eye", "from_dlpack", "from_numpy", "full", "function", "greater", "greater_equal", "histogram", "hypot", "image",
    "lesser", "lesser_equal", "linalg", "linspace", "logical_and", "logical_or", "logical_xor", "maximum",
    "minimum", "modulo", "moveaxis", "multiply", "not_equal", "offer", "onehot_encode", "ones", "op", "power", "random",
    "sparse", "split_v2", "subtract", "to_dlpack_for_read", "to_dlpack_for_write", "true_divide", "waitall", "zeros",
]  # fmt: skip


def to_dlpack_for_read(data: NDArray) -> Any:
    """A DLPack capsule of an array's memory."""
    return data.to_dlpack_for_read()


def to_dlpack_for_write(data: NDArray) -> Any:
    """A DLPack capsule of an array's memory; what is written through it shows in the array."""
    return data.to_dlpack_for_write()


def waitall() -> None:
    """Wait until everything that was started on any GPU is done; the CPU never works behind one's back."""
    for device in used_gpus():
        synchronize(Context("gpu", device))


_offered: set[str] = set()


def offer(**functions: Callable[..., Any]) -> None:
    """Add functions to this module that are defined on a floor above it, such as `save` and `load`."""
    globals().update(functions)
    _offered.update(functions)


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        found = function(name)
    except UnknownOperatorError as error:
        raise AttributeError(f"mx.nd has no function {name!r}: {error}") from None
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*__all__, *_offered, *(name for name in names() if not name.startswith("_"))})
