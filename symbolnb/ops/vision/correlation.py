"""Correlation of two feature maps, as in FlowNet.

It is bilinear in its two inputs, or, by differences, made of absolute values. Its gradients are bilinear too, so that
a parameter of one internal operator says which of the three arrays is made from the other two.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

from symbolnb.errors import ParameterError, ShapeError
from symbolnb.graph.spec import Shape, show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register, with_fields
from symbolnb.ops.infer import one_float_type
from symbolnb.ops.nn.windows import pad_spatial
from symbolnb.ops.term import Term, apply, call
from symbolnb.ops.vision.shapes import IMAGES, computing, first, of_rank


@with_fields
class Correlating(Operator):
    """The parameters that place the windows, and what follows from them."""

    kernel_size: int = p.integer(1, minimum=1, doc="height and width of the windows; an odd number")
    max_displacement: int = p.integer(1, minimum=0, doc="how far apart two windows may be, in pixels")
    stride1: int = p.integer(1, minimum=1, doc="step between windows of the first input")
    stride2: int = p.integer(1, minimum=1, doc="step between displacements")
    pad_size: int = p.integer(0, minimum=0, doc="zeros on every side of both inputs")

    def __post_init__(self) -> None:
        if self.kernel_size % 2 == 0:
            raise ParameterError(f"kernel_size is {self.kernel_size} but must be odd")

    def placement(self) -> dict[str, Any]:
        """The values of these parameters."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(Correlating)}

    @property
    def reach(self) -> int:
        """How many displacements there are on either side."""
        return self.max_displacement // self.stride2

    @property
    def displacements(self) -> int:
        """How many displacements there are in all."""
        return (2 * self.reach + 1) ** 2

    def positions(self, size: int) -> int:
        """How many windows there are along an axis of so many pixels."""
        room = size + 2 * self.pad_size - 2 * (self.max_displacement + self.kernel_size // 2)
        return -(-room // self.stride1)

    def meetings(self, out: Shape) -> Iterator[tuple[int, tuple[slice, ...], tuple[slice, ...]]]:
        """For each displacement and pixel of the kernel: its channel, and what it meets in both padded inputs."""
        start = self.max_displacement
        for channel in range(self.displacements):
            down, along = ((step - self.reach) * self.stride2 for step in divmod(channel, 2 * self.reach + 1))
            for row in range(self.kernel_size):
                for column in range(self.kernel_size):
                    y, x = start + row, start + column
                    yield channel, self._cut(y, x, out), self._cut(y + down, x + along, out)

    def _cut(self, y: int, x: int, out: Shape) -> tuple[slice, ...]:
        rows = slice(y, y + (out[2] - 1) * self.stride1 + 1, self.stride1)
        columns = slice(x, x + (out[3] - 1) * self.stride1 + 1, self.stride1)
        return slice(None), slice(None), rows, columns

    def padded(self, xp: ModuleType, data: Array) -> Array:
        """An input with its border, in the type to compute in."""
        return pad_spatial(xp, computing(xp, data), ((self.pad_size, self.pad_size),) * 2, 0)

    def share(self, channels: int) -> float:
        """What a sum over a window and its channels is multiplied by."""
        return 1 / (self.kernel_size**2 * channels)

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        found, made = one_float_type(inputs, outputs[:1])
        return found, made * len(outputs)


@register
class Correlation(Correlating):
    """How alike the windows of one feature map are to those of another, for all displacements up to a bound.

    Shapes: data1 and data2 ``(batch, channels, height, width)``; the output is
    ``(batch, displacements, rows, columns)``, each element the mean over a window and its channels of the product, or
    of the absolute difference.
    """

    name = "Correlation"
    family = "convolution"
    signature = ("kernel_size", "max_displacement", "stride1", "stride2", "pad_size", "is_multiply")

    is_multiply: bool = p.boolean(True, doc="whether windows are multiplied, not subtracted")

    def input_names(self) -> tuple[str, ...]:
        return ("data1", "data2")

    def output_names(self) -> tuple[str, ...]:
        return ("output", "tmp1", "tmp2")

    def visible_outputs(self) -> int:
        return 1

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        one, two = of_rank(inputs[0], IMAGES, "data1"), of_rank(inputs[1], IMAGES, "data2")
        data = tuple(first(*pair) for pair in zip(one, two, strict=True))
        out = of_rank(outputs[0], IMAGES, "output")
        batch = first(data[0], out[0])
        sizes = []
        for size in data[2:]:
            count = None if size is None else self.positions(size)
            if count is not None and count < 1:
                raise ShapeError(f"data1 is {show_shape(data)}, too small for max_displacement {self.max_displacement}")
            sizes.append(count)
        data = (batch, *data[1:])
        return [data, data], [(batch, self.displacements, *sizes), (0,), (0,)]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        one, two = (self.padded(xp, data) for data in inputs)
        total = xp.zeros(outputs[0].shape, one.dtype)
        for channel, here, there in self.meetings(total.shape):
            pair = one[here] * two[there] if self.is_multiply else xp.abs(one[here] - two[there])
            total[:, channel] += pair.sum(axis=1)
        outputs[0][...] = total * self.share(one.shape[1])

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        grad, (one, two) = grads[0], inputs
        if grad is None:
            return None, None
        if self.is_multiply:
            return tuple(
                apply(CorrelationGradient(**self.placement(), second=second), grad, other)[0]
                for second, other in ((False, two), (True, one))
            )
        return apply(DifferenceGradient(**self.placement()), grad, one, two)


@register
class CorrelationGradient(Correlating):
    """The gradient of one input of a correlation by products, from the output gradient and the other input."""

    name = "_correlation_gradient"
    internal = True

    second: bool = p.boolean(doc="whether it is the second input's")

    def input_names(self) -> tuple[str, ...]:
        return ("grad", "other")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return inputs, [inputs[1]]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        grad, other = computing(xp, inputs[0]), self.padded(xp, inputs[1])
        total = xp.zeros(other.shape, other.dtype)
        for channel, here, there in self.meetings(grad.shape):
            mine, its = (there, here) if self.second else (here, there)
            total[mine] += grad[:, channel : channel + 1] * other[its]
        inner = slice(self.pad_size, -self.pad_size if self.pad_size else None)
        outputs[0][...] = total[:, :, inner, inner] * self.share(other.shape[1])

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        (grad, other), outer = inputs, grads[0]
        if outer is None:
            return None, None
        pair = (other, outer) if self.second else (outer, other)
        back = call("Correlation", *pair, **self.placement())
        return back, apply(CorrelationGradient(**self.placement(), second=not self.second), grad, outer)[0]


@register
class DifferenceGradient(Correlating):
    """The gradients of both inputs of a correlation by absolute differences."""

    name = "_correlation_difference_gradient"
    internal = True

    def input_names(self) -> tuple[str, ...]:
        return ("grad", "data1", "data2")

    def output_names(self) -> tuple[str, ...]:
        return ("data1_grad", "data2_grad")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return inputs, [inputs[1], inputs[2]]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        grad, one, two = computing(xp, inputs[0]), self.padded(xp, inputs[1]), self.padded(xp, inputs[2])
        totals = xp.zeros(one.shape, one.dtype), xp.zeros(one.shape, one.dtype)
        for channel, here, there in self.meetings(grad.shape):
            slope = grad[:, channel : channel + 1] * xp.sign(one[here] - two[there])
            totals[0][here] += slope
            totals[1][there] -= slope
        inner = slice(self.pad_size, -self.pad_size if self.pad_size else None)
        for output, total in zip(outputs, totals, strict=True):
            output[...] = total[:, :, inner, inner] * self.share(one.shape[1])

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        """Through the output gradient alone: the slopes of absolute values are constant."""
        given = [grad if grad is not None else call("zeros_like", inputs[1]) for grad in grads]
        return apply(DifferenceChoice(**self.placement()), *given, *inputs[1:])[0], None, None


@register
class DifferenceChoice(Correlating):
    """A correlation by differences whose signs are those of other arrays' differences."""

    name = "_correlation_difference_choice"
    internal = True

    def input_names(self) -> tuple[str, ...]:
        return ("left", "right", "data1", "data2")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data = inputs[2]
        if data is None:
            return inputs, [None]
        sizes = (None if size is None else self.positions(size) for size in data[2:])
        return inputs, [(data[0], self.displacements, *sizes)]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        left, right, one, two = (self.padded(xp, data) for data in inputs)
        total = xp.zeros(outputs[0].shape, one.dtype)
        for channel, here, there in self.meetings(total.shape):
            total[:, channel] += ((left[here] - right[there]) * xp.sign(one[here] - two[there])).sum(axis=1)
        outputs[0][...] = total * self.share(one.shape[1])

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return (None,) * 4
        return *apply(DifferenceGradient(**self.placement()), grads[0], *inputs[2:]), None, None
