"""The kernels on integers against the reference forward: equal, or one step apart where a half is rounded."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symbolnb.graph.node import Entry
from symbolnb.kernels.onednn import library
from symbolnb.ops.base import Operator
from symbolnb.ops.registry import create
from tests.kernels.onednn.engine import Network, libraries

pytestmark = pytest.mark.skipif(not library.available(), reason=str(library.why_not()))

RANGE = {"min_calib_range": -1.5, "max_calib_range": 2.0}
ENDS = [np.array([-1.0]), np.array([1.0])]


def integers(dtype: str, *shape: int) -> Any:
    info = np.iinfo(dtype)
    low, high = (info.min, info.max) if info.bits == 8 else (-(2**24), 2**24)
    return np.random.default_rng(3).integers(low, high, shape, dtype, endpoint=True)


def numbers(*shape: int) -> Any:
    return np.random.default_rng(4).uniform(0.2, 1.4, shape)


def results(operator: Operator, *inputs: Any) -> list[tuple[Any, Any]]:
    network = Network()
    given = [
        network.variable(f"x{number}", array.astype("float32") if array.dtype.kind == "f" else array)
        for number, array in enumerate(inputs)
    ]
    first = network.call(operator, "tested", *given)
    heads = [Entry(first.node, index) for index in range(first.node.num_outputs)]
    program, actual, expected = network.results(*heads)
    assert f"{operator.name}:onednn" in libraries(program)
    return list(zip(actual, expected, strict=True))


def nearly_equal(pairs: list[tuple[Any, Any]]) -> None:
    (actual, expected), *ends = pairs
    far = np.abs(actual.astype("float64") - expected)
    if actual.dtype.kind == "f":
        np.testing.assert_allclose(actual, expected, rtol=1e-6)
    else:
        assert far.max() <= 1
        assert (far > 0).mean() < 0.001
    for actual, expected in ends:
        np.testing.assert_allclose(actual, expected, rtol=1e-6)


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
@pytest.mark.parametrize("groups", [1, 4])
@pytest.mark.parametrize("no_bias", [False, True])
def test_convolution(dtype: str, groups: int, no_bias: bool) -> None:
    operator = create(
        "_contrib_quantized_conv", kernel=(3, 3), num_filter=16, pad=(1, 1), num_group=groups, no_bias=no_bias
    )
    arrays = [integers(dtype, 2, 32, 9, 7), integers("int8", 16, 32 // groups, 3, 3), integers("int8", 16)]
    arrays = arrays[: 2 if no_bias else 3]
    nearly_equal(results(operator, *arrays, *ENDS * len(arrays)))


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
@pytest.mark.parametrize("no_bias", [False, True])
def test_fully_connected(dtype: str, no_bias: bool) -> None:
    operator = create("_contrib_quantized_fully_connected", num_hidden=12, no_bias=no_bias)
    arrays = [integers(dtype, 5, 40), integers("int8", 12, 40), integers("int8", 12)][: 2 if no_bias else 3]
    nearly_equal(results(operator, *arrays, *ENDS * len(arrays)))


NARROW: list[dict[str, Any]] = [
    {"narrow_type": "int8", "lowest": -9.0, "highest": 7.5},
    {"narrow_type": "int8", "lowest": -9.0, "highest": 7.5, "rectified": True},
    {"narrow_type": "uint8", "lowest": 0.0, "highest": 11.0},
]


@pytest.mark.parametrize("narrow", NARROW)
@pytest.mark.parametrize("dtype", ["int8", "uint8"])
@pytest.mark.parametrize("no_bias", [False, True])
def test_layers_that_come_out_with_8_bits(dtype: str, no_bias: bool, narrow: dict[str, Any]) -> None:
    place = {"kernel": (3, 3), "pad": (1, 1), "num_filter": 16, "no_bias": no_bias}
    bias = [integers("int8", 16)][: not no_bias]
    arrays = [integers(dtype, 2, 32, 9, 7), integers("int8", 16, 32, 3, 3), *bias]
    nearly_equal(results(create("_fused_quantized_conv", **place, **narrow), *arrays, *ENDS * len(arrays)))
    arrays = [integers(dtype, 50, 40), integers("int8", 16, 40), *bias]
    linear = create("_fused_quantized_fully_connected", num_hidden=16, no_bias=no_bias, **narrow)
    nearly_equal(results(linear, *arrays, *ENDS * len(arrays)))


@pytest.mark.parametrize("narrow", NARROW)
@pytest.mark.parametrize("dtypes", [("int8", "int8"), ("uint8", "int8"), ("int8", "uint8"), ("uint8", "uint8")])
def test_sums_that_come_out_with_8_bits(dtypes: tuple[str, str], narrow: dict[str, Any]) -> None:
    arrays = [integers(dtype, 2, 16, 40, 41) for dtype in dtypes]
    arrays[1] = arrays[1][::-1].copy()
    ends = [np.array([end]) for end in (-6.0, 5.0, -2.0, 3.0)]
    nearly_equal(results(create("_fused_quantized_add", **narrow), *arrays, *ends))


@pytest.mark.parametrize("out_type", ["int8", "uint8"])
def test_quantize_and_requantize(out_type: str) -> None:
    calibrated = {"out_type": out_type, **RANGE}
    nearly_equal(results(create("_contrib_quantize_v2", **calibrated), numbers(2, 16, 40, 40)))
    nearly_equal(results(create("_contrib_requantize", **calibrated), integers("int32", 2, 16, 40, 40), *ENDS))


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
def test_dequantize(dtype: str) -> None:
    nearly_equal(results(create("_contrib_dequantize"), integers(dtype, 2, 16, 40, 40), *ENDS))


def test_batch_normalization() -> None:
    operator = create("_contrib_quantized_batch_norm", **RANGE)
    nearly_equal(results(operator, integers("int8", 2, 16, 9, 9), *[numbers(16)] * 4, *ENDS))


def layer(network: Network, name: str, data: Entry, *ends: Entry) -> tuple[Entry, Entry, Entry]:
    """A convolution of random weights and its requantization."""
    weight = network.variable(f"{name}_weight", integers("int8", 32, 32, 3, 3))
    operator = create("_contrib_quantized_conv", kernel=(3, 3), num_filter=32, pad=(1, 1), no_bias=True)
    sums = network.call(operator, name, data, weight, *ends * 2)
    again = create("_contrib_requantize", min_calib_range=-30.0, max_calib_range=30.0)
    node = network.call(again, f"{name}_again", *(Entry(sums.node, index) for index in range(3))).node
    return Entry(node, 0), Entry(node, 1), Entry(node, 2)


def start(network: Network) -> tuple[Entry, Entry, Entry]:
    data = network.variable("data", integers("int8", 2, 32, 40, 40))
    low, high = (network.variable(f"end{number}", end.astype("float32")) for number, end in enumerate(ENDS))
    return data, low, high


@pytest.mark.parametrize("pool_type", ["max", "avg"])
def test_pooling_in_the_layout_of_a_convolution(pool_type: str) -> None:
    network = Network()
    convolved = layer(network, "one", *start(network))
    operator = create("_contrib_quantized_pooling", kernel=(2, 2), stride=(2, 2), pool_type=pool_type)
    program, actual, expected = network.results(network.call(operator, "pool", *convolved))
    assert "_contrib_quantized_pooling:onednn" in libraries(program)
    assert np.abs(actual[0].astype("int32") - expected[0]).max() <= 1


def test_a_layout_goes_through_relu_and_sum() -> None:
    """Between two convolutions nothing is reordered but data and weights."""
    network = Network()
    data, *ends = start(network)
    first = layer(network, "one", data, *ends)
    relu = network.call(create("_contrib_quantized_act", act_type="relu"), "relu", *first)
    second = layer(network, "two", relu, *ends)
    total = network.call(create("_contrib_quantized_elemwise_add"), "sum", second[0], relu, *second[1:], *first[1:])
    program, actual, expected = network.results(total)
    served = libraries(program)
    assert [name for name in served if name.endswith(":reference")] == []
    assert served.count("_reorder:onednn") <= 4  # data, two weights, and the result
    step = 2.0**31 / 255  # one of an operand's 255 is so many of the sum's
    assert np.abs(actual[0].astype("float64") - expected[0]).max() <= 1.001 * step
