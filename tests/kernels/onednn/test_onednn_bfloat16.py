"""The kernels in bfloat16, each against the reference forward on the same rounded numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from symbolnb.dtypes import dtype_of
from symbolnb.graph.node import Entry
from symbolnb.kernels.onednn import library
from symbolnb.ops.base import Operator
from symbolnb.ops.infer import complete_specs
from symbolnb.ops.nn.activation import ActivationGradient
from symbolnb.ops.nn.batch_norm import BatchNormGradient
from symbolnb.ops.nn.convolution import Convolution, ConvolutionDataGradient, ConvolutionWeightGradient
from symbolnb.ops.registry import create
from tests.kernels.onednn.engine import Network, libraries

pytestmark = pytest.mark.skipif(not library.available(), reason=str(library.why_not()))

STEP = 2.0**-7
"""Two numbers that bfloat16 cannot tell apart differ by less than this share."""

IMAGE, KERNEL = (2, 32, 9, 9), {"kernel": (3, 3), "num_filter": 32, "pad": (1, 1)}
PLACED = Convolution(**KERNEL).placement()
OUTER = (2, 32, 9, 9)
WIDE = (2, 32, 40, 40)
CHANNELS = (32,)

ROWS: list[tuple[Operator, list[tuple[int, ...]]]] = [
    (create("Convolution", **KERNEL), [IMAGE, (32, 32, 3, 3), CHANNELS]),
    (create("Convolution", kernel=(3, 3), num_filter=32, num_group=32, no_bias=True), [IMAGE, (32, 1, 3, 3)]),
    (ConvolutionDataGradient(**PLACED, data_shape=IMAGE), [OUTER, (32, 32, 3, 3)]),
    (ConvolutionWeightGradient(**PLACED, weight_shape=(32, 32, 3, 3)), [IMAGE, OUTER]),
    (create("_fused_convolution", **KERNEL, no_bias=True, scaled=True, added=True, rectified=True),
     [IMAGE, (32, 32, 3, 3), CHANNELS, CHANNELS, OUTER]),
    (create("_fused_convolution", **KERNEL, added=True), [IMAGE, (32, 32, 3, 3), CHANNELS, OUTER]),
    (create("FullyConnected", num_hidden=24), [(16, 40), (24, 40), (24,)]),
    (create("_fused_fully_connected", num_hidden=24, act_type="tanh"), [(16, 40), (24, 40), (24,)]),
    (create("FullyConnected", num_hidden=240, no_bias=True), [(1, 40), (240, 40)]),
    (create("Pooling", kernel=(3, 3), stride=(2, 2), pool_type="max"), [IMAGE]),
    (create("Pooling", kernel=(3, 3), stride=(2, 2), pool_type="avg"), [IMAGE]),
    (create("Activation", act_type="relu"), [WIDE]),
    (create("Activation", act_type="tanh"), [WIDE]),
    (ActivationGradient(act_type="sigmoid"), [WIDE, WIDE]),
    (create("elemwise_add"), [WIDE, WIDE]),
    (create("add_n", num_args=3), [WIDE, WIDE, WIDE]),
]  # fmt: skip


def run(operator: Operator, shapes: Sequence[tuple[int, ...]], full: Sequence[int] = ()) -> list[tuple[Any, Any]]:
    """What the kernel makes and what the reference makes, all outputs, of random numbers in bfloat16.

    `full` are the positions of inputs that are float32.
    """
    network, random = Network(), np.random.default_rng(5)
    inputs = [
        network.variable(
            f"moving{position}" if position in operator.auxiliary_inputs() else f"input{position}",
            random.uniform(0.2, 1, shape).astype(dtype_of("float32" if position in full else "bfloat16")),
        )
        for position, shape in enumerate(shapes)
    ]  # fmt: skip
    complete_specs(operator, [network.specs[entry] for entry in inputs])
    first = network.call(operator, "tested", *inputs)
    heads = [Entry(first.node, index) for index in range(first.node.num_outputs)]
    program, actual, expected = network.results(*heads)
    assert f"{operator.name}:onednn" in libraries(program)
    return [(one.astype("float32"), other.astype("float32")) for one, other in zip(actual, expected, strict=True)]


@pytest.mark.parametrize(("operator", "shapes"), ROWS, ids=lambda value: str(value)[:60])
def test_agrees_with_the_reference(operator: Operator, shapes: list[tuple[int, ...]]) -> None:
    for actual, expected in run(operator, shapes, full=(2, 3) if getattr(operator, "scaled", False) else ()):
        np.testing.assert_allclose(actual, expected, rtol=2 * STEP, atol=2 * STEP * np.abs(expected).max())


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("fix_gamma", [False, True])
def test_normalization_keeps_its_statistics_in_float32(training: bool, fix_gamma: bool) -> None:
    operator = create("BatchNorm", fix_gamma=fix_gamma).in_mode(training)
    results = run(operator, [IMAGE, *[CHANNELS] * 4], full=(1, 2, 3, 4))
    actual, expected = results[0]
    np.testing.assert_allclose(actual, expected, rtol=2 * STEP, atol=2 * STEP * np.abs(expected).max())
    for actual, expected in results[1:]:
        np.testing.assert_allclose(actual, expected, rtol=1e-5)


def test_gradient_of_normalization() -> None:
    operator = BatchNormGradient(fix_gamma=False, training=True)
    for actual, expected in run(operator, [IMAGE, IMAGE, *[CHANNELS] * 5], full=(2, 3, 4, 5, 6)):
        np.testing.assert_allclose(actual, expected, rtol=2 * STEP, atol=2 * STEP * np.abs(expected).max())


@pytest.mark.parametrize(("before", "after"), [("float32", "bfloat16"), ("bfloat16", "float32")])
def test_casts_round_as_numpy_does(before: str, after: str) -> None:
    network = Network()
    given = network.variable("x", np.random.default_rng(5).normal(size=WIDE).astype(dtype_of(before)))
    program, actual, expected = network.results(network.call(create("amp_cast", dtype=after), "tested", given))
    assert libraries(program) == ["amp_cast:onednn"]
    assert actual[0].dtype == dtype_of(after)
    np.testing.assert_array_equal(actual[0], expected[0])
