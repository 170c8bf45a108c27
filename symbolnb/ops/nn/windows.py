"""Sliding windows over spatial axes: parameters, arithmetic and views that convolution and pooling share."""

from __future__ import annotations

from itertools import product
from types import ModuleType

from symbolnb.errors import ParameterError
from symbolnb.graph.spec import PartialShape, Shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, Operator, with_fields


def span(kernel: int, dilate: int) -> int:
    """How many elements a dilated kernel reaches over.

    >>> span(3, 2)
    5
    """
    return dilate * (kernel - 1) + 1


def channels_first(array: Array, last: bool) -> Array:
    """A view of the array with its channels on axis 1, given whether they are on the last axis now."""
    if not last:
        return array
    return array.transpose(0, array.ndim - 1, *range(1, array.ndim - 1))


def channels_first_shape(shape: PartialShape, last: bool) -> PartialShape:
    """What `channels_first` does to a shape."""
    return shape if shape is None or not last else (shape[0], shape[-1], *shape[1:-1])


def channels_last_shape(shape: PartialShape, last: bool) -> PartialShape:
    """The inverse of `channels_first_shape`."""
    return shape if shape is None or not last else (shape[0], *shape[2:], shape[1])


def pad_spatial(xp: ModuleType, data: Array, pads: tuple[tuple[int, int], ...], value: float) -> Array:
    """The array with so many elements of `value` before and after each axis from the third on."""
    if not any(before or after for before, after in pads):
        return data
    sizes = [size + before + after for size, (before, after) in zip(data.shape[2:], pads, strict=True)]
    padded = xp.full((*data.shape[:2], *sizes), value, data.dtype)
    starts = [before for before, _ in pads]
    inner = tuple(slice(start, start + size) for start, size in zip(starts, data.shape[2:], strict=True))
    padded[(..., *inner)] = data
    return padded


def windows(xp: ModuleType, padded: Array, kernel: Shape, stride: Shape, dilate: Shape) -> Array:
    """A view ``(batch, channels, *positions, *kernel)`` of every window over the axes from the third on."""
    axes = tuple(range(2, padded.ndim))
    spans = tuple(span(size, step) for size, step in zip(kernel, dilate, strict=True))
    view = xp.lib.stride_tricks.sliding_window_view(padded, spans, axis=axes)
    steps = tuple(slice(None, None, step) for step in (*stride, *dilate))
    return view[(slice(None), slice(None), *steps)]


CHANNELS_SECOND = ("NCW", "NCHW", "NCDHW")
"""The layouts with the channels on the second axis, for 1 to 3 dimensions."""


def taps(kernel: Shape, positions: Shape, stride: Shape, dilate: Shape) -> list[tuple[Shape, tuple[slice, ...]]]:
    """For each element of the kernel its index, and the slices of the padded axes that it meets."""
    found = []
    for index in product(*map(range, kernel)):
        meets = tuple(
            slice(tap * hole, tap * hole + step * (count - 1) + 1, step)
            for tap, hole, step, count in zip(index, dilate, stride, positions, strict=True)
        )
        found.append((index, meets))
    return found


@with_fields
class Window(Operator):
    """The parameters that place a window in 1 to 3 dimensions."""

    family = "convolution"

    kernel: Shape = p.shape(minimum=1, doc="size of the window: (w,), (h, w) or (d, h, w)")
    stride: Shape = p.shape((), minimum=1, like=(1,), doc="step between windows; 1 along each axis if empty")
    dilate: Shape = p.shape(
        (), minimum=1, like=(1,), doc="step between a window's elements; 1 along each axis if empty"
    )
    pad: Shape = p.shape((), minimum=0, like=(0,), doc="zeros added on both sides of each axis; none if empty")

    def __post_init__(self) -> None:
        count = len(self.kernel)
        if not 1 <= count <= 3:
            raise ParameterError(f"kernel is {self.kernel} but must have 1, 2 or 3 dimensions")
        for word in ("stride", "dilate", "pad"):
            value = getattr(self, word)
            if value and len(value) != count:
                raise ParameterError(f"{word} is {value} but kernel {self.kernel} has {count} dimensions")

    @property
    def strides(self) -> Shape:
        """The step between windows along each axis."""
        return self.stride if self.stride else (1,) * len(self.kernel)

    @property
    def dilates(self) -> Shape:
        """The step between the elements of a window along each axis."""
        return self.dilate if self.dilate else (1,) * len(self.kernel)

    @property
    def pads(self) -> Shape:
        """The zeros on either side of each axis."""
        return self.pad if self.pad else (0,) * len(self.kernel)
