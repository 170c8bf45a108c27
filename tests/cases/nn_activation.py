"""Rows of Activation, LeakyReLU and the softmax family."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.cases.row import Array, Bad, Row, apart, array, integers, uniform

AWAY = apart(-3.1, 3.2, 3, 5)  # not at zero, where some kinds bend
EDGES = array([-30, -3, -1, -0.0, 0, 1, 3, 30])
KINDS = ("relu", "sigmoid", "softrelu", "softsign", "tanh")


def selu(data: Array, **given: Any) -> Array:
    """The definition of Klambauer et al. (2017), whose constants keep mean 0 and variance 1."""
    return 1.0507009873554805 * np.where(data > 0, data, 1.6732632423543772 * np.expm1(data))


def softmax(data: Array) -> Array:
    """The definition, along the last axis."""
    powers = np.exp(data)
    return powers / powers.sum(-1, keepdims=True)


ROWS = [Row("Activation", {"act_type": kind}, {"data": AWAY}) for kind in KINDS]
ROWS += [Row("Activation", {"act_type": kind}, {"data": (0, 3)}, golden=False, gradient="numerical") for kind in KINDS]
ROWS += [Row("Activation", {"act_type": kind}, {"data": (1,)}, gradient="golden") for kind in KINDS]
ROWS += [
    Row("Activation", {"act_type": kind}, {"data": EDGES}, gradient="golden", dtypes=("float32",)) for kind in KINDS
]
ROWS += [
    Row("Activation", {"act_type": kind}, {"data": array([np.inf, -np.inf, *nan])}, gradient="none")
    for kind, nan in (("relu", (np.nan,)), ("sigmoid", (np.nan,)), ("tanh", (np.nan,)))
]

ROWS += [
    Row("LeakyReLU", {"act_type": kind, **slope}, {"data": AWAY}) for kind in ("leaky", "elu", "gelu")
    for slope in ({}, {"slope": 0.1})
]  # fmt: skip
ROWS += [
    Row("LeakyReLU", {"act_type": kind}, {"data": EDGES}, gradient="golden", dtypes=("float32",))
    for kind in ("leaky", "elu", "gelu")
]
ROWS += [
    Row("LeakyReLU", {}, {"data": AWAY}),
    Row("LeakyReLU", {"slope": -1}, {"data": AWAY}),
    # MXNet 1.9.1 has a wrong gradient for selu: alpha is missing its factor.
    Row("LeakyReLU", {"act_type": "selu"}, {"data": AWAY}, oracle=selu, gradient="numerical"),
    Row("LeakyReLU", {"act_type": "prelu"}, {"data": AWAY, "gamma": (5,)}),
    Row("LeakyReLU", {"act_type": "prelu"}, {"data": AWAY, "gamma": (1,)}, free=("gamma",)),
    Row("LeakyReLU", {"act_type": "prelu"}, {"data": apart(-3.1, 3.2, 2, 3, 5, 7), "gamma": (3,)}),
    # Without an axis 1 MXNet cannot infer gamma's shape.
    Row("LeakyReLU", {"act_type": "prelu"}, {"data": apart(-3.1, 3.2, 5), "gamma": (5,)},
        golden=False, gradient="numerical", oracle=lambda x, gamma, **given: np.where(x > 0, x, gamma * x)),
    Row("LeakyReLU", {"act_type": "prelu"}, {"data": array([[-3, -0.0, 0], [1, 3, -7]]), "gamma": (1,)},
        free=("gamma",),         gradient="golden", dtypes=("float32",)),
    # The second output is unwritten memory in MXNet, and training crashes it.
    Row(
        "LeakyReLU", {"act_type": "rrelu"}, {"data": AWAY}, golden=False, gradient="numerical",
        oracle=lambda x, **given: (np.where(x > 0, x, x * 0.2295), np.where(x > 0, 1, 0.2295)),
    ),
    Row(
        "LeakyReLU", {"act_type": "rrelu", "lower_bound": 0.5, "upper_bound": 0.5}, {"data": AWAY}, golden=False,
        gradient="none", oracle=lambda x, **given: (np.where(x > 0, x, x / 2), np.where(x > 0, 1, 0.5)), training=True,
    ),
]  # fmt: skip

FAMILY = ("softmax", "log_softmax", "softmin")
ROWS += [
    Row(name, parameters, {"data": shape})
    for name in FAMILY
    for parameters, shape in (
        ({}, (3, 2, 5)),
        ({}, (7,)),
        ({"axis": 0}, (3, 5, 2)),
        ({"axis": 1, "temperature": 2.5}, (3, 5, 2)),
        ({"axis": -2, "temperature": -0.75}, (3, 5, 2)),
        ({"use_length": False}, (2, 3)),
    )
]
# MXNet's log_softmax of a matrix is off by some 1e-6, also in the gradient.
ROWS += [
    Row(name, {}, {"data": shape}, oracle=oracle, golden=False, gradient="numerical")
    for name, oracle in (
        ("softmax", softmax),
        ("log_softmax", lambda x: np.log(softmax(x))),
        ("softmin", lambda x: softmax(-x)),
    )
    for shape in ((3, 5), (1, 1))
]
ROWS += [
    Row(name, {"dtype": dtype}, {"data": (3, 5)}, gradient="golden", dtypes=(source,))
    for name in FAMILY
    for dtype, source in (("float64", "float32"), ("float32", "float64"), ("float32", "float32"))
]
ROWS += [Row(name, {"dtype": "float16"}, {"data": (3, 5)}, gradient="none", dtypes=("float32",)) for name in FAMILY]
ROWS += [Row(name, {}, {"data": (0, 3)}, golden=False, gradient="numerical") for name in FAMILY]
ROWS += [
    Row(name, {}, {"data": array([[1000, 1001, -1000], [-2000, -2001, -2002]])}, gradient="golden", dtypes=("float32",))
    for name in FAMILY
]
ROWS += [
    Row("softmax", {}, {"data": array([[1, -np.inf, 2], [-np.inf] * 3])}, note="infinities",
        gradient="none", dtypes=("float32",)),
    Row("softmax", {"temperature": 0}, {"data": (2, 3)}, gradient="none", dtypes=("float32",)),
    Row("softmax", {"use_length": True}, {"data": (4, 3), "length": array([0, 1, 2, 3], "int32")}),
    Row("softmax", {"use_length": True, "axis": 1}, {"data": (2, 5, 3), "length": integers(0, 6, 2, 3, dtype="int64")}),
    Row("softmax", {"use_length": True, "axis": 0, "temperature": 2},
        {"data": (5, 3), "length": array([3, 2, 5], "int32")}),
    Row("SoftmaxActivation", {}, {"data": (3, 5)}),
    Row("SoftmaxActivation", {"mode": "instance"}, {"data": (3, 1)}),
    Row("SoftmaxActivation", {"mode": "channel"}, {"data": (3, 5, 2)}),
    Row("SoftmaxActivation", {"mode": "channel"}, {"data": (2, 3, 5, 2)}),
    # Of more than two dimensions MXNet takes the last axis forward, and something else backward.
    Row("SoftmaxActivation", {}, {"data": uniform(-2, 2, 2, 3, 5)}, gradient="numerical"),
]  # fmt: skip
BAD = [
    Bad(
        "Activation",
        "Activation needs the parameter act_type: one of 'relu', 'sigmoid', 'softrelu', 'softsign', "
        "'tanh' (the function)",
        error="ParameterError",
    ),
    Bad(
        "Activation",
        "Activation: parameter act_type is 'Relu' but must be one of 'relu', 'sigmoid', 'softrelu', 'softsign', 'tanh'",
        {"act_type": "Relu"},
        error="ParameterError",
    ),
    Bad(
        "Activation",
        "Activation 'node': the element type is int32 but must be a floating point type [data int32]",
        {"act_type": "relu"},
        {"data": (2, 3)},
        {"data": "int32"},
        error="DTypeError",
    ),
    Bad(
        "LeakyReLU",
        "LeakyReLU: parameter act_type is 'relu' but must be one of 'elu', 'gelu', 'leaky', 'prelu', 'rrelu', 'selu'",
        {"act_type": "relu"},
        error="ParameterError",
    ),
    Bad(
        "LeakyReLU",
        "LeakyReLU: parameter slope is 'steep' but must be a number",
        {"slope": "steep"},
        error="ParameterError",
    ),
    Bad(
        "LeakyReLU",
        "LeakyReLU 'node': the element type is uint8 but must be a floating point type [data uint8]",
        {},
        {"data": (2, 3)},
        {"data": "uint8"},
        error="DTypeError",
    ),
    Bad(
        "LeakyReLU",
        "LeakyReLU 'node': gamma is (5,) but must be (1,) or have one element for each of the 3 channels "
        "[data (2, 3, 5), gamma (5,)]",
        {"act_type": "prelu"},
        {"data": (2, 3, 5), "gamma": (5,)},
    ),
    Bad(
        "LeakyReLU",
        "LeakyReLU 'node': gamma is (1, 3) but must be (1,) or have one element for each of the 3 "
        "channels [data (2, 3, 5), gamma (1, 3)]",
        {"act_type": "prelu"},
        {"data": (2, 3, 5), "gamma": (1, 3)},
    ),
    Bad(
        "softmax",
        "softmax 'node': axis is 2 but the array has 2 dimensions [data (2, 3)]",
        {"axis": 2},
        {"data": (2, 3)},
    ),
    Bad(
        "log_softmax",
        "log_softmax 'node': axis is -3 but the array has 2 dimensions [data (2, 3)]",
        {"axis": -3},
        {"data": (2, 3)},
    ),
    Bad(
        "softmax",
        "softmax: parameter dtype is 'int32' but must be one of 'float16', 'float32', 'float64' or None",
        {"dtype": "int32"},
        error="ParameterError",
    ),
    Bad(
        "softmax",
        "softmax 'node': the element type is int32 but must be a floating point type [data int32]",
        {},
        {"data": (2, 3)},
        {"data": "int32"},
        error="DTypeError",
    ),
    Bad(
        "softmin",
        "softmin: parameter use_length is True but the operator has no input for lengths",
        {"use_length": True},
        error="ParameterError",
    ),
    Bad(
        "log_softmax",
        "log_softmax: parameter use_length is True but the operator has no input for lengths",
        {"use_length": True},
        error="ParameterError",
    ),
    Bad(
        "softmax",
        "softmax 'node': length ('length') is (3,) but data (2, 3) with use_length=True needs (2,)",
        {"use_length": True},
        {"data": (2, 3), "length": (3,)},
    ),
    Bad(
        "softmax",
        "softmax 'node': the type of length is float32 but must be an integer type [data float32, length float32]",
        {"use_length": True},
        {"data": (2, 3), "length": (2,)},
        {"data": "float32", "length": "float32"},
        error="DTypeError",
    ),
    Bad(
        "SoftmaxActivation",
        "SoftmaxActivation: parameter mode is 'row' but must be one of 'channel', 'instance'",
        {"mode": "row"},
        error="ParameterError",
    ),
    Bad(
        "SoftmaxActivation",
        "SoftmaxActivation 'node': data has 1 dimensions but must have at least 2 [data (3,)]",
        {},
        {"data": (3,)},
    ),
    Bad(
        "SoftmaxActivation",
        "SoftmaxActivation 'node': the element type is int64 but must be a floating point type [data int64]",
        {},
        {"data": (3, 2)},
        {"data": "int64"},
        error="DTypeError",
    ),
]
