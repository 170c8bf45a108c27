"""Simplification: what disappears, what stays because bits would change, and that results stay equal."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symbolnb as mx
from symbolnb.compile.lower import forward_graph
from symbolnb.compile.passes.heads import distinct_heads
from symbolnb.compile.passes.simplify import simplify
from symbolnb.compile.verify import verify
from symbolnb.settings import settings
from symbolnb.symbol import inference

S = mx.sym
X = S.var("x")
SHAPE = (2, 3, 4)


def operators(net: mx.sym.Symbol, dtype: str = "float32") -> list[str]:
    """The operators of the forward graph after the pass, in order, without the last, which keeps the head apart."""
    variables = [node for kind in inference.inputs_by_kind(net.entries) for node in kind]
    types = {node: np.dtype(dtype) for node in variables}
    specs = inference.complete_specs(net.entries, dict.fromkeys(variables, SHAPE), types)
    graph = simplify(distinct_heads(forward_graph(net.entries, specs, "cpu", False)))
    verify(graph)
    return [node.operator.name for node in graph.order() if node.operator is not None][:-1]


def turned(data: Any, *axes: int) -> Any:
    return S.transpose(data, axes=axes)


GONE = {
    "negative twice": S.negative(S.negative(X)),
    "reverse twice": S.reverse(S.reverse(X, axis=1), axis=1),
    "axes exchanged twice": S.swapaxes(S.swapaxes(X, dim1=0, dim2=2), dim1=0, dim2=2),
    "transpose and back": turned(turned(X, 2, 0, 1), 1, 2, 0),
    "transpose of all axes twice": S.transpose(S.transpose(X)),
    "transpose that keeps the order": turned(X, 0, 1, 2),
    "times one": X * 1,
    "divided by one": X / 1,
    "minus nothing": X - 0,
    "to the power of one": X**1,
    "cast to its own type": S.cast(X, dtype="float32"),
    "cast to more and back": S.cast(S.cast(X, dtype="float64"), dtype="float32"),
    "one array joined": S.concat(X, dim=0),
    "one array added": S.add_n(X),
    "repeated once": S.tile(X, reps=(1, 1)),
    "as large as before": S.broadcast_to(X, shape=SHAPE),
    "all of it": S.slice_axis(X, axis=1, begin=0, end=None),
}

ONCE = {
    "relu": S.relu(S.relu(X)),
    "Activation": S.Activation(S.Activation(X, act_type="relu"), act_type="relu"),
    "abs": S.abs(S.abs(X)),
    "clip": S.clip(S.clip(X, 0, 1), 0, 1),
    "floor": S.floor(S.floor(X)),
    "transpose": turned(turned(X, 1, 0, 2), 0, 2, 1),
}

KEPT = {
    "plus zero makes 0 of -0": X + 0,
    "two factors round twice": X * 0.1 * 0.3,
    "other limits": S.clip(S.clip(X, 0, 1), 0, 2),
    "tanh twice": S.Activation(S.Activation(X, act_type="tanh"), act_type="tanh"),
    "other axis": S.reverse(S.reverse(X, axis=1), axis=2),
    "fewer bits and back": S.cast(S.cast(X, dtype="float16"), dtype="float32"),
    "integers and back": S.cast(S.cast(X, dtype="int32"), dtype="float32"),
}


@pytest.mark.parametrize("what", GONE)
def test_steps_that_change_nothing_disappear(what: str) -> None:
    assert operators(S.sin(GONE[what])) == []


@pytest.mark.parametrize("name", ONCE)
def test_steps_that_repeat_themselves_run_once(name: str) -> None:
    assert operators(S.sin(ONCE[name])) == [name]


@pytest.mark.parametrize("what", KEPT)
def test_steps_that_change_bits_stay(what: str) -> None:
    net = S.sin(KEPT[what])
    given = [node for node in net.get_internals() if node.name != "x"]
    assert len(operators(net)) == len(given) - 1


def test_casts_of_16_bits_to_float32_and_back_disappear() -> None:
    net = S.sin(S.amp_cast(S.amp_cast(X, dtype="float32"), dtype="bfloat16"))
    variables = [node for kind in inference.inputs_by_kind(net.entries) for node in kind]
    types = {node: mx.nd.zeros((1,), dtype="bfloat16").asnumpy().dtype for node in variables}
    specs = inference.complete_specs(net.entries, dict.fromkeys(variables, SHAPE), types)
    graph = simplify(distinct_heads(forward_graph(net.entries, specs, "cpu", False)))
    assert [node.operator.name for node in graph.order() if node.operator is not None] == ["sin"]


def run(net: mx.sym.Symbol, given: Any) -> tuple[Any, Any]:
    """The value and the gradient."""
    executor = net.bind(mx.cpu(), {"x": mx.nd.array(given)}, args_grad={"x": mx.nd.zeros(SHAPE)})
    executor.forward(is_train=True)
    executor.backward([mx.nd.ones(executor.outputs[0].shape)])
    return executor.outputs[0].asnumpy(), executor.grad_dict["x"].asnumpy()


@pytest.mark.parametrize("net", [*GONE.values(), *ONCE.values(), *KEPT.values()])
def test_results_and_gradients_stay(net: mx.sym.Symbol, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "fast_kernels", False)  # compiled ones round functions otherwise
    given = np.random.default_rng(0).normal(size=SHAPE).astype("float32")
    head, read = run(net, given), run(S.sin(net) * 0 + net, given)  # as a head, and where others read it
    for one, other in zip(head, read, strict=True):
        np.testing.assert_array_equal(one, other)
    given.flat[:3] = np.nan, -0.0, np.inf
    value, expected = run(net, given)[0], step_by_step(net, given)
    np.testing.assert_array_equal(value, expected)
    np.testing.assert_array_equal(np.signbit(value), np.signbit(expected))


def step_by_step(net: mx.sym.Symbol, given: Any) -> Any:
    """The value with every step run by `nd`, one after the other."""
    values = {"x": mx.nd.array(given)}
    for part in net.get_internals():
        node = part.entries[0].node
        if node.operator is not None:
            home = mx.nd._internal if node.operator.name.startswith("_") else mx.nd
            inputs = [values[entry.node.name] for entry in node.inputs]
            values[node.name] = getattr(home, node.operator.name)(*inputs, **node.attributes)
    return values[net.name].asnumpy()


def test_a_copy_of_a_state_stays() -> None:
    """Batch normalization changes its moving mean; what was computed of it before must not change with it."""
    mean = S.var("bn_moving_mean")
    norm = S.BatchNorm(X, moving_mean=mean, name="bn")
    net = S.broadcast_add(S.sin(mean * 1), S.sum(norm))
    variables = [node for kind in inference.inputs_by_kind(net.entries) for node in kind]
    shapes = {node: SHAPE if node.name == "x" else (3,) for node in variables}
    specs = inference.complete_specs(net.entries, shapes, {})
    graph = simplify(distinct_heads(forward_graph(net.entries, specs, "cpu", True)))
    assert "_mul_scalar" in [node.operator.name for node in graph.order() if node.operator is not None]
