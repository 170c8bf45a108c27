"""softmax, log_softmax and SoftmaxOutput along the last axis of dense arrays, and the gradient that they share.

Along other axes oneDNN has only its plain loops. Where a row holds a NaN, the results at its other elements are 0 (or
the logarithm of 0), as with MXNet's oneDNN kernels; in the reference all of them are NaN.
"""

from __future__ import annotations

from math import prod

from symbolnb.graph.spec import Shape
from symbolnb.kernels.onednn import describe
from symbolnb.kernels.onednn.kernel import OneDNNKernel, Recipe, Specs
from symbolnb.kernels.onednn.layout import Layout, plain
from symbolnb.kernels.onednn.primitive import Arg
from symbolnb.ops.base import Operator
from symbolnb.ops.nn.softmax import LogSoftmax, Softmax, SoftmaxGradient
from symbolnb.ops.nn.softmax_output import SoftmaxOutput


def _seen(shape: Shape, axis: int) -> Layout:
    """A dense array with the axis at position 1."""
    axis %= len(shape)
    lead, after = prod(shape[:axis]), prod(shape[axis + 1 :])
    return plain((lead, shape[axis]) if after == 1 else (lead, shape[axis], after))


def _classes(operator: SoftmaxOutput, shape: Shape) -> Layout:
    """The data as samples of classes."""
    if operator.multi_output:
        return _seen(shape, 1)
    return _seen(shape, -1) if operator.preserve_shape else plain((shape[0], prod(shape[1:])))


class SoftmaxKernel(OneDNNKernel):
    """softmax and log_softmax without temperature and lengths, and SoftmaxOutput."""

    pairs = ((0, 0),)

    def recipe(self, operator: Operator, inputs: Specs, outputs: Specs, free: bool) -> Recipe | None:
        """The softmax, for which a dense array is one of two or three dimensions."""
        shape = inputs[0].shape
        if isinstance(operator, SoftmaxOutput):
            layout = _classes(operator, shape)
        else:
            assert isinstance(operator, Softmax | LogSoftmax)
            if operator.factor != 1 or operator.use_length:
                return None
            layout = _seen(shape, operator.axis)
        primitive = describe.softmax(layout, layout, logarithm=isinstance(operator, LogSoftmax))
        return Recipe(primitive, (Arg.SRC, *(None,) * (len(inputs) - 1)), (Arg.DST,), dense=True)


class SoftmaxGradientKernel(OneDNNKernel):
    """The gradient of a softmax from its output."""

    pairs = ((0, 0),)

    def recipe(self, operator: Operator, inputs: Specs, outputs: Specs, free: bool) -> Recipe | None:
        """The backward softmax."""
        assert isinstance(operator, SoftmaxGradient)
        layout = _seen(inputs[0].shape, operator.axis)
        return Recipe(describe.softmax_backward(layout), (Arg.DIFF_DST, Arg.DST), (Arg.DIFF_SRC,), dense=True)
