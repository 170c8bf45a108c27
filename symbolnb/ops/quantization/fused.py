"""Layers and sums of integers that come out with 8 bits: what programs compute for an operator and its requantize."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import ClassVar

from symbolnb.dtypes import FLOAT32, dtype_of
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, register, with_fields
from symbolnb.ops.quantization.conversion import Requantize
from symbolnb.ops.quantization.linear import QuantizedConvolution, QuantizedFullyConnected
from symbolnb.ops.quantization.pairs import QuantizedAdd
from symbolnb.ops.quantization.ranges import STEPS, WHOLE, extent


@with_fields
class Narrowed(Operator):
    """An operator whose integers of 32 bits become 8 bits over a range known beforehand, and then not negative.

    It is put in front of the operator on integers. Outputs: the integers, and the ends of their range, each ``(1,)``.
    """

    family = "quantization"
    internal = True

    narrow_type: str = p.choice("int8", "uint8", default="int8", doc="element type of the integers")
    lowest: float = p.number(doc="the lowest number")
    highest: float = p.number(doc="the highest number")
    rectified: bool = p.boolean(False, doc="whether values below 0 become 0")

    @property
    def requantize(self) -> Requantize:
        """The second operator alone."""
        return Requantize(out_type=self.narrow_type, min_calib_range=self.lowest, max_calib_range=self.highest)

    def put_range(self, xp: ModuleType, outputs: Sequence[Array]) -> None:
        """Write the ends of the range that the integers stand for."""
        limit = self.limit(xp)
        outputs[1][...] = -limit if self.narrow_type == "int8" else 0
        outputs[2][...] = limit

    def limit(self, xp: ModuleType) -> Array:
        """The number that the largest integer stands for."""
        return extent(xp, *(xp.asarray([end], "float32") for end in (self.lowest, self.highest)))

    def factor(self, xp: ModuleType, low: Array, high: Array) -> float:
        """How many steps of the result one step of the sums is, whose range stands for `low` to `high`."""
        return float(extent(xp, low, high) / STEPS["int32"] * (WHOLE[self.narrow_type] / self.limit(xp)))

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        given, _ = super().infer_dtype(inputs, [None, *outputs[1:]])
        return given, [dtype_of(self.narrow_type), FLOAT32, FLOAT32]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        wide = [xp.empty(outputs[0].shape, "int32"), *(xp.empty((1,), "float32") for _ in range(2))]
        super().forward(xp, inputs, wide)
        self.requantize.forward(xp, wide, outputs)
        if self.rectified:
            xp.maximum(outputs[0], 0, out=outputs[0])


@register
class FusedQuantizedConvolution(Narrowed, QuantizedConvolution):
    """`_contrib_quantized_conv`, `_contrib_requantize` and perhaps relu as one."""

    name: ClassVar[str] = "_fused_quantized_conv"
    signature: ClassVar[tuple[str, ...]] = ()


@register
class FusedQuantizedFullyConnected(Narrowed, QuantizedFullyConnected):
    """`_contrib_quantized_fully_connected`, `_contrib_requantize` and perhaps relu as one."""

    name: ClassVar[str] = "_fused_quantized_fully_connected"


@register
class FusedQuantizedAdd(Narrowed, QuantizedAdd):
    """`_contrib_quantized_elemwise_add`, `_contrib_requantize` and perhaps relu as one."""

    name: ClassVar[str] = "_fused_quantized_add"

    def factors(self, xp: ModuleType, inputs: Sequence[Array]) -> list[float]:
        """How many steps of the result one step of each array is."""
        whole = WHOLE[self.narrow_type] / float(self.limit(xp))
        limits = [float(extent(xp, *inputs[at : at + 2])) for at in (2, 4)]
        return [limit / STEPS[array.dtype.name] * whole for limit, array in zip(limits, inputs[:2], strict=True)]
