"""Convolution and its two gradients, in the layouts that oneDNN finds fastest."""

from __future__ import annotations

from symbolnb.graph.spec import Shape, Spec
from symbolnb.kernels.onednn import describe
from symbolnb.kernels.onednn.describe import Window
from symbolnb.kernels.onednn.kernel import OneDNNKernel, Recipe, Specs, given
from symbolnb.kernels.onednn.layout import Layout, plain
from symbolnb.kernels.onednn.primitive import Arg
from symbolnb.ops.base import Operator
from symbolnb.ops.nn.convolution import Convolution, Convolving


def window(operator: Convolving) -> Window:
    """How the operator's kernel moves over the data."""
    return Window(operator.strides, operator.dilates, operator.pads, operator.pads)


def weight(operator: Convolving, spec: Spec, free: bool) -> Layout:
    """The operator's weight as its spec has it; oneDNN wants the groups on an axis of their own."""
    return given(spec, free, _grouped(operator, spec.shape))


def _grouped(operator: Convolving, shape: Shape) -> Shape:
    groups = operator.num_group
    return shape if groups == 1 else (groups, shape[0] // groups, *shape[1:])


class ConvolutionKernel(OneDNNKernel):
    """Convolution with channels second, grouped and dilated or not, in 1 to 3 dimensions."""

    halves = True

    def recipe(self, operator: Operator, inputs: Specs, outputs: Specs, free: bool) -> Recipe | None:
        """The convolution with its bias."""
        assert isinstance(operator, Convolution)
        if operator.channels_last:
            return None
        primitive = describe.convolution(
            given(inputs[0], free),
            weight(operator, inputs[1], free),
            None if operator.no_bias else plain(inputs[2].shape, inputs[2].dtype),
            given(outputs[0], free),
            window(operator),
        )
        return Recipe(primitive, (Arg.SRC, Arg.WEIGHTS, Arg.BIAS)[: len(inputs)], (Arg.DST,))


class DataGradientKernel(OneDNNKernel):
    """The gradient of a convolution by its data."""

    halves = True

    def recipe(self, operator: Operator, inputs: Specs, outputs: Specs, free: bool) -> Recipe | None:
        """The backward convolution, with the weight as the forward one has it or in a layout of its own."""
        assert isinstance(operator, Convolving)
        if operator.channels_last:
            return None
        primitive = describe.convolution_backward_data(
            given(outputs[0], free),
            weight(operator, inputs[1], free),
            given(inputs[0], free),
            window(operator),
        )
        return Recipe(primitive, (Arg.DIFF_DST, Arg.WEIGHTS), (Arg.DIFF_SRC,))


class WeightGradientKernel(OneDNNKernel):
    """The gradient of a convolution by its weight."""

    halves = True

    def recipe(self, operator: Operator, inputs: Specs, outputs: Specs, free: bool) -> Recipe | None:
        """The backward convolution; data and gradient may come in different layouts."""
        assert isinstance(operator, Convolving)
        if operator.channels_last:
            return None
        primitive = describe.convolution_backward_weights(
            given(inputs[0], free),
            weight(operator, outputs[0], free),
            None,
            given(inputs[1], free),
            window(operator),
        )
        return Recipe(primitive, (Arg.SRC, Arg.DIFF_DST), (Arg.DIFF_WEIGHTS,))
