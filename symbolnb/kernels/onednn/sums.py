"""The sum over everything but the channels: the gradient of a convolution's bias.

oneDNN's own reduction is its slowest code; the mean over all positions, as a pooling, is among its fastest
(50 times NumPy's speed in a blocked layout, measured). What is left to sum up is one number a sample and channel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

import numpy as np

from symbolnb.kernels.onednn import describe
from symbolnb.kernels.onednn.describe import Pool, Window
from symbolnb.kernels.onednn.elementwise import worth_it
from symbolnb.kernels.onednn.kernel import OneDNNKernel, Recipe, Specs, bound, given
from symbolnb.kernels.onednn.layout import anything
from symbolnb.kernels.onednn.memory import aligned
from symbolnb.kernels.onednn.primitive import Arg
from symbolnb.ops.base import Array, Operator
from symbolnb.ops.reduce import Sum


class ChannelSumKernel(OneDNNKernel):
    """`sum` over all axes but the second, in the layout that the tensor has."""

    def recipe(self, operator: Operator, inputs: Specs, outputs: Specs, free: bool) -> Recipe | None:
        """The mean over all positions, one for each sample and channel."""
        assert isinstance(operator, Sum)
        batch, *_ = shape = inputs[0].shape
        dimensions = len(shape)
        if not 3 <= dimensions <= 5 or operator.axes(dimensions) != (0, *range(2, dimensions)):
            return None
        if not worth_it(inputs):
            return None
        ones, zeros = (1,) * (dimensions - 2), (0,) * (dimensions - 2)
        window = Window(ones, ones, zeros, zeros)
        means = anything((batch, shape[1], *ones))
        primitive = describe.pooling(given(inputs[0], False), means, Pool.AVERAGE_WITH_PADDING, shape[2:], window)
        return Recipe(primitive, (Arg.SRC,), (None,))

    def workspace(self, operator: Operator, inputs: Specs, outputs: Specs) -> int:
        """The primitive's scratch memory and the means."""
        primitive = self.settled(operator, inputs, outputs).primitive
        return aligned(primitive.scratch_bytes) + primitive.layout(Arg.DST).nbytes

    def bind(
        self,
        operator: Operator,
        specs: tuple[Specs, Specs],
        inputs: Sequence[Array],
        outputs: Sequence[Array],
        workspace: Array | None,
    ) -> Callable[[], object]:
        """The pooling, and the sum of its means."""
        assert workspace is not None
        primitive = self.settled(operator, *specs).primitive
        batch, channels, *sizes = specs[0][0].shape
        places = workspace[aligned(primitive.scratch_bytes) :]
        call = bound(primitive, (Arg.SRC, Arg.DST), (inputs[0], places), workspace)
        means = places.view(np.float32).reshape(batch, -1)[:, :channels]  # the channels may be padded
        out, count = outputs[0].reshape(-1), prod(sizes)

        def run() -> None:
            call()
            np.sum(means, axis=0, out=out)
            np.multiply(out, count, out=out)

        return run
