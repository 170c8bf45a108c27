"""Convolutions by 3 x 3 by tiles: which change, what with, where none may, what becomes of weights, the numbers."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import pytest

import symbolnb as mx
from symbolnb.compile.passes.use_winograd import use_winograd
from symbolnb.compile.verify import verify
from symbolnb.graph.graph import Graph
from symbolnb.graph.listing import listing
from symbolnb.graph.node import Entry
from symbolnb.kernels.fused import compiler
from symbolnb.kernels.onednn import library
from symbolnb.kernels.winograd import code
from symbolnb.ops.nn.convolution import ConvolutionDataGradient
from symbolnb.ops.nn.fused_convolution import FusedConvolution
from symbolnb.settings import settings
from tests.kernels.onednn.engine import Network, agree

PASS = import_module("symbolnb.compile.passes.use_winograd")


@pytest.fixture(autouse=True)
def _verified(monkeypatch: pytest.MonkeyPatch) -> None:
    if not (library.available() and compiler.available() and code.lanes()):
        pytest.skip("oneDNN, llvmlite, or a processor with AVX2 is missing")
    monkeypatch.setattr(settings, "verify", True)
    monkeypatch.setattr(settings, "compile_at_once", True)
    monkeypatch.setattr(PASS, "SMALLEST", 0)


class Builder(Network):
    """A network on data of 32 channels, whose 16 x 16 pixels make 64 tiles."""

    def __init__(self, *shape: int, dtype: str = "float32") -> None:
        super().__init__()
        self.random, self.dtype = np.random.default_rng(3), dtype
        self.data = self.array("data", *(shape or (1, 32, 16, 16)))

    def array(self, name: str, *shape: int) -> Entry:
        return self.variable(name, self.random.normal(size=shape).astype(self.dtype))

    def convolution(self, data: Entry, weight: Entry | None = None, *rest: Entry, **given: Any) -> Entry:
        given = {"kernel": (3, 3), "num_filter": 64, "pad": (1,) * len(given.get("kernel", (3, 3)))} | given
        channels = self.specs[data].shape[-1 if given.get("layout") == "NHWC" else 1] // given.get("num_group", 1)
        inner = (*given["kernel"], channels) if given.get("layout") == "NHWC" else (channels, *given["kernel"])
        weight = self.array("weight", given["num_filter"], *inner) if weight is None else weight
        return self.call("Convolution", "conv", data, weight, *rest, no_bias=not rest, **given)

    def listed(self, *heads: Entry, **given: Any) -> str:
        """The listing after the pass, whose graph is in order."""
        graph = use_winograd(Graph(heads, given.pop("forward", len(heads)), self.specs, **given))
        verify(graph)
        return listing(graph)

    def stays(self, *heads: Entry, **given: Any) -> bool:
        return self.listed(*heads, **given) == listing(Graph(heads, len(heads), self.specs, **given))


def test_convolution() -> None:
    net = Builder()
    out = net.convolution(net.data, None, net.array("bias", 64))
    assert (
        net.listed(out)
        == """\
%0 = _winograd_weight(weight) -> (16, 32, 64) float32
%1 = _winograd_convolution(data, %0, bias) -> (1, 64, 16, 16) float32
return %1"""
    )
    agree(*net.results(out)[1:])


def test_the_steps_after_a_convolution_stay_with_it() -> None:
    net = Builder()
    names = {"weight": (64, 32, 3, 3), "scale": (64,), "shift": (64,), "residual": (1, 64, 16, 16)}
    steps = {"no_bias": True, "scaled": True, "added": True, "rectified": True, "ceiling": 6.0}
    operator = FusedConvolution(kernel=(3, 3), num_filter=64, pad=(1, 1), **steps)
    out = net.call(operator, "conv", net.data, *(net.array(name, *shape) for name, shape in names.items()))
    assert "%1 = _winograd_convolution(data, %0, scale, shift, residual) -> (1, 64, 16, 16)" in net.listed(out)
    made = use_winograd(net.graph(out)).heads[0].node.operator
    assert {name: getattr(made, name) for name in steps} == steps
    agree(*net.results(out)[1:])


@pytest.mark.parametrize(("pad", "turned"), [((1, 1), (1, 1)), ((0, 2), (2, 0))])
def test_the_gradient_of_the_data(pad: tuple[int, int], turned: tuple[int, int]) -> None:
    net = Builder(1, 64, 14 + 2 * pad[0], 14 + 2 * pad[1])
    operator = ConvolutionDataGradient(kernel=(3, 3), num_filter=64, pad=pad, data_shape=(1, 32, 16, 16))
    out = net.call(operator, "conv", net.data, net.array("weight", 64, 32, 3, 3))
    assert (
        net.listed(out)
        == """\
