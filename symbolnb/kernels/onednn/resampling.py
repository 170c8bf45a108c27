"""UpSampling of one image by repeating pixels, in the layout that the data has."""

from __future__ import annotations

from symbolnb.kernels.onednn import describe
from symbolnb.kernels.onednn.elementwise import worth_it
from symbolnb.kernels.onednn.kernel import OneDNNKernel, Recipe, Specs, given
from symbolnb.kernels.onednn.layout import Layout, ordered, plain
from symbolnb.kernels.onednn.primitive import Arg
from symbolnb.ops.base import Operator
from symbolnb.ops.vision.upsampling import UpSampling


class UpSamplingKernel(OneDNNKernel):
    """UpSampling by repetition; several inputs, and the filter, are left to others."""

    def recipe(self, operator: Operator, inputs: Specs, outputs: Specs, free: bool) -> Recipe | None:
        """The enlarged image in a layout of the same name."""
        assert isinstance(operator, UpSampling)
        if operator.bilinear or len(inputs) != 1 or not worth_it((*outputs, *inputs)):
            return None
        layout = inputs[0].layout
        shape = outputs[0].shape
        target = ordered(shape, layout.name) if isinstance(layout, Layout) else plain(shape)
        return Recipe(describe.nearest(given(inputs[0], False), target), (Arg.SRC,), (Arg.DST,))
