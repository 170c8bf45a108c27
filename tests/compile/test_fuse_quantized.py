"""Layers and sums of integers with the requantize and the relu after them: where they become one, and where not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symbolnb.compile.passes.fuse_quantized import fuse_quantized
from symbolnb.graph.node import Entry
from symbolnb.kernels.onednn import library
from symbolnb.ops.registry import create
from symbolnb.settings import settings
from tests.kernels.onednn.engine import Network, libraries

pytestmark = pytest.mark.skipif(not library.available(), reason=str(library.why_not()))

Three = tuple[Entry, Entry, Entry]
RANGE = {"min_calib_range": -8.0, "max_calib_range": 7.0}
POSITIVE = {"min_calib_range": 0.0, "max_calib_range": 25.0, "out_type": "uint8"}


@pytest.fixture(autouse=True)
def _verified(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "verify", True)


class Integers(Network):
    """A network of integers, each with the two ends of its range."""

    def __init__(self) -> None:
        super().__init__()
        self.random = np.random.default_rng(5)
        self.ends = [self.variable(f"end{at}", np.array([end], "float32")) for at, end in enumerate((-1.0, 1.0))]
        self.data: Three = (self.array("data", 2, 32, 40, 40), *self.ends)  # type: ignore[assignment]

    def array(self, name: str, *shape: int) -> Entry:
        return self.variable(name, self.random.integers(-128, 128, shape, "int8"))

    def three(self, operator: str, name: str, *inputs: Entry, **parameters: Any) -> Three:
        node = self.call(create(operator, **parameters), name, *inputs).node
        return Entry(node, 0), Entry(node, 1), Entry(node, 2)

    def convolution(self, name: str, data: Three) -> Three:
        weight = self.array(f"{name}_weight", 32, 32, 1, 1)
        place = {"kernel": (1, 1), "num_filter": 32, "no_bias": True}
        return self.three("_contrib_quantized_conv", name, data[0], weight, *data[1:], *self.ends, **place)

    def narrow(self, name: str, data: Three, **span: Any) -> Three:
        return self.three("_contrib_requantize", name, *data, **(span if span else RANGE))

    def relu(self, name: str, data: Three) -> Three:
        return self.three("_contrib_quantized_act", name, *data, act_type="relu")


def operators(net: Network, *heads: Entry) -> list[str]:
    order = fuse_quantized(net.graph(*heads)).order()
    return [node.operator.name.removeprefix("_contrib_") for node in order if node.operator is not None]


def close(actual: list[Any], expected: list[Any], roundings: int = 1) -> None:
    """Equal but for few halves that are rounded the other way, each of which moves a result by one at most."""
    for one, other in zip(actual, expected, strict=True):
        far = np.abs(one.astype("float64") - other)
        assert far.max() <= roundings
        assert (far > 0).mean() < 0.001 * roundings


@pytest.mark.parametrize("rectified", [False, True])
def test_a_convolution_its_requantize_and_relu_are_one(rectified: bool) -> None:
    net = Integers()
    end = net.narrow("narrow", net.convolution("conv", net.data))
    end = net.relu("relu", end) if rectified else end
    assert operators(net, *end) == ["_fused_quantized_conv"]
    program, actual, expected = net.results(*end)
    assert "_fused_quantized_conv:onednn" in libraries(program)
    close(actual, expected)
    assert bool((actual[0] < 0).any()) is not rectified
    assert int(actual[0].max()) > 100


def test_a_block_with_a_residual_is_four_steps() -> None:
    net = Integers()
    first = net.relu("relu1", net.narrow("narrow1", net.convolution("conv1", net.data)))
    second = net.narrow("narrow2", net.convolution("conv2", first))
    third = net.narrow("narrow3", net.convolution("conv3", first))
    total = net.three("_contrib_quantized_elemwise_add", "sum", second[0], third[0], *second[1:], *third[1:])
    end = net.relu("relu2", net.narrow("narrow4", total))
    assert sorted(operators(net, *end)) == ["_fused_quantized_add", *["_fused_quantized_conv"] * 3]
    program, actual, expected = net.results(*end)
    assert libraries(program).count("_reorder:onednn") <= 5  # data, three weights, and the result
    close(actual, expected, roundings=4)


def test_what_others_read_and_what_has_no_known_range_stays() -> None:
    net = Integers()
    sums = net.convolution("conv", net.data)
    narrow = net.narrow("narrow", sums)
    assert operators(net, narrow[0], sums[0]) == ["quantized_conv", "requantize"]
    assert operators(net, narrow[0], sums[2]) == ["quantized_conv", "requantize"]
    assert operators(net, net.relu("relu", narrow)[0], narrow[0]) == ["_fused_quantized_conv", "quantized_act"]
    free = net.three("_contrib_requantize", "free", *sums)
    assert operators(net, *free) == ["quantized_conv", "requantize"]
    known = net.three("_contrib_quantized_elemwise_add", "sum", net.data[0], net.data[0], *net.ends * 2, **RANGE)
    assert operators(net, *known) == ["quantized_elemwise_add"]


def test_the_relu_of_unsigned_integers_changes_their_type_and_stays() -> None:
    net = Integers()
    end = net.relu("relu", net.narrow("narrow", net.convolution("conv", net.data), **POSITIVE))
    assert operators(net, *end) == ["_fused_quantized_conv", "quantized_act"]
    _, actual, expected = net.results(*end)
    close([actual[0].view("uint8")], [expected[0].view("uint8")])
