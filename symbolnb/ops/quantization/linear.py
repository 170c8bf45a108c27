"""Fully connected layers and convolutions of integers, with sums of 32 bits."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import ClassVar

from symbolnb.dtypes import FLOAT32
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register
from symbolnb.ops.nn.convolution import Convolution
from symbolnb.ops.nn.fully_connected import FullyConnected
from symbolnb.ops.quantization.ranges import INT8, INT32, STEPS, WHOLE, extent, small
from symbolnb.ops.term import Term

OUTPUTS = ("output", "min_output", "max_output")


class Layer(Operator):
    """A layer whose arrays are integers, each with the two ends of its range behind all of them.

    It is put in front of the layer of real numbers, whose parameters, shapes and forward it uses.
    """

    no_bias: bool

    family = "quantization"

    @property
    def arrays(self) -> int:
        """How many inputs are integers."""
        return 2 if self.no_bias else 3

    def steps_of(self, data: Array) -> float:
        """How many steps the data's range has for the range of the sums."""
        raise NotImplementedError

    def input_names(self) -> tuple[str, ...]:
        names = ("data", "weight", "bias")[: self.arrays]
        return (*names, *(f"{end}_{name}" for name in names for end in ("min", "max")))

    def output_names(self) -> tuple[str, ...]:
        return OUTPUTS

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        given, made = super().infer_shape(inputs[: self.arrays], outputs[:1])
        return [*given, *((1,) for _ in inputs[self.arrays :])], [*made, (1,), (1,)]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        data = small(inputs[0], "data")
        return [data, *[INT8] * (self.arrays - 1), *[FLOAT32] * (2 * self.arrays)], [INT32, FLOAT32, FLOAT32]

    def bias_of(self, xp: ModuleType, inputs: Sequence[Array]) -> Array:
        """The bias in steps of the products."""
        data, weight, bias = (extent(xp, *inputs[3 + 2 * at : 5 + 2 * at]) for at in range(3))
        steps = STEPS[inputs[0].dtype.name] / data * (STEPS["int8"] / weight) * (bias / STEPS["int8"])
        return xp.trunc(inputs[2] * steps)

    def fill_range(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        """Write what the range of the sums stands for."""
        data, weight = (extent(xp, *inputs[self.arrays + 2 * at : self.arrays + 2 * at + 2]) for at in range(2))
        one = data / self.steps_of(inputs[0]) * weight / WHOLE["int8"]
        outputs[1][...] = -one * WHOLE["int32"]
        outputs[2][...] = one * WHOLE["int32"]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        wide = [array.astype("float64") for array in inputs[:2]]
        if not self.no_bias:
            wide.append(self.bias_of(xp, inputs))
        sums = xp.empty(outputs[0].shape, "float64")
        super().forward(xp, wide, [sums])
        outputs[0][...] = xp.rint(sums)
        self.fill_range(xp, inputs, outputs)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None,) * len(inputs)


@register
class QuantizedFullyConnected(Layer, FullyConnected):
    """`FullyConnected` of integers: int8 or uint8 data and int8 weights give sums of int32 and their range.

    The bias is int8 with a range of its own; it is brought to the scale of the sums.
    """

    name: ClassVar[str] = "_contrib_quantized_fully_connected"
    aliases: ClassVar[tuple[str, ...]] = ()
    family: ClassVar[str] = "quantization"

    def steps_of(self, data: Array) -> float:
        return WHOLE[data.dtype.name]


@register
class QuantizedConvolution(Layer, Convolution):
    """`Convolution` of integers: int8 or uint8 data and int8 weights give sums of int32 and their range.

    The bias is int8 with a range of its own; it is brought to the scale of the sums. As in MXNet the range of the
    sums is that of int8 data for uint8 data as well.
    """

    name: ClassVar[str] = "_contrib_quantized_conv"
    aliases: ClassVar[tuple[str, ...]] = ()
    family: ClassVar[str] = "quantization"

    def steps_of(self, data: Array) -> float:
        return WHOLE["int8"]
