"""Diagonals of matrices, sums along an axis, and blocks of pixels as channels."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from types import ModuleType

from symbolnb.dtypes import dtype_of
from symbolnb.errors import ShapeError
from symbolnb.graph.spec import PartialShape, show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register, with_fields
from symbolnb.ops.infer import known, normalize_axis
from symbolnb.ops.reduce import accumulator
from symbolnb.ops.term import Term, apply, call, cast, reshape, zeros


@register
class Diag(Operator):
    """A diagonal of the matrices along two axes; of a vector the matrix that has it as its diagonal.

    Shapes: ``(n,)`` gives ``(n + |k|, n + |k|)``; ``(n, m)`` gives the k-th diagonal; of more axes the two named ones
    go, and the diagonal is the last axis.
    """

    name = "diag"
    family = "shape"

    k: int = p.integer(0, doc="which diagonal: positive above the main one, negative below")
    axis1: int = p.integer(0, doc="the axis of the rows")
    axis2: int = p.integer(1, doc="the axis of the columns")

    def axes(self, dimensions: int) -> tuple[int, int]:
        """The axes of rows and columns, counted from the front."""
        pair = normalize_axis(self.axis1, dimensions, "axis1"), normalize_axis(self.axis2, dimensions, "axis2")
        if pair[0] == pair[1]:
            raise ShapeError(f"axis1 {self.axis1} and axis2 {self.axis2} are the same axis")
        return pair

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data = inputs[0]
        if data is None:
            return [None], [None]
        if len(data) == 1:
            size = None if data[0] is None else data[0] + abs(self.k)
            return [data], [(size, size)]
        first, second = self.axes(len(data))
        rest = tuple(size for axis, size in enumerate(data) if axis not in (first, second))
        rows, columns = data[first], data[second]
        if rows is None or columns is None:
            return [data], [(*rest, None)]
        length = min(rows + min(self.k, 0), columns - max(self.k, 0))
        if length < 0 or (length == 0 and rows and columns):  # of an empty matrix, an empty diagonal is one
            raise ShapeError(f"k is {self.k} but there is no such diagonal in {rows} rows and {columns} columns")
        return [data], [(*rest, length)]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        if inputs[0].ndim == 1:
            outputs[0][...] = xp.diag(inputs[0], self.k)
        else:
            outputs[0][...] = xp.diagonal(inputs[0], self.k, *self.axes(inputs[0].ndim))

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return (None,)
        shape = inputs[0].shape
        if len(shape) == 1:
            return (call("diag", grads[0], k=self.k) if shape[0] else zeros(inputs[0]),)
        first, second = self.axes(len(shape))
        return apply(OnDiagonal(k=self.k, axis1=first, axis2=second, shape=shape), grads[0])


@register
class OnDiagonal(Operator):
    """Zeros with the input on a diagonal: the gradient of diag."""

    name = "_backward_diag"
    internal = True

    shape: tuple[int, ...] = p.shape(doc="shape of the result")
    k: int = p.integer(doc="which diagonal")
    axis1: int = p.integer(doc="the axis of the rows")
    axis2: int = p.integer(doc="the axis of the columns")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return inputs, [self.shape]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        outputs[0].fill(0)
        places = xp.arange(inputs[0].shape[-1])
        matrices = xp.moveaxis(outputs[0], (self.axis1, self.axis2), (-2, -1))
        matrices[..., places + max(-self.k, 0), places + max(self.k, 0)] = inputs[0]

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return (None,)
        return (call("diag", grads[0], k=self.k, axis1=self.axis1, axis2=self.axis2),)


@register
class CumSum(Operator):
    """For each element the sum of all up to it along an axis, or in the flattened array."""

    name = "_np_cumsum"
    aliases = ("cumsum",)
    family = "reduction"

    axis: int | None = p.integer(None, optional=True, doc="the axis to sum along; the flattened array if None")
    dtype: str | None = p.dtype(
        "float16", "float32", "float64", "int32", "int64", "int8",
        default=None, optional=True, doc="element type to sum in, and of the result; the input's if None",
    )  # fmt: skip

    def input_names(self) -> tuple[str, ...]:
        return ("a",)

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data = inputs[0]
        if self.axis is None:
            whole = known(data)
            return [data], [(None if whole is None else prod(whole),)]
        data = outputs[0] if data is None else data
        if data is not None:
            normalize_axis(self.axis, len(data))
        return [data], [data]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return super().infer_dtype(inputs, outputs) if self.dtype is None else (inputs, [dtype_of(self.dtype)])

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        data, wide = inputs[0].astype(outputs[0].dtype), accumulator(outputs[0].dtype)
        outputs[0][...] = xp.cumsum(data, axis=self.axis, dtype=wide)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return (None,)
        axis = 0 if self.axis is None else normalize_axis(self.axis, len(inputs[0].shape))
        turned = call("cumsum", call("reverse", grads[0], axis=(axis,)), axis=axis)
        return (cast(reshape(call("reverse", turned, axis=(axis,)), inputs[0].shape), inputs[0].dtype),)


@with_fields
class Blocks(Operator):
    """What the two ways between square blocks of pixels and channels share."""

    family = "shape"

    block_size: int = p.integer(minimum=1, doc="height and width of a block")

    def resized(self, data: PartialShape, grow: bool) -> PartialShape:
        """The shape with larger images and fewer channels, or the other way around."""
        if data is None:
            return (None,) * 4
        if len(data) != 4:
            raise ShapeError(f"data is {show_shape(data)} but must have 4 dimensions")
        side, area = self.block_size, self.block_size**2
        shrinking = ((1, area),) if grow else ((2, side), (3, side))
        for axis, factor in shrinking:
            size = data[axis]
            if size is not None and size % factor:
                raise ShapeError(f"axis {axis} of data {show_shape(data)} does not divide by {factor}")
        factors = (1, area, side, side)
        pairs = zip(data, factors, (1, -1, 1, 1) if grow else (1, 1, -1, -1), strict=True)
        return tuple(None if size is None else size * by if sign > 0 else size // by for size, by, sign in pairs)

    def both(self, data: PartialShape, out: PartialShape, grow: bool) -> tuple[Shapes, Shapes]:
        """Both-way inference."""
        made = self.resized(data, grow)
        if out is not None and len(out) == 4:
            back = self.resized(out, not grow)
            assert back is not None
            data = back if data is None else tuple(b if a is None else a for a, b in zip(data, back, strict=True))
        return [data if data is not None else (None,) * 4], [made]


@register
class DepthToSpace(Blocks):
    """Channels as blocks of pixels: ``(n, c b², h, w)`` becomes ``(n, c, h b, w b)``, the block's place first."""

    name = "depth_to_space"

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return self.both(inputs[0], outputs[0], grow=True)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        (batch, channels, height, width), side = inputs[0].shape, self.block_size
        split = inputs[0].reshape(batch, side, side, channels // side**2, height, width)
        outputs[0][...] = split.transpose(0, 3, 4, 1, 5, 2).reshape(outputs[0].shape)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None if grads[0] is None else call("space_to_depth", grads[0], block_size=self.block_size),)


@register
class SpaceToDepth(Blocks):
    """Blocks of pixels as channels: ``(n, c, h b, w b)`` becomes ``(n, c b², h, w)``, the block's place first."""

    name = "space_to_depth"

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return self.both(inputs[0], outputs[0], grow=False)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        (batch, channels, height, width), side = inputs[0].shape, self.block_size
        split = inputs[0].reshape(batch, channels, height // side, side, width // side, side)
        outputs[0][...] = split.transpose(0, 3, 5, 1, 2, 4).reshape(outputs[0].shape)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None if grads[0] is None else call("depth_to_space", grads[0], block_size=self.block_size),)
