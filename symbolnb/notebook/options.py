"""The values of the magics' options: shapes, element types and devices as they are typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from IPython.core.error import UsageError

from symbolnb.context import Context
from symbolnb.dtypes import DType, dtype_of
from symbolnb.errors import MXNetError
from symbolnb.graph.spec import PartialShape

Value = TypeVar("Value")

UNKNOWN = ("?", "None", "0", "-1")
"""How an unknown dimension may be written."""


def read_shapes(given: Sequence[str]) -> dict[str, PartialShape]:
    """Shapes by name from texts such as ``data=64,784``; ``?`` is an unknown dimension.

    >>> read_shapes(["data=64,784", "label=(?,)"])
    {'data': (64, 784), 'label': (None,)}
    """
    return _by_name("--shape", "data=64,784", given, _shape)


def read_dtypes(given: Sequence[str]) -> dict[str, DType]:
    """Element types by name from texts such as ``data=float16``."""
    return _by_name("--dtype", "data=float16", given, dtype_of)


def read_device(given: str) -> Context:
    """A device from ``cpu``, ``gpu`` or ``gpu(1)``.

    >>> read_device("gpu(1)")
    gpu(1)
    """
    word, _, number = given.replace("(", ":").rstrip(")").partition(":")
    if word not in ("cpu", "gpu") or not (number == "" or number.isdigit()):
        raise UsageError(f"--device is {given!r} but must be cpu, gpu or a numbered one such as gpu(1)")
    return Context(word, int(number or 0))


def _shape(text: str) -> PartialShape:
    sizes = [size.strip() for size in text.strip("()[]").split(",")]
    return tuple(None if size in UNKNOWN else int(size) for size in sizes if size)


def _by_name(option: str, example: str, given: Sequence[str], read: Callable[[str], Value]) -> dict[str, Value]:
    found = {}
    for text in given:
        name, equals, value = text.partition("=")
        try:
            if not (name and equals and value.strip("()[]")):
                raise ValueError(text)
            found[name] = read(value)
        except (ValueError, MXNetError):
            raise UsageError(f"{option} is {text!r} but must be like {example}") from None
    return found
