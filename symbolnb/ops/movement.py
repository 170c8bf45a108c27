"""Operators that move elements along or between axes: transposing, repeating, reversing."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from symbolnb.errors import ShapeError
from symbolnb.graph.spec import Shape, show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, Operator, Shapes, register
from symbolnb.ops.infer import normalize_axis
from symbolnb.ops.term import Term, call, sum_to


class Movement(Operator):
    """What operators of this file share."""

    family = "shape"


@register
class Transpose(Movement):
    """The axes in another order: the reverse one unless `axes` lists them."""

    name = "transpose"

    axes: Shape = p.shape(
        (), doc="for each axis of the result, the input's axis that it is; reversed if empty"
    )

    def order(self, dimensions: int) -> tuple[int, ...]:
        """The input's axes in the order of the result, for an input with so many dimensions."""
        if not self.axes:
            return tuple(reversed(range(dimensions)))
        order = tuple(normalize_axis(axis, dimensions, "an axis of axes") for axis in self.axes)
        if sorted(order) != list(range(dimensions)):
            raise ShapeError(f"axes is {self.axes} but must name each of the {dimensions} axes once")
        return order

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, out = inputs[0], outputs[0]
        shape = data if data is not None else out
        if shape is None:
            return [None], [None]
        order = self.order(len(shape))
        if out is not None and len(out) == len(order):
            data = tuple(out[order.index(axis)] if data is None or data[axis] is None else data[axis]
                         for axis in range(len(order)))  # fmt: skip
        return [data], [None if data is None else tuple(data[axis] for axis in order)]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        outputs[0][...] = inputs[0].transpose(self.order(inputs[0].ndim))

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return (None,)
        order = self.order(len(inputs[0].shape))
        return (call("transpose", grads[0], axes=tuple(order.index(axis) for axis in range(len(order)))),)


@register
class BroadcastTo(Movement):
    """The input repeated along axes of size 1 until it has the given shape."""

    name = "broadcast_to"

    shape: Shape = p.shape((), doc="shape of the result; 0 keeps the input's size")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data = inputs[0]
        if data is None:
            return [None], [tuple(size if size > 0 else None for size in self.shape)]
        if len(data) != len(self.shape):
            raise ShapeError(
                f"data is {show_shape(data)} but shape {self.shape} needs {len(self.shape)} dimensions"
            )
        for one, size in zip(data, self.shape, strict=True):
            if one not in (None, 1, size) and size > 0:
                raise ShapeError(f"data is {show_shape(data)}, which cannot be broadcast to {self.shape}")
        return [data], [tuple(size if size > 0 else one for one, size in zip(data, self.shape, strict=True))]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        outputs[0][...] = inputs[0]

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None if grads[0] is None else sum_to(grads[0], inputs[0].shape),)
