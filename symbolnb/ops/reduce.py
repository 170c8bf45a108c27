"""Reductions: operators that fold some axes of an array into one value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from math import prod
from types import ModuleType
from typing import Any

from symbolnb.dtypes import DType, dtype_of
from symbolnb.errors import ShapeError
from symbolnb.graph.spec import PartialShape, Shape, show_shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register, with_fields
from symbolnb.ops.infer import normalize_axis
from symbolnb.ops.term import Term, broadcast_to, call, cast, reshape


def reduced_axes(axis: tuple[int, ...] | None, dimensions: int, exclude: bool = False) -> tuple[int, ...]:
    """The axes that a reduction folds, counted from the front; all of them where `axis` is None or empty.

    >>> reduced_axes((-1,), 3, exclude=True)
    (0, 1)
    """
    if not axis:
        return tuple(range(dimensions))
    named = {normalize_axis(one, dimensions) for one in axis}
    if len(named) < len(axis):
        raise ShapeError(f"axis is {axis}, which names an axis twice")
    return tuple(one for one in range(dimensions) if (one in named) != exclude)


@cache  # numpy takes microseconds to make a type's name
def accumulator(dtype: DType) -> str | DType:
    """The type in which elements are summed up: float32 for float16, else their own."""
    return "float32" if dtype.name in ("float16", "bfloat16") else dtype


@with_fields
class Reduction(Operator):
    """What reductions over chosen axes share: the parameters and the shape of the result.

    Where all axes are folded and none kept, the result has the shape ``(1,)``: MXNet's symbols have no
    arrays without axes.
    """

    family = "reduction"

    axis: tuple[int, ...] | None = p.shape(None, optional=True, doc="the axes to fold; all of them if None or empty")
    keepdims: bool = p.boolean(False, doc="whether the folded axes stay, with size 1")
    exclude: bool = p.boolean(False, doc="whether to fold all axes except those of axis")

    def axes(self, dimensions: int) -> tuple[int, ...]:
        """The folded axes of an array with so many dimensions."""
        return reduced_axes(self.axis, dimensions, self.exclude)

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return infer_reduced(inputs[0], outputs[0], self.axes, self.keepdims)

    def kept(self, shape: Shape) -> Shape:
        """A shape with every folded axis set to 1: what broadcasts against the input."""
        axes = self.axes(len(shape))
        return tuple(1 if axis in axes else size for axis, size in enumerate(shape))

    def spread(self, term: Term, like: Term) -> Term:
        """A result, or its gradient, in the shape that broadcasts against the input."""
        return reshape(term, self.kept(like.shape))

    def fold(self, xp: ModuleType, data: Array, axes: tuple[int, ...], out: Array) -> None:
        """Fill `out`, which has the folded axes with size 1."""
        raise NotImplementedError

    def bind(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> Callable[[], object]:
        data = inputs[0]
        return partial(self.fold, xp, data, self.axes(data.ndim), outputs[0].reshape(self.kept(data.shape)))

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        self.bind(xp, inputs, outputs)()

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        data, grad = inputs[0], grads[0]
        if grad is None:
            return (None,)
        return (self.differentiate(self.spread(grad, data), data, self.spread(outputs[0], data)),)

    def differentiate(self, grad: Term, data: Term, out: Term) -> Term:
        """The input's gradient; `grad` and `out` have the folded axes with size 1."""
        raise NotImplementedError


def infer_reduced(
    data: PartialShape, out: PartialShape, axes: Callable[[int], tuple[int, ...]], keepdims: bool
) -> tuple[Shapes, Shapes]:
    """Both-way inference of a reduction: from the input, and for the axes that stay from the output."""
    if data is None:
        return [None], [None]
    folded = axes(len(data))
    stays = [axis for axis in range(len(data)) if axis not in folded]
    if keepdims:
        result: PartialShape = tuple(1 if axis in folded else size for axis, size in enumerate(data))
        places = stays
    else:
        result = tuple(data[axis] for axis in stays) if stays else (1,)
        places = list(range(len(stays)))
    if out is not None and result is not None and len(out) == len(result):
        filled = list(data)
        for axis, place in zip(stays, places, strict=True):
            filled[axis] = out[place] if data[axis] is None else data[axis]
        data = tuple(filled)
    return [data], [result]


