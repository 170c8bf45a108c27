"""RNN and its gradient: the operator's own calls, with oneDNN's matrix products and compiled kernels between them.

oneDNN's own recurrent primitives take as long (measured: it is the products that count), need three times the
memory for what they keep for the gradient, and have no projection and no clipping.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

from symbolnb.dtypes import FLOAT32
from symbolnb.graph.spec import Layout as AnyLayout
from symbolnb.graph.spec import Shape
from symbolnb.kernels.fused import chain
from symbolnb.kernels.fused.kernel import on_parts
from symbolnb.kernels.native import Several
from symbolnb.kernels.onednn import describe
from symbolnb.kernels.onednn.describe import Accumulate
from symbolnb.kernels.onednn.kernel import SMALL_PRODUCT, Specs
from symbolnb.kernels.onednn.layout import Layout, anything, plain, strided
from symbolnb.kernels.onednn.memory import Memory, aligned, empty
from symbolnb.kernels.onednn.primitive import Arg, Call, Primitive, compiled_for
from symbolnb.ops.base import Array, Operator
from symbolnb.ops.elementwise.fused import FusedElementwise
from symbolnb.ops.recurrent.arithmetic import Arithmetic
from symbolnb.ops.recurrent.network import Past, passing, run, run_back, scratch
from symbolnb.ops.recurrent.rnn import RNN, RNNGradient
from symbolnb.settings import settings

SMALLEST = 4096
"""Multiply-add pairs of a time step below which NumPy's products are as fast."""


LANE = 4
"""Rows of a batch that a thread must have to go through the time steps by itself."""


