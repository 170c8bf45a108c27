"""NDArray: an array on a device, with MXNet's semantics."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np

from symbolnb.context import Context, current_context
from symbolnb.dtypes import FLOAT32, dtype_of
from symbolnb.errors import DTypeError, IndexingError, ShapeError
from symbolnb.ndarray import indexing
from symbolnb.ndarray.arithmetic import Arithmetic
from symbolnb.ops.registry import find
from symbolnb.runtime.storage import allocate, fill, share, synchronize, to_host, written

Array = Any


class NDArray(Arithmetic):
    """An array of numbers on one device: dense, of fixed shape and type, in memory that never moves.

    Made by `nd.array`, `nd.zeros` and the like, or around a raw array: `data` is then a dense C-ordered array
    of the device's library (NumPy or CuPy), which the NDArray shares. Every operator is a function of `nd`, the
    common ones are methods too.

    >>> from symbolnb import nd
    >>> x = nd.array([[1, 2], [3, 4]])
    >>> x[0] += 10                      # a row is a view
    >>> print(x.sum(axis=0).asnumpy())
    [14. 16.]
    """

    __slots__ = ("__weakref__", "_context", "_data")
    __array_priority__ = 1000.0  # NumPy's operators step back for ours

    def __init__(self, data: Array, context: Context | None = None) -> None:
        self._data = data
        self._context = current_context() if context is None else context

    # What it is -------------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        """The size of each dimension."""
        return self._data.shape  # type: ignore[no-any-return]

    @property
    def size(self) -> int:
        """The number of elements."""
        return int(self._data.size)

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return int(self._data.ndim)

    @property
    def dtype(self) -> type[np.generic]:
        """The element type, as NumPy's scalar class: ``np.float32``."""
        return self._data.dtype.type  # type: ignore[no-any-return]

    @property
    def context(self) -> Context:
        """The device that holds the elements."""
        return self._context

    ctx = context

    @property
    def stype(self) -> str:
        """The storage type: always ``"default"``, which is dense."""
        return "default"

    @property
    def T(self) -> NDArray:
        """A copy with the dimensions reversed."""
        return NDArray(self._data.T.copy(order="C"), self._context)

    # Elsewhere and otherwise ------------------------------------------------------------------

    def asnumpy(self) -> np.ndarray[Any, Any]:
        """The elements as a new NumPy array."""
        return to_host(self._context, self._data)  # type: ignore[no-any-return]

    def asscalar(self) -> Any:
        """The only element, as a NumPy scalar; `ShapeError` where there is not exactly one."""
        if self.size != 1:
            raise ShapeError(f"the array has shape {self.shape} and is not a scalar")
        return self.asnumpy().reshape(-1)[0]

    def item(self) -> Any:
        """The only element, as a Python number; `ShapeError` where there is not exactly one."""
        return self.asscalar().item()

    def copy(self) -> NDArray:
        """The same elements in memory of their own."""
        return self.copyto(self._context)

    def copyto(self, other: NDArray | Context) -> NDArray:
        """Copy the elements into another array, or into a new one on another device; gives that array.

        An array must have the same shape; its element type stays, the elements are converted.
        """
        if isinstance(other, Context):
            return _filled(other, self.shape, self._data.dtype, self)
        if not isinstance(other, NDArray):
            raise DTypeError(f"copyto needs an NDArray or a Context but got {type(other).__name__}")
        if other._data is self._data:
            warnings.warn("You are attempting to copy an array to itself", RuntimeWarning, stacklevel=2)
            return other
        if other.shape != self.shape:
            raise ShapeError(f"an array of shape {self.shape} cannot be copied to one of shape {other.shape}")
        fill(other._context, other._data, self._data, self._context)
        return other

    def as_in_context(self, context: Context) -> NDArray:
        """The array itself if it is on that device, else a copy there."""
        if not isinstance(context, Context):
            raise DTypeError(f"as_in_context needs a Context but got {type(context).__name__} {context!r}")
        return self if context == self._context else self.copyto(context)

    as_in_ctx = as_in_context

    def as_nd_ndarray(self) -> NDArray:
        """The array itself; MXNet has a second array class that this converts from."""
        return self

    def astype(self, dtype: Any, copy: bool = True) -> NDArray:
        """The elements as another type in a new array; without `copy` the array itself if it has that type."""
        wanted = FLOAT32 if dtype is None else dtype_of(dtype)
        if not copy and wanted == self._data.dtype:
            return self
        return _filled(self._context, self.shape, wanted, self)

    def tostype(self, stype: str) -> NDArray:
        """A copy in a storage type; only ``"default"``, dense, is known."""
        if stype != "default":
            raise DTypeError(f"storage type is {stype!r} but only 'default' is supported")
        return self.copy()

    def reshape(self, *shape: Any, **kwargs: Any) -> NDArray:
        """The same memory under another shape, given as numbers or as a tuple.

        Special sizes: 0 keeps the dimension, -1 takes what remains, -2 keeps all further dimensions,
        -3 merges two, -4 splits one into the two that follow. With ``reverse=True`` they are read from the right.
        """
        if len(shape) == 1 and isinstance(shape[0], (tuple, list)):
            shape = tuple(shape[0])
        shape = kwargs.pop("shape", shape)
        reverse = bool(kwargs.pop("reverse", False))
        if kwargs:
            raise TypeError(f"reshape takes only shape and reverse, not {', '.join(kwargs)}")
        sizes = tuple(_size(size) for size in (shape if isinstance(shape, (tuple, list)) else (shape,)))
        if any(size <= 0 for size in sizes):
            operator = find("Reshape").from_attributes({"shape": str(sizes), "reverse": str(reverse)})
            sizes = operator.infer_shape([self.shape], [None])[1][0]  # type: ignore[assignment]
        if prod(sizes) != self.size:
            raise ShapeError(f"an array of shape {self.shape} cannot be reshaped to {sizes}")
        return NDArray(self._data.reshape(sizes), self._context)

    def detach(self) -> NDArray:
        """The same memory as another array, which stands alone: no gradient flows back through it."""
        return NDArray(self._data, self._context)

    def wait_to_read(self) -> None:
        """Wait until the elements have been computed; only a GPU computes behind the program's back."""
        synchronize(self._context)

    # As a Python object -----------------------------------------------------------------------

    def __getitem__(self, key: Any) -> NDArray:
        with self._context.activate():
            return NDArray(indexing.read(self._data, key, self._context.xp), self._context)

    def __setitem__(self, key: Any, value: Any) -> None:
        xp = self._context.xp
        if isinstance(value, NDArray):
            given = value._data if value._context.shares_memory_with(self._context) else value.asnumpy()
        else:
            given = indexing.as_numbers(value)
        with self._context.activate():
            indexing.write(self._data, key, xp.asarray(given), xp)
        written(self._data)

    def __len__(self) -> int:
        if self.ndim == 0:
            raise IndexingError("an array without dimensions has no length")
        return self.shape[0]

    def __iter__(self) -> Iterator[NDArray]:
        return (self[position] for position in range(len(self)))

    def __bool__(self) -> bool:
        if self.size > 1:
            raise ShapeError(f"the truth value of an array of shape {self.shape} is ambiguous")
        return self.size == 1 and bool(self.asscalar())

    def __float__(self) -> float:
        return float(self.asscalar())

    def __int__(self) -> int:
        return int(self.asscalar())

    def __index__(self) -> int:
        if self._data.dtype.kind not in "iu":
            raise DTypeError(f"an array of {self._data.dtype} cannot be an index")
        return int(self.asscalar())

    __hash__ = object.__hash__  # by identity: == compares elements

    def __repr__(self) -> str:
        sizes = "x".join(str(size) for size in self.shape)
        return f"\n{self.asnumpy()!s}\n<{type(self).__name__} {sizes} @{self._context}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (self.asnumpy(), self._context.device_type, self._context.device_id)

    # To other libraries -----------------------------------------------------------------------

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        if self._context.device_type != "gpu":
            made = np.array(self._data, dtype=dtype, copy=copy)
            if not made.flags.owndata:
                share(self._data)
            return made
        if copy is False:
            raise ValueError(f"an array on {self._context} cannot become a NumPy array without a copy")
        host = self.asnumpy()
        return host if dtype is None else host.astype(dtype, copy=False)

    def __dlpack__(self, **options: Any) -> Any:
        share(self._data)
        with self._context.activate():
            return self._data.__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[int, int]:
        return self._data.__dlpack_device__()  # type: ignore[no-any-return]

    def to_dlpack_for_read(self) -> Any:
        """A DLPack capsule of the same memory, for `nd.from_dlpack` and other libraries."""
        self.wait_to_read()
        return self.__dlpack__()

    def to_dlpack_for_write(self) -> Any:
        """A DLPack capsule of the same memory; what is written through it shows here."""
        return self.to_dlpack_for_read()


def _size(value: Any) -> int:
    try:
        return value.__index__()  # type: ignore[no-any-return]
    except AttributeError:
        raise DTypeError(f"a size of the new shape is {value!r} but must be an integer") from None


def _filled(context: Context, shape: tuple[int, ...], dtype: Any, source: NDArray) -> NDArray:
    """A new array with the elements of another one."""
    data = allocate(context, shape, dtype)
    with np.errstate(all="ignore"):  # converting infinity to an integer is no accident here
        fill(context, data, source._data, source._context)
    return NDArray(data, context)


def _restore(elements: np.ndarray[Any, Any], device_type: str, device_id: int) -> NDArray:
    """An unpickled array."""
    context = Context(device_type, device_id)
    data = allocate(context, elements.shape, elements.dtype)
    fill(context, data, elements)
    return NDArray(data, context)
