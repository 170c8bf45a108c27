"""Fusing convolutions with what follows them: where it happens, where it must not, and that numbers stay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

import symbolnb as mx
from symbolnb.compile.passes.fuse_convolution import fuse_convolution
from symbolnb.compile.program import Program
from symbolnb.graph.graph import Graph
from symbolnb.graph.listing import listing
from symbolnb.graph.node import Entry
from symbolnb.kernels.onednn import library
from symbolnb.settings import settings
from tests.kernels.onednn.engine import Network, agree

pytestmark = pytest.mark.skipif(not library.available(), reason=str(library.why_not()))


@pytest.fixture(autouse=True)
def _verified(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "verify", True)


class Builder(Network):
    """A network of convolutions of 16 channels, with the arrays of its variables."""

    def __init__(self, dtype: str = "float32") -> None:
        super().__init__()
        self.random, self.dtype = np.random.default_rng(5), dtype
        self.data = self.array("data", 2, 16, 6, 6)

    def array(self, name: str, *shape: int) -> Entry:
        return self.variable(name, self.random.normal(size=shape).astype(self.dtype))

    def convolution(self, name: str, data: Entry, bias: bool = False, filters: int = 16) -> Entry:
        inputs = [data, self.array(f"{name}_w", filters, self.specs[data].shape[1], 3, 3)]
        self.arrays[inputs[1].node] /= 12  # so that values keep their size from layer to layer
        inputs += [self.array(f"{name}_b", filters)] if bias else []
        shape = {"kernel": (3, 3), "pad": (1, 1), "num_filter": filters}
        return self.call("Convolution", name, *inputs, no_bias=not bias, **shape)

    def normalization(self, name: str, data: Entry, training: bool = False, **attributes: object) -> Entry:
        channels = self.specs[data].shape[1]
        vectors = [self.array(f"{name}_{word}", channels) for word in ("gamma", "beta", "mean")]
        var = self.variable(f"{name}_var", self.random.uniform(0.5, 2, channels).astype(self.dtype))
        operator = mx.ops.registry.find("BatchNorm").from_attributes({k: str(v) for k, v in attributes.items()})
        return self.call(operator.in_mode(training), name, data, *vectors, var)

    def relu(self, name: str, data: Entry) -> Entry:
        return self.call("Activation", name, data, act_type="relu")

    def fused(self, *heads: Entry, gradients: int = 0, device: str = "cpu") -> str:
        """The listing after the pass; the last few heads may be gradients."""
        return listing(fuse_convolution(Graph(heads, len(heads) - gradients, self.specs, device)))

    def stays(self, *heads: Entry, **options: Any) -> bool:
        return self.fused(*heads, **options) == listing(self.graph(*heads))


CONV_BN_RELU = """\
%0 = _normalization_factors(bn_gamma, bn_beta, bn_mean, bn_var) -> (16,) float32; (16,) float32
%1 = _fused_convolution(data, conv_w, %0.0, %0.1) -> (2, 16, 6, 6) float32
return %1"""

CONV_BN_ADD_RELU = """\
%0 = _normalization_factors(bn_gamma, bn_beta, bn_mean, bn_var, conv_b) -> (16,) float32; (16,) float32
%1 = _fused_convolution(side, side_w) -> (2, 16, 6, 6) float32
%2 = _fused_convolution(data, conv_w, %0.0, %0.1, %1) -> (2, 16, 6, 6) float32
return %2"""


def test_conv_bn_relu() -> None:
    net = Builder()
    out = net.relu("relu", net.normalization("bn", net.convolution("conv", net.data)))
    assert net.fused(out) == CONV_BN_RELU
    agree(*net.results(out)[1:])


@pytest.mark.parametrize("swapped", [False, True])
def test_conv_bn_add_relu(swapped: bool) -> None:
    net = Builder()
    main = net.normalization("bn", net.convolution("conv", net.data, bias=True), fix_gamma=False)
    side = net.relu("side_relu", net.convolution("side", net.array("side", 2, 16, 6, 6)))
    out = net.relu("relu", net.call("elemwise_add", "add", *((side, main) if swapped else (main, side))))
    assert net.fused(out) == CONV_BN_ADD_RELU
    agree(*net.results(out)[1:])


def test_a_bounded_relu_is_fused_and_another_clip_is_not() -> None:
    net = Builder()
    conv = net.convolution("conv", net.data)
    bounded = net.call("clip", "clip", conv, a_min=0.0, a_max=6.0)
    assert net.fused(bounded).startswith("%0 = _fused_convolution(data, conv_w)")
    agree(*net.results(bounded)[1:])
    assert net.stays(net.call("clip", "clip", conv, a_min=-1.0, a_max=6.0))


def test_global_statistics_are_fused_in_training_too() -> None:
    net = Builder()
    out = net.normalization("bn", net.convolution("conv", net.data), training=True, use_global_stats=True)
    assert "_fused_convolution" in net.fused(out)
    agree(*net.results(out)[1:])


def test_nothing_is_fused_where_it_would_be_wrong() -> None:
    net = Builder()
    conv = net.convolution("conv", net.data)
    norm = net.normalization("bn", conv)
    relu = net.relu("relu", norm)
    assert net.stays(net.normalization("learning", conv, training=True))
    assert net.stays(net.normalization("columns", net.convolution("square", net.data, filters=6), axis=2))
    assert net.stays(relu, conv)
    assert net.stays(net.call("elemwise_mul", "twice", norm, conv))
    assert net.stays(net.call("elemwise_add", "double", conv, conv))
    assert net.stays(Entry(norm.node, 0), Entry(norm.node, 1))
    assert net.stays(net.call("elemwise_add", "sum", conv, net.data), net.data, gradients=1)
    assert net.stays(net.normalization("given", conv, training=True, use_global_stats=True), net.data, gradients=1)
    assert net.stays(relu, device="gpu")
    assert net.stays(net.call("Activation", "tanh", conv, act_type="tanh"))


def test_a_relu_is_fused_in_training_too() -> None:
    net = Builder()
    out = net.relu("relu", net.convolution("conv", net.data))
    assert net.fused(out, net.data, gradients=1).startswith("%0 = _fused_convolution(data, conv_w)")


@pytest.mark.parametrize("first", [True, False])
def test_a_normalization_that_ends_in_a_relu_keeps_it(first: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind a convolution, and on its own."""
    data = mx.sym.Variable("data")
    made = mx.sym.Convolution(data, kernel=(3, 3), num_filter=16, name="conv") if first else data
    made = mx.sym._internal._contrib_BatchNormWithReLU(made, fix_gamma=False, name="norm")
    results = []
    for fast in (True, False):
        monkeypatch.setattr(settings, "fast_kernels", fast)
        executor = made[0].simple_bind(mx.cpu(), grad_req="null", data=(2, 16, 8, 8))
        rng = np.random.default_rng(2)
        for array in (*executor.arg_arrays, *executor.aux_arrays):
            array[:] = rng.uniform(0.5, 1, array.shape) * rng.choice([-1, 1] if array.ndim > 1 else [1], array.shape)
        results.append(executor.forward()[0].asnumpy())
    assert (results[1] == 0).any() and (results[1] > 0).any()
    np.testing.assert_allclose(results[0], results[1], rtol=1e-4, atol=1e-5)


