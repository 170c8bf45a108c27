"""Layers of 8-bit integers, with sums of 32 bits, and what goes between them and real numbers.

The ranges are arrays of one number; what is computed of them is done by NumPy beside the primitive.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from symbolnb.dtypes import FLOAT32, DType
from symbolnb.graph.spec import Layout as AnyLayout
from symbolnb.graph.spec import Spec
from symbolnb.kernels.onednn import describe
from symbolnb.kernels.onednn.convolution import weight, window
from symbolnb.kernels.onednn.describe import Apply, Combine, Eltwise
from symbolnb.kernels.onednn.elementwise import worth_it
from symbolnb.kernels.onednn.kernel import OneDNNKernel, Recipe, Specs, first_layout, given
from symbolnb.kernels.onednn.layout import Layout, ordered, plain, strided
from symbolnb.kernels.onednn.memory import Memory, aligned
from symbolnb.kernels.onednn.pooling import placement
from symbolnb.kernels.onednn.primitive import Arg, Call, Primitive, operand_of, scale_of
from symbolnb.ops.base import Array, Operator
from symbolnb.ops.quantization.conversion import Calibrated, Dequantize, QuantizeV2, Requantize
from symbolnb.ops.quantization.fused import FusedQuantizedAdd, Narrowed
from symbolnb.ops.quantization.layers import QuantizedBatchNorm, QuantizedPooling, keep_range
from symbolnb.ops.quantization.linear import Layer, QuantizedConvolution, QuantizedFullyConnected
from symbolnb.ops.quantization.pairs import QuantizedAdd
from symbolnb.ops.quantization.ranges import STEPS, WHOLE, extent

WHOLE_TYPES: tuple[DType, ...] = (FLOAT32, np.dtype("int8"), np.dtype("uint8"), np.dtype("int32"))


class _LayerKernel(OneDNNKernel):
    """A layer whose bias is brought to the scale of the sums before each call, and they to that of 8 bits if wanted."""

    dtypes = WHOLE_TYPES

    def workspace(self, operator: Operator, inputs: Specs, outputs: Specs) -> int:
        """The primitive's scratch memory and the bias."""
        return aligned(super().workspace(operator, inputs, outputs)) + _bias_bytes(operator)

    def bind(
        self,
        operator: Operator,
        specs: tuple[Specs, Specs],
        inputs: Sequence[Array],
        outputs: Sequence[Array],
        workspace: Array | None,
    ) -> Callable[[], object]:
        """The primitive, after the bias and before the range of the sums."""
        assert isinstance(operator, Layer)
        primitive = self.settled(operator, *specs).primitive
        memories: dict[int, Array] = {Arg.SRC: inputs[0], Arg.WEIGHTS: inputs[1], Arg.DST: outputs[0]}
        bias = None
        if workspace is not None:
            start = aligned(primitive.scratch_bytes)
            if primitive.scratch_bytes:
                memories[Arg.SCRATCHPAD] = workspace[:start]
            if not operator.no_bias:
                bias = workspace[start : start + _bias_bytes(operator)].view(np.float32)
                memories[Arg.BIAS] = bias
        bound = {role: Memory(primitive.layout(role), array) for role, array in memories.items()}
        if isinstance(operator, Narrowed):
            return _narrowed(operator, primitive, bound, inputs, outputs, bias)
        call = Call(primitive, bound)

        def run() -> None:
            if bias is not None:
                bias[...] = operator.bias_of(np, inputs)
            call()
            operator.fill_range(np, inputs, outputs)

        return run


def _narrowed(
    operator: Narrowed,
    primitive: Primitive,
    bound: dict[int, Memory],
    inputs: Sequence[Array],
    outputs: Sequence[Array],
    bias: Array | None,
) -> Callable[[], object]:
    """The call of a layer whose result has 8 bits, after the number that its sums are multiplied by."""
    assert isinstance(operator, Layer)
    scale = np.ones((1,), np.float32)
    call = Call(primitive, {**bound, scale_of(Arg.SRC): Memory(plain((1,)), scale)})

    def run() -> None:
        operator.fill_range(np, inputs, outputs)
        factor = operator.factor(np, *outputs[1:])
        if bias is not None:
            np.multiply(operator.bias_of(np, inputs), factor, out=bias, casting="same_kind")
        scale[0] = factor
        call()
        operator.put_range(np, outputs)

    return run