def refuse_empty(data: PartialShape, axes: Sequence[int], word: str) -> None:
    """`ShapeError` where one of no elements is to be chosen: axes to fold are empty, and the others are not."""
    if data is None:
        return
    others = [size for axis, size in enumerate(data) if axis not in axes]
    if any(data[axis] == 0 for axis in axes) and 0 not in others:
        shown = ", ".join(str(axis) for axis in axes if data[axis] == 0)
        raise ShapeError(
            f"the array is {show_shape(data)}: along axis {shown} it has no element, so there is no {word}"
        )


@register
class Sum(Reduction):
    """The sum over some axes, all of them by default; float16 is summed up in float32."""

    name = "sum"
    aliases = ("sum_axis", "_sparse_sum")

    def fold(self, xp: ModuleType, data: Array, axes: tuple[int, ...], out: Array) -> None:
        add_up(xp, data, axes, out)

    def differentiate(self, grad: Term, data: Term, out: Term) -> Term:
        return broadcast_to(grad, data.shape)


def add_up(xp: ModuleType, data: Array, axes: tuple[int, ...], out: Array) -> None:
    """Sum into `out`, whose folded axes have size 1."""
    wide: Any = accumulator(data.dtype)
    if wide == data.dtype:
        xp.sum(data, axis=axes, keepdims=True, dtype=wide, out=out)
    else:
        out[...] = xp.sum(data, axis=axes, keepdims=True, dtype=wide)


@register
class Mean(Reduction):
    """The mean over some axes, all of them by default; that of integers is rounded toward zero."""

    name = "mean"
    aliases = ("_sparse_mean",)

    def fold(self, xp: ModuleType, data: Array, axes: tuple[int, ...], out: Array) -> None:
        count = prod(data.shape[axis] for axis in axes)
        wide: Any = accumulator(data.dtype)
        if data.dtype.kind in "iu":
            out[...] = xp.trunc(xp.sum(data, axis=axes, keepdims=True, dtype="int64") / count)
        elif wide == data.dtype:
            xp.sum(data, axis=axes, keepdims=True, out=out)
            out /= count
        else:
            out[...] = xp.sum(data, axis=axes, keepdims=True, dtype=wide) / count

    def differentiate(self, grad: Term, data: Term, out: Term) -> Term:
        count = max(prod(data.shape), 1) // max(prod(out.shape), 1)
        return broadcast_to(grad / float(count), data.shape)


@register
class Prod(Reduction):
    """The product over some axes, all of them by default; float16 is multiplied in float32.

    The gradient is right at zeros too, where MXNet gives nan.
    """

    name = "prod"

    def fold(self, xp: ModuleType, data: Array, axes: tuple[int, ...], out: Array) -> None:
        out[...] = xp.prod(data, axis=axes, keepdims=True, dtype=accumulator(data.dtype))

    def differentiate(self, grad: Term, data: Term, out: Term) -> Term:
        return grad * product_of_others(data, self.axes(len(data.shape)))


def product_of_others(data: Term, axes: tuple[int, ...]) -> Term:
    """For each element the product of all others that are folded with it.

    Where one factor is zero, only its own gradient is not; where two are, none is. Dividing the whole product
    by the element would give nan there.
    """
    if not axes:  # to `sum`, no axes would mean all
        return call("ones_like", data)
    zero = call("_equal_scalar", data, scalar=0.0)
    count = call("sum", zero, axis=axes, keepdims=True)
    filled = data + zero
    rest = call("prod", filled, axis=axes, keepdims=True) / filled
    alone = call("_equal_scalar", count, scalar=0.0) * (1.0 - zero)
    single = call("_equal_scalar", count, scalar=1.0) * zero
    return rest * (alone + single)


@register
class NanSum(Reduction):
    """The sum over some axes of the elements that are not nan."""

    name = "nansum"

    def fold(self, xp: ModuleType, data: Array, axes: tuple[int, ...], out: Array) -> None:
        add_up(xp, present(xp, data, 0), axes, out)

    def differentiate(self, grad: Term, data: Term, out: Term) -> Term:
        return grad * call("_equal", data, data)


