"""The data gradient of a convolution of very few channels, such as a network's first: folded into channels.

oneDNN works on 16 channels at once, so that of 3, or of 1, most are padding. Here a block of the gradient, such as
2 × 2 pixels of 3 channels, counts as one pixel of 12 channels: each is a sum over the same few pixels of the output
gradient, hence the result of an ordinary convolution, with the weights spread out and zeros between them.

Along an axis let the stride be s, the block f, a multiple of s. Then dX[f·m + r] is the sum of dY[q]·W[k] over all q
and k with s·q = f·m + r + pad - k. With u = q - (f / s)·m that is k = r + pad - s·u: a convolution of dY with the
stride f / s, whose kernel has the places u at which k lies in the kernel for some r.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from math import prod
from typing import NamedTuple

import numpy as np

from symbolnb.graph.spec import Shape
from symbolnb.kernels.onednn import describe
from symbolnb.kernels.onednn.describe import Window
from symbolnb.kernels.onednn.kernel import OneDNNKernel, Recipe, Specs, bound, given
from symbolnb.kernels.onednn.layout import anything, plain, strided
from symbolnb.kernels.onednn.memory import Memory, aligned
from symbolnb.kernels.onednn.primitive import Arg, Call, compiled_for
from symbolnb.ops.base import Array, Operator
from symbolnb.ops.nn.convolution import Convolving

CHANNELS = 16
"""How many channels oneDNN's kernels work on at once."""
SMALLEST = 1_000_000
"""Multiply-add pairs below which it makes no difference."""


