"""Operators that MXNet has for sparse arrays and for mixed precision, on dense arrays.

Arrays are dense here, so that a storage type changes nothing but what files say.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import ClassVar

from symbolnb.dtypes import DType, dtype_of, is_float
from symbolnb.graph.spec import merge_shapes
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, numbered, register
from symbolnb.ops.elementwise.conversion import Cast
from symbolnb.ops.elementwise.family import Binary, Scalar, row
from symbolnb.ops.elementwise.functions import truncated_quotient
from symbolnb.ops.infer import same_shapes
from symbolnb.ops.reduce import Reduction, accumulator
from symbolnb.ops.shape import View, like_first
from symbolnb.ops.term import Term, apply, cast

row(
    Binary, "_scatter_elemwise_div", "Element by element, for two arrays of one shape: lhs / rhs.", (),
    expression="divide", integers=truncated_quotient,
    derivative=lambda g, x, y, z: (g / y, -(g * (z / y))),
)  # fmt: skip
row(
    Scalar, "_scatter_plus_scalar", "Element by element, for an array and a constant: data + scalar.", (),
    expression="add", integers="add", derivative=lambda g, x, y, z: g,
)  # fmt: skip
row(
    Scalar, "_scatter_minus_scalar", "Element by element, for an array and a constant: data - scalar.", (),
    expression="subtract", integers="subtract", derivative=lambda g, x, y, z: g,
)  # fmt: skip


@register
class CastStorage(View):
    """The array itself: MXNet's way to another storage type, all of which are dense here."""

    name = "cast_storage"
    aliases = ("_sparse_cast_storage",)

    stype: str = p.choice("csr", "default", "row_sparse", doc="the storage type; without effect")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return same_shapes(inputs, outputs)


@register
class CrossDeviceCopy(View):
    """The array itself: what MXNet's executors put between devices; a graph runs on one device here."""

    name = "_CrossDeviceCopy"

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return same_shapes(inputs, outputs)


@register
class CopyTo(View):
    """The array itself."""

    name = "_copyto"

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return same_shapes(inputs, outputs)


@register
class SparseRetain(Operator):
    """The data with zeros in all rows but those whose numbers are in `indices`."""

    name = "_sparse_retain"
    family = "other"

    def input_names(self) -> tuple[str, ...]:
        return ("data", "indices")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        data = merge_shapes(inputs[0], outputs[0])
        return [data, inputs[1]], [data]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return like_first(inputs, outputs)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        data, indices = inputs
        kept = (xp.arange(data.shape[0])[:, None] == indices.reshape(-1).astype("int64")).any(axis=1)
        outputs[0][...] = xp.where(kept.reshape(-1, *(1,) * (data.ndim - 1)), data, data.dtype.type(0))

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None if grads[0] is None else apply(self, grads[0], inputs[1])[0]), None


@register
class SquareSum(Reduction):
    """The sum of squares over some axes, all of them by default; float16 is summed up in float32."""

    name = "_square_sum"

    def fold(self, xp: ModuleType, data: Array, axes: tuple[int, ...], out: Array) -> None:
        wide = data.astype(accumulator(data.dtype), copy=False)
        out[...] = xp.sum(wide * wide, axis=axes, keepdims=True)

    def differentiate(self, grad: Term, data: Term, out: Term) -> Term:
        return data * (grad * 2.0)


@register
class ZerosWithoutDType(Operator):
    """An array of zeros, whose element type follows from where it is used if `dtype` is -1."""

    name = "_zeros_without_dtype"
    family = "creation"

    shape: tuple[int, ...] | None = p.shape(None, optional=True, doc="shape of the result; 0 for a size that follows")
    ctx: str = p.text("", doc="the device, such as 'cpu(0)'; a bound graph runs where it is bound")
    dtype: int = p.integer(-1, doc="MXNet's number of the element type; -1 for one that follows")

    def input_names(self) -> tuple[str, ...]:
        return ()

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        return [], [tuple(size if size > 0 else None for size in self.shape) if self.shape else None]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return [], outputs if self.dtype == -1 else [dtype_of(self.dtype)]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        outputs[0].fill(0)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return ()


@register
class AmpCast(Cast):
    """The array in another floating point type; an array of integers stays as it is."""

    name: ClassVar[str] = "amp_cast"
    aliases: ClassVar[tuple[str, ...]] = ()  # type: ignore[assignment]  # Cast has one

    dtype: str = p.dtype(
        "bfloat16", "float16", "float32", "float64", "int32", "int64", "int8", "uint8",
        doc="the element type of the output",
    )  # fmt: skip

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        given = inputs[0]
        if given is None:
            return inputs, [None]
        return inputs, [dtype_of(self.dtype) if is_float(given) else given]


@register
class AmpMultiCast(Operator):
    """The arrays in the widest floating point type among them, or the narrowest; integers stay as they are."""

    name = "amp_multicast"
    family = "elementwise"
    counted_by = "num_outputs"

    num_outputs: int = p.count(doc="how many arrays there are")
    cast_narrow: bool = p.boolean(False, doc="whether to take the narrowest type")

    def input_names(self) -> tuple[str, ...]:
        return tuple(f"data_{number}" for number in range(self.num_outputs))

    def output_names(self) -> tuple[str, ...]:
        if self.num_outputs == 1:
            return ("output",)
        return numbered("output", self.num_outputs)

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        merged = [merge_shapes(one, other) for one, other in zip(inputs, outputs, strict=True)]
        return merged, list(merged)

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        if any(dtype is None for dtype in inputs):
            return inputs, outputs
        floats = [dtype for dtype in inputs if dtype is not None and is_float(dtype)]
        chosen: DType | None = None
        if floats:
            chosen = min(floats, key=_width) if self.cast_narrow else max(floats, key=_width)
        return inputs, [chosen if dtype is not None and is_float(dtype) else dtype for dtype in inputs]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        for given, made in zip(inputs, outputs, strict=True):
            made[...] = given

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        pairs = zip(grads, inputs, strict=True)
        return tuple(None if grad is None else cast(grad, given.dtype) for grad, given in pairs)


def _width(dtype: DType) -> int:
    return dtype.itemsize
