"""Reading images between their pixels: bilinear sampling at given positions.

Two internal facts carry everything. Between pixels, the interpolated value is linear in the image and
piecewise linear in each coordinate; and a derivative along x, along y or along both is again such a sampling,
with other weights of the four neighbours. So `Interpolate` has the order of derivative along each axis as
a parameter, `Spread` is its adjoint in the image, and the two are closed under differentiation.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from math import prod
from types import ModuleType
from typing import Any

from symbolnb.graph.spec import Shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register, with_fields
from symbolnb.ops.infer import one_float_type
from symbolnb.ops.term import Term, apply, call, cast
from symbolnb.ops.vision.shapes import IMAGES, computing, first, of_rank


@with_fields
class Sampling(Operator):
    """How positions are written, and which derivative along each coordinate is meant.

    A grid ``(batch, 2, ...)`` holds x in its first channel and y in its second. Normalized coordinates run
    from -1 to 1 between the centres of the outermost pixels, others count pixels.
    """

    x_order: int = p.integer(default=0, minimum=0, maximum=1, doc="order of derivative along x")
    y_order: int = p.integer(default=0, minimum=0, maximum=1, doc="order of derivative along y")
    normalized: bool = p.boolean(default=True, doc="whether coordinates run from -1 to 1")
    border: str = p.choice(
        "zero", "edge", default="zero",
        doc="what is outside: zeros; or zeros from a whole pixel on behind the last one and before the first one's "
        "centre, and between the last pixel's centre and there that pixel",
    )  # fmt: skip

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return inputs, [inputs[0]]  # the grid may be wider than the images

    def steps(self, shape: Shape) -> tuple[float, float]:
        """How many pixels a coordinate of 1 is, along x and along y, for images of this shape."""
        return ((shape[3] - 1) / 2, (shape[2] - 1) / 2) if self.normalized else (1.0, 1.0)

    def corners(self, xp: ModuleType, grid: Array, shape: Shape) -> Iterator[tuple[Array, Array]]:
        """The four neighbours of each position in turn: the pixel's index in its image, and its weight."""
        batch, _, height, width = shape
        flat = computing(xp, grid).reshape(batch, 2, prod(grid.shape[2:]))
        steps = self.steps(shape)
        axes = []
        for axis, (size, order) in enumerate(((width, self.x_order), (height, self.y_order))):
            at = (flat[:, axis] + 1) * steps[axis] if self.normalized else flat[:, axis]
            low = xp.floor(at)
            part = at - low
            weights = (1 - part, part) if order == 0 else (xp.full_like(part, -steps[axis]),) * 2
            inside = []
            for side, weight in enumerate(weights):
                sign = -1 if order and side else 1
                pixel = low + side
                if self.border == "edge":
                    pixel = xp.where((at >= 0) & (at < size), xp.minimum(pixel, size - 1), -1.0)
                else:
                    pixel = xp.where((pixel >= 0) & (pixel < size), pixel, -1.0)
                inside.append((pixel.astype("int64"), xp.where(pixel >= 0, sign * weight, 0)))
            axes.append(inside)
        for rows, across in axes[1]:
            for columns, along in axes[0]:
                yield xp.maximum(rows, 0) * width + xp.maximum(columns, 0), across * along

    def derivatives(self, spread: Term, data: Term, grid: Term) -> Term | None:
        """The gradient of the grid, where the result for `data` meets `spread` by a sum of products."""
        parts: list[Term | None] = []
        for word in ("x_order", "y_order"):
            if getattr(self, word) == 1:
                parts.append(None)
                continue
            slope = apply(Interpolate(**{**self._placement(), word: 1}), data, grid)[0]
            parts.append(call("sum", spread * slope, axis=(1,), keepdims=True))
        if parts[0] is None and parts[1] is None:
            return None
        found = [part if part is not None else self._nothing(parts) for part in parts]
        return cast(call("Concat", *found, dim=1, num_args=2), grid.dtype)

    def _nothing(self, parts: list[Term | None]) -> Term:
        like = next(part for part in parts if part is not None)
        return call("zeros_like", like)

    def _placement(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(Sampling)}

    def read(self, xp: ModuleType, data: Array, grid: Array, out: Array) -> None:
        """Fill `out` with what the images are at the positions."""
        batch, channels = data.shape[:2]
        pixels = computing(xp, data).reshape(batch, channels, prod(data.shape[2:]))
        images, planes = xp.arange(batch)[:, None, None], xp.arange(channels)[None, :, None]
        total = xp.zeros((batch, channels, prod(grid.shape[2:])), pixels.dtype)
        for index, weight in self.corners(xp, grid, data.shape):
            total += pixels[images, planes, index[:, None]] * weight[:, None]
        out[...] = total.reshape(out.shape)


