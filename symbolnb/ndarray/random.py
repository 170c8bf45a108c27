"""`nd.random`: random arrays. `mx.random.seed` makes them repeatable."""

from __future__ import annotations

from typing import Any

from symbolnb.context import Context
from symbolnb.ndarray.array import NDArray
from symbolnb.ndarray.creation import Shape
from symbolnb.ndarray.functions import function


def uniform(
    low: float = 0,
    high: float = 1,
    shape: Shape | None = None,
    dtype: Any = None,
    ctx: Context | None = None,
    out: NDArray | None = None,
) -> NDArray:
    """Numbers that are equally likely anywhere from `low` up to `high`; one number without a shape.

    >>> from symbolnb import nd
    >>> nd.random.uniform(-1, 1, shape=(2, 3)).shape
    (2, 3)
    """
    return _draw("_random_uniform", {"low": low, "high": high}, shape, dtype, ctx, out)


def normal(
    loc: float = 0,
    scale: float = 1,
    shape: Shape | None = None,
    dtype: Any = None,
    ctx: Context | None = None,
    out: NDArray | None = None,
) -> NDArray:
    """Normally distributed numbers with mean `loc` and standard deviation `scale`; one without a shape."""
    return _draw("_random_normal", {"loc": loc, "scale": scale}, shape, dtype, ctx, out)


def randn(*shape: int, loc: float = 0, scale: float = 1, **kwargs: Any) -> NDArray:
    """Normally distributed numbers in an array of the given sizes."""
    return normal(loc, scale, shape if shape else None, **kwargs)


def randint(
    low: int,
    high: int,
    shape: Shape | None = None,
    dtype: Any = None,
    ctx: Context | None = None,
    out: NDArray | None = None,
) -> NDArray:
    """Integers that are equally likely from `low` up to but without `high`; int32 unless `dtype` is int64."""
    return _draw("_random_randint", {"low": low, "high": high}, shape, dtype, ctx, out)


def _draw(name: str, parameters: dict[str, float], shape: Any, dtype: Any, ctx: Any, out: NDArray | None) -> NDArray:
    given: dict[str, Any] = dict(parameters)
    if shape is None:
        shape = (1,) if out is None else out.shape
    if dtype is None and out is not None:
        dtype = out.dtype
    if dtype is not None:
        given["dtype"] = dtype
    drawn: NDArray = function(name)(shape=shape, ctx=ctx, out=out, **given)
    return drawn
