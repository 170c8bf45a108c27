"""Operators that change the element type, stop the gradient, or take nothing but the shape of an array."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from types import ModuleType

from symbolnb.dtypes import dtype_of, is_float
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register
from symbolnb.ops.elementwise.family import Call, unary
from symbolnb.ops.infer import same_shapes
from symbolnb.ops.shape import View
from symbolnb.ops.term import Term, cast

TYPES = ("bfloat16", "bool", "float16", "float32", "float64", "int32", "int64", "int8", "uint8")


@register
class Cast(Operator):
    """The array in another element type.

    Floating point numbers lose their fraction on the way to integers; integers of fewer bits keep the low
    ones. The gradient is cast back.
    """

    name = "Cast"
    aliases = ("cast",)
    family = "elementwise"
    elementwise = True

    dtype: str = p.dtype(*TYPES, doc="the element type of the output")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return same_shapes(inputs, outputs)

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return inputs, [dtype_of(self.dtype)]

    def bind(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> Call:
        narrow = outputs[0].dtype.kind in "iu" and outputs[0].dtype.itemsize < 4
        wraps = narrow and is_float(inputs[0].dtype)
        return partial(_wrap if wraps else _assign, inputs[0], outputs[0])

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        self.bind(xp, inputs, outputs)()

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None if grads[0] is None else cast(grads[0], inputs[0].dtype),)


def _assign(x: Array, out: Array) -> None:
    out[...] = x


def _wrap(x: Array, out: Array) -> None:
    """By way of int64, so that the low bits are kept on every processor."""
    out[...] = x.astype("int64")


@register
class BlockGrad(View):
    """The array itself, with no gradient going back through it."""

    name = "BlockGrad"
    aliases = ("stop_gradient", "_sparse_stop_gradient")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return same_shapes(inputs, outputs)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None,)


def _fill(value: int, xp: ModuleType, x: Array, out: Array) -> None:
    out.fill(value)


_zero, _one = partial(_fill, 0), partial(_fill, 1)
unary("zeros_like", _zero, None, "Zeros in the shape and element type of an array.", "_sparse_zeros_like",
      integers=_zero, exact=True, booleans=True)  # fmt: skip
unary("ones_like", _one, None, "Ones in the shape and element type of an array.", integers=_one, exact=True,
      booleans=True)  # fmt: skip


@register
class AddN(Operator):
    """The sum of any number of arrays of one shape."""

    name = "add_n"
    aliases = ("ElementWiseSum", "_sparse_add_n", "_sparse_ElementWiseSum")
    family = "elementwise"
    elementwise = True

    num_args: int = p.count(doc="number of arrays")

    def input_names(self) -> tuple[str, ...]:
        return tuple(f"arg{index}" for index in range(self.num_args))

    def inplace_pairs(self) -> tuple[tuple[int, int], ...]:
        return ((0, 0), (1, 0))[: self.num_args]  # the others are read after the output was written

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return same_shapes(inputs, outputs)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        if len(inputs) == 1:
            outputs[0][...] = inputs[0]
            return
        xp.add(inputs[0], inputs[1], outputs[0])
        for term in inputs[2:]:
            xp.add(outputs[0], term, outputs[0])

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (grads[0],) * self.num_args
