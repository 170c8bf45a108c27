"""From real numbers to integers and back."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from symbolnb.dtypes import FLOAT32, dtype_of
from symbolnb.errors import DTypeError, ParameterError
from symbolnb.graph.spec import merge_shapes
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Shapes, register, with_fields
from symbolnb.ops.quantization.ranges import INT8, INT32, STEPS, UINT8, WHOLE, Quantized, cut, extent, small

OUTPUTS = ("output0", "output1", "output2")


class Converting(Quantized):
    """Data, the ends of its range or none, and a result of its shape with the ends of a new range."""

    def input_names(self) -> tuple[str, ...]:
        return ("data", "min_range", "max_range")

    def output_names(self) -> tuple[str, ...]:
        return OUTPUTS

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        shape = merge_shapes(inputs[0], outputs[0])
        return [shape, *((1,) for _ in inputs[1:])], [shape, *((1,) for _ in outputs[1:])]


@register
class Quantize(Converting):
    """Real numbers as integers: int8 around 0, or uint8 from 0 on; those outside of the range are cut off.

    Shapes: data any, min_range and max_range ``(1,)``; outputs: the integers, and the ends of their range.
    """

    name = "_contrib_quantize"

    out_type: str = p.choice("int8", "uint8", default="uint8", doc="element type of the integers")

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return [FLOAT32] * 3, [dtype_of(self.out_type), FLOAT32, FLOAT32]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        data, low, high = inputs
        limit = extent(xp, low, high)
        cut(xp, data * (WHOLE[self.out_type] / limit).astype("float32"), outputs[0])
        outputs[1][...] = -limit if self.out_type == "int8" else low
        outputs[2][...] = limit if self.out_type == "int8" else high


@with_fields
class Calibrated(Converting):
    """What operators share whose range may be known beforehand."""

    min_calib_range: float | None = p.number(None, optional=True, doc="the lowest number, if known beforehand")
    max_calib_range: float | None = p.number(None, optional=True, doc="the highest number, if known beforehand")

    def __post_init__(self) -> None:
        if (self.min_calib_range is None) != (self.max_calib_range is None):
            raise ParameterError("min_calib_range and max_calib_range must be given together")

    def ends(self, xp: ModuleType, data: Array) -> tuple[Array, Array]:
        """The range as given, or that of the data."""
        if self.min_calib_range is None or self.max_calib_range is None:
            return data.min().astype("float32"), data.max().astype("float32")
        return xp.asarray(self.min_calib_range, "float32"), xp.asarray(self.max_calib_range, "float32")

    def chosen(self, out_type: str) -> str:
        """The element type; "auto" is uint8 where no number lies below 0 for sure."""
        if out_type != "auto":
            return out_type
        return "uint8" if self.min_calib_range is not None and self.min_calib_range >= 0 else "int8"


@register
class QuantizeV2(Calibrated):
    """Real numbers as integers, over the range of the data or one known beforehand.

    Outputs: the integers, and the ends of their range, each ``(1,)``.
    """

    name = "_contrib_quantize_v2"
    signature = ("out_type", "min_calib_range", "max_calib_range")

    out_type: str = p.choice("auto", "int8", "uint8", default="int8", doc="element type of the integers")

    def input_names(self) -> tuple[str, ...]:
        return ("data",)

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return [FLOAT32], [dtype_of(self.chosen(self.out_type)), FLOAT32, FLOAT32]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        kind = self.chosen(self.out_type)
        low, high = self.ends(xp, inputs[0])
        limit = extent(xp, low, high)
        cut(xp, inputs[0] * (STEPS[kind] / limit).astype("float32"), outputs[0])
        outputs[1][...] = -limit if kind == "int8" else low
        outputs[2][...] = limit if kind == "int8" else high


@register
class QuantizeAsym(Calibrated):
    """Real numbers as uint8 over just their range: ``data scale + shift``, rounded.

    Outputs: the integers, the scale, and the shift, each of the last two ``(1,)``.
    """

    name = "_contrib_quantize_asym"

    def input_names(self) -> tuple[str, ...]:
        return ("data",)

    def output_names(self) -> tuple[str, ...]:
        return ("output", "scale", "shift")

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return [FLOAT32], [UINT8, FLOAT32, FLOAT32]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        out, scale, shift = outputs
        low, high = self.ends(xp, inputs[0])
        scale[...] = WHOLE["uint8"] / (high - low)
        shift[...] = WHOLE["uint8"] - high * scale
        cut(xp, inputs[0] * scale + shift, out)


@register
class Dequantize(Converting):
    """Integers of 8 bits as the real numbers that they stand for."""

    name = "_contrib_dequantize"

    out_type: str = p.choice("float32", default="float32", doc="element type of the result")

    def output_names(self) -> tuple[str, ...]:
        return ("output",)

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return [small(inputs[0], "data"), FLOAT32, FLOAT32], [FLOAT32]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        data, low, high = inputs
        outputs[0][...] = data * (extent(xp, low, high) / STEPS[data.dtype.name])


@register
class Requantize(Calibrated):
    """Integers of 32 bits as integers of 8 bits, over the range of the data or one known beforehand.

    Outputs: the integers, and the ends of their range, each ``(1,)``.
    """

    name = "_contrib_requantize"
    signature = ("out_type", "min_calib_range", "max_calib_range")

    out_type: str = p.choice("auto", "int8", "uint8", default="int8", doc="element type of the integers")

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        if inputs[0] is not None and inputs[0] != INT32:
            raise DTypeError(f"the type of data is {inputs[0]} but must be int32")
        return [INT32, FLOAT32, FLOAT32], [dtype_of(self.chosen(self.out_type)), FLOAT32, FLOAT32]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        data, low, high = inputs
        real = data * (extent(xp, low, high) / STEPS["int32"])
        first, last = self.ends(xp, real)
        limit = extent(xp, first, last)
        signed = outputs[0].dtype == INT8
        cut(xp, real * (WHOLE[outputs[0].dtype.name] / limit), outputs[0])
        outputs[1][...] = -limit if signed else 0
        outputs[2][...] = limit
