"""Layers that keep the range of their input, or move it little: pooling, activation, embedding, normalization."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import ClassVar

import numpy as np

from symbolnb.dtypes import FLOAT32
from symbolnb.errors import ParameterError, ShapeError
from symbolnb.graph.spec import merge_shapes
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Shapes, register
from symbolnb.ops.nn.batch_norm import BatchNorm
from symbolnb.ops.nn.embedding import Embedding
from symbolnb.ops.nn.pooling import Pooling
from symbolnb.ops.quantization.ranges import INT8, STEPS, Quantized, cut, extent, small
from symbolnb.ops.shape import Flatten
from symbolnb.ops.term import Term

INPUTS = ("data", "min_data", "max_data")
OUTPUTS = ("output", "min_output", "max_output")
ENDS: Shapes = [(1,), (1,)]


def keep_range(inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
    """The range of the output is that of the input."""
    outputs[-2][...], outputs[-1][...] = inputs[-2], inputs[-1]


def kept_types(inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
    """The integers stay of one type."""
    data = small(inputs[0] if inputs[0] is not None else outputs[0], "data")
    return [data, FLOAT32, FLOAT32], [data, FLOAT32, FLOAT32]


@register
class QuantizedPooling(Pooling):
    """`Pooling` of int8 or uint8: the largest or the rounded mean of each window; the range stays."""

    name: ClassVar[str] = "_contrib_quantized_pooling"
    aliases: ClassVar[tuple[str, ...]] = ()
    family = "quantization"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.pool_type not in ("avg", "max"):
            raise ParameterError(f"pool_type is {self.pool_type!r} but integers have only 'avg' and 'max'")

    def input_names(self) -> tuple[str, ...]:
        return INPUTS

    def output_names(self) -> tuple[str, ...]:
        return OUTPUTS

    def visible_outputs(self) -> int:
        return 3

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        given, made = self.plain.infer_shape(inputs[:1], [outputs[0]] * len(self.plain.output_names()))
        return [*given, *ENDS], [made[0], *ENDS]

    @property
    def plain(self) -> Pooling:
        """The pooling of real numbers."""
        return Pooling(**{name: getattr(self, name) for name in Pooling.parameters})

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return kept_types(inputs, outputs)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        made = [xp.empty(outputs[0].shape, "float32") for _ in self.plain.output_names()]
        self.plain.forward(xp, [inputs[0].astype("float32")], made)
        cut(xp, made[0], outputs[0])
        keep_range(inputs, outputs)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None,) * 3


@register
class QuantizedActivation(Quantized):
    """relu of integers; the range stays. The result of uint8 data is said to be int8, as in MXNet."""

    name = "_contrib_quantized_act"

    act_type: str = p.choice("relu", "sigmoid", "softrelu", "softsign", "tanh", doc="the function; only relu works")

    def __post_init__(self) -> None:
        if self.act_type != "relu":
            raise ParameterError(f"act_type is {self.act_type!r} but integers have only 'relu'")

    def input_names(self) -> tuple[str, ...]:
        return INPUTS

    def output_names(self) -> tuple[str, ...]:
        return OUTPUTS

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        shape = merge_shapes(inputs[0], outputs[0])
        return [shape, *ENDS], [shape, *ENDS]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return [small(inputs[0], "data"), FLOAT32, FLOAT32], [INT8, FLOAT32, FLOAT32]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        xp.maximum(inputs[0], 0, out=outputs[0], casting="unsafe")
        keep_range(inputs, outputs)


@register
class QuantizedFlatten(Quantized):
    """All axes but the first as one; the range stays."""

    name = "_contrib_quantized_flatten"

    def input_names(self) -> tuple[str, ...]:
        return INPUTS

    def output_names(self) -> tuple[str, ...]:
        return OUTPUTS

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        given, made = Flatten().infer_shape(inputs[:1], outputs[:1])
        return [*given, *ENDS], [*made, *ENDS]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return kept_types(inputs, outputs)

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        outputs[0][...] = inputs[0].reshape(outputs[0].shape)
        keep_range(inputs, outputs)


@register
class QuantizedEmbedding(Embedding):
    """`Embedding` with a weight of int8; the range is the weight's."""

    name: ClassVar[str] = "_contrib_quantized_embedding"
    aliases: ClassVar[tuple[str, ...]] = ()
    family = "quantization"

    def input_names(self) -> tuple[str, ...]:
        return ("data", "weight", "min_weight", "max_weight")

    def output_names(self) -> tuple[str, ...]:
        return OUTPUTS

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        given, made = super().infer_shape(inputs[:2], outputs[:1])
        return [*given, *ENDS], [*made, *ENDS]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return [inputs[0], INT8, FLOAT32, FLOAT32], [INT8, FLOAT32, FLOAT32]

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        super().forward(xp, inputs[:2], outputs[:1])
        keep_range(inputs, outputs)

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None,) * 4


@register
class QuantizedBatchNorm(BatchNorm):
    """`BatchNorm` of int8 by the moving statistics, into the range that was found beforehand.

    As in MXNet gamma always counts, and the slope is once more divided by ``√(1 + eps)``.
    """

    name: ClassVar[str] = "_contrib_quantized_batch_norm"
    family = "quantization"

    def input_names(self) -> tuple[str, ...]:
        return ("data", "gamma", "beta", "moving_mean", "moving_var", "min_data", "max_data")

    def output_names(self) -> tuple[str, ...]:
        return OUTPUTS

    def visible_outputs(self) -> int:
        return 3

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        if self.min_calib_range is None or self.max_calib_range is None:
            raise ShapeError("min_calib_range and max_calib_range must be given: calibrate the graph")
        given, made = super().infer_shape(inputs[:5], [outputs[0], None, None])
        return [*given, *ENDS], [made[0], *ENDS]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        return [INT8, *[FLOAT32] * 6], [INT8, FLOAT32, FLOAT32]

    def factors(self, xp: ModuleType, vectors: Sequence[Array]) -> tuple[Array, Array]:
        """What each channel's integers are multiplied by, and what is added then; `vectors` are all inputs but data."""
        gamma, beta, mean, variance, low, high = vectors
        step = STEPS["int8"] / float(np.abs(np.array([self.min_calib_range, self.max_calib_range], "float32")).max())
        factor = gamma / xp.sqrt(variance + self.eps)
        again = 1 / np.sqrt(1 + self.eps)  # MXNet hands the scaled data to a BatchNorm that adds eps once more
        real = factor * again * (extent(xp, low, high) / STEPS["int8"])
        return real * step, (beta - mean * factor) * step

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        shape = self.aligned(inputs[0].shape)
        factor, shift = self.factors(xp, inputs[1:])
        cut(xp, inputs[0] * factor.reshape(shape) + shift.reshape(shape), outputs[0])
        outputs[1][...], outputs[2][...] = self.min_calib_range, self.max_calib_range

    def gradient(
        self, inputs: tuple[Term, ...], outputs: tuple[Term, ...], grads: tuple[Term | None, ...]
    ) -> tuple[Term | None, ...]:
        return (None,) * 7