def test_a_head_in_the_middle_ends_the_fusion_there() -> None:
    net = Builder()
    norm = net.normalization("bn", net.convolution("conv", net.data))
    out = net.relu("relu", norm)
    assert net.fused(out, norm).splitlines()[1:] == [
        "%1 = _fused_convolution(data, conv_w, %0.0, %0.1) -> (2, 16, 6, 6) float32",
        "%2 = Activation(%1) -> (2, 16, 6, 6) float32",
        "return %2, %1",
    ]
    agree(*net.results(out, norm)[1:])


def test_other_types_and_the_plain_way_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = Builder("float64")
    assert wide.stays(wide.relu("relu", wide.convolution("conv", wide.data)))
    net = Builder()
    monkeypatch.setattr(settings, "fast_kernels", False)
    assert net.stays(net.relu("relu", net.convolution("conv", net.data)))


def residual_network(seed: int) -> tuple[Builder, Sequence[Entry]]:
    """Blocks in random order, of random kinds, with shared results and heads among them."""
    net, draw = Builder(), np.random.default_rng(seed)
    made = [net.data]
    for number in range(int(draw.integers(2, 7))):
        start = made[int(draw.integers(max(0, len(made) - 3), len(made)))]
        filters = int(draw.choice([16, 19]))
        out = net.convolution(f"conv{number}", start, bias=bool(draw.integers(2)), filters=filters)
        if draw.integers(4):
            out = net.normalization(f"bn{number}", out, fix_gamma=bool(draw.integers(2)))
        fitting = [entry for entry in made if net.specs[entry] == net.specs[out]]
        if fitting and draw.integers(4):
            pair = [out, fitting[int(draw.integers(len(fitting)))]]
            out = net.call("elemwise_add", f"add{number}", *(pair[::-1] if draw.integers(2) else pair))
        if draw.integers(4):
            clip = {"a_min": 0.0, "a_max": 6.0}
            out = net.relu(f"relu{number}", out) if draw.integers(3) else net.call("clip", f"c{number}", out, **clip)
        made.append(net.call("_mul_scalar", f"half{number}", out, scalar=0.1) if draw.integers(2) else out)
    heads = [made[-1]] + ([made[int(draw.integers(1, len(made)))]] if draw.integers(2) else [])
    return net, list(dict.fromkeys(heads))


