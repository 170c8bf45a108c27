"""Operators that give the elements of an array another shape, without moving one."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from types import ModuleType

from symbolnb.dtypes import dtype_of
from symbolnb.errors import ShapeError
from symbolnb.graph.spec import PartialShape, show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register
from symbolnb.ops.infer import known, normalize_axis, same_shapes
from symbolnb.ops.term import Term, reshape


class View(Operator):
    """The bytes of the first input under another shape."""

    view = True
    family = "shape"

    def inplace_pairs(self) -> tuple[tuple[int, int], ...]:
        return ((0, 0),)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        outputs[0][...] = inputs[0].reshape(outputs[0].shape)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        grad = None if grads[0] is None else reshape(grads[0], inputs[0].shape)
        return (grad, *(None for _ in inputs[1:]))


def infer_same_elements(data: PartialShape, out: PartialShape) -> tuple[PartialShape, PartialShape]:
    """What follows from both shapes having as many elements: one unknown size; `ShapeError` where they differ."""
    whole_data, whole_out = known(data), known(out)
    if whole_data is not None and whole_out is not None:
        if prod(whole_data) != prod(whole_out):
            raise ShapeError(
                f"the input {show_shape(data)} has {prod(whole_data)} elements "
                f"but the result {show_shape(out)} has {prod(whole_out)}"
            )
    elif whole_data is not None and out is not None:
        out = _fill_one(out, prod(whole_data), data)
    elif whole_out is not None and data is not None:
        data = _fill_one(data, prod(whole_out), out)
    return data, out


def _fill_one(shape: tuple[int | None, ...], elements: int, other: PartialShape) -> PartialShape:
    """The shape with its unknown size, if there is only one, such that it has so many elements."""
    rest = prod(size for size in shape if size is not None)
    if shape.count(None) > 1 or rest == 0:
        return shape
    if elements % rest:
        raise ShapeError(f"the {elements} elements of {show_shape(other)} cannot take the shape {show_shape(shape)}")
    return tuple(elements // rest if size is None else size for size in shape)


@register
class ReshapeTo(View):
    """The input in a given, completely known shape; made by gradients."""

    name = "_reshape_to"
    internal = True

    shape: tuple[int, ...] = p.shape(doc="the new shape")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, out = infer_same_elements(inputs[0], self.shape)
        return [data], [out]


@register
class Copy(View):
    """The input itself."""

    name = "_copy"
    aliases = ("identity",)

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return same_shapes(inputs, outputs)


@register
class Flatten(View):
    """All axes but the first as one: ``(batch, ...)`` becomes ``(batch, features)``."""

    name = "Flatten"
    aliases = ("flatten",)

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, out = inputs[0], outputs[0]
        if data is None:
            return [None], [(None, None)]
        if not data:
            raise ShapeError("data has no axes, but the first one must count the examples")
        features: PartialShape = data[1:]
        batch = data[0]
        if out is not None and len(out) == 2:
            batch = out[0] if batch is None else batch
            if features:
                features, _ = infer_same_elements(features, out[1:])
        whole = known(features)
        columns = None if whole is None else prod(whole)
        return [(batch, *(features or ()))], [(batch, columns)]


@register
class ExpandDims(View):
    """A new axis of size 1."""

    name = "expand_dims"

    axis: int = p.integer(doc="where the new axis stands in the result; negative counts from the end")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, out = inputs[0], outputs[0]
        if data is None and out is not None:
            at = normalize_axis(self.axis, len(out))
            data = (*out[:at], *out[at + 1 :])
        if data is None:
            return [None], [None]
        if not -len(data) - 1 <= self.axis <= len(data):
            raise ShapeError(
                f"axis is {self.axis} but must be in [{-len(data) - 1}, {len(data)}] for {len(data)} dimensions"
            )
        at = normalize_axis(self.axis, len(data) + 1)
        if out is not None and len(out) == len(data) + 1:
            filled = (*out[:at], *out[at + 1 :])
            data = tuple(two if one is None else one for one, two in zip(data, filled, strict=True))
        return [data], [(*data[:at], 1, *data[at:])]


@register
class Squeeze(View):
    """The array without its axes of size 1, or without those named; at least one axis stays."""

    name = "squeeze"

    axis: tuple[int, ...] | None = p.shape(
        None, optional=True, doc="the axes to remove, each of size 1; all of size 1 if None"
    )

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data = inputs[0]
        if data is None:
            return [None], [None]
        if self.axis is None:
            whole = known(data)
            return [data], [None if whole is None else tuple(size for size in whole if size != 1) or (1,)]
        gone = [normalize_axis(axis, len(data)) for axis in self.axis]
        if len(set(gone)) < len(gone):
            raise ShapeError(f"axis is {self.axis}, which names an axis twice")
        for axis in gone:
            if data[axis] not in (1, None):
                raise ShapeError(f"axis {axis} of {show_shape(data)} has size {data[axis]} and cannot be removed")
        stays = [axis for axis in range(len(data)) if axis not in gone]
        out = outputs[0]
        filled: list[int | None] = [1 if axis in gone else size for axis, size in enumerate(data)]
        if out is not None and len(out) == len(stays):
            for axis, size in zip(stays, out, strict=True):
                filled[axis] = size if filled[axis] is None else filled[axis]
        return [tuple(filled)], [tuple(filled[axis] for axis in stays) or (1,)]


@register
class ReshapeLike(View):
    """The elements of lhs in the shape of rhs, or with some axes of lhs replaced by some of rhs.

    The axes from `lhs_begin` up to `lhs_end` give way to those of rhs from `rhs_begin` up to `rhs_end`.
    """

    name = "reshape_like"

    lhs_begin: int | None = p.integer(None, optional=True, doc="first axis of lhs to replace; 0 if None")
    lhs_end: int | None = p.integer(None, optional=True, doc="axis of lhs after the last to replace; all if None")
    rhs_begin: int | None = p.integer(None, optional=True, doc="first axis of rhs to take; 0 if None")
    rhs_end: int | None = p.integer(None, optional=True, doc="axis of rhs after the last to take; all if None")

    def input_names(self) -> tuple[str, ...]:
        return ("lhs", "rhs")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        lhs, rhs = inputs
        if rhs is None or (lhs is None and (self.lhs_begin is not None or self.lhs_end is not None)):
            return [lhs, rhs], [None]
        first, last = _axis_range("rhs", self.rhs_begin, self.rhs_end, len(rhs))
        out: PartialShape = rhs[first:last]
        if lhs is not None:
            start, stop = _axis_range("lhs", self.lhs_begin, self.lhs_end, len(lhs))
            out = (*lhs[:start], *rhs[first:last], *lhs[stop:])
        lhs, out = infer_same_elements(lhs, out)
        return [lhs, rhs], [out]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return like_first(inputs, outputs)


def like_first(inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
    """The rule that the result has the first input's element type and the other inputs have any."""
    dtype = inputs[0] if inputs[0] is not None else outputs[0]
    return [dtype, *inputs[1:]], [dtype]