%0 = _winograd_weight(weight) -> (16, 64, 32) float32
%1 = _winograd_convolution(data, %0) -> (1, 32, 16, 16) float32
return %1"""
    )
    made = use_winograd(net.graph(out)).heads[0].node
    assert (made.operator.pads, made.inputs[1].node.operator.turned) == (turned, True)
    agree(*net.results(out)[1:])


@pytest.mark.parametrize(
    "given",
    [
        {"kernel": (5, 5)}, {"kernel": (1, 3)}, {"kernel": (3,)}, {"kernel": (3, 3, 3)}, {"stride": (2, 2)},
        {"stride": (1, 2)}, {"dilate": (2, 2)}, {"num_group": 2}, {"layout": "NHWC"}, {"num_filter": 40},
    ],
)  # fmt: skip
def test_other_convolutions_stay(given: dict[str, Any]) -> None:
    net = Builder(2, *([32] * (given.get("layout") != "NHWC")), *[16] * len(given.get("kernel", (3, 3))),
                  *([32] * (given.get("layout") == "NHWC")))  # fmt: skip
    assert net.stays(net.convolution(net.data, **given))


def test_what_no_kernel_computes_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    assert net_stays(dtype="float64")
    assert net_stays(1, 24, 16, 16)
    assert net_stays(0, 32, 16, 16)
    for name, value in (("winograd", False), ("fast_kernels", False)):
        with monkeypatch.context() as patch:
            patch.setattr(settings, name, value)
            assert net_stays()
    assert not net_stays()


def net_stays(*shape: int, dtype: str = "float32") -> bool:
    net = Builder(*shape, dtype=dtype)
    return net.stays(net.convolution(net.data))


def test_padding_by_more_than_the_kernel_stays_in_the_gradient() -> None:
    net = Builder(1, 64, 20, 20)
    operator = ConvolutionDataGradient(kernel=(3, 3), num_filter=64, pad=(3, 3), data_shape=(1, 32, 16, 16))
    assert net.stays(net.call(operator, "conv", net.data, net.array("weight", 64, 32, 3, 3)))


def test_few_tiles_stay() -> None:
    few, some = Builder(1, 32, 8, 12), Builder(1, 32, 8, 16)  # 24 and 32 tiles
    assert few.stays(few.convolution(few.data))
    assert not some.stays(some.convolution(some.data))
    assert some.stays(some.convolution(some.data), keep_weights=False)


def test_little_work_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    work = 32 * 9 * 64 * 16 * 16
    monkeypatch.setattr(PASS, "SMALLEST", work)
    assert not net_stays()
    monkeypatch.setattr(PASS, "SMALLEST", work + 1)
    assert net_stays()


def test_a_shared_weight_is_transformed_once_to_infer_and_each_time_to_train() -> None:
    net = Builder(1, 64, 16, 16)
    weight = net.array("weight", 64, 64, 3, 3)
    heads = net.convolution(net.data, weight), net.convolution(net.call("relu", "relu", net.data), weight)
    assert net.listed(*heads).count("_winograd_weight") == 1
    assert net.listed(*heads, forward=1).count("_winograd_weight") == 2
    agree(*net.results(*heads)[1:])


def bound(**given: Any) -> mx.Executor:
    """Two layers with a residual."""
    net = mx.sym.Variable("data")
    for number in range(2):
        layer = mx.sym.Convolution(net, kernel=(3, 3), num_filter=32, pad=(1, 1), name=f"conv{number}")
        net = mx.sym.Activation(mx.sym.BatchNorm(layer, fix_gamma=False, name=f"norm{number}") + net, act_type="relu")
    executor = net.simple_bind(mx.cpu(), data=(2, 32, 15, 16), **given)
    random = np.random.default_rng(5)
    for array in executor.arg_dict.values():
        array[:] = random.normal(size=array.shape)
    for name, array in executor.aux_dict.items():
        array[:] = 1 if name.endswith("var") else 0
    return executor


def test_kept_weights_follow_the_arrays() -> None:
    executor = bound(grad_req="null")
    first = executor.forward(is_train=False)[0].asnumpy()
    shown = executor.debug_str()
    assert shown.index("prepared") < shown.index("_winograd_weight") < shown.index("_winograd_convolution")
    executor.arg_dict["conv0_weight"][:] = 0
    second = executor.forward(is_train=False)[0].asnumpy()
    assert np.abs(first - second).max() > 0.1
    fresh = bound(grad_req="null")
    fresh.arg_dict["conv0_weight"][:] = 0
    agree([second], [fresh.forward(is_train=False)[0].asnumpy()])


def test_training_gives_the_same_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("symbolnb.kernels.winograd.weight_gradient"), "SMALLEST", 0)
    found = []
    for winograd in (True, False):
        monkeypatch.setattr(settings, "winograd", winograd)
        executor = bound()
        out = executor.forward(is_train=True)[0]
        executor.backward(mx.nd.ones(out.shape))
        shown = executor.debug_str()
        assert ("_winograd_convolution" in shown and "[winograd]" in shown) == winograd
        found.append([out.asnumpy(), *(array.asnumpy() for array in executor.grad_dict.values())])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5 * max(1, np.abs(other).max()), rtol=1e-4)
