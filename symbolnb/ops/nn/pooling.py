"""Pooling: the maximum, mean, sum or norm over sliding windows."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from math import prod
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from symbolnb.errors import ParameterError, ShapeError
from symbolnb.graph.spec import PartialShape, Shape, show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register, with_fields
from symbolnb.ops.infer import first_known, floating
from symbolnb.ops.nn.windows import (
    CHANNELS_SECOND,
    channels_first,
    channels_first_shape,
    channels_last_shape,
    pad_spatial,
    taps,
)
from symbolnb.ops.term import Term, apply, call

LAYOUTS = (*CHANNELS_SECOND, "NWC", "NHWC", "NDHWC")


class Axis(NamedTuple):
    """Where the windows lie along one axis of `size` elements.

    `before` and `after` are the elements of padding that the windows reach into; `low` and `high` bound
    those that count as elements of a window, in coordinates of the data.
    """

    size: int
    kernel: int
    stride: int
    positions: int
    before: int
    after: int
    low: int
    high: int

    def counts(self) -> np.ndarray[Any, Any]:
        """How many elements each window has along this axis."""
        starts = np.arange(self.positions) * self.stride - self.before
        ends = np.minimum(starts + self.kernel, self.high)
        counts = np.maximum(ends - np.maximum(starts, self.low), 1)  # 1 where a window lies outside altogether
        return np.asarray(counts)


@with_fields
class Windowed(Operator):
    """The parameters that place the windows of a pooling, and what follows from them."""

    family = "pooling"

    kernel: Shape = p.shape((), minimum=1, doc="size of the window; not needed for global pooling")
    pool_type: str = p.choice("avg", "lp", "max", "sum", default="max", doc="what is computed of a window")
    global_pool: bool = p.boolean(False, doc="whether one window covers all, whatever kernel, stride and pad say")
    pooling_convention: str = p.choice(
        "full", "same", "valid", default="valid",
        doc="number of windows: valid rounds down, full rounds up, same gives size / stride rounded up",
    )  # fmt: skip
    stride: Shape = p.shape((), minimum=1, like=(1,), doc="step between windows; 1 along each axis if empty")
    pad: Shape = p.shape((), minimum=0, like=(0,), doc="padding on both sides of each axis; none if empty")
    p_value: int | None = p.integer(None, minimum=1, maximum=3, optional=True, doc="the p of lp pooling")
    count_include_pad: bool | None = p.boolean(
        None, optional=True, like=(True,), doc="whether padding counts as elements of a mean; yes if None"
    )
    layout: str | None = p.choice(
        *LAYOUTS,
        default=None,
        optional=True,
        like=CHANNELS_SECOND,
        doc="order of the axes; channels come second if None",
    )

    def __post_init__(self) -> None:
        count = len(self.kernel)
        if not self.global_pool:
            if not 1 <= count <= 3:
                raise ParameterError(f"kernel is {self.kernel} but must have 1, 2 or 3 dimensions")
            for word in ("stride", "pad"):
                value = getattr(self, word)
                if value and len(value) != count:
                    raise ParameterError(f"{word} is {value} but kernel {self.kernel} has {count} dimensions")
            if self.pool_type in ("max", "avg") and any(
                pad >= size for pad, size in zip(self.pad, self.kernel, strict=False)
            ):
                raise ParameterError(f"pad is {self.pad} but must be below kernel {self.kernel} along each axis")
            if self.pooling_convention == "same" and any(self.pad):
                raise ParameterError(f"pad is {self.pad} but pooling_convention 'same' pads by itself")
            if self.layout is not None and len(self.layout) != count + 2:
                raise ParameterError(f"layout is {self.layout!r} but kernel {self.kernel} has {count} dimensions")
        if self.pool_type == "lp" and self.p_value is None:
            raise ParameterError("pool_type 'lp' needs p_value")

    @property
    def channels_last(self) -> bool:
        """Whether the layout has the channels on the last axis."""
        return self.layout is not None and self.layout.endswith("C")

    def placement(self) -> dict[str, Any]:
        """The values of the parameters that all pooling operators share."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(Windowed)}

    def axes(self, sizes: Sequence[int]) -> list[Axis]:
        """The windows along each spatial axis of data with these sizes."""
        return [self.axis(index, size) for index, size in enumerate(sizes)]

    def axis(self, index: int, size: int) -> Axis:
        """The windows along one spatial axis; `ShapeError` where not even one fits."""
        if self.global_pool:
            return Axis(size, size, 1, 1, 0, 0, 0, size)
        kernel = self.kernel[index]
        stride = self.stride[index] if self.stride else 1
        pad = self.pad[index] if self.pad else 0
        if self.pooling_convention == "same":
            positions = -(-size // stride)
            missing = max(0, (positions - 1) * stride + kernel - size)
            before, reach = missing // 2, missing - missing // 2
        else:
            room = size + 2 * pad - kernel
            if room < 0:
                raise ShapeError(
                    f"kernel {self.kernel} is larger than the data along spatial axis {index}, "
                    f"which has {size + 2 * pad} elements, padding included"
                )
            positions = (-(-room // stride) if self.pooling_convention == "full" else room // stride) + 1
            before = reach = pad
        after = max(0, (positions - 1) * stride + kernel - before - size)
        low, high = (0, size) if self.count_include_pad is False else (-before, size + reach)
        return Axis(size, kernel, stride, positions, before, after, low, high)

    def pooled_shape(self, data: PartialShape) -> PartialShape:
        """The output's shape from the data's, as far as it is known, both with the channels second."""
        if data is None:
            return None
        sizes = (
            1 if self.global_pool else None if size is None else self.axis(index, size).positions
            for index, size in enumerate(data[2:])
        )
        return (*data[:2], *sizes)

    def check_rank(self, shape: PartialShape, name: str) -> None:
        """`ShapeError` where an array has not two axes more than the windows have dimensions."""
        if shape is None:
            return
        dimensions = len(self.layout) - 2 if self.layout is not None else len(self.kernel)
        if self.global_pool and self.layout is None:
            if not 3 <= len(shape) <= 5:
                raise ShapeError(f"{name} is {show_shape(shape)} but must have 3, 4 or 5 dimensions")
        elif len(shape) != dimensions + 2:
            raise ShapeError(f"{name} is {show_shape(shape)} but must have {dimensions + 2} dimensions")

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        dtype = floating(first_known((inputs[0], outputs[0])))
        return [dtype, *inputs[1:]], [dtype, *outputs[1:]]


@register
class Pooling(Windowed):
    """The maximum, mean, sum or p-norm of every window, in one, two or three dimensions.

    Shapes, with channels second: data ``(batch, channels, *sizes)``, output ``(batch, channels, *out)`` with
    ``out = (size + 2 pad - kernel) / stride + 1`` rounded as the convention says. Padding never is a
    maximum, NaN is passed over, and the first of equal elements is the one. lp pooling computes
    ``(Σ x^p)^(1/p)``. Maximum pooling has a hidden output `workspace`: for each window the index of its maximum
    within the kernel.
    """

    name = "Pooling"
    signature = (
        "kernel", "pool_type", "global_pool", "cudnn_off", "pooling_convention", "stride", "pad", "p_value",
        "count_include_pad", "layout",
    )  # fmt: skip

    cudnn_off: bool = p.boolean(False, doc="accepted for MXNet's sake; without effect")

    @property
    def has_workspace(self) -> bool:
        """Whether the places of the maxima are an output."""
        return self.pool_type == "max" and not self.global_pool

    def output_names(self) -> tuple[str, ...]:
        return ("output", "workspace") if self.has_workspace else ("output",)

    def visible_outputs(self) -> int:
        return 1

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        self.check_rank(inputs[0], "data")
        self.check_rank(outputs[0], "output")
        last = self.channels_last
        data, out = channels_first_shape(inputs[0], last), channels_first_shape(outputs[0], last)
        if out is not None:
            data = (*out[:2], *(None,) * (len(out) - 2)) if data is None else data
            data = (*(o if d is None else d for d, o in zip(data[:2], out[:2], strict=True)), *data[2:])
        made = channels_last_shape(self.pooled_shape(data), last)
        return [channels_last_shape(data, last)], [made] * len(outputs)

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        known_inputs, known_outputs = super().infer_dtype(inputs, outputs)
        index = np.dtype(np.uint8 if prod(self.kernel) < 256 else np.int32)  # as small as it can be
        return known_inputs, [known_outputs[0], index][: len(outputs)]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        data = channels_first(inputs[0], self.channels_last)
        out = channels_first(outputs[0], self.channels_last)
        axes = self.axes(data.shape[2:])
        if self.pool_type == "max":
            places = channels_first(outputs[1], self.channels_last) if self.has_workspace else None
            find_maxima(xp, data, axes, out, places)
            return
        wide = data.astype(xp.float32) if data.dtype.itemsize == 2 else data
        if self.pool_type == "lp":
            out[...] = self._root(xp, sum_windows(xp, wide**self.p_value, axes))
        elif self.pool_type == "sum":
            out[...] = sum_windows(xp, wide, axes)
        else:
            out[...] = sum_windows(xp, wide, axes) / window_sizes(xp, axes, wide.dtype)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        (data,), grad = inputs, grads[0]
        if grad is None:
            return (None,)
        if self.pool_type == "max":
            return self._gradient_of_maximum(data, outputs, grad)
        spread = WindowSumGradient(**self.placement(), data_shape=data.shape)
        if self.pool_type != "lp":
            return apply(spread, grad)
        if self.p_value == 1:
            return apply(spread, grad)
        # A window of zeros has no slope; what is divided by 1 there is then multiplied by 0.
        out = outputs[0] + call("_equal_scalar", outputs[0], scalar=0.0)
        if self.p_value == 2:
            return (data * apply(spread, grad / out)[0],)
        return (data * data * apply(spread, grad / (out * out))[0],)

    def _root(self, xp: ModuleType, sums: Array) -> Array:
        """The p-th root, of odd p also of negative sums."""
        if self.p_value == 1:
            return sums
        return xp.sqrt(sums) if self.p_value == 2 else xp.cbrt(sums)

    def _gradient_of_maximum(self, data: Term, outputs: tuple[Term, ...], grad: Term) -> tuple[Term, ...]:
        placement = self.placement()
        if self.has_workspace:
            places = outputs[1]
        else:
            shape = channels_first_shape(data.shape, self.channels_last)
            assert shape is not None
            placement.update(kernel=shape[2:], stride=(), pad=(), global_pool=False, pooling_convention="valid")
            places = apply(Pooling(**placement), data)[1]
        return apply(MaximumGradient(**placement, data_shape=data.shape), grad, places)


@register
class WindowSumGradient(Windowed):
    """The gradient of the data of sum and mean pooling, and of lp pooling's sums, from the output gradient."""

    name = "_window_sum_gradient"
    internal = True

    data_shape: Shape = p.shape(doc="shape of the data")

    def input_names(self) -> tuple[str, ...]:
        return ("grad",)

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return inputs, [self.data_shape]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        grad = channels_first(inputs[0], self.channels_last)
        out = channels_first(outputs[0], self.channels_last)
        axes = self.axes(out.shape[2:])
        wide = grad.astype(xp.float32) if grad.dtype.itemsize == 2 else grad
        if self.pool_type == "avg":
            wide = wide / window_sizes(xp, axes, wide.dtype)
        for place, axis in enumerate(axes, 2):
            padded = xp.zeros(_resized(wide, place, axis.before + axis.size + axis.after), wide.dtype)
            for (tap,), (meets,) in taps((axis.kernel,), (axis.positions,), (axis.stride,), (1,)):
                del tap
                padded[_along(place, meets)] += wide
            wide = padded[_along(place, slice(axis.before, axis.before + axis.size))]
        out[...] = wide

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return (None,)
        kind = "sum" if self.pool_type == "lp" else self.pool_type
        return apply(Pooling(**{**self.placement(), "pool_type": kind}), grads[0])


@register
class MaximumGradient(Windowed):
    """The gradient of maximum pooling's data, from the output gradient and the places of the maxima."""

    name = "_max_pooling_gradient"
    internal = True

    data_shape: Shape = p.shape(doc="shape of the data")

    def input_names(self) -> tuple[str, ...]:
        return ("grad", "workspace")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return inputs, [self.data_shape]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        grad, places = (channels_first(array, self.channels_last) for array in inputs)
        out = channels_first(outputs[0], self.channels_last)
        axes = self.axes(out.shape[2:])
        sizes = [axis.before + axis.size + axis.after for axis in axes]
        padded = xp.zeros((*out.shape[:2], *sizes), grad.dtype)
        for number, meets in enumerate(_taps(axes)):
            padded[(..., *meets)] += xp.where(places == number, grad, grad.dtype.type(0))
        out[...] = padded[(..., *_inner(axes))]

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return None, None
        return apply(MaximumChoice(**self.placement()), grads[0], inputs[1])[0], None


@register
class MaximumChoice(Windowed):
    """Of every window the element at a given place: maximum pooling with the places already found."""

    name = "_max_pooling_choice"
    internal = True

    def input_names(self) -> tuple[str, ...]:
        return ("data", "workspace")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return inputs, [inputs[1]]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        data, places = (channels_first(array, self.channels_last) for array in inputs)
        out = channels_first(outputs[0], self.channels_last)
        axes = self.axes(data.shape[2:])
        padded = pad_spatial(xp, data, _pads(axes), 0)
        out[...] = 0
        for number, meets in enumerate(_taps(axes)):
            out += xp.where(places == number, padded[(..., *meets)], data.dtype.type(0))

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return None, None
        operator = MaximumGradient(**self.placement(), data_shape=inputs[0].shape)
        return apply(operator, grads[0], inputs[1])[0], None


def find_maxima(xp: ModuleType, data: Array, axes: Sequence[Axis], out: Array, places: Array | None) -> None:
    """Fill `out` with the maximum of each window and `places`, if given, with its index; NaN is passed over."""
    lowest = xp.finfo(data.dtype).min if data.dtype.kind == "f" else -xp.inf  # bfloat16 is of kind V
    if places is None:
        xp.fmax(data, data.dtype.type(lowest)).max(axis=tuple(range(2, data.ndim)), keepdims=True, out=out)
        return
    padded = pad_spatial(xp, data, _pads(axes), lowest)
    out[...] = lowest
    places[...] = 0
    for number, meets in enumerate(_taps(axes)):
        part = padded[(..., *meets)]
        greater = part > out
        xp.copyto(out, part, where=greater)
        xp.copyto(places, places.dtype.type(number), where=greater)


def sum_windows(xp: ModuleType, data: Array, axes: Sequence[Axis]) -> Array:
    """The sum of each window, one axis after the other."""
    for place, axis in enumerate(axes, 2):
        if axis.positions == 1:
            data = data[_along(place, slice(0, axis.kernel - axis.before))].sum(axis=place, keepdims=True)
            continue
        padded = xp.zeros(_resized(data, place, axis.before + axis.size + axis.after), data.dtype)
        padded[_along(place, slice(axis.before, axis.before + axis.size))] = data
        total = xp.zeros(_resized(data, place, axis.positions), data.dtype)
        for _, (meets,) in taps((axis.kernel,), (axis.positions,), (axis.stride,), (1,)):
            total += padded[_along(place, meets)]
        data = total
    return data


def window_sizes(xp: ModuleType, axes: Sequence[Axis], dtype: Any) -> Array:
    """How many elements each window has, in the shape of the positions."""
    sizes: Any = np.ones((), dtype)
    for axis in axes:
        sizes = sizes[..., None] * axis.counts()
    return xp.asarray(sizes.astype(dtype))


def _along(axis: int, part: slice) -> tuple[slice, ...]:
    return (*(slice(None),) * axis, part)


def _resized(array: Array, axis: int, size: int) -> Shape:
    return (*array.shape[:axis], size, *array.shape[axis + 1 :])


def _pads(axes: Sequence[Axis]) -> tuple[tuple[int, int], ...]:
    return tuple((axis.before, axis.after) for axis in axes)


def _inner(axes: Sequence[Axis]) -> tuple[slice, ...]:
    return tuple(slice(axis.before, axis.before + axis.size) for axis in axes)


def _taps(axes: Sequence[Axis]) -> list[tuple[slice, ...]]:
    kernel, positions = tuple(axis.kernel for axis in axes), tuple(axis.positions for axis in axes)
    found = taps(kernel, positions, tuple(axis.stride for axis in axes), (1,) * len(axes))
    return [meets for _, meets in found]
