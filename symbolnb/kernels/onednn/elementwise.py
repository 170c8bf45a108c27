"""Elementwise kernels, which above all keep a layout alive between two convolutions."""

from __future__ import annotations

from symbolnb.kernels.onednn import describe
from symbolnb.kernels.onednn.describe import Eltwise
from symbolnb.kernels.onednn.kernel import OneDNNKernel, Recipe, Specs, first_layout, given
from symbolnb.kernels.onednn.layout import plain
from symbolnb.kernels.onednn.primitive import Arg
from symbolnb.ops.base import Operator
from symbolnb.ops.nn.activation import Activation, ActivationGradient
from symbolnb.ops.nn.leaky_relu import LeakyReLU

SMALLEST = 32768
"""Elements of dense arrays below which NumPy is as fast (measured)."""

FUNCTIONS = {
    "relu": (Eltwise.RELU, 0.0),
    "sigmoid": (Eltwise.LOGISTIC, 0.0),
    "tanh": (Eltwise.TANH, 0.0),
    "softrelu": (Eltwise.SOFT_RELU, 1.0),
}
"""Kinds of Activation that oneDNN has, with its parameter alpha; the relu of NaN is 0, as in MXNet."""

DERIVATIVES = {
    "relu": Eltwise.RELU_FROM_OUTPUT,
    "sigmoid": Eltwise.LOGISTIC_FROM_OUTPUT,
    "tanh": Eltwise.TANH_FROM_OUTPUT,
}
"""Kinds of Activation whose derivative oneDNN takes from the result, as the operator's gradient does."""


def worth_it(specs: Specs) -> bool:
    """Whether oneDNN is worth its call: for many elements, or to keep a layout."""
    return specs[0].elements >= SMALLEST or any(spec.layout is not None for spec in specs)


class FunctionKernel(OneDNNKernel):
    """Activation in the kinds of `FUNCTIONS`."""

    pairs = ((0, 0),)
    halves = True

    def recipe(self, operator: Operator, inputs: Specs, outputs: Specs, free: bool) -> Recipe | None:
        """The function, in the layout that the data has."""
        assert isinstance(operator, Activation)
        if operator.act_type not in FUNCTIONS or not worth_it(inputs):
            return None
        layout = given(inputs[0], False)
        primitive = describe.eltwise(layout, layout, *FUNCTIONS[operator.act_type])
        return Recipe(primitive, (Arg.SRC,), (Arg.DST,))


class DerivativeKernel(OneDNNKernel):
    """The gradient of an Activation from the output gradient and the output."""

    pairs = ((0, 0),)
    halves = True

    def recipe(self, operator: Operator, inputs: Specs, outputs: Specs, free: bool) -> Recipe | None:
        """The derivative, in the first layout other than dense that an input has."""
        assert isinstance(operator, ActivationGradient)
        if operator.act_type not in DERIVATIVES or not worth_it(inputs):
            return None
        layout = given(first_layout(inputs), False)
        primitive = describe.eltwise_backward(layout, layout, layout, DERIVATIVES[operator.act_type])
        return Recipe(primitive, (Arg.DIFF_DST, Arg.DST), (Arg.DIFF_SRC,))


class SlopeKernel(OneDNNKernel):
    """LeakyReLU with a learned slope for each channel."""

    pairs = ((0, 0),)

    def recipe(self, operator: Operator, inputs: Specs, outputs: Specs, free: bool) -> Recipe | None:
        """The function, in the layout that the data has."""
        assert isinstance(operator, LeakyReLU)
        if operator.act_type != "prelu" or not worth_it(inputs) or not 2 <= len(inputs[0].shape) <= 5:
            return None
        layout = given(inputs[0], False)
        slopes = plain((1, inputs[1].shape[0], *(1,) * (len(inputs[0].shape) - 2)))
        primitive = describe.prelu(layout, slopes, layout)
        return Recipe(primitive, (Arg.SRC, Arg.WEIGHTS), (Arg.DST,))


class AddKernel(OneDNNKernel):
    """The sum of two tensors of one shape; the second is brought into the layout of the first."""

    pairs = ((0, 0),)
    halves = True

    def recipe(self, operator: Operator, inputs: Specs, outputs: Specs, free: bool) -> Recipe | None:
        """The sum, in the first layout other than dense that an input has."""
        if not worth_it(inputs):
            return None
        layout = given(first_layout(inputs), False)
        return Recipe(describe.add(layout, layout, layout), (Arg.SRC, Arg.SRC_1), (Arg.DST,))


class TotalKernel(OneDNNKernel):
    """The sum of many tensors of one shape."""

    halves = True

    def recipe(self, operator: Operator, inputs: Specs, outputs: Specs, free: bool) -> Recipe | None:
        """The sum, in the first layout other than dense that an input has."""
        if not worth_it(inputs):
            return None
        layout = given(first_layout(inputs), False)
        roles = tuple(Arg.SOURCES + position for position in range(len(inputs)))
        return Recipe(describe.total((layout,) * len(inputs), layout), roles, (Arg.DST,))
