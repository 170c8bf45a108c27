"""Leaving out the norm of local response normalization: where it happens, where it must not, and that numbers stay."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symbolnb as mx
from symbolnb.compile.passes.drop_norms import drop_norms
from symbolnb.graph.graph import Graph
from symbolnb.graph.listing import listing
from symbolnb.graph.node import Entry
from symbolnb.kernels.onednn import library
from symbolnb.settings import settings
from tests.compile.test_fuse_convolution import Builder
from tests.kernels.onednn.engine import agree, libraries

pytestmark = pytest.mark.skipif(not library.available(), reason=str(library.why_not()))

SIZES = [3, 5, 7, 15]
SHAPES = [(2, 16, 6, 5), (3, 64, 6, 5), (2, 40, 6, 5), (1, 7, 5, 3)]
"""Full blocks of channels, blocks that need padding, and fewer channels than a block."""


@pytest.fixture(autouse=True)
def _verified(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "verify", True)


def dropped(net: Builder, *heads: Entry) -> str:
    return listing(drop_norms(Graph(heads, len(heads), net.specs)))


def test_a_norm_that_nobody_reads_is_left_out() -> None:
    net = Builder()
    end = net.call("LRN", "lrn", net.relu("first", net.data), nsize=5)
    assert "_fused_lrn(" in dropped(net, end)
    program, actual, expected = net.results(end)
    assert "_fused_lrn:onednn" in libraries(program)
    agree(actual, expected)


def test_a_norm_that_is_read_and_windows_that_onednn_has_not_stay() -> None:
    net = Builder()
    read = net.call("LRN", "lrn", net.data, nsize=5)
    for heads in (
        (read, Entry(read.node, 1)),
        (net.call("relu", "end", Entry(read.node, 1)), read),
        (net.call("LRN", "even", net.data, nsize=4),),
        (net.call("LRN", "one", net.data, nsize=1),),
    ):
        assert "_fused" not in dropped(net, *heads)
        agree(*net.results(*heads)[1:])


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("size", SIZES)
def test_gradients_are_those_of_the_reference(
    shape: tuple[int, ...], size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(7)
    data, grad = (rng.normal(size=shape).astype(np.float32) for _ in range(2))
    net = mx.sym.LRN(mx.sym.var("data"), nsize=size, alpha=0.5, name="lrn")

    def results() -> tuple[list[Any], str]:
        executor = net.simple_bind(mx.cpu(), data=shape)
        executor.forward(is_train=True, data=data)
        executor.backward(mx.nd.array(grad))
        return [executor.outputs[0].asnumpy(), executor.grad_dict["data"].asnumpy()], executor.debug_str()

    fast, text = results()
    monkeypatch.setattr(settings, "fast_kernels", False)
    plain, slow = results()
    assert "_fused_lrn_gradient(" not in slow
    agree(fast, plain)
    assert ("_fused_lrn_gradient(" in text) == (size < 7 or shape[1] % 16 == 0)


def test_blocks_of_channels_stay_from_convolution_to_pooling() -> None:
    """The first layers of AlexNet: nothing is reordered between them, forward and backward."""
    net = mx.sym.Convolution(mx.sym.var("data"), kernel=(3, 3), num_filter=32, name="one")
    net = mx.sym.LRN(mx.sym.Activation(net, act_type="relu", name="relu"), nsize=5, name="lrn")
    net = mx.sym.Pooling(net, kernel=(3, 3), stride=(2, 2), pool_type="max", name="pool")
    net = mx.sym.Convolution(net, kernel=(3, 3), num_filter=48, name="two")
    executor = net.simple_bind(mx.cpu(), data=(2, 3, 20, 20))
    executor.forward(is_train=True)
    steps = [line for line in executor.debug_str().splitlines() if "_reorder(" in line]
    inner = [line for line in steps if any(f"] {name}" in line for name in ("relu", "lrn", "pool"))]
    assert inner == []
