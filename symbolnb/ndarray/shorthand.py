"""Functions of `nd` that work out an operator's parameters from what they are given."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from symbolnb.errors import ParameterError, ShapeError
from symbolnb.ndarray.array import NDArray
from symbolnb.ndarray.creation import array
from symbolnb.ndarray.functions import function
from symbolnb.ops.infer import normalize_axis
from symbolnb.ops.joining import where_to_split


def split_v2(
    ary: NDArray, indices_or_sections: int | tuple[int, ...], axis: int = 0, squeeze_axis: bool = False
) -> Any:
    """The array cut along an axis: into so many equal pieces, or at the positions in a tuple.

    `squeeze_axis` removes the axis from pieces of length 1. Raises `ShapeError` where the pieces are not equal.

    >>> from symbolnb import nd
    >>> [piece.shape for piece in nd.split_v2(nd.zeros((5, 2)), (1, 3))]
    [(1, 2), (2, 2), (2, 2)]
    """
    parameters = where_to_split(indices_or_sections)
    size, sections = ary.shape[normalize_axis(axis, ary.ndim)], int(parameters["sections"])
    if sections and size % sections:
        raise ShapeError(f"split_v2 cannot cut axis {axis} of {ary.shape} into {sections} equal pieces")
    return function("_split_v2")(ary, axis=axis, squeeze_axis=squeeze_axis, **parameters)


def histogram(a: NDArray, bins: int | NDArray = 10, range: tuple[float, float] | None = None) -> list[NDArray]:
    """How many elements lie in each bin, and the bins' edges.

    `bins` is their number, within `range` or else from the smallest to the largest element, or an array of edges.
    """
    if isinstance(bins, NDArray):
        counted: list[NDArray] = function("_histogram")(a, bins)
        return counted
    if isinstance(bins, bool) or not isinstance(bins, (int, np.integer)):
        raise ParameterError(f"bins is {bins!r} but must be a number of bins or an NDArray of edges")
    if range is None:
        warnings.warn("no range is given, so the numbers and edges are NumPy's, as float32", stacklevel=2)
        counts, edges = np.histogram(a.asnumpy(), bins=bins)
        return [array(counts, a.context, "float32"), array(edges, a.context, "float32")]
    within: list[NDArray] = function("_histogram")(a, bin_cnt=int(bins), range=tuple(range))
    return within


def onehot_encode(indices: NDArray, out: NDArray) -> NDArray:
    """Fill each row of a matrix with zeros and a 1 at the place that `indices` says; gives `out`."""
    filled: NDArray = function("_onehot_encode")(indices, out, out=out)
    return filled


def _set_value(src: float, out: NDArray | None = None, **kwargs: Any) -> NDArray:
    """Fill an array with a number; gives that array."""
    if not isinstance(out, NDArray):
        raise ParameterError(f"_set_value fills the array that is given as out, but out is {out!r}")
    out[:] = src
    return out


def slice_assign(self: NDArray, rhs: NDArray, begin: Any, end: Any, step: Any) -> NDArray:
    """Overwrite a slice of the array with another array, which has the slice's shape; gives the array itself."""
    filled: NDArray = function("_slice_assign")(self, rhs, begin=begin, end=end, step=step, out=self)
    return filled


def slice_assign_scalar(self: NDArray, value: float, begin: Any, end: Any, step: Any) -> NDArray:
    """Fill a slice of the array with a number; gives the array itself."""
    parameters = {"scalar": value, "begin": begin, "end": end, "step": step}
    filled: NDArray = function("_slice_assign_scalar")(self, **parameters, out=self)
    return filled


for _method in (slice_assign, slice_assign_scalar, split_v2):
    setattr(NDArray, _method.__name__, _method)
