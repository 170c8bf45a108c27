"""Rows of the losses.

Their gradient is not the slope of their output, so it is only compared with MXNet's.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.cases.row import Array, Bad, Row, Shape, Values, array, integers, uniform

Input = Shape | Values


def loss(operator: str, data: Input, label: Input, note: str = "", **parameters: Any) -> Row:
    """A row of a loss with labels."""
    inputs = {"data": data, "label": label}
    return Row(
        operator, parameters, inputs, gradient="golden", smooth=False, still=("label",), free=("label",), note=note
    )


def cross_entropy(data: Array, label: Array) -> Array:
    """Minus the logarithm of the probability of each label, summed."""
    logits = data - data.max(1, keepdims=True)
    logs = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    return np.array([-sum(row[int(number)] for row, number in zip(logs, label, strict=True))])


SOFTMAX: tuple[dict[str, Any], ...] = (
    {},
    {"grad_scale": 2.5},
    {"ignore_label": 1},
    {"use_ignore": True},
    {"use_ignore": True, "ignore_label": 1},
    {"normalization": "batch"},
    {"normalization": "valid"},
    {"normalization": "null"},
    {"normalization": "valid", "ignore_label": 1},
    {"normalization": "valid", "ignore_label": 1, "use_ignore": True},
    {"normalization": "batch", "ignore_label": 1, "use_ignore": True, "grad_scale": 3},
    {"smooth_alpha": 0.3},
    {"smooth_alpha": 0.1, "use_ignore": True, "ignore_label": 1, "normalization": "valid"},
)
NAMED: dict[str, tuple[Input, Input, dict[str, Any]]] = {
    "rows": ((7, 3), integers(0, 3, 7), {}),
    "probabilities": ((7, 3), uniform(0, 1, 7, 3), {}),
    "flattened": ((2, 3, 5), integers(0, 15, 2, 3), {}),
    "last axis": ((2, 5, 3), integers(0, 3, 2, 5), {"preserve_shape": True}),
    "positions": ((2, 3, 5), integers(0, 3, 2, 5), {"multi_output": True}),
}
ROWS = [
    loss("SoftmaxOutput", data, label, note, **given, **parameters)
    for note, (data, label, given) in NAMED.items()
    for parameters in SOFTMAX
]
ROWS += [
    loss("SoftmaxOutput", (2, 3, 5, 2), integers(0, 3, *shape), multi_output=True)
    for shape in ((2, 5, 2), (2, 10), (2, 1, 5, 2))
]
ROWS += [
    loss("SoftmaxOutput", (7, 3), integers(0, 3, 7), multi_output=True),
    loss("SoftmaxOutput", (7, 3), integers(0, 3, 7, 1), multi_output=True),
    loss("SoftmaxOutput", (1, 1), integers(0, 1, 1)),
    loss("SoftmaxOutput", (5, 3), array([5, -1, 3, 1.9, 0.5]), note="labels that are no class"),
    loss(
        "SoftmaxOutput",
        (3, 2),
        array([1, 1, 1]),
        note="none valid",
        use_ignore=True,
        ignore_label=1,
        normalization="valid",
    ),
    loss("Softmax", (7, 3), integers(0, 3, 7), note="alias"),
]
ROWS += [
    # MXNet multiplies by the output instead of the incoming gradient.
    Row("SoftmaxOutput", {"out_grad": True}, {"data": (7, 3), "label": integers(0, 3, 7)}, gradient="none"),
]

ROWS += [
    loss(operator, data, label, **parameters)
    for operator in ("LinearRegressionOutput", "LogisticRegressionOutput", "MAERegressionOutput")
    for data, label, parameters in (
        ((5, 3), (5, 3), {}),
        ((5, 3), (5, 3), {"grad_scale": 2.5}),
        ((5, 1), (5,), {}),
        ((5, 1), (5, 1), {}),
        ((5,), (5,), {}),
        ((5, 3, 2), (5, 6), {}),
        ((1, 3, 5, 2), (1, 3, 5, 2), {"grad_scale": -1}),
    )
]
ROWS += [
    Row("MakeLoss", parameters, {"data": (5, 3)}, gradient="golden", smooth=False)
    for parameters in (
        {},
        {"grad_scale": 2.5},
        {"normalization": "batch"},
        {"normalization": "valid"},
        {"normalization": "valid", "valid_thresh": 0.5, "grad_scale": 3},
        {"normalization": "valid", "valid_thresh": 100},
    )
]
ROWS += [
    Row("make_loss", {}, {"data": (5, 3)}, gradient="golden", smooth=False),
    Row("make_loss", {}, {"data": array([1, 2], "int32")}, gradient="none", dtypes=("int32",)),
]
ROWS += [
    Row(
        "softmax_cross_entropy",
        {},
        {"data": data, "label": label},
        oracle=cross_entropy,
        still=("label",),
        golden=False,
        gradient="numerical",
    )
    for data, label in (((7, 3), integers(0, 3, 7)), ((1, 1), array([0])))
]
BAD = [
    Bad(
        "SoftmaxOutput",
        "SoftmaxOutput: parameter smooth_alpha is 1.5 but must be a number >= 0 and <= 1",
        {"smooth_alpha": 1.5},
        error="ParameterError",
    ),
    Bad(
        "SoftmaxOutput",
        "SoftmaxOutput: parameter normalization is 'mean' but must be one of 'batch', 'null', 'valid'",
        {"normalization": "mean"},
        error="ParameterError",
    ),
    Bad(
        "SoftmaxOutput",
        "SoftmaxOutput 'node': label is (3,) but must be (2,) or (2, 3) [data (2, 3), label (3,)]",
        {},
        {"data": (2, 3), "label": (3,)},
    ),
    Bad(
        "SoftmaxOutput",
        "SoftmaxOutput 'node': label is (2,) but must be (2, 3) or (2, 3, 4) [data (2, 3, 4), label (2,)]",
        {},
        {"data": (2, 3, 4), "label": (2,)},
    ),
    Bad(
        "SoftmaxOutput",
        "SoftmaxOutput 'node': label is (2, 4) but must be (2, 20) or (2, 4, 5) or (2, 1, 4, 5) or (2, "
        "3, 4, 5) [data (2, 3, 4, 5), label (2, 4)]",
        {"multi_output": True},
        {"data": (2, 3, 4, 5), "label": (2, 4)},
    ),
    Bad(
        "SoftmaxOutput",
        "SoftmaxOutput 'node': data is (2,) but must have at least 2 dimensions [data (2,), label (1,)]",
        {},
        {"data": (2,), "label": (1,)},
    ),
    Bad(
        "SoftmaxOutput",
        "SoftmaxOutput 'node': label ('label') is float32 but data float16 needs float16",
        {},
        {"data": (2, 3), "label": None},
        {"data": "float16", "label": "float32"},
        error="DTypeError",
    ),
    Bad(
        "SoftmaxOutput",
        "SoftmaxOutput 'node': the element type is int32 but must be a floating point type [data ?, label int32]",
        {},
        {"data": (2, 3), "label": None},
        {"label": "int32"},
        error="DTypeError",
    ),
    Bad(
        "LinearRegressionOutput",
        "LinearRegressionOutput 'node': label is (2,) but must have the batch and number of elements of "
        "data (1, 2) [data (1, 2), label (2,)]",
        {},
        {"data": (1, 2), "label": (2,)},
    ),
    Bad(
        "LinearRegressionOutput",
        "LinearRegressionOutput 'node': label is (2, 2) but must have the batch and number of elements "
        "of data (2, 3) [data (2, 3), label (2, 2)]",
        {},
        {"data": (2, 3), "label": (2, 2)},
    ),
    Bad(
        "LinearRegressionOutput",
        "LinearRegressionOutput: parameter grad_scale is 'x' but must be a number",
        {"grad_scale": "x"},
        error="ParameterError",
    ),
    Bad(
        "LogisticRegressionOutput",
        "LogisticRegressionOutput 'node': label is (2,) but must have the batch and number of elements "
        "of data (1, 2) [data (1, 2), label (2,)]",
        {},
        {"data": (1, 2), "label": (2,)},
    ),
    Bad(
        "LogisticRegressionOutput",
        "LogisticRegressionOutput 'node': label is (2, 2) but must have the batch and number of elements "
        "of data (2, 3) [data (2, 3), label (2, 2)]",
        {},
        {"data": (2, 3), "label": (2, 2)},
    ),
    Bad(
        "LogisticRegressionOutput",
        "LogisticRegressionOutput: parameter grad_scale is 'x' but must be a number",
        {"grad_scale": "x"},
        error="ParameterError",
    ),
    Bad(
        "MAERegressionOutput",
        "MAERegressionOutput 'node': label is (2,) but must have the batch and number of elements of "
        "data (1, 2) [data (1, 2), label (2,)]",
        {},
        {"data": (1, 2), "label": (2,)},
    ),
    Bad(
        "MAERegressionOutput",
        "MAERegressionOutput 'node': label is (2, 2) but must have the batch and number of elements of "
        "data (2, 3) [data (2, 3), label (2, 2)]",
        {},
        {"data": (2, 3), "label": (2, 2)},
    ),
    Bad(
        "MAERegressionOutput",
        "MAERegressionOutput: parameter grad_scale is 'x' but must be a number",
        {"grad_scale": "x"},
        error="ParameterError",
    ),
    Bad(
        "LinearRegressionOutput",
        "LinearRegressionOutput 'node': the element type is int32 but must be a floating point type "
        "[data int32, label ?]",
        {},
        {"data": (2, 3), "label": None},
        {"data": "int32"},
        error="DTypeError",
    ),
    Bad(
        "MakeLoss",
        "MakeLoss: parameter normalization is 'all' but must be one of 'batch', 'null', 'valid'",
        {"normalization": "all"},
        error="ParameterError",
    ),
    Bad(
        "MakeLoss",
        "MakeLoss 'node': the element type is int32 but must be a floating point type [data int32]",
        {},
        {"data": (2,)},
        {"data": "int32"},
        error="DTypeError",
    ),
    Bad(
        "softmax_cross_entropy",
        "softmax_cross_entropy 'node': data is (2, 3, 4) but must have 2 dimensions [data (2, 3, 4), label ?]",
        {},
        {"data": (2, 3, 4), "label": None},
    ),
    Bad(
        "softmax_cross_entropy",
        "softmax_cross_entropy 'node': label is (2, 1) but must have 1 dimensions [data (2, 3), label (2, 1)]",
        {},
        {"data": (2, 3), "label": (2, 1)},
    ),
    Bad(
        "softmax_cross_entropy",
        "softmax_cross_entropy 'node': label ('label') is (3,) but data (2, 3) needs (2,)",
        {},
        {"data": (2, 3), "label": (3,)},
    ),
    Bad(
        "softmax_cross_entropy",
        "softmax_cross_entropy 'node': the element type is int32 but must be a floating point type [data "
        "int32, label ?]",
        {},
        {"data": (2, 3), "label": None},
        {"data": "int32"},
        error="DTypeError",
    ),
]
