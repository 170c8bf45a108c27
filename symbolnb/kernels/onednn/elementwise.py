"""Elementwise kernels, which above all keep a layout alive between two convolutions."""

from __future__ import annotations

from symbolnb.graph.spec import Spec
from symbolnb.kernels.onednn import describe
from symbolnb.kernels.onednn.describe import Eltwise
from symbolnb.kernels.onednn.kernel import OneDNNKernel, Recipe, Specs, given
from symbolnb.kernels.onednn.primitive import Arg
from symbolnb.ops.base import Operator

SMALLEST = 32768
"""Elements of dense arrays below which NumPy is as fast (measured)."""

FUNCTIONS = {
    "relu": (Eltwise.RELU, 0.0),
    "sigmoid": (Eltwise.LOGISTIC, 0.0),
    "tanh": (Eltwise.TANH, 0.0),
    "softrelu": (Eltwise.SOFT_RELU, 1.0),
}
"""Operator names and kinds of Activation that are one function of oneDNN, with its parameter alpha."""


def _worth_it(specs: Specs) -> bool:
    return specs[0].elements >= SMALLEST or any(spec.layout is not None for spec in specs)


def _first_layout(specs: Specs) -> Spec:
    return next((spec for spec in specs if spec.layout is not None), specs[0])


def function_name(operator: Operator) -> str:
    """The word by which `FUNCTIONS` knows an operator: the kind of an Activation, else its name."""
    return str(getattr(operator, "act_type", operator.name))


class FunctionKernel(OneDNNKernel):
    """Activation and the unary operators of `FUNCTIONS`."""

    pairs = ((0, 0),)

    def recipe(self, operator: Operator, inputs: Specs, outputs: Specs, free: bool) -> Recipe | None:
        """The function, in the layout that the data has."""
        found = FUNCTIONS.get(function_name(operator))
        if found is None or not _worth_it(inputs):
            return None
        layout = given(inputs[0], False)
        return Recipe(describe.eltwise(layout, layout, *found), (Arg.SRC,), (Arg.DST,))


class AddKernel(OneDNNKernel):
    """The sum of two tensors of one shape; the second is brought into the layout of the first."""

    pairs = ((0, 0),)

    def recipe(self, operator: Operator, inputs: Specs, outputs: Specs, free: bool) -> Recipe | None:
        """The sum, in the first layout other than dense that an input has."""
        if not _worth_it(inputs):
            return None
        layout = given(_first_layout(inputs), False)
        return Recipe(describe.add(layout, layout, layout), (Arg.SRC, Arg.SRC_1), (Arg.DST,))


class TotalKernel(OneDNNKernel):
    """The sum of many tensors of one shape."""

    def recipe(self, operator: Operator, inputs: Specs, outputs: Specs, free: bool) -> Recipe | None:
        """The sum, in the first layout other than dense that an input has."""
        if not _worth_it(inputs):
            return None
        layout = given(_first_layout(inputs), False)
        roles = tuple(Arg.SOURCES + position for position in range(len(inputs)))
        return Recipe(describe.total((layout,) * len(inputs), layout), roles, (Arg.DST,))