def _bias_bytes(operator: Operator) -> int:
    assert isinstance(operator, (QuantizedConvolution, QuantizedFullyConnected))
    count = operator.num_filter if isinstance(operator, QuantizedConvolution) else operator.num_hidden
    return 0 if operator.no_bias else 4 * count


def _steps_of(operator: Operator) -> tuple[Apply, ...]:
    """What follows the sums within the primitive."""
    return (Apply(Eltwise.RELU),) if isinstance(operator, Narrowed) and operator.rectified else ()


class QuantizedConvolutionKernel(_LayerKernel):
    """Convolution of int8 or uint8 data by int8 weights."""

    def recipe(self, operator: Operator, inputs: Specs, outputs: Specs, free: bool) -> Recipe | None:
        """The convolution with a float32 bias, in layouts of its own."""
        assert isinstance(operator, QuantizedConvolution)
        if operator.channels_last:
            return None
        primitive = describe.convolution(
            given(inputs[0], free),
            weight(operator, inputs[1], free),
            None if operator.no_bias else plain((operator.num_filter,)),
            given(outputs[0], free),
            window(operator),
            steps=_steps_of(operator),
            scaled=isinstance(operator, Narrowed),
        )
        return Recipe(primitive, (Arg.SRC, Arg.WEIGHTS, *(None,) * (len(inputs) - 2)), (Arg.DST, None, None))


class QuantizedFullyConnectedKernel(_LayerKernel):
    """FullyConnected of int8 or uint8 data by int8 weights, read transposed where they lie."""

    def recipe(self, operator: Operator, inputs: Specs, outputs: Specs, free: bool) -> Recipe | None:
        """A matrix product with a float32 bias."""
        assert isinstance(operator, QuantizedFullyConnected)
        features, made = inputs[1].shape[1], operator.num_hidden
        rows = inputs[0].elements // features
        primitive = describe.matmul(
            plain((rows, features), inputs[0].dtype),
            strided((features, made), (1, features), inputs[1].dtype),
            None if operator.no_bias else plain((1, made)),
            plain((rows, made), outputs[0].dtype),
            _steps_of(operator),
            isinstance(operator, Narrowed),
        )
        roles = (Arg.SRC, Arg.WEIGHTS, *(None,) * (len(inputs) - 2))
        return Recipe(primitive, roles, (Arg.DST, None, None), dense=True)


class QuantizedAddKernel(OneDNNKernel):
    """The sum of integers with a result of 8 bits, and relu, in the layout that the first has."""

    dtypes = WHOLE_TYPES
    pairs = ((0, 0), (1, 0))

    def recipe(self, operator: Operator, inputs: Specs, outputs: Specs, free: bool) -> Recipe | None:
        """A sum in which each array has a factor of its own."""
        assert isinstance(operator, FusedQuantizedAdd)
        if not worth_it(inputs[:1]):
            return None
        layout = first_layout(inputs[:2]).layout
        order = layout if isinstance(layout, Layout) else given(inputs[0], False)
        left, right, made = (_retyped(order, spec) for spec in (*inputs[:2], outputs[0]))
        primitive = describe.scaled_add(left, right, made, _steps_of(operator))
        return Recipe(primitive, (Arg.SRC, Arg.SRC_1, *(None,) * 4), (Arg.DST, None, None))

    def inplace_pairs(self, operator: Operator, inputs: Specs, outputs: Specs) -> Sequence[tuple[int, int]]:
        """The arrays that have the result's type."""
        return tuple(pair for pair in self.pairs if inputs[pair[0]].dtype == outputs[0].dtype)

    def bind(
        self,
        operator: Operator,
        specs: tuple[Specs, Specs],
        inputs: Sequence[Array],
        outputs: Sequence[Array],
        workspace: Array | None,
    ) -> Callable[[], object]:
        """The sum, between its factors and the new range."""
        assert isinstance(operator, FusedQuantizedAdd)
        primitive = self.settled(operator, *specs).primitive
        scales = [np.ones((1,), np.float32) for _ in range(2)]
        arrays: dict[int, Array] = {Arg.SRC: inputs[0], Arg.SRC_1: inputs[1], Arg.DST: outputs[0]}
        if primitive.scratch_bytes and workspace is not None:
            arrays[Arg.SCRATCHPAD] = workspace[: primitive.scratch_bytes]
        memories = {role: Memory(primitive.layout(role), array) for role, array in arrays.items()}
        for role, scale in zip((Arg.SRC, Arg.SRC_1), scales, strict=True):
            memories[scale_of(role)] = Memory(plain((1,)), scale)
        call = Call(primitive, memories)

        def run() -> None:
            scales[0][0], scales[1][0] = operator.factors(np, inputs)
            call()
            operator.put_range(np, outputs)

        return run


