"""Rows of the operators on integers of 8 bits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tests.cases.row import Array, Bad, Row, Values, array, integers, uniform

REAL = uniform(-4, 5, 7, 11)


def ends(**values: Sequence[float]) -> dict[str, Values]:
    """Inputs min_NAME and max_NAME."""
    made: dict[str, Values] = {}
    for name, (low, high) in values.items():
        made |= {f"min_{name}": array([low], "float32"), f"max_{name}": array([high], "float32")}
    return made


def signed(*shape: int) -> Values:
    """Numbers of the whole range of int8."""
    return integers(-127, 128, *shape, dtype="int8")


def unsigned(*shape: int) -> Values:
    """Numbers of the whole range of uint8."""
    return integers(0, 256, *shape, dtype="uint8")


def quantized(operator: str, parameters: Mapping[str, Any], inputs: Mapping[str, Any], **keywords: Any) -> Row:
    """A row in the one type that its inputs have."""
    return Row(
        f"_contrib_{operator}", parameters, inputs, gradient="none", dtypes=["float32"], inferred=False, **keywords
    )


ROWS = [
    quantized("quantize", {"out_type": kind}, {"data": REAL, **ends(range=(-3, 4.5))}) for kind in ("uint8", "int8")
]
ROWS += [
    quantized("quantize", {}, {"data": REAL, **ends(range=(0, 4.5))}),
    quantized("quantize_v2", {}, {"data": REAL}),
    quantized("quantize_v2", {"out_type": "int8"}, {"data": uniform(-7, 3, 5, 7)}),
    quantized("quantize_v2", {"out_type": "uint8"}, {"data": uniform(0, 3, 5, 7)}),
    quantized("quantize_v2", {"out_type": "auto"}, {"data": uniform(0, 3, 5, 7)}),
]
ROWS += [
    quantized("quantize_v2", {"out_type": kind, "min_calib_range": low, "max_calib_range": high}, {"data": REAL})
    for kind in ("auto", "int8", "uint8")
    for low, high in ((-3.0, 4.5), (0.0, 3.0))
]
ROWS += [
    quantized("dequantize", {}, {"data": data, **ends(range=span)}, note=f"from {span[0]}")
    for data in (signed(7, 5), unsigned(7, 5))
    for span in ((-4, 3.1), (0, 3.1))
]
WIDE = integers(-1000000, 1000000, 7, 11, dtype="int32")
ROWS += [
    quantized("requantize", given, {"data": WIDE, **ends(range=(-4000, 3000))})
    for given in (
        {},
        {"min_calib_range": -1.2, "max_calib_range": 1.7},
        {"min_calib_range": 0.0, "max_calib_range": 1.3, "out_type": "uint8"},
        {"min_calib_range": -1.2, "max_calib_range": 1.3, "out_type": "auto"},
        {"min_calib_range": 0.0, "max_calib_range": 1.3, "out_type": "auto"},
    )
]
LINEAR = ends(data=(-1, 2), weight=(-0.5, 0.4))
ROWS += [
    quantized(
        "quantized_fully_connected",
        {"num_hidden": 3, "no_bias": bias is None, **given},
        {
            "data": data,
            "weight": signed(3, 10 if given.get("flatten", True) else 5),
            **({} if bias is None else {"bias": bias}),
            **LINEAR,
            **({} if bias is None else ends(bias=(-3, 2))),
        },
        **keywords,
    )
    for data, bias, given, keywords in (
        (signed(7, 10), None, {}, {}),
        (unsigned(7, 10), None, {}, {}),
        (signed(7, 10), signed(3), {}, {}),
        (unsigned(7, 10), signed(3), {}, {}),
        (signed(7, 2, 5), None, {"flatten": True}, {}),
        (signed(3, 2, 5), None, {"flatten": False}, {"golden": False}),
    )
]
PLACED: tuple[dict[str, Any], ...] = ({}, {"pad": (1, 1), "stride": (2, 2)}, {"dilate": (2, 1)})
ROWS += [
    quantized(
        "quantized_conv",
        {"kernel": (3, 3), "num_filter": 4, "no_bias": True, **given},
        {"data": unsigned(2, 2, 5, 7), "weight": signed(4, 2, 3, 3), **LINEAR},
    )
    for given in PLACED
]


def convolved(data: Array, weight: Array, bias: Array, *spans: Array, **_: Any) -> Array:
    """A convolution with a kernel of one pixel; the bias is brought to the scale of the products."""
    steps = 127.5 / max(map(abs, map(float, np.concatenate(spans[:2])))), 127.5 / 0.5, 127.5 / 3
    sums = np.einsum("nchw,fc->nfhw", data.astype(int), weight[:, :, 0, 0].astype(int))
    return sums + np.trunc(bias * (steps[0] * steps[1] / steps[2]))[None, :, None, None]


ROWS += [  # MXNet's CPU build refuses data of int8 and forgets the scale of the bias
    quantized(
        "quantized_conv",
        {"kernel": (1, 1), "num_filter": 4},
        {
            "data": signed(1, 3, 2, 3),
            "weight": signed(4, 3, 1, 1),
            "bias": signed(4),
            **LINEAR,
            **ends(bias=(-3, 2)),
        },
        golden=False,
        oracle=convolved,
    ),
]
NARROW = {"lowest": -3.0, "highest": 2.5}


def narrowed(sums: Array, one: float, **given: Any) -> Array:
    """Sums of steps of a size as integers of 8 bits over a range known beforehand."""
    low, high, steps = (0, 255, 255) if given.get("narrow_type") == "uint8" else (-128, 127, 127)
    limit = max(abs(given["lowest"]), abs(given["highest"]))
    return np.clip(np.rint(sums * (one * steps / limit)), 0 if given.get("rectified") else low, high)


def narrow_row(operator: str, parameters: dict[str, Any], inputs: dict[str, Any], oracle: Any) -> Row:
    """A row of an operator that stands for one of integers, its requantize and perhaps a relu."""
    return Row(
        f"_fused_quantized_{operator}", parameters, inputs, oracle=oracle, golden=False, gradient="none",
        dtypes=["float32"], inferred=False,
    )  # fmt: skip


def narrow_convolved(data: Array, weight: Array, bias: Array, *spans: Array, **given: Any) -> Array:
    """The convolution with its sums in steps of ``2 / 127 · 0.5 / 127``."""
    return narrowed(convolved(data, weight, bias, *spans), 2 * 0.5 / 127**2, **given)


def narrow_product(data: Array, weight: Array, *_: Array, **given: Any) -> Array:
    """The product of matrices in the same steps."""
    return narrowed(data.astype(int) @ weight.astype(int).T, 2 * 0.5 / 127**2, **given)


def narrow_sum(lhs: Array, rhs: Array, *_: Array, **given: Any) -> Array:
    """The sum of what the integers of `PAIR` stand for."""
    steps = [255.5 if array.dtype == np.uint8 else 127.5 for array in (lhs, rhs)]
    return narrowed(lhs * (2 / steps[0]) + rhs * (3 / steps[1]), 1, **given)


ROWS += [
    narrow_row(
        "conv",
        {"kernel": (1, 1), "num_filter": 4, **NARROW, **given},
        {"data": signed(1, 3, 2, 3), "weight": signed(4, 3, 1, 1), "bias": signed(4), **LINEAR, **ends(bias=(-3, 2))},
        narrow_convolved,
    )
    for given in ({}, {"rectified": True}, {"narrow_type": "uint8", "lowest": 0.0})
]
ROWS += [
    narrow_row(
        "fully_connected",
        {"num_hidden": 3, "no_bias": True, **NARROW, **given},
        {"data": signed(7, 10), "weight": signed(3, 10), **LINEAR},
        narrow_product,
    )
    for given in ({}, {"rectified": True})
]
ROWS += [
    quantized("quantized_pooling", {"kernel": (2, 2), **given}, {"data": data, **ends(data=(-1, 2))})
    for data in (signed(2, 3, 5, 6), unsigned(2, 3, 5, 6))
    for given in (
        {},
        {"pool_type": "avg"},
        {"stride": (2, 2), "pool_type": "max"},
        {"pool_type": "avg", "stride": (2, 2)},
        {"pool_type": "avg", "global_pool": True},
    )
]
ROWS += [
    quantized("quantized_act", {"act_type": "relu"}, {"data": signed(5, 7), **ends(data=(-1, 2))}),
    quantized(
        "quantized_act", {"act_type": "relu"}, {"data": integers(0, 128, 5, 7, dtype="uint8"), **ends(data=(0, 2))}
    ),
    quantized("quantized_flatten", {}, {"data": signed(2, 3, 5), **ends(data=(-1, 2))}),
    quantized("quantized_flatten", {}, {"data": unsigned(2, 3, 5), **ends(data=(-1, 2))}),
    quantized(
        "quantized_embedding",
        {"input_dim": 3, "output_dim": 5},
        {"data": array([1, 0, 5, -1], "float32"), "weight": signed(3, 5), **ends(weight=(-1, 2))},
    ),
]


def spans(count: int, *values: float) -> dict[str, Values]:
    """The ranges of arrays that are joined."""
    names = [f"arg{number}_{end}" for number in range(count) for end in ("min", "max")]
    return {name: array([value], "float32") for name, value in zip(names, values, strict=True)}


ROWS += [
    quantized("quantized_concat", {"num_args": 2, "dim": 1}, {"arg0": one, "arg1": two, **spans(2, *values)}, note=note)
    for one, two, values, note in (
        (signed(3, 5), signed(3, 2), (-1, 2, -3, 1), ""),
        (unsigned(3, 5), unsigned(3, 2), (0, 2, 0, 1), ""),
        (unsigned(3, 5), signed(3, 2), (0, 2, -3, 1), ""),
    )
]
PAIR = {name: array([value], "float32") for name, value in
        (("lhs_min", -1), ("lhs_max", 2), ("rhs_min", -3), ("rhs_max", 1))}  # fmt: skip


def product(lhs: Array, rhs: Array, *_: Array, **given: Any) -> Array:
    """The product as integers or as what it stands for."""
    whole = lhs.astype(int) * rhs
    if given.get("enable_float_output"):
        return whole * (2 * 3 / 127**2)
    if "max_calib_range" in given:
        return np.clip(np.rint(whole * (2 * 3 / 127**2) * 127 / 4), -128, 127)
    return whole


ROWS += [
    quantized("quantized_elemwise_add", {"min_calib_range": -4.0, "max_calib_range": 3.0},
              {"lhs": signed(3, 5), "rhs": signed(3, 5), **PAIR}),
    quantized(
        "quantized_elemwise_add",
        {},
        {"lhs": signed(3, 5), "rhs": signed(3, 5), **PAIR},
        golden=False,
        oracle=lambda lhs, rhs, *_: np.rint((lhs * 2.0 + rhs * 3.0) / 127.5 / 5 * (2**31 - 1)),
    ),
    quantized(
        "quantized_elemwise_add",
        {},
        {"lhs": unsigned(3, 5), "rhs": signed(3, 5), **PAIR},
        golden=False,
        oracle=lambda lhs, rhs, *_: np.rint((lhs * 2.0 / 255.5 + rhs * 3.0 / 127.5) / 5 * (2**31 - 1)),
    ),
]  # fmt: skip
ROWS += [
    narrow_row("add", {**NARROW, **given}, {"lhs": lhs, "rhs": signed(3, 5), **PAIR}, narrow_sum)
    for lhs in (signed(3, 5), unsigned(3, 5))
    for given in ({}, {"rectified": True})
]
ROWS += [
    quantized("quantized_elemwise_mul", given, {"lhs": signed(3, 5), "rhs": signed(3, 5), **PAIR}, golden=False,
              oracle=product)
    for given in ({}, {"enable_float_output": True}, {"min_calib_range": -4.0, "max_calib_range": 3.0})
]  # fmt: skip


NORMALIZED: tuple[dict[str, Any], ...] = ({}, {"fix_gamma": False}, {"eps": 0.3})
ROWS += [
    quantized(
        "quantized_batch_norm",
        {"min_calib_range": -4.0, "max_calib_range": 3.0, **given},
        {
            "data": signed(2, 3, 5, 2),
            "gamma": uniform(0.5, 2, 3),
            "beta": (3,),
            "moving_mean": (3,),
            "moving_var": uniform(0.5, 2, 3),
            **ends(data=(-1, 2)),
        },
    )
    for given in NORMALIZED
]
COUNTS, EDGES = np.histogram(np.random.RandomState(3).standard_normal(3000), bins=401, range=(-4, 4))
ROWS += [
    quantized("calibrate_entropy", given, {"hist": array(COUNTS, "float32"), "hist_edges": array(EDGES, "float32")})
    for given in ({}, {"num_quantized_bins": 127})
]
ROWS += [
    quantized(
        "quantize_asym",
        given,
        {"data": REAL},
        golden=False,
        oracle=lambda data, min_calib_range=None, max_calib_range=None: (
            np.clip(np.rint(255 - (max_calib_range - data) * 255 / (max_calib_range - min_calib_range)), 0, 255)
            if max_calib_range is not None
            else np.rint(255 - (data.max() - data) * 255 / (data.max() - data.min()))
        ),
    )
    for given in ({}, {"min_calib_range": -2.0, "max_calib_range": 5.0})
]

ROWS += [
    quantized(
        "calibrate_entropy", {"num_quantized_bins": 3}, {"hist": array(counts), "hist_edges": array(edges)}, note=word
    )
    for word, counts, edges in (
        ("tiny", [1, 2, 1], [-1, -0.3, 0.3, 1]),
        ("nothing", [0] * 5, [-1, -0.6, -0.2, 0.2, 0.6, 1]),
    )
]
FINE, PLACES = np.histogram(np.maximum(np.random.RandomState(5).standard_t(2, 50000), 0), bins=2001, range=(-90, 90))
ROWS += [
    quantized(
        "calibrate_entropy",
        {},
        {"hist": array(FINE, "float32"), "hist_edges": array(PLACES, "float32")},
        note="fine and half empty",
    )
]

BAD = [
    Bad(
        "_contrib_quantize",
        "_contrib_quantize: parameter out_type is 'int4' but must be one of 'int8', 'uint8'",
        {"out_type": "int4"},
        error="ParameterError",
    ),
    Bad(
        "_contrib_quantize_v2",
        "_contrib_quantize_v2: min_calib_range and max_calib_range must be given together",
        {"min_calib_range": 1},
        error="ParameterError",
    ),
    Bad(
        "_contrib_quantize",
        "_contrib_quantize 'node': min_range ('low') is (2,) but data (2, 3) needs (1,)",
        {},
        {"data": (2, 3), "low": (2,), "high": None},
    ),
    Bad(
        "_contrib_dequantize",
        "_contrib_dequantize 'node': the type of data is int32 but must be int8 or uint8 "
        "[data int32, min_range ?, max_range ?]",
        {},
        {"data": (2,), "low": None, "high": None},
        {"data": "int32"},
        "DTypeError",
    ),
    Bad(
        "_contrib_requantize",
        "_contrib_requantize 'node': the type of data is int8 but must be int32 [data int8, min_range ?, max_range ?]",
        {},
        {"data": (2,), "low": None, "high": None},
        {"data": "int8"},
        "DTypeError",
    ),
    Bad(
        "_contrib_quantized_act",
        "_contrib_quantized_act: act_type is 'tanh' but integers have only 'relu'",
        {"act_type": "tanh"},
        error="ParameterError",
    ),
    Bad(
        "_contrib_quantized_pooling",
        "_contrib_quantized_pooling: pool_type is 'sum' but integers have only 'avg' and 'max'",
        {"kernel": (2, 2), "pool_type": "sum"},
        error="ParameterError",
    ),
    Bad(
        "_contrib_quantized_batch_norm",
        "_contrib_quantized_batch_norm 'node': min_calib_range and max_calib_range must be given: calibrate the graph "
        "[data ?, gamma ?, beta ?, moving_mean ?, moving_var ?, min_data ?, max_data ?]",
        {},
        error="ShapeError",
    ),
    Bad(
        "_contrib_quantized_elemwise_add",
        "_contrib_quantized_elemwise_add: min_calib_range and max_calib_range must be given together",
        {"max_calib_range": 3},
        error="ParameterError",
    ),
    Bad(
        "_contrib_calibrate_entropy",
        "_contrib_calibrate_entropy 'node': hist is (5, 3) but must have 1 dimension [hist (5, 3), hist_edges ?]",
        {},
        {"hist": (5, 3), "edges": None},
    ),
]
