"""Deformable convolution: a convolution whose windows are bent by learned offsets, and weighted by a mask.

It is made of `Interpolate`, which reads the bent windows, and of products of matrices, for terms and for arrays
alike; so its gradients are made of registered operators, to any order that interpolation has.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from types import ModuleType
from typing import ClassVar

import numpy as np

from symbolnb.errors import ParameterError, ShapeError
from symbolnb.graph.spec import Shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register, with_fields
from symbolnb.ops.nn.convolution import Convolving, sum_of_channels
from symbolnb.ops.term import Term, apply, broadcast_to, call, cast, reshape
from symbolnb.ops.vision.sampling import Interpolate
from symbolnb.ops.vision.shapes import IMAGES, computing, computing_dtype, first, of_rank

WORKSPACE = "accepted for MXNet's sake; without effect"
SAMPLING = {False: Interpolate(normalized=False, border="edge"), True: Interpolate(normalized=False)}
"""How the two kinds, without and with a mask, read pixels and what is around the image."""


@register
class WindowPositions(Operator):
    """The pixels that the windows of a convolution read, ``(1, 2, kernel elements, windows)``, x in channel 0."""

    name = "_window_positions"
    internal = True

    kernel: Shape = p.shape(doc="size of the window")
    stride: Shape = p.shape(doc="step between windows")
    dilate: Shape = p.shape(doc="step between a window's elements")
    pad: Shape = p.shape(doc="zeros on both sides of each axis")
    positions: Shape = p.shape(doc="number of windows along each axis")
    dtype: str = p.text(doc="element type")

    def input_names(self) -> tuple[str, ...]:
        return ()

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return [], [(1, 2, prod(self.kernel), prod(self.positions))]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return [], [np.dtype(self.dtype)]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        out = outputs[0].reshape(2, *self.kernel, *self.positions)
        rows, columns = (xp.arange(n) * s - q for n, s, q in zip(self.positions, self.stride, self.pad, strict=True))
        down, along = (xp.arange(n) * step for n, step in zip(self.kernel, self.dilate, strict=True))
        out[0] = along[:, None, None] + columns
        out[1] = down[:, None, None, None] + rows[:, None]


@with_fields
class Deformable(Convolving):
    """What both kinds of deformable convolution share; the second has a mask."""

    num_deformable_group: int = p.integer(1, minimum=1, doc="number of groups of channels with offsets of their own")
    workspace: int = p.integer(1024, minimum=0, doc=WORKSPACE)
    no_bias: bool = p.boolean(False, doc="whether to leave out the bias")
    masked: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.kernel) != 2:
            raise ParameterError(f"kernel is {self.kernel} but must have 2 dimensions")
        if self.num_filter % self.num_group:
            raise ParameterError(f"num_group {self.num_group} does not divide num_filter {self.num_filter}")

    def input_names(self) -> tuple[str, ...]:
        names = ("data", "offset", "mask", "weight", "bias") if self.masked else ("data", "offset", "weight", "bias")
        return names[:-1] if self.no_bias else names

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, out = of_rank(inputs[0], IMAGES), of_rank(outputs[0], IMAGES, "output")
        weight, taps = inputs[2 + self.masked], prod(self.kernel) * self.num_deformable_group
        channels = data[1]
        if channels is None and weight is not None and len(weight) == 4 and weight[1] is not None:
            channels = weight[1] * self.num_group
        for word in ("num_group", "num_deformable_group"):
            if channels is not None and channels % getattr(self, word):
                raise ShapeError(f"{word} {getattr(self, word)} does not divide the data's {channels} channels")
        bent = [of_rank(inputs[1], IMAGES, "offset")]
        bent += [of_rank(inputs[2], IMAGES, "mask")] if self.masked else []
        batch = first(data[0], out[0], *(shape[0] for shape in bent))
        made = self.convolved(data[2:])
        sizes = tuple(
            first(size, out[axis], *(shape[axis] for shape in bent)) for axis, size in zip((2, 3), made, strict=True)
        )
        group_channels = None if channels is None else channels // self.num_group
        shapes: Shapes = [(batch, channels, *data[2:]), (batch, 2 * taps, *sizes)]
        if self.masked:
            shapes.append((batch, taps, *sizes))
        shapes += [(self.num_filter, group_channels, *self.kernel), (self.num_filter,)]
        return shapes[: len(inputs)], [(batch, self.num_filter, *sizes)]

    def multiply_adds(self, inputs: Sequence[tuple[int, ...]], outputs: Sequence[tuple[int, ...]]) -> int:
        return prod(outputs[0]) * prod(inputs[2 + self.masked][1:])

    def _positions(self, positions: Shape, dtype: str) -> WindowPositions:
        return WindowPositions(
            kernel=self.kernel, stride=self.strides, dilate=self.dilates, pad=self.pads,
            positions=positions, dtype=dtype,
        )  # fmt: skip

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        data, offset = computing(xp, inputs[0]), computing(xp, inputs[1])
        weight, out = computing(xp, inputs[2 + self.masked]), outputs[0]
        batch, channels, height, width = data.shape
        groups, taps, windows = self.num_deformable_group, prod(self.kernel), prod(out.shape[2:])
        base = xp.empty((1, 2, taps, windows), data.dtype)
        self._positions(out.shape[2:], data.dtype.name).forward(xp, [], [base])
        grid = offset.reshape(batch * groups, taps, 2, windows)[:, :, ::-1].transpose(0, 2, 1, 3) + base
        columns = xp.empty((batch * groups, channels // groups, taps, windows), data.dtype)
        SAMPLING[self.masked].read(xp, data.reshape(batch * groups, channels // groups, height, width), grid, columns)
        if self.masked:
            columns *= computing(xp, inputs[2]).reshape(batch * groups, 1, taps, windows)
        filters = weight.reshape(self.num_group, self.num_filter // self.num_group, -1)
        made = xp.matmul(filters, columns.reshape(batch, self.num_group, -1, windows)).reshape(out.shape)
        if not self.no_bias:
            made += computing(xp, inputs[-1]).reshape(-1, 1, 1)
        out[...] = made

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return (None,) * len(inputs)
        wide = computing_dtype(grads[0].dtype)
        terms = [cast(term, wide) for term in inputs]
        made = _Backward(self, terms, cast(grads[0], wide)).gradients()
        if not self.no_bias:
            made.append(sum_of_channels(grads[0], False))
        return tuple(cast(term, given.dtype) for term, given in zip(made, inputs, strict=True))


class _Backward:
    """The gradient of a deformable convolution as terms."""

    def __init__(self, operator: Deformable, inputs: Sequence[Term], grad: Term) -> None:
        self.operator, self.data, self.offset = operator, inputs[0], inputs[1]
        self.sampling = SAMPLING[operator.masked]
        self.mask = inputs[2] if operator.masked else None
        self.weight = inputs[2 + operator.masked]
        self.shape = inputs[0].shape
        self.taps, self.windows = prod(operator.kernel), prod(grad.shape[2:])
        self.bent = self.shape[0] * operator.num_deformable_group
        groups, filters = operator.num_group, operator.num_filter // operator.num_group
        self.parts = self.shape[0] * groups
        self.grad = reshape(grad, (self.parts, filters, self.windows))
        self.rows = self.shape[1] // groups * self.taps
        matrices = reshape(self.weight, (1, groups, filters, self.rows))
        repeated = broadcast_to(matrices, (self.shape[0], groups, filters, self.rows))
        self.filters = reshape(repeated, (self.parts, filters, self.rows))
        self.images = reshape(self.data, (self.bent, self.shape[1] * self.shape[0] // self.bent, *self.shape[2:]))
        self.grid = self._grid(grad.shape[2:])

    def _grid(self, positions: Shape) -> Term:
        """The positions that the windows read, x before y, group by group."""
        given = reshape(self.offset, (self.bent, self.taps, 2, self.windows))
        moved = call("transpose", call("reverse", given, axis=(2,)), axes=(0, 2, 1, 3))
        return moved + apply(self.operator._positions(positions, self.data.dtype.name))[0]

    def gradients(self) -> list[Term]:
        """Those of data, offset, mask if there is one, and weight."""
        read = apply(self.sampling, self.images, self.grid)[0]
        columns_grad = reshape(call("batch_dot", self.filters, self.grad, transpose_a=True), read.shape)
        columns, mask_grad = read, []
        if self.mask is not None:
            mask = reshape(self.mask, (self.bent, 1, self.taps, self.windows))
            mask_grad = [reshape(call("sum", columns_grad * read, axis=(1,)), self.mask.shape)]
            columns, columns_grad = read * mask, columns_grad * mask
        columns = reshape(columns, (self.parts, self.rows, self.windows))
        products = call("batch_dot", self.grad, columns, transpose_b=True)
        products = reshape(products, (self.shape[0], *self.weight.shape))
        images_grad, grid_grad = self.sampling.gradient((self.images, self.grid), (read,), (columns_grad,))
        assert images_grad is not None
        assert grid_grad is not None
        turned = call("reverse", call("transpose", grid_grad, axes=(0, 2, 1, 3)), axis=(2,))
        return [
            reshape(images_grad, self.shape),
            reshape(turned, self.offset.shape),
            *mask_grad,
            call("sum", products, axis=(0,)),
        ]


@register
class DeformableConvolution(Deformable):
    """A convolution that reads its windows at pixels moved by offsets.

    Shapes: data ``(batch, channels, height, width)``, offset ``(batch, 2 num_deformable_group kernel elements,
    rows, columns)``, for each element of each window how far down and how far right to read; weight
    ``(num_filter, channels / num_group, *kernel)``, bias ``(num_filter,)``. The output is
    ``(batch, num_filter, rows, columns)``, sized as a convolution's. Between pixels it reads bilinearly, outside
    the image zeros; less than a pixel below or to the right of the image, still the last pixel.
    """

    name = "_contrib_DeformableConvolution"
    signature = (
        "kernel", "stride", "dilate", "pad", "num_filter", "num_group", "num_deformable_group", "workspace",
        "no_bias", "layout",
    )  # fmt: skip


@register
class ModulatedDeformableConvolution(Deformable):
    """A deformable convolution that also multiplies every element that it reads by a mask.

    Shapes as for DeformableConvolution, with a mask ``(batch, num_deformable_group kernel elements, rows,
    columns)`` after the offset. All that is outside counts as zero. (MXNet has this operator on GPUs only.)
    """

    name = "_contrib_ModulatedDeformableConvolution"
    signature = (
        "kernel", "stride", "dilate", "pad", "num_filter", "num_group", "num_deformable_group", "workspace",
        "no_bias", "im2col_step", "layout",
    )  # fmt: skip
    masked = True

    im2col_step: int = p.integer(64, minimum=0, doc=WORKSPACE)
