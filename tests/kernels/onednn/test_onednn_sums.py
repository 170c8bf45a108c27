"""The gradient of a bias, summed up in the layout that a convolution gave."""

from __future__ import annotations

import numpy as np
import pytest

from symbolnb.kernels.onednn import library
from tests.kernels.onednn.engine import Network, agree, case, libraries

pytestmark = pytest.mark.skipif(not library.available(), reason=str(library.why_not()))


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize(
    ("data", "weight"),
    [
        ((2, 32, 9, 11), (32, 32, 3, 3)),
        ((1, 32, 9, 11), (48, 32, 3, 3)),
        ((3, 17, 7, 7), (19, 17, 3, 3)),
        ((2, 3, 7, 7), (5, 3, 3, 3)),
        ((2, 32, 13), (32, 32, 3)),
        ((2, 16, 5, 6, 7), (32, 16, 3, 3, 3)),
    ],
)
def test_sum_over_all_but_channels(data: tuple[int, ...], weight: tuple[int, ...], keepdims: bool) -> None:
    rng = np.random.default_rng(5)
    network = Network()
    x = network.variable("x", rng.normal(size=data).astype(np.float32))
    w = network.variable("w", rng.normal(size=weight).astype(np.float32))
    out = network.call("Convolution", "conv", x, w, kernel=weight[2:], num_filter=weight[0], no_bias=True)
    axes = (0, *range(2, len(data)))
    program, actual, expected = network.results(network.call("sum", "sum", out, axis=axes, keepdims=keepdims))
    assert libraries(program)[-1] == "sum:onednn"
    assert [step.node.name for step in program.steps if step.node.name.startswith("conv_output")] == []
    agree(actual, expected)


@pytest.mark.parametrize("shape", [(3, 7, 2003), (2, 5, 61, 67)])
def test_of_a_large_dense_array(shape: tuple[int, ...]) -> None:
    program, actual, expected = case("sum", [shape], {"axis": 1, "exclude": True})
    assert libraries(program) == ["sum:onednn"]
    agree(actual, expected)


def test_other_sums_are_left_to_the_reference() -> None:
    rng = np.random.default_rng(5)
    network = Network()
    x = network.variable("x", rng.normal(size=(2, 32, 9, 11)).astype(np.float32))
    w = network.variable("w", rng.normal(size=(32, 32, 3, 3)).astype(np.float32))
    out = network.call("Convolution", "conv", x, w, kernel=(3, 3), num_filter=32, no_bias=True)
    program, actual, expected = network.results(network.call("sum", "sum", out, axis=(0, 1)))
    assert libraries(program)[-2:] == ["_reorder:onednn", "sum:reference"]
    agree(actual, expected)