class Products:
    """The products of a network as calls of oneDNN, small ones on one thread; between them, compiled kernels."""

    def __init__(self, alone: bool = False) -> None:
        """Products that are `alone` use one thread, because others run at the same time."""
        self.xp = np
        self._alone = alone

    def factor(self, matrix: Array, rows: int) -> tuple[Any, list[Callable[[], object]]]:
        """The matrix in the order that products of so many rows read fastest, and the call that brings it there."""
        shape = matrix.shape
        wanted = self._product(plain((rows, shape[0])), anything(shape), plain((rows, shape[1])), add=True)
        packed = Memory(wanted.layout(Arg.WEIGHTS), empty(wanted.layout(Arg.WEIGHTS).nbytes))
        source = Memory(_layout(matrix), _base(matrix))
        return packed, [Call(describe.reorder(source.layout, packed.layout), {Arg.SRC: source, Arg.DST: packed})]

    def product(
        self, left: Array, right: Any, out: Array, *, bias: Array | None = None, add: bool = False
    ) -> Callable[[], object]:
        """``left @ right`` into `out`, plus a row `bias`, plus with `add` what `out` held before."""
        right = right if isinstance(right, Memory) else Memory(_layout(right), _base(right))
        memories = {Arg.SRC: Memory(_layout(left), _base(left)), Arg.WEIGHTS: right, Arg.DST: Memory(_layout(out), out)}
        if bias is not None:
            memories[Arg.BIAS] = Memory(plain((1, bias.size)), bias)
        layouts = [memories[role].layout for role in (Arg.SRC, Arg.WEIGHTS, Arg.DST)]
        return Call(self._product(*layouts, bias=bias is not None, add=add), memories)

    def together(
        self,
        group: FusedElementwise,
        inputs: Sequence[Array],
        outputs: Sequence[Array],
        plain: Callable[[], object],
    ) -> Callable[[], object]:
        """A compiled kernel, as soon as it is worth it."""
        return on_parts(group, inputs, outputs, plain)

    def lanes(self, rows: int) -> Sequence[tuple[slice, Arithmetic]]:
        """A part of the batch for each thread: nothing is waited for between two time steps."""
        count = min(settings.threads, rows // LANE) if chain.can_launch() else 1
        if count < 2:
            return [(slice(None), self)]
        ends = [rows * (number + 1) // count for number in range(count)]
        return [(slice(start, end), Products(alone=True)) for start, end in zip([0, *ends], ends, strict=False)]

    def beside(self, lanes: Sequence[Sequence[Callable[[], object]]]) -> Sequence[Callable[[], object]]:
        """Each part on a thread of its own."""
        return lanes[0] if len(lanes) == 1 else [chain.Beside(lanes)]

    def _product(
        self, src: Layout, weights: Layout, dst: Layout, *, bias: bool = False, add: bool = False
    ) -> Primitive:
        work = prod(dst.shape) * src.shape[1]
        with compiled_for(settings.threads if work > SMALL_PRODUCT and not self._alone else 1):
            steps = (Accumulate(FLOAT32),) if add else ()
            return describe.matmul(src, weights, plain((1, dst.shape[1])) if bias else None, dst, steps=steps)


def _layout(array: Array) -> Layout:
    rows, columns = array.strides
    return strided(array.shape, (rows // array.itemsize, columns // array.itemsize))


def _base(array: Array) -> Array:
    """The same memory in C order."""
    return array if array.flags.c_contiguous else array.T


class _RecurrentKernel:
    """What both directions share."""

    library = "onednn"

    def supports(self, operator: Operator, inputs: Specs, outputs: Specs) -> bool:
        """Whether everything is float32, and a time step is work enough."""
        rnn = operator.rnn if isinstance(operator, RNNGradient) else operator
        assert isinstance(rnn, RNN)
        if rnn.use_sequence_length or not all(spec.dtype == FLOAT32 and spec.elements for spec in (*inputs, *outputs)):
            return False
        batch, width = inputs[0].shape[1], rnn.layout(1).outputs
        return batch * width * rnn.state_size >= SMALLEST

    def layouts(
        self, operator: Operator, inputs: Specs, outputs: Specs
    ) -> tuple[Sequence[AnyLayout | None], Sequence[AnyLayout | None]]:
        """Everything is dense."""
        return [None] * len(inputs), [None] * len(outputs)

    def workspace(self, operator: Operator, inputs: Specs, outputs: Specs) -> int:
        """Bytes of all arrays between inputs and outputs."""
        shapes = self.shapes(operator, inputs[0].shape)
        return sum(aligned(4 * prod(shape)) for shape in shapes.values())

    def inplace_pairs(self, operator: Operator, inputs: Specs, outputs: Specs) -> Sequence[tuple[int, int]]:
        """None."""
        return ()

    def shapes(self, operator: Operator, data: Shape) -> dict[str, Shape]:
        """Names and shapes of the arrays in the workspace."""
        raise NotImplementedError

    def calls(
        self, operator: Operator, inputs: Sequence[Array], outputs: Sequence[Array], spare: Mapping[str, Array]
    ) -> list[Callable[[], object]]:
        """The calls to be run one after the other."""
        raise NotImplementedError

    def bind(
        self,
        operator: Operator,
        specs: tuple[Specs, Specs],
        inputs: Sequence[Array],
        outputs: Sequence[Array],
        workspace: Array | None,
    ) -> Callable[[], object]:
        """All calls."""
        assert workspace is not None
        spare, start = {}, 0
        for name, shape in self.shapes(operator, inputs[0].shape).items():
            size = 4 * prod(shape)
            spare[name] = workspace[start : start + size].view(np.float32).reshape(shape)
            start += aligned(size)
        return Several(self.calls(operator, inputs, outputs, spare))


class RecurrentKernel(_RecurrentKernel):
    """RNN without dropout."""

    def shapes(self, operator: Operator, data: Shape) -> dict[str, Shape]:
        assert isinstance(operator, RNN)
        time, batch, features = data
        layout = operator.layout(features)
        shapes = scratch(layout, time, batch, back=False)
        if not operator.training:
            shapes |= {f"past{at}": shape for at, shape in enumerate(passing(layout, time, batch))}
        return shapes

    def calls(
        self, operator: Operator, inputs: Sequence[Array], outputs: Sequence[Array], spare: Mapping[str, Array]
    ) -> list[Callable[[], object]]:
        assert isinstance(operator, RNN)
        net, given = operator.network(np, inputs, None)
        shown = operator.visible_outputs()
        kept = outputs[shown:] if operator.training else [spare[name] for name in spare if name.startswith("past")]
        return run(Products(), net, given, Past(*kept), outputs[:shown], spare)


class RecurrentGradientKernel(_RecurrentKernel):
    """The gradients of RNN, also of one with dropout."""

    def shapes(self, operator: Operator, data: Shape) -> dict[str, Shape]:
        assert isinstance(operator, RNNGradient)
        time, batch, features = data
        return scratch(operator.rnn.layout(features), time, batch, back=True)

    def calls(
        self, operator: Operator, inputs: Sequence[Array], outputs: Sequence[Array], spare: Mapping[str, Array]
    ) -> list[Callable[[], object]]:
        assert isinstance(operator, RNNGradient)
        past, mask, heads = operator.parts(inputs)
        net, given = operator.rnn.network(np, inputs[: operator.counts[0]], mask)
        return run_back(Products(), net, given, past, heads, operator.slopes(outputs), spare)
