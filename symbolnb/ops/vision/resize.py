"""Resizing by separable linear maps: bilinear interpolation to a size, and averages over a given grid.

Such a map multiplies the rows of an image by one matrix and its columns by another, so that its gradient
multiplies by their transposes, and the two are each other's derivative.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np

from symbolnb.dtypes import DType
from symbolnb.errors import ParameterError
from symbolnb.graph.spec import Shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register, with_fields
from symbolnb.ops.infer import one_float_type
from symbolnb.ops.term import Term, apply
from symbolnb.ops.vision.shapes import IMAGES, computing, computing_dtype, first, of_rank

Matrix = np.ndarray[Any, Any]


@with_fields
class Separable(Operator):
    """A linear map of each channel: a matrix for its rows and a matrix for its columns."""

    def matrix(self, size: int, made: int) -> Matrix:
        """The ``(made, size)`` matrix in float64 that maps `size` rows or columns to `made`."""
        raise NotImplementedError

    def matrices(self, xp: ModuleType, data: Shape, out: Shape, dtype: DType) -> tuple[Array, Array]:
        """The matrix for rows and the transposed one for columns, from the shapes of data and output."""
        wide = computing_dtype(dtype)
        rows, columns = self.matrix(data[2], out[2]), self.matrix(data[3], out[3])
        return xp.asarray(rows.astype(wide)), xp.asarray(columns.T.astype(wide))

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return one_float_type(inputs, outputs)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        rows, columns = self.matrices(xp, inputs[0].shape, outputs[0].shape, outputs[0].dtype)
        outputs[0][...] = xp.matmul(xp.matmul(rows, computing(xp, inputs[0])), columns)

    def exactly(self, out: Shape) -> Separable:
        """The same map of one input, told the size of its output."""
        return self

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        rest = (None,) * (len(inputs) - 1)
        if grads[0] is None:
            return (None, *rest)
        adjoint = SeparableGradient(map=self.exactly(outputs[0].shape), data_shape=inputs[0].shape)
        return (*apply(adjoint, grads[0]), *rest)


@register
class SeparableGradient(Operator):
    """The gradient of a separable map: the transposed matrices."""

    name = "_separable_gradient"
    internal = True

    map: Separable
    data_shape: Shape = p.shape(doc="shape of the map's data")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return inputs, [self.data_shape]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        rows, columns = self.map.matrices(xp, self.data_shape, inputs[0].shape, outputs[0].dtype)
        outputs[0][...] = xp.matmul(xp.matmul(rows.T, computing(xp, inputs[0])), columns.T)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None,) if grads[0] is None else apply(self.map, grads[0])


@register
class BilinearResize2D(Separable):
    """Images resized by bilinear interpolation.

    Shapes: data ``(batch, channels, height, width)``. With `align_corners` the outermost pixels of input and
    output lie on each other, otherwise the outer edges of those pixels do. Mode like takes the size of a
    second input, of which it needs nothing else; the other modes change a size by at most one.
    """

    name = "_contrib_BilinearResize2D"

    height: int = p.integer(1, minimum=1, maximum=10000, doc="height of the output, in mode size")
    width: int = p.integer(1, minimum=1, maximum=10000, doc="width of the output, in mode size")
    scale_height: float | None = p.number(None, optional=True, doc="height by a factor, in modes size and odd_scale")
    scale_width: float | None = p.number(None, optional=True, doc="width by a factor, in modes size and odd_scale")
    mode: str = p.choice(
        "like", "odd_scale", "size", "to_even_down", "to_even_up", "to_odd_down", "to_odd_up", default="size",
        doc="what the size is: given, the second input's, scaled to an odd number, or the next even or odd one",
    )  # fmt: skip
    align_corners: bool = p.boolean(True, doc="whether the centres of the corner pixels, not their edges, are kept")

    def __post_init__(self) -> None:
        given = [scale is not None for scale in (self.scale_height, self.scale_width)]
        if self.mode == "size" and any(given) != all(given):
            raise ParameterError("scale_height and scale_width go together but only one is given")
        if self.mode == "odd_scale" and not all(given):
            raise ParameterError("mode 'odd_scale' needs scale_height and scale_width")

    def input_names(self) -> tuple[str, ...]:
        return ("data", "like") if self.mode == "like" else ("data",)

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, out = of_rank(inputs[0], IMAGES), of_rank(outputs[0], IMAGES, "output")
        lead = tuple(first(*pair) for pair in zip(data[:2], out[:2], strict=True))
        sizes: tuple[int | None, ...]
        if self.mode == "like":
            like = of_rank(inputs[1], IMAGES, "like")
            sizes = tuple(first(*pair) for pair in zip(like[2:], out[2:], strict=True))
            return [(*lead, *data[2:]), (*like[:2], *sizes)], [(*lead, *sizes)]
        sizes = (
            self._resized(data[2], self.height, self.scale_height),
            self._resized(data[3], self.width, self.scale_width),
        )
        return [(*lead, *data[2:])], [(*lead, *sizes)]

    def _resized(self, size: int | None, wanted: int, scale: float | None) -> int | None:
        if self.mode == "size" and scale is None:
            return wanted
        if size is None:
            return None
        odd = size % 2
        if scale is not None and self.mode in ("size", "odd_scale"):
            return int(scale * size) if self.mode == "size" or not odd else int((size - 1) * scale) + 1
        step = -1 if self.mode.endswith("down") else 1
        return size if odd == ("odd" in self.mode) else size + step

    def exactly(self, out: Shape) -> Separable:
        plain = {"mode": "size", "scale_height": None, "scale_width": None}
        return dataclasses.replace(self, height=out[2], width=out[3], **plain)  # type: ignore[arg-type]  # by name

    def matrix(self, size: int, made: int) -> Matrix:
        if self.align_corners:
            at = np.arange(made) * ((size - 1) / (made - 1) if made > 1 else 0.0)
        else:
            at = np.maximum((np.arange(made) + 0.5) * (size / made) - 0.5, 0.0)
        if size == made:
            at = np.arange(made, dtype="float64")
        low = np.minimum(at.astype("int64"), size - 1)
        matrix = np.zeros((made, size))
        rows = np.arange(made)
        matrix[rows, low] += 1 - (at - low)
        matrix[rows, np.minimum(low + 1, size - 1)] += at - low
        return matrix


@register
class AdaptiveAvgPooling2D(Separable):
    """Means over a grid of cells that divides each image as evenly as possible.

    Shapes: data ``(batch, channels, height, width)``; cell i of n reaches from ``⌊i size / n⌋`` to
    ``⌈(i + 1) size / n⌉``, so that neighbours may overlap.
    """

    name = "_contrib_AdaptiveAvgPooling2D"
    family = "pooling"

    output_size: Shape = p.shape((), minimum=1, doc="height and width of the output; one number for both; 1 if empty")

    def __post_init__(self) -> None:
        if len(self.output_size) > 2:
            raise ParameterError(f"output_size is {self.output_size} but must have at most 2 numbers")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, out = of_rank(inputs[0], IMAGES), of_rank(outputs[0], IMAGES, "output")
        lead = tuple(first(*pair) for pair in zip(data[:2], out[:2], strict=True))
        size = self.output_size if self.output_size else (1,)
        return [(*lead, *data[2:])], [(*lead, size[0], size[-1])]

    def matrix(self, size: int, made: int) -> Matrix:
        matrix = np.zeros((made, size))
        for row in range(made):
            start, end = row * size // made, -(-(row + 1) * size // made)
            matrix[row, start:end] = 1 / (end - start)
        return matrix