class ScaleKernel(OneDNNKernel):
    """quantize, requantize and dequantize: a reorder to another type that multiplies by one number."""

    dtypes = WHOLE_TYPES

    def recipe(self, operator: Operator, inputs: Specs, outputs: Specs, free: bool) -> Recipe | None:
        """A reorder that keeps the order, if the range is known before the data is looked at."""
        unknown = isinstance(operator, Calibrated) and operator.min_calib_range is None
        if unknown or not worth_it(inputs):
            return None
        source = given(inputs[0], False)
        primitive = describe.reorder(source, _retyped(source, outputs[0]), scaled=True)
        ranges = (None,) * (len(inputs) - 1), (None,) * (len(outputs) - 1)
        return Recipe(primitive, (Arg.SRC, *ranges[0]), (Arg.DST, *ranges[1]))

    def bind(
        self,
        operator: Operator,
        specs: tuple[Specs, Specs],
        inputs: Sequence[Array],
        outputs: Sequence[Array],
        workspace: Array | None,
    ) -> Callable[[], object]:
        """The reorder, between its scale and the new range."""
        primitive = self.settled(operator, *specs).primitive
        scale = np.ones((1,), np.float32)
        memories = {Arg.SRC: inputs[0], Arg.DST: outputs[0]}
        if primitive.scratch_bytes and workspace is not None:
            memories[Arg.SCRATCHPAD] = workspace[: primitive.scratch_bytes]
        bound: dict[int, Memory] = {
            role: Memory(primitive.layout(role), array) for role, array in memories.items()
        }  # fmt: skip
        call = Call(primitive, {**bound, scale_of(Arg.SRC): Memory(plain((1,)), scale)})

        def run() -> None:
            scale[0] = _factor(operator, inputs, outputs)
            call()

        return run


def _retyped(source: Layout, target: Spec) -> Layout:
    """The layout of what is made: the source's order."""
    return plain(target.shape, target.dtype) if source.is_plain else ordered(target.shape, source.name, target.dtype)


def _factor(operator: Operator, inputs: Sequence[Array], outputs: Sequence[Array]) -> float:
    """What the operator multiplies its data by; writes the range of the result."""
    kind = outputs[0].dtype.name
    if isinstance(operator, Dequantize):
        return float(extent(np, *inputs[1:]) / STEPS[inputs[0].dtype.name])
    assert isinstance(operator, (QuantizeV2, Requantize))
    first, last = operator.ends(np, inputs[0])
    limit = float(extent(np, first, last))
    outputs[1][...] = -limit if kind == "int8" else (first if isinstance(operator, QuantizeV2) else 0)
    outputs[2][...] = last if kind == "uint8" and isinstance(operator, QuantizeV2) else limit
    if isinstance(operator, QuantizeV2):
        return STEPS[kind] / limit
    return float(extent(np, *inputs[1:]) / STEPS["int32"]) * (WHOLE[kind] / limit)


class QuantizedPoolingKernel(OneDNNKernel):
    """Pooling of integers by maximum or mean, in the layout that the data has."""

    dtypes = WHOLE_TYPES

    def recipe(self, operator: Operator, inputs: Specs, outputs: Specs, free: bool) -> Recipe | None:
        """The pooling; the range goes around it."""
        assert isinstance(operator, QuantizedPooling)
        where = placement(operator.plain, inputs[0])
        if where is None:
            return None
        primitive = describe.pooling(given(inputs[0], False), given(outputs[0], free), *where)
        return Recipe(primitive, (Arg.SRC, None, None), (Arg.DST, None, None))

    def bind(
        self,
        operator: Operator,
        specs: tuple[Specs, Specs],
        inputs: Sequence[Array],
        outputs: Sequence[Array],
        workspace: Array | None,
    ) -> Callable[[], object]:
        """The pooling, and the range."""
        call = super().bind(operator, specs, inputs, outputs, workspace)

        def run() -> None:
            call()
            keep_range(inputs, outputs)

        return run


