"""Image transformations that give the same answer every time: conversion, normalization, cutting, turning, resizing.

Images are ``(height, width, channels)``, and where a batch is taken ``(batch, height, width, channels)``. MXNet hands
output gradients back unchanged; here they are the true ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import floor
from types import ModuleType
from typing import Any

import numpy as np

from symbolnb.dtypes import FLOAT32, DType, is_float
from symbolnb.errors import ParameterError, ShapeError
from symbolnb.graph.spec import PartialShape, Shape, show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register
from symbolnb.ops.infer import known, same_shapes
from symbolnb.ops.slicing import place
from symbolnb.ops.term import Term, apply, call, cast
from symbolnb.ops.vision.shapes import computing

Matrix = np.ndarray[Any, Any]


def of_image(shape: PartialShape, batches: bool = True, axes: str = "(height, width, channels)") -> PartialShape:
    """The shape of an image, or of a batch where that is allowed; `ShapeError` where it is neither."""
    if shape is not None and len(shape) != 3 and not (batches and len(shape) == 4):
        batch = f" or (batch, {axes[1:]}" if batches else ""
        raise ShapeError(f"data is {show_shape(shape)} but must be {axes}{batch}")
    return shape


def assign(xp: ModuleType, out: Array, values: Array) -> None:
    """Write numbers into an array; those of uint8 are cut to whole ones between 0 and 255."""
    out[...] = xp.clip(values, 0, 255) if out.dtype == np.uint8 else values


@register
class ToTensor(Operator):
    """An image of numbers from 0 to 255, channels last, as float32 from 0 to 1, channels first.

    Shapes: ``(height, width, channels)`` gives ``(channels, height, width)``, with or without a batch before.
    """

    name = "_image_to_tensor"

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, out = of_image(inputs[0]), of_image(outputs[0], axes="(channels, height, width)")
        if data is None and out is not None:
            data = (*out[:-3], out[-2], out[-1], out[-3])
        return [data], [None if data is None else (*data[:-3], data[-1], data[-3], data[-2])]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return inputs, [FLOAT32]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        outputs[0][...] = xp.moveaxis(inputs[0], -1, -3) / FLOAT32.type(255)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None or not is_float(inputs[0].dtype):
            return (None,)
        lead = tuple(range(len(inputs[0].shape) - 3))
        axes = (*lead, len(lead) + 1, len(lead) + 2, len(lead))
        return (cast(call("transpose", grads[0] / 255.0, axes=axes), inputs[0].dtype),)


@register
class Normalize(Operator):
    """Each channel of an image less its mean, divided by its standard deviation.

    Shapes: ``(channels, height, width)``, with or without a batch before. `mean` and `std` have a number for each
    channel, or one for all.
    """

    name = "_image_normalize"

    mean: tuple[float, ...] = p.numbers((0.0, 0.0, 0.0, 0.0), doc="what is subtracted from each channel")
    std: tuple[float, ...] = p.numbers((1.0, 1.0, 1.0, 1.0), doc="what each channel is divided by")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        (data,), outs = same_shapes(inputs, outputs)
        of_image(data, axes="(channels, height, width)")
        if data is not None and data[-3] is not None:
            for word in ("mean", "std"):
                count = len(getattr(self, word))
                if count != 1 and count < data[-3]:
                    raise ShapeError(f"{word} has {count} numbers but data {show_shape(data)} has {data[-3]} channels")
        return [data], outs

    def inplace_pairs(self) -> tuple[tuple[int, int], ...]:
        return ((0, 0),)

    def _of_channels(self, xp: ModuleType, numbers: tuple[float, ...], channels: int) -> Array:
        line = numbers[:channels] if len(numbers) > 1 else numbers * channels
        return xp.asarray(line, "float64")[:, None, None]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        channels = inputs[0].shape[-3]
        mean, std = (self._of_channels(xp, numbers, channels) for numbers in (self.mean, self.std))
        made = (inputs[0] - mean) / std
        outputs[0][...] = made if is_float(outputs[0].dtype) else made.astype("int64")  # and from there it wraps

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None or not is_float(inputs[0].dtype):
            return (None,)
        return (call(self.name, grads[0], mean=(0.0,), std=self.std),)


@register
class ImageCrop(Operator):
    """A window of an image. Shapes: ``(height, width, channels)``, with or without a batch before."""

    name = "_image_crop"

    x: int = p.integer(minimum=0, doc="the window's left column")
    y: int = p.integer(minimum=0, doc="the window's upper row")
    width: int = p.integer(minimum=1, doc="the window's width")
    height: int = p.integer(minimum=1, doc="the window's height")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, out = of_image(inputs[0]), of_image(outputs[0])
        if data is None:
            return [None if out is None else (*out[:-3], None, None, out[-1])], [None]
        for start, size, axis in ((self.y, self.height, -3), (self.x, self.width, -2)):
            whole = data[axis]
            if whole is not None and start + size > whole:
                raise ShapeError(
                    f"data is {show_shape(data)}, too small for {size} elements from {start} on axis {axis}"
                )
        return [data], [(*data[:-3], self.height, self.width, data[-1])]

    def _window(self, dimensions: int) -> tuple[slice, ...]:
        lead = (slice(None),) * (dimensions - 3)
        return *lead, slice(self.y, self.y + self.height), slice(self.x, self.x + self.width), slice(None)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        outputs[0][...] = inputs[0][self._window(inputs[0].ndim)]

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None or not is_float(inputs[0].dtype):
            return (None,)
        data = inputs[0].shape
        cuts = (slice(*cut.indices(size)) for cut, size in zip(self._window(len(data)), data, strict=True))
        return (place(grads[0], tuple(cuts), data),)


class Flip(Operator):
    """An image turned around along one axis."""

    axis = 0

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        (data,), outs = same_shapes(inputs, outputs)
        return [of_image(data, batches=False)], outs

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        outputs[0][...] = xp.flip(inputs[0], self.axis)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None or not is_float(inputs[0].dtype):
            return (None,)
        return (call(self.name, grads[0]),)


@register
class FlipLeftRight(Flip):
    """An image ``(height, width, channels)`` with left and right exchanged."""

    name = "_image_flip_left_right"
    axis = 1


@register
class FlipTopBottom(Flip):
    """An image ``(height, width, channels)`` with top and bottom exchanged."""

    name = "_image_flip_top_bottom"


NEAREST, LINEAR, CUBIC, AREA, LANCZOS = range(5)


@register
class ImageResize(Operator):
    """An image resized. Shapes: ``(height, width, channels)``, with or without a batch before.

    Integers are rounded, uint8 also kept between 0 and 255; there OpenCV's own rounding, in MXNet, may differ by 1.
    """

    name = "_image_resize"

    size: Shape = p.shape((), minimum=1, doc="width and height; or one number for both")
    keep_ratio: bool = p.boolean(False, doc="whether a single number is the shorter side, and the ratio is kept")
    interp: int = p.integer(
        LINEAR,
        minimum=0,
        maximum=4,
        doc="0: nearest pixel, 1: bilinear, 2: bicubic, 3: by area, 4: Lanczos with 8 pixels",
    )

    def __post_init__(self) -> None:
        if not 1 <= len(self.size) <= 2:
            raise ParameterError(f"size is {self.size} but must have 1 or 2 numbers")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, out = of_image(inputs[0]), of_image(outputs[0])
        if data is None:
            return [None if out is None else (*out[:-3], None, None, out[-1])], [None]
        return [data], [(*data[:-3], *self._sizes(data), data[-1])]

    def _sizes(self, data: tuple[int | None, ...]) -> tuple[int | None, ...]:
        if len(self.size) == 2 or not self.keep_ratio:
            return self.size[-1], self.size[0]
        sizes = known(data[-3:-1])
        if sizes is None:
            return None, None
        height, width = sizes
        short = self.size[0]
        return (height * short // width, short) if width < height else (short, width * short // height)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        data, out = inputs[0], outputs[0]
        dtype = computing(xp, data).dtype if is_float(data.dtype) else np.dtype("float64")
        rows, columns = self.matrices(xp, data.shape, out.shape, dtype)
        made = xp.einsum("yh,...hwc,xw->...yxc", rows, data.astype(dtype), columns, optimize=True)
        assign(xp, out, made if is_float(out.dtype) else xp.floor(made + 0.5))

    def matrices(self, xp: ModuleType, data: Shape, out: Shape, dtype: DType) -> list[Array]:
        """The matrices that map rows and columns."""
        shrinks = data[-3] >= out[-3] and data[-2] >= out[-2]
        return [
            xp.asarray(resizing(self.interp, data[axis], out[axis], shrinks).astype(dtype)) for axis in (-3, -2)
        ]  # fmt: skip

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None or not is_float(inputs[0].dtype):
            return (None,)
        return apply(ImageResizeGradient(resize=self, data_shape=inputs[0].shape), grads[0])


@register
class ImageResizeGradient(Operator):
    """The gradient of an image that was resized: the transposed matrices."""

    name = "_image_resize_gradient"
    internal = True

    resize: ImageResize
    data_shape: Shape = p.shape(doc="shape of the image")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return inputs, [self.data_shape]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        grad = computing(xp, inputs[0])
        rows, columns = self.resize.matrices(xp, self.data_shape, grad.shape, grad.dtype)
        outputs[0][...] = xp.einsum("yh,...yxc,xw->...hwc", rows, grad, columns, optimize=True)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None,) if grads[0] is None else apply(self.resize, grads[0])


def resizing(interp: int, size: int, made: int, shrinks: bool) -> Matrix:
    """The ``(made, size)`` matrix that resizes one axis; `shrinks` says whether no axis grows."""
    step, matrix = size / made, np.zeros((made, size))
    for row in range(made):
        if interp == AREA and shrinks:
            edges = np.clip(np.arange(size + 1), row * step, (row + 1) * step)
            matrix[row] = np.diff(edges) / step
            continue
        for pixel, weight in _taps(interp, row, step):
            matrix[row, min(max(pixel, 0), size - 1)] += weight
    return matrix


def _taps(interp: int, row: int, step: float) -> list[tuple[int, float]]:
    """The pixels, some maybe outside, that make up one of the output, with their weights."""
    if interp == NEAREST:
        return [(floor(row * step), 1.0)]
    at = (row + 0.5) * step - 0.5
    low = floor(at)
    part = at - low
    if interp == AREA:  # of an image that grows: cells of one pixel, with a ramp where they meet
        low = floor(row * step)
        part = row + 1 - (low + 1) / step
        part = 0.0 if part <= 0 else part - floor(part)
    if interp in (LINEAR, AREA):
        return [(low, 1 - part), (low + 1, part)]
    if interp == CUBIC:
        return [(low + tap, _cubic(abs(part - tap))) for tap in range(-1, 3)]
    weights = np.sinc(part - np.arange(-3, 5)) * np.sinc((part - np.arange(-3, 5)) / 4)
    weights /= weights.sum()
    return [(low + tap, float(weight)) for tap, weight in zip(range(-3, 5), weights, strict=True)]


def _cubic(x: float) -> float:
    """The weight of a pixel so far away, by a cubic with slope -3/4 at distance 1."""
    if x <= 1:
        return (1.25 * x - 2.25) * x * x + 1
    return ((-0.75 * x + 3.75) * x - 6) * x + 3
