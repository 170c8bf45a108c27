"""Merging equal nodes: which become one, and which must not."""

from __future__ import annotations

import numpy as np
import pytest

import symbolnb as mx
from symbolnb.compile.lower import forward_graph, training_graph
from symbolnb.compile.passes.heads import distinct_heads
from symbolnb.compile.passes.merge_equal import merge_equal
from symbolnb.compile.verify import verify
from symbolnb.graph.listing import listing
from symbolnb.symbol import inference

X = mx.sym.var("x")
SHAPE = (2, 3)


def merged(net: mx.sym.Symbol, gradient: bool = False) -> tuple[str, bool]:
    """The listing after the pass, and whether it changed anything."""
    variables = [node for kind in inference.inputs_by_kind(net.entries) for node in kind]
    specs = inference.complete_specs(net.entries, dict.fromkeys(variables, SHAPE), {})
    if gradient:
        graph = training_graph(net.entries, specs, "cpu", dict.fromkeys(variables, "write"), True).graph
    else:
        graph = forward_graph(net.entries, specs, "cpu", False)
    graph = distinct_heads(graph)
    made = merge_equal(graph)
    verify(made)
    return listing(made), made is not graph


TWICE = """\
%0 = sin(x) -> (2, 3) float32
%1 = exp(%0) -> (2, 3) float32
%2 = elemwise_add(%1, %1) -> (2, 3) float32
return %2"""


def test_equal_expressions_become_one() -> None:
    assert merged(mx.sym.exp(mx.sym.sin(X)) + mx.sym.exp(mx.sym.sin(X))) == (TWICE, True)


def test_all_outputs_of_a_node_are_merged() -> None:
    parts = [mx.sym.split(mx.sym.tanh(X), num_outputs=3, axis=1) for _ in range(2)]
    text, changed = merged(parts[0][1] + parts[1][1])
    assert changed
    assert "elemwise_add(%1.1, %1.1)" in text


@pytest.mark.parametrize(
    "net",
    [
        mx.sym.sin(X) + mx.sym.cos(X),
        mx.sym.elemwise_add(mx.sym.clip(X, 0, 1), mx.sym.clip(X, 0, 2)),
        mx.sym.sin(X) + mx.sym.sin(mx.sym.var("y")),
        mx.sym.random.normal(shape=SHAPE) + mx.sym.random.normal(shape=SHAPE),
        mx.sym.Dropout(X, mode="always", name="one") + mx.sym.Dropout(X, mode="always", name="other"),
        mx.sym.Group([mx.sym.sin(X), mx.sym.sin(X)]),
        mx.sym.sin(X) + mx.sym.sin(X, attr={"__force_mirroring__": "True"}),
    ],
)  # fmt: skip
def test_what_differs_stays_apart(net: mx.sym.Symbol) -> None:
    assert not merged(net)[1]


def test_a_head_is_read_by_others_and_stays_a_head() -> None:
    text, changed = merged(mx.sym.Group([mx.sym.sin(X), mx.sym.exp(mx.sym.sin(X))]))
    assert changed
    assert text.splitlines()[-1] == "return %0, %1"
    assert text.count("sin(") == 1


def test_the_backward_half_does_not_keep_what_it_can_repeat() -> None:
    cosine = mx.sym.cos(X) * mx.sym.sin(X)  # its gradient has sin(x) and cos(x) again
    text, _ = merged(cosine, gradient=True)
    assert text.count("= cos(") == text.count("= sin(") == 2


@pytest.mark.parametrize("seed", range(20))
def test_random_graphs_with_many_equal_nodes_compute_the_same(seed: int) -> None:
    draw = np.random.default_rng(seed)
    made = [X]
    for _ in range(25):
        first, second = (made[int(draw.integers(len(made)))] for _ in range(2))
        kinds = (mx.sym.tanh, mx.sym.sin, lambda s: s * 0.5, lambda s, other=second: mx.sym.tanh(s + other))
        made.append(kinds[int(draw.integers(len(kinds)))](first))
    net = mx.sym.Group([made[-1], made[int(draw.integers(1, len(made)))]])
    executor = net.simple_bind(mx.cpu(), x=SHAPE)
    found = []
    for watch in (None, lambda name, array: None):
        executor.set_monitor_callback(watch)
        executor.arg_dict["x"][:] = np.linspace(-2, 2, 6).reshape(SHAPE)
        outputs = [out.asnumpy() for out in executor.forward(is_train=True)]
        executor.backward([mx.nd.ones(SHAPE)] * 2)
        found.append([*outputs, executor.grad_dict["x"].asnumpy()])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
