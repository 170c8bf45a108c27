"""Pooling and its gradients by oneDNN against their reference forward."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symbolnb.graph.node import Entry
from symbolnb.kernels.onednn import library
from symbolnb.ops.nn.pooling import MaximumGradient, Pooling, WindowSumGradient
from tests.kernels.onednn.engine import Network, agree, case, libraries

pytestmark = pytest.mark.skipif(not library.available(), reason=str(library.why_not()))

Shape = tuple[int, ...]

PLACES: list[tuple[Shape, dict[str, Any]]] = [
    ((2, 3, 11), {"kernel": (3,), "stride": (2,), "pad": (1,)}),
    ((2, 16, 7, 5), {"kernel": (3, 2)}),
    ((2, 3, 7, 5), {"kernel": (3, 2), "stride": (2, 1), "pad": (1, 0)}),
    ((2, 5, 8, 8), {"kernel": (3, 3), "stride": (2, 2), "pooling_convention": "same"}),
    ((2, 5, 9, 7), {"kernel": (2, 2), "stride": (2, 2), "pooling_convention": "valid"}),
    ((1, 1, 1, 1), {"kernel": (1, 1)}),
    ((3, 17, 6, 5), {"global_pool": True}),
    ((1, 2, 5, 7, 3), {"kernel": (2, 3, 2), "stride": (1, 2, 1), "pad": (1, 1, 0)}),
    ((1, 2, 19, 18), {"kernel": (17, 17), "stride": (2, 1)}),
    ((1, 2, 5, 52), {"kernel": (5, 51)}),  # 255 places, the most that fit into a byte
    ((1, 2, 17, 17), {"kernel": (16, 16)}),  # 256 places do not
]
FULL: list[tuple[Shape, dict[str, Any]]] = [
    ((2, 3, 8, 8), {"kernel": (3, 3), "stride": (2, 2), "pooling_convention": "full"}),
    ((2, 3, 10), {"kernel": (3,), "stride": (2,), "pad": (1,), "pooling_convention": "full"}),
]
KINDS: list[dict[str, Any]] = [
    {"pool_type": "max"},
    {"pool_type": "avg"},
    {"pool_type": "avg", "count_include_pad": False},
]
ROWS = [(shape, place | kind) for shape, place in PLACES for kind in KINDS]
ROWS += [(shape, place | kind) for shape, place in FULL for kind in (KINDS[0], KINDS[2])]


@pytest.mark.parametrize(("data", "attributes"), ROWS)
def test_forward(data: Shape, attributes: dict[str, Any]) -> None:
    program, actual, expected = case("Pooling", [data], attributes)
    assert libraries(program) == ["Pooling:onednn"]
    agree(actual, expected)


# The gradient of a global maximum is that of a maximum over a window as large as the data.
@pytest.mark.parametrize(
    ("data", "attributes"), [row for row in ROWS if row[1]["pool_type"] == "avg" or "kernel" in row[1]]
)
def test_gradient(data: Shape, attributes: dict[str, Any]) -> None:
    rng = np.random.default_rng(2)
    operator = Pooling(**attributes)
    network = Network()
    x = network.variable("x", rng.normal(size=data).astype(np.float32))
    pooled = network.call(operator, "pooled", x)
    grad = network.variable("grad", rng.normal(size=network.specs[pooled].shape).astype(np.float32))
    if operator.has_workspace:
        back = MaximumGradient(**operator.placement(), data_shape=data)
        head = network.call(back, "back", grad, Entry(pooled.node, 1))
    else:
        head = network.call(WindowSumGradient(**operator.placement(), data_shape=data), "back", grad)
    program, actual, expected = network.results(head)
    assert {name.split(":")[1] for name in libraries(program)} == {"onednn"}
    agree(actual, expected)


@pytest.mark.parametrize(
    ("data", "attributes"),
    [
        ((2, 3, 8, 8), {"kernel": (3, 3), "stride": (2, 2), "pool_type": "avg", "pooling_convention": "full"}),
        ((2, 3, 7), {"kernel": (2,), "pool_type": "sum"}),
        ((2, 3, 7), {"kernel": (2,), "pool_type": "lp", "p_value": 2}),
        ((2, 7, 7, 3), {"kernel": (2, 2), "layout": "NHWC"}),
        ((1, 2, 4), {"kernel": (1,), "stride": (5,), "pooling_convention": "full"}),
    ],
)
def test_what_onednn_computes_otherwise_is_left_to_the_reference(data: Shape, attributes: dict[str, Any]) -> None:
    program, actual, expected = case("Pooling", [data], attributes)
    assert libraries(program) == ["Pooling:reference"]
    agree(actual, expected)


def test_equal_elements_pass_the_gradient_to_the_first() -> None:
    network = Network()
    x = network.variable("x", np.ones((1, 16, 5, 5), np.float32))
    operator = Pooling(kernel=(3, 3), stride=(2, 2), pad=(1, 1))
    pooled = network.call(operator, "pooled", x)
    grad = network.variable("grad", np.ones((1, 16, 3, 3), np.float32))
    back = MaximumGradient(**operator.placement(), data_shape=(1, 16, 5, 5))
    program, actual, expected = network.results(network.call(back, "back", grad, Entry(pooled.node, 1)))
    assert set(libraries(program)) == {"Pooling:onednn", "_max_pooling_gradient:onednn"}
    agree(actual, expected)


@pytest.mark.parametrize("attributes", KINDS)
def test_in_the_layout_of_a_convolution(attributes: dict[str, Any]) -> None:
    rng = np.random.default_rng(3)
    network = Network()
    x = network.variable("x", rng.normal(size=(2, 17, 11, 11)).astype(np.float32))
    w = network.variable("w", rng.normal(size=(19, 17, 3, 3)).astype(np.float32))
    again = network.variable("again", rng.normal(size=(19, 19, 1, 1)).astype(np.float32))
    out = network.call("Convolution", "conv", x, w, kernel=(3, 3), num_filter=19, no_bias=True)
    operator = Pooling(kernel=(3, 3), stride=(2, 2), pad=(1, 1), **attributes)
    pooled = network.call(operator, "pool", out)
    mixed = network.call("Convolution", "again", pooled, again, kernel=(1, 1), num_filter=19, no_bias=True)
    if operator.has_workspace:
        back = MaximumGradient(**operator.placement(), data_shape=(2, 19, 9, 9))
        moved = network.call(back, "back", mixed, Entry(pooled.node, 1))
    else:
        moved = network.call(WindowSumGradient(**operator.placement(), data_shape=(2, 19, 9, 9)), "back", mixed)
    program, actual, expected = network.results(moved)
    assert sorted(step.node.name for step in program.steps if step.node.operator.name == "_reorder") == [
        "again_reorder", "back_output_reorder", "w_reorder", "x_reorder",
    ]  # fmt: skip
    agree(actual, expected)