class Axis(NamedTuple):
    """One axis of the folded convolution: `block` pixels become one, `blocks` in all; `first` is the smallest u."""

    kernel: int
    pad: int
    stride: int
    block: int
    blocks: int
    first: int
    places: int
    given: int

    @classmethod
    def of(cls, kernel: int, pad: int, stride: int, block: int, size: int, given: int) -> Axis:
        """The axis for data of some size and an output gradient of the size `given`."""
        first = -((kernel - 1 - pad) // stride)
        last = (block - 1 + pad) // stride
        return cls(kernel, pad, stride, block, size // block, first, last - first + 1, given)

    @property
    def step(self) -> int:
        """The stride of the folded convolution."""
        return self.block // self.stride

    @property
    def after(self) -> int:
        """The pad at the end; that at the beginning is `-first`."""
        return (self.blocks - 1) * self.step + self.places - self.given + self.first

    def sources(self) -> Array:
        """For each pixel of a block and each place, the element of the kernel; `kernel` where there is none."""
        pixel, place = np.ogrid[: self.block, : self.places]
        element = pixel + self.pad - self.stride * (place + self.first)
        return np.where((element >= 0) & (element < self.kernel), element, self.kernel)


def fold(operator: Convolving, data: Shape, grad: Shape) -> tuple[Axis, ...] | None:
    """The axes of the cheapest folding; None where there is none, or it would save less than a third."""
    channels, filters = data[1], grad[1]
    if operator.channels_last or operator.num_group > 1 or any(step > 1 for step in operator.dilates):
        return None
    spatial = zip(operator.kernel, operator.pads, operator.strides, data[2:], grad[2:], strict=True)
    choices = [
        [
            Axis.of(kernel, pad, stride, times * stride, size, given)
            for times in (1, 2, 4)
            if size % (times * stride) == 0
        ]
        for kernel, pad, stride, size, given in spatial
    ]
    usual = prod(grad) * prod(operator.kernel) * -(-channels // CHANNELS) * CHANNELS
    if usual < SMALLEST or channels * 2 > CHANNELS:
        return None
    best, found = usual * 2 / 3, None
    for axes in product(*choices):
        if any(axis.first > 0 or axis.after < 0 for axis in axes):
            continue
        made = -(-channels * prod(axis.block for axis in axes) // CHANNELS) * CHANNELS
        cost = data[0] * filters * made * prod(axis.blocks * axis.places for axis in axes)
        if cost < best:
            best, found = cost, axes
    return found


class FoldedDataGradientKernel(OneDNNKernel):
    """The gradient of a convolution by its data, where that has few channels."""

    def recipe(self, operator: Operator, inputs: Specs, outputs: Specs, free: bool) -> Recipe | None:
        """The folded convolution of the output gradient; weight and result are dense."""
        assert isinstance(operator, Convolving)
        axes = fold(operator, outputs[0].shape, inputs[0].shape)
        if axes is None:
            return None
        batch, channels = outputs[0].shape[:2]
        channels *= prod(axis.block for axis in axes)
        window = Window(
            tuple(axis.step for axis in axes),
            (1,) * len(axes),
            tuple(-axis.first for axis in axes),
            tuple(axis.after for axis in axes),
        )
        primitive = describe.convolution(
            given(inputs[0], free),
            anything((channels, inputs[0].shape[1], *(axis.places for axis in axes))),
            None,
            anything((batch, channels, *(axis.blocks for axis in axes))),
            window,
        )
        return Recipe(primitive, (Arg.SRC, None), (None,))

    def workspace(self, operator: Operator, inputs: Specs, outputs: Specs) -> int:
        """Scratch memory, the weight in three forms and the result in two."""
        return sum(aligned(size) for size in self._sizes(self.settled(operator, inputs, outputs), inputs, outputs))

    def _sizes(self, recipe: Recipe, inputs: Specs, outputs: Specs) -> tuple[int, ...]:
        weights, out = recipe.primitive.layout(Arg.WEIGHTS), recipe.primitive.layout(Arg.DST)
        spread = 4 * prod(weights.shape)
        return (
            recipe.primitive.scratch_bytes,
            inputs[1].nbytes + 4,
            spread,
            weights.nbytes,
            out.nbytes,
            outputs[0].nbytes,
        )

    def bind(
        self,
        operator: Operator,
        specs: tuple[Specs, Specs],
        inputs: Sequence[Array],
        outputs: Sequence[Array],
        workspace: Array | None,
    ) -> Callable[[], object]:
        """Spreading the weight out, the convolution, and unfolding its result."""
        assert isinstance(operator, Convolving)
        assert workspace is not None
        recipe = self.settled(operator, *specs)
        primitive, start, parts = recipe.primitive, 0, []
        for size in self._sizes(recipe, *specs):
            parts.append(workspace[start : start + size])
            start += aligned(size)
        scratch, extended, spread, weights, folded, dense = parts
        data, grad = specs[1][0].shape, specs[0][0].shape
        axes = fold(operator, data, grad)
        assert axes is not None
        convolve = bound(primitive, (Arg.SRC, Arg.WEIGHTS, Arg.DST), (inputs[0], weights, folded), scratch)
        with compiled_for(primitive.threads):
            wanted, made = primitive.layout(Arg.WEIGHTS), primitive.layout(Arg.DST)
            pack = describe.reorder(plain(wanted.shape), wanted)
            opened = describe.reorder(made, plain(made.shape))
            blocks = plain(_split(made.shape, axes, data[1]))
            placed = describe.reorder(blocks, strided(blocks.shape, _strides(data, axes)))
        calls = [
            Call(pack, {Arg.SRC: Memory(plain(wanted.shape), spread), Arg.DST: Memory(wanted, weights)}),
            convolve,
            Call(opened, {Arg.SRC: Memory(made, folded), Arg.DST: Memory(plain(made.shape), dense)}),
            Call(placed, {Arg.SRC: Memory(blocks, dense), Arg.DST: Memory(placed.layout(Arg.DST), outputs[0])}),
        ]
        numbers, index, weight = extended.view(np.float32), _sources(data[1], grad[1], axes), inputs[1].reshape(-1)
        spread = spread.view(np.float32).reshape(index.shape)

        def run() -> None:
            numbers[:-1] = weight
            numbers[-1] = 0
            np.take(numbers, index, out=spread, mode="clip")  # clip: without it, take works in a buffer of its own
            for call in calls:
                call()

        return run


def _sources(channels: int, filters: int, axes: Sequence[Axis]) -> Array:
    """Which element of the weight (filters, channels, kernel) is where in the folded one; one more is the zero."""
    count = len(axes)
    kernel = tuple(axis.kernel for axis in axes)
    rank = 2 * count + 2  # blocks, channel, filter, places
    inside: Array = np.ones((1,) * rank, bool)
    index: Array = np.zeros((1,) * rank, np.intp)
    for position, axis in enumerate(axes):
        shape = [1] * rank
        shape[position], shape[count + 2 + position] = axis.block, axis.places
        sources = axis.sources().reshape(shape)
        inside = inside & (sources < axis.kernel)
        index = index + sources * prod(kernel[position + 1 :])
    channel = np.arange(channels).reshape(*(1,) * count, -1, *(1,) * (count + 1))
    filter_ = np.arange(filters).reshape(*(1,) * (count + 1), -1, *(1,) * count)
    index = index + (filter_ * channels + channel) * prod(kernel)
    return np.where(inside, index, filters * channels * prod(kernel))


def _split(made: Shape, axes: Sequence[Axis], channels: int) -> Shape:
    """The shape of the result with blocks and channels apart."""
    return (made[0], *(axis.block for axis in axes), channels, *made[2:])


def _strides(data: Shape, axes: Sequence[Axis]) -> Shape:
    """Where the elements of such a shape are in the data's gradient."""
    steps = [prod(data[axis + 3 :]) for axis in range(len(axes))]
    blocks = [step * axis.block for step, axis in zip(steps, axes, strict=True)]
    return (prod(data[1:]), *steps, prod(data[2:]), *blocks)