@register
class Interpolate(Sampling):
    """Images at positions between their pixels, or a derivative of that along x and y."""

    name = "_interpolate"
    internal = True

    def input_names(self) -> tuple[str, ...]:
        return ("data", "grid")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, grid = inputs
        if data is None or grid is None:
            return inputs, [None]
        return inputs, [(*data[:2], *grid[2:])]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        self.read(xp, inputs[0], inputs[1], outputs[0])

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        (data, grid), grad = inputs, grads[0]
        if grad is None:
            return None, None
        adjoint = Spread(**self._placement(), data_shape=data.shape)
        return apply(adjoint, grad, grid)[0], self.derivatives(grad, data, grid)


@register
class Spread(Sampling):
    """The gradient of the images that were sampled: each value added to the four pixels it came from."""

    name = "_interpolate_data_gradient"
    internal = True

    data_shape: Shape = p.shape(doc="shape of the images")

    def input_names(self) -> tuple[str, ...]:
        return ("grad", "grid")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return inputs, [self.data_shape]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        batch, channels = self.data_shape[:2]
        grad = computing(xp, inputs[0]).reshape(batch, channels, prod(inputs[0].shape[2:]))
        images, planes = xp.arange(batch)[:, None, None], xp.arange(channels)[None, :, None]
        total = xp.zeros((batch, channels, prod(self.data_shape[2:])), grad.dtype)
        for index, weight in self.corners(xp, inputs[1], self.data_shape):
            xp.add.at(total, (images, planes, index[:, None]), grad * weight[:, None])
        outputs[0][...] = total.reshape(self.data_shape)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        (grad, grid), outer = inputs, grads[0]
        if outer is None:
            return None, None
        back = apply(Interpolate(**self._placement()), outer, grid)[0]
        return back, self.derivatives(grad, outer, grid)


@register
class BilinearSampler(Operator):
    """Images sampled at the positions of a grid, by bilinear interpolation.

    Shapes: data ``(batch, channels, height, width)``, grid ``(batch, 2, rows, columns)`` with x in channel 0 and
    y in channel 1, from -1 to 1 between the centres of the outermost pixels; the output is
    ``(batch, channels, rows, columns)``. What lies outside counts as zero.
    """

    name = "BilinearSampler"

    cudnn_off: bool | None = p.boolean(None, optional=True, doc="accepted for MXNet's sake; without effect")

    def input_names(self) -> tuple[str, ...]:
        return ("data", "grid")

    def output_names(self) -> tuple[str, ...]:
        return ("output", "tmp")

    def visible_outputs(self) -> int:
        return 1

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, out = of_rank(inputs[0], IMAGES), of_rank(outputs[0], IMAGES, "output")
        grid = of_rank(inputs[1], "(batch, 2, rows, columns)", "grid")
        batch, channels = first(data[0], grid[0], out[0]), first(data[1], out[1])
        sizes = tuple(first(*pair) for pair in zip(grid[2:], out[2:], strict=True))
        return [(batch, channels, *data[2:]), (batch, 2, *sizes)], [(batch, channels, *sizes), (0,)]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return one_float_type(inputs, outputs)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        Interpolate().read(xp, inputs[0], inputs[1], outputs[0])

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return Interpolate().gradient(inputs, outputs, grads)
