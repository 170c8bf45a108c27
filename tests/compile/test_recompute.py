"""Training in less memory: the same gradients, bit for bit, from fewer bytes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from hypothesis import strategies as st

import symbolnb as mx
from symbolnb.graph.node import Node
from symbolnb.graph.walk import topological
from symbolnb.settings import RECOMPUTE, settings
from tests.compile.test_program import SHAPE, graphs
from tests.networks.convnets import convnets


@pytest.fixture(autouse=True)
def _verified() -> Iterator[None]:
    settings.verify = True
    yield
    settings.verify = False


def _network(depth: int, *, dropout: float = 0.0) -> mx.sym.Symbol:
    """Residual blocks of convolution, normalization and relu."""
    net = mx.sym.var("data")
    for position in range(depth):
        branch = mx.sym.Convolution(net, kernel=(3, 3), pad=(1, 1), num_filter=16, no_bias=True, name=f"conv{position}")
        branch = mx.sym.BatchNorm(branch, fix_gamma=False, name=f"norm{position}")
        branch = mx.sym.Activation(branch, act_type="relu", name=f"relu{position}")
        if dropout:
            branch = mx.sym.Dropout(branch, p=dropout, name=f"drop{position}")
        net = branch if position == 0 else net + branch
    net = mx.sym.FullyConnected(mx.sym.Flatten(net), num_hidden=5, name="fc")
    return mx.sym.SoftmaxOutput(net, name="softmax")


def _step(symbol: mx.sym.Symbol, recompute: str, steps: int = 2, **shapes: Any) -> tuple[mx.Executor, list[np.ndarray]]:
    """Some training passes; the executor, and all outputs, gradients and states after them."""
    mx.random.seed(7)
    executor = symbol.simple_bind(mx.cpu(), recompute=recompute, **shapes)
    random = np.random.default_rng(3)
    for name, array in executor.arg_dict.items():
        array[:] = random.integers(0, 5, array.shape) if name.endswith("label") else random.normal(0, 0.3, array.shape)
    for name, array in executor.aux_dict.items():
        array[:] = 1 if name.endswith("var") else 0
    for _ in range(steps):
        executor.forward(is_train=True)
        executor.backward([mx.nd.ones(output.shape) for output in executor.outputs])
    found = [*executor.outputs, *(grad for grad in executor.grad_arrays if grad is not None), *executor.aux_arrays]
    return executor, [array.asnumpy() for array in found]


def _nodes(executor: mx.Executor) -> list[Node]:
    return topological(executor.symbol.entries)


def _planned(executor: mx.Executor) -> int:
    return executor.programs["training"].plan.planned


@pytest.mark.parametrize("recompute", ["cheap", "all"])
@pytest.mark.parametrize("dropout", [0.0, 0.4])
def test_results_are_the_same_bit_for_bit_in_less_memory(recompute: str, dropout: float) -> None:
    net = _network(8, dropout=dropout)
    plain, expected = _step(net, "never", data=(4, 16, 12, 12))
    thrifty, found = _step(net, recompute, data=(4, 16, 12, 12))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)
    assert _planned(thrifty) < (0.55 if recompute == "all" and not dropout else 0.7) * _planned(plain)


def test_all_recomputes_layers_and_cheap_does_not() -> None:
    names = {}
    for recompute in ("cheap", "all"):
        executor, _ = _step(_network(8), recompute, data=(4, 16, 12, 12))
        names[recompute] = {
            step.node.operator.name for step in executor.programs["training"].steps if step.node.name.endswith("_again")
        }
    assert "Convolution" not in names["cheap"]
    assert "Convolution" in names["all"]
    assert "Dropout" not in names["all"]


def test_memory_grows_with_the_root_of_the_depth() -> None:
    """A chain of 4 times the length takes about twice the memory: Chen et al. (2016), section 4."""

    def planned(depth: int) -> int:
        net = mx.sym.var("x")
        for _ in range(depth):
            net = mx.sym.sin(mx.sym.FullyConnected(net, num_hidden=64, flatten=False))
        executor = mx.sym.make_loss(mx.sym.sum(net)).simple_bind(mx.cpu(), recompute="all", x=(512, 64))
        executor.forward(is_train=True)
        return _planned(executor)

    assert planned(128) < 2.6 * planned(32)


@pytest.mark.parametrize("mark", ["True", "1"])
def test_marked_nodes_are_recomputed_and_unmarked_ones_are_not(mark: str) -> None:
    x = mx.sym.var("x")
    with mx.AttrScope(force_mirroring=mark):
        inner = mx.sym.exp(x, name="inner")
    net = mx.sym.sin(mx.sym.sin(inner, name="outer"))
    executor, _ = _step(net, "marked", x=(3, 4))
    again = [step.node.name for step in executor.programs["training"].steps if step.node.name.endswith("_again")]
    assert again == ["inner_again"]
    executor, _ = _step(net, "never", x=(3, 4))
    assert not any(step.node.name.endswith("_again") for step in executor.programs["training"].steps)


def test_nodes_marked_false_are_kept() -> None:
    with mx.AttrScope(force_mirroring="False"):
        net = _network(6)
    executor, _ = _step(net, "all", data=(4, 16, 12, 12))
    assert not any(step.node.name.endswith("_again") for step in executor.programs["training"].steps)


def test_the_trade_is_shown() -> None:
    executor, _ = _step(_network(8), "all", data=(4, 16, 12, 12))
    text = executor.debug_str()
    assert "recomputes " in text and " multiply-adds (" in text and " MB without" in text
    plain, _ = _step(_network(8), "never", data=(4, 16, 12, 12))
    assert "recomputes " not in plain.debug_str()
    assert f"in place of {_planned(plain) / 2**20:.4g} MB without" in text
    trade = executor.recomputed
    assert trade is not None and plain.recomputed is None
    assert (trade.planned, trade.without) == (_planned(executor), _planned(plain))
    assert trade.steps >= len(trade.names) > 0 and set(trade.names) <= {node.name for node in _nodes(executor)}
    assert 0 < trade.multiply_adds <= trade.usual


def test_a_wrong_word_is_refused() -> None:
    message = "recompute is 'some' but must be one of never, marked, cheap, all"
    with pytest.raises(mx.errors.BindError, match=message):
        mx.sym.var("x").simple_bind(mx.cpu(), recompute="some", x=(2,))


def test_the_setting_holds_where_bind_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "recompute", "all")
    executor = _network(8).simple_bind(mx.cpu(), data=(4, 16, 12, 12))
    assert executor.recompute == "all"
    assert executor.reshape(data=(2, 16, 12, 12), partial_shaping=True).recompute == "all"


@budget(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(graphs(), st.sampled_from(RECOMPUTE))
def test_random_graphs_have_the_same_gradients(symbol: mx.sym.Symbol, recompute: str) -> None:
    shapes = dict.fromkeys(symbol.list_arguments(), SHAPE)
    _, expected = _step(symbol, "never", **shapes)
    _, found = _step(symbol, recompute, **shapes)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def _trained(symbol: mx.sym.Symbol, recompute: str, shape: tuple[int, ...]) -> int:
    """The planned bytes of a training program."""
    executor = symbol.simple_bind(mx.cpu(), recompute=recompute, data=shape)
    executor.forward(is_train=True)
    return _planned(executor)


@budget(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(convnets())
def test_recomputing_never_plans_more_than_without(case: tuple[mx.sym.Symbol, tuple[int, ...]]) -> None:
    plain = _trained(case[0], "never", case[1])
    assert _trained(case[0], "cheap", case[1]) <= plain
    assert _trained(case[0], "all", case[1]) <= plain


def test_scratch_memory_and_reordered_arrays_count() -> None:
    """Of this module like Inception's, fewer bytes of results can be alive, but more with what kernels need."""

    def layer(net: mx.sym.Symbol, filters: int, size: int = 1) -> mx.sym.Symbol:
        net = mx.sym.Convolution(net, num_filter=filters, kernel=(size, size), pad=(size // 2, size // 2))
        return mx.sym.Activation(net, act_type="relu")

    net = mx.sym.var("data")
    pooled = mx.sym.Pooling(net, kernel=(3, 3), pad=(1, 1), pool_type="max")
    parts = layer(net, 64), layer(layer(net, 96), 128, 3), layer(layer(net, 16), 32, 5), layer(pooled, 32)
    module = mx.sym.Concat(*parts)
    assert _trained(module, "all", (8, 192, 28, 28)) <= _trained(module, "never", (8, 192, 28, 28))
