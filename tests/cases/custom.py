"""Rows of operators written in Python: the same classes run in MXNet, for the golden answers, and here."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import numpy as np

from tests.cases.row import Bad, Row, array

mx: Any = sys.modules["mxnet"] if "mxnet" in sys.modules else importlib.import_module("symbolnb")


class Scale(mx.operator.CustomOp):  # type: ignore[misc]
    """Both inputs, weighted, and their difference; counts its calls in a state."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, is_train: bool, req: Any, in_data: Any, out_data: Any, aux: Any) -> None:
        self.assign(out_data[0], req[0], in_data[0] * self.factor + in_data[1])
        self.assign(out_data[1], req[1], in_data[0] - in_data[1])
        self.assign(aux[0], "add", mx.nd.ones(aux[0].shape, dtype=aux[0].dtype))

    def backward(self, req: Any, out_grad: Any, in_data: Any, out_data: Any, in_grad: Any, aux: Any) -> None:
        self.assign(in_grad[0], req[0], out_grad[0] * self.factor + out_grad[1])
        self.assign(in_grad[1], req[1], out_grad[0] - out_grad[1])


@mx.operator.register("row_scale")
class ScaleProp(mx.operator.CustomOpProp):  # type: ignore[misc]
    """Two inputs, two outputs and a state; reads only the outputs' gradients in backward."""

    def __init__(self, factor: str = "2") -> None:
        super().__init__(need_top_grad=True)
        self.factor = float(factor)

    def list_arguments(self) -> list[str]:
        return ["data", "shift"]

    def list_outputs(self) -> list[str]:
        return ["sum", "difference"]

    def list_auxiliary_states(self) -> list[str]:
        return ["calls"]

    def infer_shape(self, in_shape: Any) -> Any:
        return [in_shape[0], in_shape[0]], [in_shape[0], in_shape[0]], [(1,)]

    def infer_type(self, in_type: Any) -> Any:
        return [in_type[0]] * 2, [in_type[0]] * 2, [in_type[0]]

    def declare_backward_dependency(self, out_grad: Any, in_data: Any, out_data: Any) -> Any:
        return out_grad

    def create_operator(self, ctx: Any, in_shapes: Any, in_dtypes: Any) -> Any:
        return Scale(self.factor)


class Softmax(mx.operator.CustomOp):  # type: ignore[misc]
    """Softmax with the gradient of cross-entropy, computed with NumPy."""

    def forward(self, is_train: bool, req: Any, in_data: Any, out_data: Any, aux: Any) -> None:
        data = in_data[0].asnumpy()
        powers = np.exp(data - data.max(axis=1, keepdims=True))
        self.assign(out_data[0], req[0], mx.nd.array(powers / powers.sum(axis=1, keepdims=True)))

    def backward(self, req: Any, out_grad: Any, in_data: Any, out_data: Any, in_grad: Any, aux: Any) -> None:
        labels = in_data[1].asnumpy().astype("int64")
        grad = out_data[0].asnumpy()
        grad[np.arange(len(labels)), labels] -= 1
        self.assign(in_grad[0], req[0], mx.nd.array(grad))


@mx.operator.register("row_softmax")
class SoftmaxProp(mx.operator.CustomOpProp):  # type: ignore[misc]
    """A loss: no gradient of its output is read."""

    def __init__(self) -> None:
        super().__init__(need_top_grad=False)

    def list_arguments(self) -> list[str]:
        return ["data", "label"]

    def infer_shape(self, in_shape: Any) -> Any:
        return [in_shape[0], (in_shape[0][0],)], [in_shape[0]], []

    def infer_type(self, in_type: Any) -> Any:
        return [in_type[0]] * 2, [in_type[0]], []

    def create_operator(self, ctx: Any, in_shapes: Any, in_dtypes: Any) -> Any:
        return Softmax()


@mx.operator.register("row_wrong")
class WrongProp(mx.operator.CustomOpProp):  # type: ignore[misc]
    """Answers for too few outputs, and fails on types."""

    def infer_shape(self, in_shape: Any) -> Any:
        return in_shape, [], []

    def infer_type(self, in_type: Any) -> Any:
        raise KeyError(in_type[0].__name__)


ROWS = [
    Row("Custom", {"op_type": "row_scale"}, {"data": (2, 3), "shift": (2, 3), "calls": array([5])}, smooth=False),
    Row(
        "Custom",
        {"op_type": "row_scale", "factor": 0.5},
        {"data": (5,), "shift": (5,), "calls": array([0])},
        smooth=False,
        training=True,
    ),
    Row(
        "Custom",
        {"op_type": "row_softmax"},
        {"data": (3, 5), "label": array([4, 0, 2])},
        gradient="golden",
        still=("label",),
        training=True,
        dtypes=["float32", "float64"],
    ),
]

BAD = [
    Bad("Custom", "Custom needs the parameter op_type: a text (the name that was given to mx.operator.register)",
        error="ParameterError"),
    Bad("Custom", "Custom: ScaleProp(factr='3'), registered as 'row_scale', raised TypeError: ScaleProp.__init__() got "
        "an unexpected keyword argument 'factr'", {"op_type": "row_scale", "factr": 3}, error="ParameterError"),
    Bad("Custom", "Custom 'node': infer_shape of 'row_wrong' answers for 0 outputs, but it has 1 [data (2, 3)]",
        {"op_type": "row_wrong"}, {"data": (2, 3)}),
]  # fmt: skip
