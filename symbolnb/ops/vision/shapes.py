"""Checks of shapes and element types that the vision operators share."""

from __future__ import annotations

from types import ModuleType

import numpy as np

from symbolnb.dtypes import DType
from symbolnb.errors import ShapeError
from symbolnb.graph.spec import PartialShape, show_shape
from symbolnb.ops.base import Array

IMAGES = "(batch, channels, height, width)"


def of_rank(shape: PartialShape, axes: str, name: str = "data") -> tuple[int | None, ...]:
    """The shape, all unknown if nothing is known of it; `ShapeError` where it has not the axes listed.

    >>> of_rank(None, "(batch, channels)"), of_rank((2, None), "(batch, channels)")
    ((None, None), (2, None))
    """
    count = axes.count(",") + 1
    if shape is None:
        return (None,) * count
    if len(shape) != count:
        raise ShapeError(f"{name} is {show_shape(shape)} but must have {count} dimensions, {axes}")
    return shape


def first(*sizes: int | None) -> int | None:
    """The first size that is known."""
    return next((size for size in sizes if size is not None), None)


def computing(xp: ModuleType, array: Array) -> Array:
    """The array in the type that sums are made in: half precision adds up in single."""
    return array.astype(xp.float32) if array.dtype.itemsize == 2 else array


def computing_dtype(dtype: DType) -> DType:
    """The type that sums over elements of a type are made in."""
    return np.dtype("float32") if dtype.itemsize == 2 else dtype
