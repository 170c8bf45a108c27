"""Where reorders stand in a network of convolutions: only at its borders."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symbolnb.compile.passes.layout import choose_layouts
from symbolnb.dtypes import FLOAT32
from symbolnb.graph.listing import listing
from symbolnb.graph.node import Entry
from symbolnb.graph.spec import Spec
from symbolnb.kernels.onednn import library
from symbolnb.kernels.onednn.convolution import WeightGradientKernel
from symbolnb.kernels.onednn.layout import ordered
from symbolnb.ops.nn.convolution import ConvolutionWeightGradient
from tests.kernels.onednn.engine import Network, agree, libraries

pytestmark = pytest.mark.skipif(not library.available(), reason=str(library.why_not()))


def random(*shape: int) -> Any:
    return np.random.default_rng(sum(shape)).normal(size=shape).astype(np.float32)


def residual_network(network: Network) -> Entry:
    """conv - bn - relu - pool, then a block with a convolution on one branch, then relu."""
    data = network.variable("data", random(2, 3, 21, 21))
    vectors = [
        network.variable(name, np.abs(random(32)) + 0.5) for name in ("gamma", "beta", "moving_mean", "moving_var")
    ]
    stem = network.variable("w0", random(32, 3, 3, 3))
    inner = network.variable("w1", random(32, 32, 3, 3))
    out = network.call("Convolution", "conv0", data, stem, kernel=(3, 3), num_filter=32, no_bias=True)
    out = network.call("BatchNorm", "bn0", out, *vectors)
    out = network.call("Activation", "relu0", out, act_type="relu")
    out = network.call("Pooling", "pool0", out, kernel=(3, 3), stride=(2, 2), pad=(1, 1))
    branch = network.call(*("Convolution", "conv1", out, inner), kernel=(3, 3), pad=(1, 1), num_filter=32, no_bias=True)
    out = network.call("elemwise_add", "add0", branch, out)
    return network.call("Activation", "relu1", out, act_type="relu")


GOLDEN = """\
%0 = _reorder[onednn](w0) -> (32, 3, 3, 3) float32 blocked
%1 = Convolution[onednn](data, %0) -> (2, 32, 19, 19) float32 blocked
%2 = BatchNorm[onednn](%1, gamma, beta, moving_mean, moving_var) -> (2, 32, 19, 19) float32 blocked; \
(32,) float32; (32,) float32
%3 = Activation[onednn](%2.0) -> (2, 32, 19, 19) float32 blocked
%4 = Pooling[onednn](%3) -> (2, 32, 10, 10) float32 blocked; (2, 32, 10, 10) uint8 blocked
%5 = _reorder[onednn](w1) -> (32, 32, 3, 3) float32 blocked
%6 = Convolution[onednn](%4.0, %5) -> (2, 32, 10, 10) float32 blocked
%7 = elemwise_add[onednn](%6, %4.0) -> (2, 32, 10, 10) float32 blocked
%8 = Activation[onednn](%7) -> (2, 32, 10, 10) float32 blocked
%9 = _reorder[onednn](%8) -> (2, 32, 10, 10) float32
return %9"""


def test_reorders_stand_at_the_borders_only() -> None:
    network = Network()
    head = residual_network(network)
    assert listing(choose_layouts(network.graph(head))) == GOLDEN


def test_the_whole_network_computes_what_the_reference_does() -> None:
    network = Network()
    head = residual_network(network)
    program, actual, expected = network.results(head)
    slow = [name for name in libraries(program) if name.endswith(":reference")]
    assert slow == ["_normalization_factors:reference"]
    agree(actual, expected)


def test_a_tensor_that_is_wanted_dense_twice_is_reordered_once() -> None:
    network = Network()
    data, weight = network.variable("data", random(2, 16, 9, 9)), network.variable("w", random(16, 16, 3, 3) / 16)
    out = network.call("Convolution", "conv", data, weight, kernel=(3, 3), num_filter=16, no_bias=True)
    one, two = network.call("sum", "one", out, axis=2), network.call("sum", "two", out, axis=3)
    program, actual, expected = network.results(one, two)
    reordered = [step.node.name for step in program.steps if step.node.operator.name == "_reorder"]
    assert reordered.count("conv_output_reorder") == 1
    agree(actual, expected)


def test_one_pixel_needs_no_reorder_before_a_dense_layer() -> None:
    network = Network()
    data, weight = network.variable("data", random(2, 16, 9, 9)), network.variable("w", random(32, 16, 3, 3))
    dense, bias = network.variable("dense", random(131, 32)), network.variable("bias", random(131))
    out = network.call("Convolution", "conv", data, weight, kernel=(3, 3), num_filter=32, no_bias=True)
    out = network.call("Pooling", "pool", out, global_pool=True, pool_type="avg")
    out = network.call("FullyConnected", "fc", out, dense, bias, num_hidden=131)
    program, actual, expected = network.results(out)
    reordered = [step.node.name for step in program.steps if step.node.operator.name == "_reorder"]
    assert sorted(reordered) == ["data_reorder", "w_reorder"]
    agree(actual, expected)


def test_one_pixel_is_as_fast_as_many() -> None:
    network = Network()
    data, weight = network.variable("data", random(1, 64, 1, 1)), network.variable("w", random(48, 64, 1, 1))
    out = network.call("Convolution", "conv", data, weight, kernel=(1, 1), num_filter=48, no_bias=True)
    program, actual, expected = network.results(out)
    step = next(step for step in program.steps if step.node.name == "conv")
    specs = [[program.slots[slot].spec for slot in slots] for slots in (step.inputs, step.outputs)]
    assert not step.kernel.settled(step.node.operator, *specs).primitive.is_slow
    agree(actual, expected)


@pytest.mark.parametrize(("data", "grad"), [("acdb", "aBcd16b"), ("aBcd16b", "acdb"), ("acdb", "acdb")])
def test_sixteen_channels_are_as_fast_in_blocks_as_pixel_by_pixel(data: str, grad: str) -> None:
    """Both orders are the same in memory, but oneDNN's fast kernels want theirs by its name."""
    operator = ConvolutionWeightGradient(kernel=(3, 3), num_filter=16, pad=(1, 1), weight_shape=(16, 16, 3, 3))
    shape = (2, 16, 9, 9)
    specs = [Spec(shape, FLOAT32, ordered(shape, name)) for name in (data, grad)]
    weight = Spec(operator.weight_shape, FLOAT32)
    kernel = WeightGradientKernel()
    assert specs[0] == specs[1]
    _, (order,) = kernel.layouts(operator, specs, [weight])
    assert not kernel.settled(operator, specs, [weight._replace(layout=order)]).primitive.is_slow
