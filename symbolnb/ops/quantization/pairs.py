"""Operators on several quantized tensors, each with a range of its own."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from symbolnb.dtypes import FLOAT32
from symbolnb.errors import ParameterError
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Shapes, register
from symbolnb.ops.infer import same_shapes
from symbolnb.ops.joining import Concat
from symbolnb.ops.quantization.ranges import INT8, INT32, STEPS, UINT8, WHOLE, Quantized, cut, extent, small

OUTPUTS = ("output", "min_output", "max_output")
SIDES = ("lhs", "rhs", "lhs_min", "lhs_max", "rhs_min", "rhs_max")
ENDS: Shapes = [(1,), (1,)]


@register
class QuantizedConcat(Quantized):
    """`Concat` of integers, brought to the widest range; uint8 if all are, else int8.

    After the arrays come the ends of their ranges: arg0_min, arg0_max, arg1_min, and so on.
    """

    name = "_contrib_quantized_concat"

    num_args: int = p.count(doc="how many arrays are joined")
    dim: int = p.integer(1, doc="the axis to join along; negative counts from the end")

    def input_names(self) -> tuple[str, ...]:
        names = [f"arg{number}" for number in range(self.num_args)]
        return (*names, *(f"{name}_{end}" for name in names for end in ("min", "max")))

    def output_names(self) -> tuple[str, ...]:
        return OUTPUTS

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        plain = Concat(num_args=self.num_args, dim=self.dim)
        given, made = plain.infer_shape(inputs[: self.num_args], outputs[:1])
        return [*given, *ENDS * self.num_args], [*made, *ENDS]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        data = [small(dtype, name) for dtype, name in zip(inputs[: self.num_args], self.input_names(), strict=False)]
        signed = INT8 if any(dtype is not None and dtype == INT8 for dtype in data) else None
        made = UINT8 if all(dtype is not None and dtype == UINT8 for dtype in data) else signed
        return [*data, *[FLOAT32] * (2 * self.num_args)], [made, FLOAT32, FLOAT32]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        arrays, ends = inputs[: self.num_args], inputs[self.num_args :]
        outputs[1][...] = xp.stack(ends[0::2]).min(axis=0)
        outputs[2][...] = xp.stack(ends[1::2]).max(axis=0)
        limit, steps = extent(xp, outputs[1], outputs[2]), STEPS[outputs[0].dtype.name]
        real = [
            array * (extent(xp, ends[2 * at], ends[2 * at + 1]) / limit * (steps / STEPS[array.dtype.name]))
            for at, array in enumerate(arrays)
        ]
        cut(xp, xp.concatenate(real, axis=self.dim), outputs[0])


class Pair(Quantized):
    """Two arrays of one shape and the ends of their ranges."""

    def input_names(self) -> tuple[str, ...]:
        return SIDES

    def output_names(self) -> tuple[str, ...]:
        return OUTPUTS

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        given, made = same_shapes(inputs[:2], outputs[:1])
        return [*given, *ENDS * 2], [*made, *ENDS[: len(outputs) - 1]]


@register
class QuantizedAdd(Pair):
    """The sum of two arrays of integers: int32 over the sum of their ranges, or int8 over a range known beforehand."""

    name = "_contrib_quantized_elemwise_add"

    min_calib_range: float | None = p.number(None, optional=True, doc="the lowest sum, if known beforehand")
    max_calib_range: float | None = p.number(None, optional=True, doc="the highest sum, if known beforehand")

    def __post_init__(self) -> None:
        check_together(self.min_calib_range, self.max_calib_range)

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        data = [small(dtype, name) for dtype, name in zip(inputs[:2], SIDES, strict=False)]
        made = INT32 if self.max_calib_range is None else INT8
        return [*data, *[FLOAT32] * 4], [made, FLOAT32, FLOAT32]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        left, right = extent(xp, *inputs[2:4]), extent(xp, *inputs[4:6])
        if self.min_calib_range is None or self.max_calib_range is None:
            limit = left + right
            outputs[1][...], outputs[2][...] = -limit, limit
        else:
            outputs[1][...], outputs[2][...] = self.min_calib_range, self.max_calib_range
            limit = extent(xp, outputs[1], outputs[2])
        steps = [STEPS[outputs[0].dtype.name] / STEPS[array.dtype.name] for array in inputs[:2]]
        real = inputs[0] * (left / limit * steps[0]) + inputs[1] * (right / limit * steps[1])
        cut(xp, real, outputs[0])


def check_together(low: float | None, high: float | None) -> None:
    """`ParameterError` where only one end of a range is given."""
    if (low is None) != (high is None):
        raise ParameterError("min_calib_range and max_calib_range must be given together")


@register
class QuantizedMul(Pair):
    """The product of two arrays of int8: int32, int8 over a range known beforehand, or the real numbers."""

    name = "_contrib_quantized_elemwise_mul"

    min_calib_range: float | None = p.number(None, optional=True, doc="the lowest product, if known beforehand")
    max_calib_range: float | None = p.number(None, optional=True, doc="the highest product, if known beforehand")
    enable_float_output: bool = p.boolean(False, doc="whether the result is float32, without a range")

    def __post_init__(self) -> None:
        check_together(self.min_calib_range, self.max_calib_range)

    def output_names(self) -> tuple[str, ...]:
        return OUTPUTS[: 1 if self.enable_float_output else 3]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        made = FLOAT32 if self.enable_float_output else INT32 if self.max_calib_range is None else INT8
        return [INT8, INT8, *[FLOAT32] * 4], [made, *[FLOAT32] * (len(outputs) - 1)]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        product = inputs[0].astype("int32") * inputs[1]
        one = extent(xp, *inputs[2:4]) / WHOLE["int8"] * extent(xp, *inputs[4:6]) / WHOLE["int8"]
        if self.enable_float_output:
            outputs[0][...] = product * one
        elif self.min_calib_range is None or self.max_calib_range is None:
            outputs[0][...] = product
            outputs[1][...], outputs[2][...] = -one * WHOLE["int32"], one * WHOLE["int32"]
        else:
            outputs[1][...], outputs[2][...] = self.min_calib_range, self.max_calib_range
            cut(xp, product * (one * WHOLE["int8"] / extent(xp, outputs[1], outputs[2])), outputs[0])
