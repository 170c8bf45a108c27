"""Memory layouts: how the elements of a tensor lie in its buffer, as values that can be compared."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from functools import lru_cache
from math import prod
from typing import Any

from symbolnb.dtypes import FLOAT32, DType, dtype_of
from symbolnb.kernels.onednn.library import MAX_DIMENSIONS, Dims, Handle, OneDNNError, dims, library

DATA_TYPES = {"float16": 1, "bfloat16": 2, "float32": 3, "int32": 4, "int8": 5, "uint8": 6}
"""oneDNN's number of each element type that its memory descriptors know and MXNet has."""

_ANY_TAG = 1
_ANY_KIND, _BLOCKED_KIND = 1, 2
_STRIDES, _NDIMS, _DIMS, _DATA_TYPE = 14, 256, 257, 258  # dnnl_query_*
_PADDED_DIMS, _FORMAT_KIND, _BLOCK_COUNT, _BLOCKS, _BLOCK_DIMENSIONS = 260, 262, 263, 264, 265

Digit = tuple[int, int]  # (size, stride in elements)


class Layout:
    """Shape, element type and order in memory of a tensor: an immutable, hashable value.

    Two layouts are equal when each element lies at the same place of the buffer in both, whatever way
    it is described: a blocked layout of a (2, 64, 1, 1) tensor is equal to the plain one.

    `shape`: logical sizes. `dtype`: the `numpy.dtype`. `nbytes`: the buffer's size, padding included, and 0
    where oneDNN may still choose. `name`: the order in oneDNN's letters, such as ``aBcd16b``.
    """

    __slots__ = ("_handle", "_key", "_plain", "dtype", "name", "nbytes", "shape")

    def __init__(self, handle: Handle) -> None:
        """Take over a memory descriptor; use `plain`, `strided` or `anything` to make one."""
        self._handle = handle
        self.shape = _array(handle.value, _DIMS, _number(handle.value, _NDIMS))
        self.dtype = _dtype(_number(handle.value, _DATA_TYPE))
        self.nbytes = int(library().function("memory_desc_get_size")(handle.value))
        kind = _number(handle.value, _FORMAT_KIND)
        if kind not in (_ANY_KIND, _BLOCKED_KIND):
            raise OneDNNError(f"oneDNN: a layout of format kind {kind} has no order that can be described")
        self.name, order = ("any", None) if kind == _ANY_KIND else _order(handle.value, len(self.shape))
        self._plain: bool | None = None
        self._key = (self.shape, self.dtype, order, self.nbytes)  # some weights have sums behind them

    @property
    def descriptor(self) -> int:
        """The C memory descriptor, valid as long as this object lives."""
        return self._handle.value

    @property
    def is_any(self) -> bool:
        """Whether the order is left for oneDNN to choose, so that no buffer can have this layout."""
        return self._key[2] is None

    @property
    def is_plain(self) -> bool:
        """Whether a C-contiguous array of this shape has this layout."""
        if self._plain is None:
            self._plain = self == plain(self.shape, self.dtype)
        return self._plain

    @property
    def digits(self) -> tuple[tuple[int, int], ...]:
        """The axis and the size of each step through memory, from the widest; padding counts.

        >>> ordered((2, 32, 7, 7), "aBcd16b").digits
        ((0, 2), (1, 2), (2, 7), (3, 7), (1, 16))
        """
        order = self._key[2]
        assert order is not None
        steps = [(stride, axis, size) for axis, digits in enumerate(order) for size, stride in digits]
        return tuple((axis, size) for _, axis, size in sorted(steps, reverse=True))

    def start(self, part: Layout, axis: int, index: int) -> int | None:
        """The byte from which on the elements from an index of an axis on lie, as a tensor of layout `part` has them.

        None where they are not such a tensor, or its padding would reach beyond this one.
        """
        order = self._key[2]
        if order is None or part.name != self.name or part != ordered(part.shape, self.name, self.dtype):
            return None
        digits = order[axis]
        stride = digits[0][1] if digits else 1
        inside = prod(size for size, _ in digits[1:])  # how many indices are no further apart than the stride
        others = [digit for place, each in enumerate(order) if place != axis for digit in each]
        if index % inside or any(size * step > stride for size, step in (*others, *digits[1:])):
            return None
        start = index // inside * stride * self.dtype.itemsize
        return start if start + part.nbytes <= self.nbytes else None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Layout) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __repr__(self) -> str:
        return f"<Layout {self.name} {self.dtype} {'x'.join(map(str, self.shape))}>"


