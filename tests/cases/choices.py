"""Rows of what families have in common: each element type that can be made, each order of the axes, integers.

Also the bad input of operators that have no table of their own.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.cases.nn_convolution import convolution, deconvolution
from tests.cases.row import Array, Bad, Row, apart, array, integers, uniform

TYPES = ("float16", "float32", "float64", "uint8", "int8", "int32", "int64")


def one(operator: str, parameters: Any, inputs: Any = None, answer: Any = None, gradient: str = "none") -> Row:
    """A row in float32; what MXNet cannot answer has an oracle."""
    golden = answer is None
    return Row(operator, parameters, inputs or {}, answer, golden, gradient, dtypes=("float32",))


def always(answer: Array) -> Any:
    """An oracle whose answer does not depend on its parameters."""
    return lambda *inputs, **parameters: answer


FROM_NOTHING: tuple[tuple[str, dict[str, Any], Array], ...] = (
    ("_zeros", {"shape": (2, 3)}, np.zeros((2, 3))),
    ("_ones", {"shape": (2, 3)}, np.ones((2, 3))),
    ("_full", {"shape": (2, 3), "value": 3}, np.full((2, 3), 3)),
    ("_eye", {"N": 2, "M": 3}, np.eye(2, 3)),
    ("_arange", {"start": 1, "stop": 7, "step": 2}, np.array([1, 3, 5])),
    ("_linspace", {"start": 2, "stop": 6, "num": 3}, np.array([2, 4, 6])),
)
WHOLE = {"indices": array([[0, 1], [2, 0]])}
FEW = {"data": integers(0, 100, 2, 3)}
TABLE = {"input_dim": 5, "output_dim": 3}
PLACES = integers(0, 5, 7, dtype="int32")

ROWS = [one(name, {**given, "dtype": kind}) for name, given, _ in FROM_NOTHING for kind in TYPES]
ROWS += [  # MXNet's Python cannot read bfloat16, and not all of its operators fill booleans
    one(name, {**given, "dtype": kind}, None, always(answer != 0 if kind == "bool" else answer))
    for name, given, answer in FROM_NOTHING
    for kind in ("bfloat16", "bool")
]
ROWS += [one("one_hot", {"depth": 3, "on_value": 2, "dtype": kind}, WHOLE) for kind in TYPES]
ROWS += [  # MXNet's oneDNN has no 64 bits
    one("amp_cast", {"dtype": kind}, FEW, (lambda data, dtype: data) if kind.endswith("64") else None) for kind in TYPES
]
ROWS += [
    one("Embedding", {**TABLE, "dtype": kind}, {"data": PLACES, "weight": integers(0, 100, 5, 3, dtype=kind)})
    for kind in TYPES
]
ROWS += [
    one("one_hot", {"depth": 3, "dtype": "bfloat16"}, WHOLE, always(np.eye(3)[[[0, 1], [2, 0]]])),
    one("amp_cast", {"dtype": "bfloat16"}, FEW, lambda data, dtype: data),
    Row("Embedding", {**TABLE, "dtype": "bfloat16"}, {"data": PLACES, "weight": integers(-9, 9, 5, 3)},
        lambda data, weight, **_: weight.astype("float64")[data], golden=False, gradient="none", dtypes=("bfloat16",)),
]  # fmt: skip
ROWS += [  # MXNet's CPU build has only the data's own type
    one("norm", {"axis": 1, "out_dtype": kind}, {"data": integers(-5, 5, 2, 3)},
        lambda data, axis, out_dtype: np.linalg.norm(data, axis=axis).astype(out_dtype))
    for kind in TYPES if kind != "uint8"
]  # fmt: skip
ROWS += [
    one("_np_cumsum", {"axis": 1, "dtype": kind}, {"a": integers(-5, 5, 2, 3)}) for kind in ("float16", "int64", "int8")
]


def drawn(operator: str, parameters: Any, inputs: Any = None) -> Row:
    """A row of a random operator: its type and shape; what it draws has tests of its own."""
    return Row(operator, parameters, inputs or {}, golden=False, gradient="none", dtypes=("float32",))


DRAWN: dict[str, dict[str, float]] = {
    "uniform": {"low": 0, "high": 2}, "normal": {}, "gamma": {"alpha": 2, "beta": 2}, "exponential": {"lam": 2},
    "poisson": {"lam": 3}, "negative_binomial": {"k": 3, "p": 0.4},
    "generalized_negative_binomial": {"mu": 2, "alpha": 0.3},
}  # fmt: skip
ROWS += [
    drawn(f"_random_{name}", {"shape": (2, 3), "dtype": kind, **given})
    for name, given in DRAWN.items()
    for kind in ("float16", "float32", "float64")
]
ROWS += [
    drawn(f"_sample_{name}", {"shape": 5, "dtype": "float32"}, {key: array([value]) for key, value in given.items()})
    for name, given in {**DRAWN, "normal": {"mu": 0, "sigma": 2}}.items()
]
ROWS += [drawn("_random_randint", {"low": 0, "high": 9, "shape": 3, "dtype": "int32"})]

# The order of the axes -------------------------------------------------------------------------

SECOND = {1: "NCW", 2: "NCHW", 3: "NCDHW"}
SIZES, KERNEL = (5, 4, 3), (3, 2, 2)
ROWS += [
    Row(operator, {"num_filter": 4, "kernel": KERNEL[:count], "no_bias": True, "layout": layout},
        {"data": (2, 3, *SIZES[:count]),
         "weight": ((3, 4) if operator == "Deconvolution" else (4, 3)) + KERNEL[:count]})
    for operator in ("Convolution", "Convolution_v1", "Deconvolution")
    for count, layout in SECOND.items() if operator != "Convolution_v1" or count == 2
]  # fmt: skip


def second(data: Array, weight: Array, *, kernel: Any, **_: Any) -> Array:
    """Convolution with channels on the second axis."""
    return np.moveaxis(convolution(np.moveaxis(data, 1, -1), np.moveaxis(weight, 1, -1), kernel=kernel), -1, 1)


ROWS += [
    one("Convolution_v1", {"num_filter": 4, "kernel": KERNEL[:count], "no_bias": True, "layout": SECOND[count]},
        {"data": (2, 3, *SIZES[:count]), "weight": (4, 3, *KERNEL[:count])}, second)
    for count in (1, 3)
]  # fmt: skip
ROWS += [Row("Pooling", {"kernel": KERNEL[:count], "pool_type": kind, "layout": layout},
             {"data": apart(-3, 3, 2, 3, *SIZES[:count])}, training=True)
         for kind in ("max", "avg") for count, layout in SECOND.items()]  # fmt: skip
ROWS += [
    one("Convolution_v1", {"num_filter": 4, "kernel": KERNEL[:count], "no_bias": True, "layout": layout},
        {"data": (2, *SIZES[:count], 3), "weight": (4, *KERNEL[:count], 3)}, convolution)
    for count, layout in ((2, "NHWC"), (3, "NDHWC"))
]  # fmt: skip


def last(data: Array, weight: Array, **_: Any) -> Array:
    """Deconvolution with channels on the last axis."""
    moved = [np.moveaxis(array, -1, 1) for array in (data, weight)]
    made = deconvolution(*moved, kernel=KERNEL, stride=(1, 1, 1), out=(7, 5, 4), cut=(0, 0, 0))
    return np.moveaxis(made, 1, -1)


ROWS += [
    one("Deconvolution", {"num_filter": 4, "kernel": KERNEL, "layout": "NDHWC"},
        {"data": (2, *SIZES, 3), "weight": (3, *KERNEL, 4)}, last),
]  # fmt: skip
PARTS = {"gamma": uniform(0.5, 2, 3), "beta": (3,), "moving_mean": (3,), "moving_var": uniform(0.5, 2, 3)}


def normalized(x: Array, gamma: Array, beta: Array, mean: Array, variance: Array, **_: Any) -> Array:
    """By moving statistics, along the last axis, then relu."""
    return np.maximum(gamma * (x - mean) / np.sqrt(variance + 1e-3) + beta, 0)


ROWS += [one("_contrib_BatchNormWithReLU", {"axis": -1, "fix_gamma": False}, {"data": (2, 5, 3), **PARTS}, normalized)]

# Numbers that are taken for integers -----------------------------------------------------------

ROWS += [Row(operator, {"scalar": 1.5, "is_int": False}, {"data": integers(-5, 5, 2, 3)}, gradient="none",
             dtypes=("int32", "float32"))
         for operator in ("_scatter_minus_scalar", "_contrib_gradientmultiplier")]  # fmt: skip
ROWS += [
    one("_square_sum", {"axis": 1, "exclude": True}, {"data": (2, 3, 5)}, lambda data, **_: (data**2).sum((0, 2))),
]
ROWS += [one("_contrib_quadratic", {"a": 2, "b": -0.5, "c": 3.25}, {"data": integers(-5, 5, 2, 3, dtype=kind)})
         for kind in ("int32", "int64", "int8", "uint8")]  # fmt: skip
ROWS += [one("_contrib_div_sqrt_dim", {}, {"data": integers(-9, 9, 2, 3, dtype=kind)})
         for kind in ("int32", "int64", "int8")]  # fmt: skip
ROWS += [one("_contrib_BilinearResize2D", {"mode": "to_even_up", "scale_height": 2.0}, {"data": (1, 2, 5, 4)})]

ANCHORS = {"anchor": uniform(0, 1, 1, 10, 4)}
ROWS += [
    Row("_contrib_MultiBoxDetection", {"background_id": 1, "threshold": 0.3},
        {"cls_prob": uniform(0, 1, 2, 3, 10), "loc_pred": uniform(-1, 1, 2, 40), **ANCHORS},
        gradient="none", dtypes=("float32",), inferred=False),
    Row("_contrib_box_nms", {"topk": 0}, {"data": uniform(0, 1, 2, 7, 6)}, gradient="none", dtypes=("float32",)),
    Row("_histogram", {"bin_cnt": 6, "range": (0, 8)}, {"data": integers(-2, 11, 23, dtype="int32")},
        gradient="none", dtypes=("float32",)),
]  # fmt: skip
EXCLUDED = {"axis": (0, 1, 2), "exclude": True}
ROWS += [Row(name, EXCLUDED, {"data": uniform(0.5, 2, 2, 3, 2)})
         for name in ("sum", "mean", "prod", "nansum", "nanprod", "max", "min")]  # fmt: skip
ROWS += [one("cbrt", {}, {"data": array([-27, -8, 0, 8, 27, 64, 1000], "int32")})]

# What quantized layers take over from the layers of real numbers --------------------------------

ENDS = {"min_data": array([-1.0], "float32"), "max_data": array([2.0], "float32")}
IMAGE = integers(-127, 128, 2, 4, 5, 6, dtype="int8")
ROWS += [
    Row("_contrib_quantized_pooling", {"kernel": (3, 3), "stride": (2, 2), "pad": (1, 1), **given},
        {"data": IMAGE, **ENDS}, gradient="none", dtypes=("float32",), inferred=False)
    for given in (
        {"pool_type": "max", "pooling_convention": "full"},
        {"pool_type": "avg", "count_include_pad": True},
        {"pool_type": "avg", "count_include_pad": False},
    )
]  # fmt: skip
JOINED = {f"arg{number}_{end}": array([value], "float32")
          for number in range(2) for end, value in (("min", -1), ("max", 2))}  # fmt: skip
ROWS += [
    Row("_contrib_quantized_concat", {"num_args": 2, "dim": 0},
        {"arg0": integers(-127, 128, 3, 5, dtype="int8"), "arg1": integers(-127, 128, 2, 5, dtype="int8"), **JOINED},
        gradient="none", dtypes=("float32",), inferred=False),
]  # fmt: skip
BAD = [
    Bad("BatchNorm_v1", "BatchNorm_v1 'node': gamma ('gamma') is (4,) but data (2, 3, 4) needs (3,)", {},
        {"data": (2, 3, 4), "gamma": (4,), "beta": None, "moving_mean": None, "moving_var": None}),
    Bad("_contrib_SyncBatchNorm", "_contrib_SyncBatchNorm needs the parameter key: a text (what devices that belong "
        "together have in common; without effect)", error="ParameterError"),
    Bad("_contrib_quadratic", "_contrib_quadratic: parameter a is 'x' but must be a number", {"a": "x"},
        error="ParameterError"),
    Bad("_contrib_hawkesll", "_contrib_hawkesll 'node': alpha ('alpha') is (4,) but lda (2, 3) needs (3,)", {},
        {"lda": (2, 3), "alpha": (4,), "beta": None, "state": None, "lags": None, "marks": None, "valid_length": None,
         "max_time": None}),
    Bad("_foreach", "_foreach needs the parameter num_args: an integer >= 1 and <= 100000 (number of inputs, bodies "
        "included)", error="ParameterError"),
    Bad("_contrib_quantized_conv", "_contrib_quantized_conv 'node': weight ('weight') is (4, 2, 3, 3) but "
        "data (2, 3, 5, 5) with kernel=(3, 3), num_filter=4, no_bias=True needs (4, 3, 3, 3)",
        {"kernel": (3, 3), "num_filter": 4, "no_bias": True},
        {"data": (2, 3, 5, 5), "weight": (4, 2, 3, 3), "min_data": None, "max_data": None, "min_weight": None,
         "max_weight": None}),
    Bad("_contrib_quantized_fully_connected", "_contrib_quantized_fully_connected 'node': weight ('weight') is (3, 4) "
        "but data (2, 5) with num_hidden=3, no_bias=True needs (3, 5)", {"num_hidden": 3, "no_bias": True},
        {"data": (2, 5), "weight": (3, 4), "min_data": None, "max_data": None, "min_weight": None, "max_weight": None}),
    Bad("_rnn_param_concat", "_rnn_param_concat 'node': arg1 is (2,) but another array has 2 dimensions "
        "[arg0 (2, 3), arg1 (2,)]", {"num_args": 2, "dim": 0}, {"arg0": (2, 3), "arg1": (2,)}),
]  # fmt: skip
