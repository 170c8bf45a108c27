"""BatchNorm and its gradient by oneDNN against their reference forward, in every mode."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from symbolnb.graph.node import Entry
from symbolnb.kernels.onednn import library
from symbolnb.ops.nn.batch_norm import BatchNorm, BatchNormGradient
from tests.kernels.onednn.engine import Network, agree, case, libraries

pytestmark = pytest.mark.skipif(not library.available(), reason=str(library.why_not()))

SHAPES = [(5, 7), (2, 3, 5), (2, 16, 7, 5), (3, 7, 5, 11), (1, 1, 3, 3), (4, 3, 1, 1), (2, 5, 2, 3, 4)]
MODES: list[tuple[dict[str, Any], bool]] = [
    ({"fix_gamma": False, "eps": 1e-3}, False),
    ({"fix_gamma": False, "eps": 2e-5}, True),
    ({"fix_gamma": True, "momentum": 0.7}, True),
    ({"fix_gamma": True}, False),
    ({"fix_gamma": False, "use_global_stats": True}, True),
]


@pytest.mark.parametrize(("attributes", "training"), MODES)
@pytest.mark.parametrize("shape", SHAPES)
def test_forward(shape: tuple[int, ...], attributes: dict[str, Any], training: bool) -> None:
    attributes = attributes | {"output_mean_var": True}
    program, actual, expected = case("BatchNorm", [shape, *[shape[1:2]] * 4], attributes, training)
    assert libraries(program) == ["BatchNorm:onednn"]
    agree(actual, expected)


@pytest.mark.parametrize(("attributes", "training"), MODES)
@pytest.mark.parametrize("shape", SHAPES)
def test_gradient(shape: tuple[int, ...], attributes: dict[str, Any], training: bool) -> None:
    rng = np.random.default_rng(3)
    operator = BatchNormGradient(**attributes, training=training)
    data = rng.normal(2, 3, shape).astype(np.float32)
    axes = (0, *range(2, len(shape)))
    arrays = {name: rng.normal(size=shape[1]).astype(np.float32) for name in operator.input_names()[2:]}
    arrays |= {"grad": rng.normal(size=shape).astype(np.float32), "data": data}
    arrays["mean"] = data.mean(axes)
    arrays["scale"] = (1 / np.sqrt(data.var(axes) + operator.eps)).astype(np.float32)
    network = Network()
    inputs = [network.variable(name, arrays[name]) for name in operator.input_names()]
    node = network.call(operator, "tested", *inputs).node
    program, actual, expected = network.results(*(Entry(node, index) for index in range(3)))
    assert libraries(program) == ["_batch_norm_gradient:onednn"]
    agree(actual, expected)


def test_another_axis_is_left_to_the_reference() -> None:
    program, actual, expected = case("BatchNorm", [(2, 5, 7, 3), *[(3,)] * 4], {"axis": 3}, True)
    assert libraries(program) == ["BatchNorm:reference"]
    agree(actual, expected)


@pytest.mark.parametrize("training", [False, True])
def test_in_the_layout_of_a_convolution(training: bool) -> None:
    rng = np.random.default_rng(3)
    network = Network()
    x = network.variable("x", rng.normal(size=(2, 17, 9, 9)).astype(np.float32))
    w = network.variable("w", rng.normal(size=(19, 17, 3, 3)).astype(np.float32))
    vectors = [
        network.variable(name, np.abs(rng.normal(size=19)).astype(np.float32))
        for name in ("gamma", "beta", "moving_mean", "moving_var")
    ]
    out = network.call("Convolution", "conv", x, w, kernel=(3, 3), num_filter=19, no_bias=True)
    operator = dataclasses.replace(BatchNorm(fix_gamma=False), training=training)
    normal = network.call(operator, "bn", out, *vectors)
    grad = network.variable("grad", rng.normal(size=(2, 19, 7, 7)).astype(np.float32))
    back = network.call(
        BatchNormGradient(fix_gamma=False, training=training),
        *("back", grad, out, vectors[0], Entry(normal.node, 1), Entry(normal.node, 2), *vectors[2:]),
    )
    heads = [normal, *(Entry(back.node, index) for index in range(3))]
    program, actual, expected = network.results(*heads)
    assert not [step.node.name for step in program.steps if step.node.name.startswith("conv_output")]
    agree(actual, expected)


@pytest.mark.parametrize("channels", [16, 19])
def test_in_place_while_training(channels: int) -> None:
    rng = np.random.default_rng(4)
    network = Network()
    x = network.variable("x", rng.normal(size=(2, 16, 9, 9)).astype(np.float32))
    w = network.variable("w", rng.normal(size=(channels, 16, 3, 3)).astype(np.float32))
    vectors = [
        network.variable(name, np.abs(rng.normal(size=channels)).astype(np.float32))
        for name in ("gamma", "beta", "moving_mean", "moving_var")
    ]
    out = network.call("Convolution", "conv", x, w, kernel=(3, 3), num_filter=channels, no_bias=True)
    out = network.call(BatchNorm(fix_gamma=False, training=True), "bn", out, *vectors)
    program, actual, expected = network.results(out)
    places = {
        step.node.name: program.slots[step.outputs[0]].storage
        for step in program.steps
        if step.node.name in ("conv", "bn")
    }
    assert places["conv"] == places["bn"]
    agree(actual, expected)


@pytest.mark.parametrize("shape", [(64, 521), (7, 13, 401), (2, 3, 5, 1409), (3, 2, 2, 2, 2000), (40000, 1)])
@pytest.mark.parametrize("eps", [1e-5, 0.5])
def test_layer_norm(shape: tuple[int, ...], eps: float) -> None:
    attributes = {"eps": eps, "output_mean_var": True}
    program, actual, expected = case("LayerNorm", [shape, shape[-1:], shape[-1:]], attributes)
    assert libraries(program) == ["LayerNorm:onednn"]
    agree(actual, expected)


def test_layer_norm_of_numbers_far_from_zero() -> None:
    rng = np.random.default_rng(2)
    network = Network()
    data = network.variable("data", rng.normal(1000, 1, (64, 521)).astype(np.float32))
    vectors = [network.variable(name, rng.normal(size=521).astype(np.float32)) for name in ("gamma", "beta")]
    _, actual, _ = network.results(network.call("LayerNorm", "tested", data, *vectors))
    wide, gamma, beta = (network.arrays[entry.node].astype(np.float64) for entry in (data, *vectors))
    centred = wide - wide.mean(-1, keepdims=True)
    expected = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5) * gamma + beta
    np.testing.assert_allclose(actual[0], expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(("shape", "axis"), [((64, 521), 0), ((7, 13, 401), 1), ((5, 7), -1), ((40000,), 0)])
def test_layer_norm_along_other_axes_and_of_few_numbers_is_left_to_the_reference(
    shape: tuple[int, ...], axis: int
) -> None:
    size = (shape[axis],)
    program, actual, expected = case("LayerNorm", [shape, size, size], {"axis": axis, "output_mean_var": True})
    assert libraries(program) == ["LayerNorm:reference"]
    agree(actual, expected)


def test_layer_norm_in_place() -> None:
    rng = np.random.default_rng(2)
    network = Network()
    data = network.variable("data", rng.normal(size=(64, 521)).astype(np.float32))
    vectors = [network.variable(name, rng.normal(size=521).astype(np.float32)) for name in ("gamma", "beta")]
    norm = network.call("LayerNorm", "norm", network.call("arcsinh", "before", data), *vectors)
    program, actual, expected = network.results(network.call("arctan", "after", norm))
    agree(actual, expected)
    slots = {step.node.name: program.slots[step.outputs[0]].storage for step in program.steps}
    assert slots["norm"] == slots["before"]