def _axis_range(side: str, begin: int | None, end: int | None, dimensions: int) -> tuple[int, int]:
    first = 0 if begin is None else begin + dimensions if begin < 0 else begin
    last = dimensions if end is None else end + dimensions if end < 0 else end
    if not 0 <= first < last <= dimensions:
        raise ShapeError(
            f"{side}_begin={begin} and {side}_end={end} do not span any axes of an array with {dimensions}"
        )
    return first, last


@register
class IdentityLike(View):
    """The first input; both inputs have one shape and element type."""

    name = "_identity_with_attr_like_rhs"

    def input_names(self) -> tuple[str, ...]:
        return ("lhs", "rhs")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return same_shapes(inputs, outputs)


class Measure(Operator):
    """A fact about the shape of the input, as int64."""

    family = "shape"

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return inputs, [dtype_of("int64")]

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None,)


@register
class ShapeArray(Measure):
    """The shape of the input as an array of int64."""

    name = "shape_array"

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data, out = inputs[0], outputs[0]
        if data is None and out and out[0] is not None:
            data = (None,) * out[0]
        return [data], [(None if data is None else len(data),)]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        outputs[0][...] = xp.asarray(inputs[0].shape)


@register
class SizeArray(Measure):
    """The number of elements of the input, as an array of one int64."""

    name = "size_array"

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return inputs, [(1,)]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        outputs[0].fill(inputs[0].size)
