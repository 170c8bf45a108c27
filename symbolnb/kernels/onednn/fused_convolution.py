"""Convolution with the steps that follow it as post-ops: while a result is still in registers.

A residual is best what the output's memory held before, but oneDNN's fastest kernels add that only as the first
of all steps. After a scale it is therefore a tensor of its own, which must not share the output's memory: that
holds partial sums meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from symbolnb.graph.spec import Layout as AnyLayout
from symbolnb.kernels.onednn import describe
from symbolnb.kernels.onednn.convolution import weight, window
from symbolnb.kernels.onednn.describe import Accumulate, Apply, Combine, Eltwise
from symbolnb.kernels.onednn.kernel import OneDNNKernel, Recipe, Specs, first_layout, given
from symbolnb.kernels.onednn.layout import Layout, plain
from symbolnb.kernels.onednn.primitive import Arg, PostOp, operand_of
from symbolnb.ops.base import Array, Operator
from symbolnb.ops.nn.fused_convolution import FusedConvolution


class FusedConvolutionKernel(OneDNNKernel):
    """A fused convolution, with the residual in the output's layout."""

    halves = True

    def recipe(self, operator: Operator, inputs: Specs, outputs: Specs, free: bool) -> Recipe | None:
        """The convolution with its post-ops, in the residual's layout if that has one."""
        assert isinstance(operator, FusedConvolution)
        if operator.channels_last:
            return None
        residual = inputs[-1:] if operator.added else []
        out = given(first_layout((*outputs, *residual)), free)
        primitive = describe.convolution(
            given(inputs[0], free),
            weight(operator, inputs[1], free),
            None if operator.no_bias else plain(inputs[2].shape, inputs[2].dtype),
            out,
            window(operator),
            steps=_steps(operator, out),
        )
        convolving = (Arg.SRC, Arg.WEIGHTS, *(() if operator.no_bias else (Arg.BIAS,)))
        operands = range(2 + operator.added) if operator.scaled else ()
        held = [None] if _accumulates(operator) else []
        return Recipe(primitive, (*convolving, *map(operand_of, operands), *held), (Arg.DST,))

    def layouts(
        self, operator: Operator, inputs: Specs, outputs: Specs
    ) -> tuple[Sequence[AnyLayout | None], Sequence[AnyLayout | None]]:
        """Those of the primitive; a residual in the output's memory has the output's."""
        wanted, made = super().layouts(operator, inputs, outputs)
        return ([*wanted[:-1], made[0]] if _accumulates(operator) else wanted), made

    def inplace_pairs(self, operator: Operator, inputs: Specs, outputs: Specs) -> Sequence[tuple[int, int]]:
        """The residual and the output, where the one is added to the other."""
        return ((len(inputs) - 1, 0),) if _accumulates(operator) else ()

    def bind(
        self,
        operator: Operator,
        specs: tuple[Specs, Specs],
        inputs: Sequence[Array],
        outputs: Sequence[Array],
        workspace: Array | None,
    ) -> Callable[[], object]:
        """The primitive, after a copy of the residual where that should lie in the output's memory and does not."""
        call = super().bind(operator, specs, inputs, outputs, workspace)
        residual, out = inputs[-1], outputs[0]
        if not _accumulates(operator) or residual.ctypes.data == out.ctypes.data:
            return call

        def run() -> None:
            np.copyto(out, residual)
            call()

        return run


def _accumulates(operator: Operator) -> bool:
    """Whether the residual is what the output's memory held before."""
    assert isinstance(operator, FusedConvolution)
    return operator.added and not operator.scaled


def _steps(operator: FusedConvolution, out: Layout) -> tuple[PostOp, ...]:
    steps: list[PostOp] = []
    if operator.scaled:
        channels = plain((1, operator.num_filter, *(1,) * len(operator.kernel)))
        steps += [Combine(channels, multiply=True), Combine(channels)]
    if operator.added:
        steps.append(Combine(out) if operator.scaled else Accumulate(out.dtype))
    if operator.rectified:
        ceiling = operator.ceiling
        steps.append(Apply(Eltwise.RELU) if ceiling is None else Apply(Eltwise.CLIP, 0.0, ceiling))
    return tuple(steps)
