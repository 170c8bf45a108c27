"""Rows of the elementwise operators."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from tests.cases.row import Bad, Row, Values, apart, array, integers, normal, rising, uniform

NAN, INF = float("nan"), float("inf")
INTEGER_TYPES = ("int32", "int64", "int8", "uint8")

UNARY = {  # name: the interval of a row that is checked in every way, and values at corners
    "negative": (-2, 2, [0, INF, NAN]),
    "abs": (0.5, 2, [-1.5, 0, -0.0, INF, -INF, NAN]),
    "sign": (-2, -0.5, [0, -0.0, 3, INF, -INF, NAN]),
    "round": (0.6, 1.4, [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 0.49999997, 8388609, INF, NAN]),
    "rint": (0.6, 1.4, [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 0.49999997, 8388609, INF, NAN]),
    "ceil": (0.1, 0.9, [-2.5, -1, 0, 1.5, -INF, NAN]),
    "floor": (0.1, 0.9, [-2.5, -1, 0, 1.5, -INF, NAN]),
    "trunc": (0.1, 0.9, [-2.5, -1, 0, 1.5, -INF, NAN]),
    "fix": (-0.9, -0.1, [-2.5, -1, 0, 1.5, -INF, NAN]),
    "logical_not": (0.5, 2, [0, -0.0, -3, INF, NAN]),
    "square": (-2, 2, [0, 1e30, -INF, NAN]),
    "sqrt": (0.5, 3, [0, -1, INF, NAN]),
    "rsqrt": (0.5, 3, [0, -1, INF, NAN]),
    "cbrt": (0.5, 3, [0, -1, -27, INF, NAN]),
    "rcbrt": (-3, -0.5, [0, 1, -27, INF, NAN]),
    "reciprocal": (0.5, 3, [0, -0.0, -3, INF, NAN]),
    "exp": (-2, 2, [0, 100, -100, INF, -INF, NAN]),
    "expm1": (-2, 2, [0, 1e-5, -20, 100, INF, NAN]),
    "log": (0.2, 3, [0, -1, 1, INF, NAN]),
    "log10": (0.2, 3, [0, -1, 1000, INF, NAN]),
    "log2": (0.2, 3, [0, -1, 8, INF, NAN]),
    "log1p": (-0.8, 3, [-1, -2, 1e-5, INF, NAN]),
    "sin": (-3, 3, [0, 1000, INF, NAN]),
    "cos": (-3, 3, [0, 1000, INF, NAN]),
    "tan": (-1, 1, [0, 2, INF, NAN]),
    "arcsin": (-0.9, 0.9, [-1, 0, 1, 2, NAN]),
    "arccos": (-0.9, 0.9, [-1, 0, 1, 2, NAN]),
    "arctan": (-3, 3, [0, 1000, INF, NAN]),
    "sinh": (-2, 2, [0, 100, -INF, NAN]),
    "cosh": (-2, 2, [0, 100, -INF, NAN]),
    "tanh": (-2, 2, [0, 100, -INF, NAN]),
    "arcsinh": (-3, 3, [0, -1000, INF, NAN]),
    "arccosh": (1.2, 4, [1, 0.5, -2, NAN]),
    "arctanh": (-0.8, 0.8, [-1, 0, 1, 2, NAN]),
    "degrees": (-3, 3, [0, INF, NAN]),
    "radians": (-200, 200, [0, INF, NAN]),
    "gamma": (0.3, 5, [0, -1, 30, 34.5, 40, INF, NAN]),
    "gammaln": (0.3, 5, [0, -1, 1, 2, 1.0001, 1e6, INF, NAN]),
    "erf": (-2, 2, [0, 1e-5, 3, 5, -10, INF, -INF, NAN]),
    "erfinv": (-0.95, 0.95, [-1, 1, 0, 1e-5, 0.99999, 2, NAN]),
    "sigmoid": (-3, 3, [0, 30, -30, 100, -100, INF, -INF, NAN]),
    "softsign": (0.1, 3, [0, -3, 1000, INF, NAN]),
    "relu": (0.2, 2, [0, -0.0, -1, INF, -INF, NAN]),
}
ORACLES = {
    "gamma": np.vectorize(math.gamma), "gammaln": np.vectorize(math.lgamma), "erf": np.vectorize(math.erf),
    "fix": np.trunc, "arctanh": np.arctanh, "cbrt": np.cbrt, "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
}  # fmt: skip


def _unary() -> Iterator[Row]:
    for name, (low, high, corners) in UNARY.items():
        yield Row(name, {}, {"data": uniform(low, high, 3, 1, 5)}, oracle=ORACLES.get(name))
        slopes = "none" if name in ("gamma", "gammaln") else "golden"  # theirs are wrong below 1: see below
        yield Row(name, {}, {"data": array(corners)}, gradient=slopes, note="corners", dtypes=["float32"])
        if name != "erfinv":  # has nothing between -1 and 1
            yield Row(name, {}, {"data": array([1, 2, 3, 7])}, gradient="none", dtypes=["int32"])
    for name in ("negative", "abs", "sign", "square", "exp", "floor", "relu", "logical_not", "sqrt", "gamma"):
        for dtype in INTEGER_TYPES:
            yield Row(name, {}, {"data": array([0, 1, 5])}, gradient="none", dtypes=[dtype], note="types")
    for name in ("abs", "sign", "square", "round", "relu", "negative"):
        yield Row(name, {}, {"data": array([-3, 0, 100])}, gradient="none", dtypes=["int32"], note="signs")
    yield Row("sqrt", {}, {"data": array([-2, 0, 16])}, gradient="none", dtypes=["int32"], note="signs")
    yield Row("exp", {}, {"data": (0, 3)}, golden=False, oracle=np.exp, gradient="numerical")
    yield Row("exp", {}, {"data": array(1.5)}, golden=False, oracle=np.exp, gradient="numerical",
              note="no dimensions")  # fmt: skip
    yield Row("erf", {}, {"data": rising(-6, 6, 1009)}, oracle=ORACLES["erf"], gradient="golden")
    yield Row("erfinv", {}, {"data": rising(-1, 1, 1009)}, gradient="golden", dtypes=["float32", "float64"])
    yield Row("gamma", {}, {"data": uniform(-4.8, -4.2, 7)}, oracle=ORACLES["gamma"], gradient="numerical")
    yield Row("gammaln", {}, {"data": uniform(-3.8, -3.2, 7)}, oracle=ORACLES["gammaln"], gradient="numerical")
    yield Row("gammaln", {}, {"data": rising(0.01, 60, 251)}, oracle=ORACLES["gammaln"], gradient="golden",
              dtypes=["float32", "float64"])  # fmt: skip
    yield Row("relu", {}, {"data": apart(-2, 2.1, 5, 7)})
    yield Row("_relu_slope", {}, {"data": array([0, 1, NAN])}, golden=False, oracle=np.sign, gradient="none")


BINARY = {  # word: values of lhs and of rhs; comparisons are made of integers
    "add": (normal(3, 5), normal(3, 5)),
    "sub": (normal(3, 5), normal(3, 5)),
    "mul": (normal(3, 5), normal(3, 5)),
    "div": (normal(3, 5), uniform(0.5, 2, 3, 5)),
    "mod": (uniform(2.1, 2.9, 3, 5), uniform(1.1, 2, 3, 5)),
    "power": (uniform(0.5, 2, 3, 5), normal(3, 5)),
    "maximum": (apart(-2, 2, 3, 5), apart(-1.9, 1.9, 3, 5)),
    "minimum": (apart(-2, 2, 3, 5), apart(-1.9, 1.9, 3, 5)),
    "hypot": (normal(3, 5), normal(3, 5)),
    "equal": (integers(-2, 2, 3, 5), integers(-2, 2, 3, 5)),
    "not_equal": (integers(-2, 2, 3, 5), integers(-2, 2, 3, 5)),
    "greater": (integers(-2, 2, 3, 5), integers(-2, 2, 3, 5)),
    "greater_equal": (integers(-2, 2, 3, 5), integers(-2, 2, 3, 5)),
    "lesser": (integers(-2, 2, 3, 5), integers(-2, 2, 3, 5)),
    "lesser_equal": (integers(-2, 2, 3, 5), integers(-2, 2, 3, 5)),
    "logical_and": (integers(-1, 2, 3, 5), integers(-1, 2, 3, 5)),
    "logical_or": (integers(-1, 2, 3, 5), integers(-1, 2, 3, 5)),
    "logical_xor": (integers(-1, 2, 3, 5), integers(-1, 2, 3, 5)),
}
LEFT = [-3.5, 2, 0, 1, 5, -7, NAN, 1, -5, INF]
RIGHT = [2, 2, 0, -3, -2, -2, 1, NAN, 2.5, 2]
INTEGERS = [-7, 7, -7, 7, 0, 5, 100], [2, 2, -2, -2, 3, 5, 1]


def _reshaped(values: Values, *shape: int) -> Values:
    return Values(values.kind, shape, values.low, values.high)


def _binary() -> Iterator[Row]:
    for word, (left, right) in BINARY.items():
        name = f"elemwise_{word}" if word in ("add", "sub", "mul", "div") else f"_{word}"
        wide = f"broadcast_{word}"
        gradient = "golden" if left.kind == "integers" else "both"
        yield Row(name, {}, {"lhs": left, "rhs": right}, gradient=gradient)
        for first, second in (((2, 1, 3), (1, 5, 3)), ((2, 3), (3,)), ((5, 1), (2, 1, 3)), ((2, 1), (1, 1))):
            inputs = {"lhs": _reshaped(left, *first), "rhs": _reshaped(right, *second)}
            yield Row(wide, {}, inputs, gradient=gradient)
        for each in (name, wide):
            corners = {"lhs": array(LEFT), "rhs": array(RIGHT)}
            yield Row(each, {}, corners, gradient="golden", dtypes=["float32"], note="corners")
            whole = {"lhs": array(INTEGERS[0]), "rhs": array(INTEGERS[1])}
            yield Row(each, {}, whole, gradient="none", dtypes=["int32"])
    for name in ("elemwise_add", "elemwise_sub", "elemwise_mul", "_maximum", "_greater", "_mod", "elemwise_div"):
        for dtype in ("int64", "int8", "uint8"):
            pair = {"lhs": array([3, 100, 5, 7]), "rhs": array([2, 100, 7, 7])}
            yield Row(name, {}, pair, gradient="none", dtypes=[dtype], note="types")
    yield Row("elemwise_add", {}, {"lhs": (0, 3), "rhs": (0, 3)}, golden=False, oracle=np.add, gradient="numerical")
    yield Row("broadcast_mul", {}, {"lhs": (0, 3), "rhs": (1, 3)}, golden=False, oracle=np.multiply,
              gradient="numerical", smooth=False)  # fmt: skip
    yield Row("broadcast_add", {}, {"lhs": array(2.0), "rhs": (2, 3)}, golden=False, oracle=np.add,
              gradient="numerical", note="no dimensions")  # fmt: skip
    zero = {"lhs": array([5, 0]), "rhs": array([0, 0])}
    yield Row("elemwise_div", {}, zero, golden=False, oracle=lambda x, y: 0 * x, gradient="none", dtypes=["int32"])
    yield Row("_mod", {}, zero, gradient="none", dtypes=["int32"], note="zero")
    zero = {"lhs": array([0, 2, 2, 3]), "rhs": array([2, -1, 0, 4])}
    yield Row("_power", {}, zero, gradient="none", dtypes=["int32"], note="zero")
    yield Row("_grad_add", {}, {"lhs": (3, 5), "rhs": (3, 5)}, gradient="numerical")


SCALAR = {  # operator: the constants of rows that are checked in every way, and those for corners
    "_plus_scalar": ([1.5], [INF]),
    "_minus_scalar": ([1.5], []),
    "_rminus_scalar": ([1.5], []),
    "_mul_scalar": ([-1.5], [0]),
    "_div_scalar": ([-1.5], [0]),
    "_rdiv_scalar": ([1.5], [0]),
    "_mod_scalar": ([0.7, -0.7], [0, 2, -2]),
    "_rmod_scalar": ([7.1], [2, 0]),
    "_power_scalar": ([2, 3, 0.5, -1.5, 1], [0, 1, 2, 0.5]),
    "_rpower_scalar": ([2.5], [0, -1]),
    "_maximum_scalar": ([1.1], [1]),
    "_minimum_scalar": ([1.1], [1]),
    "_hypot_scalar": ([1.5], [0]),
    "_equal_scalar": ([], [1, 1.5]),
    "_not_equal_scalar": ([], [1]),
    "_greater_scalar": ([], [1]),
    "_greater_equal_scalar": ([], [1]),
    "_lesser_scalar": ([], [1]),
    "_lesser_equal_scalar": ([], [1]),
    "_logical_and_scalar": ([], [1, 0]),
    "_logical_or_scalar": ([], [1, 0]),
    "_logical_xor_scalar": ([], [1, 0]),
}


def _scalar() -> Iterator[Row]:
    for name, (smooth, corners) in SCALAR.items():
        for value in smooth:
            yield Row(name, {"scalar": value}, {"data": apart(0.5, 2, 3, 5)})
        for value in corners:
            yield Row(name, {"scalar": value}, {"data": array([-3.5, -1, 0, 1, 2, 5.25, NAN])}, gradient="golden",
                      dtypes=["float32"], note="corners")  # fmt: skip
        for value in (2, 1.7, -3):
            data = array([-7, -1, 1, 2, 5] if value > 0 else [1, 2, 5])
            yield Row(name, {"scalar": value}, {"data": data}, gradient="none", dtypes=["int32"])
        for value in (2.5, -1.25):
            yield Row(name, {"scalar": value, "is_int": False}, {"data": array([1, 2, 5])}, gradient="none",
                      dtypes=["int32"])  # fmt: skip
    for value in (300, -1, 1.5):
        for dtype in INTEGER_TYPES:
            yield Row("_plus_scalar", {"scalar": value}, {"data": array([0, 3, 100])}, gradient="none", dtypes=[dtype],
                      note="types")  # fmt: skip
    yield Row(
        "_plus_scalar", {"scalar": 1.5, "is_int": False}, {"data": array([0, 1])}, gradient="none", dtypes=["bool"]
    )
    yield Row("_plus_scalar", {}, {"data": (2, 3)}, note="default")
    yield Row("_plus_scalar", {"scalar": 16777217}, {"data": array([1, 2])}, gradient="none", dtypes=["int64"])
    yield Row("_mul_scalar", {"scalar": 0.1}, {"data": (2, 3)}, note="rounded to float16")
    yield Row("_mod_scalar", {"scalar": 0}, {"data": array([-3, 0, 5])}, gradient="none", dtypes=["int32"])


def _bounded() -> Iterator[Row]:
    corners = array([-2.5, -2, -1, -0.25, 0, 0.25, 1, 2, 2.5, INF, NAN])
    yield Row("clip", {"a_min": -1, "a_max": 1}, {"data": apart(-2, 2, 3, 5)}, oracle=lambda x, **k: np.clip(x, -1, 1))
    yield Row("clip", {"a_min": -1, "a_max": 1}, {"data": corners}, gradient="golden", dtypes=["float32"])
    yield Row("clip", {"a_min": 0.5, "a_max": 2.5}, {"data": array([0, 1, 2, 7])}, gradient="none", dtypes=["int32"])
    yield Row("_unclipped", {"a_min": -1, "a_max": 1}, {"data": array([-2, -1, 0, NAN, 1, 2])}, golden=False,
              oracle=lambda x, **k: np.array([0, 1, 1, 1, 1, 0.0]), gradient="none", dtypes=["float32"])  # fmt: skip
    for parameters in ({}, {"alpha": 0.3, "beta": 0.4}):
        yield Row("hard_sigmoid", parameters, {"data": uniform(-1, 1, 3, 5)})
        yield Row("hard_sigmoid", parameters, {"data": corners}, gradient="golden", dtypes=["float32"])
    for scalar in (1, 2, 0.5, 0):
        yield Row("smooth_l1", {"scalar": scalar}, {"data": corners}, gradient="golden", dtypes=["float32"])
    yield Row("smooth_l1", {"scalar": 1.5}, {"data": apart(-2, 2, 3, 5)})
    yield Row("smooth_l1", {}, {"data": apart(-2, 2, 3, 5)})
    yield Row("smooth_l1", {"scalar": 1}, {"data": array([-3, 0, 1, 3])}, gradient="none", dtypes=["int32"])


def _conversion() -> Iterator[Row]:
    values = array([-1.5, 1.5, 2.5, 255.7, 256, 300.5, -129, 70000, 0])
    for dtype in ("float16", "float32", "float64", "int8", "uint8", "int32", "int64", "bool"):
        gradient = "golden" if dtype.startswith("float") else "none"
        yield Row("Cast", {"dtype": dtype}, {"data": values}, gradient=gradient, dtypes=["float32"])
        yield Row("Cast", {"dtype": dtype}, {"data": array([-1, 0, 300, 5])}, gradient="none", dtypes=["int64"])
    yield Row("Cast", {"dtype": "float64"}, {"data": (2, 3)})
    yield Row("Cast", {"dtype": "int32"}, {"data": array([NAN, INF, 3e9])}, gradient="none", dtypes=["float32"],
              note="out of range")  # fmt: skip
    yield Row("Cast", {"dtype": "bfloat16"}, {"data": array([1.5, 1.00390625, 1.01171875, 2e38, NAN])}, golden=False,
              oracle=lambda x, dtype: np.array([1.5, 1.0, 1.015625, 1.171875 * 2.0**127, NAN]), gradient="none",
              dtypes=["float32"])  # fmt: skip
    for name in ("exp", "elemwise_mul", "sigmoid", "_mod_scalar", "erf"):  # every row computes in bfloat16, by float32
        inputs = {"lhs": (2, 3), "rhs": (2, 3)} if name == "elemwise_mul" else {"data": (2, 3)}
        yield Row(name, {}, inputs, golden=False, gradient="none", dtypes=["bfloat16"])
    yield Row("BlockGrad", {}, {"data": (2, 3)}, oracle=lambda x: x, gradient="golden")
    yield Row("_copy", {}, {"data": (2, 1, 3)}, oracle=lambda x: x)
    yield Row("_copy", {}, {"data": array([1, 2])}, gradient="none", dtypes=["int32"])
    for name, oracle in (("zeros_like", np.zeros_like), ("ones_like", np.ones_like)):
        yield Row(name, {}, {"data": array([[1, NAN], [INF, 2]])}, oracle=oracle, gradient="golden")
        yield Row(name, {}, {"data": array([1, 2])}, gradient="none", dtypes=["int32"])
    for count in (1, 2, 3, 5):
        inputs = {f"arg{index}": (2, 3) for index in range(count)}
        yield Row("add_n", {"num_args": count}, inputs, oracle=lambda *arrays, num_args: sum(arrays))
    yield Row(
        "add_n", {"num_args": 3}, {f"arg{i}": array([i, 100]) for i in range(3)}, gradient="none", dtypes=["int8"]
    )


ROWS = [*_unary(), *_binary(), *_scalar(), *_bounded(), *_conversion()]
BAD = [
    Bad("elemwise_add", "elemwise_add 'node': (2, 3) and (3, 2) differ [lhs (2, 3), rhs (3, 2)]",
        inputs={"lhs": (2, 3), "rhs": (3, 2)}),
    Bad("elemwise_add",
        "elemwise_add 'node': (2, 3) and (3,) differ in their number of dimensions [lhs (2, 3), rhs (3,)]",
        inputs={"lhs": (2, 3), "rhs": (3,)}),
    Bad("broadcast_add",
        "broadcast_add 'node': (2, 3) and (2, 4) cannot be broadcast together [lhs (2, 3), rhs (2, 4)]",
        inputs={"lhs": (2, 3), "rhs": (2, 4)}),
    Bad("_maximum", "_maximum 'node': rhs ('rhs') is int32 but lhs float32 needs float32",
        inputs={"lhs": (2,), "rhs": (2,)}, dtypes={"lhs": "float32", "rhs": "int32"}, error="DTypeError"),
    Bad("broadcast_sub",
        "broadcast_sub 'node': there is no arithmetic of bool: Cast it to another type first [lhs bool, rhs bool]",
        inputs={"lhs": (2,), "rhs": (2,)}, dtypes={"lhs": "bool", "rhs": "bool"}, error="DTypeError"),
    Bad("_plus_scalar", "_plus_scalar: parameter scalar is 'x' but must be a number", {"scalar": "x"},
        {"data": (2,)}, error="ParameterError"),
    Bad("exp", "exp has no parameter 'scalar' (it takes none)", {"scalar": 1}, {"data": (2,)}, error="ParameterError"),
    Bad("clip", "clip needs the parameter a_max: a number (the largest value that is left as it is)", {"a_min": 1},
        {"data": (2,)}, error="ParameterError"),
    Bad("Cast", "Cast: parameter dtype is 'uint16' but must be one of 'bfloat16', 'bool', 'float16', 'float32', "
        "'float64', 'int32', 'int64', 'int8', 'uint8'", {"dtype": "uint16"}, {"data": (2,)}, error="ParameterError"),
    Bad("add_n", "add_n: parameter num_args is 0 but must be an integer >= 1 and <= 100000",
        {"num_args": 0}, error="ParameterError"),
    Bad("smooth_l1", "smooth_l1: parameter scalar is 'wide' but must be a number", {"scalar": "wide"}, {"data": (2,)},
        error="ParameterError"),
]  # fmt: skip
