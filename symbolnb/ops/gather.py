"""Operators that read and write elements at positions along several axes at once."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from symbolnb.errors import ShapeError
from symbolnb.graph.spec import PartialShape, show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, Shapes, register
from symbolnb.ops.indexing import Lookup, add_at, check_inside
from symbolnb.ops.term import Term, apply, call


@register
class GatherNd(Lookup):
    """Elements or slices of an array, each at a position along several axes.

    Shapes: indices ``(m, ...)`` hold a position along each of the first m axes of data ``(n1, .., nm, rest)``
    and give ``(..., rest)``. Negative positions count from the end; others outside are an error.
    """

    name = "gather_nd"

    def input_names(self) -> tuple[str, ...]:
        return ("data", "indices")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, indices = inputs
        if indices is not None and len(indices) < 2:
            raise ShapeError(f"indices is {show_shape(indices)} but needs at least 2 dimensions")
        if data is None or indices is None or indices[0] is None:
            return inputs, [None]
        if indices[0] > len(data):
            raise ShapeError(f"indices {show_shape(indices)} name {indices[0]} axes but data is {show_shape(data)}")
        return inputs, [(*indices[1:], *data[indices[0] :])]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        data, indices = inputs
        outputs[0][...] = data[places(xp, indices, data.shape)]

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return None, None
        return apply(GatherNdBackward(shape=inputs[0].shape), grads[0], inputs[1])[0], None


def places(xp: ModuleType, indices: Array, shape: tuple[int, ...]) -> tuple[Array, ...]:
    """Index arrays for the first axes of an array of this shape; IndexError where one points outside."""
    made = []
    for axis, row in enumerate(indices.astype("int64")):
        check_inside(row, -shape[axis], shape[axis], f"axis {axis}")
        made.append(row)
    return tuple(made)


class Scatter(Lookup):
    """Zeros of a given shape with the input's elements or slices at positions along the first axes."""

    def input_names(self) -> tuple[str, ...]:
        return ("data", "indices")

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None if grads[0] is None else call("gather_nd", grads[0], inputs[1])), None


def infer_scattered(inputs: Shapes, shape: tuple[int, ...]) -> tuple[Shapes, Shapes]:
    """The input's shape from the indices' and the result's."""
    indices = inputs[1]
    if indices is None or (len(indices) > 1 and indices[0] is None):
        return inputs, [shape]
    if len(indices) < 2 or indices[0] is None or indices[0] > len(shape):
        raise ShapeError(f"indices {show_shape(indices)} do not name axes of {show_shape(shape)}")
    wanted: PartialShape = (*indices[1:], *shape[indices[0] :])
    return [wanted, indices], [shape]


@register
class ScatterNd(Scatter):
    """Zeros of a given shape with elements or slices at positions along the first axes; the last one there stays.

    Shapes: indices ``(m, ...)`` and data ``(..., rest)`` for a shape ``(n1, .., nm, rest)``. As in MXNet the
    gradient goes to every element, also to one that another replaced.
    """

    name = "scatter_nd"

    shape: tuple[int, ...] = p.shape(doc="shape of the result")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return infer_scattered(inputs, self.shape)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        outputs[0].fill(0)
        outputs[0][places(xp, inputs[1], self.shape)] = inputs[0]


@register
class GatherNdBackward(Scatter):
    """Zeros of a given shape with elements or slices added at their positions: the gradient of gather_nd."""

    name = "_backward_gather_nd"
    internal = True

    shape: tuple[int, ...] = p.shape(doc="shape of the result")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return infer_scattered(inputs, self.shape)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        add_at(xp, outputs[0], places(xp, inputs[1], self.shape), inputs[0])