class QuantizedBatchNormKernel(OneDNNKernel):
    """Batch normalization of int8 by the moving statistics: a factor and a shift for each channel."""

    dtypes = WHOLE_TYPES
    pairs = ((0, 0),)

    def recipe(self, operator: Operator, inputs: Specs, outputs: Specs, free: bool) -> Recipe | None:
        """A product, and a sum as its post-op, in the layout that the data has."""
        assert isinstance(operator, QuantizedBatchNorm)
        dimensions = len(inputs[0].shape)
        if dimensions < 3 or operator.channel_axis(dimensions) != 1:
            return None
        layout, channels = given(inputs[0], False), plain((1, inputs[0].shape[1], *(1,) * (dimensions - 2)))
        primitive = describe.product(layout, channels, layout, (Combine(channels),))
        return Recipe(primitive, (Arg.SRC, *(None,) * 6), (Arg.DST, None, None))

    def workspace(self, operator: Operator, inputs: Specs, outputs: Specs) -> int:
        """The primitive's scratch memory and the two vectors."""
        return aligned(super().workspace(operator, inputs, outputs)) + 2 * aligned(4 * inputs[0].shape[1])

    def bind(
        self,
        operator: Operator,
        specs: tuple[Specs, Specs],
        inputs: Sequence[Array],
        outputs: Sequence[Array],
        workspace: Array | None,
    ) -> Callable[[], object]:
        """The primitive, after its vectors."""
        assert isinstance(operator, QuantizedBatchNorm)
        assert workspace is not None
        primitive = self.settled(operator, *specs).primitive
        start, size = aligned(primitive.scratch_bytes), 4 * inputs[1].size
        starts = (start, start + aligned(size))
        factor, shift = (workspace[first : first + size].view(np.float32) for first in starts)
        memories: dict[int, Array] = {Arg.SRC: inputs[0], Arg.SRC_1: factor, operand_of(0): shift, Arg.DST: outputs[0]}
        if primitive.scratch_bytes:
            memories[Arg.SCRATCHPAD] = workspace[:start]
        call = Call(primitive, {role: Memory(primitive.layout(role), array) for role, array in memories.items()})

        def run() -> None:
            factor[...], shift[...] = operator.factors(np, inputs[1:])
            call()
            outputs[1][...], outputs[2][...] = operator.min_calib_range, operator.max_calib_range

        return run


class BytesKernel:
    """relu and the sum of integers by NumPy, on the bytes as they lie, so that a layout outlives them.

    Zeros stay zeros, so padding does no harm.
    """

    library = "onednn"

    def supports(self, operator: Operator, inputs: Specs, outputs: Specs) -> bool:
        """Whether a tensor has a layout of oneDNN that the others can have in their types."""
        count = _tensors(operator)
        layout = first_layout(inputs[:count]).layout
        return isinstance(layout, Layout) and len({spec.shape for spec in (*inputs[:count], outputs[0])}) == 1

    def layouts(
        self, operator: Operator, inputs: Specs, outputs: Specs
    ) -> tuple[Sequence[AnyLayout | None], Sequence[AnyLayout | None]]:
        """The order of the first that has one, for all tensors."""
        count = _tensors(operator)
        layout = first_layout(inputs[:count]).layout
        assert isinstance(layout, Layout)
        taken = [_retyped(layout, spec) for spec in inputs[:count]]
        return [*taken, *[None] * (len(inputs) - count)], [_retyped(layout, outputs[0]), None, None]

    def workspace(self, operator: Operator, inputs: Specs, outputs: Specs) -> int:
        """None is needed."""
        return 0

    def inplace_pairs(self, operator: Operator, inputs: Specs, outputs: Specs) -> Sequence[tuple[int, int]]:
        """The first tensor, where it keeps its type."""
        return ((0, 0),) if inputs[0].dtype == outputs[0].dtype else ()

    def bind(
        self,
        operator: Operator,
        specs: tuple[Specs, Specs],
        inputs: Sequence[Array],
        outputs: Sequence[Array],
        workspace: Array | None,
    ) -> Callable[[], object]:
        """The reference forward on the arrays as they are."""
        return operator.bind(np, inputs, outputs)


def _tensors(operator: Operator) -> int:
    """How many inputs are no ends of ranges."""
    return 2 if isinstance(operator, QuantizedAdd) else 1
