"""Operators of the contrib namespace that make or move elements by position."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

import numpy as np

from symbolnb.dtypes import DType
from symbolnb.errors import ShapeError
from symbolnb.graph.spec import show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register
from symbolnb.ops.indexing import check_inside
from symbolnb.ops.infer import first_known, normalize_axis, same_shapes
from symbolnb.ops.term import Term, call
from symbolnb.ops.vision.shapes import first

INT64: DType = np.dtype("int64")


@register
class ArangeLike(Operator):
    """Evenly spaced numbers, as many as the data has elements or as one of its axes is long.

    Without an axis the output has the data's shape, else ``(size of the axis,)``. Each number comes `repeat`
    times in a row. The data's values do not matter.
    """

    name = "_contrib_arange_like"
    family = "creation"

    start: float = p.number(0.0, doc="the first number")
    step: float = p.number(1.0, doc="the difference between numbers")
    repeat: int = p.integer(1, minimum=1, doc="how many times each number comes")
    ctx: str = p.text("", doc="accepted for MXNet's sake; the device is the data's")
    axis: int | None = p.integer(
        None, optional=True, doc="the axis that gives the number of elements; None: all of them"
    )

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, out = inputs[0], outputs[0]
        if self.axis is None:
            return same_shapes(inputs, outputs)
        if data is None:
            return [None], [(None,)]
        axis = normalize_axis(self.axis, len(data))
        size = first(data[axis], None if out is None else out[0])
        return [(*data[:axis], size, *data[axis + 1 :])], [(size,)]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        count = outputs[0].size
        outputs[0][...] = (xp.arange(count) // self.repeat * self.step + self.start).reshape(outputs[0].shape)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None,)


@register
class IndexArray(Operator):
    """The position of every element: the data's shape with one more axis, of int64, that holds its coordinates.

    With `axes` only the coordinates along these, in this order. The data's values do not matter.
    """

    name = "_contrib_index_array"
    family = "creation"

    axes: tuple[int, ...] | None = p.shape(None, optional=True, doc="the axes whose coordinates are wanted; None: all")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, out = inputs[0], outputs[0]
        if data is None:
            return [None if out is None else out[:-1]], [None]
        for axis in self.axes if self.axes is not None else ():
            normalize_axis(axis, len(data), "one of axes")
        return inputs, [(*data, len(data) if self.axes is None else len(self.axes))]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return inputs, [INT64]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        shape = inputs[0].shape
        axes = range(len(shape)) if self.axes is None else self.axes
        for position, axis in enumerate(axes):
            place = normalize_axis(axis, len(shape))
            line = [size if index == place else 1 for index, size in enumerate(shape)]
            outputs[0][..., position] = xp.arange(shape[place]).reshape(line)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None,)


@register
class IndexCopy(Operator):
    """The old array with some of its rows replaced by those of a new one.

    Shapes: old_tensor ``(rows, ...)``, index_vector ``(n,)`` with the rows to replace, new_tensor ``(n, ...)``.
    An index that comes twice leaves the last of its rows. Indices outside are an error.
    """

    name = "_contrib_index_copy"
    family = "shape"

    def input_names(self) -> tuple[str, ...]:
        return ("old_tensor", "index_vector", "new_tensor")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        old, index, new = inputs
        old = outputs[0] if old is None else old
        if index is not None and len(index) != 1:
            raise ShapeError(f"index_vector is {show_shape(index)} but must have 1 dimension")
        count = first(None if index is None else index[0], None if new is None or not new else new[0])
        if old is None and new is not None:
            old = (None, *new[1:])
        if old is not None:
            new = (count, *old[1:])
        return [old, (count,), new], [old]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        data = first_known((inputs[0], inputs[2], outputs[0]))
        return [data, inputs[1], data], [data]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        index = inputs[1].astype("int64")
        check_inside(index, 0, inputs[0].shape[0], "axis 0")
        outputs[0][...] = inputs[0]
        outputs[0][index] = inputs[2]

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        _, index, new = inputs
        if grads[0] is None:
            return None, None, None
        nothing = call("_zeros", shape=new.shape, dtype=new.dtype.name, exact=True)
        kept = call(self.name, grads[0], index, nothing)
        return kept, None, call("take", grads[0], index, axis=0)


@register
class AllClose(Operator):
    """Whether two arrays are equal within ``atol + rtol |b|``: 1 or 0, of uint8 and shape ``(1,)``."""

    name = "_contrib_allclose"
    family = "reduction"

    rtol: float = p.number(1e-05, doc="tolerance relative to b")
    atol: float = p.number(1e-08, doc="absolute tolerance")
    equal_nan: bool = p.boolean(True, doc="whether NaN equals NaN")

    def input_names(self) -> tuple[str, ...]:
        return ("a", "b")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return same_shapes(inputs, [])[0], [(1,)]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return [first_known(inputs)] * 2, [np.dtype("uint8")]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        close = xp.isclose(*inputs, rtol=self.rtol, atol=self.atol, equal_nan=self.equal_nan)
        outputs[0][...] = close.all()

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return None, None


@register
class CountNonZero(Operator):
    """How many elements are not zero: in all, or in each column or row of a matrix, as int64."""

    name = "_contrib_getnnz"
    family = "reduction"

    axis: int | None = p.integer(None, optional=True, doc="0: count in each column; 1: in each row; None: in all")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data = inputs[0]
        if data is None:
            return [None], [(1,) if self.axis is None else (None,)]
        if len(data) != 2:
            raise ShapeError(f"data is {show_shape(data)} but must have 2 dimensions")
        if self.axis is None:
            return inputs, [(1,)]
        return inputs, [(data[1 - normalize_axis(self.axis, 2)],)]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return inputs, [INT64]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        outputs[0][...] = xp.count_nonzero(inputs[0], axis=self.axis)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None,)