def present(xp: ModuleType, data: Array, instead: float) -> Array:
    """The array with another number in place of nan."""
    return xp.where(data == data, data, data.dtype.type(instead))


@register
class NanProd(Reduction):
    """The product over some axes of the elements that are not nan."""

    name = "nanprod"

    def fold(self, xp: ModuleType, data: Array, axes: tuple[int, ...], out: Array) -> None:
        out[...] = xp.prod(present(xp, data, 1), axis=axes, keepdims=True, dtype=accumulator(data.dtype))

    def differentiate(self, grad: Term, data: Term, out: Term) -> Term:
        there = call("_equal", data, data)
        ones = call("_ones", shape=data.shape, dtype=data.dtype.name, exact=True)
        filled = call("where", there, data, ones)
        return grad * product_of_others(filled, self.axes(len(data.shape))) * there


class Extreme(Reduction):
    """The largest or smallest element along some axes; every element equal to it gets the gradient."""

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        if inputs[0] is not None:
            refuse_empty(inputs[0], self.axes(len(inputs[0])), f"{self.name}imum")
        return super().infer_shape(inputs, outputs)

    def bind(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> Callable[[], object]:
        return super().bind(xp, inputs, outputs) if outputs[0].size else nothing  # NumPy refuses even that

    def differentiate(self, grad: Term, data: Term, out: Term) -> Term:
        return grad * call("broadcast_equal", data, out)


def nothing() -> None:
    """What is done where the result has no element."""


@register
class Max(Extreme):
    """The largest element over some axes, all of them by default; nan where there is one."""

    name = "max"
    aliases = ("max_axis",)

    def fold(self, xp: ModuleType, data: Array, axes: tuple[int, ...], out: Array) -> None:
        xp.max(data, axis=axes, keepdims=True, out=out)


@register
class Min(Extreme):
    """The smallest element over some axes, all of them by default; nan where there is one."""

    name = "min"
    aliases = ("min_axis",)

    def fold(self, xp: ModuleType, data: Array, axes: tuple[int, ...], out: Array) -> None:
        xp.min(data, axis=axes, keepdims=True, out=out)


@register
class Norm(Operator):
    """The sum of absolute values (`ord` 1) or the root of the sum of squares (`ord` 2) over some axes.

    The gradient of a root at zero is nan, as in MXNet.
    """

    name = "norm"
    aliases = ("_sparse_norm",)
    family = "reduction"

    ord: int = p.integer(2, doc="1 for the sum of absolute values, 2 for the Euclidean norm", minimum=1, maximum=2)
    axis: tuple[int, ...] | None = p.shape(None, optional=True, doc="the axes to fold; all of them if None or empty")
    out_dtype: str | None = p.dtype(
        "float16", "float32", "float64", "int32", "int64", "int8",
        default=None, optional=True, doc="element type of the result; the input's if None",
    )  # fmt: skip
    keepdims: bool = p.boolean(False, doc="whether the folded axes stay, with size 1")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return infer_reduced(inputs[0], outputs[0], partial(reduced_axes, self.axis), self.keepdims)

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        if self.out_dtype is None:
            return super().infer_dtype(inputs, outputs)
        return inputs, [dtype_of(self.out_dtype)]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        data = inputs[0]
        axes = reduced_axes(self.axis, data.ndim)
        wide = data.astype("float64" if data.dtype.kind in "iu" or data.dtype == "float64" else "float32")
        if self.ord == 1:
            folded = xp.sum(xp.abs(wide), axis=axes, keepdims=True)
        else:
            folded = xp.sqrt(xp.sum(wide * wide, axis=axes, keepdims=True))
        outputs[0][...] = folded.reshape(outputs[0].shape)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        data, grad = inputs[0], grads[0]
        if grad is None:
            return (None,)
        axes = reduced_axes(self.axis, len(data.shape))
        kept = tuple(1 if axis in axes else size for axis, size in enumerate(data.shape))
        grad = cast(reshape(grad, kept), data.dtype)
        if self.ord == 1:
            return (grad * call("sign", data),)
        return (data * (grad / cast(reshape(outputs[0], kept), data.dtype)),)
