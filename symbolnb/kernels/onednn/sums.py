"""The sum over everything but the channels, of a tensor in one of oneDNN's layouts.

That is the gradient of a convolution's bias. oneDNN's own reduction is its slowest code (ten times NumPy's
time, measured), but NumPy can look at any layout through strides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from symbolnb.graph.spec import Layout as AnyLayout
from symbolnb.kernels.onednn.kernel import Specs
from symbolnb.kernels.onednn.layout import Layout
from symbolnb.ops.base import Array, Operator
from symbolnb.ops.reduce import Sum


class ChannelSumKernel:
    """`sum` over all axes but the second; it reads the layout that the tensor has."""

    library = "onednn"

    def supports(self, operator: Operator, inputs: Specs, outputs: Specs) -> bool:
        """Whether the tensor has a layout of oneDNN and all axes but the second are folded."""
        assert isinstance(operator, Sum)
        dimensions = len(inputs[0].shape)
        others = (0, *range(2, dimensions))
        return isinstance(inputs[0].layout, Layout) and operator.axes(dimensions) == others

    def layouts(
        self, operator: Operator, inputs: Specs, outputs: Specs
    ) -> tuple[Sequence[AnyLayout | None], Sequence[AnyLayout | None]]:
        """The tensor as it is; the sums are dense."""
        return [inputs[0].layout], [None]

    def workspace(self, operator: Operator, inputs: Specs, outputs: Specs) -> int:
        """None is needed."""
        return 0

    def inplace_pairs(self, operator: Operator, inputs: Specs, outputs: Specs) -> Sequence[tuple[int, int]]:
        """None."""
        return ()

    def bind(
        self,
        operator: Operator,
        specs: tuple[Specs, Specs],
        inputs: Sequence[Array],
        outputs: Sequence[Array],
        workspace: Array | None,
    ) -> Callable[[], object]:
        """The sum over a strided view of the tensor's bytes."""
        layout = specs[0][0].layout
        assert isinstance(layout, Layout)
        batch, channels, *others = layout.digits
        spatial = [digit for digits in others for digit in digits]
        digits = (*batch, *channels, *spatial)
        sizes, strides = [size for size, _ in digits], [stride * 4 for _, stride in digits]
        view = np.lib.stride_tricks.as_strided(inputs[0], sizes, strides)
        inner = tuple(range(len(batch) + len(channels), len(digits)))
        outer = tuple(range(len(batch)))
        return partial(_sum, view, inner, outer, outputs[0].reshape(-1))


def _sum(view: Array, inner: tuple[int, ...], outer: tuple[int, ...], out: Array) -> None:
    # in two stages, because NumPy adds up in plain order along axes that are not the last
    channels = view.sum(axis=inner).sum(axis=outer).reshape(-1)
    out[:] = channels[: out.size]  # the channels may be padded
