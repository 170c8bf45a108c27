"""Rows of the operators that stand for a layer and what follows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.cases.nn_convolution import convolution
from tests.cases.norms import local_response
from tests.cases.row import Array, Row, uniform

WIDE = ("float32", "float64")

FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "relu": lambda x: np.maximum(x, 0),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softrelu": lambda x: np.log1p(np.exp(x)),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "tanh": np.tanh,
}
"""The kinds of Activation by their formulas."""


def factors(gamma: Array, beta: Array, mean: Array, var: Array, *bias: Array, **given: Any) -> tuple[Array, Array]:
    """Scale and shift by their formulas."""
    scale = (1 if given["fix_gamma"] else gamma) / np.sqrt(var + given["eps"])
    return scale, beta - mean * scale + sum(bias) * scale


def factors_row(count: int, bias: bool, fix_gamma: bool) -> Row:
    """A row with so many channels."""
    inputs = dict.fromkeys(("gamma", "beta", "mean"), (count,)) | {"var": uniform(0.5, 2, count)}
    inputs |= {"bias": (count,)} if bias else {}
    parameters = {"eps": 1e-5, "fix_gamma": fix_gamma, "no_bias": not bias}
    return Row("_normalization_factors", parameters, inputs, oracle=factors, golden=False, gradient="none", dtypes=WIDE)


def normalized(data: Array, gamma: Array, beta: Array, mean: Array, var: Array, **given: Any) -> Array:
    """The normalization by its formula, and relu."""
    shape = (-1, *(1,) * (data.ndim - 2))
    scale, shift = factors(gamma, beta, mean, var, eps=given["eps"], fix_gamma=given["fix_gamma"])
    out = data * scale.reshape(shape) + shift.reshape(shape)
    return np.maximum(out, 0) if given["rectified"] else out


def normalized_row(shape: tuple[int, ...], rectified: bool, fix_gamma: bool = False) -> Row:
    """A row for data of a shape."""
    inputs = {"data": shape} | dict.fromkeys(("gamma", "beta", "mean"), shape[1:2])
    inputs |= {"var": uniform(0.5, 2, *shape[1:2])}
    parameters = {"eps": 1e-5, "fix_gamma": fix_gamma, "rectified": rectified}
    return Row("_fused_batch_norm", parameters, inputs, oracle=normalized, golden=False, gradient="none", dtypes=WIDE)


def fused(data: Array, weight: Array, *rest: Array, **given: Any) -> Array:
    """The convolution by its definition, and the steps after it."""
    others = list(rest)
    place = {word: given[word] for word in ("kernel", "stride", "dilate", "pad", "num_group") if word in given}
    last = [np.moveaxis(array, 1, -1) for array in (data, weight)]
    bias = [] if given["no_bias"] else [others.pop(0)]
    return finished(np.moveaxis(convolution(*last, *bias, **place), -1, 1), others, **{**given, "no_bias": True})


def finished(out: Array, others: list[Array], **given: Any) -> Array:
    """A convolution with the steps after it; `others` are its bias, if it lacks one, and what they read."""
    count = out.ndim - 2
    if not given["no_bias"]:
        out = out + others.pop(0).reshape(-1, *(1,) * count)
    if given.get("scaled"):
        scale, shift = (others.pop(0).reshape(-1, *(1,) * count) for _ in range(2))
        out = out * scale + shift
    if given.get("added"):
        out = out + others.pop(0)
    if given.get("rectified"):
        out = np.clip(out, 0, given.get("ceiling", np.inf))
    return out


def fused_fully_connected(data: Array, weight: Array, *bias: Array, **given: Any) -> Array:
    """The product, and the function after it."""
    rows = data if given.get("flatten", True) is False else data.reshape(len(data), weight.shape[1])
    return FUNCTIONS[given["act_type"]](rows @ weight.T + sum(bias))


def row(data: Any, weight: Any, out: Any = None, bias: bool = False, **parameters: Any) -> Row:
    """A row that adds a residual of the shape `out` where that is given."""
    inputs = {"data": data, "weight": weight}
    vectors = ["bias"] * bias + ["scale", "shift"] * bool(parameters.get("scaled"))
    inputs |= dict.fromkeys(vectors, (weight[0],))
    inputs |= {} if out is None else {"residual": out}
    parameters = {"num_filter": weight[0], "no_bias": not bias, "added": out is not None, **parameters}
    return Row("_fused_convolution", parameters, inputs, oracle=fused, golden=False, gradient="none", dtypes=WIDE)


def linear_row(data: Any, hidden: int, act_type: str, bias: bool = True, **parameters: Any) -> Row:
    """A row of a fully connected layer and a function."""
    features = data[-1] if parameters.get("flatten") is False else int(np.prod(data[1:]))
    inputs = {"data": data, "weight": (hidden, features), **({"bias": (hidden,)} if bias else {})}
    parameters = {"num_hidden": hidden, "no_bias": not bias, "act_type": act_type, **parameters}
    return Row(
        "_fused_fully_connected", parameters, inputs, oracle=fused_fully_connected, golden=False, gradient="none",
        dtypes=WIDE,
    )  # fmt: skip


def local_gradient(grad: Array, data: Array, *norm: Array, **given: Any) -> Array:
    """The gradient of local response normalization by its definition: the transposed Jacobian of each place."""
    alpha, beta, size = given["alpha"], given["beta"], given["nsize"]
    found = norm[0] if norm else (data / local_response(data, **given)) ** (1 / beta)
    near = np.abs(np.subtract.outer(np.arange(data.shape[1]), np.arange(data.shape[1]))) <= (size - 1) // 2
    inner = np.einsum("ij,nj...->ni...", near, grad * data * found ** (-beta - 1))
    answer: Array = grad * found**-beta - 2 * alpha * beta / size * data * inner
    return answer


def local_rows(shape: tuple[int, ...], **factors: Any) -> list[Row]:
    """Rows of local response normalization and of its gradient, with and without the norm."""
    data = uniform(0.5, 2, *shape)
    factors = {"alpha": 0.3, "beta": 0.75, "knorm": 2.0} | factors
    given: dict[str, Any] = {"oracle": local_gradient, "golden": False}
    return [
        Row("_fused_lrn", factors, {"data": shape}, oracle=local_response, golden=False, gradient="none", dtypes=WIDE),
        Row("_fused_lrn_gradient", factors, {"grad": shape, "data": data}, gradient="none", dtypes=WIDE, **given),
        Row("_lrn_gradient", factors, {"grad": shape, "data": data, "norm": uniform(1, 2, *shape)}, **given),
    ]


ROWS = [
    factors_row(7, bias=False, fix_gamma=False),
    factors_row(7, bias=False, fix_gamma=True),
    factors_row(1, bias=True, fix_gamma=False),
    factors_row(0, bias=False, fix_gamma=False),
    normalized_row((2, 19, 7, 5), rectified=True),
    normalized_row((2, 16, 7, 5), rectified=False, fix_gamma=True),
    normalized_row((3, 5), rectified=True, fix_gamma=True),
    normalized_row((1, 3, 2, 4, 3), rectified=True),
    normalized_row((0, 3, 5), rectified=True),
    *local_rows((2, 7, 3, 2), nsize=3),
    *local_rows((2, 16, 5, 3), nsize=5, knorm=1.0),
    *local_rows((2, 5, 3), nsize=1, beta=0.5),
    *local_rows((0, 5, 3, 2), nsize=3),
    row((2, 3, 7, 5), (4, 3, 3, 2), kernel=(3, 2), bias=True, rectified=True),
    row((2, 3, 7, 5), (4, 3, 3, 2), kernel=(3, 2), scaled=True),
    row((2, 3, 7, 5), (4, 3, 3, 2), kernel=(3, 2), scaled=True, rectified=True),
    row((2, 3, 7, 5), (19, 3, 3, 3), (2, 19, 7, 5), kernel=(3, 3), pad=(1, 1), scaled=True, rectified=True),
    row((2, 3, 7, 5), (19, 3, 1, 1), (2, 19, 7, 5), kernel=(1, 1), bias=True, rectified=True),
    row((2, 3, 7, 5), (19, 3, 1, 1), (2, 19, 7, 5), kernel=(1, 1)),
    row((2, 3, 7, 5), (19, 3, 1, 1), (2, 19, 7, 5), kernel=(1, 1), bias=True, scaled=True),
    row((2, 3, 7, 5), (4, 3, 3, 3), kernel=(3, 3), scaled=True, rectified=True, ceiling=0.5),
    row((2, 6, 7, 5), (6, 1, 3, 3), kernel=(3, 3), num_group=6, scaled=True, rectified=True, ceiling=6.0),
    row((2, 6, 11), (4, 3, 3), kernel=(3,), num_group=2, stride=(2,), dilate=(2,), pad=(1,), scaled=True),
    row((1, 2, 5, 4, 3), (3, 2, 2, 2, 2), (1, 3, 4, 3, 2), kernel=(2, 2, 2), scaled=True, rectified=True),
    row((0, 3, 7, 5), (4, 3, 3, 2), kernel=(3, 2), scaled=True),
    *(linear_row((17, 23), 19, kind) for kind in FUNCTIONS),
    linear_row((17, 23), 19, "sigmoid", bias=False),
    linear_row((3, 5, 7, 11), 13, "relu"),
    linear_row((3, 5, 71), 13, "tanh", flatten=False),
    linear_row((1, 701), 13, "relu"),
    linear_row((2, 3), 5, "relu"),
    linear_row((0, 3), 5, "relu"),
]
