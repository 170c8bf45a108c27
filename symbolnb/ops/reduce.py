"""Reductions: operators that fold some axes of an array into one value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from types import ModuleType
from typing import Any

from symbolnb.dtypes import DType
from symbolnb.graph.spec import PartialShape, Shape
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, Operator, Shapes, register
from symbolnb.ops.infer import normalize_axis
from symbolnb.ops.term import Term, broadcast_to, reshape


def reduced_axes(axis: tuple[int, ...] | None, dimensions: int, exclude: bool = False) -> tuple[int, ...]:
    """The axes that a reduction folds, counted from the front; all of them where `axis` is None or empty.

    >>> reduced_axes((-1,), 3, exclude=True)
    (0, 1)
    """
    if not axis:
        return tuple(range(dimensions))
    named = {normalize_axis(one, dimensions) for one in axis}
    return tuple(one for one in range(dimensions) if (one in named) != exclude)


def accumulator(dtype: DType) -> str | DType:
    """The type in which elements are summed up: float32 for float16, else their own."""
    return "float32" if dtype.name in ("float16", "bfloat16") else dtype


@dataclass(frozen=True, kw_only=True, repr=False)
class Reduction(Operator):
    """What reductions over chosen axes share: the parameters and the shape of the result.

    Where all axes are folded and none kept, the result has the shape ``(1,)``: MXNet's symbols have no
    arrays without axes.
    """

    family = "reduction"

    axis: tuple[int, ...] | None = p.shape(
        None, optional=True, doc="the axes to fold; all of them if None or empty"
    )
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

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        data = inputs[0]
        self.fold(xp, data, self.axes(data.ndim), outputs[0].reshape(self.kept(data.shape)))

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


@register
class Sum(Reduction):
    """The sum over some axes, all of them by default; float16 is summed up in float32."""

    name = "sum"
    aliases = ("sum_axis",)

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

    def fold(self, xp: ModuleType, data: Array, axes: tuple[int, ...], out: Array) -> None:
        count = prod(data.shape[axis] for axis in axes)
        wide: Any = accumulator(data.dtype)
        if wide == data.dtype and data.dtype.kind == "f":
            xp.sum(data, axis=axes, keepdims=True, out=out)
            out /= count
        else:
            out[...] = xp.sum(data, axis=axes, keepdims=True, dtype=wide) / count

    def differentiate(self, grad: Term, data: Term, out: Term) -> Term:
        count = prod(data.shape) // prod(out.shape) if prod(out.shape) else 1
        return broadcast_to(grad / float(count), data.shape)
