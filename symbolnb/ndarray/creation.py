"""Making arrays: from values, from other libraries' arrays, and from patterns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symbolnb.context import Context, cpu
from symbolnb.dtypes import FLOAT32, DType, dtype_of
from symbolnb.errors import DTypeError, ShapeError
from symbolnb.ndarray.array import NDArray
from symbolnb.ndarray.functions import as_context, function
from symbolnb.ndarray.indexing import as_numbers
from symbolnb.ops.infer import normalize_axis
from symbolnb.runtime.storage import allocate, fill

Shape = int | Sequence[int]


def array(source_array: Any, ctx: Context | None = None, dtype: Any = None) -> NDArray:
    """An array of the given values, a copy.

    The type is float32 unless `dtype` says otherwise, whatever the type of a list or of a NumPy array; only an
    NDArray keeps its own. Raises `DTypeError` for what does not hold numbers.

    >>> from symbolnb import nd
    >>> nd.array([[1, 2], [3, 4]]).dtype
    <class 'numpy.float32'>
    """
    context = as_context(ctx)
    if isinstance(source_array, NDArray):
        data = allocate(context, source_array.shape, dtype_of(source_array.dtype if dtype is None else dtype))
        with np.errstate(all="ignore"):
            fill(context, data, source_array._data, source_array.context)
        return NDArray(data, context)
    values = as_numbers(source_array)
    data = allocate(context, values.shape, _type(dtype))
    with np.errstate(all="ignore"):
        fill(context, data, values)
    return NDArray(data, context)


def empty(shape: Shape, ctx: Context | None = None, dtype: Any = None) -> NDArray:
    """An array with whatever the memory held before."""
    context = as_context(ctx)
    return NDArray(allocate(context, _sizes(shape), _type(dtype)), context)


def full(shape: Shape, val: Any, ctx: Context | None = None, dtype: Any = None, out: NDArray | None = None) -> NDArray:
    """An array with the same number everywhere.

    >>> from symbolnb import nd
    >>> print(nd.full((2, 2), 7).asnumpy())
    [[7. 7.]
     [7. 7.]]
    """
    target = empty(shape, ctx, dtype) if out is None else out
    target[...] = val
    return target


def zeros(shape: Shape, ctx: Context | None = None, dtype: Any = None, **kwargs: Any) -> NDArray:
    """An array of zeros."""
    return full(shape, 0, ctx, dtype, **_only_out(kwargs))


def ones(shape: Shape, ctx: Context | None = None, dtype: Any = None, **kwargs: Any) -> NDArray:
    """An array of ones."""
    return full(shape, 1, ctx, dtype, **_only_out(kwargs))


def _only_out(kwargs: dict[str, Any]) -> dict[str, Any]:
    if kwargs.pop("stype", None) not in (None, "default"):
        raise DTypeError("only dense arrays, stype='default', can be made")
    unknown = [key for key in kwargs if key not in ("out", "name")]
    if unknown:
        raise TypeError(f"unexpected keyword {', '.join(unknown)}")
    return {"out": kwargs.get("out")}


def arange(
    start: float,
    stop: float | None = None,
    step: float = 1.0,
    repeat: int = 1,
    infer_range: bool = False,
    ctx: Context | None = None,
    dtype: Any = None,
) -> NDArray:
    """Evenly spaced values from `start` up to but without `stop`, each `repeat` times in a row.

    With one number it counts from 0 to that number. `infer_range` has a meaning only for symbols.

    >>> from symbolnb import nd
    >>> print(nd.arange(1, 6, 2).asnumpy())
    [1. 3. 5.]
    """
    parameters = {"start": start, "stop": stop, "step": step, "repeat": repeat}
    return _made("_arange", parameters, ctx, dtype)


def linspace(
    start: float,
    stop: float,
    num: int,
    endpoint: bool = True,
    ctx: Context | None = None,
    dtype: Any = None,
) -> NDArray:
    """`num` evenly spaced values from `start` to `stop`, which is the last of them with `endpoint`."""
    return _made("_linspace", {"start": start, "stop": stop, "num": num, "endpoint": endpoint}, ctx, dtype)


def eye(N: int, M: int = 0, k: int = 0, ctx: Context | None = None, dtype: Any = None) -> NDArray:
    """A matrix of N rows and M columns (N if 0) with ones on its k-th diagonal and zeros elsewhere."""
    return _made("_eye", {"N": N, "M": M, "k": k}, ctx, dtype)


def _made(operator: str, parameters: dict[str, Any], ctx: Context | None, dtype: Any) -> NDArray:
    made: NDArray = function(operator)(ctx=ctx, dtype=_type(dtype).name, **parameters)
    return made


def concatenate(arrays: Sequence[NDArray], axis: int = 0, always_copy: bool = True) -> NDArray:
    """The arrays joined along an axis; a lone array is copied unless `always_copy` is False."""
    if not arrays:
        raise ShapeError("concatenate needs at least one array")
    if len(arrays) == 1 and not always_copy:
        return arrays[0]
    joined: NDArray = function("Concat")(*arrays, dim=axis)
    return joined


def moveaxis(tensor: NDArray, source: int | Sequence[int], destination: int | Sequence[int]) -> NDArray:
    """A copy with some dimensions moved to other places; the others keep their order."""
    starts, ends = ((axes,) if isinstance(axes, int) else tuple(axes) for axes in (source, destination))
    if len(starts) != len(ends):
        raise ShapeError(f"moveaxis has {len(starts)} dimensions to move but {len(ends)} places for them")
    taken = [normalize_axis(axis, tensor.ndim, "source") for axis in starts]
    order = [axis for axis in range(tensor.ndim) if axis not in taken]
    places = (normalize_axis(axis, tensor.ndim, "destination") for axis in ends)
    for place, axis in sorted(zip(places, taken, strict=True)):
        order.insert(place, axis)
    moved: NDArray = function("transpose")(tensor, axes=tuple(order))
    return moved


def from_numpy(ndarray: np.ndarray[Any, Any], zero_copy: bool = True) -> NDArray:
    """An array on the CPU of the same memory as a NumPy array, which becomes read-only; or a copy of it.

    Sharing needs a dense array in C order; the element type is kept.
    """
    if not isinstance(ndarray, np.ndarray):
        raise DTypeError(f"from_numpy needs a NumPy array but got {type(ndarray).__name__}")
    dtype = dtype_of(ndarray.dtype)
    if not zero_copy:
        return array(ndarray, cpu(), dtype)
    if not ndarray.flags.c_contiguous or not ndarray.flags.aligned or ndarray.dtype != dtype:
        raise ShapeError("only a dense array in C order and native byte order can be shared without a copy")
    shared = ndarray.view() if ndarray.flags.writeable else ndarray.copy()
    ndarray.flags.writeable = False  # its elements now change behind its back
    return NDArray(shared, cpu())


def _type(dtype: Any) -> DType:
    return FLOAT32 if dtype is None else dtype_of(dtype)


def _sizes(shape: Shape) -> tuple[int, ...]:
    sizes = tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
    for size in sizes:
        if not isinstance(size, (int, np.integer)) or size < 0:
            raise ShapeError(f"shape is {shape!r} but must be integers of at least 0")
    return tuple(int(size) for size in sizes)
