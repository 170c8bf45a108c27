"""Convolution and its gradients by oneDNN against their reference forward."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symbolnb.kernels.onednn import library
from symbolnb.kernels.onednn.folded import fold
from symbolnb.ops.nn.convolution import Convolution, ConvolutionDataGradient, ConvolutionWeightGradient
from tests.kernels.onednn.engine import Network, agree, libraries

pytestmark = pytest.mark.skipif(not library.available(), reason=str(library.why_not()))

Shape = tuple[int, ...]

ROWS: list[tuple[Shape, dict[str, Any]]] = [
    ((2, 3, 11), {"kernel": (3,), "num_filter": 5}),
    ((2, 3, 11), {"kernel": (3,), "num_filter": 5, "stride": (2,), "pad": (1,), "dilate": (2,)}),
    ((1, 1, 1), {"kernel": (1,), "num_filter": 1}),
    ((2, 3, 7, 5), {"kernel": (3, 2), "num_filter": 4}),
    ((2, 3, 7, 5), {"kernel": (3, 2), "num_filter": 4, "stride": (2, 1), "pad": (1, 2)}),
    ((3, 7, 9, 11), {"kernel": (3, 3), "num_filter": 13, "dilate": (2, 3), "pad": (2, 3)}),
    ((2, 6, 7, 5), {"kernel": (3, 3), "num_filter": 4, "num_group": 2, "pad": (1, 1)}),
    ((2, 7, 7, 5), {"kernel": (3, 3), "num_filter": 7, "num_group": 7, "pad": (1, 1)}),
    ((1, 5, 6, 6), {"kernel": (3, 3), "num_filter": 10, "num_group": 5}),
    ((2, 32, 9, 9), {"kernel": (1, 1), "num_filter": 17, "stride": (2, 2)}),
    ((2, 48, 9, 9), {"kernel": (3, 3), "num_filter": 32, "num_group": 2, "stride": (2, 2), "pad": (1, 1)}),
    ((1, 1, 1, 1), {"kernel": (1, 1), "num_filter": 1}),
    ((1, 3, 5, 5), {"kernel": (5, 5), "num_filter": 2}),
    ((1, 3, 2, 2), {"kernel": (5, 5), "num_filter": 2, "pad": (3, 3)}),
    ((1, 2, 5, 7, 3), {"kernel": (2, 3, 2), "num_filter": 3, "pad": (1, 0, 1), "stride": (1, 2, 1)}),
    (
        (2, 4, 5, 5, 5),
        {"kernel": (3, 3, 3), "num_filter": 6, "num_group": 2, "dilate": (1, 2, 1), "pad": (0, 1, 1)},
    ),
]


def random(shape: Shape, seed: int) -> Any:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("no_bias", [False, True])
@pytest.mark.parametrize(("data", "attributes"), ROWS)
def test_forward(data: Shape, attributes: dict[str, Any], no_bias: bool) -> None:
    operator = Convolution(**attributes, no_bias=no_bias)
    network = Network()
    weight = (operator.num_filter, data[1] // operator.num_group, *operator.kernel)
    shapes = [data, weight, (operator.num_filter,)][: len(operator.input_names())]
    inputs = [
        network.variable(name, random(shape, seed))
        for seed, (name, shape) in enumerate(zip(operator.input_names(), shapes, strict=True))
    ]
    program, actual, expected = network.results(network.call(operator, "tested", *inputs))
    assert "Convolution:onednn" in libraries(program)
    agree(actual, expected)


@pytest.mark.parametrize(("data", "attributes"), ROWS)
def test_gradients(data: Shape, attributes: dict[str, Any]) -> None:
    operator = Convolution(**attributes, no_bias=True)
    network = Network()
    shape = (operator.num_filter, data[1] // operator.num_group, *operator.kernel)
    x, weight = network.variable("data", random(data, 1)), network.variable("weight", random(shape, 2))
    out = network.specs[network.call(operator, "forward", x, weight)].shape
    grad = network.variable("grad", random(out, 3))
    by_data = ConvolutionDataGradient(**operator.placement(), data_shape=data)
    by_weight = ConvolutionWeightGradient(**operator.placement(), weight_shape=shape)
    heads = network.call(by_data, "by_data", grad, weight), network.call(by_weight, "by_weight", x, grad)
    program, actual, expected = network.results(*heads)
    assert {"_convolution_data_gradient:onednn", "_convolution_weight_gradient:onednn"} <= set(libraries(program))
    agree(actual, expected)


FOLDED: list[tuple[Shape, dict[str, Any]]] = [
    ((2, 3, 64, 48), {"kernel": (7, 7), "num_filter": 17, "stride": (2, 2), "pad": (3, 3)}),
    ((2, 1, 28, 28), {"kernel": (5, 5), "num_filter": 20}),
    ((3, 1, 28, 28), {"kernel": (5, 3), "num_filter": 33, "pad": (2, 1)}),
    ((2, 2, 33, 44), {"kernel": (4, 3), "num_filter": 19, "stride": (3, 2), "pad": (1, 0)}),
    ((2, 4, 32, 32), {"kernel": (2, 2), "num_filter": 40, "stride": (2, 2)}),
    ((2, 1, 40, 40), {"kernel": (8, 8), "num_filter": 32, "stride": (4, 4), "pad": (2, 3)}),
    ((3, 1, 4096), {"kernel": (9,), "num_filter": 16, "stride": (2,), "pad": (4,)}),
    ((1, 1, 8, 16, 20), {"kernel": (3, 3, 3), "num_filter": 24, "pad": (1, 1, 1)}),
]


@pytest.mark.parametrize(("data", "attributes"), FOLDED)
def test_data_gradient_of_few_channels(data: Shape, attributes: dict[str, Any]) -> None:
    operator = Convolution(**attributes, no_bias=True)
    shape = (operator.num_filter, data[1], *operator.kernel)
    network = Network()
    x, weight = network.variable("data", random(data, 1)), network.variable("weight", random(shape, 2))
    out = network.specs[network.call(operator, "forward", x, weight)].shape
    assert fold(operator, data, out) is not None
    grad = network.variable("grad", random(out, 3))
    by_data = network.call(ConvolutionDataGradient(**operator.placement(), data_shape=data), "by_data", grad, weight)
    program, actual, expected = network.results(by_data)
    assert all(step.node.name != "weight_reorder" for step in program.steps)
    agree(actual, expected)


@pytest.mark.parametrize(
    ("data", "attributes"),
    [
        ((2, 3, 63, 48), {"kernel": (7, 7), "num_filter": 17, "stride": (2, 2), "pad": (3, 3)}),
        ((2, 3, 64, 64), {"kernel": (1, 1), "num_filter": 17, "pad": (1, 1)}),
        ((2, 3, 64, 64), {"kernel": (3, 3), "num_filter": 17, "dilate": (2, 2)}),
        ((2, 32, 64, 64), {"kernel": (3, 3), "num_filter": 17}),
        ((1, 1, 8, 8), {"kernel": (3, 3), "num_filter": 3}),
    ],
)
def test_what_is_not_folded(data: Shape, attributes: dict[str, Any]) -> None:
    operator = Convolution(**attributes)
    assert fold(operator, data, (data[0], operator.num_filter, *operator.convolved(data[2:]))) is None


def test_channels_last_is_left_to_the_reference() -> None:
    network = Network()
    inputs = (
        network.variable("data", random((2, 7, 5, 3), 1)),
        network.variable("weight", random((4, 3, 3, 3), 2)),
    )
    operator = Convolution(kernel=(3, 3), num_filter=4, no_bias=True, layout="NHWC")
    assert libraries(network.compiled(network.call(operator, "tested", *inputs))) == ["Convolution:reference"]


def test_two_convolutions_share_a_layout() -> None:
    network = Network()
    data = network.variable("data", random((2, 32, 9, 9), 1))
    first = network.variable("first", random((32, 32, 3, 3), 2))
    second = network.variable("second", random((32, 32, 3, 3), 3))
    middle = network.call("Convolution", "one", data, first, kernel=(3, 3), num_filter=32, no_bias=True)
    head = network.call("Convolution", "two", middle, second, kernel=(3, 3), num_filter=32, no_bias=True)
    program, actual, expected = network.results(head)
    agree(actual, expected)
    reordered = [step.node.inputs[0].name for step in program.steps if step.node.operator.name == "_reorder"]
    assert sorted(reordered) == ["data", "first", "second", "two_output"]
