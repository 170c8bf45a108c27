"""Convolution and its two adjoints.

A convolution is bilinear in data and weight. Its gradients are bilinear too, each in the two others of
(data, weight, output gradient), so that the three operators here are each other's derivatives, to any order.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from math import prod
from types import ModuleType
from typing import Any, ClassVar

from symbolnb.errors import ParameterError, ShapeError
from symbolnb.graph.spec import PartialShape, Shape, show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Shapes, register, with_fields
from symbolnb.ops.infer import one_float_type
from symbolnb.ops.nn.windows import (
    CHANNELS_SECOND,
    Window,
    channels_first,
    channels_first_shape,
    channels_last_shape,
    pad_spatial,
    span,
    taps,
    windows,
)
from symbolnb.ops.term import Term, apply, call

CHUNK_BYTES = 64 << 20
"""Up to how many bytes of unfolded windows are held at a time."""

LAYOUTS = (*CHANNELS_SECOND, "NHWC", "NDHWC")


@with_fields
class Convolving(Window):
    """The parameters that place the windows of a convolution, and what follows from them."""

    num_filter: int = p.integer(minimum=1, doc="number of output channels")
    num_group: int = p.integer(1, minimum=1, doc="number of groups of channels that are convolved separately")
    layout: str | None = p.choice(
        *LAYOUTS,
        default=None,
        optional=True,
        like=CHANNELS_SECOND,
        doc="order of the axes; channels come second if None",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        count = len(self.kernel)
        if self.layout is not None and len(self.layout) != count + 2:
            raise ParameterError(f"layout is {self.layout!r} but kernel {self.kernel} has {count} dimensions")

    @property
    def channels_last(self) -> bool:
        """Whether the layout has the channels on the last axis."""
        return self.layout is not None and self.layout.endswith("C")

    def placement(self) -> dict[str, Any]:
        """The values of the parameters that all convolving operators share."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(Convolving)}

    def check_rank(self, shape: PartialShape, name: str = "data") -> None:
        """`ShapeError` where an array has not two axes more than the kernel has dimensions."""
        count = len(self.kernel) + 2
        if shape is not None and len(shape) != count:
            raise ShapeError(
                f"{name} is {show_shape(shape)} but kernel {self.kernel} needs {count} dimensions, "
                f"{self.layout if self.layout is not None else LAYOUTS[count - 3]}"
            )

    def convolved(self, sizes: PartialShape) -> tuple[int | None, ...]:
        """The spatial sizes of a convolution's output from those of its data, as far as they are known."""
        assert sizes is not None
        found: list[int | None] = []
        for axis, size in enumerate(sizes):
            reach = span(self.kernel[axis], self.dilates[axis])
            padded = None if size is None else size + 2 * self.pads[axis]
            if padded is not None and padded < reach:
                raise ShapeError(
                    f"kernel {self.kernel} reaches over {reach} elements of spatial axis {axis} "
                    f"but the data has only {padded} there, padding included"
                )
            found.append(None if padded is None else (padded - reach) // self.strides[axis] + 1)
        return tuple(found)

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return one_float_type(inputs, outputs)

    def in_groups(self, xp: ModuleType, weight: Array) -> Array:
        """The weight as matrices ``(groups, filters of a group, channels of a group * kernel)``."""
        first = channels_first(weight, self.channels_last)
        shape = (self.num_group, self.num_filter // self.num_group, prod(first.shape[1:]))
        return _computing(xp, first.reshape(shape))

    def unfolded(self, xp: ModuleType, data: Array) -> Iterator[tuple[slice, Array]]:
        """Some samples at a time with their windows ``(samples, groups, channels * kernel, positions)``."""
        first = channels_first(data, self.channels_last)
        padded = pad_spatial(xp, first, tuple((size, size) for size in self.pads), 0)
        view = windows(xp, padded, self.kernel, self.strides, self.dilates)
        count = len(self.kernel)
        view = view.transpose(0, 1, *range(2 + count, 2 + 2 * count), *range(2, 2 + count))
        for samples in self.chunks(view.shape[0], prod(view.shape[1:])):
            part = view[samples]
            rows = prod(part.shape[1 : 2 + count]) // self.num_group
            columns = part.reshape(part.shape[0], self.num_group, rows, prod(part.shape[2 + count :]))
            yield samples, _computing(xp, columns)

    def grouped_grad(self, grad: Array) -> Array:
        """An output gradient as ``(samples, groups, filters of a group, positions)``."""
        first = channels_first(grad, self.channels_last)
        shape = (first.shape[0], self.num_group, self.num_filter // self.num_group, prod(first.shape[2:]))
        return first.reshape(shape)

    @staticmethod
    def chunks(samples: int, elements: int) -> list[slice]:
        """The batch in parts whose windows, of so many elements a sample, fit into `CHUNK_BYTES`."""
        step = max(1, CHUNK_BYTES // max(1, 4 * elements))
        return [slice(start, start + step) for start in range(0, samples, step)]


def _computing(xp: ModuleType, array: Array) -> Array:
    """The array in the type that sums are made in: half precision adds up in single."""
    return array.astype(xp.float32) if array.dtype.itemsize == 2 else array


@register
class Convolution(Convolving):
    """Convolution of the data with a learned weight, in one, two or three dimensions.

    Shapes, with channels second: data ``(batch, channels, *sizes)``, weight
    ``(num_filter, channels / num_group, *kernel)``, bias ``(num_filter,)``; the output is
    ``(batch, num_filter, *out)`` with ``out = (size + 2 pad - dilate (kernel - 1) - 1) // stride + 1``. With
    a layout of channels last, data, weight and output have their second axis last.
    """

    name = "Convolution"
    signature: ClassVar[tuple[str, ...]] = (
        "kernel", "stride", "dilate", "pad", "num_filter", "num_group", "workspace", "no_bias", "cudnn_tune",
        "cudnn_off", "layout",
    )  # fmt: skip

    workspace: int = p.integer(1024, minimum=0, doc="accepted for MXNet's sake; without effect")
    no_bias: bool = p.boolean(False, doc="whether to leave out the bias")
    cudnn_tune: str | None = p.choice(
        "off", "limited_workspace", "fastest", default=None, optional=True,
        doc="accepted for MXNet's sake; without effect",
    )  # fmt: skip
    cudnn_off: bool = p.boolean(False, doc="accepted for MXNet's sake; without effect")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.num_filter % self.num_group:
            raise ParameterError(f"num_group {self.num_group} does not divide num_filter {self.num_filter}")

    def input_names(self) -> tuple[str, ...]:
        return ("data", "weight") if self.no_bias else ("data", "weight", "bias")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        self.check_rank(inputs[0])
        self.check_rank(outputs[0], "output")
        last, unknown = self.channels_last, (None,) * len(self.kernel)
        data = channels_first_shape(inputs[0], last) or (None, None, *unknown)
        out = channels_first_shape(outputs[0], last) or (None, None, *unknown)
        weight = channels_first_shape(inputs[1], last)
        channels = data[1]
        if channels is None and weight is not None and len(weight) == len(data) and weight[1] is not None:
            channels = weight[1] * self.num_group
        if channels is not None and channels % self.num_group:
            raise ShapeError(f"num_group {self.num_group} does not divide the data's {channels} channels")
        batch = out[0] if data[0] is None else data[0]
        sizes = tuple(self._size_before(axis, size, out[2 + axis]) for axis, size in enumerate(data[2:]))
        weight = (self.num_filter, None if channels is None else channels // self.num_group, *self.kernel)
        shapes: Shapes = [(batch, channels, *sizes), weight, (self.num_filter,)]
        shapes[:2] = [channels_last_shape(shape, last) for shape in shapes[:2]]
        made = (batch, self.num_filter, *self.convolved(sizes))
        return shapes[: len(inputs)], [channels_last_shape(made, last)]

    def _size_before(self, axis: int, size: int | None, out: int | None) -> int | None:
        """A spatial size of the data; if it is unknown and the stride is 1, it follows from the output's."""
        if size is not None or out is None or self.strides[axis] != 1:
            return size
        return out - 1 + span(self.kernel[axis], self.dilates[axis]) - 2 * self.pads[axis]

    def multiply_adds(self, inputs: Sequence[tuple[int, ...]], outputs: Sequence[tuple[int, ...]]) -> int:
        return prod(outputs[0]) * prod(inputs[1][1:])

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        matrices = self.in_groups(xp, inputs[1])
        out = channels_first(outputs[0], self.channels_last)
        for samples, columns in self.unfolded(xp, inputs[0]):
            part = out[samples]
            result = xp.matmul(matrices, columns).reshape(part.shape)
            if not self.no_bias:
                result += inputs[2].reshape(-1, *(1,) * len(self.kernel))
            part[...] = result

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        grad, (data, weight) = grads[0], inputs[:2]
        if grad is None:
            return (None,) * len(inputs)
        made = (
            apply(ConvolutionDataGradient(**self.placement(), data_shape=data.shape), grad, weight)[0],
            apply(ConvolutionWeightGradient(**self.placement(), weight_shape=weight.shape), data, grad)[0],
        )
        return made if self.no_bias else (*made, sum_of_channels(grad, self.channels_last))


def sum_of_channels(grad: Term, channels_last: bool) -> Term:
    """The gradient of a bias: everything summed but the channels."""
    channel = len(grad.shape) - 1 if channels_last else 1
    return call("sum", grad, axis=tuple(axis for axis in range(len(grad.shape)) if axis != channel))


@register
class ConvolutionDataGradient(Convolving):
    """The gradient of a convolution's data, from the output gradient and the weight."""

    name = "_convolution_data_gradient"
    internal = True

    data_shape: Shape = p.shape(doc="shape of the data")

    def input_names(self) -> tuple[str, ...]:
        return ("grad", "weight")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return inputs, [self.data_shape]

    def multiply_adds(self, inputs: Sequence[tuple[int, ...]], outputs: Sequence[tuple[int, ...]]) -> int:
        return prod(inputs[0]) * prod(inputs[1][1:])

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        matrices = self.in_groups(xp, inputs[1]).swapaxes(1, 2)
        grad = self.grouped_grad(inputs[0])
        positions = channels_first(inputs[0], self.channels_last).shape[2:]
        out = channels_first(outputs[0], self.channels_last)
        places = taps(self.kernel, positions, self.strides, self.dilates)
        sizes = tuple(size + 2 * pad for size, pad in zip(out.shape[2:], self.pads, strict=True))
        inner = tuple(slice(pad, pad + size) for size, pad in zip(out.shape[2:], self.pads, strict=True))
        for samples in self.chunks(out.shape[0], out.shape[1] * prod(self.kernel) * prod(positions)):
            part = out[samples]
            columns = xp.matmul(matrices, _computing(xp, grad[samples]))
            columns = columns.reshape(*part.shape[:2], *self.kernel, *positions)
            padded = xp.zeros((*part.shape[:2], *sizes), columns.dtype)
            for index, meets in places:
                padded[(..., *meets)] += columns[(slice(None), slice(None), *index)]
            part[...] = padded[(..., *inner)]

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        grad, weight = inputs
        outer = grads[0]
        if outer is None:
            return None, None
        return (
            apply(Convolution(**self.placement(), no_bias=True), outer, weight)[0],
            apply(ConvolutionWeightGradient(**self.placement(), weight_shape=weight.shape), outer, grad)[0],
        )


@register
class ConvolutionWeightGradient(Convolving):
    """The gradient of a convolution's weight, from the data and the output gradient."""

    name = "_convolution_weight_gradient"
    internal = True

    weight_shape: Shape = p.shape(doc="shape of the weight")

    def input_names(self) -> tuple[str, ...]:
        return ("data", "grad")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return inputs, [self.weight_shape]

    def multiply_adds(self, inputs: Sequence[tuple[int, ...]], outputs: Sequence[tuple[int, ...]]) -> int:
        return prod(inputs[1]) * prod(self.weight_shape[1:])

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        grad = self.grouped_grad(inputs[1])
        out = channels_first(outputs[0], self.channels_last)
        total = None
        for samples, columns in self.unfolded(xp, inputs[0]):
            part = xp.matmul(_computing(xp, grad[samples]), columns.swapaxes(2, 3)).sum(axis=0)
            total = part if total is None else total + part
        out[...] = 0 if total is None else total.reshape(out.shape)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        data, grad = inputs
        outer = grads[0]
        if outer is None:
            return None, None
        return (
            apply(ConvolutionDataGradient(**self.placement(), data_shape=data.shape), grad, outer)[0],
            apply(Convolution(**self.placement(), no_bias=True), data, outer)[0],
        )