@lru_cache(maxsize=4096)
def plain(shape: tuple[int, ...], dtype: DType = FLOAT32) -> Layout:
    """The layout of a C-contiguous array."""
    strides = tuple(prod(shape[axis + 1 :]) for axis in range(len(shape)))
    return strided(shape, strides, dtype)


@lru_cache(maxsize=4096)
def strided(shape: tuple[int, ...], strides: tuple[int, ...], dtype: DType = FLOAT32) -> Layout:
    """The layout of an array with the given strides, in elements."""
    _check(shape)
    arguments = len(shape), dims(shape), data_type(dtype), dims(strides)
    return Layout(library().make("memory_desc_create_with_strides", *arguments))


@lru_cache(maxsize=4096)
def anything(shape: tuple[int, ...], dtype: DType = FLOAT32) -> Layout:
    """A tensor whose order oneDNN may choose when a primitive is made."""
    _check(shape)
    arguments = len(shape), dims(shape), data_type(dtype), _ANY_TAG
    return Layout(library().make("memory_desc_create_with_tag", *arguments))


@lru_cache(maxsize=4096)
def ordered(shape: tuple[int, ...], name: str, dtype: DType = FLOAT32) -> Layout:
    """A tensor in the order that another layout's `name` says, padded to full blocks."""
    arguments = len(shape), dims(shape), data_type(dtype), name.encode()
    return Layout(library().make("memory_desc_create_with_string_tag", *arguments))


def copied(descriptor: int) -> Layout:
    """The layout that a C memory descriptor of someone else's describes."""
    return Layout(library().make("memory_desc_clone", descriptor))


def data_type(dtype: DType) -> int:
    """oneDNN's number of an element type; `OneDNNError` for one that it has not."""
    if dtype.name not in DATA_TYPES:
        raise OneDNNError(f"oneDNN: dtype is {dtype.name} but must be one of {', '.join(DATA_TYPES)}")
    return DATA_TYPES[dtype.name]


def _check(shape: tuple[int, ...]) -> None:
    if not 0 < len(shape) <= MAX_DIMENSIONS:
        raise OneDNNError(f"oneDNN: shape is {shape} but must have 1 to {MAX_DIMENSIONS} dimensions")


def _dtype(number: int) -> DType:
    name = next(name for name, known in DATA_TYPES.items() if known == number)
    return dtype_of(name)


def _number(descriptor: int, what: int) -> int:
    result = ctypes.c_int()
    library().call("memory_desc_query", descriptor, what, ctypes.byref(result))
    return result.value


def _array(descriptor: int, what: int, length: int) -> tuple[int, ...]:
    result = ctypes.POINTER(Dims)()
    library().call("memory_desc_query", descriptor, what, ctypes.byref(result))
    return tuple(result.contents[:length])


def _order(descriptor: int, length: int) -> tuple[str, tuple[tuple[Digit, ...], ...]]:
    """The name of a blocked layout and, for each dimension, the digits of which its index consists."""
    padded = _array(descriptor, _PADDED_DIMS, length)
    strides = _array(descriptor, _STRIDES, length)
    count = _number(descriptor, _BLOCK_COUNT)
    blocks = tuple(zip(_array(descriptor, _BLOCK_DIMENSIONS, count), _array(descriptor, _BLOCKS, count), strict=True))
    inner: list[list[Digit]] = [[] for _ in range(length)]
    stride = 1
    for axis, size in reversed(blocks):
        inner[axis].insert(0, (size, stride))
        stride *= size
    outer = [padded[axis] // prod(size for size, _ in inner[axis]) for axis in range(length)]
    digits = tuple(_merged([(outer[axis], strides[axis]), *inner[axis]]) for axis in range(length))
    return _name(strides, outer, blocks), digits


def _merged(digits: Sequence[Digit]) -> tuple[Digit, ...]:
    """Digits from most to least significant, without those of one value, neighbours in memory as one."""
    result: list[Digit] = []
    for size, stride in digits:
        if size == 1:
            continue
        if result and result[-1][1] == size * stride:
            result[-1] = (result[-1][0] * size, stride)
        else:
            result.append((size, stride))
    return tuple(result)


def _name(strides: Sequence[int], outer: Sequence[int], blocks: Sequence[tuple[int, int]]) -> str:
    blocked = {axis for axis, _ in blocks}
    by_stride: Any = lambda axis: (-strides[axis], outer[axis] == 1, axis)  # noqa: E731 -- a sort key
    order = sorted(range(len(strides)), key=by_stride)
    letters = [chr(ord("A" if axis in blocked else "a") + axis) for axis in order]
    return "".join(letters) + "".join(f"{size}{chr(ord('a') + axis)}" for axis, size in blocks)
