"""Mean of windows before or after a convolution by 1 x 1: which order is taken, where none may change, the numbers."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

import symbolnb as mx
from symbolnb.compile.passes.order_pooling import order_pooling
from symbolnb.compile.verify import verify
from symbolnb.graph.listing import listing
from symbolnb.graph.node import Entry
from symbolnb.settings import settings
from tests.kernels.onednn.engine import Network, agree
from tests.networks import networks

HALF: dict[str, Any] = {"kernel": (2, 2), "stride": (2, 2)}
SAME: dict[str, Any] = {"kernel": (3, 3), "stride": (1, 1), "pad": (1, 1)}


@pytest.fixture(autouse=True)
def _verified(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "verify", True)


class Builder(Network):
    """A network on data of 16 channels."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.random = np.random.default_rng(3)
        self.data = self.array("data", *(shape or (2, 16, 8, 8)))

    def array(self, name: str, *shape: int) -> Entry:
        return self.variable(name, self.random.normal(size=shape).astype(np.float32))

    def convolution(self, data: Entry, filters: int, bias: bool = False, groups: int = 1, **given: Any) -> Entry:
        shape, last = self.specs[data].shape, str(given.get("layout")).endswith("C")
        kernel = given.setdefault("kernel", (1,) * (len(shape) - 2))
        each = shape[-1 if last else 1] // groups
        weight = (filters, *kernel, each) if last else (filters, each, *kernel)
        inputs = [data, self.array("weight", *weight), *([self.array("bias", filters)] if bias else [])]
        return self.call(
            "Convolution", "conv", *inputs, num_filter=filters, num_group=groups, no_bias=not bias, **given
        )

    def means(self, data: Entry, **given: Any) -> Entry:
        return self.call("Pooling", "means", data, **{"pool_type": "avg", **given})

    def ordered(self, *heads: Entry) -> str:
        """The listing after the pass, whose graph is in order."""
        graph = order_pooling(self.graph(*heads))
        verify(graph)
        return listing(graph)

    def stays(self, *heads: Entry) -> bool:
        return self.ordered(*heads) == listing(self.graph(*heads))


def test_the_means_come_first_where_they_leave_fewer_positions() -> None:
    net = Builder()
    out = net.means(net.convolution(net.data, 8, bias=True), **HALF)
    assert (
        net.ordered(out)
        == """\
%0 = Pooling(data) -> (2, 16, 4, 4) float32
%1 = Convolution(%0, weight, bias) -> (2, 8, 4, 4) float32
return %1"""
    )
    agree(*net.results(out)[1:])


def test_the_convolution_comes_first_where_it_leaves_fewer_channels() -> None:
    net = Builder()
    out = net.convolution(net.means(net.data, **SAME), 4)
    assert (
        net.ordered(out)
        == """\
%0 = Convolution(data, weight) -> (2, 4, 8, 8) float32
%1 = Pooling(%0) -> (2, 4, 8, 8) float32
return %1"""
    )
    agree(*net.results(out)[1:])


def test_channels_may_come_last() -> None:
    net = Builder(2, 8, 6, 16)
    out = net.means(net.convolution(net.data, 8, layout="NHWC"), layout="NHWC", **HALF)
    assert "Pooling(data) -> (2, 4, 3, 16)" in net.ordered(out)
    agree(*net.results(out)[1:])


@pytest.mark.parametrize("shape", [(2, 16, 9), (1, 16, 4, 6, 4)])
def test_any_number_of_axes_and_groups(shape: tuple[int, ...]) -> None:
    net = Builder(*shape)
    windows = (2,) * (len(shape) - 2)
    out = net.means(net.convolution(net.data, 8, bias=True, groups=4), kernel=windows, stride=windows)
    assert "Pooling(data)" in net.ordered(out)
    agree(*net.results(out)[1:])


def test_the_cheaper_order_stays() -> None:
    net = Builder()
    assert net.stays(net.convolution(net.means(net.data, **HALF), 8))
    assert net.stays(net.means(net.convolution(net.data, 4), **SAME))
    assert net.stays(net.convolution(net.means(net.data, **SAME), 16))


@pytest.mark.parametrize(
    "pooling", [{"pool_type": "max"}, {"pool_type": "sum"}, {"pool_type": "lp", "p_value": 2}, {"layout": "NHWC"}]
)
def test_other_windows_stay(pooling: dict[str, Any]) -> None:
    net = Builder(2, 16, 8, 8)
    assert net.stays(net.means(net.convolution(net.data, 8), **HALF, **pooling))


@pytest.mark.parametrize(
    "convolution", [{"kernel": (3, 3)}, {"kernel": (1, 3), "pad": (0, 1)}, {"stride": (2, 2)}, {"pad": (1, 1)}]
)
def test_other_convolutions_stay(convolution: dict[str, Any]) -> None:
    net = Builder()
    assert net.stays(net.means(net.convolution(net.data, 8, **convolution), **HALF))


def test_what_somebody_else_reads_stays() -> None:
    net = Builder()
    conv = net.convolution(net.data, 8)
    assert net.stays(net.means(conv, **HALF), conv)
    assert net.stays(net.means(conv, **HALF), net.call("relu", "relu", conv))


def test_a_bias_in_windows_over_the_edge_stays() -> None:
    net = Builder()
    means = net.means(net.data, **SAME)
    assert net.stays(net.convolution(means, 4, bias=True))
    inside = net.means(net.data, **SAME, count_include_pad=False)
    assert not net.stays(net.convolution(inside, 4, bias=True))


def test_neighbours_are_turned_once() -> None:
    """A convolution between two poolings goes with the first of them that it should change places with."""
    net = Builder()
    out = net.means(net.convolution(net.means(net.data, **SAME), 2), **HALF)
    text = net.ordered(out)
    assert text.index("Convolution") < text.index("Pooling")
    agree(*net.results(out)[1:])


@pytest.mark.parametrize("bias", [False, True])
def test_numbers_stay_whatever_the_windows_are(bias: bool) -> None:
    """Every convention, padding and way to count it, also where a window lies outside of the data altogether."""
    turned = 0
    choices = product(("valid", "full", "same"), (True, False), (1, 2, 3), (1, 2, 4), (0, 1), (7, 8), (2, 16))
    for convention, counted, kernel, stride, pad, size, filters in choices:
        if pad >= kernel or (pad and convention == "same"):
            continue
        given = {"kernel": (kernel, 2), "stride": (stride, 2), "pad": (pad, 0), "count_include_pad": counted}
        for before in (True, False):
            net = Builder(1, 8, size, 6)
            data = net.means(net.data, **given, pooling_convention=convention) if before else net.data
            out = net.convolution(data, filters, bias=bias)
            out = out if before else net.means(out, **given, pooling_convention=convention)
            turned += not net.stays(out)
            agree(*net.results(out)[1:])
    assert turned > 50


def test_gradients_stay() -> None:
    net = mx.sym.Convolution(mx.sym.var("data"), kernel=(1, 1), num_filter=8, name="conv")
    net = mx.sym.Pooling(net, kernel=(2, 2), stride=(2, 2), pool_type="avg", name="means")
    shape = (2, 16, 6, 6)
    fast, slow = networks.bind(net, shape), networks.plain(networks.bind(net, shape))
    found, wanted = networks.train(fast), networks.train(slow)
    assert found.keys() == wanted.keys()
    agree(list(found.values()), list(wanted.values()))
    steps = fast.debug_str().partition("training program:")[2]
    assert 0 < steps.index(" Pooling(") < steps.index(" Convolution(")
