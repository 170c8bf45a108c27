"""Fusing fully connected layers with the functions after them: where it happens, and that numbers stay."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symbolnb as mx
from symbolnb.compile.passes.fuse_fully_connected import fuse_fully_connected
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
    """A network of fully connected layers, with the arrays of its variables."""

    def __init__(self, dtype: str = "float32") -> None:
        super().__init__()
        self.random, self.dtype = np.random.default_rng(7), dtype
        self.data = self.array("data", 24, 40)

    def array(self, name: str, *shape: int) -> Entry:
        return self.variable(name, (self.random.normal(size=shape) / 4).astype(self.dtype))

    def layer(self, name: str, data: Entry, width: int = 32, bias: bool = True) -> Entry:
        inputs = [data, self.array(f"{name}_w", width, self.specs[data].shape[1])]
        inputs += [self.array(f"{name}_b", width)] if bias else []
        return self.call("FullyConnected", name, *inputs, num_hidden=width, no_bias=not bias)

    def function(self, name: str, data: Entry, kind: str = "relu") -> Entry:
        return self.call("Activation", name, data, act_type=kind)

    def fused(self, *heads: Entry, gradients: int = 0, device: str = "cpu") -> str:
        return listing(fuse_fully_connected(Graph(heads, len(heads) - gradients, self.specs, device)))

    def stays(self, *heads: Entry, **options: Any) -> bool:
        return self.fused(*heads, **options) == listing(self.graph(*heads))


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("kind", ["relu", "sigmoid", "softrelu", "tanh"])
def test_a_layer_and_its_function(kind: str, bias: bool) -> None:
    net = Builder()
    out = net.function("out", net.layer("fc", net.data, bias=bias), kind)
    inputs = "data, fc_w, fc_b" if bias else "data, fc_w"
    assert net.fused(out) == f"%0 = _fused_fully_connected({inputs}) -> (24, 32) float32\nreturn %0"
    agree(*net.results(out)[1:])


def test_not_a_number_is_rectified_as_before() -> None:
    net = Builder()
    out = net.function("out", net.layer("fc", net.data))
    net.arrays[net.data.node][3, 5] = np.nan
    assert "_fused_fully_connected" in net.fused(out)
    fused, plain = net.results(out)[1:]
    np.testing.assert_array_equal(fused[0][3], plain[0][3])
    assert not fused[0][3].any()


def test_nothing_is_fused_where_it_would_be_wrong_or_no_kernel_does_it() -> None:
    net = Builder()
    layer = net.layer("fc", net.data)
    out = net.function("out", layer)
    assert net.stays(out, layer)
    assert net.stays(net.call("elemwise_mul", "both", out, layer))
    assert net.stays(out, device="gpu")
    assert net.stays(net.function("softsign", layer, "softsign"))
    assert net.stays(net.function("alone", net.data))
    wide = Builder("float64")
    assert wide.stays(wide.function("out", wide.layer("fc", wide.data)))


def test_layers_are_fused_in_training_too(monkeypatch: pytest.MonkeyPatch) -> None:
    data = mx.sym.var("data")
    net = mx.sym.Convolution(mx.sym.reshape(data, shape=(0, 1, 8, 8)), kernel=(3, 3), num_filter=8, name="conv")
    net = mx.sym.Activation(net, act_type="relu", name="relu")
    net = mx.sym.Activation(mx.sym.FullyConnected(net, num_hidden=32, name="one"), act_type="relu")
    net = mx.sym.Activation(mx.sym.FullyConnected(net, num_hidden=16, name="two"), act_type="softrelu", name="soft")
    results = []
    for fast in (True, False):
        monkeypatch.setattr(settings, "fast_kernels", fast)
        executor = net.simple_bind(mx.cpu(), data=(24, 64))
        random = np.random.default_rng(3)
        for array in executor.arg_arrays:
            array[:] = random.normal(size=array.shape) / 4
        executor.forward(is_train=True)
        executor.backward([mx.nd.array(random.normal(size=(24, 16)))])
        results.append([executor.outputs[0].asnumpy(), *(grad.asnumpy() for grad in executor.grad_arrays)])
        shown = listing(executor.programs["training"].graph)
        counts = shown.count("_fused_fully_connected"), shown.count("_fused_convolution")
        assert counts == ((2, 1) if fast else (0, 0)), shown
    agree(*results)


def random_network(seed: int) -> tuple[Builder, list[Entry]]:
    """Layers and functions in random order, with shared results and heads among them."""
    net, draw = Builder(), np.random.default_rng(seed)
    made = [net.data]
    kinds = ["relu", "sigmoid", "softrelu", "tanh", "softsign"]
    for number in range(int(draw.integers(2, 8))):
        out = made[int(draw.integers(max(0, len(made) - 2), len(made)))]
        if draw.integers(4):
            out = net.layer(f"fc{number}", out, int(draw.choice([16, 32])), bool(draw.integers(2)))
        for turn in range(int(draw.integers(3))):
            out = net.function(f"f{number}_{turn}", out, kinds[int(draw.integers(len(kinds)))])
        made.append(out)
    heads = [made[-1], made[int(draw.integers(1, len(made)))]]
    return net, list(dict.fromkeys(heads))


@pytest.mark.parametrize("seed", range(40))
def test_random_networks_compute_the_same(seed: int) -> None:
    net, heads = random_network(seed)
    _, fused, plain = net.results(*heads)
    agree(fused, plain)


def test_random_networks_do_have_fused_nodes() -> None:
    networks = [random_network(seed) for seed in range(40)]
    assert sum(net.fused(*heads).count("_fused_fully_connected") for net, heads in networks) > 40