@pytest.mark.parametrize("seed", range(40))
def test_random_residual_networks_compute_the_same(seed: int) -> None:
    net, heads = residual_network(seed)
    _, fused, plain = net.results(*heads)
    agree(fused, plain)


def test_random_networks_do_have_fused_nodes() -> None:
    counts = []
    for seed in range(40):
        net, heads = residual_network(seed)
        counts.append(net.fused(*heads).count("_fused_convolution"))
    assert sum(counts) > 80


def blocks(net: Builder, normalized: bool) -> Entry:
    """Two residual blocks one after the other."""
    out = net.convolution("stem", net.data)
    for number in range(2):
        inner = net.relu(f"relu{number}", net.convolution(f"one{number}", out))
        inner = net.convolution(f"two{number}", inner)
        inner = net.normalization(f"bn{number}", inner) if normalized else inner
        out = net.call("elemwise_add", f"add{number}", inner, out)
    return net.relu("last", out)


def _shares(program: Program, name: str) -> bool:
    step = next(step for step in program.steps if step.node.name == name)
    places = [program.slots[slot] for slot in (step.inputs[-1], step.outputs[0])]
    return places[0].storage is not None and places[0].storage == places[1].storage


def test_a_residual_is_added_to_where_it_lies_unless_a_scale_comes_first() -> None:
    for normalized in (False, True):
        net = Builder()
        program, fused, plain = net.results(blocks(net, normalized))
        agree(fused, plain)
        assert _shares(program, "add0") is not normalized


def test_training_is_left_alone_and_inference_after_it_sees_what_was_learned() -> None:
    data = mx.sym.var("data")
    net = mx.sym.Convolution(data, kernel=(3, 3), num_filter=8, name="conv")
    net = mx.sym.Activation(mx.sym.BatchNorm(net, fix_gamma=False, name="bn"), act_type="relu")
    executor = net.simple_bind(mx.cpu(), data=(4, 3, 9, 9))
    random = np.random.default_rng(3)
    for array in executor.arg_arrays:
        array[:] = random.normal(size=array.shape)
    executor.aux_dict["bn_moving_var"][:] = 1
    before = executor.forward(is_train=False)[0].asnumpy()
    executor.forward(is_train=True)
    executor.backward([mx.nd.ones(executor.outputs[0].shape)])
    after = executor.forward(is_train=False)[0].asnumpy()
    listings = {mode: listing(program.graph) for mode, program in executor.programs.items()}
    assert "_fused_convolution" in listings["inference"]
    assert "_fused_convolution" not in listings["training"]
    assert np.abs(after - before).max() > 0.01
    seen: list[str] = []
    executor.set_monitor_callback(lambda name, array: seen.append(name))
    agree([executor.forward(is_train=False)[0].asnumpy()], [after])
    assert seen[:2] == ["conv_output", "bn_output"]
    assert seen[-1] == f"{net.name}_output"


def test_training_without_gradients_normalizes_by_the_batch() -> None:
    net = mx.sym.BatchNorm(mx.sym.Convolution(mx.sym.var("data"), kernel=(1, 1), num_filter=5), name="bn")
    executor = net.simple_bind(mx.cpu(), grad_req="null", data=(4, 3, 9, 9))
    for array in executor.arg_arrays:
        array[:] = np.random.default_rng(3).normal(size=array.shape)
    executor.arg_dict["bn_beta"][:] = 0
    out = executor.forward(is_train=True)[0].asnumpy()
    np.testing.assert_allclose(out.mean(axis=(0, 2, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(out.std(axis=(0, 2, 3)), 1, rtol=1e-2)
