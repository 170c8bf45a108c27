"""Operators that put elements in order, and say where they came from.

Elements that are equal keep their order, in both directions; nan counts as larger than all numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from types import ModuleType

from symbolnb.dtypes import DType, dtype_of
from symbolnb.errors import ShapeError
from symbolnb.graph.spec import PartialShape, Shape, show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register, with_fields
from symbolnb.ops.infer import known, normalize_axis
from symbolnb.ops.shape import like_first
from symbolnb.ops.term import Term, apply, reshape

INDICES = ("float16", "float32", "float64", "int32", "int64", "uint8")
INT64: DType = dtype_of("int64")


@with_fields
class Ordering(Operator):
    """What the operators share: the axis along which elements are put in order."""

    family = "other"

    axis: int | None = p.integer(-1, optional=True, doc="the axis to sort along; the flattened array if None")

    def lined(self, shape: Shape) -> tuple[Shape, int]:
        """The shape in which the axis stands, and the axis counted from the front."""
        return ((prod(shape),), 0) if self.axis is None else (shape, normalize_axis(self.axis, len(shape)))

    def infer_lined(self, data: PartialShape, most: int | None = None) -> PartialShape:
        """The shape with the first `most` elements of the sorted axis, all if None."""
        if data is None:
            return None
        if self.axis is None:
            whole = known(data)
            made: tuple[int | None, ...] = (None if whole is None else prod(whole),)
        else:
            made = data
        axis = 0 if self.axis is None else normalize_axis(self.axis, len(data))
        size = made[axis]
        if most is None or size is None:
            return made if most is None else (*made[:axis], most, *made[axis + 1 :])
        if most > size:
            raise ShapeError(f"k is {most} but the sorted axis of {show_shape(data)} has size {size}")
        return (*made[:axis], most, *made[axis + 1 :])

    def order(self, xp: ModuleType, data: Array, rising: bool) -> Array:
        """Positions along the axis in sorted order."""
        shape, axis = self.lined(data.shape)
        data = data.reshape(shape)
        if rising:
            return xp.argsort(data, axis=axis, kind="stable")
        turned = xp.argsort(xp.flip(data, axis), axis=axis, kind="stable")  # so that equal ones keep their order
        return shape[axis] - 1 - xp.flip(turned, axis)

    def pull(self, grad: Term, indices: Term, data: Term) -> Term:
        """The gradient of elements that were taken at these positions."""
        shape, axis = self.lined(data.shape)
        return reshape(apply(PutAlong(axis=axis, size=shape[axis]), grad, indices)[0], data.shape)


@register
class Sort(Ordering):
    """The elements in order along an axis, or of the flattened array."""

    name = "sort"

    is_ascend: bool = p.boolean(True, doc="whether the smallest comes first")

    def output_names(self) -> tuple[str, ...]:
        return ("output0", "output1")

    def visible_outputs(self) -> int:
        return 1

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data = inputs[0] if inputs[0] is not None or self.axis is None else outputs[0]
        made = self.infer_lined(data)
        return [data], [made, made]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        (data,), (made,) = like_first(inputs, outputs[:1])
        return [data], [made, INT64]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        shape, axis = self.lined(inputs[0].shape)
        outputs[1][...] = self.order(xp, inputs[0], self.is_ascend)
        outputs[0][...] = xp.take_along_axis(inputs[0].reshape(shape), outputs[1], axis=axis)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None if grads[0] is None else self.pull(grads[0], outputs[1], inputs[0]),)


@register
class ArgSort(Ordering):
    """The positions along an axis that would put its elements in order, or those in the flattened array."""

    name = "argsort"

    is_ascend: bool = p.boolean(True, doc="whether the smallest comes first")
    dtype: str = p.dtype(*INDICES, default="float32", doc="element type of the positions")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data = inputs[0] if inputs[0] is not None or self.axis is None else outputs[0]
        return [data], [self.infer_lined(data)]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return inputs, [dtype_of(self.dtype)]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        outputs[0][...] = self.order(xp, inputs[0], self.is_ascend)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None,)


@register
class TopK(Ordering):
    """The k largest elements along an axis, or of the flattened array, in order: where they are, or what they are.

    `ret_typ` says which: "indices", "value", "both" as two outputs, or "mask", which is 1 at these elements and 0
    elsewhere, in the shape of the data.
    """

    name = "topk"
    signature = ("axis", "k", "ret_typ", "is_ascend", "dtype")

    k: int = p.integer(1, doc="how many; all of them if less than 1")
    ret_typ: str = p.choice("both", "indices", "mask", "value", default="indices", doc="what the result is")
    is_ascend: bool = p.boolean(False, doc="whether to take the smallest, not the largest")
    dtype: str = p.dtype(*INDICES, default="float32", doc="element type of the positions")

    def output_names(self) -> tuple[str, ...]:
        return ("output0", "output1") if self.ret_typ in ("both", "value") else ("output",)

    def visible_outputs(self) -> int:
        return 2 if self.ret_typ == "both" else 1

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data = inputs[0]
        if self.ret_typ == "mask":
            data = outputs[0] if data is None else data
            self.infer_lined(data, self.k if self.k > 0 else None)
            return [data], [data]
        made = self.infer_lined(data, self.k if self.k > 0 else None)
        return [data], [made] * len(outputs)

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        if self.ret_typ == "indices":
            return inputs, [dtype_of(self.dtype)]
        (data,), (made,) = like_first(inputs, outputs[:1])
        hidden = {"both": [dtype_of(self.dtype)], "value": [INT64], "mask": []}
        return [data], [made, *hidden[self.ret_typ]]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        shape, axis = self.lined(inputs[0].shape)
        count = self.k if self.k > 0 else shape[axis]
        lead = (slice(None),) * axis
        indices = self.order(xp, inputs[0], self.is_ascend)[(*lead, slice(0, count))]
        if self.ret_typ == "indices":
            outputs[0][...] = indices
        elif self.ret_typ == "mask":
            mask = xp.zeros(shape, outputs[0].dtype)
            put_along(xp, mask, indices, 1, axis)
            outputs[0][...] = mask.reshape(outputs[0].shape)
        else:
            outputs[0][...] = xp.take_along_axis(inputs[0].reshape(shape), indices, axis=axis)
            outputs[1][...] = indices

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None or self.ret_typ in ("indices", "mask"):
            return (None,)
        indices = outputs[1]
        if indices.dtype != INT64:  # such as uint8, which cannot count far
            where = TopK(axis=self.axis, k=self.k, ret_typ="indices", is_ascend=self.is_ascend, dtype="int64")
            indices = apply(where, inputs[0])[0]
        return (self.pull(grads[0], indices, inputs[0]),)


def put_along(xp: ModuleType, out: Array, indices: Array, values: object, axis: int) -> None:
    """Write values at positions along an axis."""
    places = [xp.arange(size).reshape(-1, *(1,) * (out.ndim - at - 1)) for at, size in enumerate(indices.shape)]
    places[axis] = indices
    out[tuple(places)] = values


@register
class PutAlong(Operator):
    """Zeros with elements at positions along an axis: the gradient of taking them there."""

    name = "_put_along"
    internal = True

    axis: int = p.integer(doc="the axis of the positions, counted from the front")
    size: int = p.integer(doc="size of the axis in the result")

    def input_names(self) -> tuple[str, ...]:
        return ("data", "indices")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data = inputs[0]
        return inputs, [None if data is None else (*data[: self.axis], self.size, *data[self.axis + 1 :])]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return like_first(inputs, outputs)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        outputs[0].fill(0)
        put_along(xp, outputs[0], inputs[1], inputs[0], self.axis)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None if grads[0] is None else apply(TakeAlong(axis=self.axis), grads[0], inputs[1])[0]), None


@register
class TakeAlong(Operator):
    """The elements at positions along an axis."""

    name = "_take_along"
    internal = True

    axis: int = p.integer(doc="the axis of the positions, counted from the front")

    def input_names(self) -> tuple[str, ...]:
        return ("data", "indices")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return inputs, [inputs[1]]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return like_first(inputs, outputs)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        outputs[0][...] = xp.take_along_axis(inputs[0], inputs[1], axis=self.axis)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        if grads[0] is None:
            return None, None
        back = PutAlong(axis=self.axis, size=inputs[0].shape[self.axis])
        return apply(back, grads[0], inputs[1])[0], None
